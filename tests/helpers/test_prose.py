"""The text is what it is said to be, and pieces of it are followed by what follows."""

import pytest
import torch

from helpers.prose import prose, windows
from tests.shared.seeds import seeded


def test_the_text_is_english_prose_in_ascii():
    text = prose()
    assert len(text) == 98_952 and len(set(text)) == 73
    assert text.isascii() and text.endswith("\n") and "\t" not in text
    assert text.count(" the ") > 800, "English"
    assert not any(sign in text for sign in "$`<>\\|*#{}"), "no formulas, no HTML"


def test_a_target_is_the_next_character():
    codes = torch.arange(100)
    pieces, targets = windows(codes, 7, 5, seeded(0))
    assert pieces.shape == targets.shape == (7, 5)
    assert torch.equal(pieces + 1, targets)
    assert torch.equal(pieces[:, 1:], targets[:, :-1])


def test_pieces_come_from_the_whole_text_and_from_its_generator():
    codes = torch.arange(4)
    first = windows(codes, 200, 2, seeded(0))[0][:, 0]
    assert first.unique().tolist() == [0, 1], "from the first place to the last"
    again = [windows(codes, 9, 2, seeded(s))[0] for s in (1, 1, 2)]
    assert torch.equal(again[0], again[1])
    assert not torch.equal(again[0], again[2])


@pytest.mark.parametrize("length", [100, 101])
def test_a_piece_must_be_shorter_than_the_text(length):
    with pytest.raises(ValueError, match="length must be below 100"):
        windows(torch.arange(100), 1, length, seeded(0))


@pytest.mark.parametrize("wrong", [{"count": 0}, {"length": 0}])
def test_counts_are_at_least_one(wrong):
    with pytest.raises(ValueError):
        windows(
            torch.arange(9), **{"count": 1, "length": 2} | wrong, generator=seeded(0)
        )
