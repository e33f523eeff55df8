"""The lesson does not need this: four kinds of experiments on stacks of networks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from helpers.activations import ACTIVATIONS
from helpers.networks import linears, mlp
from helpers.training import (
    OPTIMIZERS,
    Digits,
    Layers,
    digits,
    many_outputs,
    train_many,
)

Start = tuple[str, float]  # a scheme and its gain


def stacked(models: Sequence[nn.Module]) -> Layers:
    """Networks of one shape as a stack for ``train_many``; absent biases become 0."""
    layers = []
    for row in zip(*map(linears, models), strict=True):
        W = torch.stack([layer.weight.detach() for layer in row])
        b = torch.zeros(len(W), 1, W.shape[1])
        if row[0].bias is not None:
            b = torch.stack([layer.bias.detach()[None] for layer in row])
        layers.append([W, b])
    return layers


def classifier(
    depth: int,
    width: int,
    activation: str,
    start: Start,
    generator: torch.Generator,
    bias: bool = True,
) -> nn.Sequential:
    """A plain network from the 64 pixels of a digit to its ten logits."""
    scheme, gain = start
    return mlp(
        depth, width, activation, scheme, gain, bias, generator, fan_in=64, fan_out=10
    )


def middle(losses: Tensor, dim: int = 0) -> Tensor:
    """The median over the seeds; a loss that is no number counts as infinite."""
    return losses.nan_to_num(math.inf).median(dim).values


def sgd(
    parameters: Sequence[Tensor], lr: float, rates: Tensor, momentum: float
) -> torch.optim.SGD:
    """SGD with momentum on a stack of networks, each at a learning rate of its own.

    A step of SGD is linear in its gradients, so that a rate may as well multiply them.

    Args:
        parameters: tensors whose first axis counts the networks.
        lr: a rate that multiplies all of ``rates``.
        rates: (networks,).
        momentum: from 0 to below 1.
    """

    def scale(optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        for p in parameters:
            if p.grad is not None:
                p.grad.mul_(rates.view(-1, *[1] * (p.ndim - 1)))

    update = torch.optim.SGD(parameters, lr=lr, momentum=momentum)
    update.register_step_pre_hook(scale)
    return update


def adam(parameters: Sequence[Tensor], lr: float, rates: Tensor) -> torch.optim.Adam:
    """Adam on a stack of networks, each at a learning rate of its own.

    Adam's steps do not grow with the gradients, so that a rate multiplies the step.

    Args:
        parameters: tensors whose first axis counts the networks.
        lr: a rate that multiplies all of ``rates``.
        rates: (networks,).
    """
    before: list[Tensor] = []

    def keep(optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        before[:] = [p.detach().clone() for p in parameters]

    def scale(optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        for p, old in zip(parameters, before, strict=True):
            share = rates.view(-1, *[1] * (p.ndim - 1))
            p.data = torch.lerp(old, p.detach(), share)

    update = torch.optim.Adam(parameters, lr=lr, fused=True)  # one pass, twice as fast
    update.register_step_pre_hook(keep)
    update.register_step_post_hook(scale)
    return update


def warm_up(update: torch.optim.Optimizer, steps: int) -> None:
    """Let an optimizer's rate rise to what it is now, in equal steps."""
    group = update.param_groups[0]
    whole, taken = group["lr"], 0

    def raise_rate(optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        nonlocal taken
        taken += 1
        group["lr"] = whole * min(1.0, taken / steps)

    update.register_step_pre_hook(raise_rate)


@dataclass(frozen=True)
class Comparison:
    """Every start at every learning rate, for several depths and seeds.

    A seed draws the weights and the order of the images: with one seed, all starts
    and rates see the same images in the same order.

    Attributes:
        activation: a name in ``ACTIVATIONS``.
        starts: by name, the scheme in ``SCHEMES`` and its gain.
        depths: numbers of layers with weights.
        rates: learning rates.
        seeds: how many seeds, from 0.
        steps: updates of 64 images.
        every: steps of which one mean loss is kept; divides ``steps``.
        width: units of every hidden layer.
        optimizer: "sgd", with momentum 0.9, or "adam".
        warmup: steps in which the rate rises evenly from 0; 0 means that it is whole
            from the first step on.
    """

    activation: str
    starts: dict[str, Start]
    depths: tuple[int, ...]
    rates: tuple[float, ...]
    seeds: int = 5
    steps: int = 300
    every: int = 20
    width: int = 64
    optimizer: str = "sgd"
    warmup: int = 0

    def network(self, depth: int, seed: int, start: str) -> nn.Sequential:
        """One of the networks before its first step."""
        generator = torch.Generator().manual_seed(seed)
        return classifier(
            depth, self.width, self.activation, self.starts[start], generator
        )

    def run(
        self,
        depth: int,
        seed: int,
        starts: Sequence[str] | None = None,
        rates: Sequence[float] | None = None,
    ) -> dict[str, Tensor]:
        """Train the networks of one depth and one seed, all side by side.

        Args:
            depth: number of layers with weights, at least 1.
            seed: of the weights and of the order of the images.
            starts: some of the names in ``self.starts``; None means all of them.
            rates: learning rates; None means ``self.rates``.

        Returns:
            ``right``, how many of the 360 test images each reads, (starts, rates), and
            ``loss``, means of ``every`` steps, (starts, rates, steps / every).
        """
        names = list(self.starts if starts is None else starts)
        tried = torch.tensor(self.rates if rates is None else rates)
        models = [self.network(depth, seed, name) for name in names]
        layers = [
            [t.repeat_interleave(len(tried), 0) for t in two] for two in stacked(models)
        ]
        data = digits()
        losses: list[Tensor] = []
        each = tried.repeat(len(names))  # the rate of each network

        def make(parameters: Sequence[Tensor], lr: float) -> torch.optim.Optimizer:
            update: torch.optim.Optimizer
            if self.optimizer == "adam":
                update = adam(parameters, lr, each)
            else:
                update = sgd(parameters, lr, each, momentum=0.9)
            if self.warmup:
                warm_up(update, self.warmup)
            return update

        layers = train_many(
            data,
            layers,
            self.activation,
            self.steps,
            make=make,
            lr=1.0,
            seed=seed,
            watch=lambda step, layers, loss: losses.append(loss),
        )
        shape = (len(names), len(tried))
        loss = torch.stack(losses).view(-1, self.every, *shape).mean(1)
        read = right(layers, data.x_test, data.y_test, self.activation)
        return {"right": read.view(shape), "loss": loss.movedim(0, -1)}

    def compute(self) -> dict[str, Tensor]:
        """All of it.

        Returns:
            ``right``, (depths, starts, rates, seeds), and ``loss``, the median over
            the seeds, (depths, starts, rates, steps / every).
        """
        read, loss = [], []
        for depth in self.depths:
            runs = [self.run(depth, seed) for seed in range(self.seeds)]
            read.append(torch.stack([run["right"] for run in runs], -1))
            loss.append(middle(torch.stack([run["loss"] for run in runs])))
            print(f"  depth {depth}", flush=True)
        return {"right": torch.stack(read), "loss": torch.stack(loss)}


@dataclass(frozen=True)
class Epochs:
    """What every layer does in each pass over the data; weights without biases.

    Attributes:
        activation: a name in ``ACTIVATIONS``.
        starts: by name, the scheme in ``SCHEMES`` and its gain.
        depth: number of layers with weights, one more than hidden ones.
        keep: which of the sizes are kept, see ``compute``.
        rate: learning rate of plain SGD, ten images a step, 143 steps an epoch.
        epochs: how many passes over the data.
        seeds: how many seeds of the weights, from 0.
        width: units of every hidden layer.
    """

    activation: str
    starts: dict[str, Start]
    depth: int
    keep: tuple[str, ...]
    rate: float
    epochs: int
    seeds: int = 3
    width: int = 100

    def network(self, seed: int, start: str) -> nn.Sequential:
        """One of the networks before its first step."""
        generator = torch.Generator().manual_seed(seed)
        shape = self.depth, self.width, self.activation
        return classifier(*shape, self.starts[start], generator, bias=False)

    def compute(self, seeds: Sequence[int] | None = None) -> dict[str, Tensor]:
        """Train all of it, or some of the seeds.

        Returns:
            Those of the following that are in ``self.keep``, over the training data,
            from before the first step on. ``loss``, (starts, seeds, epochs + 1); and
            for every hidden layer, (starts, seeds, epochs + 1, layers): ``mean`` of h,
            ``high``, the 98th percentile of its size, ``gradient``, root mean square
            of dLoss/dz of one image, and ``weight``, that of dLoss/dW.
        """
        drawn = range(self.seeds) if seeds is None else seeds
        models = [self.network(seed, start) for start in self.starts for seed in drawn]
        data = digits()
        kept: list[dict[str, Tensor]] = []

        def watch(step: int, layers: Layers, loss: Tensor) -> None:
            if step % 143 == 0:
                kept.append(sizes(data, layers, self.activation))

        train_many(
            data,
            stacked(models),
            self.activation,
            143 * self.epochs + 1,
            lr=self.rate,
            batch=10,
            watch=watch,
        )
        shape = (len(self.starts), len(drawn), self.epochs + 1)
        rows = {name: torch.stack([k[name] for k in kept], 1) for name in self.keep}
        return {name: v.reshape(*shape, *v.shape[2:]) for name, v in rows.items()}


@dataclass(frozen=True)
class LongRun:
    """One network trained for long, in several ways, each from many first weights.

    Attributes:
        activation: a name in ``ACTIVATIONS``.
        start: the scheme in ``SCHEMES`` and its gain; biases are at 0, but for
            ``pytorch_default``, which draws them.
        depth: number of layers with weights.
        ways: by name, a key of ``OPTIMIZERS`` and the learning rate.
        steps: updates of 64 images.
        every: steps of which one mean loss is kept; divides ``steps``.
        seeds: how many seeds of the weights, from 0; all see the same images in the
            same order.
        width: units of every hidden layer.
    """

    activation: str
    start: Start
    depth: int
    ways: dict[str, tuple[str, float]]
    steps: int = 2000
    every: int = 50
    seeds: int = 10
    width: int = 64

    def network(self, seed: int) -> nn.Sequential:
        """One of the networks before its first step."""
        generator = torch.Generator().manual_seed(seed)
        return classifier(
            self.depth, self.width, self.activation, self.start, generator
        )

    def run(self, way: str, seeds: Sequence[int] | None = None) -> dict[str, Tensor]:
        """Train in one way, all seeds side by side, or some of them.

        Returns:
            ``loss``, means of ``every`` steps, (seeds, steps / every), and how many
            images each network reads in the end: ``right`` of the 360 test images,
            ``seen`` of the 1,437 that it was trained on, (seeds,).
        """
        drawn = range(self.seeds) if seeds is None else seeds
        optimizer, lr = self.ways[way]
        data = digits()
        losses: list[Tensor] = []
        layers = train_many(
            data,
            stacked([self.network(seed) for seed in drawn]),
            self.activation,
            self.steps,
            make=OPTIMIZERS[optimizer],
            lr=lr,
            watch=lambda step, layers, loss: losses.append(loss),
        )
        loss = torch.stack(losses).view(-1, self.every, len(drawn)).mean(1).T
        return {
            "loss": loss,
            "right": right(layers, data.x_test, data.y_test, self.activation),
            "seen": right(layers, data.x, data.y, self.activation),
        }

    def compute(self) -> dict[str, Tensor]:
        """All of it.

        Returns:
            ``loss``, the median over the seeds, (ways, steps / every); ``right`` and
            ``seen``, (ways, seeds).
        """
        runs = []
        for way in self.ways:
            runs.append(self.run(way))
            print(f"  {way}", flush=True)
        return {
            "loss": torch.stack([middle(run["loss"]) for run in runs]),
            "right": torch.stack([run["right"] for run in runs]),
            "seen": torch.stack([run["seen"] for run in runs]),
        }


@dataclass(frozen=True)
class PairRun(LongRun):
    """A long run at a pair of scales: the gain for the weights, and one for the biases.

    Attributes:
        sigma_b: standard deviation of the biases of all layers.
    """

    sigma_b: float = 0.0

    def network(self, seed: int) -> nn.Sequential:
        """One of the networks before its first step; its biases are drawn last."""
        generator = torch.Generator().manual_seed(seed)
        model = classifier(
            self.depth, self.width, self.activation, self.start, generator
        )
        for layer in linears(model):
            nn.init.normal_(layer.bias, std=self.sigma_b, generator=generator)
        return model


def right(layers: Layers, x: Tensor, y: Tensor, activation: str) -> Tensor:
    """How many of some images each network of a stack reads, (networks,)."""
    return (many_outputs(layers, x, activation).argmax(-1) == y).sum(-1)


def sizes(data: Digits, layers: Layers, activation: str) -> dict[str, Tensor]:
    """What ``Epochs`` keeps, for a stack of networks as they are."""
    phi = ACTIVATIONS[activation].phi
    layers = [[t.detach().requires_grad_() for t in two] for two in layers]
    z: list[Tensor] = []
    h = [data.x]
    for W, b in layers:
        z.append(h[-1] @ W.mT + b)
        h.append(phi(z[-1]))
    each = nn.functional.cross_entropy(
        z[-1].flatten(0, 1), data.y.repeat(len(z[-1])), reduction="none"
    ).view(len(z[-1]), -1)
    weights = [W for W, _ in layers]
    gradients = torch.autograd.grad(each.mean(1).sum(), [*z[:-1], *weights[:-1]])
    hidden = [v.detach().flatten(1) for v in h[1:-1]]
    rms = [v.flatten(1).square().mean(1).sqrt() for v in gradients]
    return {
        "loss": each.detach().mean(1),
        "mean": torch.stack([v.mean(1) for v in hidden], -1),
        "high": torch.stack([percentile(v.abs(), 98) for v in hidden], -1),
        # Of a mean over the images; times their number, it is that of one image.
        "gradient": len(data.x) * torch.stack(rms[: len(hidden)], -1),
        "weight": torch.stack(rms[len(hidden) :], -1),
    }


def percentile(values: Tensor, percent: int) -> Tensor:
    """The number below which so many percent of each row lie, (rows,)."""
    return values.kthvalue(math.ceil(percent / 100 * values.shape[1]), 1).values
