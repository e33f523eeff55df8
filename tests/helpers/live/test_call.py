"""The call of the chapters: it refuses nonsense, and computes no more than it must."""

import ipywidgets
import matplotlib.pyplot as plt
import pytest
from ipywidgets import FloatLogSlider

from helpers.controls import activation_menu, depth_slider, gain_slider, positions
from tests.shared.lines import compute, grid, picture, toy


def test_without_the_book_nothing_is_precomputed():
    calls = []

    def counted(**setting):
        calls.append(setting)
        return compute(**setting)

    figure = toy(compute=counted)
    assert len(calls) == 1 and figure.view.tables == {}


def test_for_the_book_every_position_is_computed(monkeypatch):
    monkeypatch.setenv("FIRST_WEIGHTS_BOOK", "1")
    called = []

    def counted(**at):
        called.append(at)
        return grid(**at)

    figure = toy(grid=counted)
    assert len(called) == 4, "once for each choice of the menu and the seed"
    assert set(figure.view.tables) == {"0-0", "0-1", "1-0", "1-1"}
    assert figure.view.spec["still"] == []


def test_presets_are_reached_exactly_beside_the_steps():
    figure = toy(presets={"Go": {"depth": 2, "gain": 1.5, "activation": "relu"}})
    [[label, part]] = figure.view.spec["presets"]
    assert label == "Go" and part["activation"] == ("index", 1)
    assert part["gain"] == ("value", 1.5) and part["depth"] == ("value", 2)
    steps = positions(figure.controls["gain"])
    assert figure.stops["gain"] == sorted([*steps, 1.5])
    figure.controls["gain"].value = 1.5
    assert figure.setting["gain"] == 1.5


def test_a_reset_leads_to_where_the_figure_starts():
    start = toy(gain=FloatLogSlider(1.1, min=-1, max=1, step=0.05, description="gain"))
    nearest = 10**0.05
    assert start.view.spec["start"]["gain"] == ("value", pytest.approx(nearest))


def test_the_scripts_are_told_what_the_controls_are():
    depth, gain, activation = toy().view.spec["controls"]
    assert depth == dict(name="depth", label="depth", values=(1, 2, 3, 4, 5, 6))
    assert gain["values"] == tuple(positions(gain_slider()))
    options = ("tanh", "relu")
    assert activation == dict(name="activation", label="activation", options=options)


# Bad input ----------------------------------------------------------------------------


def going(**changes):
    """A preset with another value, or one that is too many."""
    return {"x": {"depth": 2, "gain": 1.0, "activation": "tanh"} | changes}


def broken_picture(change):
    def draw(curves, depth, **_):
        figure = picture(curves, depth)
        change(figure)
        return figure

    return draw


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: toy(compute=3), TypeError, "compute must be a function"),
        (lambda: toy(picture=None), TypeError, "picture must be a function"),
        (lambda: toy(grid=3), TypeError, "grid must be a function"),
        (lambda: toy(key="A b"), ValueError, "'A b'"),
        (lambda: toy(depth=7), TypeError, "'depth' must be an IntSlider"),
        (lambda: toy(extra=ipywidgets.IntSlider()), ValueError, "description"),
        (lambda: toy(seed=depth_slider()), ValueError, "seeds="),
        (lambda: toy(seeds=()), ValueError, "at least one"),
        (lambda: toy(seeds=(1, 1)), ValueError, "different"),
        (lambda: toy(presets=going(width=1)), ValueError, "'width'"),
        (lambda: toy(presets={"x": {"gain": 1}}), ValueError, "leaves 'depth'"),
        (lambda: toy(presets=going(gain=11)), ValueError, "from 0.1 to 10, got 11"),
        (lambda: toy(presets=going(depth=2.5)), ValueError, "depth has no 2.5"),
        (lambda: toy(presets=going(activation="gelu")), ValueError, "tanh, relu"),
        (lambda: toy(presets=going(gain="big")), TypeError, "'big'"),
        (lambda: toy(say={}), ValueError, "say needs a curve"),
        (lambda: toy(say={"up": ("x", 0)}), ValueError, "forward, backward"),
        (lambda: toy(limits={"float16": (1, 0)}), ValueError, "float16"),
        (lambda: toy(compute=lambda **_: {}), TypeError, "by name"),
        (lambda: toy(compute=lambda **_: {"a": 3.0}), ValueError, "one or two dim"),
        (lambda: toy(compute=lambda **_: {"a": ["x"]}), TypeError, "must hold numbers"),
        (lambda: toy(picture=lambda *_, **__: None), TypeError, "must return a Figure"),
        (
            lambda: toy(
                picture=broken_picture(lambda f: f.axes[0].lines[0].set_gid("x"))
            ),
            ValueError,
            "with the curve's name as gid",
        ),
        (
            lambda: toy(
                picture=broken_picture(lambda f: f.axes[0].set_yscale("symlog"))
            ),
            ValueError,
            "got 'symlog'",
        ),
        (
            lambda: toy(
                picture=broken_picture(
                    lambda f: f.axes[1].lines[1].set_xdata([0, 1, 5])
                )
            ),
            ValueError,
            "evenly spaced",
        ),
        (
            lambda: toy(
                picture=broken_picture(lambda f: f.axes[0].lines[0].set_linestyle("--"))
            ),
            ValueError,
            "one solid line, or markers alone",
        ),
    ],
)
def test_bad_input_is_named(make, error, words):
    with pytest.raises(error, match=words):
        make()
    plt.close("all")


# Other languages ----------------------------------------------------------------------

GERMAN = {
    "depth": "Tiefe",
    "tanh": "Tangens",
    "signal at the last layer": "Signal am Ende",
    "signal": "Signal",
    "What one sees.": "Was man sieht.",
    "relu, gain {}": "relu, Faktor {}",
    "exactly 0": "genau 0",
    "layer": "Schicht",
}


def test_what_a_figure_is_given_is_shown_in_the_language_of_the_reader(monkeypatch):
    monkeypatch.setattr("helpers.words.catalogue", lambda: GERMAN)
    menu = activation_menu("relu", ["tanh", "relu"])
    figure = toy(
        alt="What one sees.",
        say={"forward": ("signal at the last layer", -1), "bell": ("the bell", 0)},
        presets={"relu, gain 2": {"depth": 3, "gain": 2.0, "activation": "relu"}},
        activation=menu,
    )
    spec = figure.view.spec
    assert [control["label"] for control in spec["controls"]][:2] == ["Tiefe", "gain"]
    assert spec["controls"][2]["options"] == ("Tangens", "relu")
    assert spec["alt"] == "Was man sieht."
    assert spec["presets"][0][0] == "relu, Faktor 2"
    assert spec["words"] == {"exactly 0": "genau 0"}
    said = {curve["name"]: curve["say"] for curve in spec["curves"]}
    assert said["forward"]["thing"] == "Signal" and said["bell"]["thing"] == ""
    assert menu.index == 1 and menu.value == "relu", "what is computed is the same"
    assert figure.controls["depth"].description == "Tiefe"


def test_a_place_in_the_words_of_a_curve_is_told_apart():
    say = {"forward": ("signal at the last layer", -1), "bell": ("last signal", 2)}
    said = {curve["name"]: curve["say"] for curve in toy(say=say).view.spec["curves"]}
    words, point, thing = said["forward"].values()
    assert (words, point, thing) == ("signal at the last layer", -1, "signal")
    assert said["bell"] == {"words": "last signal", "point": 2, "thing": ""}
    assert said["loss"] is None
