"""What students handed in: which file counts for whom, and who is on the roster."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from classroom.exports import Owner, owners_of
from classroom.notebook import NotebookError
from classroom.roster import Roster
from classroom.tree import File, listed

__all__ = ["HandIn", "Roster", "find", "left_out"]

LOOKED_AT = 20  # notebooks of one student
NAMED = 5  # files that are no notebooks, in one note
MAYBE = re.compile(r"\.ipynb|\.json$")  # as browsers save notebooks


@dataclass(frozen=True)
class HandIn:
    """The file of somebody's that counts, or why none does."""

    path: Path
    file: str  # its path in the folder, as text
    student: str
    number: str = ""  # the student's in the system that this comes from
    late: bool = False  # whether that system says so
    keys: tuple[str, ...] = ()  # other names of the student: login, address
    system: str = ""
    source: File | None = None
    left_out: tuple[str, ...] = ()  # files of the same student's that do not count
    noticed: tuple[str, ...] = ()  # what a teacher should know

    def read(self) -> bytes:
        """What is in the file.

        Raises:
            NotebookError: if it is no regular file, too large or cannot be read.
        """
        return (self.source or File(self.file, self.path)).read()


def find(
    folder: Path, assignment: str, answered: Callable[[bytes], int] | None = None
) -> list[HandIn]:
    """What counts of all that was handed in, in order of the files' names.

    A student has one entry: of several notebooks the one with most answers, of equal
    ones that which is called like the assignment, or lies in a folder that is. Several
    entries if that leaves several that differ; one that says so if there is none.

    Args:
        folder: where hand-ins lie, or a zip of them.
        assignment: the master's name, without ``.ipynb``.
        answered: how many answers a file gives; less than 0 if it is no hand-in for
            this homework. Without it the names decide.

    Raises:
        NotebookError: if there is no such folder, or the zip is not to be trusted.
    """
    files: dict[tuple[str, str], list[tuple[File, Owner]]] = defaultdict(list)
    for file, owners in owners_of(listed(folder), folder, assignment).items():
        for owner in owners:
            files[owner.student, owner.number].append((file, owner))
    numbers: dict[str, int] = defaultdict(int)
    for student, _ in files:
        numbers[student] += 1
    found = []
    for (student, number), owned in files.items():
        name = f"{student} ({number})" if numbers[student] > 1 and number else student
        chosen = Choice(assignment, answered, owned).hand_ins()
        found += [replace(hand_in, student=name) for hand_in in chosen]
    return sorted(found, key=lambda hand_in: (hand_in.file, hand_in.student))


@dataclass
class Choice:
    """All files of one student's, and which of them counts."""

    assignment: str
    answered: Callable[[bytes], int] | None
    owned: list[tuple[File, Owner]]

    @cached_property
    def notebooks(self) -> list[File]:
        """Notebooks by their names, also as browsers change them; those that are called
        like the assignment come first.
        """
        files = [file for file, _ in self.owned if not file.name.endswith("/")]
        found = [f for f in files if f.name.lower().endswith(".ipynb")]
        found = found or [f for f in files if MAYBE.search(f.name.lower())]
        return sorted(found, key=lambda file: not self.is_called(file))

    def is_called(self, file: File) -> bool:
        """Whether a file, or a folder around it, is called like the assignment."""
        own = next(owner.own for other, owner in self.owned if other is file)
        called = re.compile(rf"{re.escape(self.assignment)}(?![^\W_])")
        return any(called.match(part) for part in own.split("/"))

    def hand_ins(self) -> list[HandIn]:
        """What counts: one file, or several that differ and answer equally much."""
        problems = [f"{f.name}: {f.problem}" for f, _ in self.owned if is_folder(f)]
        if not self.notebooks:
            return [self.nothing()]
        counting, score = self.best()
        others = [f.name for f in self.notebooks if f not in counting]
        if score is not None and score <= 0:  # then it may be in another file
            others += [f.name for f, _ in self.owned if f not in self.notebooks]
        out = tuple(others)
        notes = [f"left out: {some(out, LOOKED_AT)}"] if out else []
        if (more := len(self.notebooks) - LOOKED_AT) > 0 and self.answered:
            notes.append(f"{more} notebooks more than {LOOKED_AT} were not looked at")
        return [self.hand_in(f, out, (*notes, *problems)) for f in counting]

    def best(self) -> tuple[list[File], int | None]:
        """The notebooks that count, and how many answers each of them gives."""
        looked_at = self.notebooks[:LOOKED_AT]
        if self.answered is None or len(self.notebooks) == 1:
            named = [file for file in looked_at if self.is_called(file)]
            return named or looked_at, None
        scores, contents = {}, {}
        for file in looked_at:
            try:
                data = file.read()
                scores[file] = self.answered(data)
                contents[file] = hashlib.sha256(data).digest()
            except NotebookError:
                scores[file] = -2
        most = max(scores.values())
        tied = [file for file in looked_at if scores[file] == most]
        named = [file for file in tied if self.is_called(file)]
        tied = named or tied
        if most <= 0:  # blank, of another homework, or unreadable: one will do
            return tied[:1], most
        different = {contents[file]: file for file in reversed(tied)}
        return [file for file in tied if file in different.values()], most

    def nothing(self) -> HandIn:
        """One entry for files none of which is a notebook."""
        files = [file for file, _ in self.owned if not is_folder(file)]
        told = [f"{f.problem}" for f, _ in self.owned if is_folder(f)]
        if len(files) == 1 and not told:
            return self.hand_in(files[0], (), ())
        first, owner = self.owned[0]
        place = first.name.removesuffix(owner.own).rstrip("/") or first.name
        names = tuple(f.name.removeprefix(f"{place}/") for f in files)
        problem = "; ".join(
            [*told, *([f"no notebook: {some(names, NAMED)}"] * bool(names))]
        )
        source = File(place, first.path, problem=problem)
        return replace(self.hand_in(first, (), ()), file=place, source=source)

    def hand_in(
        self, file: File, left_out: tuple[str, ...], noticed: tuple[str, ...]
    ) -> HandIn:
        """A file that counts."""
        owner = next(owner for other, owner in self.owned if other is file)
        return HandIn(
            path=file.path,
            file=file.name,
            student=owner.student,
            number=owner.number,
            late=owner.late,
            keys=owner.keys,
            system=owner.system,
            source=file,
            left_out=left_out,
            noticed=noticed,
        )


def is_folder(file: File) -> bool:
    """Whether this stands for a folder, and says what is wrong with it."""
    return file.name.endswith("/")


def some(names: Sequence[str], most: int) -> str:
    """Names, the first of them if they are many."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def left_out(hand_ins: Iterable[HandIn]) -> list[str]:
    """A line for each student some of whose files do not count."""
    return [
        f"{h.file} counts, not {some(h.left_out, NAMED)}"
        for h in hand_ins
        if h.left_out
    ]
