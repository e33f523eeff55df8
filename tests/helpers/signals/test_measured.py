"""What the numbers are called is what they are: by hand, and as slopes of a push."""

import math

import pytest
import torch
from torch import nn

from helpers.networks import mlp, weights
from helpers.signals import probe
from tests.shared.probed import EPS, normal
from tests.shared.seeds import seeded


def test_the_sizes_of_two_layers_by_hand():
    model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.ReLU(), nn.Linear(2, 1))
    model[0].weight.data = torch.tensor([[1.0, 1.0], [-1.0, 0.0]])
    model[2].weight.data = torch.tensor([[2.0, 3.0]])
    model[2].bias.data = torch.tensor([1.0])
    x = torch.tensor([[1.0, 2.0], [3.0, 0.0]])
    # z = [[3, -1], [3, -3]], h = [[3, 0], [3, 0]], out = [[7], [7]]
    signal = probe(model, x, cotangent=torch.tensor([[1.0], [-2.0]]))
    expected = {
        "q": [(9 + 1 + 9 + 9) / 4, 49],
        "h_mean": [1.5, 7],
        "h2": [4.5, 49],
        "unit_var": [(0 + 1) / 2, 0],  # units: (3, 3) and (-1, -3)
        "grad2": [(4 + 0 + 16 + 0) / 4, 2.5],  # W.T v, where relu is on
        # dW1 = [[2*1 - 4*3, 2*2 - 0], [0, 0]]; dW2 = [[3 - 6, 0]]
        "weight_grad2": [(100 + 16) / 4, 9 / 2],
        "saturated": [0.5, 0],
        "dead": [0.5, 0],
        # for one input, units differ by (3 + 1) / 2 = 2 and (3 + 3) / 2 = 3 from
        # their mean: (4 + 9) / 2 of a mean square of 7
        "unit_spread": [6.5 / 7, math.nan],
    }
    assert signal.names == ("0", "2")
    for key, value in expected.items():
        measured = getattr(signal, key).tolist()
        # Small whole numbers: float32 loses at most a few roundings in norms.
        assert measured == pytest.approx(value, rel=8 * EPS[torch.float32], nan_ok=True)
    assert signal.first_overflow is None and signal.first_underflow is None


def test_saturated_tanh_units_are_those_beyond_97_percent():
    model = mlp(2, 50, "tanh", "normal", generator=seeded()).double()
    x = normal(40, 50)
    h = torch.tanh(x @ weights(model)[0].T)
    # 1 - 0.97 ** 2 = 0.0591: between the two thresholds lie few units, here none.
    low, high = ((h.abs() > t).double().mean().item() for t in (0.9695, 0.9703))
    assert low >= probe(model, x).saturated[0].item() >= high > 0.5


@pytest.mark.parametrize("positions", [4, 64, 1024])
def test_average_pooling_keeps_one_size_and_shrinks_the_others(positions):
    model = nn.Sequential(
        nn.Conv1d(6, 6, 1, bias=False),
        nn.AdaptiveAvgPool1d(1),
        nn.Conv1d(6, 6, 1, bias=False),
    ).double()
    for layer in model[::2]:
        nn.init.eye_(layer.weight.data[..., 0])
    x = torch.randn(4, 6, positions, generator=seeded(0), dtype=torch.float64)
    signal = probe(model, x)
    for size, kept in (
        ("grad2", positions**-2),
        ("grad_norm2", positions**-1),
        ("grad_shift2", 1),
    ):
        before, after = getattr(signal, size).tolist()
        # Sums of some thousand float64 numbers.
        assert before / after == pytest.approx(kept, rel=1e-12), size
    assert signal.healthy


def test_the_length_of_a_gradient_is_what_an_orthogonal_matrix_keeps():
    layers = [nn.Linear(n, m, bias=False) for n, m in ((64, 256), (256, 256))]
    for layer in layers:
        nn.init.orthogonal_(layer.weight, generator=seeded(0))
    model = nn.Sequential(*layers, nn.Linear(256, 4, bias=False)).double()
    signal = probe(model, torch.randn(8, 64, generator=seeded(1), dtype=torch.float64))
    # float32 orthogonal matrices are so to a few eps.
    assert signal.grad_norm2[0].item() == pytest.approx(
        signal.grad_norm2[1].item(), rel=1e-5
    )
    assert torch.equal(signal.grad_norm2, signal.grad_shift2), "no positions here"


def test_both_gradients_of_a_convolution_are_the_slopes_of_a_push():
    model = nn.Sequential(
        nn.Conv2d(2, 3, 3, padding=1), nn.Tanh(), nn.Conv2d(3, 4, 3, stride=2)
    ).double()
    x = torch.randn(5, 2, 7, 7, generator=seeded(0), dtype=torch.float64)
    v = torch.randn(5, 4, 3, 3, generator=seeded(1), dtype=torch.float64)
    signal = probe(model, x, cotangent=v)
    for shape, size in (((5, 3, 7, 7), "grad_norm2"), ((5, 3, 1, 1), "grad_shift2")):
        push = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
        loss = (v * model[2](torch.tanh(model[0](x) + push))).sum()
        (slope,) = torch.autograd.grad(loss, push)
        expected = slope.square().sum().item() / 5
        assert getattr(signal, size)[0].item() == pytest.approx(expected, rel=1e-10)
