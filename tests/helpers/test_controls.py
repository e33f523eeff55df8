"""Sliders and menus reach what they say, and nothing else."""

import ipywidgets
import numpy as np
import pytest

from helpers.activations import ACTIVATIONS
from helpers.controls import (
    activation_menu,
    choices,
    depth_slider,
    gain_slider,
    nearest,
    positions,
    settled,
)


def test_the_gain_slider_reaches_41_gains():
    gains = positions(gain_slider())
    assert len(gains) == 41
    assert np.allclose(gains, np.logspace(-1, 1, 41), rtol=1e-12)
    assert 1.0 in gains
    assert positions(activation_menu()) == list(ACTIVATIONS)
    assert positions(depth_slider()) == list(range(1, 51))


@pytest.mark.parametrize("kind", [ipywidgets.FloatSlider, ipywidgets.FloatLogSlider])
@pytest.mark.parametrize(
    ("low", "high", "step", "ticks"),
    [
        (0, 1, 0.3, [0, 0.3, 0.6, 0.9]),
        (0, 1, 0.35, [0, 0.35, 0.7]),  # nearer to three steps, but they lead out
        (0, 1, 0.1, np.linspace(0, 1, 11)),
        (-0.3, 0.3, 0.1, np.linspace(-0.3, 0.3, 7)),
    ],
)
def test_a_step_that_does_not_divide_the_range_leaves_its_end_out(
    kind, low, high, step, ticks
):
    slider = kind(min=low, max=high, step=step, description="rate")
    found = np.array(positions(slider))
    if kind is ipywidgets.FloatLogSlider:
        found = np.log10(found)
    assert np.allclose(found, ticks, atol=1e-12) and len(found) == len(ticks)


def test_whole_numbers_are_stepped_through_as_well():
    slider = ipywidgets.IntSlider(min=2, max=10, step=3)
    assert positions(slider) == [2, 5, 8]
    assert all(type(place) is int for place in positions(slider))


def test_a_reader_at_the_end_of_the_slider_is_at_its_last_position():
    slider = ipywidgets.FloatSlider(1.0, min=0, max=1, step=0.35, description="rate")
    assert settled(slider, slider.value) == 0.7
    slider = ipywidgets.FloatLogSlider(10, min=0, max=1, step=0.35, description="rate")
    assert settled(slider, slider.value) == pytest.approx(10**0.7)
    with pytest.raises(ValueError, match="rate must be from 1 to 10, got 11"):
        nearest(slider, 11)


@pytest.mark.parametrize(
    "options",
    [["a", "b"], [("one", 1), ("two", 2)], {"one": 1, "two": [2]}, [4, 16, 0.5]],
)
def test_a_menu_offers_what_it_was_given_in_any_form(options):
    menu = ipywidgets.Dropdown(options=options, description="menu")
    for i, (label, value) in enumerate(choices(menu)):
        menu.index = i
        assert (menu.label, menu.value) == (label, value)
    assert len(choices(menu)) == len(options) == len(positions(menu))
    assert nearest(menu, menu.value) == len(options) - 1


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: depth_slider(0), ValueError, "value=0"),
        (lambda: depth_slider(60), ValueError, "value=60"),
        (lambda: depth_slider(2.5), TypeError, "2.5"),
        (lambda: gain_slider(-1), ValueError, "between 0.1 and 10, got -1"),
        (lambda: gain_slider(float("nan")), ValueError, "nan"),
        (lambda: activation_menu("swish"), ValueError, "allowed: .*relu"),
        (lambda: activation_menu("relu", ["swish"]), ValueError, "'swish'"),
        (lambda: activation_menu("tanh", ["relu"]), ValueError, "'tanh'"),
    ],
)
def test_bad_input_is_named(make, error, words):
    with pytest.raises(error, match=words):
        make()
