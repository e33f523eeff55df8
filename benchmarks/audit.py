"""The audit of the networks of the zoo, against one run forward and one backward.

The zoo's networks are small, so each gets so many inputs that a run forward and
backward takes a quarter of a second: of a shorter one, most is Python's time. Memory is
that of a process of its own, for a transformer of a billion weights; with ``--quick``
of a tenth of that.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import torch
from torch import Tensor, nn

from benchmarks.timing import Line, NotHere, compared, median, race
from helpers.gpt import GPT
from helpers.signals import probe, unroll_
from tests.shared.seeds import seeded
from tests.shared.zoo import EXHIBITS, Exhibit
from tests.shared.zoo.tasks import floats

LONG = 0.25  # seconds of a run forward and backward
MOST = 512  # times as many inputs as in the zoo
GOAL_TIME, GOAL_MEMORY = 1.5, 1.2
STATUS = Path("/proc/self/status")
WIDTH, BLOCKS = 2048, 20  # 12 width ** 2 weights a block: a billion


def both_ways(model: nn.Module, inputs: tuple[Tensor, ...]) -> list[Tensor | None]:
    """A run forward and one backward, for the gradients of all weights."""
    outputs = [t for t in floats(model(*inputs)) if t.requires_grad]
    ones = [torch.ones_like(t) for t in outputs]
    weights = [p for p in model.parameters() if p.requires_grad]
    return list(torch.autograd.grad(outputs, weights, ones, allow_unused=True))


def enlarged(model: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...] | None:
    """So many inputs that both ways take long enough; None if that cannot be."""
    times = 1
    try:
        while times <= MOST:
            many = tuple(torch.cat([x] * times) for x in inputs)
            began = time.process_time()
            both_ways(model, many)
            took = time.process_time() - began
            if took > 0.8 * LONG:
                return many
            times = max(2 * times, round(times * LONG / max(took, 1e-3)))
    except RuntimeError:  # a graph, or the older kind of checkpoint
        pass
    return None


def ratio(exhibit: Exhibit, rounds: int) -> float | None:
    """The audit's time over that of both ways; None if it does not take long."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = exhibit.make()
    inputs = enlarged(model, exhibit.inputs(seeded(100)))
    if inputs is None:
        return None
    # Both run the same model: what is compared is the cost of looking on.
    model = unroll_(model)
    taken = race(
        {
            "audit": lambda: probe(model, inputs),
            "both ways": lambda: both_ways(model, inputs),
        },
        rounds,
    )
    return taken["audit"] / taken["both ways"]


def peak(what: str, blocks: int) -> float:
    """The most memory, in GB, of a process that builds the transformer and does that.

    Args:
        what: "audit" or "both ways".
        blocks: how many blocks it has.
    """
    if not STATUS.exists():
        raise NotHere("only Linux says how much memory a process has had")
    # Four bytes for a weight and four for its gradient, and what Python takes
    needed = 8 * 12 * WIDTH**2 * blocks * GOAL_MEMORY + 1e9
    if psutil.virtual_memory().available < needed:
        raise NotHere(f"{needed / 1e9:.0f} GB of memory are not free")
    command = [sys.executable, "-m", "benchmarks.audit", what, str(blocks)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


def measure(quick: bool) -> Iterator[Line]:
    """The lines of this part."""
    blocks = BLOCKS // 10 if quick else BLOCKS
    weights = 12 * WIDTH**2 * blocks
    ours, theirs = peak("audit", blocks), peak("both ways", blocks)
    yield Line(
        f"audit, {weights / 1e9:.1f} G weights, most memory",
        f"{ours:.3g} GB",
        f"forward and backward: {theirs:.3g} GB; goal: {GOAL_MEMORY}",
        ours / theirs,
    )
    exhibits = list(EXHIBITS.values())[:: 8 if quick else 1]
    found = [ratio(exhibit, 2 if quick else 3) for exhibit in exhibits]
    ratios = sorted(r for r in found if r is not None)
    middle, tail = median(ratios), ratios[len(ratios) * 9 // 10]
    yield Line(
        f"audit, {len(ratios)} networks of the zoo, median",
        f"{middle:.2f} x",
        f"goal: {GOAL_TIME} x forward and backward",
        middle / GOAL_TIME,
    )
    yield Line(
        f"audit, {len(ratios)} networks of the zoo, nine in ten",
        f"{tail:.2f} x",
        f"goal: {GOAL_TIME} x forward and backward",
        tail / GOAL_TIME,
    )
    transformer, tokens = large(2 if quick else 4)
    taken = race(
        {
            "audit": lambda: probe(transformer, tokens),
            "both ways": lambda: both_ways(transformer, (tokens,)),
        },
        1 if quick else 2,
    )
    yield compared(
        "audit, a transformer of width 2048",
        taken["audit"],
        "forward and backward",
        taken["both ways"],
    )


def large(blocks: int) -> tuple[nn.Module, Tensor]:
    """A transformer, and two texts of sixteen characters."""
    torch.manual_seed(0)
    model = GPT(64, WIDTH, blocks, heads=16, length=16)
    return model, torch.randint(64, (2, 16), generator=seeded())


def main() -> None:
    """Print the most memory, in GB, that this process takes for what is asked."""
    what, blocks = sys.argv[1], int(sys.argv[2])
    model, tokens = large(blocks)
    if what == "audit":
        probe(model, tokens)
    else:
        both_ways(model, (tokens,))
    (most,) = (row for row in STATUS.read_text().splitlines() if "VmHWM" in row)
    print(int(most.split()[1]) * 1024 / 1e9)  # in kB


if __name__ == "__main__":
    main()
