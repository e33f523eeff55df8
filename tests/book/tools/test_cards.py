"""The pictures of the chapters' cards are those that the script computes, and small."""

import re

import pytest
import torch

from book.project import COURSE
from book.tools.cards import BLUE, CARDS, GREY, ORANGE, draw
from book.tools.drawings import FOLDER

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def test_every_chapter_has_a_picture_and_no_other():
    numbers = [chapter.stem[:2] for chapter in COURSE.chapters()]
    assert [name.removeprefix("card-") for name in CARDS] == numbers


@pytest.mark.parametrize("name", CARDS)
def test_a_stored_picture_is_the_one_that_the_script_computes(name):
    stored, drawn = (FOLDER / f"{name}.svg").read_text("utf-8"), draw(name)
    advice = "compute it anew: python -m book.tools.cards"
    assert NUMBER.sub("#", stored) == NUMBER.sub("#", drawn), advice
    theirs, ours = (
        torch.tensor([float(n) for n in NUMBER.findall(text)])
        for text in (stored, drawn)
    )
    # what is trained or multiplied for long differs in its last digits
    torch.testing.assert_close(theirs, ours, rtol=0, atol=0.5, msg=advice)


@pytest.mark.parametrize("name", CARDS)
def test_a_picture_is_small_and_has_the_colours_of_the_book(name):
    svg = draw(name)
    assert len(svg) <= 2048
    assert set(re.findall(r"#[0-9a-f]{6}", svg)) <= {BLUE, ORANGE, GREY}
