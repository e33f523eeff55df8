"""A place in the words of an author: "cell 3, line 5", where MyST-NB says 30006."""

import logging
import re
from pathlib import Path


def name_cell(record: logging.LogRecord, srcdir: Path) -> bool:
    """Rewrite the place that a message of Sphinx names; a filter that lets all pass."""
    place = getattr(record, "location", None)
    if isinstance(place, str):
        record.location = readable(place, srcdir)
    return True


def readable(place: str, srcdir: Path) -> str:
    """The file in the checkout, the cell, the line.

    >>> readable("/b/chapters/01_x.ipynb:30006", Path("/b"))
    'chapters/01_x.ipynb: cell 3, line 5'
    """
    place = place.removeprefix(f"{srcdir}").lstrip("/\\").rstrip(":")
    if found := re.fullmatch(r"(.+\.ipynb):(\d{5,})", place):
        cell, line = divmod(int(found[2]), 10_000)
        # MyST-NB counts the lines of a cell from 1, and docutils adds one more
        return f"{found[1]}: cell {cell}, line {max(line - 1, 1)}"
    return place
