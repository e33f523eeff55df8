"""Raw numbers in every number format, up to both ends of its range."""

import copy
import math

import pytest
import torch
from torch import nn

from helpers.networks import mlp
from helpers.signals import (
    probe,
)
from tests.shared.probed import (
    EPS,
    general,
    normal,
)
from tests.shared.seeds import seeded


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", ["tanh", "relu", "gelu"])
def test_half_precision_networks_are_measured(name, dtype):
    model = mlp(4, 32, name, "he_normal", generator=seeded())
    x = normal(16, 32, dtype=torch.float32)
    exact, half = probe(model, x), probe(model.to(dtype), x.to(dtype))
    # Each of about ten operations rounds every number by eps / 2, independently:
    # means over 512 numbers are far closer than this.
    rtol = 10 * torch.finfo(dtype).eps
    for key in ("q", "h2", "grad2", "weight_grad2"):
        torch.testing.assert_close(
            getattr(half, key), getattr(exact, key), rtol=rtol, atol=0
        )
        assert (getattr(half, key) != getattr(exact, key)).all(), "its own arithmetic"
    assert half.q.dtype == torch.float64


@pytest.mark.parametrize(
    ("dtype", "layer"), [(torch.float32, 32), (torch.bfloat16, 32), (torch.float16, 4)]
)
@pytest.mark.parametrize("run", [probe, general])
def test_standard_normal_weights_overflow_where_arithmetic_says(dtype, layer, run):
    # Each of 256 inputs wide multiplies by 16 = 2 ** 4: 2 ** 128 is too much for
    # float32 and bfloat16, 2 ** 16 for float16.
    model = mlp(layer + 8, 256, "linear", "normal", generator=seeded()).to(dtype)
    x = normal(16, 256, dtype=dtype)
    signal = run(model, x)
    assert signal.first_overflow == layer - 1
    assert signal.q[: layer - 1].isfinite().all()
    assert not signal.q[layer - 1 :].isfinite().any()
    # At layer l the mean square is 256 ** l, give or take its spread over seeds:
    # sd of its logarithm at most sqrt(2 l / 256) (results.md), four of them.
    logs = signal.q[: layer - 1].log() - torch.arange(1, layer) * math.log(256)
    assert logs.abs().max() < 4 * math.sqrt(2 * layer / 256)
    assert f"layer {layer} of" in signal.verdict()
    assert signal.verdict().startswith("exploding")


def test_float32_sizes_are_right_wherever_float32_is():
    # Squares leave float32 at 1e-23 and 1e19; the numbers do not.
    for size in (1e-40, 1e-30, 1e-20, 1e20, 1e30, 1e37):
        model = nn.Sequential(nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False))
        model[0].weight.data = torch.eye(4) * size
        model[1].weight.data = torch.eye(4)
        x = torch.ones(3, 4)
        for run in (probe, general):
            q = run(model, x).q
            # One rounding of the size itself; below 1e-38 numbers have fewer digits.
            rel = 1e-4 if size < 1e-38 else 4 * EPS[torch.float32]
            assert q.sqrt().tolist() == pytest.approx([size, size], rel=rel)
            assert run(model, x).first_overflow is None
            assert run(model, x).first_underflow is None


def test_a_gradient_that_overflows_names_the_layer_it_meets_first():
    # Some 6-fold a layer (64 sqrt(E phi'^2) at q = 4096): 1e55 over seventy.
    model = mlp(70, 256, "tanh", "normal", gain=4.0, generator=seeded())
    signal = probe(model, normal(16, 256, dtype=torch.float32))
    assert signal.q.isfinite().all(), "tanh keeps the forward signal in bounds"
    overflow = signal.first_overflow
    assert overflow is not None
    assert not signal.grad2[overflow].isfinite()
    assert signal.grad2[overflow + 1 :].isfinite().all()


def test_a_gradient_that_underflows_names_the_layer_it_meets_first():
    depth = 100
    model = mlp(depth, 256, "sigmoid", generator=seeded())
    for run in (probe, general):
        signal = run(model, normal(16, 256, dtype=torch.float32))
        # sqrt(0.0557) a layer; the largest of 4096 numbers, some 4 sigma, rounds to 0
        # below 2 ** -150: after 72 layers, give or take the spread over seeds.
        factor = math.log(0.0557207) / 2
        layers = (-150 * math.log(2) - math.log(4)) / factor
        assert abs((depth - 1 - signal.first_underflow) - layers) <= 2
        zero = signal.first_underflow
        assert (signal.grad2[: zero + 1] == 0).all()
        assert (signal.grad2[zero + 1 :] > 0).all()
        assert (signal.q > 0).all()
        assert "vanishing" in signal.verdict()


def test_a_forward_signal_that_underflows_names_the_first_layer_that_is_zero():
    model = mlp(12, 16, "linear", "orthogonal", gain=1e-5, generator=seeded())
    signal = probe(model, normal(8, 16, dtype=torch.float32))
    # 1e-5 a layer: 1e-45 is float32's last number, so layer 9 or 10 is 0.
    assert signal.first_underflow in (8, 9)
    assert signal.q[signal.first_underflow] == 0
    assert signal.q[signal.first_underflow - 1] > 0
    assert "vanishing" in signal.verdict() and "exactly 0" in signal.verdict()


def test_nearly_equal_inputs_keep_their_variance_in_float32():
    # E z^2 - (E z)^2 would return noise of 1e-7 in place of 1e-10.
    base = normal(1, 20, dtype=torch.float32)
    x = base + 1e-5 * normal(64, 20, seed=1, dtype=torch.float32)
    model = mlp(1, 20, "linear", "orthogonal", generator=seeded())
    exact = copy.deepcopy(model).double()(x.double()).var(0, unbiased=False).mean()
    for run in (probe, general):
        # Numbers of size 1 are rounded by 6e-8, a hundredth of what is measured.
        measured = run(model, x).unit_var[0].item()
        assert measured == pytest.approx(exact.item(), rel=0.05)
