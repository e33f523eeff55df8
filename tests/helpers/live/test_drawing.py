"""What is drawn: nothing on an edge that lies beyond it, and words that are true."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers.live import drawing
from helpers.live.contract import NOT_A_NUMBER, Box, Layout, Place, Scale
from helpers.live.drawing import FAR, decades, fitted, height, in_words, leaves
from helpers.live.marks import drawn
from tests.shared import cells as cell_toy
from tests.shared.cells import boxes
from tests.shared.lines import toy

BOX = Box(50.0, 350.0, 0.0, 200.0)
FOLLOWS = Scale(-1, 1, log=True, follows=True, levels=(0.0,))


def parts_of(figure, name, values):
    """The trace of a curve, the codes of some numbers, and where they are drawn."""
    trace, spec = figure.traces[name], figure.spec
    layout = spec.layouts[0]
    where = layout.places[name], layout.boxes[trace.frame], spec.scales[trace.frame]
    return trace, trace.encode(np.array(values)).tolist(), *where


# Scales -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "ends"),
    [
        ([1e-31, 1.0], (-32, 1)),
        ([0.9, 1.1], (-2, 2)),  # no less than four decades
        ([5.0, 2e6], (-1, 7)),  # the level 1 stays in sight
        ([0.0, np.inf, np.nan], (-2, 2)),  # what is no ordinary number fits nowhere
        ([1e-3], (-4, 1)),
        ([9.9e307, 5e-324], (-324, 309)),
    ],
)
def test_a_scale_that_follows_shows_all_in_whole_decades(numbers, ends):
    scale = fitted(FOLLOWS, [np.array(numbers)])
    assert (scale.low, scale.high) == ends


def test_a_scale_that_stays_stays():
    scale = Scale(-1, 1, log=True)
    assert fitted(scale, [np.array([1e9])]) is scale


def test_few_decades_are_named_and_never_too_many():
    assert decades(-32, 1, 195) == [-30, -25, -20, -15, -10, -5, 0]
    assert decades(-2, 2, 195) == [-2, -1, 0, 1, 2]
    for span in range(4, 700):
        for room in (60, 120, 300):
            found = decades(-span, 3, room)
            assert 1 <= len(found) <= max(3, room / 26 + 1)
            assert all(-span <= decade <= 3 for decade in found)


# Curves -------------------------------------------------------------------------------


def test_what_lies_beyond_a_frame_is_not_drawn_on_its_edge():
    figure = toy()
    numbers = [1.0, 1e-99, np.nan, 0, np.inf]
    trace, codes, place, box, scale = parts_of(figure, "forward", numbers)
    (path,) = drawing.paths(trace, codes, place, box, scale)
    y = [float(y) for y in re.findall(r"[ML]\S+ (-?[\d.]+?)(?:h0)?(?=[ML]|$)", path)]
    unit = (box.bottom - box.top) / (scale.high - scale.low)
    assert y[1] == pytest.approx(box.bottom + (99 + scale.low) * unit, abs=0.6)
    assert y[2:] == [round(box.bottom + FAR, 2), round(box.top - FAR, 2)]
    assert path.count("M") == 2  # the gap at the value that is not a number


def test_bars_and_cells_that_are_no_ordinary_numbers():
    curves = cell_toy.both(depth=6, gain=1.0)
    figure = cell_toy.picture(curves, 6)
    found = drawn(figure, curves, "wide")
    plt.close(figure)

    def made(name, values):
        trace = found.traces[name]
        place, box = found.layout.places[name], found.layout.boxes[trace.frame]
        scale = found.scales[trace.frame]
        codes = trace.encode(np.array(values)).ravel().tolist()
        return trace, box, scale, drawing.paths(trace, codes, place, box, scale)

    _, box, scale, [d] = made("size", [np.inf, np.nan, 0, 1e-9, 1e9, 1])
    bars = boxes(d)
    assert len(bars) == 5, "a bar that is not a number is left out"
    assert np.abs(bars[:, 2] - box.bottom).max() <= 0.01, "bars stand on the edge"
    tops = [-np.inf, np.inf, height(-9, box, scale), height(9, box, scale)]
    assert bars[0, 3] < -1e4 and bars[1, 3] > 1e4, tops
    assert np.allclose(bars[2:4, 3], tops[2:], atol=0.3)

    _, box, scale, [d] = made("share", [-np.inf, np.inf, -0.05, 0])
    bars, zero = boxes(d), height(0, box, scale)
    assert np.abs(bars[:, 2] - zero).max() <= 0.01, "bars stand on 0"
    assert bars[0, 3] > 1e4 and bars[1, 3] < -1e4
    assert np.allclose(bars[2:, 3], [height(-0.05, box, scale), zero], atol=0.01)

    values = np.full((3, 5), 1.0)
    values[0, :4] = 0, np.inf, np.nan, 1e-4
    cells, _, _, paths = made("kernel", values)
    assert [len(boxes(d)) for d in paths[-3:]] == [2, 1, 1]
    assert "fill: none" in cells.styles[-1], "what is no number leaves the paper"
    lowest, highest = (cells.styles[i] for i in (0, -4))
    assert cells.styles[-3:-1] == (lowest, highest)


# Arrows and words ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "above", "at", "said", "where"),
    [
        ([1e-12, 1e-6, 1.0], False, 0.5, "1.0 × 10⁻¹²", "layer 1"),
        ([1.0, 1e6, 1e12], True, 1.5, "1.0 × 10¹²", "layer 3"),
        ([0.0, 0.0, 1.0], False, 2.0, "exactly 0", "layer 1"),
        ([1.0, np.inf, np.inf], True, 0.0, "infinite", "layer 3"),
        ([np.nan, 1e10, np.nan], True, 1.0, "1.0 × 10¹⁰", "layer 2"),
    ],
)
def test_an_arrow_says_where_a_line_leaves_and_how_far(numbers, above, at, said, where):
    trace, codes, place, _, scale = parts_of(toy(), "forward", numbers)
    assert (scale.low, scale.high) == (-9, 9)
    assert leaves(trace, codes, place, scale, not above) is None
    found = leaves(trace, codes, place, scale, above)
    assert (in_words(found.value), found.place) == (said, where)
    assert found.x == pytest.approx(place.x + at * place.step, abs=0.02 * place.step)


def test_labels_keep_their_distance_and_stay_inside():
    figure = toy()
    trace = figure.traces["forward"]
    from dataclasses import replace

    names = ["a", "b", "c"]
    traces = [replace(trace, name=n, label=n, frame=0) for n in names]
    layout = Layout(634, False, (BOX,), dict.fromkeys(names, Place(60, 10)))
    scale = Scale(-1, 1, log=True)
    codes = {"a": [-150], "b": [-200], "c": [NOT_A_NUMBER]}
    svg = drawing.labels(traces, codes, scale, layout)
    found = re.findall(r'y="([\d.]+)"[^>]*>(\w)<', svg)
    assert [name for _, name in found] == ["a", "b"], "what is not there has no name"
    high, low = (float(y) for y, _ in found)
    assert low - high >= drawing.LINE - 0.01 and low <= BOX.bottom + 4
    inside = Layout(300, True, (BOX,), layout.places)
    assert drawing.labels(traces, codes, scale, inside).count("<text") == 1


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "exactly 0"),
        (1.7e-31, "1.7 × 10⁻³¹"),
        (-2.5e6, "−2.5 × 10⁶"),
        (0.0123, "0.012"),
        (120.0, "120"),
        (-0.5, "−0.5"),
        (float("inf"), "infinite"),
        (float("-inf"), "minus infinite"),
        (float("nan"), "not a number"),
    ],
)
def test_numbers_are_written_as_readers_write_them(value, words):
    assert in_words(value) == words
