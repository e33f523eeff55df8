"""The Jacobian is the one that autograd finds, and its stretches are as foretold."""

import pytest
import torch

from book.tools.picture import double_precision
from helpers.activations import ACTIVATIONS
from helpers.jacobians import jacobians
from helpers.schemes import SCHEMES


@pytest.fixture(autouse=True)
def in_float64():
    with double_precision():
        yield


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_it_is_what_autograd_finds(activation):
    args = activation, "lecun", 1.3, 4, 6
    found = jacobians(*args, sigma_b=0.2, q=0.7, seed=5)
    assert found.shape == (4, 6, 6) and found.dtype == torch.float64
    phi, g = ACTIVATIONS[activation].phi, torch.Generator().manual_seed(5)
    h = phi(0.7**0.5 * torch.randn(6, generator=g))
    layers = [
        (SCHEMES["lecun"](6, 6, 1.3, g), 0.2 * torch.randn(6, generator=g))
        for _ in range(4)
    ]
    for depth in range(1, 5):

        def forward(h, depth=depth):
            for W, b in layers[:depth]:
                h = phi(W @ h + b)
            return h

        J = torch.autograd.functional.jacobian(forward, h)
        torch.testing.assert_close(found[depth - 1], J)


def test_orthogonal_layers_stretch_nothing_at_any_depth():
    s = torch.linalg.svdvals(jacobians("linear", "orthogonal", 1.0, 50, 16))
    assert (s - 1).abs().max() < 1e-12


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"activation": "rely"}, "unknown activation 'rely'"),
        ({"scheme": "xaver"}, "unknown scheme 'xaver'; known: "),
        ({"depth": 0}, "depth must be at least 1, got 0"),
        ({"gain": -1.0}, "gain"),
        ({"sigma_b": -0.1}, "sigma_b must be finite and at least 0, got -0.1"),
        ({"q": -1.0}, "q must be finite and at least 0, got -1.0"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
    ],
)
def test_what_cannot_be_is_refused(wrong, words):
    right = {"activation": "tanh", "scheme": "lecun", "gain": 1.0}
    with pytest.raises(ValueError, match=words):
        jacobians(**right | {"depth": 2, "width": 3} | wrong)
