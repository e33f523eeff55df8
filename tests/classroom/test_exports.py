"""Whose a file is, in exports as systems make them.

The names are of the forms that the systems' own sources and manuals give; people and
numbers are made up.
"""

import json
import zipfile
from pathlib import Path

import pytest

from classroom.__main__ import main
from classroom.hand_ins import Roster, find
from classroom.notebook import NotebookError
from tests.shared.grading import rows
from tests.shared.homework import FULL, MASTER, RELEASED, as_bytes, solved

ROSTER = (
    "name,login,id,address\n"
    "Ada Lovelace,al12,4711,ada@example.org\n"
    "Jürgen Müller,jm7,4712,jm7@example.org\n"
    "Ann Smith,as1,4714,ann.s@example.org\n"
    "Anna Smith,as2,4715,anna.s@example.org\n"
)
ADA, JURGEN, ANN, ANNA = "Ada Lovelace", "Jürgen Müller", "Ann Smith", "Anna Smith"

# Canvas: lib/content_zipper.rb
CANVAS = {
    "lovelaceada_4711_99887_05_xavier.ipynb": ADA,
    "müllerjürgen_LATE_4712_99890_my work-2.ipynb": JURGEN,
    "smithann_4714_99901_solution.py": ANN,
    "smithanna_4715_99902_05_xavier (1).ipynb": ANNA,
}
# Moodle: mod/assign/classes/downloader.php, in folders and flat, old and new
MOODLE = {
    "Ada Lovelace_12345_assignsubmission_file/05_xavier.ipynb": ADA,
    "Jürgen Müller_12346_assignsubmission_file_/deep/er/05_xavier.ipynb": JURGEN,
    "Ann Smith_12347_assignsubmission_file_05_xavier.ipynb": ANN,
    "Anna Smith_4711_assignsubmission_file/05_xavier.ipynb": ANNA,  # another's id
    "Anna Smith_4711_assignsubmission_onlinetext/onlinetext.html": ANNA,
}
# ILIAS: Modules/Exercise/classes/class.ilExSubmission.php
ILIAS = {
    "Uebung 5/Abgaben/Lovelace_Ada_al12_4021/05_xavier.ipynb": ADA,
    "Uebung 5/Abgaben/Mueller_Juergen_jm7_4022/Verspaetete Abgabe - x.ipynb": JURGEN,
    "Uebung 5/Abgaben/Team 3/Smith_Ann_as1_4714/05_xavier.ipynb": ANN,
    "Uebung 5/Abgaben/Smith_Anna_as2_4023/05_xavier.ipynb": ANNA,
    "Uebung 5/Uebung 5.xlsx": None,
}
FEEDBACK = {
    "multi_feedback_Uebung_5/Lovelace_Ada_al12_4021/05_xavier.ipynb": ADA,
    "multi_feedback_Uebung_5/Mueller_Juergen_jm7_4022/05_xavier.ipynb": JURGEN,
    "multi_feedback_Uebung_5/status.xlsx": None,
}
# Gradescope: the table in its export, with Ruby's symbols as keys
TABLE = """---
submission_101:
  :submitters:
  - :name: Ada Lovelace
    :sid: '4711'
    :email: ada@example.org
  :created_at: 2026-11-02 09:15:11.123456000 Z
  :score: 0.0
submission_102:
  :submitters:
  - :name: J. M.
    :sid: ''
    :email: jm7@example.org
  - :name: Ann Smith
    :sid: '4714'
    :email: ann.s@example.org
"""
GRADESCOPE = {
    "assignment_5_export/submission_101/05_xavier.ipynb": ADA,
    "assignment_5_export/submission_101/data.csv": None,
    "assignment_5_export/submission_102/work/05_xavier.ipynb": (JURGEN, ANN),
    "assignment_5_export/submission_metadata.yml": None,
}
# GitHub Classroom: cmd/gh-classroom/clone; Classroom 50: cli/gh-teacher download
GITHUB = {
    "homework-5-submissions/homework-5-al12/05_xavier.ipynb": ADA,
    "homework-5-submissions/homework-5-jm7/README.md": None,
    "homework-5-submissions/homework-5-jm7/05_xavier.ipynb": JURGEN,
}
CLASSROOM50 = {
    "ml-hw5_submissions_2026_11_02_T_10_00_00/ml-hw5-al12/05_xavier.ipynb": ADA,
    "ml-hw5_submissions_2026_11_02_T_10_00_00/ml-hw5-as1/05_xavier.ipynb": ANN,
    "ml-hw5_submissions_2026_11_02_T_10_00_00/scores.csv": None,
}
NBGRADER = {
    "submitted/al12/05_xavier/05_xavier.ipynb": ADA,
    "submitted/al12/05_xavier/timestamp.txt": None,
    "submitted/al12/06_gains/06_gains.ipynb": None,
    "submitted/jm7/05_xavier/05_xavier.ipynb": JURGEN,
}
EXPORTS = {
    "Canvas": CANVAS,
    "Moodle": MOODLE,
    "ILIAS": ILIAS,
    "ILIAS's feedback": FEEDBACK,
    "Gradescope": GRADESCOPE,
    "GitHub Classroom": GITHUB,
    "Classroom 50": CLASSROOM50,
    "nbgrader": NBGRADER,
}


