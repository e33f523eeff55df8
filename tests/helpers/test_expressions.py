"""Expressions in z: values and slopes are PyTorch's, and nothing typed is run."""

import math

import pytest
import torch

from helpers.activations import (
    ACTIVATIONS,
    critical_gain,
    find_activation,
    mean_square,
    mean_square_slope,
    unit_variance_gain,
)
from helpers.expressions import expression, slope_of
from helpers.fan import sizes
from helpers.meanfield import q_star
from tests.shared.expressions import EXPRESSIONS, NONSENSE, PRECEDENCE, in_torch

# What Python's grammar reads otherwise than the page does, and as what.
PYTHONS = {"0x10", "1_000 * z", "z # a", "ｚ", "𝑧"}


@pytest.fixture(autouse=True)
def float64():
    kind = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(kind)


@pytest.mark.parametrize("text", EXPRESSIONS + PRECEDENCE)
def test_values_and_slopes_are_those_of_torch(text):
    z = 3 * torch.randn(50, 4, generator=torch.Generator().manual_seed(3))
    if text == "z ** 2 ** 0.5":
        z = z.abs()  # else no number
    phi = expression(text)
    z.requires_grad_()
    value = in_torch(text, z)
    [slope] = torch.autograd.grad(value.sum(), z)
    z = z.detach()
    torch.testing.assert_close(phi(z), value.detach(), rtol=1e-15, atol=1e-15)
    torch.testing.assert_close(slope_of(phi)(z), slope, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("text", sorted(set(NONSENSE) - PYTHONS))
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(ValueError, match="."):
        expression(text)


def test_what_is_typed_is_never_run(tmp_path):
    trace = tmp_path / "trace"
    for text in (
        f"open('{trace}', 'w')",
        f"__import__('pathlib').Path('{trace}').touch()",
        f"(lambda: open('{trace}', 'w'))()",
        "z.__class__",
        "[z for z in ()]",
        "exp.__globals__",
        "exp(z, out=z)",
        "where(z > 0, *z)",
        "f'{z}'",
    ):
        with pytest.raises(ValueError):
            expression(text)
    assert not trace.exists()


@pytest.mark.parametrize("kind", [torch.float16, torch.float32, torch.float64])
@pytest.mark.parametrize("text", ["where(z > 0, 1, 0)", "maximum(z, 0.5)", "2", "pi"])
def test_values_have_the_shape_and_the_kind_of_z(text, kind):
    z = torch.ones(2, 3, dtype=kind)
    value = expression(text)(z)
    assert value.shape == z.shape and value.dtype == kind


@pytest.mark.parametrize("text", ["9" * 150 + "**3", "2 ** 9 ** 9", "exp(exp(9 * z))"])
def test_what_is_huge_is_infinite_and_ends(text):
    assert expression(text)(torch.ones(1)).item() == math.inf


def test_slopes_come_in_inference_mode_too():
    with torch.inference_mode():
        assert find_activation("z ** 2").dphi(torch.ones(2)).tolist() == [2, 2]
    assert find_activation("3").dphi(torch.ones(2)).tolist() == [0, 0]


NAMED = {
    "tanh": "tanh(z)",
    "relu": "maximum(z, 0)",
    "silu": "z * sigmoid(z)",
    "gelu": "0.5 * z * (1 + erf(z / sqrt(2)))",
}


@pytest.mark.parametrize("name", NAMED)
def test_whatever_takes_a_name_takes_an_expression(name):
    text = NAMED[name]
    assert unit_variance_gain(text) == pytest.approx(unit_variance_gain(name))
    assert critical_gain(text) == pytest.approx(critical_gain(name))
    assert q_star(text, 1.3) == pytest.approx(q_star(name, 1.3), rel=1e-9)
    typed, built_in = sizes(30, 1.3, text, seed=2), sizes(30, 1.3, name, seed=2)
    for curve in built_in:
        torch.testing.assert_close(typed[curve], built_in[curve], rtol=1e-9, atol=0)


# P(|z| < 1), and the density at 1, of a standard normal variable
INSIDE, DENSITY = math.erf(0.5**0.5), math.exp(-0.5) / math.sqrt(2 * math.pi)


@pytest.mark.parametrize(
    ("text", "h2", "slope2", "digits"),
    [
        ("minimum(maximum(z, -1), 1)", 1 - 2 * DENSITY, INSIDE, 2e-3),
        ("where(z > 1, z, 0)", (1 - INSIDE) / 2 + DENSITY, (1 - INSIDE) / 2, 5e-3),
    ],
)
def test_averages_are_right_where_a_kink_is_not_at_0(text, h2, slope2, digits):
    assert mean_square(text).item() == pytest.approx(h2, rel=digits)
    assert mean_square_slope(text).item() == pytest.approx(slope2, rel=digits)


def test_names_are_names_and_what_is_neither_says_so():
    assert find_activation("tanh") is ACTIVATIONS["tanh"]
    with pytest.raises(ValueError, match="^unknown activation 'swish'; known: linear"):
        find_activation("swish")
    with pytest.raises(ValueError, match=r"in z: 'z \*' is no expression"):
        find_activation("z *")
    with pytest.raises(ValueError, match="tanh is a function: write tanh"):
        expression("tanh")


def test_slopes_are_known_for_signals_of_any_size():
    # relu, but for what is lost near 0: half of the units pass a gradient on
    for q in (1e20, 1e84, 1e300):
        found = mean_square_slope("z * sigmoid(1.7 * z)", q).item()
        assert found == pytest.approx(mean_square_slope("relu", q).item(), rel=1e-6)
    assert mean_square_slope("sin(z)", 1e20).item() == pytest.approx(0.5, abs=0.05)


def test_many_comparisons_are_read_as_quickly_as_one():
    # each part is looked at once: twice at each of 25 would be for ever
    text = "(z > 0) * (" * 25 + "z" + ")" * 25
    with pytest.raises(ValueError, match="at most 200 characters"):
        expression(text)
    text = "(z>0)*(" * 24 + "z" + ")" * 24
    assert expression(text)(torch.tensor([-1.0, 2.0])).tolist() == [0.0, 2.0]
