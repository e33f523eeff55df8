"""The drawings beside the chapters are those that the script draws."""

import re

import pytest
import torch

from book.tools.cards import CARDS
from book.tools.drawings import DRAWINGS, FOLDER, draw
from helpers.plots import COLOURS

NUMBER = re.compile(r"-?\d+\.\d+")


def test_there_is_no_other_drawing():
    assert {path.stem for path in FOLDER.iterdir()} == {*DRAWINGS, *CARDS}


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_stored_drawing_is_the_one_that_the_script_draws(name):
    stored, drawn = (FOLDER / f"{name}.svg").read_text("utf-8"), draw(name)
    advice = "draw it anew: python -m book.tools.drawings"
    assert NUMBER.sub("#", stored) == NUMBER.sub("#", drawn), advice
    theirs, ours = (
        torch.tensor([float(n) for n in NUMBER.findall(text)])
        for text in (stored, drawn)
    )
    torch.testing.assert_close(theirs, ours, rtol=0, atol=0.01, msg=advice)


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_has_the_colours_of_the_book_alone(name):
    used = set(re.findall(r"#[0-9a-f]{6}", draw(name)))
    assert used <= set(COLOURS.values())
