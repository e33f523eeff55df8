"""A result in Python, and as JSON."""

import json

import pytest

from classroom.result import Outcome, Result

# What the journal of an older grader holds, to the letter.
WRITTEN = """{
 "status": "died",
 "noticed": [
  "size: its process ended (exit code 3)"
 ],
 "sandbox": [
  "network",
  "files"
 ],
 "cpu": 0.61,
 "seconds": 1.25,
 "tests": [
  {
   "test": "test-double",
   "question": "double",
   "points": 2,
   "marks": 2,
   "status": "passed",
   "message": ""
  },
  {
   "test": "test-size",
   "question": "size",
   "points": 1.5,
   "marks": 0,
   "status": "failed",
   "message": "a number"
  }
 ],
 "total": 2,
 "errors": {
  "size": "its process ended (exit code 3)"
 },
 "outputs": {
  "double": "4"
 },
 "words": {
  "why": "So."
 }
}"""
RESULT = Result(
    status="died",
    noticed=["size: its process ended (exit code 3)"],
    sandbox=["network", "files"],
    cpu=0.61,
    seconds=1.25,
    tests=[
        Outcome("test-double", "double", 2, 2, "passed", ""),
        Outcome("test-size", "size", 1.5, 0, "failed", "a number"),
    ],
    total=2,
    errors={"size": "its process ended (exit code 3)"},
    outputs={"double": "4"},
    words={"why": "So."},
)


def test_an_older_journal_is_read_and_written_again_with_what_is_new():
    older = json.loads(WRITTEN)
    assert Result.of(older) == RESULT
    assert RESULT.as_json() == older | {"after_hidden": []}


@pytest.mark.parametrize("status", ["unreadable", "another", "failed"])
def test_of_what_was_not_run_two_things_are_written(status):
    written = {"status": status, "noticed": ["not JSON"]}
    result = Result.of(written)
    assert (result.status, result.noticed) == (status, ["not JSON"])
    assert not result.has_run and result.total is None and result.tests == []
    assert result.as_json() == written


def test_no_marks_are_marks():
    nothing = Result("graded", [], total=0)
    assert nothing.has_run and Result.of(nothing.as_json()) == nothing


def test_tests_are_found_by_the_question_that_they_look_at():
    assert [test.test for test in RESULT.tests_of("size")] == ["test-size"]
    assert RESULT.tests_of("limit") == []


@pytest.mark.parametrize(
    "written",
    [{"status": "graded"}, {"status": "graded", "noticed": [], "marks": 5}],
    ids=["too little", "too much"],
)
def test_other_json_is_no_result(written):
    with pytest.raises(TypeError):
        Result.of(written)


def test_all_that_a_student_can_make_long_has_an_end():
    """As in the journal of a grader that kept all of it; reading changes no more."""
    cells = {f"cell {number}": "x" * 10_000 for number in range(2000)}
    long = Result(
        "graded",
        noticed=[
            f"{number}: {'n' * 80} says that it gives marks" for number in range(1500)
        ],
        tests=[Outcome("t", "q", 2, 2, "failed", "m" * 10**6)],
        total=2,
        errors=dict(cells),
        outputs=dict(cells),
        words={"why": "w" * 30_000_000, "how": "short"},
    )
    short = long.bounded()
    assert len(json.dumps(short.as_json())) < 1_200_000
    assert len("; ".join(short.noticed)) < 32_767  # letters of a cell in Excel
    assert short.noticed[-1] == "and 1,461 more" and len(short.noticed) == 40
    assert short.errors.keys() == cells.keys()
    assert (
        short.words["how"] == "short" and "(30,000,000 letters)" in short.words["why"]
    )
    assert short.total == 2 and short.tests[0].marks == 2
    assert short.bounded() == short
    assert RESULT.bounded() == RESULT
