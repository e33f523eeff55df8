"""The fan shows one network as it is, and theory beside it, at every position."""

import pytest
import torch

from helpers.controls import positions
from helpers.fan import BATCH, WIDTH, all_sizes, fan, sizes
from helpers.meanfield import forward_curve
from helpers.networks import mlp


@pytest.mark.parametrize("seed", [0, 2])
def test_the_forward_dots_are_those_of_the_network(seed):
    fixed = torch.Generator().manual_seed(1)
    z = torch.randn(BATCH, WIDTH, generator=fixed, dtype=torch.float64)
    generator = torch.Generator().manual_seed(seed)
    model = mlp(7, WIDTH, "relu", gain=1.2, generator=generator).double()
    found = []
    for layer in model:
        z = layer(z)
        if isinstance(layer, torch.nn.Linear):
            found.append(z.square().mean().sqrt())
    shown = sizes(7, 1.2, "relu", seed)
    torch.testing.assert_close(shown["forward"], torch.stack(found).detach())
    assert {len(curve) for curve in shown.values()} == {7}


def test_the_theory_starts_with_what_the_batch_brings():
    shown = sizes(12, 1.5, "tanh")
    expected = forward_curve("tanh", 1.5, 12).sqrt()
    torch.testing.assert_close(shown["forward_theory"], expected)
    assert shown["backward"][-1].item() == pytest.approx(1, abs=0.1)
    assert shown["backward_theory"][-1].item() == 1


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_all_sizes_are_each_of_them(activation):
    depths, gains = [1, 2, 30, 50], [0.5, 1.0, 2.0]
    grid = all_sizes(depths, gains, activation, seed=1)
    for j, gain in enumerate(gains):
        for i, depth in enumerate(depths):
            for name, values in sizes(depth, gain, activation, seed=1).items():
                axes, every = grid[name]
                row = every[j, i] if "depth" in axes else every[j]
                # The weights of both are equal to single precision.
                torch.testing.assert_close(row[:depth], values, rtol=1e-5, atol=0)


def test_the_figure_begins_where_it_is_told():
    figure = fan(20, 2.0, "relu", max_depth=30, key="signal")
    assert figure.setting["depth"] == 20
    assert figure.setting["gain"] == pytest.approx(2.0, rel=0.01)
    assert figure.setting["activation"] == "relu"
    assert max(positions(figure.controls["depth"])) == 30
    assert figure.spec.key == "signal" and figure.spec.seeds == (0, 1, 2, 3)
    assert "signal at the last layer" in repr(figure)
