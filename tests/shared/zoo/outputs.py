"""Models whose outputs are no plain tensor."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.shared.zoo.exhibit import Exhibit, normal, together, tokens
from tests.shared.zoo.language import nano_gpt
from tests.shared.zoo.parts import (
    Patches,
    PreNorm,
    conv_norm,
    fan_out_,
    mlp,
    zero_bias_,
)
from tests.shared.zoo.tasks import (
    WORDS,
    Batch,
    Task,
    chain,
    digits,
    itself,
    logits_of,
    pixels,
    squares,
)

PIXELS = normal(16, 64)


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


EXHIBITS = [
    Exhibit(
        "returns_loss",
        ReturnsLoss,
        PIXELS,
        Task(lambda g: (pixels().batch(g)[0], torch.zeros(())), itself, 0.35),
        "healthy",
        "He et al. (2022), loss inside",
        "trains, Adam 0.001: 0.782 to 0.174 in 104 steps, a guess has 0.35",
    ),
    Exhibit(
        "loss_and_logits",
        LossAndLogits,
        tokens(WORDS, 8, 16),
        chain(WORDS, 16, 16, logits_of),
        "healthy",
        "Radford et al. (2019), loss inside",
        "trains, Adam 0.001: 4.17 to 1.88 in 122 steps, a guess has 3.79",
    ),
    Exhibit(
        "detector",
        Detector,
        normal(8, 3, 32, 32),
        digits(32, loss=best_scores),
        "healthy",
        "Tian et al. (2019)",
        "trains, Adam 0.01: 2.26 to 1.13 in 92 steps, a guess has 2.3",
    ),
    Exhibit(
        "dataclass",
        SaysMore,
        PIXELS,
        pixels(),
        "healthy",
        "He et al. (2015)",
        "trains, Adam 0.001: 2.34 to 1.11 in 51 steps, a guess has 2.3",
    ),
    Exhibit(
        "clip",
        TwoTowers,
        together(normal(8, 1, 16, 16), tokens(WORDS, 8, 3)),
        captions(),
        "healthy",
        "Radford et al. (2021)",
        "trains, Adam 0.001: 3.02 to 1.38 in 90 steps, a guess has 2.77",
    ),
    Exhibit(
        "siamese",
        Siamese,
        together(PIXELS, PIXELS),
        same_or_not(),
        "healthy",
        "Hadsell et al. (2006), PyTorch's start",
        "trains, Adam 0.001: 0.449 to 0.122 in 35 steps, a guess has 0.25",
    ),
]