def content(name):
    return TABLE if name.endswith(".yml") else "{}"


def as_folder(place: Path, names) -> Path:
    for name in names:
        path = place / "export" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content(name))
    return place / "export"


def as_zip(place: Path, names) -> Path:
    with zipfile.ZipFile(place / "export.zip", "w") as archive:
        for name in names:
            archive.writestr(name, content(name))
    return place / "export.zip"


def roster(place: Path) -> Roster:
    (place / "roster.csv").write_text(ROSTER, encoding="utf-8")
    return Roster.read(place / "roster.csv")


@pytest.mark.parametrize("lay", [as_folder, as_zip])
@pytest.mark.parametrize("system", EXPORTS)
def test_each_file_is_found_and_is_its_students(tmp_path, system, lay):
    """And nothing else is a row: no table, no README, no second row of a student's."""
    names = EXPORTS[system]
    known = roster(tmp_path)
    found = [
        (hand_in.file, known.name_of(hand_in))
        for hand_in in find(lay(tmp_path, names), "05_xavier")
    ]
    expected = []
    for name, students in names.items():
        several = students if isinstance(students, tuple) else (students,)
        expected += [(name, student) for student in several if student]
    if system == "Moodle":  # text typed in counts for nothing beside a notebook
        expected = [pair for pair in expected if "onlinetext" not in pair[0]]
    assert sorted(found) == sorted(expected)


def test_the_system_says_who_is_late(tmp_path):
    for number, names in enumerate((CANVAS, ILIAS)):
        place = tmp_path / str(number)
        place.mkdir()
        late = [h.student for h in find(as_zip(place, names), "05_xavier") if h.late]
        assert late in (["müllerjürgen"], ["Juergen Mueller"])


def test_on_canvas_one_short_name_may_be_two_students(tmp_path):
    names = ["smithann_4714_99901_x.py", "smithann_4715_99902_05_xavier.ipynb"]
    found = find(as_folder(tmp_path, names), "05_xavier")
    assert [h.student for h in found] == ["smithann (4714)", "smithann (4715)"]
    assert [roster(tmp_path).name_of(h) for h in found] == [ANN, ANNA]


def test_canvas_has_text_typed_in_and_nameless_students(tmp_path):
    names = [
        "lovelaceada_4711_text.html",
        "LATE_anon_aB3xY_99901_05_xavier.ipynb",
        "anon_Q7tzz_99902_05_xavier.ipynb",
    ]
    found = {h.student: h.late for h in find(as_folder(tmp_path, names), "05_xavier")}
    assert found == {"lovelaceada": False, "anon_aB3xY": True, "anon_Q7tzz": False}


@pytest.mark.parametrize("number", ["05", "5"])
def test_a_number_that_fits_by_chance_names_nobody(tmp_path, number):
    """jane has her file, john has his, and neither is the student with the number."""
    names = [f"lab_{number}_10_jane.ipynb", f"lab_{number}_11_john.ipynb"]
    (tmp_path / "roster.csv").write_text(f"name,id\njane,10\njohn,11\nzoe,{number}\n")
    known = Roster.read(tmp_path / "roster.csv")
    found = find(as_folder(tmp_path, names), "05_xavier")
    assert [known.name_of(h) for h in found] == ["jane", "john"]


def test_on_canvas_a_name_that_disagrees_with_a_number_is_nobodys(tmp_path):
    known = roster(tmp_path)
    names = ["lab_4711_99901_x.ipynb", "other_4712_99902_x.ipynb"]
    found = find(as_folder(tmp_path, names), "05_xavier")
    assert [known.name_of(h) for h in found] == [None, None]


