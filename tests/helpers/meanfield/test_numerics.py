"""Averages over pairs against averages over one normal, and the ends of the maps."""

import math

import pytest
import torch
from scipy.integrate import quad

from helpers.activations import (
    ACTIVATIONS,
    crowded,
    gaussian_average,
    unit_variance_gain,
)
from helpers.meanfield import numerics
from helpers.meanfield.maps import c_map, chi_1, q_map, q_star
from helpers.meanfield.numerics import (
    in_sight,
    next_c,
    next_q,
    pair_average,
    settled_c,
    settled_q,
    variances,
)

NAMES = list(ACTIVATIONS)


def numbers(*values):
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize("q", [1e-4, 1.0, 10.0])
@pytest.mark.parametrize("name", NAMES)
def test_pairs_that_are_one_or_strangers_need_one_normal(name, q):
    phi = ACTIVATIONS[name].phi
    one, stranger, mirror = pair_average(phi, numbers(q, q, q), numbers(1, 0, -1))
    squares = gaussian_average(lambda z: phi(z).square(), q)
    bound = {"rel": 1e-9, "abs": 1e-10 * squares.item()}
    assert one.item() == pytest.approx(squares.item(), **bound)
    product = gaussian_average(phi, q).item() ** 2
    assert stranger.item() == pytest.approx(product, **bound)
    turned = gaussian_average(lambda z: phi(z) * phi(-z), q).item()
    assert mirror.item() == pytest.approx(turned, **bound)


@pytest.mark.parametrize("q", [10.0, 100.0, 1e4, 1e6, 1e9, 1e12])
@pytest.mark.parametrize("name", NAMES)
def test_steep_functions_are_averaged_with_the_digits_that_are_said(name, q):
    activation = ACTIVATIONS[name]
    for f in (activation.phi, activation.dphi):
        one, stranger = pair_average(f, numbers(q, q), numbers(1, 0))
        squares = gaussian_average(lambda z, f=f: f(z).square(), q).item()
        assert one.item() == pytest.approx(squares, rel=1e-11)
        # The mean of an odd function is 0: then the size of the squares counts.
        product = gaussian_average(f, q).item() ** 2
        bound = {"rel": 1e-11, "abs": 1e-12 * squares if f is activation.phi else 0}
        assert stranger.item() == pytest.approx(product, **bound)


def two_dimensional(f, q, c):
    """The average over a pair by QUADPACK, line by line of u, with v given u."""
    s, rest = math.sqrt(q), math.sqrt(1 - c * c)

    def of_u(u):
        def of_v(v):  # v is c u + rest w
            w = (v - c * u) / rest
            return f(v) * math.exp(-w * w / 2) / rest

        # What is steep at v = 0, and the hill around c u.
        ends = [c * u + rest * k for k in (-9, -4, 0, 4, 9)] + [
            side * k / s for side in (-1, 1) for k in (1, 5, 25)
        ]
        low, high = c * u - 9 * rest, c * u + 9 * rest
        ends = sorted({low, high, *(x for x in (*ends, 0.0) if low < x < high)})
        inner = sum(
            quad(of_v, *piece, epsabs=1e-14, epsrel=1e-9, limit=200)[0]
            for piece in zip(ends, ends[1:], strict=False)
        )
        return f(u) * inner * math.exp(-u * u / 2) / (2 * math.pi)

    ends = [0, 1 / s, 5 / s, 25 / s, 1, 4, 9]
    ends = sorted({x for x in (*ends, *(-x for x in ends)) if abs(x) <= 9})
    return sum(
        quad(of_u, *piece, epsabs=1e-14, epsrel=1e-8, limit=200)[0]
        for piece in zip(ends, ends[1:], strict=False)
    )


