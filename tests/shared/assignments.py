"""The homeworks of the course, and what students write into them.

Answers are in ``tests/course/answers``; the k-th answers to all questions of a master
are one hand-in.
"""

import runpy
from copy import deepcopy
from functools import cache
from itertools import zip_longest

import nbformat

from classroom.notebook import Master
from classroom.release import students_version
from tests.shared.grading import ROOT

FOLDER = ROOT / "assignments"
NAMES = sorted(path.stem for path in FOLDER.glob("*.ipynb"))


@cache
def master(name: str) -> Master:
    return Master.read(FOLDER / f"{name}.ipynb")


@cache
def answers(name: str) -> dict:
    """RIGHT, WRONG and LOSES of a master's file of answers."""
    return runpy.run_path(str(ROOT / "tests" / "course" / "answers" / f"{name}.py"))


@cache
def released(name: str) -> nbformat.NotebookNode:
    return students_version(master(name))


def filled(name: str, given: dict[str, str]) -> nbformat.NotebookNode:
    """A hand-in with these answers; the others are left open."""
    notebook = deepcopy(released(name))
    for cell in notebook.cells:
        cell.source = given.get(cell.id, cell.source)
    return notebook


def reference(name: str) -> dict[str, str]:
    return {cell.grade_id: cell.source for cell in master(name).answers}


def hand_ins(table: dict[str, dict[str, str]]) -> list[dict[str, str]]:
    """For each k, which answer a question gets: the k-th, while there is one."""
    rows = zip_longest(*([(q, label) for label in table[q]] for q in table))
    return [dict(filter(None, row)) for row in rows]
