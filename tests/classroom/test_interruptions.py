"""Graders that are killed, and workers that die: it costs time and no mark."""

import csv
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import distributed
import pytest

import helpers
from classroom.course import Order, grade_course
from classroom.notebook import NotebookError
from classroom.sandbox import Limits
from tests.shared.homework import MASTER, as_bytes, solved

ROOT = Path(helpers.__file__).parents[1]
KILLS = 10
ANSWERS = [
    {},
    {"double": "def double(x):\n    return x"},
    {"size": "def size(v):\n    return v.abs().mean()"},
    {"limit": "import os\nos._exit(1)"},
]
TOTALS = [5, 3, 3, 4]


@pytest.fixture
def course(tmp_path):
    """A folder with a master and 24 hand-ins of four kinds."""
    (tmp_path / "homework.ipynb").write_text(MASTER.text)
    for number in range(24):
        folder = tmp_path / "in" / f"{number:02}"
        folder.mkdir(parents=True)
        notebook = as_bytes(solved(**ANSWERS[number % 4]))
        (folder / "homework.ipynb").write_bytes(notebook)
    (tmp_path / "tmp").mkdir()
    return tmp_path


def results(folder):
    found = (folder / "out" / "results").glob("*.json")
    return {path.name: path.stat().st_mtime_ns for path in found}


def start(folder):
    words = "-m classroom grade homework.ipynb in out --jobs 2 --resume".split()
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder / "tmp")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_a_grader_that_is_killed_ten_times_loses_nothing(course):
    chance, before = random.Random(), {}
    for _ in range(KILLS):
        with start(course) as grader:
            # It must get somewhere, but never to the end.
            while len(results(course)) <= len(before) and grader.poll() is None:
                time.sleep(0.01)
            time.sleep(chance.uniform(0, 0.1))
            grader.send_signal(signal.SIGKILL)
        after = results(course)
        assert before.items() <= after.items(), "a result was lost or made twice"
        before = after
    with start(course) as grader:
        assert grader.wait() == 0
    assert before.items() <= results(course).items() and len(results(course)) == 24
    with open(course / "out" / "marks.csv", newline="") as file:
        marks = [(row["student"], row["total"]) for row in csv.DictReader(file)]
    assert marks == [(f"{n:02}", str(TOTALS[n % 4])) for n in range(24)]
    # Those who were at work then have noticed, and tidied up.
    until = time.monotonic() + 300
    while left := list((course / "tmp").glob("hand-in-*")):
        assert time.monotonic() < until, f"left behind: {left}"
        time.sleep(0.1)


@pytest.mark.filterwarnings("ignore")
def test_a_worker_that_dies_costs_only_time(course):
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        pids = {name: nanny.pid for name, nanny in cluster.workers.items()}
        killed = []

        def kill_one(done, of):
            if done == 4:
                os.kill(pids[0], signal.SIGKILL)
                killed.append(pids[0])

        order = Order(
            course / "homework.ipynb",
            course / "in",
            course / "out",
            limits=Limits(total=60),
            scheduler=cluster.scheduler_address,
        )
        graded = grade_course(order, kill_one)
        assert killed and cluster.workers[0].pid != killed[0]
    totals = [item.result["total"] for item in graded]
    assert totals == [TOTALS[number % 4] for number in range(24)]


def nothing_installed(isolate):
    raise ModuleNotFoundError("No module named 'classroom'")


@pytest.mark.filterwarnings("ignore")
def test_workers_without_the_course_are_told(course, monkeypatch):
    monkeypatch.setattr("classroom.course.what_cannot_be_isolated", nothing_installed)
    with distributed.LocalCluster(
        n_workers=1, processes=False, dashboard_address=None
    ) as cluster:
        places = (course / "homework.ipynb", course / "in", course / "out")
        order = Order(*places, scheduler=cluster.scheduler_address)
        with pytest.raises(NotebookError, match="Is the course installed"):
            grade_course(order)
