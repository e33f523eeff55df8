"""For systems that grade one student at a time, each in a machine of its own.

There SUBMISSIONS is what one student handed in, however many files that is; the best
of them counts.
"""

import json
import os
from datetime import UTC, datetime
from fractions import Fraction
from math import lcm
from pathlib import Path

from classroom.by_hand import number
from classroom.course import Order
from classroom.files import write
from classroom.marks import Line, joined
from classroom.notebook import Master
from classroom.result import Outcome

SCHEMA = "classroom50/result/v1"


def best(lines: list[Line]) -> Line | None:
    """The line with most marks; a file that was not run is worth less than nothing."""

    def worth(line: Line) -> float:
        total = line.result.total if line.result else None
        return -1 if total is None else total

    handed_in = [line for line in lines if line.item]
    return max(handed_in, key=worth, default=None)


class Gradescope:
    """Writes ``results.json``, whatever happens: without it a student has no mark.

    Gradescope, *Autograder specifications*,
    https://gradescope-autograders.readthedocs.io/en/latest/specs/
    """

    def check(self, order: Order, lines: list[Line]) -> None:
        """There is nothing that it could refuse."""

    def write(self, order: Order, lines: list[Line]) -> list[str]:
        """Write it; returns what a teacher should know."""
        line = best(lines)
        nothing = {"score": 0, "output": "no file was handed in"}
        found = for_gradescope(order.homework, line) if line else nothing
        return [put(order.out / "results.json", found)]

    def fail(self, order: Order) -> None:
        """Write one that says that there are no marks yet."""
        found = {"score": 0, "output": "not graded yet: ask your teacher"}
        order.out.mkdir(parents=True, exist_ok=True)
        put(order.out / "results.json", found)


def put(path: Path, found: dict) -> str:
    """Write JSON; returns where."""
    write(path, json.dumps(found, indent=1))
    return str(path)


def for_gradescope(master: Master, line: Line) -> dict:
    """The result as Gradescope reads it from ``results/results.json``.

    ``output`` is shown to the student, and tests that are ``hidden`` to teachers only.
    """
    result = line.result
    if result is None or result.status == "failed":
        return {"score": 0, "output": "not graded yet: ask your teacher"}
    by_hand = [
        marked(cell.grade_id, line.mark_of(cell.grade_id), cell.points)
        for cell in master.by_hand
        if line.mark_of(cell.grade_id)
    ]
    if line.comment:
        by_hand.append({"name": "comment", "output": line.comment})
    shown = {"visibility": "after_published"}
    if not result.has_run:
        found = {"score": 0, "output": joined(result.status, *result.noticed)}
        return found | ({"tests": [t | shown for t in by_hand]} if by_hand else {})
    tests = [
        {
            "name": f"{test.question}: {test.test}",
            "score": test.marks,
            "max_score": test.points,
            "output": test.message or test.status,
            **shown,
        }
        for test in result.tests
    ]
    tests += [test | shown for test in by_hand]
    if result.noticed:
        note = {"name": "noticed", "score": 0, "max_score": 0, "visibility": "hidden"}
        tests.append({**note, "output": joined(*result.noticed)})
    return {
        "execution_time": result.seconds,
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def marked(question: str, mark: str, most: float) -> dict:
    """A mark by hand as one of Gradescope's tests; its words, if it is no number."""
    name = {"name": f"{question}: marked by a person"}
    if (score := number(mark)) is None:
        return name | {"output": mark}
    return name | {"score": score, "max_score": most}


class Classroom50:
    """Writes ``result.json``, which Classroom 50 collects into its gradebook.

    What is written where: github.com/foundation50/classroom50, the wiki's page
    *Advanced Autograding* and ``schemas/result-v1.schema.json``. Its runner sets owner,
    kind and time itself, and takes a missing file for an error of the grader's; so none
    is written where the grader failed.
    """

    def check(self, order: Order, lines: list[Line]) -> None:
        """There is nothing that it could refuse."""

    def write(self, order: Order, lines: list[Line]) -> list[str]:
        """Write it; returns what a teacher should know."""
        line = best(lines)
        path = order.out / "result.json"
        if line and line.result and line.result.status == "failed":
            path.unlink(missing_ok=True)
            return []
        return [put(path, for_classroom50(order.homework, line))]

    def fail(self, order: Order) -> None:
        """Leave none, which its runner takes for an error."""
        (order.out / "result.json").unlink(missing_ok=True)


def for_classroom50(master: Master, line: Line | None) -> dict:
    """The result as Classroom 50 reads it; its scores are whole numbers, so of marks
    like 1.5 all are doubled.
    """
    ran = line.result.tests if line and line.result else []
    tests = ran or [
        Outcome(t.grade_id, master.question_of(t).grade_id, t.points, 0, "not run", "")
        for t in master.tests
    ]
    exact = [Fraction(test.points).limit_denominator(100) for test in tests]
    times = lcm(*(points.denominator for points in exact))
    found = [
        {
            "test-name": f"{test.question}: {test.test}",
            "passed": test.status == "passed",
            "score": round(test.marks * times),
            "max-score": round(test.points * times),
            "output": test.message or test.status,
        }
        for test in tests
    ]
    said = os.environ.get
    commit = said("COMMIT_URL", "")
    return {
        "schema": SCHEMA,
        "classroom": said("CLASSROOM", ""),
        "assignment": said("ASSIGNMENT", ""),
        "assignment_type": said("ASSIGNMENT_TYPE") or "individual",
        "owner": said("OWNER") or said("USERNAME", ""),
        "submission": said("SUBMISSION_TAG", ""),
        "commit": commit,
        "release": said("RELEASE_URL", ""),
        "review": said("REVIEW_URL") or commit,
        "datetime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "score": sum(test["score"] for test in found),
        "max-score": sum(test["max-score"] for test in found),
        "tests": found,
    }
