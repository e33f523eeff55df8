"""Numbers as codes, codes as paths: exact to half a quantum, and no number is lost."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers.live.contract import INFINITE, MINUS_INFINITE, NOT_A_NUMBER, ZERO
from helpers.live.marks import svg_of
from tests.shared import cells as cell_toy
from tests.shared.cells import boxes
from tests.shared.lines import toy


def test_a_linear_axis_has_at_least_2000_steps():
    curve = toy().view.spec["curves"][2]
    assert curve["quantum"] == 0.01 and not curve["log"]
    assert (curve["high"] - curve["low"]) >= 2000


def test_special_values_have_codes_of_their_own():
    trace = toy().traces["forward"]
    assert trace.encode([0, np.inf, np.nan, 1]).tolist() == [
        ZERO,
        INFINITE,
        NOT_A_NUMBER,
        0,
    ]
    smallest, largest = 5e-324, 1.79e308
    codes = trace.encode([smallest, largest])
    assert np.abs(codes / 200 - np.log10([smallest, largest])).max() <= 1 / 400
    linear = toy().traces["bell"]
    assert linear.encode([0, -1, -np.inf]).tolist() == [0, -100, MINUS_INFINITE]
    with pytest.raises(ValueError, match=r"'forward' has the value -0\.5.*logarithmic"):
        trace.encode([1, -0.5])
    with pytest.raises(ValueError, match=r"'bell' has the value 1e\+30"):
        linear.encode([1e30])


def test_special_values_are_drawn_on_the_edge_or_as_a_gap():
    trace = toy().traces["forward"]
    top, bottom = (trace.y[0] + edge * trace.y[1] for edge in (trace.high, trace.low))
    (path,) = trace.paths(trace.encode(np.array([np.inf, 1e99, np.nan, 0, 1e-99])))
    heights = [
        float(y) for y in re.findall(r"[ML]\S+ (-?[\d.]+?)(?:h0)?(?=[ML]|$)", path)
    ]
    assert np.allclose(heights, [top, top, bottom, bottom], atol=0.01)
    assert path.count("M") == 2  # the gap at the value that is not a number


def test_what_is_no_ordinary_number_has_a_drawing_of_its_own():
    curves = cell_toy.both(depth=6, gain=1.0)
    figure = cell_toy.picture(curves, 6)
    _, traces = svg_of(figure, curves)
    plt.close(figure)
    bars = traces["size"]
    (d,) = bars.paths(bars.encode(np.array([np.inf, np.nan, 0, 1e-9, 1e9, 1])))
    top, bottom = (bars.y[0] + edge * bars.y[1] for edge in (bars.high, bars.low))
    heights = boxes(d)
    assert np.abs(heights[:, 2] - bottom).max() <= 0.01
    assert np.allclose(heights[:4, 3], [top, bottom, bottom, top], atol=0.01)
    assert len(heights) == 5, "a bar that is not a number is left out"
    linear = traces["share"]
    (d,) = linear.paths(linear.encode(np.array([-np.inf, np.inf, -0.05, 0])))
    zero = linear.y[0]
    ends = [linear.y[0] + edge * linear.y[1] for edge in (linear.low, linear.high)]
    wanted = [*ends, zero - 0.05 / linear.quantum * linear.y[1], zero]
    assert np.abs(boxes(d)[:, 2] - zero).max() <= 0.01, "bars stand on 0"
    assert np.allclose(boxes(d)[:, 3], wanted, atol=0.01)

    cells = traces["kernel"]
    values = np.full((3, 5), 1.0)
    values[0, :4] = 0, np.inf, np.nan, 1e-4
    codes = cells.encode(values)
    assert codes[0, :3].tolist() == [ZERO, INFINITE, NOT_A_NUMBER]
    paths = cells.paths(codes)
    assert [len(boxes(d)) for d in paths[-3:]] == [2, 1, 1]
    assert "fill: none" in cells.styles[-1], "what is no number leaves the paper"
    lowest, highest = (cells.styles[i] for i in (0, -4))
    assert cells.styles[-3:-1] == (lowest, highest)
