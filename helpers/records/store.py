"""The lesson does not need this: what is stored of the long runs, and how to read it.

``records.json`` holds the results with their settings and with where they come from.
"""

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from helpers.checks import known
from helpers.records.catalogue import RECORDS

FILE = Path(__file__).with_name("records.json")
PARTS = ("settings", "from", "results")


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
        As the record's ``compute`` says, to three digits, in float64.

    Raises:
        ValueError: unknown record.

    >>> load("he")["loss"].shape  # depths, starts, rates, epochs
    torch.Size([2, 3, 4, 30])
    """
    known(name, RECORDS, "record")
    return {key: tensor(rows) for key, rows in stored()[name]["results"].items()}


def store(name: str, results: dict[str, Tensor], origin: dict[str, Any]) -> None:
    """Put a record's results and where they come from in place of what was stored."""
    rows = {key: short(values) for key, values in results.items()}
    entry = {"settings": settings(name), "from": origin, "results": rows}
    everything = (stored() if FILE.exists() else {}) | {name: entry}
    FILE.write_text(written(everything), encoding="utf-8")


def short(values: Tensor) -> Any:
    """Nested lists of numbers of three digits; what is not finite becomes None.

    Whole numbers stay as they are.
    """
    if not values.is_floating_point():
        return values.tolist()
    if values.ndim:
        return [short(v) for v in values]
    number = float(f"{values.item():.3g}")
    return number if math.isfinite(number) else None


def tensor(rows: Any) -> Tensor:
    """Nested lists, with None for infinity, as a tensor."""
    if isinstance(rows, list):
        return torch.stack([tensor(row) for row in rows])
    value = math.inf if rows is None else rows
    return torch.tensor(value, dtype=torch.float64)


def written(everything: dict[str, dict[str, Any]]) -> str:
    """The records as JSON, each part on a line of its own."""

    def line(name: str, part: str) -> str:
        value = everything[name][part]
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        return f"{json.dumps(part)}: {text}"

    entries = []
    for name in RECORDS:
        if name in everything:
            lines = ",\n".join(line(name, part) for part in PARTS)
            entries.append(f"{json.dumps(name)}: {{\n{lines}\n}}")
    return "{\n" + ",\n".join(entries) + "\n}\n"
