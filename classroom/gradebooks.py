"""A teacher's own gradebook, as their course system exported it, filled with marks.

Each student is found in it, or nothing is written. What is not a mark of this homework
stays as it is, and so does the teacher's file: the filled one is written to OUT.
"""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from classroom.by_hand import BY_HAND, number
from classroom.choosing import some
from classroom.course import Order
from classroom.files import Table
from classroom.hand_ins import Roster
from classroom.marks import Line, all_points
from classroom.notebook import Master, NotebookError

NAMED = 20  # students, in one line for a teacher
ID = re.compile(r"\s*\(\d+\)$")  # of an assignment, behind its name


@dataclass(frozen=True)
class Sheet:
    """An export: its table, and what its columns and rows are."""

    path: Path
    table: Table
    number: int  # the column with the number that files are named after
    also: tuple[int, ...]  # columns with other numbers and addresses of students
    name: int  # the column with their names
    mark: int  # the column to fill
    students: tuple[int, ...]  # rows
    comment: int | None = None
    most: float | None = None  # the largest mark that the system takes

    def cell(self, row: int, column: int) -> str:
        """What stands somewhere, "" if the row is shorter."""
        cells = self.table.rows[row]
        return cells[column].strip() if column < len(cells) else ""

    def row_of(self, line: Line, roster: Roster) -> int | None:
        """A student's row, None if there is none, or if several would do."""
        hand_in = line.item.hand_in if line.item else None
        number = hand_in.number if hand_in else ""
        keys = {number.casefold(), line.student.casefold()}
        keys |= {key.casefold() for key in hand_in.keys} if hand_in else set()
        keys |= roster.students.get(line.student, frozenset())
        keys -= {""}
        ways: list[Callable[[int], bool]] = [
            lambda row: number != "" and digits(self.cell(row, self.number)) == number,
            lambda row: any(self.cell(row, c).casefold() in keys for c in self.also),
            lambda row: words(self.cell(row, self.name)) == words(line.student),
        ]
        for fits in ways:
            fitting = [row for row in self.students if fits(row)]
            if len(fitting) == 1:
                return fitting[0]
        return None

    def rows_of(self, lines: list[Line], roster: Roster) -> dict[int, list[Line]]:
        """Who stands in which row: all files of a student.

        Raises:
            NotebookError: if somebody's row is not there, or is somebody else's too.
        """
        found: dict[int, list[Line]] = {}
        unknown = []
        for line in lines:
            row = self.row_of(line, roster)
            if row is not None:
                found.setdefault(row, []).append(line)
            elif line.item or line.by_hand:
                unknown.append(line.student)
        shared = [
            " and ".join(sorted(names))
            for of_row in found.values()
            if len(names := {line.student for line in of_row}) > 1
        ]
        if unknown or shared:
            said = [f"{self.path}: nothing was written, for it has no row of their own"]
            said += [f"  {name}" for name in [*dict.fromkeys(unknown), *shared]]
            said.append("Export it again, or name them as it does in the roster.")
            raise NotebookError("\n".join(said))
        return found


@dataclass
class Filled:
    """A sheet with marks, and whom it leaves as they were."""

    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    marks: int = 0
    left: list[str] = field(default_factory=list)
    unmarked: list[str] = field(default_factory=list)  # words that nobody has marked


def filled(sheet: Sheet, order: Order, lines: list[Line]) -> Filled:
    """What is to be written into a sheet.

    Raises:
        NotebookError: if a student is unknown, or a mark by hand is no number, or is
            more than the system takes.
    """
    gives = all_points(order.homework)
    if sheet.most is not None and gives > sheet.most:
        raise NotebookError(
            f"{sheet.path} takes at most {sheet.most:g}, and this homework has "
            f"{gives:g}; change that in the course system and export it again"
        )
    found = Filled()
    rows = sheet.rows_of(lines, order.roster)
    for row, of_student in rows.items():
        comments = [line.comment for line in of_student if line.comment]
        if sheet.comment is not None and comments:
            found.cells[row, sheet.comment] = "; ".join(comments)
        marks = [(mark_of(order, line), line) for line in of_student]
        known = [(mark, line) for mark, line in marks if mark is not None]
        if not known:
            found.left += [f"{s.student} ({status(s)})" for s in of_student if s.item]
            continue
        mark, line = max(known, key=lambda pair: pair[0])
        if sheet.most is not None and mark > sheet.most:
            raise NotebookError(
                f"{sheet.path} takes at most {sheet.most:g}, and {line.student} has "
                f"{mark:g}"
            )
        found.cells[row, sheet.mark] = f"{round(mark, 2):g}"
        found.marks += 1
        if lacks_a_mark(order.homework, line):
            found.unmarked.append(line.student)
    return found


def status(line: Line) -> str:
    """What became of a line's hand-in."""
    return line.result.status if line.result else "missing"


def mark_of(order: Order, line: Line) -> float | None:
    """All marks of a line, None if nobody gave any.

    Raises:
        NotebookError: if a mark by hand is no number.
    """
    given = [] if line.result is None else [line.result.total]
    for cell in order.homework.by_hand:
        if text := line.mark_of(cell.grade_id):
            given.append(number(text))
            if given[-1] is None:
                raise NotebookError(
                    f"{order.out / 'marks.csv'}: {text!r} is no number, for "
                    f"{line.student} in {cell.grade_id + BY_HAND!r}"
                )
    known = [mark for mark in given if mark is not None]
    return sum(known) if known else None


def lacks_a_mark(master: Master, line: Line) -> bool:
    """Whether a person has still to mark words of it."""
    return any(not line.mark_of(cell.grade_id) for cell in master.by_hand)


def telling(found: Filled, path: Path) -> list[str]:
    """What a teacher should know of a filled sheet."""
    said = [f"{path}: {found.marks} marks"]
    if found.left:
        said.append(f"  left as they were: {some(found.left, NAMED)}")
    if found.unmarked:
        said.append(f"  without a mark by hand so far: {some(found.unmarked, NAMED)}")
    return said


def read(path: Path) -> Table:
    """A teacher's export.

    Raises:
        NotebookError: if it cannot be read, or has no rows below the first.
    """
    try:
        table = Table.read(path)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NotebookError(f"{path} cannot be read: {error}") from None
    if len(table.rows) < 2:
        raise NotebookError(f"{path} has no students")
    return table


def column_of(path: Path, heads: dict[int, str], wanted: str, asked: bool) -> int:
    """The column of an assignment: of its name, or failing that with all its words.

    Raises:
        NotebookError: if there is none, or several.
    """
    names = {wanted.casefold().strip()}
    fitting = [
        column
        for column, head in heads.items()
        if names & {head.casefold(), ID.sub("", head).casefold()}
    ]
    if not fitting and not asked:
        parts = set(words(wanted))
        fitting = [c for c, head in heads.items() if parts <= set(words(head))]
    if len(fitting) == 1:
        return fitting[0]
    many = f"{len(fitting)} columns" if fitting else "no column"
    raise NotebookError(
        f"{path} has {many} for {wanted!r}; name one with --column: "
        + ", ".join(repr(head) for head in heads.values())
    )


def words(text: str) -> list[str]:
    """The words of a name, in an order of their own: "Doe, Jane" is Jane Doe."""
    found = re.findall(r"[^\W_]+", text.casefold())
    return sorted(word.lstrip("0") or "0" for word in found)


def digits(text: str) -> str:
    """The number at the end of a cell: of "Participant 12345"."""
    return text[len(text.rstrip("0123456789")) :]
