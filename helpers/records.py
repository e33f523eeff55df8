"""Training runs too long for a chapter: what they are, and what came out of them.

``python -m helpers.records`` computes them all again, with names after it only those,
on one thread; each record is stored as soon as it is there. ``records.json`` holds the
results with their settings and with where they come from. The tests compute a sample
again and compare.
"""

import argparse
import json
import math
import platform
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from helpers.activations import ACTIVATIONS
from helpers.networks import linears, mlp
from helpers.training import Layers, digits, many_outputs, train_many

HERE = Path(__file__).parent
FILE = HERE / "records.json"

Start = tuple[str, float]  # a scheme and its gain


def stacked(models: Sequence[torch.nn.Module]) -> Layers:
    """Networks of one shape as a stack for ``train_many``; absent biases become 0."""
    layers = []
    for row in zip(*map(linears, models), strict=True):
        W = torch.stack([layer.weight.detach() for layer in row])
        b = torch.zeros(len(W), 1, W.shape[1])
        if row[0].bias is not None:
            b = torch.stack([layer.bias.detach()[None] for layer in row])
        layers.append([W, b])
    return layers


def sgd(parameters, lr: float, rates: Tensor, momentum: float) -> torch.optim.SGD:
    """SGD with momentum on a stack of networks, each at a learning rate of its own.

    A step of SGD is linear in its gradients, so that a rate may as well multiply them.

    Args:
        parameters: tensors whose first axis counts the networks.
        lr: a rate that multiplies all of ``rates``.
        rates: (networks,).
        momentum: from 0 to below 1.
    """

    def scale(optimizer, args, kwargs) -> None:
        for p in parameters:
            p.grad.mul_(rates.view(-1, *[1] * (p.ndim - 1)))

    update = torch.optim.SGD(parameters, lr=lr, momentum=momentum)
    update.register_step_pre_hook(scale)
    return update


@dataclass(frozen=True)
class Sweep:
    """Every start at every learning rate, for several depths and seeds.

    A seed draws the weights and the order of the images: with one seed, all starts
    and rates see the same images in the same order.

    Attributes:
        activation: a name in ``ACTIVATIONS``.
        starts: by name, the scheme in ``SCHEMES`` and its gain.
        depths: numbers of layers with weights.
        rates: learning rates.
        seeds: how many seeds, from 0.
        steps: updates of 64 images by SGD with momentum 0.9.
        every: steps of which one mean loss is kept; divides ``steps``.
        width: units of every hidden layer.
    """

    activation: str
    starts: dict[str, Start]
    depths: tuple[int, ...]
    rates: tuple[float, ...]
    seeds: int = 5
    steps: int = 300
    every: int = 20
    width: int = 64

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
        starts = list(self.starts if starts is None else starts)
        rates = torch.tensor(self.rates if rates is None else rates)
        models = [self.network(depth, seed, start) for start in starts]
        layers = [
            [t.repeat_interleave(len(rates), 0) for t in two] for two in stacked(models)
        ]
        each = partial(sgd, rates=rates.repeat(len(starts)), momentum=0.9)
        data, losses = digits(), []
        layers, _ = train_many(
            data,
            layers,
            self.activation,
            self.steps,
            make=each,
            lr=1.0,
            seed=seed,
            watch=lambda step, layers, loss: losses.append(loss),
        )
        z = many_outputs(layers, data.x_test, self.activation)
        shape = (len(starts), len(rates))
        loss = torch.stack(losses).view(-1, self.every, *shape).mean(1)
        right = (z.argmax(-1) == data.y_test).sum(-1)
        return {"right": right.view(shape), "loss": loss.movedim(0, -1)}

    def network(self, depth: int, seed: int, start: str) -> torch.nn.Sequential:
        """One of the networks before its first step."""
        scheme, gain = self.starts[start]
        g = torch.Generator().manual_seed(seed)
        ends = {"fan_in": 64, "fan_out": 10, "bias": True, "generator": g}
        return mlp(depth, self.width, self.activation, scheme, gain, **ends)

    def compute(self) -> dict[str, list]:
        """All of it.

        Returns:
            ``right``, (depths, starts, rates, seeds), and ``loss``, the median over
            the seeds, (depths, starts, rates, steps / every), to three digits.
        """
        right, loss = [], []
        for depth in self.depths:
            runs = [self.run(depth, seed) for seed in range(self.seeds)]
            right.append(torch.stack([run["right"] for run in runs], -1))
            # A loss that is no number counts as infinite.
            seen = torch.stack([run["loss"] for run in runs]).nan_to_num(math.inf)
            loss.append(seen.median(0).values)
            print(f"  depth {depth}", flush=True)
        return {"right": torch.stack(right).tolist(), "loss": short(torch.stack(loss))}


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

    def compute(self, seeds: Sequence[int] | None = None) -> dict[str, list]:
        """Train all of it, or some of the seeds.

        Returns:
            Those of the following that are in ``self.keep``, over the training data,
            from before the first step on, to three digits. ``loss``, (starts, seeds,
            epochs + 1); and for every hidden layer, (starts, seeds, epochs + 1,
            layers): ``mean`` of h, ``high``, the 98th percentile of its size,
            ``gradient``, root mean square of dLoss/dz of one image, and ``weight``,
            that of dLoss/dW.
        """
        seeds = range(self.seeds) if seeds is None else seeds
        models = []
        for scheme, gain in self.starts.values():
            for seed in seeds:
                g = torch.Generator().manual_seed(seed)
                ends = {"fan_in": 64, "fan_out": 10, "generator": g}
                args = (self.depth, self.width, self.activation, scheme, gain)
                models.append(mlp(*args, **ends))
        data, kept = digits(), []

        def watch(step, layers, loss):
            if step % 143 == 0:
                kept.append(sizes(data, layers, self.activation))

        layers, _ = train_many(
            data,
            stacked(models),
            self.activation,
            143 * self.epochs + 1,
            lr=self.rate,
            batch=10,
            watch=watch,
        )
        shape = (len(self.starts), len(seeds), self.epochs + 1)
        rows = {name: torch.stack([k[name] for k in kept], 1) for name in self.keep}
        return {n: short(v.reshape(*shape, *v.shape[2:])) for n, v in rows.items()}


