"""A whole class, whatever comes between.

Graders that are killed, and workers that die, cost time and no mark.
"""

import csv
import os
import random
import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import replace

import dask
import distributed
import pytest

from classroom.course import Onlooker, Order, grade_course, only_grader
from classroom.notebook import NotebookError
from classroom.processes import SERVER, WARM
from classroom.sandbox import Limits
from tests.shared.grading import grade_in, lock
from tests.shared.homework import MASTER, as_bytes, solved

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


@contextmanager
def start(target, *arguments):
    """A process of its own that has all modules already; wait for its end."""
    SERVER.set_forkserver_preload(WARM)
    process = SERVER.Process(target=target, args=arguments)
    process.start()
    yield process
    process.join()


def test_a_grader_that_is_killed_ten_times_loses_nothing(course):
    chance, before = random.Random(), {}
    for _ in range(KILLS):
        with start(grade_in, course) as grader:
            # It must get somewhere, but never to the end.
            while len(results(course)) <= len(before) and grader.is_alive():
                time.sleep(0.01)
            time.sleep(chance.uniform(0, 0.1))
            grader.kill()
        after = results(course)
        assert before.items() <= after.items(), "a result was lost or made twice"
        before = after
    with start(grade_in, course) as grader:
        grader.join()
        assert grader.exitcode == 0
    assert before.items() <= results(course).items() and len(results(course)) == 24
    with open(course / "out" / "marks.csv", newline="") as file:
        marks = [(row["student"], row["total"]) for row in csv.DictReader(file)]
    assert marks == [(f"{n:02}", str(TOTALS[n % 4])) for n in range(24)]
    # Those who were at work then have noticed, and tidied up.
    until = time.monotonic() + 300
    while left := list((course / "tmp").glob("hand-in-*")):
        assert time.monotonic() < until, f"left behind: {left}"
        time.sleep(0.1)


def test_an_interrupt_of_the_process_alone_ends_it_soon(course):
    """As ``kill -INT`` does: not to the children, as a terminal's Ctrl-C is."""
    sleeps = as_bytes(solved(double="import time\ntime.sleep(200)"))
    for number in (2, 3):
        (course / "in" / f"{number:02}" / "homework.ipynb").write_bytes(sleeps)
    with start(grade_in, course) as grader:
        while len(results(course)) < 2:
            time.sleep(0.05)
        time.sleep(1)  # both are asleep
        os.kill(grader.pid, signal.SIGINT)
        grader.join(30)
        alive = grader.is_alive()
        grader.kill()
    assert not alive and grader.exitcode == 130
    assert not list((course / "tmp").glob("hand-in-*"))
    with open(course / "out" / "marks.csv", newline="") as file:
        marks = [(row["status"], row["total"]) for row in csv.DictReader(file)]
    assert marks == [("graded", "5"), ("graded", "3"), *[("waiting", "")] * 22]


def test_a_second_grader_is_kept_out_until_the_first_one_ends(tmp_path):
    """However it ends: this one is killed, and what it leaves blocks nobody."""
    with start(lock, tmp_path) as grader:
        while not (tmp_path / "at work").exists():
            time.sleep(0.01)
        with pytest.raises(NotebookError, match=f"another grader is at .* {tmp_path}"):
            with only_grader(tmp_path):
                pass
        grader.kill()
    with only_grader(tmp_path):
        pass
    with pytest.raises(KeyError), only_grader(tmp_path):
        raise KeyError
    with only_grader(tmp_path):
        pass


def test_a_cluster_needs_dask_and_a_scheduler(course, monkeypatch):
    order = Order(course / "homework.ipynb", course / "in", course / "out")
    with pytest.raises(NotebookError, match="no scheduler at nonsense://here"):
        grade_course(replace(order, scheduler="nonsense://here"))
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(NotebookError, match='pip install "distributed>=2024.8"'):
        grade_course(replace(order, scheduler="tcp://here:1"))


@pytest.mark.filterwarnings("ignore")
def test_a_worker_that_dies_costs_only_time(course):
    SERVER.set_forkserver_preload(WARM)  # where workers come from, all modules there
    forked = {"distributed.worker.multiprocessing-method": "forkserver"}
    with (
        dask.config.set(forked),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
    ):
        pids = {name: nanny.pid for name, nanny in cluster.workers.items()}
        killed = []

        class KillOne(Onlooker):
            taken = 0

            def take(self, item):
                self.taken += 1
                if self.taken == 4:
                    os.kill(pids[0], signal.SIGKILL)
                    killed.append(pids[0])

        order = Order(
            course / "homework.ipynb",
            course / "in",
            course / "out",
            limits=Limits(total=60),
            scheduler=cluster.scheduler_address,
        )
        graded = grade_course(order, KillOne())
        assert killed and cluster.workers[0].pid != killed[0]
    totals = [item.result.total for item in graded]
    assert totals == [TOTALS[number % 4] for number in range(24)]


def nothing_installed(isolate):
    raise ModuleNotFoundError("No module named 'classroom'")


@pytest.mark.filterwarnings("ignore")
def test_workers_without_the_course_are_told(course, monkeypatch):
    monkeypatch.setattr("classroom.workers.what_cannot_be_isolated", nothing_installed)
    with distributed.LocalCluster(
        n_workers=1, processes=False, dashboard_address=None
    ) as cluster:
        places = (course / "homework.ipynb", course / "in", course / "out")
        order = Order(*places, scheduler=cluster.scheduler_address)
        with pytest.raises(NotebookError, match="Is the course installed"):
            grade_course(order)
