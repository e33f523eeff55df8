"""Moodle's grading worksheet and feedback zip."""

import zipfile
from pathlib import Path

import pytest

from classroom.course import Graded, Order
from classroom.files import Table
from classroom.hand_ins import HandIn
from classroom.marks import Line
from classroom.moodle import FILE, ZIP, Moodle
from classroom.notebook import NotebookError
from classroom.result import Outcome, Result
from tests.shared.exports import MOODLE, MOODLE_FRENCH, MOODLE_GERMAN
from tests.shared.homework import MASTER

JANE = "Jane Doe_12345_assignsubmission_file_"


@pytest.fixture
def order(tmp_path):
    (tmp_path / "homework.ipynb").write_text(MASTER.text)
    (tmp_path / "out").mkdir()
    return Order(tmp_path / "homework.ipynb", tmp_path / "in", tmp_path / "out")


def line(student, number="", total=5, mark="2", comment="", file="a.ipynb"):
    tests = [Outcome("test-double", "double", 5, total, "passed", "")]
    result = Result("graded", [], tests=tests, total=total)
    item = Graded(HandIn(Path(), file, student, number), result)
    return Line(student, item, by_hand={"why (by hand)": mark, "comment": comment})


def fill(order, lines, text=MOODLE, column=None):
    path = order.out.parent / "worksheet.csv"
    path.write_text(text, "utf-8", newline="")
    moodle = Moodle(path, column)
    moodle.check(order, lines)
    said = "\n".join(moodle.write(order, lines))
    assert path.read_bytes() == text.encode()
    return (order.out / FILE).read_bytes().decode(), said


def refuse(order, lines, **more):
    with pytest.raises(NotebookError) as error:
        fill(order, lines, **more)
    assert not (order.out / FILE).exists() and not (order.out / ZIP).exists()
    return str(error.value)


def cells(order):
    rows = Table.read(order.out / FILE).rows
    return {row[0]: (row[5], row[10]) for row in rows[1:]}


def test_grades_and_comments_go_to_their_students_and_nothing_else_changes(order):
    lines = [line("Jane Doe", "12345", comment="x < y & so"), line("Bo Ng", "12346", 3)]
    text, said = fill(order, lines)
    assert cells(order) == {
        "Participant 12345": ("7", "x &lt; y &amp; so"),
        "Participant 12346": ("5", "old words"),
        "Participant 12347": ("", ""),
    }
    others = lambda rows: [row[:5] + row[6:10] for row in rows]  # noqa: E731
    before = Table.read(order.out.parent / "worksheet.csv").rows
    assert others(Table.read(order.out / FILE).rows) == others(before)
    assert text.count("\r\n") == MOODLE.count("\r\n") and "2 marks" in said


@pytest.mark.parametrize("student", ["bo ng", "Ng, Bo", "0042", "BO@x.edu"])
def test_a_student_is_found_by_name_id_or_address(order, student):
    fill(order, [line(student)])
    assert cells(order)["Participant 12346"][0] == "7"


def test_who_is_unknown_is_refused_by_name(order):
    said = refuse(order, [line("Jane Doe", "12345"), line("Dan", "999")])
    assert "\n  Dan\n" in said and "Jane" not in said


def test_a_locked_grade_is_left_and_named(order):
    _, said = fill(order, [line("Ann Zoë", "12347"), line("Jane Doe", "12345")])
    assert cells(order)["Participant 12347"] == ("", "")
    assert "left as they were: Ann Zoë (locked)" in said and "1 marks" in said


def test_more_than_moodle_takes_is_refused(order):
    """It would pass over such a grade in silence."""
    said = refuse(order, [line("Jane Doe", "12345")], text=MOODLE.replace("10.", "5."))
    assert "takes at most 5, and this homework has 7" in said
    said = refuse(order, [line("Jane Doe", "12345", mark="6")])
    assert "takes at most 10, and Jane Doe has 11" in said


def test_headings_are_in_the_teachers_language(order):
    lines = [line("Jane Doe", "12345", comment="gut")]
    text, _ = fill(order, lines, MOODLE_GERMAN)
    assert 'abgegeben,7,"10,00",Ja,-,gut' in text
    said = refuse_column(order, lines)
    assert "--column" in said and "'Note maximale'" in said
    text, _ = fill(order, lines, MOODLE_FRENCH, "Note")
    assert 'Remis,7,"10,00",' in text


def refuse_column(order, lines):
    with pytest.raises(NotebookError) as error:
        fill(order, lines, MOODLE_FRENCH)
    return str(error.value)


def test_another_table_is_refused(order):
    said = refuse(order, [line("Jane")], text="name,Grade\nJane,\n")
    assert "Participant 12345" in said


def test_pages_lie_in_folders_of_the_same_names(order):
    """file/importziplib.php: name_number_plugintype_pluginname, and a "_" or a "/"."""
    lines = [
        line("Jane Doe", "12345", file=f"{JANE}/homework.ipynb"),
        line("Jane Doe", "12345", file=f"{JANE}/more.ipynb"),
        line("Bo Ng", "12346", file="Bo Ng_12346_assignsubmission_file_hw.ipynb"),
        line("Ann Zoë", "12347", file="Ann Zoë_12347_assignsubmission_file/hw.ipynb"),
        line("Jane Doe", "12345", file="flat.ipynb"),
        Line("Missing"),
    ]
    lines[-2] = line("Jane Doe", "12345", file="flat.ipynb")
    fill(order, lines[:-1])
    with zipfile.ZipFile(order.out / ZIP) as archive:
        names = archive.namelist()
        assert names == [
            f"{JANE}/homework.html",
            f"{JANE}/homework-2.html",
            "Bo Ng_12346_assignsubmission_file_/homework.html",
            "Ann Zoë_12347_assignsubmission_file_/homework.html",
        ]
        assert "<!doctype html>" in archive.read(names[0]).decode()
    for name in names:
        _, number, kind, plugin, *_ = name.split("/")[0].split("_", 4)
        assert number.isdigit() and (kind, plugin) == ("assignsubmission", "file")
