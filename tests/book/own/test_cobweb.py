"""The cobweb of an expression: chapter 6's curves, and its fixed points in words."""

import math

import pytest
import torch

from helpers.activations import find_activation, gaussian_average, unit_variance_gain
from helpers.meanfield import q_map, q_star

TYPED = {
    "tanh": "tanh(z)",
    "relu": "maximum(z, 0)",
    "silu": "z * sigmoid(z)",
    "gelu": "0.5 * z * (1 + erf(z / sqrt(2)))",
    "sigmoid": "sigmoid(z)",
    "softsign": "z / (1 + abs(z))",
    "leaky_relu": "maximum(z, 0.01 * z)",
    "linear": "z",
}
CURVES = """([text, gain, wanted]) => {
  const found = parts.cobweb.curves(parts.expression.compile(text), gain, wanted);
  return Object.fromEntries(
    Object.entries(found).map(([name, row]) => [name, row.map(String)])
  );
}"""
FIXED = """([text, gain]) => {
  const phi = parts.expression.compile(text);
  const { points, upTo, beyond } = parts.cobweb.fixedPoints(phi, gain);
  return { points, upTo: String(upTo), beyond: String(beyond) };
}"""
PLACE = {"first": 0, "step": 0.02, "points": 151}
STARTS = (0.4, 1.0, 1.6)
WANTED = [
    {"name": "one layer", **PLACE},
    *({"name": f"from {start:g}", **PLACE} for start in STARTS),
    {"name": "after 50 layers", "first": 0.4, "step": 0.6, "points": 3},
]


def numbers(row):
    return torch.tensor([float(word) for word in row], dtype=torch.float64)


@pytest.mark.parametrize("gain", [0.9, 2**0.5, 2.3])
@pytest.mark.parametrize("name", TYPED)
def test_curves_are_those_of_the_chapter(arithmetic, name, gain):
    found = arithmetic.evaluate(CURVES, [TYPED[name], gain, WANTED])
    assert found.keys() == {curve["name"] for curve in WANTED}
    sizes = torch.linspace(0, 3, 151, dtype=torch.float64)
    layer = q_map(name, gain, q=sizes)
    torch.testing.assert_close(
        numbers(found["one layer"]), layer, rtol=1e-9, atol=1e-12
    )
    ends = []
    for start in STARTS:
        q = [start]
        for _ in range(50):
            q.append(q_map(name, gain, q=q[-1]).item())
        ends.append(min(max(q[-1], 0.001), 10))
        heights = numbers(found[f"from {start:g}"])
        for here, there in zip(q[:3], q[1:4], strict=True):
            # a stair of the first three is there unless a later one has passed it
            passed = (sizes > min(here, there)) & (sizes < max(here, there))
            assert not heights[passed].isnan().any()
        [reached] = numbers([found["after 50 layers"][STARTS.index(start)]]).tolist()
        # a difference in the twelfth digit grows like the deviation itself
        assert reached == pytest.approx(ends[-1], rel=1e-5)


def crossings(name, gain):
    """The fixed points of the helpers' map: size and whether a deviation dies out."""
    q = torch.logspace(-6, 6, 2401, dtype=torch.float64)
    rise = (q_map(name, gain, q=q) / q).log()
    slopes = gain**2 * slope_of_map(name, q)
    found = []
    for i in range(len(q) - 1):
        if rise[i] * rise[i + 1] < 0 and max(abs(rise[i]), abs(rise[i + 1])) > 1e-6:
            found.append(((q[i] * q[i + 1]).sqrt().item(), slopes[i].item() < 1))
    return found


def slope_of_map(name, q):
    """Of E phi(sqrt(q) z)^2 along q, without a difference: E phi phi' z / sqrt(q)."""
    phi = find_activation(name)
    return gaussian_average(lambda z: phi.phi(z) * phi.dphi(z) * z, q) / q


