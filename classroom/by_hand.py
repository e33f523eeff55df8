"""What somebody wrote into the table of marks: it is kept, whatever happens to rows.

A spreadsheet turns 0042 into 42, a roster comes later, a student hands in again under
another name. So a row is found again by its file, and failing that by its student; if
neither is there any more, nothing is written before a person has decided.
"""

import csv
import shutil
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import zip_longest
from math import isfinite
from pathlib import Path
from typing import TypeVar

from classroom.files import Table, harmless
from classroom.notebook import NotebookError

BY_HAND = " (by hand)"
COMMENT = "comment"
BACKUPS = 20  # older tables that are kept
T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """Which row of a table: whose, and of which file, "" if nothing was handed in."""

    student: str
    file: str


@dataclass(frozen=True)
class ByHand:
    """An older table: its rows, and which of its columns are a person's."""

    path: Path
    rows: list[dict[str, str]] = field(default_factory=list)
    own: tuple[str, ...] = ()  # columns that the grader does not write

    @classmethod
    def read(cls, path: Path, written: Iterable[str]) -> "ByHand":
        """Read a table of marks, if there is one.

        Args:
            path: where it is.
            written: columns that the grader writes itself.

        Raises:
            NotebookError: if there is one that cannot be read.
        """
        if not path.exists():
            return cls(path)
        try:
            head, *rows = [row for row in Table.read(path).rows if any(row)] or [[]]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise NotebookError(
                f"{path} holds marks and cannot be read: {error}"
            ) from None
        width = max(map(len, [head, *rows]))
        head = different([*head, *[""] * (width - len(head))])
        if head and not {"student", "file"} <= set(head):
            raise NotebookError(
                f"{path} holds marks, and its first line has no 'student' and 'file'; "
                "put the names of the columns back"
            )
        known = [dict(zip_longest(head, row, fillvalue="")) for row in rows]
        own = [name for name in head if name not in set(written)]
        used = [name for name in own if any(row.get(name) for row in known)]
        return cls(path, known, tuple(used))

    def placed(self, places: list[Place]) -> dict[Place, dict[str, str]]:
        """What a person wrote, by the rows of a new table.

        Raises:
            NotebookError: if a row with something of a person's finds no place.
        """
        found: dict[Place, dict[str, str]] = {}
        left = [row for row in self.rows if any(map(row.get, self.own))]
        files = {of_file(place_of(row)) for row in self.rows} - {""}
        for key_of in (of_file, of_student, like_student):
            free = [place for place in places if place not in found]
            if key_of is not of_file:  # a file that was there has its own row
                free = [place for place in free if of_file(place) not in files]
            by_key = grouped((key_of(place), place) for place in free)
            claims = grouped((key_of(place_of(row)), row) for row in left)
            for key, claiming in claims.items():
                fitting = by_key.get(key, [])
                if key and len(claiming) == 1 == len(fitting):
                    [row] = claiming
                    found[fitting[0]] = {k: row[k] for k in self.own if row[k]}
                    left.remove(row)
        if left:
            raise NotebookError(self.complaint(left))
        return found

    def complaint(self, rows: list[dict[str, str]]) -> str:
        """Which rows have no place, and what to do."""
        lines = [f"{self.path} has marks by hand for which there is no row any more:"]
        for row in rows:
            wrote = ", ".join(f"{k}: {row[k][:60]}" for k in self.own if row[k])
            lines.append(f"  {row['student']} {row['file']}".rstrip() + f" ({wrote})")
        lines.append(
            "Nothing was written. Put the file back; or correct 'student' and 'file' "
            "in that line to those of the new hand-in; or delete the line."
        )
        return "\n".join(lines)

    def back_up(self) -> None:
        """Copy the table before it is replaced; the newest copies are kept."""
        if not self.path.exists():
            return
        folder = self.path.parent / "older"
        folder.mkdir(exist_ok=True)
        copies = sorted(folder.glob(f"{self.path.stem}-[0-9]*.csv"))
        if copies and copies[-1].read_bytes() == self.path.read_bytes():
            return
        number = int(copies[-1].stem.rpartition("-")[2]) + 1 if copies else 1
        name = f"{self.path.stem}-{number:06}.csv"
        shutil.copy2(self.path, folder / name)
        for copy in copies[: max(0, len(copies) + 1 - BACKUPS)]:
            copy.unlink()


def grouped(pairs: Iterable[tuple[str, T]]) -> dict[str, list[T]]:
    """Things by their keys."""
    found: dict[str, list[T]] = {}
    for key, thing in pairs:
        found.setdefault(key, []).append(thing)
    return found


def place_of(row: dict[str, str]) -> Place:
    """Where something was written."""
    return Place(row["student"], row["file"])


def of_file(place: Place) -> str:
    """By which a row is found first."""
    return plain(place.file)


def of_student(place: Place) -> str:
    """By which a row is found whose file has another name now."""
    return plain(place.student)


def like_student(place: Place) -> str:
    """The same for 0042 and 42: a spreadsheet takes names for numbers."""
    name = of_student(place)
    return name.lstrip("0") or "0" if name.isdecimal() else name


def plain(text: str) -> str:
    """Text without what tables and systems change in it."""
    line = str(harmless(unicodedata.normalize("NFC", text)))
    return line.removeprefix("'").casefold()


def different(names: list[str]) -> list[str]:
    """Names of columns, none of them empty or twice."""
    found: list[str] = []
    for number, name in enumerate(map(str.strip, names), 1):
        name = name or f"column {number}"
        found.append(name if name not in found else f"{name} ({number})")
    return found


def number(text: str) -> float | None:
    """What a mark such as "1,5" says, None if it is no number."""
    try:
        found = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return found if isfinite(found) else None