def sizes(data, layers: Layers, activation: str) -> dict[str, Tensor]:
    """What ``Epochs`` keeps, for a stack of networks as they are."""
    phi = ACTIVATIONS[activation].phi
    layers = [[t.detach().requires_grad_() for t in two] for two in layers]
    z, h = [], [data.x]
    for W, b in layers:
        z.append(h[-1] @ W.mT + b)
        h.append(phi(z[-1]))
    each = torch.nn.functional.cross_entropy(
        z[-1].flatten(0, 1), data.y.repeat(len(z[-1])), reduction="none"
    ).view(len(z[-1]), -1)
    W = [two[0] for two in layers]
    gradients = torch.autograd.grad(each.mean(1).sum(), [*z[:-1], *W[:-1]])
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


def short(values: Tensor) -> list:
    """Nested lists of numbers of three digits; what is not finite becomes None."""
    if values.ndim:
        return [short(v) for v in values]
    number = float(f"{values.item():.3g}")
    return number if math.isfinite(number) else None


DEFAULT, XAVIER = ("pytorch_default", 1.0), ("xavier_normal", 1.0)
HE = ("he_normal", 1.0)
DEPTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40)
RATES = tuple(10 ** (k / 2) for k in range(-6, 0))  # 0.001 to 0.316
CRUDE = {"N(0, 1)": ("normal", 1.0), "N(0, 0.01²)": ("normal", 0.01)}
RECORDS: dict[str, Sweep | Epochs] = {
    "relu": Sweep(
        "relu",
        {"default": DEFAULT, "Xavier": XAVIER, "He": HE}
        | {"orthogonal": ("orthogonal", 2**0.5)},
        DEPTHS,
        RATES,
    ),
    "tanh": Sweep(
        "tanh",
        {"default": DEFAULT, "Xavier": XAVIER, "gain 5/3": ("xavier_normal", 5 / 3)}
        | {"orthogonal": ("orthogonal", 1.0)},
        DEPTHS,
        RATES,
    ),
    "crude": Sweep("relu", CRUDE, (1, 2, 3, 4, 6), RATES),
    "he": Sweep(
        "relu",
        {"default": DEFAULT, "Xavier": XAVIER, "He": HE},
        (22, 30),
        (0.001, 0.003, 0.01, 0.03),
        seeds=3,
        steps=660,
        every=22,
        width=128,
    ),
    "plateau": Epochs("sigmoid", {"default": DEFAULT}, 6, ("loss", "mean"), 0.3, 60),
    "escape": Epochs("sigmoid", {"default": DEFAULT}, 4, ("loss", "mean"), 0.1, 60),
    "reversal": Epochs(
        "tanh",
        {"default": DEFAULT, "Xavier": XAVIER},
        6,
        ("high", "gradient", "weight"),
        0.05,
        12,
    ),
}
"""Every record by name."""


