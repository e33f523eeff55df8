"""The table of marks: a line for each file, and for each student who gave none."""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from classroom.by_hand import BY_HAND, COMMENT, Place
from classroom.course import Graded
from classroom.files import harmless
from classroom.hand_ins import Roster
from classroom.notebook import Master
from classroom.result import Result

WAITING = Result("waiting", [])  # in the table of a class that is being graded


@dataclass(frozen=True)
class Line:
    """One line: whose it is, what was handed in, and what became of that."""

    student: str
    item: Graded | None = None  # None: nothing was handed in
    notes: tuple[str, ...] = ()  # what the whole class shows of it
    by_hand: dict[str, str] = field(default_factory=dict)  # by column

    @property
    def place(self) -> Place:
        """By which it is found again in an older table."""
        return Place(self.student, self.item.hand_in.file if self.item else "")

    @property
    def result(self) -> Result | None:
        """What became of the hand-in."""
        return self.item.result if self.item else None

    @property
    def comment(self) -> str:
        """What a person wants to tell the student."""
        return self.by_hand.get(COMMENT, "")

    def mark_of(self, question: str) -> str:
        """What a person wrote as the mark of a question."""
        return self.by_hand.get(question + BY_HAND, "").strip()


def lines_of(
    graded: list[Graded],
    roster: Roster,
    by_hand: dict[Place, dict[str, str]] | None = None,
) -> list[Line]:
    """The lines of a class, in order of the students."""
    names = [roster.name_of(item.hand_in) for item in graded]
    students = [
        name or g.hand_in.student for name, g in zip(names, graded, strict=True)
    ]
    count = Counter(students)
    lines = []
    for item, name, student in zip(graded, names, students, strict=True):
        notes = [f"handed in {count[student]} files"] if count[student] > 1 else []
        if roster.students and name is None:
            notes.append(roster.why_not(item.hand_in))
        lines.append(Line(student, item, tuple(notes)))
    lines += [Line(name) for name in roster.students.keys() - count.keys()]
    for line in lines:
        line.by_hand.update((by_hand or {}).get(line.place, {}))
    return sorted(lines, key=lambda line: (line.place.student, line.place.file))


def written_columns(master: Master) -> list[str]:
    """Columns that the grader fills."""
    questions = [cell.grade_id for cell in master.answers]
    before = ["student", "file", "status", "late", "total", *questions]
    return [*before, "seconds", "cpu_seconds", "noticed", "sandbox"]


def columns(master: Master, added: Iterable[str]) -> list[str]:
    """All columns: the grader's, a person's, and those that a teacher added."""
    *before, seconds, cpu, noticed, sandbox = written_columns(master)
    by_hand = [cell.grade_id + BY_HAND for cell in master.by_hand]
    after = [COMMENT, seconds, cpu, noticed, sandbox]
    found = [*before, *by_hand, *after]
    return [*found, *(name for name in added if name not in found)]


def cells(master: Master, line: Line) -> dict[str, object]:
    """What the grader writes into a line."""
    row: dict[str, object] = {"student": line.student, "status": "missing"}
    if line.item is None or (result := line.result) is None:
        return row
    row["file"], row["status"] = line.item.hand_in.file, result.status
    row["late"] = "late" if line.item.hand_in.late else ""
    row["noticed"] = joined(*line.notes, *line.item.hand_in.noticed, *result.noticed)
    if not result.has_run:
        return row
    for question in (cell.grade_id for cell in master.answers):
        row[question] = sum(test.marks for test in result.tests_of(question))
    empty = [name for name, text in result.words.items() if not text.strip()]
    row["noticed"] = joined(str(row["noticed"]), *(f"{name}: empty" for name in empty))
    row["total"] = result.total
    row["seconds"], row["cpu_seconds"] = result.seconds, result.cpu
    row["sandbox"] = " ".join(result.sandbox) or "none"
    return row


def all_points(master: Master) -> float:
    """What a homework gives, by the program and by hand."""
    return sum(cell.points for cell in [*master.tests, *master.by_hand])


def joined(*notes: str) -> str:
    """Notes in one cell of a table."""
    return "; ".join(filter(None, notes))


def table(master: Master, lines: list[Line], added: Iterable[str]) -> str:
    """Lines as CSV that a spreadsheet shows and does not run.

    What a person wrote stays as it is.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns(master, added), restval="")
    writer.writeheader()
    for line in lines:
        row = {key: harmless(value) for key, value in cells(master, line).items()}
        writer.writerow(row | line.by_hand)
    return text.getvalue()
