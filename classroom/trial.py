"""A master tried out: its rules, its weaknesses, and its answers as a hand-in.

What the reference answers do where a teacher works says nothing about where students'
code runs: there is no other file, no network, no variable of the environment.
"""

from collections.abc import Iterator

from classroom.check import problems
from classroom.grading import Job, grade
from classroom.notebook import Master, NotebookError
from classroom.rehearsal import checked


def faults(master: Master) -> list[str]:
    """All that is wrong with a master, in sentences; empty if all is well.

    Raises:
        NotebookError: if it cannot be tried out.
    """
    return problems(master) or checked(master) or [*handed_in(master)]


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
