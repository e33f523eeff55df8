"""The coordinate check: how far a few steps move each layer's output, by width.

A rule for first weights and rates that promises to hold at any width can be tested
without training to the end: if outputs move farther in a wider network, the rate that
is right for one width is too large for the next, and if they move less, the wide one
hardly learns.

Source:
    Yang and others (2022), section D.1 (the check) and table 3 (muP).
"""

import copy
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from helpers.checks import check_count
from helpers.signals.errors import ProbeValueError
from helpers.signals.modules import outputs_of
from helpers.signals.outputs import called
from helpers.signals.signal import aligned
from helpers.signals.unroll import unroll_
from helpers.signals.verdict import Outcome
from helpers.words import say

STEPS = 4
# The powers of the width between which a size is called level. In chapter 10 muP stays
# within -0.25 and 0.12 over sixteen draws, and the standard rule begins at 0.46; a rule
# that is muP but for its last layer has 0.34 from width 64 to 512.
SHRINKS, GROWS = -0.35, 0.25


def adam(model: nn.Module) -> Optimizer:
    """Adam at a rate of 0.001, for all weights alike: the standard rule."""
    return torch.optim.Adam(model.parameters(), 1e-3)


@dataclass(frozen=True, eq=False)
class Coordinates:
    """What a coordinate check found.

    Attributes:
        names: of the layers, in the order of execution, each once.
        widths: that were compared, from narrow to wide.
        steps: how many were made.
        start: root mean square of each layer's output before the first step, geometric
            mean over seeds, (layers, widths).
        moved: root mean square of the difference that the steps made, likewise.
    """

    names: tuple[str, ...]
    widths: tuple[int, ...]
    steps: int
    start: Tensor
    moved: Tensor

    @property
    def start_power(self) -> Tensor:
        """The power of the width that the start follows, (layers,); 0 is level."""
        return power(self.widths, self.start)

    @property
    def moved_power(self) -> Tensor:
        """The same for how far outputs move; nan where they do not."""
        return power(self.widths, self.moved)

    @property
    def outcome(self) -> Outcome:
        """Healthy if all is level, ill if not, unjudged if no output moved."""
        if self._complaints():
            return Outcome.ILL
        none = bool(self.moved_power.isnan().all())
        return Outcome.UNJUDGED if none else Outcome.HEALTHY

    def sentences(self) -> list[str]:
        """The verdict, a sentence for each thing that is not level or worth knowing."""
        found = self._complaints()
        if self.outcome == Outcome.UNJUDGED:
            found = [say("could not be judged: no layer's output moved at all")]
        elif not found:
            largest = self.moved_power.nan_to_num().abs().max().item()
            found = [
                say(
                    "level: from width {narrow} to {wide}, no layer's output moves "
                    "with the width faster than its power {power}",
                    narrow=self.widths[0],
                    wide=self.widths[-1],
                    power=f"{largest:.2f}",
                )
            ]
        if self.start_power[-1] < SHRINKS:
            found.append(
                say(
                    "note: the last layer, {name}, starts smaller in a wider network, "
                    "which muP wants",
                    name=self.names[-1],
                )
            )
        return found

    def verdict(self) -> str:
        """The same in one line."""
        return "; ".join(self.sentences())

    def _complaints(self) -> list[str]:
        if not (self.start.isfinite().all() and self.moved.isfinite().all()):
            return [say("not level: numbers are no longer finite within the steps")]
        hidden = self.start_power.clone()
        hidden[-1] = hidden[-1].clamp(min=0)  # a last layer may start smaller
        return [*self._at_start(hidden), *self._in_steps(self.moved_power)]

    def _at_start(self, powers: Tensor) -> Iterator[str]:
        up, down = _worst(powers, GROWS), _worst(-powers, -SHRINKS)
        if up is not None:
            yield say(
                "not level: at the start the output of {name} grows with the width, "
                "like its power {power}",
                **self._fields(up, powers),
            )
        if down is not None:
            yield say(
                "not level: at the start the output of {name} shrinks with the width, "
                "like its power {power}",
                **self._fields(down, powers),
            )

    def _in_steps(self, powers: Tensor) -> Iterator[str]:
        up, down = _worst(powers, GROWS), _worst(-powers, -SHRINKS)
        if up is not None:
            yield say(
                "not level: in {steps} steps the output of {name} moves farther in a "
                "wider network, like the width to the power {power}: a rate that suits "
                "one width is too large for the next",
                **self._fields(up, powers),
            )
        if down is not None:
            yield say(
                "not level: in {steps} steps the output of {name} moves less in a "
                "wider network, like the width to the power {power}: a wide one hardly "
                "learns there",
                **self._fields(down, powers),
            )

    def _fields(self, layer: int, powers: Tensor) -> dict[str, object]:
        power = f"{powers[layer].item():.2f}"
        return {"name": self.names[layer], "power": power, "steps": self.steps}

    def frame(self) -> list[dict[str, Any]]:
        """A row for each layer: its name, sizes by width, and their powers."""
        return [
            {
                "layer": name,
                "start": self.start[i].tolist(),
                "start_power": self.start_power[i].item(),
                "moved": self.moved[i].tolist(),
                "moved_power": self.moved_power[i].item(),
            }
            for i, name in enumerate(self.names)
        ]

    def __repr__(self) -> str:
        """Two tables, sizes at the start and moves, by width; three digits."""
        head = [*map(str, self.widths), "power"]
        tables = []
        for what in ("start", "moved"):
            rows = [[what, *head]]
            for row in self.frame():
                sizes = [f"{size:#.3g}" for size in row[what]]
                power = f"{row[f'{what}_power']:.2f}".replace("-0.00", "0.00")
                rows.append([row["layer"], *sizes, power])
            tables.append(aligned(rows))
        return "\n\n".join(tables)


