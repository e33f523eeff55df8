"""Moodle: its offline grading worksheet, filled in, and a zip of feedback.

The worksheet's first column says "Participant 12345", which is the number in the names
of the folders of what was handed in; its headings are in the teacher's language, and
Moodle takes it back only in that. From the importers in github.com/moodle/moodle,
``mod/assign/feedback``: ``offline/importgradeslib.php``, ``offline/locallib.php`` and
``file/importziplib.php``.
"""

import html
import io
import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from classroom.by_hand import number
from classroom.course import Order
from classroom.files import write
from classroom.gradebooks import Sheet, column_of, digits, filled, read, telling
from classroom.marks import Line
from classroom.notebook import NotebookError
from classroom.pages import page

# English, German and Spanish headings; for others the column is named by an option.
GRADE = ("Grade", "Bewertung", "Calificación")
MOST = ("Maximum Grade", "Bestwertung", "Calificación máxima")
OPEN = (
    "Grade can be changed",
    "Bewertung kann geändert werden",
    "La calificación puede ser cambiada",
)
COMMENTS = (
    "Feedback comments",
    "Feedback als Kommentar",
    "Comentarios de retroalimentación",
)
ALSO = (
    *("ID number", "Email address"),
    *("ID-Nummer", "E-Mail-Adresse"),
    *("Número de ID", "Dirección de correo"),
)
NO = {"no", "nein"}
FOLDER = re.compile(r"(?P<folder>[^_]*_\d+_assignsubmission_file)_?.*")
FILE, ZIP = "moodle.csv", "moodle-feedback.zip"


@dataclass(frozen=True)
class Moodle:
    """A teacher's worksheet, and the name of the column to fill."""

    path: Path
    column: str | None = None

    def sheet(self, order: Order) -> Sheet:
        """The worksheet, read.

        Raises:
            NotebookError: if it is none, or has no column for grades.
        """
        table = read(self.path)
        heads = [head.strip() for head in table.rows[0]]
        students = [row for row in range(1, len(table.rows)) if any(table.rows[row])]
        if not all(digits(table.rows[row][0]) for row in students):
            raise NotebookError(
                f"{self.path} is no grading worksheet of Moodle's: its first column "
                'has not "Participant 12345" and the like in each row'
            )
        grade = place_of(heads, GRADE)
        if self.column is not None or grade is None:
            every, wanted = dict(enumerate(heads)), self.column or GRADE[0]
            grade = column_of(self.path, every, wanted, asked=True)
        most = place_of(heads, MOST)
        return Sheet(
            path=self.path,
            table=table,
            number=0,
            also=tuple(heads.index(head) for head in ALSO if head in heads),
            name=min(1, len(heads) - 1),
            mark=grade,
            students=tuple(students),
            comment=place_of(heads, COMMENTS),
            most=None if most is None else number(table.rows[students[0]][most]),
        )

    def check(self, order: Order, lines: list[Line]) -> None:
        """Refuse what cannot be filled in, before anything is written."""
        filled(self.sheet(order), order, lines)

    def write(self, order: Order, lines: list[Line]) -> list[str]:
        """Write the filled worksheet and the zip; returns what one should know."""
        sheet = self.sheet(order)
        found = filled(sheet, order, lines)
        for place in found.cells:
            if place[1] == sheet.comment:  # Moodle shows it as HTML
                found.cells[place] = html.escape(found.cells[place], quote=False)
        locked = place_of([head.strip() for head in sheet.table.rows[0]], OPEN)
        if locked is not None:
            for row, column in list(found.cells):
                if sheet.cell(row, locked).casefold() in NO:
                    del found.cells[row, column]
                    if column == sheet.mark:
                        found.marks -= 1
                        found.left.append(f"{sheet.cell(row, sheet.name)} (locked)")
        write(order.out / FILE, sheet.table.filled(found.cells).text())
        write(order.out / ZIP, zipped(order, lines))
        return [*telling(found, order.out / FILE), str(order.out / ZIP)]

    def fail(self, order: Order) -> None:
        """Nothing was written, so nothing is to be done."""


def place_of(heads: list[str], names: tuple[str, ...]) -> int | None:
    """The column with one of these headings; Moodle has written some in two ways."""
    wanted = {name.casefold() for name in names}
    return next((c for c, head in enumerate(heads) if head.casefold() in wanted), None)


def zipped(order: Order, lines: list[Line]) -> bytes:
    """Pages in folders that are named as those of what was handed in; the others stay
    out, for Moodle would not know whose they are.
    """
    data, count = io.BytesIO(), Counter[str]()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for line in lines:
            file = line.item.hand_in.file if line.item else ""
            if match := FOLDER.fullmatch(file.partition("/")[0]):
                count[match["folder"]] += 1
                number = count[match["folder"]]
                name = order.homework.name + (f"-{number}" if number > 1 else "")
                place = zipfile.ZipInfo(f"{match['folder']}_/{name}.html")
                archive.writestr(place, page(order.homework, line))
    return data.getvalue()