def settings(name: str) -> dict[str, Any]:
    """What the results of a record depend on, as JSON holds it."""
    record = RECORDS[name]
    return json.loads(json.dumps({"kind": type(record).__name__, **asdict(record)}))


def stored() -> dict[str, dict[str, Any]]:
    """What ``records.json`` holds: by record, ``settings``, ``from`` and ``results``.

    Raises:
        FileNotFoundError: nothing has been computed yet.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def load(name: str) -> dict[str, Tensor]:
    """The stored results of a record; a loss that was no number is infinite.

    Args:
        name: a key of ``RECORDS``.

    Returns:
        As the record's ``compute`` says, in float64.

    Raises:
        ValueError: unknown record.

    >>> load("he")["loss"].shape  # depths, starts, rates, epochs
    torch.Size([2, 3, 4, 30])
    """
    check(name)
    return {key: tensor(rows) for key, rows in stored()[name]["results"].items()}


def tensor(rows: list) -> Tensor:
    """Nested lists, with None for infinity, as a tensor."""
    if isinstance(rows, list):
        return torch.stack([tensor(row) for row in rows])
    value = math.inf if rows is None else rows
    return torch.tensor(value, dtype=torch.float64)


def check(name: str) -> None:
    """Raise ``ValueError`` unless there is such a record."""
    if name not in RECORDS:
        raise ValueError(f"unknown record {name!r}; known: {', '.join(RECORDS)}")


def provenance(name: str, seconds: float) -> dict[str, Any]:
    """Where the results of a record come from, in words."""
    return {
        "command": f"python -m helpers.records {name}",
        "commit": commit(),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "processor": processor(),
        "date": date.today().isoformat(),
        "cpu_seconds": round(seconds),
    }


def commit() -> str:
    """The commit of the program, and whether it has changed since."""

    def git(*words: str) -> str:
        line = ["git", "-C", str(HERE), *words]
        return subprocess.run(line, capture_output=True, text=True).stdout.strip()

    try:
        head = git("rev-parse", "--short=10", "HEAD") or "unknown"
        return head + ", changed since" * bool(git("status", "--porcelain", "*.py"))
    except OSError:  # no git here
        return "unknown"


def processor() -> str:
    """The processor's name where the system tells it, and its family."""
    names = [platform.processor() or "unknown"]
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        names = [s.split(":")[1].strip() for s in lines if s.startswith("model name")]
    return f"{names[0] if names else 'unknown'}, {platform.machine()}"


def main(names: Sequence[str] | None = None) -> None:
    """Compute records again and store each one as soon as it is there."""
    parser = argparse.ArgumentParser("python -m helpers.records", description=__doc__)
    known = ", ".join(RECORDS)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {known}")
    names = parser.parse_args(names).names
    for name in names:
        try:
            check(name)
        except ValueError as error:
            parser.error(str(error))
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    for name in names or RECORDS:
        print(name, flush=True)
        before = time.process_time()
        results = RECORDS[name].compute()
        entry = {"settings": settings(name), "results": results}
        entry["from"] = provenance(name, time.process_time() - before)
        everything = (stored() if FILE.exists() else {}) | {name: entry}
        FILE.write_text(written(everything), encoding="utf-8")


def written(everything: dict[str, dict]) -> str:
    """The records as JSON, each part on a line of its own."""
    tight = {"separators": (",", ":"), "ensure_ascii": False}
    entries = [
        f"{json.dumps(name)}: {{\n"
        + ",\n".join(
            f"{json.dumps(part)}: {json.dumps(everything[name][part], **tight)}"
            for part in ("settings", "from", "results")
        )
        + "\n}"
        for name in RECORDS
        if name in everything
    ]
    return "{\n" + ",\n".join(entries) + "\n}\n"


if __name__ == "__main__":
    main()
