"""What the networks of the zoo are trained on: small tasks that need no download.

A task draws batches, and says how wrong an output is and how wrong the best constant
answer would be: its guess.
"""

import dataclasses
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from helpers.training import digits as read_digits
from tests.shared.seeds import seeded

WORDS = 64  # of every vocabulary

Batch = tuple[tuple[Tensor, ...], Tensor]


@dataclass(frozen=True)
class Task:
    """Batches of inputs and targets, the loss of an output, the loss of a guess."""

    batch: Callable[[Generator], Batch]
    loss: Callable[[Any, Tensor], Tensor]
    guess: float


def floats(output: Any) -> Iterator[Tensor]:
    """Each tensor of floats in an output, whatever it is wrapped in."""
    if isinstance(output, Tensor):
        if output.is_floating_point() or output.is_complex():
            yield output
    elif dataclasses.is_dataclass(output):
        yield from floats(vars(output))
    elif isinstance(output, dict):
        yield from floats(list(output.values()))
    elif isinstance(output, list | tuple):
        for part in output:
            yield from floats(part)


def first(output: Any) -> Tensor:
    """The first tensor of floats in an output."""
    return next(floats(output))


def last(output: Any) -> Tensor:
    """The last one."""
    return list(floats(output))[-1]


# Losses -------------------------------------------------------------------------------


def classes(output: Any, target: Tensor) -> Tensor:
    """Cross-entropy of the last dimension, in every position."""
    logits = first(output)
    return F.cross_entropy(logits.flatten(0, -2).float(), target.flatten())


def logits_of(output: Any, target: Tensor) -> Tensor:
    """Cross-entropy where the loss comes first and the logits last."""
    return classes(last(output), target)


def next_class(output: Any, target: Tensor) -> Tensor:
    """Cross-entropy of the last position alone."""
    return classes(output, target[:, -1])


def squares(output: Any, target: Tensor) -> Tensor:
    """Mean square of what is wrong."""
    return F.mse_loss(first(output).float().view_as(target), target)


def itself(output: Any, target: Tensor) -> Tensor:
    """The loss that the model returns."""
    return first(output)


# Tasks --------------------------------------------------------------------------------


@cache
def _digits() -> tuple[Tensor, Tensor]:
    data = read_digits()
    return data.x.view(-1, 1, 8, 8).float(), data.y


def _some_digits(generator: Generator, count: int) -> tuple[Tensor, Tensor]:
    x, y = _digits()
    chosen = torch.randint(len(x), (count,), generator=generator)
    return x[chosen], y[chosen]


def pixels(batch: int = 32, loss: Callable = classes) -> Task:
    """Which digit it is, from its 64 pixels in a row."""

    def draw(generator: Generator) -> Batch:
        x, y = _some_digits(generator, batch)
        return (x.flatten(1),), y

    return Task(draw, loss, math.log(10))


def digits(
    size: int = 32, channels: int = 3, batch: int = 16, loss: Callable = classes
) -> Task:
    """Which digit it is, from an image of any size."""

    def draw(generator: Generator) -> Batch:
        x, y = _some_digits(generator, batch)
        x = F.interpolate(x, size=size, mode="bilinear", align_corners=False)
        return (x.expand(-1, channels, -1, -1).contiguous(),), y

    return Task(draw, loss, math.log(10))


def black(size: int, channels: int = 1, batch: int = 8) -> Task:
    """Which pixels of a digit are black: a class for each position, channels first."""
    images = digits(size, channels, batch)

    def draw(generator: Generator) -> Batch:
        (x,), _ = images.batch(generator)
        return (x,), (x[:, 0] > 0).long()

    def loss(output: Any, target: Tensor) -> Tensor:
        return F.cross_entropy(first(output), target)

    return Task(draw, loss, 0.6)


def rows(batch: int = 32) -> Task:
    """Which digit it is, from its eight rows, one after the other."""

    def draw(generator: Generator) -> Batch:
        x, y = _some_digits(generator, batch)
        return (x[:, 0],), y

    return Task(draw, classes, math.log(10))


