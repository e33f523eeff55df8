"""Curves of theory against its maps, published numbers, and simulation."""

import itertools
import math

import pytest
import torch

from helpers.activations import ACTIVATIONS
from helpers.meanfield import (
    backward_curve,
    c_map,
    chi_1,
    correlation_curve,
    forward_curve,
    log_spread,
    q_map,
)
from helpers.networks import mlp, weights
from helpers.signals import probe
from tests.shared.printed import digits_of
from tests.shared.seeds import seeded

NAMES = list(ACTIVATIONS)


# Sizes --------------------------------------------------------------------------------


def test_the_trajectory_of_tanh_is_the_tabled_one():
    # tanh, sigma_w = 1, from q_1 = 1.
    q = forward_curve("tanh", 1.0, 100)
    table = "1 .39429 .23645 .16666 .12790 .10344 .08667 .07448 .06524 .05801".split()
    assert q[:10].tolist() == [digits_of(value) for value in table]
    assert q[19].item() == digits_of("0.02729")
    assert q[99].item() == digits_of("0.005121")
    assert backward_curve("tanh", 1.0, 20)[0].item() == digits_of("0.03786")
    assert backward_curve("tanh", 1.0, 100)[0].item() == digits_of("0.00721")


def test_curves_take_a_grid_of_scales():
    sigma_w = torch.tensor([0.7, 1.4], dtype=torch.float64)[:, None]
    sigma_b = torch.tensor([0.0, 0.2, 0.5], dtype=torch.float64)
    for curve in (forward_curve, backward_curve):
        grid = curve("tanh", sigma_w, 6, sigma_b)
        assert grid.shape == (2, 3, 6)
        for i, j in itertools.product(range(2), range(3)):
            alone = curve("tanh", sigma_w[i, 0].item(), 6, sigma_b[j].item())
            assert torch.allclose(grid[i, j], alone, rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_a_forward_curve_is_the_map_again_and_again(name):
    curve = forward_curve(name, 1.2, 6, 0.3, q=0.7)
    q = 1.2**2 * 0.7 + 0.3**2  # the first layer receives the inputs, not phi of them
    expected = [q]
    for _ in range(5):
        q = q_map(name, 1.2, 0.3, q).item()
        expected.append(q)
    # The same operations.
    assert curve.tolist() == pytest.approx(expected, rel=1e-14)
    assert curve.dtype == torch.float64


@pytest.mark.parametrize("name", NAMES)
def test_a_backward_curve_is_the_product_of_chis(name):
    sizes = forward_curve(name, 1.2, 6, 0.3)
    curve = backward_curve(name, 1.2, 6, 0.3)
    expected = [1.0]
    for q in sizes[:-1].flip(0).tolist():
        expected.insert(0, expected[0] * chi_1(name, 1.2, 0.3, q).item())
    # The same products in the same order.
    assert curve.tolist() == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("curve", [forward_curve, backward_curve])
def test_many_gains_at_once_are_one_row_each(curve):
    gains = torch.tensor([0.5, 1.0, 2.0])
    table = curve("gelu", gains, 5, 0.2)
    assert table.shape == (3, 5)
    for row, gain in zip(table, gains.tolist(), strict=True):
        torch.testing.assert_close(row, curve("gelu", gain, 5, 0.2), rtol=1e-14, atol=0)
    assert curve("gelu", 1.0, 1).shape == (1,)


@pytest.mark.parametrize("name", NAMES)
def test_theory_and_measurement_agree(name):
    depth, width, seeds = 6, 300, 8
    gain = 1.3
    forward, backward = [], []
    for seed in range(seeds):
        model = mlp(depth, width, name, gain=gain, generator=seeded(seed)).double()
        x = torch.randn(64, width, generator=seeded(100 + seed), dtype=torch.float64)
        x /= x.square().mean(1, keepdim=True).sqrt()  # every input has q = 1
        signal = probe(model, x, generator=seeded(seed))
        forward.append(signal.q.log())
        backward.append((signal.grad2 / signal.grad2[-1]).log())
    # results.md 2.3: sd of the logarithm at most 1.5 sqrt(kappa L / (N S)) and kappa
    # at most 5; four of them. The mean's bias, kappa L / (2 N), is added.
    bound = 4 * 1.5 * math.sqrt(5 * depth / (width * seeds)) + 5 * depth / (2 * width)
    measured = torch.stack(forward).mean(0)
    assert (measured - forward_curve(name, gain, depth).log()).abs().max() < bound
    measured = torch.stack(backward).mean(0)
    assert (measured - backward_curve(name, gain, depth).log()).abs().max() < bound


# Correlations -------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_correlation_curve_is_the_map_again_and_again(name):
    sigma_w, sigma_b = 0.9, torch.tensor([0.0, 0.4], dtype=torch.float64)
    curves = correlation_curve(name, sigma_w, 5, sigma_b, q=1.7, c=0.6)
    assert curves.shape == (2, 5)
    for curve, b in zip(curves, sigma_b.tolist(), strict=True):
        q, c = sigma_w**2 * 1.7 + b * b, 0.6
        c = (sigma_w**2 * 1.7 * c + b * b) / q
        for value in curve.tolist():
            assert value == pytest.approx(c, abs=1e-10)  # eleven digits a layer
            c = c_map(name, sigma_w, b, c, q)
            q = q_map(name, sigma_w, b, q).item()


def test_a_correlation_curve_ends_with_the_signal():
    curve = correlation_curve("relu", 2e-30, 8)
    assert curve[:3].isfinite().all() and curve[-1].isnan(), "underflow"
    curve = correlation_curve("relu", 1e60, 8)
    assert curve[:2].isfinite().all() and curve[-1].isnan(), "overflow"


def test_a_correlation_curve_refuses_what_cannot_be():
    with pytest.raises(ValueError, match="from -1 to 1, got c=2"):
        correlation_curve("tanh", 1.0, 3, c=2)
    with pytest.raises(ValueError, match="finite size: q=0"):
        correlation_curve("tanh", 1.0, 3, q=0)
    with pytest.raises(ValueError, match="sigma_b must be .* got -1.0"):
        correlation_curve("tanh", 1.0, 3, torch.tensor([1.0, -1.0]))


# Finite width -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "q", "kappa"),
    [
        ("linear", 1.0, "2.00"),
        ("relu", 1.0, "5.00"),
        ("selu", 1.0, "2.95"),
        ("tanh", 1.17848, "4.02"),
    ],
)
def test_the_spread_is_the_root_of_kappa_depth_over_width(name, q, kappa):
    assert log_spread(name, 1, 1, q) ** 2 == digits_of(kappa)
    small, large = log_spread(name, 10, 100, q), log_spread(name, 40, 100, q)
    assert large == pytest.approx(2 * small, rel=1e-12)
    assert log_spread(name, 10, 400, q) == pytest.approx(small / 2, rel=1e-12)


