"""The page's network is PyTorch's: its weights, and its sizes as the probe has them."""

import math
import random

import pytest
import torch
from torch import nn

from helpers.fan import BATCH, WIDTH
from helpers.networks import mlp, weights
from helpers.signals import probe
from tests.shared.expressions import EXPRESSIONS, in_torch

SIZES = """([text, settings]) => {
  const phi = parts.expression.compile(text);
  return settings.map((setting) => {
    const { forward, backward } = parts.network.sizes(phi, setting);
    // JSON has no infinity
    return [forward, backward].map((row) => row.map(String));
  });
}"""
# For each expression: 4 each time, and once a week a thousand in all.
SETTINGS = [4, pytest.param(25, marks=pytest.mark.long)]
XAVIER = (2 / (WIDTH + WIDTH)) ** 0.5


class Own(nn.Module):
    def __init__(self, text):
        super().__init__()
        self.text = text

    def forward(self, z):
        return in_torch(self.text, z)


def measured(text, depth, gain, seed):
    """Logarithms of the probe's sizes, (2, depth)."""
    generator = torch.Generator().manual_seed(seed)
    model = mlp(depth, WIDTH, "tanh", gain=gain, generator=generator)
    for place in range(1, len(model), 2):
        model[place] = Own(text)
    x = torch.randn(BATCH, WIDTH, generator=torch.Generator().manual_seed(1))
    signal = probe(model, x)
    return torch.stack([signal.q, signal.grad2]).log10() / 2


def chaos(sizes):
    """By how much a small relative change of some z has grown, at most, later on.

    It is sent on as gradients come back: layer l to m passes on b_l / b_m of it, and
    relative to the signal f_l / f_m times that.
    """
    change = sizes.sum(0)
    return (change - change.flip(-1).cummin(-1).values.flip(-1)).max().item()


def test_weights_are_those_of_torch(arithmetic):
    for seed in (0, 1, 3, 12345):
        model = mlp(3, WIDTH, generator=torch.Generator().manual_seed(seed))
        found = arithmetic.evaluate(
            "seed => parts.network.weights(seed, 3).slice(0, 3).map((W) => [...W])",
            seed,
        )
        for W, page in zip(weights(model), found, strict=True):
            # the last bits of a logarithm and a cosine
            torch.testing.assert_close(
                XAVIER * torch.tensor(page), W.flatten(), rtol=1e-13, atol=1e-15
            )


@pytest.mark.parametrize("count", SETTINGS)
@pytest.mark.parametrize("text", EXPRESSIONS)
def test_sizes_are_those_of_the_probe_unless_the_network_is_chaotic(
    arithmetic, text, count
):
    draw = random.Random(text)
    settings = [
        {
            "depth": draw.randint(1, 50),
            "gain": 10 ** draw.uniform(-0.6, 0.4),
            "seed": draw.choice([0, 1, 2, 3]),
        }
        for _ in range(count)
    ]
    given = [setting | {"std": XAVIER * setting["gain"]} for setting in settings]
    compared, worst = 0, 0.0
    for setting, found in zip(
        settings, arithmetic.evaluate(SIZES, [text, given]), strict=True
    ):
        page = torch.tensor([[float(size) for size in row] for row in found])
        sizes = measured(text, **setting)
        # What the roundings of one layer, 1e-15, become must stay below 1e-7.
        waves = "sin(" in text or "cos(" in text
        # Of a wave at 1e6 and more, the rounding of its argument leaves too few digits.
        if chaos(sizes.nan_to_num(0, 0, 0)) > 8 or waves and sizes[0].max() > 6:
            continue
        compared += 1
        # Squares below 1e-308 are none to the probe; the page carries them on.
        seen = sizes > -150
        apart = (page - sizes)[seen].nan_to_num(0, 0, 0).abs()
        worst = max(worst, math.log(10) * apart.max().item() if apart.numel() else 0)
        torch.testing.assert_close(
            page[seen], sizes[seen], rtol=0, atol=1e-6 / math.log(10), msg=str(setting)
        )
    assert compared, "every setting was chaotic"
    print(f"{text}: {compared} of {count} settings, worst {worst:.1e}")  # pytest -rP
