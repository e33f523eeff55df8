"""Measures speed and prints one table of ratios; nothing in it is remembered.

``python -m benchmarks`` runs every part, ``python -m benchmarks probe page`` two of
them, ``--quick`` takes fewer turns.
"""

import argparse
import os
import platform
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # before torch is imported

import torch  # noqa: E402

from benchmarks.timing import Line, NotHere  # noqa: E402

PARTS = ("probe", "audit", "sweep", "ticks", "jupyter", "lab", "page", "classroom")


def machine() -> str:
    """This machine and what runs on it, in one line."""
    cpu = platform.processor() or platform.machine()
    known = Path("/proc/cpuinfo")
    if known.exists():
        lines = known.read_text().splitlines()
        names = [line.split(": ")[1] for line in lines if line.startswith("model name")]
        cpu = names[0] if names else cpu
    return (
        f"{date.today()}, {cpu}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}, torch {torch.__version__}"
    )


def lines(part: str, quick: bool) -> Iterator[Line]:
    """The lines of one part; one sentence where something is missing."""
    try:
        # A part is imported when its turn comes: some need a browser, some do not.
        yield from import_module(f"benchmarks.{part}").measure(quick)
    except (NotHere, ModuleNotFoundError) as missing:
        print(f"{part}, left out: {missing}", flush=True)


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("part", nargs="*", help=f"one of {', '.join(PARTS)}; all")
    parser.add_argument("--quick", action="store_true", help="fewer turns")
    asked = parser.parse_args()
    for part in asked.part:
        if part not in PARTS:
            parser.error(f"there is no part {part!r}; known: {', '.join(PARTS)}")
    torch.set_num_threads(1)
    print(machine())
    print(f"{'what':54}{'measured':>10}  {'ratio':>8}  to")
    for part in asked.part or PARTS:
        for line in lines(part, asked.quick):
            print(
                f"{line.what:54}{line.measured:>10}  {line.ratio:8.3g}  {line.against}",
                flush=True,
            )


if __name__ == "__main__":
    main()
