"""Pages of feedback: safe names, safe text, none too many."""

from pathlib import Path

from classroom.course import Graded
from classroom.hand_ins import HandIn
from classroom.marks import Line
from classroom.pages import file_name, forget_pages, page
from classroom.result import Result
from tests.shared.homework import MASTER

NAMES = ["../a.ipynb", "a.ipynb", "a ipynb", "\udcff", "é" * 300, "x" * 300]


def test_files_of_feedback_are_safe_and_different():
    found = {file_name(HandIn(Path(), name, "")) for name in NAMES}
    assert len(found) == len(NAMES)
    for name in found:
        stem = name.removesuffix(".html")
        assert stem.replace("-", "").isalnum() and len(name) < 80


def test_what_a_student_wrote_is_text_in_the_page():
    hand_in = HandIn(Path(), "<script>.ipynb", "<b>")
    line = Line("x", Graded(hand_in, Result("unreadable", ["<i>"])))
    html = page(MASTER, line)
    assert not any(tag in html for tag in ("<script>", "<b>", "<i>"))
    assert "A comment" not in html


def test_pages_of_the_grader_alone_are_forgotten(tmp_path):
    hand_ins = [HandIn(Path(), name, "") for name in NAMES]
    for hand_in in hand_ins:
        (tmp_path / file_name(hand_in)).touch()
    (tmp_path / "of-mine.html").touch()
    forget_pages(tmp_path, hand_ins[:1])
    there = {path.name for path in tmp_path.iterdir()}
    assert there == {file_name(hand_ins[0]), "of-mine.html"}
