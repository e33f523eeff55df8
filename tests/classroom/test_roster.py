"""Who the students are, and which of them handed something in."""

from pathlib import Path

import pytest

from classroom.hand_ins import HandIn, Roster
from classroom.notebook import NotebookError


def roster(tmp_path, text):
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode())
    return Roster.read(path)


@pytest.mark.parametrize("comma", [",", ";", "\t"])
def test_a_roster_names_students_by_any_of_its_columns(tmp_path, comma):
    lines = ["\ufeffname,login,id", "Ada Lovelace,ada,12", "Bob,bob7,13", ""]
    students = roster(tmp_path, "\r\n".join(lines).replace(",", comma))

    def name_of(student, number=""):
        return students.name_of(HandIn(Path(), "", student, number))

    assert name_of("ADA") == name_of("Ada Lovelace") == "Ada Lovelace"
    assert name_of("lovelace", "12") == "Ada Lovelace"
    assert name_of("carl") is None


def test_what_several_students_share_names_nobody(tmp_path):
    students = roster(tmp_path, "name,group\nada,1\nbob,1\n")
    assert students.name_of(HandIn(Path(), "", "1")) is None


def hand_in(student, number="", keys=(), system=""):
    return HandIn(Path(), "", student, number, keys=keys, system=system)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("name\nada\nada\n", "'ada' twice"),
        ("Ada,12\nBob,13\n", "'12'"),
        ("Ada,ada@example.org\nBob,bob@example.org\n", "'ada@example.org'"),
        ("name,id\nAda;12\nBob;13\n", "2 columns .* ';'"),
        ("name;id\nAda,12\nBob,13\n", "2 columns .* ','"),
        ("name,id\n,12\n", "no name"),
    ],
)
def test_a_roster_that_makes_no_sense_is_an_error(tmp_path, text, words):
    with pytest.raises(NotebookError, match=f"roster.*{words}"):
        roster(tmp_path, text)


def test_a_name_with_a_comma_is_one_cell(tmp_path):
    students = roster(tmp_path, 'name;id\n"Lovelace, Ada";12\nBob;13\n')
    assert students.name_of(hand_in("ada lovelace")) == "Lovelace, Ada"


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8-sig"])
def test_a_roster_may_be_encoded_as_excel_does(tmp_path, encoding):
    (tmp_path / "roster.csv").write_bytes("name\nMüller\n".encode(encoding))
    assert list(Roster.read(tmp_path / "roster.csv").students) == ["Müller"]


def test_canvas_own_gradebook_is_a_roster(tmp_path):
    text = (
        "Student,ID,SIS User ID,SIS Login ID,Section\n"
        "    Points Possible,,,,\n"
        '"Lovelace, Ada",4711,S1,al12,One\n'
    )
    students = roster(tmp_path, text)
    assert list(students.students) == ["Lovelace, Ada"]
    assert students.name_of(hand_in("lovelaceada", "4711")) == "Lovelace, Ada"
    assert students.name_of(hand_in("lovelaceada")) == "Lovelace, Ada"


def test_a_name_counts_more_than_a_number_that_does_not_agree(tmp_path):
    students = roster(tmp_path, "name,id\nAda Lovelace,12\nBob Hope,13\n")
    assert students.name_of(hand_in("Bob Hope", "12")) == "Bob Hope"
    assert students.name_of(hand_in("carl", "12")) is None
    assert students.name_of(hand_in("hopebob")) == "Bob Hope"


def test_logins_and_addresses_name_a_student(tmp_path):
    students = roster(tmp_path, "name,login\nAda Lovelace,AL12\nBob,bob@x.org\n")
    assert students.name_of(hand_in("A. L.", keys=("al12",))) == "Ada Lovelace"
    assert students.name_of(hand_in("B.", keys=("", "Bob@X.org"))) == "Bob"


@pytest.mark.parametrize(
    "name", ["Jürgen Müller", "Juergen Mueller", "Mu\u0308ller Jürgen"]
)
def test_names_are_the_same_however_umlauts_are_written(tmp_path, name):
    students = roster(tmp_path, "name,id\nJürgen Müller,1\nJosé Peña,2\n")
    assert students.name_of(hand_in(name)) == "Jürgen Müller"
    assert students.name_of(hand_in("penajose")) == "José Peña"


def test_why_nobody_is_named_is_said(tmp_path):
    students = roster(tmp_path, "Ada Lovelace\nBob\nCarl,\n")
    why = students.why_not(hand_in("Ada Lovelace"))
    assert "first line" in why and "name,id" in why
    assert students.why_not(hand_in("eve")) == "not on the roster"
    same = roster(tmp_path, "name,id\nAda,12\nBob,12\n")
    assert same.why_not(hand_in("12")) == "not on the roster: it may be Ada or Bob"
