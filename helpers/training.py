"""A small real data set, and seeded training loops: one network, or many at once.

The digits are 1,797 scans of 8 by 8 pixels with 17 grey levels: the test part of
"Optical Recognition of Handwritten Digits" (Alpaydin & Kaynak, 1998, UCI Machine
Learning Repository, CC BY 4.0). They ship with the package; nothing is downloaded.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Generator, Tensor, nn

from helpers.activations import find_activation
from helpers.checks import check_count, check_real, fresh, known, numbers
from helpers.networks import linears

TRAIN = 1437  # of 1797; the other 360 are the test set
OPTIMIZERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}


@dataclass(frozen=True, eq=False)
class Digits:
    """Images (n, 64) in torch's default dtype and labels (n,), 0 to 9."""

    x: Tensor
    y: Tensor
    x_test: Tensor
    y_test: Tensor


def digits(low: float = -1.0, high: float = 1.0) -> Digits:
    """Handwritten digits: 1,437 to train on and 360 to test with, always the same.

    Args:
        low: what a blank pixel becomes.
        high: what a black pixel becomes; above ``low``. Both lie within half the range
            of torch's default dtype: from -32,752 to 32,752 in float16.

    Raises:
        ValueError: if ``low`` is not below ``high``, or one out of that range.
        TypeError: what is no number.

    >>> digits().x.shape, digits().x_test.shape
    (torch.Size([1437, 64]), torch.Size([360, 64]))
    """
    low, high = check_real("low", low), check_real("high", high)
    got = f"got low={low} and high={high}"
    if not low < high:
        raise ValueError(f"low must be below high, {got}")
    half = torch.finfo(torch.get_default_dtype()).max / 2
    if not max(-low, high) <= half:
        raise ValueError(f"low and high must be from {-half:.4g} to {half:.4g}, {got}")
    data = np.load(Path(__file__).with_name("digits.npz"))
    pixels = torch.from_numpy(data["pixels"]).to(torch.get_default_dtype())
    order = torch.randperm(len(pixels), generator=torch.Generator().manual_seed(0))
    x = (low + (high - low) * (pixels / 16))[order]
    y = torch.from_numpy(data["labels"]).long()[order]
    return Digits(x[:TRAIN], y[:TRAIN], x[TRAIN:], y[TRAIN:])


@dataclass(frozen=True, eq=False)
class History:
    """What a training run did, step by step.

    Attributes:
        loss: mean cross-entropy of each batch before its update, in nats, (steps,).
        update_ratio: norm of a layer's weight change over norm of its weights,
            (steps, layers); infinite or nan where these were all 0.
        grad_rms: root mean square of each layer's dLoss/dW before clipping,
            (steps, layers); 0 where a layer is frozen or not used.
        accuracy: share of the test images that are right after the last step.
    """

    loss: Tensor
    update_ratio: Tensor
    grad_rms: Tensor
    accuracy: float

    def __repr__(self) -> str:
        """First and last loss, and the test accuracy."""
        return (
            f"History({len(self.loss)} steps: loss {self.loss[0]:#.3g} to "
            f"{self.loss[-1]:#.3g}, test accuracy {self.accuracy:#.3g})"
        )


def _checked(steps: int, lr: float, batch: int, seed: int) -> tuple[int, float, int]:
    """The numbers of a run as Python's own."""
    steps, batch = check_count("steps", steps), check_count("batch", batch)
    check_count("seed", seed, 0)
    rate = check_real("lr", lr)
    if not 0 < rate < math.inf:
        raise ValueError(f"lr must be above 0 and finite, got {lr}")
    return steps, rate, batch


def _check_plain(layers: list[nn.Linear]) -> None:
    """Raise unless every weight is a parameter, whose gradient can be looked at."""
    for number, layer in enumerate(layers, 1):
        if not isinstance(layer.weight, nn.Parameter):
            raise ValueError(
                f"linear layer {number} computes its weight from other parameters (a "
                "parametrization such as weight_norm); only plain weights are recorded"
            )


def _grad_rms(W: Tensor) -> Tensor:
    """Root mean square of dLoss/dW; 0 if the loss does not depend on W."""
    grad = torch.zeros_like(W) if W.grad is None else W.grad
    return grad.square().mean().sqrt()