@pytest.mark.parametrize("times", [0.5, 0.9, 1.0, 1.1, 2.0])
@pytest.mark.parametrize("name", TYPED)
def test_fixed_points_are_those_of_the_helpers(arithmetic, name, times):
    gain = times * unit_variance_gain(name)
    found = arithmetic.evaluate(FIXED, [TYPED[name], gain])
    points = [(point["q"], point["stable"]) for point in found["points"]]
    homogeneous = find_activation(name).homogeneous
    if homogeneous and times == 1:
        assert (points, found["upTo"]) == ([], "Infinity")
        assert q_map(name, gain, q=7.0) == pytest.approx(7)
        return
    assert found["upTo"] == "0" and found["beyond"] == "NaN"
    expected = crossings(name, gain)
    if q_map(name, gain, q=0.0) == 0:
        expected.insert(0, (0.0, q_map(name, gain, q=1e-6).item() < 1e-6))
    assert [stable for _, stable in points] == [stable for _, stable in expected]
    for (q, _), (near, _) in zip(points, expected, strict=True):
        assert q == pytest.approx(near, rel=0.012), "between two sizes of the search"
        assert q_map(name, gain, q=q).item() == pytest.approx(q, rel=1e-5)
    # Where the helpers say that signals from 1 come to rest is a stable one.
    rest = q_star(name, gain)
    if 0 < rest < math.inf and rest != 1:
        assert any(s and q == pytest.approx(rest, rel=1e-5) for q, s in points)
    if rest == 0:
        assert points[0] == (0, True)


@pytest.mark.parametrize(
    ("text", "gain", "points"),
    [
        # q = g^2 exp(2 q): none above g^2 = 1 / (2 e), else two
        ("exp(z)", 0.5, []),
        ("exp(z)", 0.3, [(0.11277, True), (1.3564, False)]),
        # E exp(2 z^2) = 1 / sqrt(1 - 4 q), without end from q = 1/4 on
        ("exp(z ** 2)", 0.1, [(0.0102, True)]),
        ("exp(exp(z))", 0.1, []),
        ("exp(exp(exp(z)))", 1, []),
        ("1e200 * z", 1, []),
        ("exp(z) ** 9 ** 9", 1, []),
        # E z^6 = 15 q^3
        ("z ** 3", 1, [(0, True), (15**-0.5, False)]),
        ("1", 2, [(4, True)]),
        ("log(z)", 1, []),
    ],
)
def test_what_overflows_has_no_false_fixed_points(arithmetic, text, gain, points):
    found = arithmetic.evaluate(FIXED, [text, gain])
    stable = [point["stable"] for point in found["points"]]
    assert stable == [is_stable for _, is_stable in points]
    for point, (q, _) in zip(found["points"], points, strict=True):
        assert point["q"] == pytest.approx(q, rel=0.01)


def test_the_ends_of_exp_are_solutions_of_their_equation(arithmetic):
    for point in arithmetic.evaluate(FIXED, ["exp(z)", 0.3])["points"]:
        q = point["q"]
        assert q == pytest.approx(0.09 * math.exp(2 * q), rel=1e-5)


def test_signals_swing_about_a_point_whose_slope_is_below_minus_one(arithmetic):
    [point] = arithmetic.evaluate(FIXED, ["exp(-z ** 2) ** 8 * 4", 3])["points"]
    q, step = point["q"], 1e-4
    curve = [
        numbers(
            arithmetic.evaluate(
                CURVES,
                [
                    "exp(-z ** 2) ** 8 * 4",
                    3,
                    [{"name": "one layer", "first": q + d, "step": 1, "points": 1}],
                ],
            )["one layer"]
        ).item()
        for d in (-step, step)
    ]
    slope = (curve[1] - curve[0]) / (2 * step)
    assert slope < 0 and point["stable"] == (abs(slope) < 1)


def test_small_signals_that_a_cap_does_not_meet_stay_as_they_are(arithmetic):
    found = arithmetic.evaluate(FIXED, ["minimum(relu(z), 6)", 2**0.5])
    up_to = float(found["upTo"])
    assert found["points"] == [] and 0.3 < up_to < 3
    # what relu6 loses there: less than P(z > 6)
    assert math.erfc(6 / math.sqrt(2 * up_to)) < 1e-6