def test_a_roster_of_numbers_alone_is_matched_by_them(tmp_path):
    (tmp_path / "ids.csv").write_text("id\n4711\n")
    known = Roster.read(tmp_path / "ids.csv")
    found = find(as_folder(tmp_path, ["lovelaceada_4711_99887_x.ipynb"]), "05_xavier")
    assert [known.name_of(h) for h in found] == ["4711"]


def test_what_one_student_uploaded_to_gradescope_is_one_hand_in(tmp_path):
    place = tmp_path / "autograder" / "submission"
    (place / "data").mkdir(parents=True)
    for name in ("05_xavier.ipynb", "data.csv", "data/more.csv"):
        (place / name).write_text("{}")
    [found] = find(place, "05_xavier")
    assert (found.file, found.left_out) == ("05_xavier.ipynb", ())
    about = {"users": [{"name": "Ada Lovelace", "email": "ada@example.org"}]}
    (place.parent / "submission_metadata.json").write_text(json.dumps(about))
    assert [h.student for h in find(place, "05_xavier")] == [ADA]


def test_clones_without_the_usual_names_are_known_by_git(tmp_path):
    folder = as_folder(tmp_path, ["init-al12/x.ipynb", "init-jm7/x.ipynb"])
    students = [h.student for h in find(folder, "05_xavier")]
    assert students == ["init-al12", "init-jm7"]
    for clone in folder.iterdir():
        (clone / ".git").mkdir()
    assert [h.student for h in find(folder, "05_xavier")] == ["al12", "jm7"]


def test_who_is_no_clone_among_clones_is_not_forgotten(tmp_path):
    names = ["05-xavier-al12/x.ipynb", "05-xavier-jm7/x.ipynb", "bob.ipynb"]
    found = find(as_folder(tmp_path, [*names, "scores.csv"]), "05_xavier")
    assert [h.student for h in found] == ["al12", "jm7", "bob"]


def test_a_zip_of_a_folder_of_any_name_is_one_of_its_students(tmp_path):
    names = ["Class of 2026/jane/x.ipynb", "Class of 2026/john/y.ipynb"]
    found = find(as_zip(tmp_path, names), "05_xavier")
    assert [h.student for h in found] == ["jane", "john"]


def test_a_homework_of_its_name_is_no_prefix_of_another(tmp_path):
    folder = as_folder(tmp_path, ["ada/hw10/a.ipynb", "ada/hw1 (2)/b.ipynb"])
    assert [h.file for h in find(folder, "hw1")] == ["ada/hw1 (2)/b.ipynb"]


def test_a_gradescope_table_that_is_none_is_an_error(tmp_path):
    folder = as_folder(tmp_path, GRADESCOPE)
    table = folder / "assignment_5_export" / "submission_metadata.yml"
    for text in ("- 1\n", "a: [", "submission_101: {}\n", ""):
        table.write_text(text)
        with pytest.raises(NotebookError, match=r"submission_metadata\.yml"):
            find(folder, "05_xavier")


def test_a_zip_is_graded_as_it_is_exported(tmp_path, capsys):
    """And the page and the table say what was late, left out, or is no notebook."""
    (tmp_path / "homework.ipynb").write_text(MASTER.text)
    roster(tmp_path)
    with zipfile.ZipFile(tmp_path / "submissions.zip", "w") as archive:
        for name, data in {
            "lovelaceada_4711_99887_solved.ipynb": as_bytes(solved()),
            "lovelaceada_4711_99888_homework.ipynb": as_bytes(RELEASED),
            "müllerjürgen_LATE_4712_99890_homework.ipynb": as_bytes(solved()),
            "smithann_4714_99901_work.pdf": b"%PDF-1.7",
        }.items():
            archive.writestr(name, data)
    words = ["grade", "homework.ipynb", "submissions.zip", "out"]
    words = [words[0], *(str(tmp_path / word) for word in words[1:])]
    assert main([*words, "--roster", str(tmp_path / "roster.csv")]) == 0
    table = {row["student"]: row for row in rows(tmp_path / "out").values()}
    assert {name: row["status"] for name, row in table.items()} == {
        ADA: "graded",
        JURGEN: "graded",
        ANN: "unreadable",
        ANNA: "missing",
    }
    assert float(table[ADA]["total"]) == float(table[JURGEN]["total"]) == FULL
    assert table[ADA]["noticed"] == "left out: homework.ipynb"
    assert "no notebook, but a PDF" in table[ANN]["noticed"]
    said = capsys.readouterr().out
    assert "lovelaceada_4711_99887_solved.ipynb counts, not homework.ipynb" in said
