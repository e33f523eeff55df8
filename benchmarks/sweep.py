"""One table of the live fan, by ``sweep`` and by one call of ``probe`` per setting.

A table holds 50 depths x 41 gains of one activation and one draw: 2050 networks, too
many to measure one by one here. A sample of them is, evenly spaced from end to end, and
the rest follows by proportion.
"""

from collections.abc import Iterator

import torch

from benchmarks.timing import Line, compared, race
from helpers.activations import ACTIVATIONS
from helpers.controls import depth_slider, gain_slider, positions
from helpers.fan import BATCH, WIDTH
from helpers.networks import mlp
from helpers.signals import probe, sweep

DEPTHS, GAINS = positions(depth_slider()), positions(gain_slider())
SAMPLE = [(depth, gain) for depth in DEPTHS[::7] for gain in GAINS[::10]]
SHARE = len(SAMPLE) / (len(DEPTHS) * len(GAINS))


def measure(quick: bool) -> Iterator[Line]:
    """The lines of this part."""
    x = torch.randn(BATCH, WIDTH, generator=torch.Generator().manual_seed(1))
    for activation in ("tanh", "relu") if quick else ACTIVATIONS:
        taken = race(
            {
                "table": lambda a=activation: sweep(a, GAINS, DEPTHS[-1], x),
                "sample": lambda a=activation: [
                    probe(mlp(depth, WIDTH, a, gain=gain), x) for depth, gain in SAMPLE
                ],
            },
            rounds=1 if quick else 3,
        )
        one_by_one = taken["sample"] / SHARE
        other = f"probe per setting, from {len(SAMPLE)} of {len(SAMPLE) / SHARE:.0f}"
        yield compared(f"sweep, {activation}", taken["table"], other, one_by_one)
