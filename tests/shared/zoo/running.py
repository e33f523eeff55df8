"""The same networks run in other ways: again, in place, in few bits, reparametrized."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations
from torch.utils.checkpoint import checkpoint

from tests.shared.zoo.exhibit import Exhibit, normal, tokens
from tests.shared.zoo.language import nano_gpt
from tests.shared.zoo.parts import (
    PreNorm,
    mlp,
    zero_bias_,
)
from tests.shared.zoo.residual import resnet18
from tests.shared.zoo.tasks import (
    WORDS,
    chain,
    digits,
    each_step,
    pixels,
)

PIXELS = normal(16, 64)


class Checkpointed(nn.Module):
    """Pre-norm blocks that are run again in the backward pass."""

    def __init__(self, reentrant: bool, depth: int = 4, width: int = 32):
        super().__init__()
        self.embed, self.head = nn.Linear(8, width), nn.Linear(width, 4)
        self.blocks = nn.ModuleList(PreNorm(width) for _ in range(depth))
        self.reentrant = reentrant

    def forward(self, x: Tensor) -> Tensor:
        h = self.embed(x)
        for block in self.blocks:
            h = checkpoint(block, h, use_reentrant=self.reentrant)
        return self.head(h)


class MixedPrecision(nn.Module):
    """Products in bfloat16, weights in float32."""

    def __init__(self):
        super().__init__()
        self.layers = mlp(64, 64, 64, 64, 10)

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return self.layers(x)


def in_place_tokens() -> nn.Module:
    """Ten layers on tokens, relu in place, He's weights."""
    layers: list[nn.Module] = []
    for _ in range(10):
        layers += [nn.Linear(32, 32), nn.ReLU(inplace=True)]
    for layer in layers[::2]:
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        zero_bias_(layer)
    return nn.Sequential(nn.Linear(8, 32), *layers, nn.Linear(32, 4))


def wrapped_chain(wrap: Callable[[nn.Module], nn.Module], gain: float) -> nn.Module:
    """Twelve tanh layers with Glorot's weights, reparametrized."""
    layers: list[nn.Module] = []
    for _ in range(12):
        layer = nn.Linear(64, 64)
        nn.init.xavier_normal_(layer.weight, gain)
        zero_bias_(layer)
        layers += [wrap(layer), nn.Tanh()]
    return nn.Sequential(*layers, nn.Linear(64, 10))


def frozen_body() -> nn.Module:
    """A body that is not trained, and a new head."""
    model = resnet18()
    model[:-1].requires_grad_(False)
    return model


def brain_float() -> nn.Module:
    """nanoGPT in bfloat16."""
    return nano_gpt(6).to(torch.bfloat16)


class Frames(nn.Module):
    """3-D convolutions over time and place."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *[nn.Conv3d(1, 8, 3, padding=1), nn.BatchNorm3d(8), nn.ReLU()],
            *[nn.Conv3d(8, 16, 3, 2, 1), nn.BatchNorm3d(16), nn.ReLU()],
            *[nn.Conv3d(16, 32, 3, 2, 1), nn.BatchNorm3d(32), nn.ReLU()],
        )
        self.head = nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        h = self.layers(x.unsqueeze(2).expand(-1, -1, 4, -1, -1))
        return self.head(h.mean((2, 3, 4)))


STEPS = normal(8, 10, 8)


EACH = each_step(10, 8, 4)


EXHIBITS = [
    Exhibit(
        "checkpointed",
        lambda: Checkpointed(reentrant=False),
        STEPS,
        EACH,
        "healthy",
        "Chen et al. (2016)",
        "trains, Adam 0.001: 1.22 to 0.499 in 78 steps, a guess has 1",
    ),
    Exhibit(
        "checkpointed_reentrant",
        lambda: Checkpointed(reentrant=True),
        STEPS,
        EACH,
        "healthy",
        "Chen et al. (2016)",
        "trains, Adam 0.001: 1.22 to 0.499 in 78 steps, a guess has 1",
    ),
    Exhibit(
        "autocast",
        MixedPrecision,
        PIXELS,
        pixels(),
        "healthy",
        "Micikevicius et al. (2018)",
        "trains, Adam 0.001: 2.31 to 1.15 in 71 steps, a guess has 2.3",
    ),
    Exhibit(
        "in_place_tokens",
        in_place_tokens,
        STEPS,
        EACH,
        "healthy",
        "He et al. (2015)",
        "best of six, Adam 0.001: 1.1 to 0.593 in 200 steps, a guess has 1",
    ),
    Exhibit(
        "weight_norm_tanh",
        lambda: wrapped_chain(parametrizations.weight_norm, 1.0),
        PIXELS,
        pixels(),
        "healthy",
        "Salimans & Kingma (2016)",
        "trains, Adam 0.001: 2.3 to 1.13 in 45 steps, a guess has 2.3",
    ),
    Exhibit(
        "orthogonal_tanh",
        lambda: wrapped_chain(parametrizations.orthogonal, 1.0),
        PIXELS,
        pixels(),
        "healthy",
        "Lezcano (2019)",
        "trains, Adam 0.001: 2.32 to 1.15 in 164 steps, a guess has 2.3",
    ),
    Exhibit(
        "frozen_body",
        frozen_body,
        normal(8, 3, 32, 32),
        digits(32),
        "healthy",
        "Yosinski et al. (2014)",
        "best of six, Adam 0.01: 2.67 to 1.39 in 200 steps, a guess has 2.3",
    ),
    Exhibit(
        "bfloat16",
        brain_float,
        tokens(WORDS, 8, 16),
        chain(WORDS, 16),
        "healthy",
        "Kalamkar (2019)",
        "trains, Adam 0.001: 4.17 to 1.87 in 68 steps, a guess has 3.79",
    ),
    Exhibit(
        "frames",
        Frames,
        normal(8, 1, 16, 16),
        digits(16, 1),
        "healthy",
        "Tran et al. (2015), PyTorch's start",
        "trains, Adam 0.001: 2.27 to 1.15 in 191 steps, a guess has 2.3",
    ),
]
