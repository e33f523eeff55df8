"""Weights that are in no layer, and models whose outputs are no plain tensor."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations
from torch.utils.checkpoint import checkpoint

from tests.shared.zoo.exhibit import Exhibit, normal, together, tokens
from tests.shared.zoo.language import nano_gpt
from tests.shared.zoo.parts import (
    Patches,
    conv_norm,
    fan_out_,
    mlp,
    zero_bias_,
)
from tests.shared.zoo.residual import resnet18
from tests.shared.zoo.tasks import (
    Batch,
    Task,
    chain,
    digits,
    each_step,
    itself,
    logits_of,
    pixels,
    squares,
)
from tests.shared.zoo.transformers import WORDS, PreNorm

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


class ReturnsLoss(nn.Module):
    """A masked autoencoder that returns how wrong it is, and nothing else."""

    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = mlp(64, 64, 32), mlp(32, 64, 64)
        self.register_buffer("hidden", torch.arange(64) % 4 == 0)

    def forward(self, x: Tensor) -> Tensor:
        seen = x.masked_fill(self.hidden, 0.0)
        wrong = self.decoder(F.relu(self.encoder(seen))) - x
        return wrong[:, self.hidden].square().mean()


class LossAndLogits(nn.Module):
    """A language model with its loss, in a dictionary."""

    def __init__(self):
        super().__init__()
        self.core = nano_gpt(4, 32)

    def forward(self, text: Tensor) -> dict[str, Tensor]:
        logits = self.core(text)
        loss = F.cross_entropy(logits[:, :-1].flatten(0, 1), text[:, 1:].flatten())
        return {"loss": loss, "logits": logits}


class Detector(nn.Module):
    """For every image a dictionary: boxes and scores at each place."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            conv_norm(3, 16, 3, 2), conv_norm(16, 32, 3, 2), conv_norm(32, 32, 3, 2)
        )
        self.boxes, self.scores = nn.Conv2d(32, 4, 1), nn.Conv2d(32, 10, 1)
        fan_out_(self.body)
        nn.init.normal_(self.scores.weight, std=0.01)
        nn.init.normal_(self.boxes.weight, std=0.01)

    def forward(self, x: Tensor) -> list[dict[str, Tensor]]:
        h = self.body(x)
        scores, boxes = self.scores(h).flatten(2), self.boxes(h).flatten(2)
        return [
            {"scores": score.T, "boxes": box.T}
            for score, box in zip(scores, boxes, strict=True)
        ]


def best_scores(output: list[dict[str, Tensor]], target: Tensor) -> Tensor:
    """Cross-entropy of the mean score of each image."""
    scores = torch.stack([found["scores"].mean(0) for found in output])
    return F.cross_entropy(scores, target)


@dataclass
class Answer:
    """What a model says, with what it saw on the way."""

    logits: Tensor
    states: tuple[Tensor, ...]
    text: str = "and something that is no tensor"


class SaysMore(nn.Module):
    """A perceptron that returns its hidden states as well."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(64, 64) for _ in range(3))
        self.head = nn.Linear(64, 10)
        for layer in self.layers:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            zero_bias_(layer)

    def forward(self, x: Tensor) -> Answer:
        states = [x]
        for layer in self.layers:
            states.append(F.relu(layer(states[-1])))
        return Answer(self.head(states[-1]), tuple(states[1:]))


class TwoTowers(nn.Module):
    """Images and texts as points on a sphere, and how near they are."""

    def __init__(self, width: int = 48):
        super().__init__()
        self.patches = Patches(width, 8, 4, 1)
        self.image = nn.Sequential(*[PreNorm(width) for _ in range(6)])
        self.words = nn.Embedding(WORDS, width)
        self.text = nn.Sequential(*[PreNorm(width) for _ in range(6)])
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.to1 = nn.Parameter(width**-0.5 * torch.randn(width, 32))
        self.to2 = nn.Parameter(width**-0.5 * torch.randn(width, 32))
        self.scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        for part in (self.image, self.text):
            self.draw_(part, width)
        nn.init.normal_(self.words.weight, std=0.02)

    @staticmethod
    def draw_(part: nn.Sequential, width: int) -> None:
        """By width and depth, as published."""
        less = (2 * len(part)) ** -0.5
        for block in part:
            for layer in (block.attn.q, block.attn.k, block.attn.v):
                nn.init.normal_(layer.weight, std=width**-0.5)
            nn.init.normal_(block.attn.out.weight, std=width**-0.5 * less)
            nn.init.normal_(block.mlp[0].weight, std=(2 * width) ** -0.5)
            nn.init.normal_(block.mlp[2].weight, std=width**-0.5 * less)

    def forward(self, image: Tensor, text: Tensor) -> dict[str, Tensor]:
        a = self.norm1(self.image(self.patches(image)).mean(1)) @ self.to1
        b = self.norm2(self.text(self.words(text))[:, -1]) @ self.to2
        a, b = F.normalize(a, dim=-1), F.normalize(b, dim=-1)
        return {"near": self.scale.exp() * a @ b.T, "image": a, "text": b}


def captions(batch: int = 16) -> Task:
    """Which of a batch's texts, a digit's name said three times, is each image's."""
    images = digits(16, 1, batch)

    def draw(generator) -> Batch:
        (x,), y = images.batch(generator)
        return (x, y.view(-1, 1).repeat(1, 3)), torch.arange(batch)

    def loss(output: dict[str, Tensor], target: Tensor) -> Tensor:
        near = output["near"]
        return (F.cross_entropy(near, target) + F.cross_entropy(near.T, target)) / 2

    return Task(draw, loss, math.log(batch))


