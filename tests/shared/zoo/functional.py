"""Weights that are in no layer of torch.nn: bare parameters and what uses them."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.shared.zoo.exhibit import Exhibit, normal, tokens
from tests.shared.zoo.parts import (
    mlp,
)
from tests.shared.zoo.tasks import (
    WORDS,
    digits,
    each_step,
    pixels,
)

PIXELS = normal(16, 64)

Phi = Callable[[Tensor], Tensor]


class OwnWeights(nn.Module):
    """Hidden layers as bare parameters (outputs, inputs), used by a function."""

    def __init__(self, depth: int, draw: Callable[[int, int], Tensor], phi: Phi):
        super().__init__()
        self.weights = nn.ParameterList(
            [nn.Parameter(draw(64, 64)) for _ in range(depth)]
        )
        self.head, self.phi = nn.Linear(64, 10), phi

    def forward(self, x: Tensor) -> Tensor:
        for weight in self.weights:
            x = self.phi(F.linear(x, weight))
        return self.head(x)


def he(n_out: int, n_in: int) -> Tensor:
    """He's normal weights."""
    return torch.randn(n_out, n_in) * (2 / n_in) ** 0.5


def own_weights() -> nn.Module:
    """Ten layers of relu with He's weights."""
    return OwnWeights(10, he, F.relu)


class Einsum(nn.Module):
    """Attention and a perceptron written as sums over named axes, pre-norm."""

    def __init__(self, width: int, heads: int = 4):
        super().__init__()
        each, std = width // heads, width**-0.5
        self.qkv = nn.Parameter(std * torch.randn(3, width, heads, each))
        self.out = nn.Parameter(std * torch.randn(heads, each, width))
        self.up = nn.Parameter(std * torch.randn(width, 4 * width))
        self.down = nn.Parameter(std / 2 * torch.randn(4 * width, width))
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = torch.einsum("btw,swhd->sbhtd", self.norm1(x), self.qkv)
        scores = torch.einsum("bhtd,bhsd->bhts", q, k) / math.sqrt(q.shape[-1])
        mixed = torch.einsum("bhts,bhsd->bthd", scores.softmax(-1), v)
        x = x + torch.einsum("bthd,hdw->btw", mixed, self.out)
        h = F.gelu(torch.einsum("btw,wf->btf", self.norm2(x), self.up))
        return x + torch.einsum("btf,fw->btw", h, self.down)


class Ensemble(nn.Module):
    """Eight networks at once: 3-D weights, batched products."""

    def __init__(self, count: int = 8, width: int = 32):
        super().__init__()
        sizes = [64, width, width, width, 10]
        self.weights = nn.ParameterList()
        self.biases = nn.ParameterList()
        for n_in, n_out in zip(sizes[:-1], sizes[1:], strict=True):
            std = (2 / n_in) ** 0.5
            self.weights.append(std * torch.randn(count, n_in, n_out))
            self.biases.append(torch.zeros(count, 1, n_out))

    def forward(self, x: Tensor) -> Tensor:
        h = x.expand(len(self.weights[0]), -1, -1)
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            h = torch.baddbmm(bias, h if i == 0 else F.relu(h), weight)
        return h.mean(0)


class Equalized(nn.Module):
    """N(0, 1) weights, scaled in every pass to what He would draw."""

    def __init__(self, n_in: int, n_out: int, slower: float = 1.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_out, n_in) / slower)
        self.bias = nn.Parameter(torch.zeros(n_out))
        self.scale, self.slower = slower / n_in**0.5, slower

    def forward(self, x: Tensor) -> Tensor:
        x = F.linear(x, self.weight * self.scale, self.bias * self.slower)
        return 2**0.5 * F.leaky_relu(x, 0.2)


def style_mapping() -> nn.Module:
    """StyleGAN's eight layers, a hundred times slower than the rest, and a head."""
    layers = [Equalized(64, 64, 0.01) for _ in range(8)]
    return nn.Sequential(*layers, nn.Linear(64, 10))


class HyperNetwork(nn.Module):
    """A small network says from the input what the weights of another are."""

    def __init__(self, width: int = 16):
        super().__init__()
        self.embed = nn.Linear(64, 16)
        self.makes1 = nn.Linear(16, 64 * width)
        self.makes2 = nn.Linear(16, width * 10)
        for layer, fan_in in ((self.makes1, 64), (self.makes2, width)):
            nn.init.normal_(layer.weight, std=(1 / (16 * fan_in)) ** 0.5)
            nn.init.zeros_(layer.bias)
        nn.init.normal_(self.embed.weight, std=0.125)

    def forward(self, x: Tensor) -> Tensor:
        code = self.embed(x)
        first = self.makes1(code).view(len(x), 64, -1)
        second = self.makes2(code).view(len(x), -1, 10)
        h = torch.relu(torch.bmm(x.unsqueeze(1), first))
        return torch.bmm(h, second).squeeze(1)


