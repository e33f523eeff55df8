"""Files: written wholly or not at all, tables read whatever spreadsheet wrote them."""

import csv
import io
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

csv.field_size_limit(2**31 - 1)  # older tables may hold what is cut today

# Where a spreadsheet would see a formula begin: at the start of a cell, and behind a
# semicolon or comma, for some take those for the end of a cell. Full-width signs count
# where East Asian keyboards do. OWASP, "CSV Injection".
FORMULA = re.compile(r"(^|[;,]\s*)([=+\-@＝＋－＠])")


def write(path: Path, text: str | bytes) -> None:
    """Write a file in one step: after a crash there is the old one or the new."""
    data = text.encode("utf-8", "backslashreplace") if isinstance(text, str) else text
    if path.is_file() and path.read_bytes() == data:
        return
    unfinished = path.with_name(f"{path.name}.part")
    with open(unfinished, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def harmless(value: object) -> object:
    """One line of text that no spreadsheet takes for a formula."""
    if not isinstance(value, str):
        return value
    return FORMULA.sub(r"\1'\2", " ".join(value.split()))


@dataclass(frozen=True)
class Table:
    """A CSV file: its rows, and how they are written."""

    rows: list[list[str]]
    comma: str = ","
    end: str = "\r\n"
    mark: str = ""  # the byte order mark

    @classmethod
    def read(cls, path: Path) -> "Table":
        """Read one, whatever spreadsheet or course system wrote it.

        Raises:
            OSError: if it cannot be read.
            UnicodeDecodeError: if it is no text.
            csv.Error: if it is no table.
        """
        text = decoded(path.read_bytes())
        mark, text = text[: text.startswith("\ufeff")], text.removeprefix("\ufeff")
        first = text.partition("\n")[0]
        comma = max(",;\t", key=first.count)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=comma))
        return cls(rows, comma, "\r\n" if first.endswith("\r") else "\n", mark)

    def text(self) -> str:
        """The file again."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=self.comma, lineterminator=self.end)
        writer.writerows(self.rows)
        return self.mark + text.getvalue()

    def filled(self, cells: dict[tuple[int, int], str]) -> "Table":
        """A table with some cells changed, by row and column."""
        rows = [list(row) for row in self.rows]
        for (row, column), value in cells.items():
            rows[row] += [""] * (column + 1 - len(rows[row]))
            rows[row][column] = value
        return replace(self, rows=rows)


def decoded(data: bytes) -> str:
    """Text of UTF-8, of UTF-16 with its mark, or of what Excel writes on Windows.

    Raises:
        UnicodeDecodeError: if it is none of them.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252")


def rows_of(path: Path) -> list[list[str]]:
    """The rows of a CSV file, whatever spreadsheet wrote it; empty ones left out."""
    return [row for row in Table.read(path).rows if any(row)]