@cache
def _followers(vocabulary: int) -> Tensor:
    """For each token the two that may follow."""
    return torch.randint(vocabulary, (vocabulary, 2), generator=seeded(7))


@cache
def _entropy(vocabulary: int) -> float:
    """Of the tokens of the chain, one by one."""
    share = torch.full((vocabulary,), 1 / vocabulary)
    for _ in range(8):
        halves = (share / 2).repeat_interleave(2)
        followers = _followers(vocabulary).flatten()
        share = torch.zeros(vocabulary).index_add(0, followers, halves)
    return -torch.xlogy(share, share).sum().item()


def chain(
    vocabulary: int, length: int, batch: int = 16, loss: Callable = classes
) -> Task:
    """The next token of a Markov chain, in which two may follow each."""
    followers = _followers(vocabulary)

    def draw(generator: Generator) -> Batch:
        text = [torch.randint(vocabulary, (batch,), generator=generator)]
        for _ in range(length):
            coin = torch.randint(2, (batch,), generator=generator)
            text.append(followers[text[-1], coin])
        whole = torch.stack(text, 1)
        return (whole[:, :-1],), whole[:, 1:]

    return Task(draw, loss, _entropy(vocabulary))


def first_word(words: int, length: int, batch: int = 32) -> Task:
    """At each position the first word of the text: others have to be looked at."""

    def draw(generator: Generator) -> Batch:
        text = torch.randint(words, (batch, length), generator=generator)
        return (text,), text[:, :1].expand(-1, length).contiguous()

    return Task(draw, classes, math.log(words) * (1 - 1 / length))


def hidden_tokens(vocabulary: int, length: int, batch: int = 16) -> Task:
    """All tokens of a chain of which every sixth is hidden, as token 0."""
    plain = chain(vocabulary, length, batch)

    def draw(generator: Generator) -> Batch:
        (text,), _ = plain.batch(generator)
        hidden = torch.rand(text.shape, generator=generator) < 1 / 6
        return (text.masked_fill(hidden, 0),), text

    return Task(draw, classes, plain.guess)


def recall(steps: int, width: int, batch: int = 32) -> Task:
    """Which of the first step's inputs is large, after steps of noise."""

    def draw(generator: Generator) -> Batch:
        x = torch.randn(batch, steps, width, generator=generator)
        y = torch.randint(width, (batch,), generator=generator)
        x[:, 0] = 3 * F.one_hot(y, width)
        return (x,), y

    return Task(draw, classes, math.log(width))


def teacher(inputs: Callable[[Generator], tuple[Tensor, ...]], *outputs: int) -> Task:
    """A random smooth function of the first input, one number per output."""
    count = math.prod(outputs)

    def draw(generator: Generator) -> Batch:
        x = inputs(generator)
        flat = x[0].flatten(1).float()
        W = torch.randn(flat.shape[1], count, generator=seeded(11))
        y = torch.tanh(flat @ W / flat.shape[1] ** 0.5)
        return x, (y / 0.63).view(len(flat), *outputs)

    return Task(draw, squares, 1.0)


def of_set(points: int, channels_first: bool = False, batch: int = 32) -> Task:
    """Four smooth functions of where a cloud of points lies."""

    def draw(generator: Generator) -> Batch:
        centre = torch.randn(batch, 1, 3, generator=generator)
        x = centre + 0.5 * torch.randn(batch, points, 3, generator=generator)
        W = torch.randn(3, 4, generator=seeded(11))
        y = torch.tanh(centre[:, 0] @ W / 3**0.5) / 0.63
        return (x.transpose(1, 2) if channels_first else x,), y

    return Task(draw, squares, 1.0)


