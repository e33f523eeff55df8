"""What training shows of an exhibit, to be run by hand.

``python -m tests.shared.zoo.evidence resnet50 vgg16`` trains each from seed 0 with Adam
and with SGD and momentum, a few hundred steps at several rates, and prints the words
for its row: the first run in which the loss fell to half of what a guess has, or else
the best of all runs. A family's name stands for all of its exhibits.
"""

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from time import process_time

import torch
from torch import nn

from tests.shared.seeds import seeded
from tests.shared.zoo import EXHIBITS, FAMILIES, Exhibit
from tests.shared.zoo.tasks import Task

STEPS = 200
LOOK_BACK = 20  # steps over which a loss is averaged
RATES = (
    ("adam", 1e-3),
    ("sgd", 1e-2),
    ("adam", 1e-2),
    ("sgd", 1e-1),
    ("adam", 1e-4),
    ("sgd", 1e-3),
)


def optimizer(model: nn.Module, name: str, rate: float) -> torch.optim.Optimizer:
    """Adam, or SGD with momentum."""
    if name == "adam":
        return torch.optim.Adam(model.parameters(), rate)
    return torch.optim.SGD(model.parameters(), rate, momentum=0.9)


@dataclass(frozen=True)
class Run:
    """A training run: its losses, and what it was compared with."""

    name: str
    rate: float
    losses: list[float]
    guess: float

    @property
    def end(self) -> float:
        """The mean of the last losses; infinite if they are no numbers."""
        recent = self.losses[-LOOK_BACK:]
        mean = sum(recent) / len(recent)
        return mean if math.isfinite(mean) else math.inf

    @property
    def trains(self) -> bool:
        """Whether the loss fell to half of a guess's."""
        return len(self.losses) >= LOOK_BACK and self.end < self.guess / 2

    def __str__(self) -> str:
        return (
            f"{self.name} {self.rate:g}: {self.losses[0]:.3g} to {self.end:.3g} "
            f"in {len(self.losses)} steps, guess {self.guess:.3g}"
        )


def train(model: nn.Module, task: Task, name: str, rate: float) -> Run:
    """Train until the loss is half of a guess's, or for all steps."""
    steps, generator = optimizer(model, name, rate), seeded(1)
    run = Run(name, rate, [], task.guess)
    model.train()
    for _ in range(STEPS):
        inputs, target = task.batch(generator)
        loss = task.loss(model(*inputs), target)
        run.losses.append(loss.item())
        if run.trains or not math.isfinite(run.losses[-1]):
            break
        steps.zero_grad()
        loss.backward()
        steps.step()
    return run


def runs(exhibit: Exhibit) -> Iterator[Run]:
    """A run for each rate, until one trains."""
    for name, rate in RATES:
        torch.manual_seed(0)
        run = train(exhibit.make(), exhibit.task, name, rate)
        yield run
        if run.trains:
            return


def chosen(names: list[str]) -> list[Exhibit]:
    """Exhibits by their names, or by those of their families."""
    families = {f.__name__.rpartition(".")[2]: f.EXHIBITS for f in FAMILIES}
    if not names:
        return list(EXHIBITS.values())
    found = [families.get(name) or [EXHIBITS[name]] for name in names]
    return [exhibit for group in found for exhibit in group]


def main() -> None:
    """Print the evidence on all exhibits that the command line names."""
    for exhibit in chosen(sys.argv[1:]):
        start = process_time()
        done = list(runs(exhibit))
        best = min(done, key=lambda run: run.end)
        verb = "trains" if best.trains else "best"
        seconds = process_time() - start
        print(f"{exhibit.name} | {exhibit.expected} | {verb}: {best} | {seconds:.0f} s")
        if not best.trains:
            print("   ", "; ".join(f"{r.name} {r.rate:g} {r.end:.3g}" for r in done))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