class Siamese(nn.Module):
    """One network reads two inputs: how far apart do they land?"""

    def __init__(self):
        super().__init__()
        self.tower = nn.Sequential(mlp(64, 64, 64), nn.ReLU(), nn.Linear(64, 16))

    def forward(self, one: Tensor, other: Tensor) -> Tensor:
        return (self.tower(one) - self.tower(other)).square().sum(-1)


def same_or_not(batch: int = 32) -> Task:
    """Whether two images show the same digit, as a distance of 0 or 1."""
    one = pixels(batch)

    def draw(generator) -> Batch:
        ((x,), a), ((y,), b) = one.batch(generator), one.batch(generator)
        half = torch.rand(batch, generator=generator) < 0.5
        y = torch.where(half[:, None], x + 0.1 * y, y)
        return (x, y), (~half & (a != b)).float()

    return Task(draw, squares, 0.25)


# How it is run ------------------------------------------------------------------------


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
TEXT = tokens(WORDS, 8, 16)

EXHIBITS = [
    Exhibit(
        "own_weights", own_weights, PIXELS, pixels(), "healthy", "He et al. (2015)"
    ),
    Exhibit(
        "einsum_blocks",
        lambda: nn.Sequential(
            nn.Linear(8, 32), *[Einsum(32) for _ in range(6)], nn.Linear(32, 4)
        ),
        STEPS,
        EACH,
        "healthy",
        "Vaswani et al. (2017), as JAX has it",
    ),
    Exhibit("ensemble", Ensemble, PIXELS, pixels(), "healthy", "He et al. (2015)"),
    Exhibit(
        "style_mapping",
        style_mapping,
        PIXELS,
        pixels(),
        "healthy",
        "Karras et al. (2019)",
    ),
    Exhibit("hyper_network", HyperNetwork, PIXELS, pixels(), "healthy", "Chang (2020)"),
    Exhibit(
        "maxout",
        lambda: nn.Sequential(Maxout(64, 32), Maxout(32, 32), nn.Linear(32, 10)),
        PIXELS,
        pixels(),
        "healthy",
        "Goodfellow et al. (2013), PyTorch's start",
    ),
    Exhibit("bilinear", Bilinear, PIXELS, pixels(), "healthy", "Tenenbaum (2000)"),
    Exhibit("complex", Complex, PIXELS, pixels(), "healthy", "Trabelsi et al. (2018)"),
    Exhibit(
        "patchwork",
        Patchwork,
        normal(8, 1, 8, 8),
        digits(8, 1, 32),
        "healthy",
        "Chellapilla et al. (2006)",
    ),
    Exhibit(
        "returns_loss",
        ReturnsLoss,
        PIXELS,
        Task(lambda g: (pixels().batch(g)[0], torch.zeros(())), itself, 0.35),
        "healthy",
        "He et al. (2022), loss inside",
    ),
    Exhibit(
        "loss_and_logits",
        LossAndLogits,
        TEXT,
        chain(WORDS, 16, 16, logits_of),
        "healthy",
        "Radford et al. (2019), loss inside",
    ),
    Exhibit(
        "detector",
        Detector,
        normal(8, 3, 32, 32),
        digits(32, loss=best_scores),
        "healthy",
        "Tian et al. (2019)",
    ),
    Exhibit("dataclass", SaysMore, PIXELS, pixels(), "healthy", "He et al. (2015)"),
    Exhibit(
        "clip",
        TwoTowers,
        together(normal(8, 1, 16, 16), tokens(WORDS, 8, 3)),
        captions(),
        "healthy",
        "Radford et al. (2021)",
    ),
    Exhibit(
        "siamese",
        Siamese,
        together(PIXELS, PIXELS),
        same_or_not(),
        "healthy",
        "Hadsell et al. (2006), PyTorch's start",
    ),
    Exhibit(
        "checkpointed",
        lambda: Checkpointed(reentrant=False),
        STEPS,
        EACH,
        "healthy",
        "Chen et al. (2016)",
    ),
    Exhibit(
        "checkpointed_reentrant",
        lambda: Checkpointed(reentrant=True),
        STEPS,
        EACH,
        "healthy",
        "Chen et al. (2016)",
    ),
    Exhibit(
        "autocast",
        MixedPrecision,
        PIXELS,
        pixels(),
        "healthy",
        "Micikevicius et al. (2018)",
    ),
    Exhibit(
        "in_place_tokens", in_place_tokens, STEPS, EACH, "healthy", "He et al. (2015)"
    ),
    Exhibit(
        "weight_norm_tanh",
        lambda: wrapped_chain(parametrizations.weight_norm, 1.0),
        PIXELS,
        pixels(),
        "healthy",
        "Salimans & Kingma (2016)",
    ),
    Exhibit(
        "orthogonal_tanh",
        lambda: wrapped_chain(parametrizations.orthogonal, 1.0),
        PIXELS,
        pixels(),
        "healthy",
        "Lezcano (2019)",
    ),
    Exhibit(
        "frozen_body",
        frozen_body,
        normal(8, 3, 32, 32),
        digits(32),
        "healthy",
        "Yosinski et al. (2014)",
    ),
    Exhibit(
        "bfloat16", brain_float, TEXT, chain(WORDS, 16), "healthy", "Kalamkar (2019)"
    ),
    Exhibit(
        "frames",
        Frames,
        normal(8, 1, 16, 16),
        digits(16, 1),
        "healthy",
        "Tran et al. (2015), PyTorch's start",
    ),
]
