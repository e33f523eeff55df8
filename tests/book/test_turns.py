"""Two commands that write into one build folder do so one after the other."""

import subprocess
import sys

from book.project import COURSE
from book.turns import turn

TAKE = """
import sys
from pathlib import Path
from book.project import Project
from book.turns import turn
with turn(Project(Path(sys.argv[1]))):
    print("mine", flush=True)
"""


def start(project):
    return subprocess.Popen(
        [sys.executable, "-c", TAKE, project.root],
        stdout=subprocess.PIPE,
        text=True,
        cwd=COURSE.root,
    )


def test_the_second_waits_for_the_first_and_says_so(project):
    with turn(project):
        other = start(project)
        assert other.stdout.readline().endswith("_build; waiting for it\n")
        assert other.poll() is None
    assert other.communicate(timeout=60)[0] == "mine\n"
    assert other.returncode == 0


def test_a_turn_is_over_after_a_failure(project):
    for _ in range(2):
        try:
            with turn(project):
                raise KeyError("a mistake")
        except KeyError:
            pass
    assert start(project).communicate(timeout=60)[0] == "mine\n"


def test_who_is_killed_keeps_nobody_waiting(project):
    hangs = TAKE.replace("print", "print('mine', flush=True); sys.stdin.read(); print")
    first = subprocess.Popen(
        [sys.executable, "-c", hangs, project.root],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=COURSE.root,
    )
    assert first.stdout.readline() == "mine\n"
    first.kill()
    first.communicate()
    assert start(project).communicate(timeout=60)[0] == "mine\n"
