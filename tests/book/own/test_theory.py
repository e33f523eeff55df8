"""What infinite width predicts of an expression, as helpers have it by name."""

import math

import pytest
import torch

from helpers.activations import critical_gain, mean_square, unit_variance_gain
from helpers.meanfield import backward_curve, forward_curve

NAMED = {
    "linear": "z",
    "relu": "relu(z)",
    "leaky_relu": "where(z > 0, z, 0.01 * z)",
    "tanh": "tanh(z)",
    "sigmoid": "sigmoid(z)",
    "softsign": "z / (1 + abs(z))",
    "gelu": "z * (1 + erf(z / sqrt(2))) / 2",
    "silu": "z * sigmoid(z)",
    "selu": "1.0507009873554805 * where(z > 0, z, "
    "1.6732632423543772 * expm1(minimum(z, 0)))",
}
FACTS = """text => {
  const { theory, expression } = parts;
  const phi = expression.compile(text);
  const all = [theory.unitGain(phi), theory.criticalGain(phi), theory.jump(phi)];
  return all.map(String);
}"""
CURVES = """([text, setting]) => {
  const curves = parts.theory.curves(parts.expression.compile(text), setting);
  return [curves.forward, curves.backward];
}"""


def facts(arithmetic, text):
    return [float(word) for word in arithmetic.evaluate(FACTS, text)]


@pytest.mark.parametrize("name", NAMED)
def test_gains_are_those_of_the_helpers(arithmetic, name):
    unit, critical, jump = facts(arithmetic, NAMED[name])
    assert unit == pytest.approx(unit_variance_gain(name), rel=1e-10)
    # The fixed point of these two, 0, is one that signals leave.
    has_none = name in ("gelu", "silu")
    expected = math.nan if has_none else critical_gain(name)
    assert critical == pytest.approx(expected, rel=1e-9, nan_ok=True)
    assert math.isnan(jump)


@pytest.mark.parametrize("gain", [0.3, 1.0, 1.4, 3.0])
@pytest.mark.parametrize("name", NAMED)
def test_curves_are_those_of_the_helpers(arithmetic, name, gain):
    setting = {"depth": 40, "gain": gain}
    found = torch.tensor(arithmetic.evaluate(CURVES, [NAMED[name], setting]))
    for row, curve in zip(found, (forward_curve, backward_curve), strict=True):
        expected = curve(name, gain, 40).log10() / 2
        torch.testing.assert_close(row, expected, rtol=0, atol=1e-8)


def test_a_gain_that_no_helper_has_keeps_the_mean_square(arithmetic):
    unit, _, _ = facts(arithmetic, "3 * tanh(z)")
    assert unit == pytest.approx(1 / (3 * mean_square("tanh").sqrt().item()))


# P(|z| < 1), and the density at 1, of a standard normal variable
INSIDE, DENSITY = math.erf(0.5**0.5), math.exp(-0.5) / math.sqrt(2 * math.pi)


@pytest.mark.parametrize(
    ("text", "h2", "slope2"),
    [
        # the second moment within (-1, 1) is INSIDE - 2 DENSITY
        ("minimum(maximum(z, -1), 1)", 1 - 2 * DENSITY, INSIDE),
        ("where(z > 1, z, 0)", (1 - INSIDE) / 2 + DENSITY, (1 - INSIDE) / 2),
        ("where(abs(z) < 1, 0, 1)", 1 - INSIDE, 0),
    ],
)
def test_averages_are_right_where_a_kink_or_a_jump_is_not_at_0(
    arithmetic, text, h2, slope2
):
    averages = "text => parts.theory.averages(parts.expression.compile(text), 1)"
    expected = pytest.approx({"h2": h2, "slope2": slope2}, rel=1e-11)
    assert arithmetic.evaluate(averages, text) == expected


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("where(z > 0, 1, 0)", 0.0),
        ("where(z > 1.25, z, 0)", 1.25),
        ("sign(z + 2)", -2.0),
        ("tanh(1000 * z)", math.nan),
        ("abs(z) ** 0.5", math.nan),
    ],
)
def test_a_jump_is_found_and_what_is_only_steep_is_none(arithmetic, text, place):
    _, _, jump = facts(arithmetic, text)
    assert jump == pytest.approx(place, abs=1e-9, nan_ok=True)