def test_gradients_of_narrow_networks_spread_as_foretold():
    depth, width, seeds = 10, 64, 200
    logs = []
    for seed in range(seeds):
        delta = torch.randn(width, generator=seeded(10_000 + seed)).double()
        h = torch.randn(width, generator=seeded(20_000 + seed)).double()
        slopes = []
        layers = weights(
            mlp(depth, width, "relu", "he_normal", 1.0, False, seeded(seed))
        )
        for W in layers:
            z = W.double() @ h
            h = z.relu()
            slopes.append((z > 0).double())
        for W, slope in zip(reversed(layers[1:]), reversed(slopes[:-1]), strict=True):
            delta = slope * (W.double().T @ delta)
        logs.append(delta.square().sum().log())
    spread = torch.stack(logs).std().item()
    foretold = log_spread("relu", depth, width)
    # A standard deviation of 200 draws has a relative error of 1 / sqrt(400): five of
    # them. The formula itself counts one layer and the cotangent's own length (2 / N)
    # otherwise and is a first order in 1 / N: 1 / 10 and 6 % (results.md 2.2).
    assert abs(spread / foretold - 1) < 5 / math.sqrt(2 * seeds) + 0.08


# Bad input ----------------------------------------------------------------------------


@pytest.mark.parametrize("curve", [forward_curve, backward_curve])
def test_a_curve_refuses_what_cannot_be(curve):
    with pytest.raises(ValueError, match="depth must be at least 1, got 0"):
        curve("tanh", 1.0, 0)
    with pytest.raises(TypeError, match="depth must be a whole number, got 2.5"):
        curve("tanh", 1.0, 2.5)
    with pytest.raises(ValueError, match="unknown activation 'swish'"):
        curve("swish", 1.0, 1)
    for value in (-1.0, math.nan):
        with pytest.raises(ValueError, match=f"sigma_w .*{value}"):
            curve("tanh", value, 3)
        with pytest.raises(ValueError, match=f"sigma_w .*{value}"):
            curve("tanh", torch.tensor([1.0, value]), 3)
        with pytest.raises(ValueError, match=f"sigma_b .*{value}"):
            curve("tanh", 1.0, 3, value)
    with pytest.raises(ValueError, match="at least 0, got q=-1.0"):
        curve("tanh", 1.0, 3, q=-1.0)
    with pytest.raises(ValueError, match="finite and at least 0, got q=inf"):
        curve("tanh", 1.0, 3, q=math.inf)
    with pytest.raises(TypeError, match="q must hold real numbers, got None"):
        curve("tanh", 1.0, 3, q=None)
    with pytest.raises(ValueError, match=r"q must be one number, got shape \(2,\)"):
        curve("tanh", 1.0, 3, q=[1.0, 2.0])


def test_a_network_of_relu_that_dies_out_keeps_its_share_of_a_gradient():
    # q falls below the smallest float; each side of the kink still counts half.
    curve = backward_curve("relu", 1e-3, 70)
    assert forward_curve("relu", 1e-3, 70)[-1] == 0
    assert curve[60].item() == pytest.approx((0.5e-6) ** 9, rel=1e-10)


def test_signals_beyond_all_measure_keep_their_directions():
    # gelu is relu to large signals: the arc-cosine kernel, from layer to layer.
    gelu, relu = (correlation_curve(n, 3.0, 60, q=1e6) for n in ("gelu", "relu"))
    assert forward_curve("gelu", 3.0, 60, q=1e6)[-1] > 1e40
    # The bend of gelu is 1e-3 of such a signal, and it moves c by its square.
    torch.testing.assert_close(gelu, relu, rtol=0, atol=1e-5)


def test_a_spread_refuses_what_cannot_be():
    with pytest.raises(ValueError, match="depth must be at least 1, got 0"):
        log_spread("relu", 0, 10)
    with pytest.raises(ValueError, match="width must be at least 1, got 0"):
        log_spread("relu", 10, 0)
    for q in (-1.0, math.nan, math.inf, 1e13):
        with pytest.raises(ValueError, match="q must be from 0 to 1e.12, got"):
            log_spread("tanh", 10, 10, q)
    assert log_spread("relu", 1, 1, 0.0) ** 2 == pytest.approx(5)
