"""otter-grader on our homework: its tests, and an environment of its own.

Nothing of the course needs it, so it is installed when it is measured, and what it
shares with the course is the course's.
"""

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import nbformat

from benchmarks.timing import NotHere
from book.project import COURSE
from classroom.notebook import Master

VERSION = "7.0.0"
# Each of our test cells, in otter's exception-based format.
TEST = """\
from otter.test_files import test_case

OK_FORMAT = False
name = {name!r}
points = {points!r}


@test_case()
def test(env):
    exec({code!r}, env)
"""


def installed(place: Path) -> Path:
    """The Python of a new environment with otter-grader and all that the course has.

    Raises:
        NotHere: if otter-grader cannot be installed.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    python = place / "bin" / "python"
    [own] = (place / "lib").glob("python*/site-packages")
    (own / "course.pth").write_text(sysconfig.get_path("purelib"))
    wanted = ["-c", COURSE.root / "constraints.txt", f"otter-grader=={VERSION}"]
    told = subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", *wanted],
        capture_output=True,
        text=True,
    )
    if told.returncode:
        raise NotHere(f"otter-grader cannot be installed: {told.stderr[-300:]}")
    return python


def write_tests(master: Master, folder: Path) -> None:
    """A file for each test cell, named after it."""
    folder.mkdir()
    for test in master.tests:
        look = {"name": test.id, "points": test.points, "code": test.source}
        (folder / f"{test.id}.py").write_text(TEST.format(**look))


def with_checks(hand_in: bytes, master: Master) -> bytes:
    """A hand-in as otter wants it: where a test cell was, a check of that test."""
    notebook = nbformat.reads(hand_in.decode(), as_version=4)
    start = nbformat.v4.new_code_cell("import otter\n\ngrader = otter.Notebook()")
    names = {test.id for test in master.tests}
    for cell in notebook.cells:
        if cell.id in names:
            cell.source = f"grader.check({cell.id!r}, globals())"
    notebook.cells.insert(0, start)
    return nbformat.writes(notebook).encode()


def total(results: Path) -> float:
    """The points of one hand-in, as otter has written them."""
    tests = json.loads((results / "results.json").read_text())["tests"]
    return sum(test["score"] for test in tests if "score" in test)
