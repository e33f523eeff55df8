"""The lines of a class, and the table that they make."""

import csv
import io
from pathlib import Path

from classroom.by_hand import Place
from classroom.course import Graded
from classroom.hand_ins import HandIn, Roster
from classroom.marks import all_points, lines_of, table
from classroom.result import Result
from tests.shared.homework import FULL, MASTER

NOTHING = Result("unreadable", ["not JSON"])


def graded(file, student):
    return Graded(HandIn(Path(), file, student), NOTHING)


def test_lines_are_files_and_those_who_gave_none():
    roster = Roster({"Ada": frozenset({"ada", "a"}), "Zoe": frozenset({"zoe"})})
    items = [graded("x/2", "a"), graded("x/1", "ada"), graded("x/3", "dan")]
    by_hand = {Place("Zoe", ""): {"comment": "where?"}}
    lines = lines_of(items, roster, by_hand)
    assert [line.place for line in lines] == [
        Place("Ada", "x/1"),
        Place("Ada", "x/2"),
        Place("Zoe", ""),
        Place("dan", "x/3"),
    ]
    assert lines[0].notes == ("handed in 2 files",)
    assert lines[3].notes == ("not on the roster",)
    assert [line.comment for line in lines] == ["", "", "where?", ""]


def test_a_table_has_one_line_a_row_and_keeps_what_was_added():
    lines = lines_of([graded("a\r\nb,\0c", "=1;=2")], Roster({}))
    lines[0].by_hand["team"] = "=mine"
    text = table(MASTER, lines, ["team"])
    assert len(text.splitlines()) == 2
    [row] = csv.DictReader(io.StringIO(text, newline=""))
    assert row["student"] == "'=1;'=2" and row["team"] == "=mine"
    assert [*row][-1] == "team" and row["noticed"] == "not JSON"


def test_a_homework_gives_what_the_program_and_what_a_person_gives():
    assert all_points(MASTER) == FULL + 2
