"""Every position of the sliders is exact, and a grid that shows else is refused."""

import base64
import zlib

import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers.controls import depth_slider, gain_slider, positions
from helpers.live import live
from helpers.live.positions import every_position
from tests.shared import cells, lines
from tests.shared.lines import DEPTHS
from tests.shared.saved import read


def every_setting(figure):
    for i, activation in enumerate(positions(figure.controls["activation"])):
        for j, seed in enumerate((0, 4)):
            look = read(figure, f"{i}-{j}")
            for gain in positions(figure.controls["gain"]):
                for depth in positions(figure.controls["depth"]):
                    setting = {"depth": depth, "gain": gain, "activation": activation}
                    yield look(setting), lines.compute(**setting, seed=seed)


@pytest.mark.parametrize("batched", [lines.grid, None])
def test_every_position_is_exact_to_half_a_quantum(batched):
    figure = lines.published(batched)
    quantum = {curve["name"]: curve["quantum"] for curve in figure.view.spec["curves"]}
    compared = 0
    for codes, truth in every_setting(figure):
        for name in truth:
            value = np.asarray(truth[name], dtype=float)
            value = np.log10(value) if name in ("forward", "backward") else value
            assert codes[name].shape == value.shape
            error = np.abs(codes[name] * quantum[name] - value).max()
            assert error <= quantum[name] / 2 * (1 + 1e-9)
            compared += 1
    assert compared == 2 * 2 * 41 * DEPTHS * 4


@pytest.mark.parametrize("batched", [cells.grid, None])
def test_every_position_of_bars_and_cells_is_exact_to_half_a_quantum(batched):
    figure = cells.published(batched)
    about = {curve["name"]: curve for curve in figure.view.spec["curves"]}
    assert [about[n]["mark"] for n in about] == [
        "bars",
        "bars",
        "cells",
        "cells",
        "dots",
    ]
    assert about["change"]["points"] == 35 and not about["change"]["layered"]
    compared = 0
    for i, activation in enumerate(("tanh", "relu")):
        for j, seed in enumerate((0, 4)):
            look = read(figure, f"{i}-{j}")
            for gain in positions(figure.controls["gain"])[::5]:
                for depth in positions(figure.controls["depth"]):
                    setting = {"depth": depth, "gain": gain, "activation": activation}
                    truth, codes = cells.both(**setting, seed=seed), look(setting)
                    for name, values in truth.items():
                        curve = about[name]
                        plain = np.log10(values) if curve["log"] else values
                        error = codes[name] * curve["quantum"] - plain.ravel()
                        assert np.abs(error).max() <= curve["quantum"] / 2 * (1 + 1e-9)
                        compared += 1
    assert compared == 2 * 2 * 9 * 12 * 5


@pytest.mark.parametrize("toys", [lines, cells])
def test_the_grid_and_single_calls_give_the_same_tables(toys):
    assert toys.published(toys.grid).view.tables == toys.published().view.tables


def test_what_depends_on_no_depth_is_stored_once():
    figure = lines.published()
    stream = zlib.decompress(base64.b64decode(figure.view.tables["0-0"]))
    assert stream[0] == 0b01  # forward: gain (bit 0), not depth (bit 1)


def test_a_heat_map_of_a_thousand_cells_takes_little_of_a_page():
    def maps(gain):
        x = np.linspace(-1, 1, 32)
        return {"map": np.tanh(gain * np.add.outer(x, x)) ** 2}

    def draw(curves, gain):
        figure, ax = plt.subplots()
        ax.pcolormesh(curves["map"], gid="map", vmin=0, vmax=1)
        return figure

    say = {"map": ("corner", 0)}
    figure = live(maps, draw, key="map", say=say, gain=gain_slider(1.0))
    every_position(figure)
    (table,) = figure.view.tables.values()
    assert len(base64.b64decode(table)) < 1.5 * 41 * 32 * 32
    assert len(zlib.compress("".join(figure.view.svgs).encode())) < 24_000


def test_what_moves_nothing_is_told():
    assert lines.published().spec.still == ()
    assert lines.toy().spec.still is None


# Bad input ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"forward": (("width",), [[1.0]])}, "allowed: gain, depth"),
        ({"forward": (("gain",), [[1.0]])}, r"must have shape \(41, 6\)"),
        ({"new": ((), [1.0])}, "must return the curves"),
        ({"bell": ((), np.zeros(11))}, "different curves 'bell' at the setting"),
    ],
)
def test_a_grid_that_does_not_fit_is_named(wrong, words):
    with pytest.raises(ValueError, match=words):
        lines.published(lambda **at: lines.grid(**at) | wrong)


def test_a_grid_of_the_wrong_shape_is_named():
    wrong = {"change": (("gain",), np.ones((41, 35)))}
    with pytest.raises(ValueError, match=r"must have shape \(41, 7, 5\)"):
        cells.published(lambda **at: cells.grid(**at) | wrong)


def test_a_curve_of_changing_length_is_named():
    def odd(depth, gain, activation, seed):
        return lines.compute(depth, gain, activation) | {"loss": np.ones(3 * depth)}

    def draw(curves, **setting):
        figure = lines.picture(curves | {"loss": np.ones(3)}, **setting)
        figure.axes[1].lines[1].set_data(np.arange(9), curves["loss"])
        return figure

    with pytest.raises(
        ValueError, match="'loss' has 9 points at depth 3 and 3 at depth 1"
    ):
        lines.published(compute=odd, picture=draw)
    plt.close("all")


def test_a_heat_map_that_changes_its_shape_is_named():
    def draw(curves, depth):
        figure, ax = plt.subplots()
        ax.pcolormesh(curves["curve"], vmin=0, vmax=1, gid="curve")
        return figure

    figure = live(
        lambda depth: {"curve": np.ones((depth, 2))},
        draw,
        key="bad",
        say={"curve": ("corner", 0)},
        depth=depth_slider(3, 6),
    )
    with pytest.raises(ValueError, match=r"had shape \(3, 2\) at first.*\(1, 2\)"):
        every_position(figure)
    plt.close("all")
