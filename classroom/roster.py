"""Who takes the course, and which of them handed something in."""

import csv
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from itertools import permutations
from pathlib import Path
from typing import Protocol

from classroom.files import rows_of
from classroom.notebook import NotebookError

COMMAS = ",;\t"
TOTALS = "points possible"  # what Canvas writes below the names of columns
WORDS = 5  # of a name, whose orders are tried


class Known(Protocol):
    """What a system says of whom a file is."""

    @property
    def student(self) -> str:
        """The name."""

    @property
    def number(self) -> str:
        """The number in the system, "" if there is none."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Logins, addresses and the like."""

    @property
    def system(self) -> str:
        """The system, "" if it is not known."""


@dataclass(frozen=True)
class Roster:
    """Who takes the course; the first column names students as ``marks.csv`` will."""

    students: dict[str, frozenset[str]]  # by name, all that is written in the row
    head: frozenset[str] = field(default=frozenset())  # names of the columns

    @classmethod
    def read(cls, path: Path | None) -> "Roster":
        """Read a CSV file whose first line names its columns.

        Raises:
            NotebookError: if it cannot be read, has no such line, or names a student
                twice.
        """
        if path is None:
            return cls({})
        try:
            rows = rows_of(path)
        except UnicodeDecodeError:
            raise NotebookError(
                f"the roster {path} is not in UTF-8: save it as 'CSV UTF-8'"
            ) from None
        except (OSError, csv.Error) as error:
            raise NotebookError(f"the roster {path}: {error}") from None
        if not rows:
            raise NotebookError(f"the roster {path} is empty")
        check_lines(path, rows)
        students: dict[str, frozenset[str]] = {}
        for row in rows[1:]:
            name = row[0].strip()
            if name.casefold() == TOTALS:
                continue
            if not name:
                raise NotebookError(
                    f"the roster {path} has no name in the first column of {row}"
                )
            if name in students:
                raise NotebookError(f"the roster {path} has {name!r} twice")
            students[name] = cells(row)
        return cls(students, cells(rows[0]))

    def name_of(self, hand_in: Known) -> str | None:
        """Who handed this in, None if nobody on the roster did.

        A number counts where the name agrees with it. Where it does not, a name that
        is on the roster counts more than a number, which may be there by chance.
        """
        fitting = self.fitting(hand_in)
        return fitting[0] if len(fitting) == 1 else None

    def fitting(self, hand_in: Known) -> list[str]:
        """All who may have handed this in, by the best that is known of them."""
        if hand_in.student in self.students:
            return [hand_in.student]
        words = words_of(hand_in.student)
        numbered = self.by_cell[hand_in.number] if hand_in.number else []
        bare = [name for name in numbered if not self.names(name)]
        ways = (
            [name for name in numbered if self.agrees(name, words)],
            self.by_cell[hand_in.student.casefold()],
            sorted({n for key in hand_in.keys for n in self.by_cell[key.casefold()]}),
            self.by_words["".join(words)],
            bare if hand_in.system == "canvas" else [],
        )
        return next(filter(None, ways), [])

    @cached_property
    def by_cell(self) -> dict[str, list[str]]:
        """Students by anything that is written in their row."""
        found = defaultdict(list)
        for name, row in self.students.items():
            for cell in row:
                found[cell].append(name)
        return found

    @cached_property
    def by_words(self) -> dict[str, list[str]]:
        """Students by the words of their names in every order, with nothing between:
        Canvas writes ``lovelaceada``.
        """
        found = defaultdict(list)
        for name in self.students:
            full = [words for words in self.names(name) if 1 < len(words) <= WORDS]
            for key in {"".join(o) for words in full for o in permutations(words)}:
                found[key].append(name)
        return found

    def why_not(self, hand_in: Known) -> str:
        """Why nobody on the roster is known to have handed this in."""
        if several := self.fitting(hand_in):
            return f"not on the roster: it may be {' or '.join(several[:5])}"
        if self.head & {k.casefold() for k in (hand_in.student, *hand_in.keys)}:
            return (
                "not on the roster, but in its first line, which should name the "
                "columns, as in 'name,id'"
            )
        return "not on the roster"

    def agrees(self, name: str, words: list[str]) -> bool:
        """Whether a word of a student's names is in what a system writes."""
        text = "".join(words)
        every = [word for known in self.names(name) for word in known]
        return any(len(word) > 1 and word in text for word in every)

    def names(self, name: str) -> list[list[str]]:
        """The words of all that is written of a student but addresses."""
        row = self.students[name] | {name}
        return [words for c in row if "@" not in c and (words := words_of(c))]


def words_of(text: str) -> list[str]:
    """The words of a name, whatever its accents, capitals and commas."""
    text = unicodedata.normalize("NFC", text).casefold()
    for letter, plain in {"ä": "ae", "ö": "oe", "ü": "ue"}.items():
        text = text.replace(letter, plain)
    letters = unicodedata.normalize("NFKD", text)
    kept = "".join(c for c in letters if not unicodedata.combining(c))
    return re.findall(r"[^\W\d_]+", kept)


def cells(row: list[str]) -> frozenset[str]:
    """What is written in a row."""
    found = (unicodedata.normalize("NFC", cell.strip()).casefold() for cell in row)
    return frozenset(found) - {""}


def check_lines(path: Path, rows: list[list[str]]) -> None:
    """Refuse a roster whose first line does not name the columns of the others.

    Raises:
        NotebookError: and why.
    """
    head, *others = rows
    for cell in map(str.strip, head):
        if "@" in cell or cell.isdecimal():
            raise NotebookError(
                f"the first line of the roster {path} names the columns, as in "
                f"'name,id', and is no student: it has {cell!r}"
            )
    split = [comma for comma in COMMAS if any(comma in row[0] for row in others)]
    whole = others and all(len(row) == 1 for row in others)
    if len(head) > 1 and whole and split:
        raise NotebookError(
            f"the roster {path} has {len(head)} columns in its first line and "
            f"{split[0]!r} between those of the others, as in {others[0][0]!r}: put "
            "the same between them everywhere"
        )
