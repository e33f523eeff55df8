"""Averages over pairs against averages over one normal, and the ends of the maps."""

import math

import pytest
import torch

from helpers.activations import ACTIVATIONS, gaussian_average
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


@pytest.mark.parametrize(("q", "digits"), [(10.0, 1e-8), (100.0, 1e-6), (1e4, 2e-4)])
@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softsign", "gelu", "selu"])
def test_steep_slopes_are_averaged_with_the_digits_that_are_said(name, q, digits):
    dphi = ACTIVATIONS[name].dphi
    one, stranger = pair_average(dphi, numbers(q, q), numbers(1, 0))
    squares = gaussian_average(lambda z: dphi(z).square(), q).item()
    assert one.item() == pytest.approx(squares, rel=digits)
    product = gaussian_average(dphi, q).item() ** 2
    assert stranger.item() == pytest.approx(product, abs=digits * squares)


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
    # A difference over 2e-4: the curvature cancels, ten-digit integrals leave five.
    up, down = (next_c(name, square, bias2, c + h, q) for h in (1e-4, -1e-4))
    assert slope.item() == pytest.approx((up - down).item() / 2e-4, abs=1e-5)
    assert slope < 1
