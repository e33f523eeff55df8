"""What students handed in: which file counts for whom, and who is on the roster."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from classroom.choosing import NAMED, choice_of, some
from classroom.exports import Owner, owners_of
from classroom.roster import Roster
from classroom.tree import File, listed

__all__ = ["HandIn", "Roster", "find", "left_out"]


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
    files: dict[tuple[str, str], dict[File, Owner]] = defaultdict(dict)
    for file, owners in owners_of(listed(folder), folder, assignment).items():
        for owner in owners:
            files[owner.student, owner.number][file] = owner
    numbers = Counter(student for student, _ in files)
    found = []
    for (student, number), owned in files.items():
        name = f"{student} ({number})" if numbers[student] > 1 and number else student
        own = {file: owner.own for file, owner in owned.items()}
        choice = choice_of(own, assignment, answered)
        for file in choice.files:
            owner = owned.get(file, next(iter(owned.values())))
            found.append(
                HandIn(
                    path=file.path,
                    file=file.name,
                    student=name,
                    number=number,
                    late=owner.late,
                    keys=owner.keys,
                    system=owner.system,
                    source=file,
                    left_out=choice.left_out,
                    noticed=choice.noticed,
                )
            )
    return sorted(found, key=lambda hand_in: (hand_in.file, hand_in.student))


def left_out(hand_ins: Iterable[HandIn]) -> list[str]:
    """A line for each student some of whose files do not count."""
    return [
        f"{h.file} counts, not {some(h.left_out, NAMED)}"
        for h in hand_ins
        if h.left_out
    ]
