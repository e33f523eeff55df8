"""What students handed in: files in a folder, and who they are on the roster."""

import csv
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from classroom.files import rows_of
from classroom.matching import LARGEST
from classroom.notebook import NotebookError

# Canvas: name, perhaps LATE, the student's number, the upload's number, the file's name
CANVAS = re.compile(r"(?P<name>.+?)(?P<late>_LATE)?_(?P<number>\d+)_\d+_.+", re.IGNORECASE)


@dataclass(frozen=True)
class HandIn:
    """One file that somebody handed in."""

    path: Path
    file: str  # its path in the folder, as text
    student: str
    number: str = ""  # the student's on Canvas
    late: bool = False  # whether the system that it comes from says so

    def is_called(self, assignment: str) -> bool:
        """Whether it, or a folder of its student's, begins with a name."""
        return any(p.startswith(assignment) for p in self.file.split("/")[1:])

    def read(self) -> bytes:
        """What is in the file.

        Raises:
            NotebookError: if it is no regular file, too large or cannot be read.
        """
        try:
            status = self.path.lstat()
            if stat.S_ISLNK(status.st_mode):
                raise NotebookError("a link to another file, which is not followed")
            if not stat.S_ISREG(status.st_mode):
                raise NotebookError("no regular file")
            if status.st_size > LARGEST:
                size = status.st_size / 2**20
                raise NotebookError(f"{size:.0f} MiB; at most {LARGEST >> 20}")
            return self.path.read_bytes()
        except OSError as error:
            raise NotebookError(f"cannot be read: {error.strerror}") from None


def find(folder: Path, assignment: str) -> list[HandIn]:
    """All that was handed in, in order of the files' names.

    One folder a student, as nbgrader and most systems make it, or all files in one
    folder, as Canvas does. In a student's folder those notebooks count that lie in a
    folder of the assignment's name or begin with it, failing that all notebooks,
    failing that all files.

    Args:
        folder: where hand-ins lie.
        assignment: the master's name, without ``.ipynb``.

    Raises:
        NotebookError: if there is no such folder.
    """
    if not folder.is_dir():
        raise NotebookError(f"{folder} is no folder")
    by_student: dict[str, list[HandIn]] = {}
    for path in files(folder):
        hand_in = hand_in_of(path, folder, assignment)
        by_student.setdefault(hand_in.student, []).append(hand_in)
    found = []
    for hand_ins in by_student.values():
        notebooks = [h for h in hand_ins if h.path.suffix.lower() == ".ipynb"]
        named = [h for h in notebooks if h.is_called(assignment)]
        found += named or notebooks or hand_ins
    return sorted(found, key=lambda hand_in: hand_in.file)


def files(folder: Path) -> Iterator[Path]:
    """Files in a folder and the folders in it, hidden ones left out, links not
    followed.
    """
    for place, folders, names in os.walk(folder):
        links = [name for name in folders if Path(place, name).is_symlink()]
        seen = [n for n in folders if n[0] != "." and n != "__MACOSX"]
        folders[:] = [n for n in seen if n not in links]
        yield from (Path(place, name) for name in names + links if name[0] != ".")


def hand_in_of(path: Path, folder: Path, assignment: str) -> HandIn:
    """Whose file this is, by its folder or its name."""
    parts = [text(part) for part in path.relative_to(folder).parts]
    name, number, late = parts[0], "", False
    if len(parts) == 1:
        name = text(path.stem)
        if match := CANVAS.fullmatch(name):
            name, number = match["name"], match["number"]
            late = match["late"] is not None
        else:
            name = re.sub(rf"[-_ ]*{re.escape(assignment)}$", "", name) or name
    return HandIn(path, "/".join(parts), name, number, late)


def text(name: str) -> str:
    """A file's name as text that can be written, whatever bytes it is made of."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


@dataclass(frozen=True)
class Roster:
    """Who takes the course; the first column names students as ``marks.csv`` will."""

    students: dict[str, frozenset[str]]  # by name, all that is written in the row

    @classmethod
    def read(cls, path: Path | None) -> "Roster":
        """Read a CSV file whose first line names its columns.

        Raises:
            NotebookError: if it cannot be read, or names a student twice.
        """
        if path is None:
            return cls({})
        try:
            rows = rows_of(path)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise NotebookError(f"the roster {path}: {error}") from None
        if not rows:
            raise NotebookError(f"the roster {path} is empty")
        students: dict[str, frozenset[str]] = {}
        for row in rows[1:]:
            name = row[0].strip()
            if name in students:
                raise NotebookError(f"the roster {path} has {name!r} twice")
            students[name] = frozenset(cell.strip().casefold() for cell in row) - {""}
        return cls(students)

    def name_of(self, hand_in: HandIn) -> str | None:
        """Who handed this in, None if nobody on the roster did."""
        if hand_in.student in self.students:
            return hand_in.student
        keys = {hand_in.student.casefold(), hand_in.number} - {""}
        fitting = [name for name, row in self.students.items() if keys & row]
        return fitting[0] if len(fitting) == 1 else None
