"""How tests grade: one hand-in, or a class; each of both once, and shared."""

import csv
import os
import signal
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path

import nbformat

from book.project import COURSE
from classroom.__main__ import main
from classroom.course import only_grader
from classroom.grading import Job, grade, what_cannot_be_isolated
from classroom.notebook import Master
from classroom.processes import WARM
from classroom.release import students_version
from classroom.result import Result
from classroom.sandbox import Limits
from tests.shared.homework import MASTER, RELEASED, as_bytes, solved

ROOT = COURSE.root
FAST = Limits(cpu=2, total=60)
OTHER = ROOT / "assignments" / "05_xavier.ipynb"
CLASS = {
    "ada": as_bytes(solved()),
    "bob": as_bytes(solved(double="def double(x):\n    return x * x", why="")),
    "cleo": as_bytes(RELEASED),
    "dan": as_bytes(solved(size="import os\nos._exit(3)")),
    "eve": b"{",
    "fay": nbformat.writes(students_version(Master.read(OTHER))).encode(),
}


@cache
def graded(hand_in: bytes, seed: int = 0, isolate: bool = True) -> Result:
    """The result of a hand-in for the small master."""
    return grade(Job("homework", MASTER.text, seed, hand_in, FAST, isolate))


@cache
def missing() -> list[str]:
    """What this machine does not isolate."""
    return what_cannot_be_isolated()


def write_class(folder: Path, hand_ins: dict[str, bytes]) -> None:
    """A folder for each student."""
    for name, notebook in hand_ins.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "homework.ipynb").write_bytes(notebook)


def rows(out: Path) -> dict[str, dict[str, str]]:
    """The table of marks, by file, or by student where there is none."""
    with open(out / "marks.csv", newline="", encoding="utf-8") as file:
        return {row["file"] or row["student"]: row for row in csv.DictReader(file)}


def grade_in(folder: Path) -> None:
    """Be ``python -m classroom grade`` in a folder, in a process that is warm.

    The grader ends as a process of its own does; it has not to import torch first.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started this
    os.chdir(folder)
    os.environ["TMPDIR"] = str(folder / "tmp")
    tempfile.tempdir = None
    # What the homework of tests does not need would be imported by each grader anew.
    WARM[:] = ["classroom.referee"]
    words = "grade homework.ipynb in out --jobs 2 --resume".split()
    with (
        open(os.devnull, "w") as nothing,
        redirect_stdout(nothing),
        redirect_stderr(nothing),
    ):
        sys.exit(main(words))


def lock(folder: Path) -> None:
    """Be the only grader of a folder until this process is killed."""
    with only_grader(folder):
        (folder / "at work").touch()
        signal.pause()
