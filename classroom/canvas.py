"""Canvas: its gradebook's export, filled in.

Its first line names the columns, ``Student, ID, SIS User ID, SIS Login ID, Section``
and then assignments such as ``Homework 5 (90218)``; a line "Points Possible" follows,
below one for manual posting where there is any. What is imported again must keep all
that. From Canvas's own importer: github.com/instructure/canvas-lms,
``lib/gradebook_importer.rb``.
"""

from dataclasses import dataclass
from pathlib import Path

from classroom.by_hand import number
from classroom.course import Order
from classroom.files import write
from classroom.gradebooks import Sheet, column_of, filled, read, telling
from classroom.marks import Line, all_points
from classroom.notebook import NotebookError

ALSO = ("SIS User ID", "SIS Login ID", "Integration ID", "ID")
MOST = "Points Possible"
FILE = "canvas.csv"


@dataclass(frozen=True)
class Canvas:
    """A teacher's export, and the name of the column to fill."""

    path: Path
    column: str | None = None

    def sheet(self, order: Order) -> Sheet:
        """The export, read.

        Raises:
            NotebookError: if it is none, or has no column for this homework.
        """
        table = read(self.path)
        heads = [head.strip() for head in table.rows[0]]
        name = "Student" if "Student" in heads else "LastName"
        for needed in (name, "ID", "Section"):
            if needed not in heads:
                raise NotebookError(
                    f"{self.path} is no export of Canvas's gradebook: its first line "
                    f"has no column {needed!r}"
                )
        first = range(1, len(table.rows))
        most = next((r for r in first if MOST in "".join(table.rows[r][:1])), None)
        assignments = dict(list(enumerate(heads))[heads.index("Section") + 1 :])
        if most is not None:
            cells = dict(enumerate(table.rows[most]))
            assignments = {
                column: head
                for column, head in assignments.items()
                if "read only" not in cells.get(column, "")
            }
        wanted = self.column or order.homework.name
        mark = column_of(self.path, assignments, wanted, self.column is not None)
        number_column = heads.index("ID")
        students = [
            row
            for row in first
            if row != most and "".join(table.rows[row][:number_column]).strip()
        ]
        return Sheet(
            path=self.path,
            table=table,
            number=number_column,
            also=tuple(heads.index(head) for head in ALSO if head in heads),
            name=heads.index(name),
            mark=mark,
            students=tuple(students),
        )

    def check(self, order: Order, lines: list[Line]) -> None:
        """Refuse what cannot be filled in, before anything is written."""
        filled(self.sheet(order), order, lines)

    def write(self, order: Order, lines: list[Line]) -> list[str]:
        """Write the filled export; returns what a teacher should know."""
        sheet = self.sheet(order)
        found = filled(sheet, order, lines)
        path = order.out / FILE
        write(path, sheet.table.filled(found.cells).text())
        said = telling(found, path)
        for row in sheet.table.rows[1:]:
            if MOST in row[0] and sheet.mark < len(row):
                most, ours = number(row[sheet.mark]), all_points(order.homework)
                if most is not None and most != ours:
                    said.append(f"  {MOST} is {most:g}, and this homework has {ours:g}")
        return said

    def fail(self, order: Order) -> None:
        """Nothing was written, so nothing is to be done."""