def each_step(steps: int, width: int, outputs: int, batch: int = 32) -> Task:
    """For each step a smooth function of its input and the one before."""

    def draw(generator: Generator) -> Batch:
        x = torch.randn(batch, steps, width, generator=generator)
        W = torch.randn(width, outputs, generator=seeded(11))
        y = torch.tanh((x + x.roll(1, 1)) @ W / (2 * width) ** 0.5)
        return (x,), y / 0.63

    return Task(draw, squares, 1.0)


def translation(words: int, source: int, target: int, batch: int = 16) -> Task:
    """The source's first words, each translated by a fixed list."""

    def draw(generator: Generator) -> Batch:
        text = torch.randint(words, (batch, source), generator=generator)
        said = torch.randperm(words, generator=seeded(11))[text[:, :target]]
        begun = torch.cat([torch.zeros(batch, 1).long(), said[:, :-1]], 1)
        return (text, begun), said

    return Task(draw, classes, math.log(words))


def shifted(length: int, batch: int = 32) -> Task:
    """A smooth function on a circle, an eighth of the circle further on."""

    def draw(generator: Generator) -> Batch:
        waves = torch.randn(batch, 1, 5, 2, generator=generator)
        x = torch.fft.irfft(torch.view_as_complex(waves), n=length)
        x = x / x.std()
        return (x,), x.roll(length // 8, -1)

    return Task(draw, squares, 1.0)


def echo_digits(batch: int = 32) -> Task:
    """The pixels of a digit, in a row."""

    def draw(generator: Generator) -> Batch:
        x, _ = _some_digits(generator, batch)
        return (x.flatten(1),), x.flatten(1)

    return Task(draw, squares, 0.3)


def noise_of_digits(size: int, batch: int = 8) -> Task:
    """The noise that was added to a digit, given its strength."""
    images = digits(size, 1, batch)

    def draw(generator: Generator) -> Batch:
        (x,), _ = images.batch(generator)
        strength = torch.rand(batch, generator=generator)
        noise = torch.randn(x.shape, generator=generator)
        share = strength.view(-1, 1, 1, 1)
        return ((1 - share).sqrt() * x + share.sqrt() * noise, strength), noise

    return Task(draw, squares, 1.0)


def density(size: int, batch: int = 64) -> Task:
    """Minus the log density of small numbers of which each has a twin, plus a number.

    Of a flow, which says the noise behind them and the logarithm of the volume.
    """

    def draw(generator: Generator) -> Batch:
        x = torch.randn(batch, size, generator=generator)
        return (0.25 * (x + x.flip(-1)),), torch.zeros(())

    def loss(output: Any, target: Tensor) -> Tensor:
        z, volume = output
        return (0.5 * z.square().sum(-1) - volume).mean() + size

    return Task(draw, loss, size + 0.5)


def waves(inputs: int, outputs: int = 1, batch: int = 256) -> Task:
    """A sum of sines of coordinates between -1 and 1."""

    def draw(generator: Generator) -> Batch:
        x = 2 * torch.rand(batch, inputs, generator=generator) - 1
        W = 4 * torch.randn(inputs, outputs, generator=seeded(13))
        return (x,), 2**0.5 * torch.sin(x @ W)

    return Task(draw, squares, 1.0)


def real_or_noise(size: int, channels: int = 3, batch: int = 16) -> Task:
    """Whether an image is a digit or noise: what a discriminator is asked."""
    images = digits(size, channels, batch)

    def draw(generator: Generator) -> Batch:
        (x,), _ = images.batch(generator)
        real = torch.randint(2, (batch,), generator=generator)
        noise = torch.randn(x.shape, generator=generator)
        return (torch.where(real.view(-1, 1, 1, 1) == 1, x, noise),), real

    def loss(output: Any, target: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(
            first(output).flatten(), target.float()
        )

    return Task(draw, loss, math.log(2))


def own_loss(inputs: Callable[[Generator], tuple[Tensor, ...]], guess: float) -> Task:
    """What the model itself calls its loss."""

    def draw(generator: Generator) -> Batch:
        x = inputs(generator)
        return x, torch.zeros(())

    return Task(draw, itself, guess)
