"""The pictures in the README and beside links are what the helpers draw and say."""

import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from book.site.head import CARD_SIZE
from book.tools.picture import (
    CARD,
    DEPTH,
    PANELS,
    PICTURE,
    double_precision,
    draw,
    draw_card,
)
from helpers.fan import sizes

NUMBER = re.compile(r"-?\d+\.\d+")


def test_the_committed_picture_is_the_one_that_the_helpers_draw():
    stored, drawn = PICTURE.read_text(encoding="utf-8"), draw() + "\n"
    advice = "draw it anew: python -m book.tools.picture"
    assert NUMBER.sub("#", stored) == NUMBER.sub("#", drawn), advice
    # Coordinates are points of the page: a hundredth of one is not to be seen.
    theirs, ours = (
        torch.tensor([float(n) for n in NUMBER.findall(text)])
        for text in (stored, drawn)
    )
    torch.testing.assert_close(theirs, ours, rtol=0, atol=0.01, msg=advice)


def test_the_committed_card_is_the_one_that_the_helpers_draw():
    stored, drawn = plt.imread(CARD), plt.imread(io.BytesIO(draw_card()))
    assert stored.shape[1::-1] == drawn.shape[1::-1] == CARD_SIZE
    # Fonts are smoothed differently by other versions of their library: a pixel at the
    # edge of a letter, not a dot that stands elsewhere.
    assert np.abs(stored - drawn).mean() < 1e-3, (
        "draw it anew: python -m book.tools.picture"
    )
    assert stored[..., :3].std() > 0.1, "it is not empty"


@pytest.mark.parametrize(
    ("title", "low", "high"),
    [
        ("sigmoid, gain 1: vanishing", 1e-31, 2e-31),
        ("relu, gain √2: level", 0.1, 10),
        ("tanh, gain 3: exploding", 1e6, 1e7),
    ],
)
def test_the_gradient_at_the_first_layer_is_what_the_description_says(title, low, high):
    activation, gain = PANELS[title]
    with double_precision():
        backward = sizes(DEPTH, gain, activation)["backward"]
    assert low < backward[0] < high
