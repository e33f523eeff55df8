"""Which cell of a hand-in answers what: cells get lost, doubled, moved and edited.

A hand-in runs from top to bottom as it is, with two exceptions: locked cells are the
teacher's, whatever became of them, and every test of the master is there, once.
"""

import json
from dataclasses import dataclass

import nbformat

from classroom.notebook import SEED, Cell, Master, NotebookError, cell_of
from classroom.words import words_of

LARGEST = 50 * 2**20  # bytes of a hand-in
MOST = 2000  # cells
SIGNS = {
    b"pk\x03\x04": "a zip, or a document of Word or the like",
    b"%pdf": "a PDF",
    b"<!doctype": "a web page (HTML)",
    b"<html": "a web page (HTML)",
    b"<?xml": "XML",
    b"{\\rtf": "a text document (RTF)",
    b"\x1f\x8b": "a compressed file (gzip)",
    b"7z\xbc\xaf": "an archive (7z)",
    b"rar!": "an archive (RAR)",
    b"\x89png": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"\xd0\xcf\x11\xe0": "an old document of Word or the like",
    b"version https://git-lfs": "a pointer of Git LFS; the notebook is elsewhere",
}  # what files begin with, in small letters


def read(data: bytes) -> list[Cell]:
    """The cells of a hand-in, of any of nbformat's versions.

    Raises:
        NotebookError: if it is no notebook.
    """
    if len(data) > LARGEST:
        raise NotebookError(f"{len(data) / 2**20:.0f} MiB; at most {LARGEST >> 20}")
    if not data.strip():
        raise NotebookError("an empty file")
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise NotebookError(what_it_is(data) or f"not JSON ({error})") from None
    if not isinstance(notebook, dict) or not {"cells", "worksheets"} & notebook.keys():
        raise NotebookError("JSON, but no notebook")
    if "cells" not in notebook:
        try:
            notebook = nbformat.convert(nbformat.from_dict(notebook), 4)
        except Exception as error:
            raise NotebookError(f"an old notebook ({error})") from None
    cells = notebook["cells"]
    if not isinstance(cells, list):
        raise NotebookError("JSON, but no notebook")
    if len(cells) > MOST:
        raise NotebookError(f"{len(cells):,} cells; at most {MOST:,}")
    return [cell_of(raw) for raw in cells if isinstance(raw, dict)]


def what_it_is(data: bytes) -> str:
    """What a file is instead of a notebook, "" if that is not known."""
    start = data[:300].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    known = next((kind for sign, kind in SIGNS.items() if start.startswith(sign)), "")
    if known:
        return f"no notebook, but {known}"
    if b"\n<<<<<<< " in data:
        return "a notebook with the marks of a conflict in Git (<<<<<<<)"
    return ""


@dataclass(frozen=True)
class Step:
    """A cell to run: the student's, or a test of the master's."""

    cell: Cell
    is_test: bool = False

    @property
    def name(self) -> str:
        """How a teacher finds it."""
        return self.cell.grade_id or self.cell.id or self.cell.source[:30]


@dataclass(frozen=True)
class Plan:
    """What to run, in order; answers in words; what was noticed on the way."""

    steps: list[Step]
    words: dict[str, str]
    noticed: list[str]


def plan(master: Master, cells: list[Cell]) -> Plan:
    """How to run a hand-in: its own code, and the teacher's where that belongs."""
    noticed: list[str] = []
    teachers: set[int] = set()  # which of these cells are the teacher's
    places: list[tuple[float, Step]] = []
    for cell in master.setup:
        locked(cell, cells, teachers, noticed)
        places.append((-1, Step(cell)))
    tests = {c.grade_id: locked(c, cells, teachers, noticed) for c in master.tests}
    answers = {c.grade_id: answering(c, cells, teachers) for c in master.answers}
    if not any(cell.grade_id for cell in cells):
        noticed.append("no cell has nbgrader's name; found by what they say")
    noticed += [f"{name}: missing" for name, found in answers.items() if not found]
    for test in master.tests:
        found = answers.get(master.question_of(test).grade_id, [])
        at: float | None = tests[test.grade_id]
        if found and (at is None or at < min(found)):
            at = max(found) + 0.5
        places.append((len(cells) if at is None else at, Step(test, is_test=True)))
    runs_anyway = {i for found in answers.values() for i in found}
    for i, cell in enumerate(cells):
        if cell.type != "code" and i in runs_anyway:
            noticed.append(f"{cell.grade_id}: no code cell any more; run as code")
        elif cell.type != "code" or i in teachers:
            continue
        if cell.grade:
            noticed.append(f"{cell.grade_id or i}: says that it gives marks")
        places.append((i, Step(cell)))
    steps = [step for _, step in sorted(places, key=lambda place: place[0])]
    words = {cell.grade_id: words_of(cell, master, cells) for cell in master.by_hand}
    noticed += [f"{name}: {found.note}" for name, found in words.items() if found.note]
    return Plan(steps, {name: found.text for name, found in words.items()}, noticed)


def is_another(master: Master, cells: list[Cell]) -> bool:
    """Whether this is another homework: it has tests, none of them the master's, and
    nothing that both bears the name of an answer and defines what it should.
    """
    tests = [cell for cell in cells if cell.is_test]
    has_one = any(is_copy(test, cell) for test in tests for cell in master.tests)
    return (
        bool(tests)
        and not has_one
        and not any(
            same_name(cell, answer) and cell.names & answer.names
            for answer in master.answers
            for cell in cells
        )
    )


def is_copy(cell: Cell, original: Cell) -> bool:
    """Whether a cell is the teacher's, edited or not."""
    return same_name(cell, original) or plain(cell.source) == plain(original.public)


def same_name(cell: Cell, other: Cell) -> bool:
    """Whether two cells have the same grade_id or, failing that, the same id."""
    if cell.grade_id or not cell.id:
        return cell.grade_id == other.grade_id
    return cell.id == other.id


def locked(
    original: Cell, cells: list[Cell], teachers: set[int], noticed: list[str]
) -> int | None:
    """Where the teacher's cell is in a hand-in, None if nowhere; claim every copy."""
    free = [i for i in range(len(cells)) if i not in teachers]
    copies = [i for i in free if is_copy(cells[i], original)]
    teachers |= set(copies)
    name = original.grade_id
    if not copies:
        noticed.append(f"{name}: missing; the teacher's was run")
        return None
    if len(copies) > 1:
        noticed.append(f"{name}: {len(copies)} copies; run once")
    first = cells[copies[0]]
    if plain(first.source) not in (plain(original.public), plain(original.source)):
        noticed.append(f"{name}: edited; the teacher's was run")
    if first.grade_id and first.points != original.points:
        noticed.append(f"{name}: {first.points:g} points; {original.points:g} count")
    return copies[0]


def plain(source: str) -> str:
    """Source without what makes no difference."""
    lines = SEED.sub("SEED = 0", source).split("\n")
    return "\n".join(line.rstrip() for line in lines if line.strip())


def answering(cell: Cell, cells: list[Cell], teachers: set[int]) -> list[int]:
    """Where a hand-in answers: cells that bear the name and define what they should,
    else any that define it, else any that bear the name.
    """
    free = [i for i in range(len(cells)) if i not in teachers]
    named = [i for i in free if same_name(cells[i], cell)]
    defining = [i for i in free if cell.names & cells[i].names]
    code = [i for i in defining if cells[i].type == "code"]
    both = [i for i in defining if i in named]
    return both or code or named