class Maxout(nn.Module):
    """The largest of several linear pieces, with and without a layer's help."""

    def __init__(self, n_in: int, n_out: int, pieces: int = 4):
        super().__init__()
        self.layer = nn.Linear(n_in, n_out * pieces)
        self.pieces = pieces

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x).unflatten(-1, (-1, self.pieces)).amax(-1)


class Bilinear(nn.Module):
    """Two views of an input meet in a bilinear form."""

    def __init__(self, width: int = 16):
        super().__init__()
        self.left, self.right = mlp(32, 32, width), mlp(32, 32, width)
        self.weight = nn.Parameter(torch.randn(32, width, width) / width)
        self.bias, self.head = nn.Parameter(torch.zeros(32)), nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        left, right = x.chunk(2, -1)
        h = F.bilinear(self.left(left), self.right(right), self.weight, self.bias)
        return self.head(F.relu(h))


class Complex(nn.Module):
    """Complex layers between real ends."""

    def __init__(self, depth: int = 3, width: int = 32):
        super().__init__()
        sizes = [64] + [width] * depth
        self.layers = nn.ModuleList(
            nn.Linear(n_in, n_out, dtype=torch.complex64)
            for n_in, n_out in zip(sizes[:-1], sizes[1:], strict=True)
        )
        self.head = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = x.to(torch.complex64)
        for layer in self.layers:
            z = layer(x)
            x = torch.complex(F.relu(z.real), F.relu(z.imag))
        return self.head(x.abs())


class Patchwork(nn.Module):
    """Convolutions as products: patches unfolded, times a matrix."""

    def __init__(self, width: int = 16):
        super().__init__()
        sizes = [1, width, width, width]
        self.weights = nn.ParameterList(
            [he(n_out, 9 * n_in) for n_in, n_out in zip(sizes, sizes[1:], strict=False)]
        )
        self.head = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        for weight in self.weights:
            side = x.shape[-1]
            x = F.relu(weight @ F.unfold(x, 3, padding=1)).unflatten(-1, (side, side))
        return self.head(x.mean((2, 3)))


# What comes out -----------------------------------------------------------------------


# How it is run ------------------------------------------------------------------------


TEXT = tokens(WORDS, 8, 16)

EXHIBITS = [
    Exhibit(
        "own_weights",
        own_weights,
        PIXELS,
        pixels(),
        "healthy",
        "He et al. (2015)",
        "trains, Adam 0.001: 2.32 to 1.13 in 54 steps, a guess has 2.3",
    ),
    Exhibit(
        "einsum_blocks",
        lambda: nn.Sequential(
            nn.Linear(8, 32), *[Einsum(32) for _ in range(6)], nn.Linear(32, 4)
        ),
        normal(8, 10, 8),
        each_step(10, 8, 4),
        "healthy",
        "Vaswani et al. (2017), as JAX has it",
        "best of six, SGD 0.01: 2.39 to 0.512 in 200 steps, a guess has 1",
    ),
    Exhibit(
        "ensemble",
        Ensemble,
        PIXELS,
        pixels(),
        "healthy",
        "He et al. (2015)",
        "trains, Adam 0.001: 2.28 to 1.15 in 53 steps, a guess has 2.3",
    ),
    Exhibit(
        "style_mapping",
        style_mapping,
        PIXELS,
        pixels(),
        "healthy",
        "Karras et al. (2019)",
        "trains, Adam 0.01: 2.4 to 1.13 in 129 steps, a guess has 2.3",
    ),
    Exhibit(
        "hyper_network",
        HyperNetwork,
        PIXELS,
        pixels(),
        "healthy",
        "Chang (2020)",
        "trains, Adam 0.001: 2.43 to 1.12 in 23 steps, a guess has 2.3",
    ),
    Exhibit(
        "maxout",
        lambda: nn.Sequential(Maxout(64, 32), Maxout(32, 32), nn.Linear(32, 10)),
        PIXELS,
        pixels(),
        "healthy",
        "Goodfellow et al. (2013), PyTorch's start",
        "trains, Adam 0.001: 2.46 to 1.14 in 85 steps, a guess has 2.3",
    ),
    Exhibit(
        "bilinear",
        Bilinear,
        PIXELS,
        pixels(),
        "healthy",
        "Tenenbaum (2000)",
        "trains, Adam 0.001: 2.31 to 1.14 in 62 steps, a guess has 2.3",
    ),
    Exhibit(
        "complex",
        Complex,
        PIXELS,
        pixels(),
        "healthy",
        "Trabelsi et al. (2018)",
        "trains, Adam 0.001: 2.31 to 1.14 in 75 steps, a guess has 2.3",
    ),
    Exhibit(
        "patchwork",
        Patchwork,
        normal(8, 1, 8, 8),
        digits(8, 1, 32),
        "healthy",
        "Chellapilla et al. (2006)",
        "trains, Adam 0.01: 2.37 to 1.15 in 86 steps, a guess has 2.3",
    ),
]
