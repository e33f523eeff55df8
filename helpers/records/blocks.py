"""The lesson does not need this: chains and residual networks, trained side by side."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from helpers.records.experiments import middle
from helpers.training import OPTIMIZERS, digits

Kind = tuple[str, str]  # a shortcut and a normalization


def normalized(h: Tensor, norm: str) -> Tensor:
    """Mean 0 and mean square 1 over the batch ("batch") or the units ("layer")."""
    if norm == "none":
        return h
    dim = -2 if norm == "batch" else -1
    h = h - h.mean(dim, keepdim=True)
    return h * (h.square().mean(dim, keepdim=True) + 1e-5).rsqrt()


def logits(layers: list[Tensor], x: Tensor, shortcut: str, norm: str) -> Tensor:
    """What a stack of networks makes of images, (networks, images, classes).

    Args:
        layers: weights, each (networks, fan_out, fan_in); between the first and the
            last one each is a block, h + scale * W relu(norm(h)).
        x: (images, pixels).
        shortcut: "none" leaves the h out of that sum; "1/sqrt(L)" is the scale of a
            branch for L blocks, which is 1 otherwise.
        norm: "none", "batch" or "layer".
    """
    blocks = layers[1:-1]
    scale = len(blocks) ** -0.5 if shortcut == "1/sqrt(L)" else 1.0
    h = x @ layers[0].mT
    for W in blocks:
        branch = torch.relu(normalized(h, norm)) @ W.mT
        h = branch if shortcut == "none" else h + scale * branch
    return torch.relu(normalized(h, norm)) @ layers[-1].mT


@dataclass(frozen=True)
class Blocks:
    """Networks of many blocks on the digits, each kind trained in several ways.

    Attributes:
        kinds: by name, a shortcut and a normalization, see ``logits``.
        gains: by name, the gain of normal weights of variance gain^2 / fan_in.
        ways: by name, a key of ``OPTIMIZERS`` and the learning rate.
        blocks: how many; the network has two layers more.
        steps: updates of 64 images.
        every: steps of which one mean loss is kept; divides ``steps``.
        seeds: how many seeds of the weights, from 0; all see the same images.
        width: units of every hidden layer.
    """

    kinds: dict[str, Kind]
    gains: dict[str, float]
    ways: dict[str, tuple[str, float]]
    blocks: int = 38
    steps: int = 1000
    every: int = 50
    seeds: int = 5
    width: int = 32

    def weights(self) -> list[Tensor]:
        """First weights, (gains * seeds, fan_out, fan_in): all seeds of each gain."""
        square = (self.width, self.width)
        shapes = [(self.width, 64), *[square] * self.blocks, (10, self.width)]
        layers: list[list[Tensor]] = [[] for _ in shapes]
        for gain in self.gains.values():
            for seed in range(self.seeds):
                generator = torch.Generator().manual_seed(seed)
                for layer, shape in zip(layers, shapes, strict=True):
                    W = torch.randn(shape, generator=generator)
                    layer.append(gain * W / shape[1] ** 0.5)
        return [torch.stack(layer) for layer in layers]

    def run(self, kind: str, way: str) -> dict[str, Tensor]:
        """Train one kind in one way, all gains and seeds side by side.

        Returns:
            ``loss``, means of ``every`` steps, (gains, seeds, steps / every), and
            ``right``, how many of the 360 test images are read, (gains, seeds).
        """
        shortcut, norm = self.kinds[kind]
        optimizer, lr = self.ways[way]
        data = digits()
        layers = [W.requires_grad_() for W in self.weights()]
        networks = len(layers[0])
        update = OPTIMIZERS[optimizer](layers, lr=lr)
        generator = torch.Generator().manual_seed(0)
        losses = []
        for _ in range(self.steps):
            chosen = torch.randint(len(data.x), (64,), generator=generator)
            z = logits(layers, data.x[chosen], shortcut, norm)
            each = nn.functional.cross_entropy(
                z.flatten(0, 1), data.y[chosen].repeat(networks), reduction="none"
            ).view(networks, -1)
            update.zero_grad()
            each.mean(1).sum().backward()
            update.step()
            losses.append(each.detach().mean(1))
        shape = (len(self.gains), self.seeds)
        with torch.no_grad():
            answers = logits(layers, data.x_test, shortcut, norm).argmax(-1)
        loss = torch.stack(losses, -1).view(*shape, -1, self.every).mean(-1)
        return {"loss": loss, "right": (answers == data.y_test).sum(-1).view(shape)}

    def compute(self) -> dict[str, Tensor]:
        """All of it.

        Returns:
            ``loss``, the median over the seeds, (kinds, ways, gains, steps / every),
            and ``right``, (kinds, ways, gains, seeds).
        """
        losses, read = [], []
        for kind in self.kinds:
            runs = [self.run(kind, way) for way in self.ways]
            read.append(torch.stack([run["right"] for run in runs]))
            losses.append(torch.stack([middle(run["loss"], dim=1) for run in runs]))
            print(f"  {kind}", flush=True)
        return {"loss": torch.stack(losses), "right": torch.stack(read)}
