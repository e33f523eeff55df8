"""Whole grids of networks against the probe, one network at a time."""

import math

import pytest
import torch

from helpers.networks import mlp
from helpers.signals import probe, sweep
from tests.shared.probed import EPS, NAMES, normal
from tests.shared.seeds import seeded

GAINS = (0.3, 1.0, 2.5)


@pytest.mark.parametrize("scheme", ["xavier_normal", "orthogonal", "pytorch_default"])
@pytest.mark.parametrize("name", NAMES)
def test_a_sweep_gives_what_the_probe_gives(name, scheme):
    depth, width = 7, 10
    x = normal(6, width)
    swept = sweep(name, GAINS, depth, x, scheme=scheme, generator=seeded(3))
    assert swept.forward.shape == (3, depth)
    assert swept.backward.shape == (3, depth, depth)
    for i, gain in enumerate(GAINS):
        for d in (1, 2, 4, depth):
            model = mlp(d, width, name, scheme, gain, False, seeded(3)).double()
            signal = probe(model, x)
            # Weights are drawn in float32, where the model's gain rounds each of
            # them once: up to d layers, squared and amplified by slopes.
            rtol = 20 * d * EPS[torch.float32]
            forward, backward = swept.forward[i, :d], swept.backward[i, d - 1, :d]
            torch.testing.assert_close(forward, signal.q.sqrt(), rtol=rtol, atol=0)
            torch.testing.assert_close(backward, signal.grad2.sqrt(), rtol=rtol, atol=0)
            assert swept.backward[i, d - 1, d:].isnan().all()


@pytest.mark.parametrize("name", ["tanh", "relu", "silu"])
def test_a_sweep_in_float64_gives_the_probe_to_the_last_digits(name):
    torch.set_default_dtype(torch.float64)
    try:
        x, v = normal(6, 10), normal(6, 10, seed=8)
        swept = sweep(name, GAINS, 9, x, generator=seeded(3), cotangent=v)
        model = mlp(9, 10, name, gain=2.5, generator=seeded(3))
    finally:
        torch.set_default_dtype(torch.float32)
    signal = probe(model, x, cotangent=v)
    # Two orders of the same sums in float64; a chaotic net doubles errors a layer.
    rtol = 500 * 2**9 * EPS[torch.float64]
    torch.testing.assert_close(swept.forward[2], signal.q.sqrt(), rtol=rtol, atol=0)
    torch.testing.assert_close(
        swept.backward[2, -1], signal.grad2.sqrt(), rtol=rtol, atol=0
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_sweep_does_not_depend_on_what_else_is_in_it(name):
    x = normal(6, 10)
    whole = sweep(name, GAINS, 8, x)
    one = sweep(name, GAINS[1:2], 5, x)
    # The same sums, perhaps in other blocks.
    rtol = 500 * EPS[torch.float64]
    torch.testing.assert_close(whole.forward[1:2, :5], one.forward, rtol=rtol, atol=0)
    torch.testing.assert_close(
        whole.backward[1:2, :5, :5], one.backward, rtol=rtol, atol=0, equal_nan=True
    )


def test_a_sweep_keeps_gradients_far_below_the_range_of_squares():
    # An orthogonal linear chain at gain 1e-3 over 100 layers: 1e-297 exactly.
    x = normal(4, 8)
    swept = sweep("linear", [1e-3], 100, x, scheme="orthogonal", cotangent=x)
    ratio = swept.backward[0, 99, 0] / swept.backward[0, 99, 99]
    # A hundred float32 orthogonal matrices, each off by a few eps.
    assert ratio.log10().item() == pytest.approx(-297, abs=100 * 4e-7)
    tiny = sweep("tanh", [1e-3], 100, x, scheme="orthogonal", cotangent=x)
    ratio = tiny.backward[0, 99, 0] / tiny.backward[0, 99, 99]
    # tanh of 1e-3 and less is linear to 3e-7, once: all later layers are smaller.
    assert ratio.log10().item() == pytest.approx(-297, abs=1e-4)


def test_a_dead_sweep_is_zero_and_not_nan():
    x = normal(4, 6)
    swept = sweep("relu", [0.0, 1.0], 3, x)
    assert (swept.forward[0] == 0).all()
    lower = torch.ones(3, 3).tril().bool()
    assert not swept.backward[:, lower].isnan().any()
    swept = sweep("tanh", [1.0], 3, normal(4, 6), scheme="zeros", cotangent=2 * x)
    assert (swept.forward == 0).all()
    last = (2 * x).square().mean().sqrt().item()
    # The network's last layer receives the cotangent itself, the others nothing.
    expected = [0, 0, pytest.approx(last, rel=4 * EPS[torch.float64])]
    assert swept.backward[0, 2].tolist() == expected


def test_a_sweep_refuses_what_cannot_be():
    x = normal(4, 6)
    with pytest.raises(ValueError, match="unknown activation 'swish'; known: .*selu"):
        sweep("swish", [1.0], 3, x)
    with pytest.raises(ValueError, match="unknown scheme 'he'; known: .*orthogonal"):
        sweep("tanh", [1.0], 3, x, scheme="he")
    with pytest.raises(ValueError, match="depth must be at least 1, got 0"):
        sweep("tanh", [1.0], 0, x)
    with pytest.raises(TypeError, match="depth must be a whole number, got 2.0"):
        sweep("tanh", [1.0], 2.0, x)
    for gain in (-1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match=f"at least 0, got {gain}"):
            sweep("tanh", [1.0, gain], 3, x)
    for wrong in (x[0], x[:1], [[1.0, 2.0]] * 2):
        with pytest.raises(ValueError, match="batch at least 2"):
            sweep("tanh", [1.0], 3, wrong)
    with pytest.raises(ValueError, match=r"shape \(4, 6\), got \(4, 5\)"):
        sweep("tanh", [1.0], 3, x, cotangent=normal(4, 5))


def test_a_sweep_neither_reads_nor_moves_the_global_random_state():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        before = torch.get_rng_state()
        first = sweep("tanh", [1.0], 3, normal(4, 6))
        assert torch.equal(torch.get_rng_state(), before)
        torch.manual_seed(2)
        assert torch.equal(first.forward, sweep("tanh", [1.0], 3, normal(4, 6)).forward)