def coordinate_check(
    make: Callable[[int], nn.Module],
    widths: Sequence[int],
    inputs: Any,
    loss: Callable[[Any], Tensor],
    *,
    optimizer: Callable[[nn.Module], Optimizer] = adam,
    steps: int = STEPS,
    seeds: Iterable[int] = range(4),
) -> Coordinates:
    """Make a few steps at several widths, and see how far outputs move.

    Args:
        make: returns the model of a width, drawn with torch's global generator, which
            is left as it was.
        widths: two or more, each at least 1.
        inputs: a batch; a tuple if the model takes several, a dict if it takes them by
            name.
        loss: of what the model returns, a single number.
        optimizer: of a model; a rule such as muP chooses rates by the width here.
        steps: how many, all on that batch.
        seeds: one for each draw of the weights.

    Raises:
        ValueError: fewer than two widths, one below 1, no seed, or models whose layers
            differ by more than their width.

    Source:
        Yang and others (2022), section D.1.

    >>> from helpers.networks import mlp
    >>> def make(width):
    ...     return mlp(3, width, "relu", "he_normal", fan_in=8, fan_out=4)
    >>> x = torch.randn(16, 8, generator=torch.Generator().manual_seed(0))
    >>> found = coordinate_check(make, [32, 64, 128], x, lambda z: z.square().mean())
    >>> found.names, found.moved.shape
    (('0', '2', '4'), torch.Size([3, 3]))
    """
    widths = sorted({check_count("width", width) for width in widths})
    check_count("steps", steps)
    seeds = list(seeds)
    if len(widths) < 2 or not seeds:
        raise ProbeValueError(
            f"a check takes two widths or more and a seed, got widths {widths} and "
            f"seeds {seeds}"
        )
    inputs = (inputs,) if isinstance(inputs, Tensor) else inputs
    names: list[str] = []
    found = []
    for width in widths:
        for seed in seeds:
            with torch.random.fork_rng():
                torch.manual_seed(seed)
                layers = _trained(make(width), inputs, loss, optimizer, steps, seed)
            names = names or list(layers)
            if list(layers) != names:
                raise ProbeValueError(
                    f"layers differ by more than their width: at width {width} there "
                    f"are {', '.join(layers)}, and before {', '.join(names)}"
                )
            found.append(torch.tensor(list(layers.values()), dtype=torch.float64))
    # (widths, seeds, layers, start and moved)
    sizes = torch.stack(found).unflatten(0, (len(widths), len(seeds)))
    start, moved = sizes.log().mean(1).exp().permute(2, 1, 0)
    return Coordinates(tuple(names), tuple(widths), steps, start, moved)


def _trained(
    model: nn.Module,
    inputs: Any,
    loss: Callable[[Any], Tensor],
    optimizer: Callable[[nn.Module], Optimizer],
    steps: int,
    seed: int,
) -> dict[str, tuple[float, float]]:
    """Each layer's size at the start, and how far some steps move its output."""
    before = _outputs(model, inputs, seed)
    rule = optimizer(model)
    for _ in range(steps):
        rule.zero_grad()
        loss(called(model, inputs)).backward()
        rule.step()
    after = _outputs(model, inputs, seed)
    return {
        name: (_rms(z), _rms([b - a for a, b in zip(z, after[name], strict=True)]))
        for name, z in before.items()
    }


def _outputs(model: nn.Module, inputs: Any, seed: int) -> dict[str, list[Tensor]]:
    """What each layer puts out, each time that it runs; of a copy of the model."""
    runs: dict[str, list[Tensor]] = {}
    for name, z in outputs_of(unroll_(copy.deepcopy(model)), inputs, seed):
        runs.setdefault(name, []).append(z.double())
    return runs


def _rms(parts: list[Tensor]) -> float:
    squares = sum(part.abs().square().sum().item() for part in parts)
    return math.sqrt(squares / sum(part.numel() for part in parts))


def power(widths: Sequence[int], sizes: Tensor) -> Tensor:
    """The power of the width that sizes follow, by least squares of logarithms.

    Args:
        widths: two or more different ones.
        sizes: (layers, widths).

    Returns:
        (layers,); nan where a size is 0 or no number.

    >>> power([1, 2, 4], torch.tensor([[3.0, 6.0, 12.0]])).tolist()
    [1.0]
    """
    x = torch.tensor(widths, dtype=torch.float64).log2()
    x = x - x.mean()
    y = sizes.double().log2()
    y = y.where(y.isfinite(), math.nan)
    return (y - y.mean(-1, keepdim=True)) @ x / (x @ x)


def _worst(powers: Tensor, limit: float) -> int | None:
    """The layer whose power is largest, if it is beyond the limit."""
    powers = powers.nan_to_num()
    return int(powers.argmax()) if powers.max() > limit else None
