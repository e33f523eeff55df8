"""A master tried out: its rules, its weaknesses, and its answers as a hand-in.

What the reference answers do where a teacher works says nothing about where students'
code runs: there is no other file, no network, no variable of the environment.
"""

from collections.abc import Iterator
from typing import Any

from classroom.check import problems
from classroom.forms import Forms
from classroom.grading import Job, grade
from classroom.notebook import Master, NotebookError
from classroom.processes import DYNAMO, PLOTS, elsewhere, warm_up

REHEARSER = "classroom.rehearsal:rehearser"
PATIENCE = 900  # seconds for one rehearsal
MANY = 4  # hand-ins for which it pays to start the server anew


def faults(master: Master) -> list[str]:
    """All that is wrong with a master, in sentences; empty if all is well.

    Raises:
        NotebookError: if it cannot be tried out.
    """
    return problems(master) or checked(master) or [*handed_in(master)]


def checked(master: Master) -> list[str]:
    """Weaknesses of a master's tests, found out in a process of its own."""
    return in_private("weaknesses", master, 0)[0]


def prepare(hand_ins: int) -> None:
    """Have what many hand-ins import imported once, before anything is graded."""
    if hand_ins >= MANY:
        warm_up(PLOTS)


def rehearsed(master: Master, seed: int, hand_ins: int = 1) -> Forms:
    """The form that each value must have, found out in a process of its own.

    Args:
        master: what is rehearsed.
        seed: with which each cell begins.
        hand_ins: how many will be graded; for many, what they need is imported once.

    Raises:
        NotebookError: if something of the master does not run.
    """
    forms, trains = in_private("forms", master, seed)
    if trains and hand_ins >= MANY:
        warm_up(DYNAMO)
    return forms


def in_private(what: str, master: Master, seed: int) -> Any:
    """Find something out about a master, whose code may change torch for good."""
    try:
        request = (what, master.name, master.text, seed)
        return elsewhere(REHEARSER, request, PATIENCE)
    except RuntimeError as error:
        raise NotebookError(f"{master.name} cannot be rehearsed: {error}") from None


def handed_in(master: Master) -> Iterator[str]:
    """What goes wrong where the reference answers are graded as a student's are."""
    try:
        job = Job(master.name, master.text, 0, master.text.encode())
        result = grade(job)
    except RuntimeError as error:
        raise NotebookError(f"{master.name} cannot be tried out: {error}") from None
    for name, raised in result.errors.items():
        yield f"cell {name!r} does not run where students' code does: {raised}"
    if not result.errors:
        for test in result.tests:
            if test.marks < test.points:
                yield (
                    f"cell {test.test!r}: the reference answer fails where students' "
                    f"code runs: {test.message}"
                )
