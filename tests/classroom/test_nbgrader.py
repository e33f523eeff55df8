"""nbgrader gives the marks that our own grader gives, for the same hand-ins."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from classroom.grading import Job, grade
from tests.shared.assignments import answers, filled, hand_ins, master, reference
from tests.shared.grading import ROOT
from tests.shared.homework import MASTER, as_bytes, solved

pytestmark = pytest.mark.slow

# What ``nbgrader generate_assignment`` and ``autograde`` do, started once for all.
NBGRADER = """
import json, sys
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI

name, nbgrader = sys.argv[1], NbGraderAPI()
done = [nbgrader.generate_assignment(name), nbgrader.autograde(name, "*")]
assert all(step["success"] for step in done), done
with Gradebook("sqlite:///gradebook.db") as gradebook:
    print(json.dumps({
        submission.student.id: {
            grade.name: grade.auto_score
            for notebook in submission.notebooks for grade in notebook.grades
            if grade.cell.cell_type == "code"
        }
        for submission in gradebook.assignment_submissions(name)
    }))
"""


def run(folder, *words):
    """Run Python in a folder of its own: no settings from elsewhere."""
    own = {"HOME": str(folder), "IPYTHONDIR": str(folder / ".ipython")}
    own |= {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    own |= {"JUPYTER_CONFIG_DIR": str(folder / ".jupyter")}
    # nbgrader looks for alembic there
    own |= {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=os.environ | own,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def marks_of_nbgrader(folder, name, source, notebooks):
    """By hand-in and test cell, what nbgrader gives."""
    places = {folder / "source" / name: source}
    places |= {folder / "submitted" / k / name: n for k, n in notebooks.items()}
    for place, content in places.items():
        place.mkdir(parents=True)
        (place / f"{name}.ipynb").write_bytes(content)
    return json.loads(run(folder, "-c", NBGRADER, name).splitlines()[-1])


def compare(folder, name, source, notebooks):
    """Both graders' marks; they must not be those of one mark for all."""
    marks = {}
    for student, notebook in notebooks.items():
        result = grade(Job(student, source.decode(), 0, notebook))
        assert result.status == "graded", result.noticed
        marks[student] = {outcome.test: outcome.marks for outcome in result.tests}
    assert marks_of_nbgrader(folder, name, source, notebooks) == marks
    return {student: sum(tests.values()) for student, tests in marks.items()}


def test_the_small_master(tmp_path):
    notebooks = {
        "right": solved(),
        "copied": solved(double="def double(x):\n    return x"),
        "wrong": solved(double="def double(x):\n    return 1 / 0", limit="limit = 1.0"),
    }
    notebooks = {student: as_bytes(n) for student, n in notebooks.items()}
    totals = compare(tmp_path, "homework", MASTER.text.encode(), notebooks)
    assert totals == {"right": 5, "copied": 3, "wrong": 2}


@pytest.mark.parametrize("name", ["05_xavier"])
def test_a_homework_of_the_course(tmp_path, name):
    right, wrong = (
        {q: table[q][label] for q, label in hand_ins(table)[1].items()}
        for table in (answers(name)["RIGHT"], answers(name)["WRONG"])
    )
    half = dict(list(wrong.items())[::2])
    given = {"right": right, "wrong": wrong, "partly": reference(name) | half}
    notebooks = {k: as_bytes(filled(name, sources)) for k, sources in given.items()}
    source = master(name).text.encode()
    totals = compare(tmp_path, name, source, notebooks)
    assert totals["right"] == 10 and totals["wrong"] < totals["partly"] < 10
