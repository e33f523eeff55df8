"""A class of 1,000: graded with two jobs, each mark as expected, beside two others.

The hand-ins are made of the answers in ``tests/course/answers/05_xavier.py``: right
ones, wrong ones, and some that crash, hang, flood or are no notebook at all, in an
order that is drawn. nbgrader and otter-grader run the first few right and wrong ones:
what hangs would cost the first a minute each, and would never end in the second.
"""

import ctypes
import json
import os
import random
import resource
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import nbformat

from benchmarks import otter
from benchmarks.timing import Line, NotHere, compared
from book.project import COURSE
from classroom.course import Order, grade_course
from classroom.notebook import Master
from classroom.release import students_version
from classroom.sandbox import Limits

NAME = "05_xavier"
MASTER = COURSE.root / "assignments" / f"{NAME}.ipynb"
ANSWERS = COURSE.root / "tests" / "course" / "answers" / f"{NAME}.py"
SIZE, QUICK, FEW, JOBS, SEED = 1000, 60, 8, 2, 20261126
# Of a hundred: how many are all right, have one wrong answer, or one that is bad.
MIXTURE = {"right": 55, "wrong": 30, "bad": 14, "unreadable": 1}
BAD = {
    "crashes": "raise RuntimeError('no')",
    "is no Python": "def :",
    "exits": "import os\nos._exit(1)",
    "kills itself": "import os\nos.kill(os.getpid(), 9)",
    "floods": "while True:\n    print('x' * 1000)",
    "hangs": "while True:\n    pass",
}
LIMITS = Limits(cpu=5)

PR_SET_CHILD_SUBREAPER = 36  # of Linux's prctl: orphans become children of this process

# A hand-in: its bytes, and its total; None if it has none.
HandIn = tuple[bytes, float | None]


def class_of(size: int) -> list[tuple[str, HandIn]]:
    """The hand-ins of a class, drawn, each with its kind."""
    chance, master = random.Random(SEED), Master.read(MASTER)
    known = runpy.run_path(str(ANSWERS))
    points = {  # of a question, by test cell
        answer.id: {
            t.grade_id: t.points
            for t in master.tests
            if master.question_of(t).id == answer.id
        }
        for answer in master.answers
    }
    everything = sum(sum(tests.values()) for tests in points.values())
    kinds = chance.choices([*MIXTURE], [*MIXTURE.values()], k=size)
    made = []
    for kind in kinds:
        if kind == "unreadable":
            made.append((kind, (b"no notebook", None)))
            continue
        given = {q: chance.choice([*known["RIGHT"][q].values()]) for q in points}
        total, question = everything, chance.choice([*points])
        if kind == "wrong":
            label, given[question] = chance.choice([*known["WRONG"][question].items()])
            lost = known["LOSES"].get(question, {}).get(label, points[question])
            total -= sum(points[question][test] for test in lost)
        elif kind == "bad":
            given[question] = chance.choice([*BAD.values()])
            total -= sum(points[question].values())
        made.append((kind, (hand_in(master, given), total)))
    return made


def hand_in(master: Master, given: dict[str, str]) -> bytes:
    """The students' version with these answers."""
    notebook = deepcopy(students_version(master))
    for cell in notebook.cells:
        cell.source = given.get(cell.id, cell.source)
    return nbformat.writes(notebook).encode()


def write(folder: Path, made: list[HandIn]) -> None:
    """One folder for each student, as nbgrader has them."""
    for number, (content, _) in enumerate(made):
        place = folder / "submitted" / f"{number:04}" / NAME / f"{NAME}.ipynb"
        place.parent.mkdir(parents=True)
        place.write_bytes(content)


def check(made: list[HandIn], totals: list[float | None]) -> None:
    """Every hand-in has the one mark that it must have."""
    pairs = zip([total for _, total in made], totals, strict=True)
    wrong = {n: pair for n, pair in enumerate(pairs) if pair[0] != pair[1]}
    if wrong:
        raise AssertionError(f"marks that are not as expected: {wrong}")


def cpu_seconds(
    command: list[str | Path], folder: Path, python: str | Path = sys.executable
) -> float:
    """Run a Python program to its end, and all that it has started as well."""
    path = f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}"
    own = {"PATH": path, "PYTHONPATH": str(COURSE.root), "HOME": str(folder)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [python, *command],
        cwd=folder,
        env=os.environ | own,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    while True:  # what it left comes to this process, which has asked for that
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise NotHere(f"{command[:3]} failed: {done.stderr[-500:]}")
    return sum(after[:2]) - sum(before[:2])


def by_us(folder: Path, made: list[HandIn]) -> float:
    """CPU seconds a hand-in, start included; the marks are checked."""
    write(folder, made)
    seconds = cpu_seconds(["-m", "benchmarks.classroom", folder], folder)
    check(made, json.loads((folder / "totals.json").read_text()))
    return seconds / len(made)


def by_nbgrader(folder: Path, made: list[HandIn]) -> float:
    """CPU seconds a hand-in of ``nbgrader autograde``, without its start."""
    write(folder, made)
    source = folder / "source" / NAME
    source.mkdir(parents=True)
    (source / MASTER.name).write_bytes(MASTER.read_bytes())
    command = ["-m", "nbgrader", "generate_assignment", NAME, "--create"]
    cpu_seconds(command, folder)
    command = ["-m", "nbgrader", "autograde", NAME, "--create", "--force", "--student"]
    one = cpu_seconds([*command, "0000"], folder)
    return (cpu_seconds([*command, "*"], folder) - one) / (len(made) - 1)


def by_otter(folder: Path, made: list[HandIn]) -> float:
    """CPU seconds a hand-in of ``otter run``, a process each; the marks are checked."""
    master, python = Master.read(MASTER), otter.installed(folder / "otter")
    write(folder, [(otter.with_checks(given, master), mark) for given, mark in made])
    otter.write_tests(master, folder / "tests")
    command = ["-m", "otter", "generate", "--no-requirements", "--no-environment"]
    cpu_seconds(command, folder, python)
    seconds, totals = [], []
    for path in sorted((folder / "submitted").rglob("*.ipynb")):
        command = ["-m", "otter", "run", "--no-logo", path]
        seconds.append(cpu_seconds(command, folder, python))
        totals.append(otter.total(folder))
    check(made, totals)
    return sum(seconds) / len(made)


def measure(quick: bool) -> Iterator[Line]:
    """The lines of this part."""
    if not sys.platform.startswith("linux"):
        raise NotHere("only Linux tells what orphaned processes have used")
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    size = QUICK if quick else SIZE
    everybody = class_of(size)
    good = [made for kind, made in everybody if kind in ("right", "wrong")][:FEW]
    everybody = [made for _, made in everybody]
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        everyone = f"{size} hand-ins, each", by_us(home / "everybody", everybody)
        few = f"{len(good)} good ones, each, start included", by_us(home / "few", good)
        nbgrader = by_nbgrader(home / "nbgrader", good)
        yield compared(*everyone, "nbgrader, good ones", nbgrader)
        yield compared(*few, "nbgrader, start left out", nbgrader)
        otter_run = by_otter(home / "otter", good)
        yield compared(*everyone, "otter run, good ones", otter_run)
        yield compared(*few, "otter run", otter_run)


def main() -> None:
    """Grade one folder; ``by_us`` starts this."""
    folder = Path(sys.argv[1])
    places = (MASTER, folder / "submitted", folder / "out")
    graded = grade_course(Order(*places, jobs=JOBS, limits=LIMITS))
    totals = [item.result.total for item in graded]
    (folder / "totals.json").write_text(json.dumps(totals))


if __name__ == "__main__":
    main()
