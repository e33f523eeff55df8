"""Kinds of bad hand-ins, and a class in which a good one stands behind each.

The bad thing stands in the answer to "double", which is worth 2 of 5: 3 is the fair
mark where that answer is lost, 5 where it is right in spite of all.
"""

import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell

from classroom.course import Order, grade_course
from classroom.reports import Reports
from classroom.result import Result
from classroom.sandbox import ISOLATION, Limits
from tests.shared.grading import missing
from tests.shared.homework import ANSWERS, MASTER, as_bytes, at, solved, taken

RIGHT = ANSWERS["double"]


@dataclass
class Bad:
    """A kind of bad hand-in, and what must become of it."""

    total: int | None
    status: str = "graded"
    noticed: str = ""
    needs: str = ""  # what must be isolated for that
    error: str = ""  # in what is said about the answer


@dataclass
class Code(Bad):
    """One with this in the cell of the answer to "double"."""

    source: str = ""


@dataclass
class Changed(Bad):
    """A good one, changed by a function; or any bytes."""

    make: Callable | bytes = b""


def code(source, total, status="graded", noticed="", needs="", error=""):
    return Code(total, status, noticed, needs, error, source)


def lost(source, status="graded", **more):
    """The answer is lost, nothing else."""
    return code(source, 3, status, **more)


def fair(source, **more):
    """The answer is right, whatever stands around it."""
    return code(f"{RIGHT}\n{source}", 5, **more)


def unreadable(data, noticed):
    return Changed(None, "unreadable", noticed, make=data)


def changed(function, total=5, noticed=""):
    return Changed(total, "graded", noticed, make=function)


def edit(name, **attributes):
    """Change attributes of a cell, or ``points`` and ``grade`` of its metadata."""

    def edited(notebook):
        cell = notebook.cells[at(notebook, name)]
        for key, value in attributes.items():
            into = cell.metadata.nbgrader if key in ("points", "grade") else cell
            into[key] = value

    return edited


def insert(name, source, after=0):
    """Put a new code cell before a cell, or some cells after it."""

    def inserted(notebook):
        notebook.cells.insert(at(notebook, name) + after, new_code_cell(source))

    return inserted


def strip(notebook):
    """What a conversion by some other program may leave of a notebook."""
    for cell in notebook.cells:
        cell.metadata = {}
        cell.pop("id")
    notebook.nbformat_minor = 4


def old(notebook):
    strip(notebook)
    return nbformat.convert(notebook, 3)


def take(*names):
    """Take cells out."""
    return lambda notebook: [taken(notebook, name) for name in names]


def both(first, second):
    """Change two things."""
    return lambda notebook: [first(notebook), second(notebook)]


def bytes_of(bad: Bad, places: dict[str, str]) -> bytes:
    """The notebook that is handed in."""
    if isinstance(bad, Code):
        source = bad.source
        for mark, place in places.items():
            source = source.replace(mark, place)
        return as_bytes(solved(double=source))
    if isinstance(bad.make, bytes):
        return bad.make
    notebook = solved()
    other = bad.make(notebook)
    if isinstance(other, bytes):
        return other
    return as_bytes(other if isinstance(other, nbformat.NotebookNode) else notebook)


def graded(
    folder: Path, name: str, kinds: dict[str, Bad], limits: Limits
) -> dict[str, Result]:
    """By file, the result of each bad hand-in and of a good one behind it.

    Args:
        folder: for the master, and for hand-ins and marks.
        name: of the folder of hand-ins; there may be others in it.
        kinds: the bad ones; those are left out that are too dangerous here.
        limits: what one may use.
    """
    master = folder / "master" / "homework.ipynb"
    master.parent.mkdir(exist_ok=True)
    master.write_text(MASTER.text)
    order = Order(master, folder / name, folder / f"{name}-out", 0, 2, limits=limits)
    with socket.create_server(("127.0.0.1", 0)) as server:
        places = {"@PORT@": str(server.getsockname()[1]), "@MASTER@": str(master)}
        places |= {"@IN@": str(order.submissions), "@OUT@": str(order.out)}
        write_kinds(order.submissions, kinds, places)
        items = grade_course(order, Reports(order))
    return {item.hand_in.file: item.result for item in items}


def write_kinds(folder: Path, kinds: dict[str, Bad], places: dict[str, str]) -> None:
    """Each bad hand-in, and a good one behind it."""
    for number, (kind, bad) in enumerate(kinds.items()):
        if bad.needs in missing():
            continue
        hand_ins = {"": bytes_of(bad, places), " next": as_bytes(solved())}
        for behind, data in hand_ins.items():
            place = folder / f"{number:03} {kind}{behind}"
            place.mkdir(parents=True)
            (place / "homework.ipynb").write_bytes(data)


def result_of(results: dict[str, Result], kind: str, behind: str = "") -> Result:
    """The result of one kind, or of what is behind it."""
    end = f" {kind}{behind}/homework.ipynb"
    return next(result for file, result in results.items() if file[3:] == end)


def check_fair(bad: Bad, result: Result) -> None:
    """A bad hand-in has its fair mark, and what is said about it is right."""
    told = json.dumps(result.as_json(), indent=1)
    assert bad.status in (result.status, "any"), told
    assert result.status != "failed", told
    if bad.total is not None:
        assert result.total == bad.total, told
    assert bad.noticed in " ".join(result.noticed), told
    assert bad.error in result.errors.get("double", ""), told
    if result.has_run:
        assert {*result.sandbox, *missing()} == {*ISOLATION}


def check_good(result: Result) -> None:
    """The next student has all marks."""
    assert (result.status, result.total) == ("graded", 5), result
    assert result.noticed == []


def check_folder(folder: Path, *names: str) -> None:
    """Nothing but these classes is in it, each with marks, and the master is whole."""
    assert (folder / "master/homework.ipynb").read_text() == MASTER.text
    expected = ["master", *names, *(f"{name}-out" for name in names)]
    assert sorted(path.name for path in folder.iterdir()) == sorted(expected)
    for name in names:
        rows = (folder / f"{name}-out/marks.csv").read_text().splitlines()
        pages = [*(folder / f"{name}-out/feedback").iterdir()]
        assert len(rows) == len(pages) + 1
