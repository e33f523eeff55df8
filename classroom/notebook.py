"""Masters: notebooks with nbgrader's cell metadata, read into cells and questions.

nbgrader's words are kept: a *solution* cell is what a student writes, a *grade* cell
gives points, a *locked* cell is the teacher's. A master has its reference answers
between ``### BEGIN SOLUTION`` and ``### END SOLUTION`` and its hidden tests between
``### BEGIN HIDDEN TESTS`` and ``### END HIDDEN TESTS``.
"""

import ast
import re
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import nbformat

from classroom.slices import bindings

SOLUTION = "SOLUTION"
HIDDEN = "HIDDEN TESTS"
STUBS = {
    "code": "# YOUR CODE HERE\nraise NotImplementedError()",
    "markdown": "YOUR ANSWER HERE",
}
NAME = 80  # letters of a name that are kept
SEED = re.compile(r"^SEED = \d+$", re.MULTILINE)


class NotebookError(ValueError):
    """A notebook that cannot be used, and why."""


def replaced(source: str, region: str, stub: str | None = None) -> str:
    """The source with each region between BEGIN and END replaced by a stub.

    Raises:
        NotebookError: if a region is opened twice, or never closed or opened.
    """
    kept, inside = [], False
    for line in source.split("\n"):
        begins, ends = f"BEGIN {region}" in line, f"END {region}" in line
        if (begins and inside) or (ends and not inside):
            raise NotebookError(f"a line {line.strip()!r} too many")
        if begins and stub is not None:
            indent = line[: len(line) - len(line.lstrip())]
            kept += [indent + text for text in stub.split("\n")]
        if not (begins or ends or inside):
            kept.append(line)
        inside = begins or (inside and not ends)
    if inside:
        raise NotebookError(f"no line 'END {region}' after 'BEGIN {region}'")
    return "\n".join(kept)


@dataclass(frozen=True)
class Cell:
    """One cell: its source, and what nbgrader's metadata say about it."""

    id: str
    type: str
    source: str
    grade_id: str = ""
    grade: bool = False
    solution: bool = False
    locked: bool = False
    points: float = 0

    @property
    def is_test(self) -> bool:
        """Code that gives points."""
        return self.type == "code" and self.grade and not self.solution

    @property
    def is_answer(self) -> bool:
        """Code that a student writes."""
        return self.type == "code" and self.solution

    @property
    def by_hand(self) -> bool:
        """An answer that a person marks."""
        return self.grade and self.solution

    @property
    def public(self) -> str:
        """What the student's version of this cell says."""
        source = replaced(self.source, HIDDEN).rstrip("\n")
        if not self.solution:
            return source
        return replaced(source, SOLUTION, STUBS[self.type])

    @cached_property
    def names(self) -> frozenset[str]:
        """What this cell binds at its top level, imports left out."""
        return bindings(self.source)


def cell_of(raw: dict) -> Cell:
    """One cell of a notebook's JSON, whatever is missing in it or of a wrong type."""
    metadata = raw.get("metadata")
    found = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    found = found if isinstance(found, dict) else {}
    source = raw.get("source", "")
    points = found.get("points", 0)
    counts = isinstance(points, int | float) and abs(points) < 1e9
    return Cell(
        id=str(raw.get("id", ""))[:NAME],
        type=str(raw.get("cell_type", ""))[:NAME],
        source="".join(map(str, source)) if isinstance(source, list) else str(source),
        grade_id=str(found.get("grade_id", ""))[:NAME],
        grade=found.get("grade") is True,
        solution=found.get("solution") is True,
        locked=found.get("locked") is True,
        points=points if counts else 0,
    )


@dataclass(frozen=True)
class Master:
    """A teacher's notebook: its name, its text and its cells."""

    name: str
    text: str
    seed: int | None = None

    @classmethod
    def read(cls, path: Path) -> "Master":
        """Read a master.

        Raises:
            NotebookError: if there is none at this path.
        """
        try:
            return cls(path.stem, path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise NotebookError(f"{path} is no notebook: {error}") from None

    @cached_property
    def notebook(self) -> nbformat.NotebookNode:
        """The whole notebook, format 4."""
        try:
            return nbformat.reads(self.text, as_version=4)
        except Exception as error:
            raise NotebookError(f"{self.name} is no notebook: {error}") from None

    @cached_property
    def cells(self) -> list[Cell]:
        """Its cells; in locked ones SEED is set, if a seed was given."""
        cells = [cell_of(raw) for raw in self.notebook.cells]
        if self.seed is None:
            return cells
        return [
            replace(c, source=SEED.sub(f"SEED = {self.seed}", c.source))
            if c.locked and c.type == "code"
            else c
            for c in cells
        ]

    def cell(self, grade_id: str) -> Cell:
        """The cell with this grade_id."""
        return next(cell for cell in self.cells if cell.grade_id == grade_id)

    @cached_property
    def setup(self) -> list[Cell]:
        """Locked code that is no test; it runs first."""
        return [c for c in self.cells if c.type == "code" and c.locked and not c.grade]

    @cached_property
    def tests(self) -> list[Cell]:
        """Cells that give points by themselves."""
        return [cell for cell in self.cells if cell.is_test]

    @cached_property
    def answers(self) -> list[Cell]:
        """Code that students write."""
        return [cell for cell in self.cells if cell.is_answer]

    @cached_property
    def by_hand(self) -> list[Cell]:
        """Answers that a person marks."""
        return [cell for cell in self.cells if cell.by_hand]

    @cached_property
    def students_names(self) -> frozenset[str]:
        """Functions and values that the answers define."""
        return frozenset().union(*(cell.names for cell in self.answers))

    @cached_property
    def students_functions(self) -> frozenset[str]:
        """Those of them that can be called."""
        kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        return frozenset(
            node.name
            for cell in self.answers
            for node in ast.parse(cell.source).body
            if isinstance(node, kinds)
        )

    def question_of(self, test: Cell) -> Cell:
        """The last answer above a test cell."""
        above = self.cells[: self.cells.index(test)]
        return next((c for c in reversed(above) if c.is_answer), test)
