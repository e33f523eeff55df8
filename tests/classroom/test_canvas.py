"""A teacher's export of Canvas's gradebook, filled in."""

from pathlib import Path

import pytest

from classroom.canvas import FILE, Canvas
from classroom.course import Graded, Order
from classroom.files import Table
from classroom.hand_ins import HandIn, Roster
from classroom.marks import Line
from classroom.notebook import NotebookError
from classroom.result import Outcome, Result
from tests.shared.exports import CANVAS
from tests.shared.homework import MASTER


@pytest.fixture
def order(tmp_path):
    (tmp_path / "homework.ipynb").write_text(MASTER.text)
    (tmp_path / "out").mkdir()
    return Order(tmp_path / "homework.ipynb", tmp_path / "in", tmp_path / "out")


def line(student, number="", total=5, mark="", file="", comment=""):
    tests = [Outcome("test-double", "double", 5, total or 0, "passed", "")]
    graded = Result("graded", [], tests=tests, total=total)
    result = graded if total is not None else Result("unreadable", ["not JSON"])
    hand_in = HandIn(Path(), file or f"{student}.ipynb", student, number)
    by_hand = {"why (by hand)": mark, "comment": comment}
    by_hand = {key: text for key, text in by_hand.items() if text}
    return Line(student, Graded(hand_in, result), by_hand=by_hand)


def fill(order, lines, text=CANVAS, column=None):
    """What was written, and what was said."""
    path = order.out.parent / "export.csv"
    path.write_text(text, "utf-8", newline="")
    canvas = Canvas(path, column)
    canvas.check(order, lines)
    said = "\n".join(canvas.write(order, lines))
    assert path.read_bytes() == text.encode()
    return (order.out / FILE).read_bytes().decode(), said


def refuse(order, lines, **more):
    with pytest.raises(NotebookError) as error:
        fill(order, lines, **more)
    assert not (order.out / FILE).exists()
    return str(error.value)


def column(order):
    rows = Table.read(order.out / FILE).rows[3:]
    return {row[1]: row[7] for row in rows}


def test_marks_go_to_their_students_and_nothing_else_changes(order):
    lines = [line("doejane", "4711", mark="1,5"), line("ngbo", "4713", total=3)]
    text, said = fill(order, lines)
    expected = CANVAS.replace("9.50,,95.00", "9.50,6.5,95.00")
    assert text == expected.replace("BIO-2,,,EX", "BIO-2,,,3")
    assert "2 marks" in said and "without a mark by hand so far: ngbo" in said
    assert "Points Possible" not in said


def test_an_export_with_semicolons_and_from_windows_stays_so(order):
    text = CANVAS.removeprefix("\ufeff").replace("Homework 4, sets", "Homework 4")
    text = text.replace("\"=likes; 'quotes', too\"", "").replace('"', "")
    text = text.replace(", ", " ").replace(",", ";").replace("\n", "\r\n")
    found, _ = fill(order, [line("doejane", "4711")], text)
    assert found == text.replace("9.50;;95.00", "9.50;5;95.00")


@pytest.mark.parametrize(
    ("student", "row"),
    [("s4", "4714"), ("ZOE", "4714"), ("0042", "4712"), ("Jane Doe", "4711")],
)
def test_a_student_is_found_by_id_login_or_name(order, student, row):
    fill(order, [line(student)])
    assert {k for k, v in column(order).items() if v == "5"} == {row}


def test_what_the_roster_says_of_a_student_counts(order):
    roster = Roster({"Ann": frozenset({"ann", "zoe", "bio-2"})})
    ordered = Order(order.master, order.submissions, order.out, roster=roster)
    fill(ordered, [line("Ann")])
    assert column(order)["4714"] == "5"


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ([line("dan", "99")], ["dan"]),
        ([line("Bo Ng")], ["Bo Ng"]),  # of two of this name
        ([line("doejane", "4711"), line("Jane Doe")], ["Jane Doe and doejane"]),
        ([line("BIO-1")], ["BIO-1"]),
        ([line("x", "471")], ["x"]),
    ],
    ids=["unknown", "two rows", "one row for two", "a section", "part of a number"],
)
def test_who_has_no_row_of_their_own_is_refused_by_name(order, lines, named):
    said = refuse(order, [line("doejane", "4711", file="a"), *lines])
    assert "nothing was written" in said
    assert all(f"\n  {name}\n" in said for name in named)


def test_the_best_of_several_files_counts_with_what_a_person_gave(order):
    marks = ((5, ""), (4, "2"), (3, ""))
    lines = [line("j", "4711", total=total, mark=by_hand) for total, by_hand in marks]
    fill(order, lines)
    assert column(order)["4711"] == "6"


def test_who_has_no_marks_is_left_and_named(order):
    lines = [line("ngbo", "4713", total=None), Line("zoe"), line("doejane", "4711")]
    _, said = fill(order, lines)
    assert column(order)["4713"] == "EX" and column(order)["4714"] == ""
    assert "left as they were: ngbo (unreadable)" in said


def test_a_mark_by_hand_that_is_no_number_is_named(order):
    said = refuse(order, [line("doejane", "4711", mark="02. Jan")])
    assert "'02. Jan' is no number" in said and "doejane" in said


@pytest.mark.parametrize(
    ("head", "option", "found"),
    [
        ("Homework (302)", None, True),
        ("homework", None, True),
        ("The homework: ours (302)", None, True),
        ("Essay (302)", "essay", True),
        ("Essay (302)", "Essay (302)", True),
        ("Essay (302)", None, False),
        ("Homework (302)", "Homework", True),
        ("Homework (302)", "Essay", False),
        ("Homework (302)", "Current Score", False),
        ("Homework (302)", "Section", False),
    ],
)
def test_the_assignments_column_is_found_by_name(order, head, option, found):
    text = CANVAS.replace("Homework (302)", head)
    text = text.replace("Homework 4, sets (301)", "Quiz (301)")
    lines = [line("doejane", "4711")]
    if found:
        fill(order, lines, text, option)
        assert column(order)["4711"] == "5"
    else:
        said = refuse(order, lines, text=text, column=option)
        assert (
            "--column" in said and head in said and "Current" not in said.split(":")[-1]
        )


def test_two_columns_that_fit_are_not_guessed(order):
    text = CANVAS.replace("Homework 4, sets (301)", "Homework (301)")
    assert "2 columns" in refuse(order, [line("doejane", "4711")], text=text)


def test_other_points_are_said(order):
    _, said = fill(order, [line("zoe")], CANVAS.replace("7.00", "100"))
    assert "Points Possible is 100, and this homework has 7" in said


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "Student,ID\nx,1\n"])
def test_another_table_is_refused(order, text):
    assert "export.csv" in refuse(order, [line("zoe")], text=text)