def train(
    model: nn.Module,
    data: Digits,
    *,
    steps: int,
    lr: float,
    optimizer: str = "sgd",
    momentum: float = 0.0,
    batch: int = 64,
    seed: int = 0,
    clip: float | None = None,
) -> History:
    """Train a classifier on digits in place and record every linear layer.

    A layer that is frozen, or that the loss does not depend on, stays as it is and has
    gradient 0.

    Args:
        model: maps (batch, 64) to ten logits; at least one of its parameters takes a
            gradient.
        data: from ``digits``.
        steps: number of updates, at least 1.
        lr: learning rate, above 0 and finite.
        optimizer: "sgd" or "adam".
        momentum: of SGD, from 0 to below 1.
        batch: images per update, at least 1.
        seed: of the order of the images, at least 0.
        clip: largest norm of all gradients together, above 0; longer ones are cut to
            it by ``torch.nn.utils.clip_grad_norm_``. None leaves them as they are.

    Raises:
        ValueError: unknown optimizer, a number out of its range, or a model that no
            gradient reaches or whose weights are computed.
        TypeError: a count that is not a whole number, or what is no number.
    """
    steps, lr, batch = _checked(steps, lr, batch, seed)
    make = known(optimizer, OPTIMIZERS, "optimizer")
    momentum = check_real("momentum", momentum)
    if not 0 <= momentum < 1:
        raise ValueError(f"momentum must be from 0 to below 1, got {momentum}")
    if clip is not None and not check_real("clip", clip) > 0:
        raise ValueError(f"clip must be above 0, got {clip}")
    layers = linears(model)
    _check_plain(layers)
    options = {"momentum": momentum} if optimizer == "sgd" else {}
    update = make(model.parameters(), lr=lr, **options)
    generator = torch.Generator().manual_seed(seed)
    losses, ratios, gradients = [], [], []
    for _ in range(steps):
        chosen = torch.randint(len(data.x), (batch,), generator=generator)
        loss = nn.functional.cross_entropy(model(data.x[chosen]), data.y[chosen])
        if not loss.requires_grad:
            raise ValueError(
                "no gradient reaches the model: all that the loss depends on is "
                "frozen, or torch records no gradients here"
            )
        update.zero_grad()
        loss.backward()
        gradients.append([_grad_rms(layer.weight) for layer in layers])
        if clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        before = [layer.weight.detach().clone() for layer in layers]
        update.step()
        losses.append(loss.item())
        ratios.append(
            [
                (layer.weight.detach() - W).norm() / W.norm()
                for layer, W in zip(layers, before, strict=True)
            ]
        )
    with torch.no_grad():
        right = model(data.x_test).argmax(1) == data.y_test
    return History(
        loss=torch.tensor(losses),
        update_ratio=torch.tensor(ratios),
        grad_rms=torch.tensor(gradients),
        accuracy=right.double().mean().item(),
    )


Layers = list[list[Tensor]]  # of a stack of networks, see ``many_outputs``


def many_outputs(
    layers: Layers,
    x: Tensor,
    activation: str,
    p: float | Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """What a stack of networks of one shape makes of the same images.

    Args:
        layers: for each layer its weights (networks, fan_out, fan_in) and biases
            (networks, 1, fan_out).
        x: images (images, fan_in).
        activation: a name in ``ACTIVATIONS``; after every layer but the last.
        p: probability of dropping a hidden unit, one for all networks or one each,
            (networks, 1, 1); None drops nothing.
        generator: source of the dropout, the same for all networks; None means a new
            one, seed 0.

    Returns:
        (networks, images, fan_out).

    Raises:
        ValueError: an unknown activation, or no layer at all.
    """
    phi, generator = find_activation(activation).phi, fresh(generator)
    if not layers:
        raise ValueError("layers must hold at least one layer, got none")
    if isinstance(p, Tensor):
        p = p.to(x.dtype)  # or else a finer type would spread to all that follows
    h = x
    for W, b in layers[:-1]:
        h = phi(h @ W.mT + b)
        if p is not None:
            kept = torch.rand(h.shape[-2:], generator=generator, dtype=h.dtype) >= p
            h = h * kept / (1 - p)
    return h @ layers[-1][0].mT + layers[-1][1]


def train_many(
    data: Digits,
    layers: Layers,
    activation: str,
    steps: int = 250,
    p: float | Tensor | None = None,
    make: Callable[..., torch.optim.Optimizer] = torch.optim.SGD,
    lr: float = 0.5,
    batch: int = 64,
    seed: int = 0,
    watch: Callable[[int, Layers, Tensor], None] | None = None,
) -> Layers:
    """Train a stack of networks at once, all on the same images in the same order.

    Args:
        data: from ``digits``.
        layers: as in ``many_outputs``; left as they are.
        activation: a name in ``ACTIVATIONS``.
        steps: number of updates, at least 1.
        p: dropout, as in ``many_outputs``, from 0 to below 1.
        make: makes an optimizer from parameters and ``lr``; it must treat every
            number by itself, as SGD and Adam do.
        lr: learning rate, above 0 and finite.
        batch: images per update, at least 1.
        seed: of the order of the images, and of the dropout; at least 0.
        watch: called before every update with the number of the step, from 0, the
            layers and the loss of each network on the batch, (networks,). The updates
            change the layers in place: clone what is to be kept.

    Returns:
        The trained layers.

    Raises:
        ValueError: an unknown activation, or a number out of its range.
        TypeError: a count that is not a whole number.
    """
    steps, lr, batch = _checked(steps, lr, batch, seed)
    if p is not None and not all(0 <= v < 1 for v in numbers("p", p).flatten()):
        raise ValueError(f"p must be from 0 to below 1, got {p}")
    layers = [[t.clone().requires_grad_() for t in two] for two in layers]
    update = make([t for two in layers for t in two], lr=lr)
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randint(len(data.x), (steps, batch), generator=generator)
    for step, images in enumerate(chosen):
        z = many_outputs(layers, data.x[images], activation, p, generator)
        goal = data.y[images].repeat(len(z))
        mean = nn.functional.cross_entropy(z.flatten(0, 1), goal)
        if watch is not None:
            each = nn.functional.cross_entropy(
                z.detach().flatten(0, 1), goal, reduction="none"
            )
            watch(step, layers, each.view(len(z), -1).mean(1))
        update.zero_grad()
        # Times the number of networks: each gets the gradient of its own mean.
        (len(z) * mean).backward()
        update.step()
    return [[t.detach() for t in two] for two in layers]
