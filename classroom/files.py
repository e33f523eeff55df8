"""Files: written wholly or not at all, tables read whatever spreadsheet wrote them."""

import csv
import os
from pathlib import Path


def write(path: Path, text: str) -> None:
    """Write a file in one step: after a crash there is the old one or the new."""
    unfinished = path.with_name(f"{path.name}.part")
    with open(unfinished, "wb") as file:
        file.write(text.encode("utf-8", "backslashreplace"))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def rows_of(path: Path) -> list[list[str]]:
    """The rows of a CSV file, whatever spreadsheet wrote it; empty ones left out."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    comma = max(",;\t", key=lines[0].count) if lines else ","
    return [row for row in csv.reader(lines, delimiter=comma) if any(row)]
