"""What comes out: marks, feedback, and what Gradescope reads."""

import json
from pathlib import Path

import pytest

from classroom.course import Graded
from classroom.hand_ins import HandIn
from classroom.reports import (
    file_name,
    for_gradescope,
    harmless,
    page,
    table,
    write_gradescope,
)
from classroom.result import Outcome, Result
from classroom.sandbox import ISOLATION
from tests.shared.grading import CLASS, missing, rows
from tests.shared.homework import ANSWERS, FULL, MASTER


def test_every_student_and_every_file_has_a_row(graded_class):
    found = rows(graded_class[0] / "out")
    marks = {name: (row["status"], row["total"]) for name, row in found.items()}
    assert marks == {
        "ada/homework.ipynb": ("graded", "5"),
        "bob/homework.ipynb": ("graded", "3"),
        "cleo/homework.ipynb": ("graded", "0"),
        "dan/homework.ipynb": ("died", "3"),
        "eve/homework.ipynb": ("unreadable", ""),
        "fay/homework.ipynb": ("another", ""),
        "Zoe": ("missing", ""),
    }
    ada, bob = found["ada/homework.ipynb"], found["bob/homework.ipynb"]
    assert ada["student"] == "Ada" and ada["noticed"] == "" == ada["why (by hand)"]
    assert [bob[name] for name in ANSWERS] == ["0", "2", "1"]
    assert bob["noticed"] == "why: empty"
    assert "not on the roster" in found["dan/homework.ipynb"]["noticed"]
    assert "exit code 3" in found["dan/homework.ipynb"]["noticed"]
    assert float(ada["seconds"]) > 0 and float(ada["cpu_seconds"]) > 0
    active = [name for name in ISOLATION if name not in missing()]
    assert ada["sandbox"] == (" ".join(active) or "none")


def test_feedback_has_messages_and_no_hidden_test(graded_class):
    feedback = graded_class[0] / "out" / "feedback"
    pages = {p.name[:3]: p.read_text() for p in feedback.iterdir()}
    assert len(pages) == len(CLASS)
    assert "twice the number, whatever its sign and size" in pages["bob"]
    assert "Because it is." in pages["ada"] and "NotImplementedError" in pages["cle"]
    for text in pages.values():
        assert "1e300" not in text and "HIDDEN" not in text


def test_gradescope_reads_the_results(graded_class):
    out = graded_class[0] / "out"
    found = {p.name[:3]: json.loads(p.read_text()) for p in out.glob("*.results.json")}
    assert len(found) == len(CLASS)
    assert sum(test["score"] for test in found["bob"]["tests"]) == 3
    assert sum(test["max_score"] for test in found["bob"]["tests"]) == FULL
    assert found["eve"]["score"] == 0 and "not JSON" in found["eve"]["output"]
    assert found["fay"] == {"score": 0, "output": "another; another homework"}
    for name in ("ada", "bob", "cle", "dan"):
        assert found[name].keys() == {"execution_time", "stdout_visibility", "tests"}
        for test in found[name]["tests"]:
            assert test.keys() == {"name", "score", "max_score", "output", "visibility"}


def test_what_was_noticed_is_for_teachers_only_on_gradescope(graded_class):
    # The specification: of test cases, "hidden" is never shown to students; the
    # "output" of the whole is, so it is not there.
    for path in graded_class[0].glob("out/*.results.json"):
        found = json.loads(path.read_text())
        noted = [t for t in found.get("tests", []) if t["visibility"] == "hidden"]
        others = [t for t in found.get("tests", []) if t not in noted]
        assert {t["visibility"] for t in others} <= {"after_published"}
        if path.name.startswith("dan"):
            assert "exit code 3" in noted[0]["output"] and noted[0]["max_score"] == 0
            assert "output" not in found
        else:
            assert not noted


def test_one_students_best_file_is_gradescopes_result(tmp_path):
    def graded(student, total):
        tests = [Outcome("t", "q", points=5, marks=total, status="", message="")]
        result = Result("graded", [], seconds=1, tests=tests, total=total)
        return Graded(HandIn(Path(), student, student), result)

    bad = Graded(HandIn(Path(), "eve", "eve"), Result("unreadable", []))
    write_gradescope(tmp_path, [bad, graded("eve", 3), graded("eve", 2)])
    found = json.loads((tmp_path / "results.json").read_text())
    assert found == for_gradescope(graded("eve", 3))
    write_gradescope(tmp_path, [])
    assert json.loads((tmp_path / "results.json").read_text())["score"] == 0


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", " =1", "\t=1"])
def test_no_spreadsheet_takes_text_for_a_formula(text):
    assert harmless(text).startswith("'")
    assert harmless(-1.5) == -1.5


def test_a_table_has_one_line_a_row():
    text = table([{"student": "a\r\nb,\0c", "total": 1}])
    assert len(text.splitlines()) == 2


def test_files_of_feedback_are_safe_and_different():
    names = ["../a.ipynb", "a.ipynb", "a ipynb", "\udcff", "é" * 300]
    nothing = Result("unreadable", [])
    found = {file_name(Graded(HandIn(Path(), name, ""), nothing)) for name in names}
    assert len(found) == len(names)
    assert all(name.replace("-", "").isalnum() and len(name) < 80 for name in found)


def test_what_a_student_wrote_is_text_in_the_page():
    hand_in = HandIn(Path(), "<script>.ipynb", "<b>")
    html = page(MASTER, Graded(hand_in, Result("unreadable", ["<i>"])))
    assert not any(tag in html for tag in ("<script>", "<b>", "<i>"))