PLAIN = {  # phi and phi' as anyone would write them, for one float
    "tanh": (math.tanh, lambda z: math.cosh(min(abs(z), 300)) ** -2),
    "softsign": (lambda z: z / (1 + abs(z)), lambda z: (1 + abs(z)) ** -2),
    "sigmoid": (
        lambda z: 0.5 + 0.5 * math.tanh(z / 2),
        lambda z: math.cosh(min(abs(z) / 2, 300)) ** -2 / 4,
    ),
    "gelu": (
        lambda z: z * math.erfc(-z / 2**0.5) / 2,
        lambda z: (
            math.erfc(-z / 2**0.5) / 2
            + z * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        ),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("c", [-0.6, 0.3, 0.97])
@pytest.mark.parametrize("q", [2.0, 1e3, 1e5])
@pytest.mark.parametrize("name", PLAIN)
def test_pairs_are_averaged_as_another_quadrature_does(name, q, c):
    ours = ACTIVATIONS[name].phi, ACTIVATIONS[name].dphi
    for f, plain in zip(ours, PLAIN[name], strict=True):
        got = pair_average(f, numbers(q), numbers(c)).item()
        s = math.sqrt(q)
        theirs = two_dimensional(lambda t, plain=plain, s=s: plain(s * t), q, c)
        # What QUADPACK is asked for, of numbers down to 1e-7; ours is asked for more.
        assert got == pytest.approx(theirs, rel=1e-7)


@pytest.mark.parametrize("c", [-0.9, 0.0, 0.5, 0.999])
@pytest.mark.parametrize("q", [1.0, 1e3, 1e6, 1e10])
def test_pairs_of_the_error_function_have_a_closed_form(q, c):
    # Williams (1997).
    exact = 2 / math.pi * math.asin(2 * c * q / (1 + 2 * q))
    got = pair_average(torch.erf, numbers(q), numbers(c)).item()
    assert got == pytest.approx(exact, rel=1e-11, abs=1e-12)

    def slope(z):
        return 2 / math.sqrt(math.pi) * torch.exp(-z.square())

    exact = 4 / math.pi / math.sqrt(1 + 4 * q + 4 * q * q * (1 - c * c))
    got = pair_average(slope, numbers(q), numbers(c)).item()
    assert got == pytest.approx(exact, rel=1e-11)


def test_pairs_of_any_shape_are_averaged_each():
    q, c = torch.rand(2, 5, 7, dtype=torch.float64, generator=torch.Generator())
    table = pair_average(torch.tanh, q, c)
    assert table.shape == (5, 7)
    alone = pair_average(torch.tanh, q[3, 4], c[3, 4])
    assert alone.shape == () and alone.item() == pytest.approx(table[3, 4].item())


def test_scales_are_squared_and_given_one_shape():
    square, bias2 = variances(torch.tensor([[1.0], [2.0]]), numbers(0.0, 3.0, 4.0))
    assert square.tolist() == [[1, 1, 1], [4, 4, 4]]
    assert bias2.tolist() == [[0, 9, 16]] * 2
    assert square.dtype == bias2.dtype == torch.float64
    with pytest.raises(ValueError, match="sigma_b must be .* at least 0, got inf"):
        variances(1.0, numbers(0.0, math.inf))
    with pytest.raises(ValueError, match="sigma_w must be at most 1e154, got 1e.155"):
        variances(numbers(1.0, 1e155), 0.0)
    words = r"sigma_w and sigma_b have shapes that do not fit: \(2,\) and \(3,\)"
    with pytest.raises(ValueError, match=words):
        variances(numbers(1, 2), numbers(1, 2, 3))


@pytest.mark.parametrize("name", NAMES)
def test_one_layer_on_a_grid_is_the_map_of_each(name):
    square, bias2 = variances(numbers(0.5, 1.5), 0.3)
    q, c = numbers(0.7, 2.0), numbers(-0.4, 0.9)
    for i, sigma_w in enumerate((0.5, 1.5)):
        here = name, sigma_w, 0.3
        size = q_map(*here, q[i]).item()
        assert next_q(name, square, bias2, q)[i].item() == pytest.approx(size)
        near = c_map(*here, c[i].item(), q[i].item())
        assert next_c(name, square, bias2, c, q)[i].item() == pytest.approx(near)


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softsign", "selu"])
def test_settled_sizes_stay_where_they_are(name):
    scales = variances(numbers(0.6, 0.9, 1.2), 0.4)
    q = settled_q(name, *scales)
    torch.testing.assert_close(next_q(name, *scales, q), q, rtol=1e-12, atol=0)


def test_a_settled_size_out_of_sight_is_0_or_infinite():
    scales = variances(numbers(0.5, 2.5), 0.0)
    assert settled_q("gelu", *scales).tolist() == [0, math.inf]
    assert in_sight(settled_q("gelu", *scales)).tolist() == [1e-24, 1e12]
    assert in_sight(numbers(0.3)).item() == 0.3


@pytest.mark.parametrize("name", ["tanh", "softsign", "selu"])
def test_settled_correlations_stay_and_come_with_the_slope_of_their_map(name):
    sigma_w = 1.1 if name == "selu" else 2.0
    square, bias2 = variances(numbers(sigma_w), 0.3)
    q = settled_q(name, square, bias2)
    assert chi_1(name, sigma_w, 0.3) > 1 and q.item() == q_star(name, sigma_w, 0.3)
    c, slope = settled_c(name, square, bias2, q)
    assert 0 < c < 1
    assert next_c(name, square, bias2, c, q).item() == pytest.approx(
        c.item(), abs=1e-11
    )
    # A difference over 2e-4: the curvature cancels, and integrals leave six digits.
    up, down = (next_c(name, square, bias2, c + h, q) for h in (1e-4, -1e-4))
    assert slope.item() == pytest.approx((up - down).item() / 2e-4, abs=1e-5)
    assert slope < 1


@pytest.mark.parametrize("name", NAMES)
def test_a_map_of_correlations_never_leaves_what_a_correlation_can_be(name):
    # Without a clamp rounding leads beyond 1 at some of these.
    q, c = torch.logspace(-3, 11, 300, dtype=torch.float64), torch.ones(300).double()
    square, bias2 = variances(torch.ones(300), 0.0)
    for sign in (1, -1):
        there = next_c(name, square, bias2, sign * c, q)
        assert (there.abs() <= 1).all()
        if sign > 0:  # eleven digits
            assert (there > 1 - 1e-11).all()


@pytest.mark.parametrize("name", ["gelu", "silu"])
def test_a_start_that_is_kept_by_itself_is_where_signals_stay(name):
    # Unstable: beside q = 1 signals die out or grow, so the last bit would decide.
    gain = unit_variance_gain(name)
    for off in (-1e-13, 0.0, 1e-13):
        scales = variances(gain * (1 + off), 0.0)
        assert settled_q(name, *scales).item() == 1
    assert settled_q(name, *variances(gain * (1 - 1e-6), 0.0)).item() == 0
    assert settled_q(name, *variances(gain * (1 + 1e-6), 0.0)).item() == math.inf


@pytest.mark.parametrize("name", ["tanh", "gelu"])
def test_scales_beyond_the_search_are_named(name):
    for scales, words in (
        ((1e6, 0.0), "sigma_w must be at most 100,000 .* got 1e.06"),
        ((0.5, 2e5), "sigma_b must be at most 100,000 .* got 200000"),
    ):
        with pytest.raises(ValueError, match=words):
            settled_q(name, *variances(*scales))
    assert settled_q("relu", *variances(1.0, 1e60)).item() == pytest.approx(2e120)


def test_a_settled_size_has_no_gradient_that_could_mislead():
    sigma_w = torch.tensor(1.5, requires_grad=True)
    assert not settled_q("tanh", *variances(sigma_w, 0.0)).requires_grad


def test_integrals_leave_nothing_behind():
    for kept in (crowded, numerics._angles_and_lengths, numerics._sizes):
        kept.cache_clear()
    with torch.inference_mode(), torch.device("meta"):
        first = c_map("tanh", 1.5, c=0.3)
    assert c_map("tanh", 1.5, c=0.3) == first
    q = torch.tensor([0.7], dtype=torch.float64, requires_grad=True)
    pair_average(torch.tanh, q, numbers(0.3)).sum().backward()
    assert q.grad.isfinite().all()
