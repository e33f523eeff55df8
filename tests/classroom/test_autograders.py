"""What Gradescope and Classroom 50 read, whatever a student handed in."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from classroom.__main__ import main
from classroom.autograders import (
    Classroom50,
    Gradescope,
    best,
    for_classroom50,
    for_gradescope,
)
from classroom.course import Graded, Order
from classroom.hand_ins import HandIn
from classroom.marks import Line
from classroom.result import Outcome, Result
from tests.shared.homework import FULL, MASTER, as_bytes, solved

TOTAL = FULL


def line(file, total=None, status="unreadable", noticed=(), **by_hand):
    tests = [
        Outcome("test-double", "double", 2, 2, "passed", ""),
        Outcome("test-size", "size", 1.5, 0, "failed", "a number"),
    ]
    result = Result(status, list(noticed))
    if total is not None:
        result = Result("graded", list(noticed), tests=tests, total=total, seconds=1)
    hand_in = HandIn(Path(), file, file)
    return Line(file, Graded(hand_in, result), by_hand=by_hand)


@pytest.fixture
def order(tmp_path):
    (tmp_path / "homework.ipynb").write_text(MASTER.text)
    (tmp_path / "out").mkdir()
    return Order(tmp_path / "homework.ipynb", tmp_path / "in", tmp_path / "out")


def test_the_best_of_a_students_files_counts():
    assert best([]) is None and best([Line("missing")]) is None
    lines = [line("a"), line("b", 2), line("c", 3), line("d", 3)]
    assert best(lines) is lines[2]
    assert best(lines[:1]) is lines[0]


def test_gradescope_gets_marks_messages_and_what_a_person_wrote(order):
    by_hand = {"why (by hand)": "1,5", "comment": "Good."}
    found = for_gradescope(MASTER, line("a", 2, noticed=["x was replaced"], **by_hand))
    assert found.keys() == {"execution_time", "stdout_visibility", "tests"}
    double, size, why, comment, noticed = found["tests"]
    assert (double["score"], double["max_score"]) == (2, 2)
    assert size["output"] == "a number"
    assert (why["score"], why["max_score"]) == (1.5, 2)
    assert comment["output"] == "Good."
    # The specification: "hidden" is never shown to students; "output" of the whole is.
    assert noticed["visibility"] == "hidden" and "x was replaced" in noticed["output"]
    others = {test["visibility"] for test in found["tests"][:-1]}
    assert others == {"after_published"}


def test_gradescope_gets_a_file_whatever_became_of_it(order):
    gradescope, path = Gradescope(), order.out / "results.json"

    def said(*lines):
        gradescope.write(order, list(lines))
        return json.loads(path.read_text())

    assert said() == {"score": 0, "output": "no file was handed in"}
    assert said(line("a", noticed=["not JSON"])) == {
        "score": 0,
        "output": "unreadable; not JSON",
    }
    failed = said(line("a", status="failed", noticed=["the grader failed: /secret"]))
    assert failed == {"score": 0, "output": "not graded yet: ask your teacher"}
    path.unlink()
    gradescope.fail(order)
    assert json.loads(path.read_text()) == failed


ENVIRONMENT = {
    "CLASSROOM": "cs-principles",
    "ASSIGNMENT": "hello",
    "ASSIGNMENT_TYPE": "individual",
    "USERNAME": "alice",
    "OWNER": "alice",
    "SUBMISSION_TAG": "submit/2026-06-01T14-32-05Z-a1b2c3d",
    "COMMIT_URL": "https://github.com/x/commit/abc",
    "RELEASE_URL": "https://github.com/x/releases/tag/y",
}


def check_schema(found):
    """Classroom 50's schemas/result-v1.schema.json, and what its runner checks more."""
    texts = "schema classroom assignment assignment_type owner submission commit"
    texts = [*texts.split(), "release", "review", "datetime"]
    assert found.keys() == {*texts, "score", "max-score", "tests"}
    assert all(isinstance(found[key], str) and found[key] for key in texts)
    assert found["schema"] == "classroom50/result/v1"
    assert found["submission"].startswith("submit/")
    assert re.fullmatch(r"\d{4}(-\d\d){2}T(\d\d:){2}\d\dZ", found["datetime"])
    for part in (found, *found["tests"]):
        assert type(part["score"]) is int and type(part["max-score"]) is int
        assert 0 <= part["score"] <= part["max-score"]
    for test in found["tests"]:
        assert test["test-name"] and type(test["passed"]) is bool
    for key in ("score", "max-score"):
        assert found[key] == sum(test[key] for test in found["tests"])


def test_classroom50_gets_whole_numbers_in_its_own_form(monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    found = for_classroom50(MASTER, line("a", 2))
    check_schema(found)
    assert (found["score"], found["max-score"]) == (4, 7)  # of 2 and 1.5, doubled
    assert [test["passed"] for test in found["tests"]] == [True, False]
    assert found["owner"] == "alice" and found["review"] == ENVIRONMENT["COMMIT_URL"]
    for nothing in (None, line("a", noticed=["not JSON"])):
        found = for_classroom50(MASTER, nothing)
        check_schema(found)
        assert (found["score"], found["max-score"]) == (0, FULL)


def test_classroom50_gets_no_file_where_the_grader_failed(order):
    path = order.out / "result.json"
    Classroom50().write(order, [line("a", 2)])
    assert path.exists()
    Classroom50().write(order, [line("a", status="failed")])
    assert not path.exists()
    path.touch()
    Classroom50().fail(order)
    assert not path.exists()


def test_one_folder_is_one_student(order, capsys):
    """As Gradescope has it: flat, with a second notebook and data."""
    order.submissions.mkdir()
    (order.submissions / "homework.ipynb").write_bytes(as_bytes(solved()))
    wrong = as_bytes(solved(double="def double(x):\n    return x"))
    (order.submissions / "draft.ipynb").write_bytes(wrong)
    (order.submissions / "data.csv").write_text("1,2\n")
    words = [str(p) for p in (order.master, order.submissions, order.out)]
    assert main(["grade", *words, "--gradescope"]) == 0
    found = json.loads((order.out / "results.json").read_text())
    assert sum(test["score"] for test in found["tests"]) == TOTAL
    assert main(["grade", *words, "--classroom50", "--resume"]) == 0
    assert json.loads((order.out / "result.json").read_text())["score"] == TOTAL


@pytest.mark.parametrize("fault", ["no folder", "no master", "a bug"])
def test_gradescope_hears_of_a_grader_that_fails(order, fault, monkeypatch):
    order.submissions.mkdir()
    if fault == "no folder":
        order.submissions.rmdir()
    if fault == "no master":
        order.master.write_text("{")
    if fault == "a bug":
        monkeypatch.setattr("classroom.course.find", lambda *words: 1 / 0)
    place = replace(order, out=order.out / "new")
    words = [str(p) for p in (place.master, place.submissions, place.out)]
    if fault == "a bug":
        with pytest.raises(ZeroDivisionError):
            main(["grade", *words, "--gradescope"])
    else:
        assert main(["grade", *words, "--gradescope"]) == 1
    found = json.loads((place.out / "results.json").read_text())
    assert found["score"] == 0 and "ask your teacher" in found["output"]
