"""The lesson does not need this: the program that computes the long runs again.

``python -m helpers.records`` computes them all, with names after it only those, on one
thread; each record is stored as soon as it is there.
"""

import argparse
import platform
import subprocess
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import torch

from helpers.checks import known
from helpers.records.catalogue import RECORDS
from helpers.records.store import store

HELPERS = Path(__file__).parents[1]


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
        line = ["git", "-C", str(HELPERS), *words]
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


def main(arguments: Sequence[str] | None = None) -> None:
    """Compute records again and store each one as soon as it is there."""
    parser = argparse.ArgumentParser(
        "python -m helpers.records", description="Compute the long training runs again."
    )
    all_names = ", ".join(RECORDS)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {all_names}")
    names = parser.parse_args(arguments).names
    for name in names:
        try:
            known(name, RECORDS, "record")
        except ValueError as error:
            parser.error(str(error))
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    for name in names or list(RECORDS):
        print(name, flush=True)
        before = time.process_time()
        results = RECORDS[name].compute()
        store(name, results, provenance(name, time.process_time() - before))


if __name__ == "__main__":
    main()
