"""Numbers as codes: exact to half a quantum, and no number is lost."""

import numpy as np
import pytest

from helpers.live.contract import INFINITE, MINUS_INFINITE, NOT_A_NUMBER, ZERO
from tests.shared.lines import toy


def test_a_linear_axis_has_at_least_2000_steps():
    figure = toy()
    curve = figure.view.spec["curves"][2]
    assert curve["quantum"] == 0.01 and not curve["log"]
    scale = figure.spec.scales[curve["frame"]]
    assert scale.high - scale.low >= 2000 * scale.quantum


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


def test_a_code_is_a_number_again():
    trace = toy().traces["forward"]
    numbers = [0.0, np.inf, 1e-30, 7.0]
    again = [trace.number(code) for code in trace.encode(numbers).tolist()]
    assert again[:2] == [0, np.inf] and np.isnan(trace.number(NOT_A_NUMBER))
    assert np.allclose(again[2:], numbers[2:], rtol=10 ** (1 / 400) - 1)
    assert toy().traces["bell"].number(MINUS_INFINITE) == -np.inf
