"""What the audit says of every exhibit, as a table, to be run by hand.

``python -m tests.shared.zoo.table`` audits each from seed 0, ``... resnet50 gpt2`` some
of them, a family's name all of its exhibits. A row has what is expected and what is
said; the shares of the weights that were measured, and that a gradient came to; how far
the nearest change is on its way to its limit (1 is there); and the least of three
times, over that of a run forward and backward, on the exhibit's own small batch.
"""

import sys
from collections import Counter

import torch

from benchmarks.audit import both_ways
from benchmarks.timing import race
from helpers.signals import Signal, probe, unroll_
from helpers.signals.verdict import changes
from tests.shared.seeds import seeded
from tests.shared.zoo import Exhibit
from tests.shared.zoo.evidence import chosen

ROW = "{:26} {:9} {:9} {:>8} {:>6} {:>6}  {:>8}"


def row(exhibit: Exhibit) -> tuple[str, bool, float]:
    """The line of an exhibit, whether it is right, and what the audit costs."""
    torch.manual_seed(0)
    model, inputs = exhibit.make(), exhibit.inputs(seeded(100))
    alone = race({"both ways": lambda: both_ways(model, inputs)}, 3)["both ways"]
    model = unroll_(model)
    signal: Signal = probe(model, inputs)
    ours = race({"audit": lambda: probe(model, inputs)}, 3)["audit"]
    kinds = {complaint.kind for complaint in signal.complaints()}
    expected = exhibit.expected.replace("hint", "healthy")
    right = signal.outcome == expected and kinds <= exhibit.kinds
    nearest = max((c.distance for c in changes(signal).values()), default=0.0)
    line = ROW.format(
        exhibit.name,
        exhibit.expected,
        signal.outcome if right else signal.outcome.upper(),
        f"{signal.measured:.0%}",
        f"{signal.heard:.0%}",
        f"{nearest:.2f}",
        f"{ours / alone:.1f} x",
    )
    return line, right, ours / alone


def main() -> None:
    """Print the rows of all exhibits that the command line names, and how many fit."""
    torch.set_num_threads(1)
    head = ("network", "expected", "verdict", "measured", "heard", "limit", "cost")
    print(ROW.format(*head))
    rights, costs = Counter(), []
    for exhibit in chosen(sys.argv[1:]):
        line, right, cost = row(exhibit)
        rights[right] += 1
        costs.append(cost)
        print(line, flush=True)
    middle = sorted(costs)[len(costs) // 2]
    print(f"{rights[True]} right, {rights[False]} wrong; median cost {middle:.1f} x")


if __name__ == "__main__":
    main()
