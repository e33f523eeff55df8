"""The command line, as a teacher types it."""

import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from classroom.__main__ import main
from classroom.course import only_grader
from tests.shared.exports import CANVAS, MOODLE
from tests.shared.grading import rows, write_class
from tests.shared.homework import MASTER, RELEASED, as_bytes, metadata, solved


def test_going_on_grades_what_is_new_and_nothing_twice(graded_class, tmp_path, capsys):
    """In a copy, for its table is written to."""
    whole, words = graded_class
    folder = tmp_path / "course"
    shutil.copytree(whole, folder)
    words = [word.replace(str(whole), str(folder)) for word in words]
    results = folder / "out" / "results"
    before = {path.name: path.stat().st_mtime_ns for path in results.iterdir()}
    marks = (folder / "out/marks.csv").read_bytes()
    assert main(words) == 1
    assert "--resume" in capsys.readouterr().err
    assert main([*words, "--resume"]) == 0
    assert (folder / "out/marks.csv").read_bytes() == marks
    assert {p.name: p.stat().st_mtime_ns for p in results.iterdir()} == before
    # what a teacher adds by hand stays
    table = folder / "out/marks.csv"
    by_hand = marks.decode().replace(",0,2,1,,", ",0,2,1,1.5,").encode()
    assert by_hand != marks
    table.write_bytes(by_hand)
    assert main([*words, "--resume"]) == 0
    assert table.read_bytes() == by_hand
    with only_grader(folder / "out"):
        assert main([*words, "--resume"]) == 1
    assert "another grader" in capsys.readouterr().err


def test_no_hand_in_locks_the_table(tmp_path, capsys):
    """1,500 cells that say that they give marks, and names of 80 letters."""
    (tmp_path / "homework.ipynb").write_text(MASTER.text)
    notebook = solved()
    for number in range(1500):
        about = metadata(f"{number:04}{'n' * 76}", grade=True, points=1)
        notebook.cells.append(new_code_cell("", metadata=about))
    write_class(
        tmp_path / "in", {"eve": as_bytes(notebook), "jane": as_bytes(solved())}
    )
    words = ["grade", *(str(tmp_path / p) for p in ("homework.ipynb", "in", "out"))]
    assert main(words) == 0 == main([*words, "--resume"])
    found = rows(tmp_path / "out")
    assert {row["total"] for row in found.values()} == {"5"}
    assert "more" in found["eve/homework.ipynb"]["noticed"][-20:]
    assert max(len(p.read_bytes()) for p in (tmp_path / "out").rglob("*.html")) < 50_000


@pytest.fixture
def small(tmp_path):
    """A class of two that is graded, and the words for it."""
    (tmp_path / "homework.ipynb").write_text(MASTER.text)
    wrong = as_bytes(solved(limit="limit = 0.0"))
    write_class(tmp_path / "in", {"ada": as_bytes(solved()), "bob": wrong})
    words = ["grade", *(str(tmp_path / p) for p in ("homework.ipynb", "in", "out"))]
    assert main(words) == 0
    return tmp_path, words


def test_one_student_is_graded_again(small, capsys):
    folder, words = small
    journal = {p.name[:3]: p for p in (folder / "out" / "results").iterdir()}
    for path in journal.values():
        path.write_text(path.read_text().replace('"total": ', '"total": 10'))
    assert main([*words, "--again", "bob"]) == 0
    found = rows(folder / "out")
    totals = [found[f"{name}/homework.ipynb"]["total"] for name in ("ada", "bob")]
    assert totals == ["105", "4"]
    capsys.readouterr()
    assert main([*words, "--again", "bob", "--again", "dan"]) == 1
    assert "--again dan" in capsys.readouterr().err


def test_a_journal_that_was_cut_is_made_again(small, capsys):
    folder, words = small
    [path] = (folder / "out" / "results").glob("bob*")
    path.write_bytes(path.read_bytes()[:100])
    assert main([*words, "--resume"]) == 0
    assert path.with_suffix(".unreadable").name in capsys.readouterr().err
    assert rows(folder / "out")["bob/homework.ipynb"]["total"] == "4"


def test_what_was_renamed_leaves_nothing_behind(small):
    folder, words = small
    (folder / "in" / "bob").rename(folder / "in" / "rob")
    assert main([*words, "--resume"]) == 0
    for place in ("feedback", "results"):
        names = sorted(path.name[:3] for path in (folder / "out" / place).iterdir())
        assert names == ["ada", "rob"]


@pytest.mark.parametrize("system", ["canvas", "moodle"])
def test_a_gradebook_without_a_student_is_refused_before_anything_is_written(
    system, tmp_path, capsys
):
    (tmp_path / "homework.ipynb").write_text(MASTER.text)
    files = {"canvas": "doejane_4711_1_homework.ipynb"}
    files |= {"moodle": "Jane Doe/homework.ipynb"}
    for file in (files[system], "Dan Who.ipynb"):
        (tmp_path / "in" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / file).write_bytes(as_bytes(solved()))
    export = {"canvas": CANVAS, "moodle": MOODLE}[system]
    (tmp_path / "export.csv").write_text(export, "utf-8", newline="")
    words = ["grade", *(str(tmp_path / p) for p in ("homework.ipynb", "in", "out"))]
    words += [f"--{system}", str(tmp_path / "export.csv")]
    assert main(words) == 1
    assert "Dan Who" in capsys.readouterr().err
    written = [p for p in (tmp_path / "out").rglob("*") if p.is_file()]
    assert [p.name for p in written] in ([], [".lock"])
    (tmp_path / "in" / "Dan Who.ipynb").unlink()
    assert main(words) == 0
    filled = (tmp_path / "out" / f"{system}.csv").read_text("utf-8-sig")
    places = {"canvas": ",9.50,5,95.00", "moodle": " - ,5,10.00"}
    assert places[system] in filled and "1 marks" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("grade none.ipynb in out", "none.ipynb"),
        ("grade hw.ipynb none out", "none is no folder"),
        ("grade hw.ipynb in in/marks", "put it elsewhere"),
        ("grade hw.ipynb in in", "put it elsewhere"),
        ("grade hw.ipynb in hw.ipynb", "hw.ipynb is no folder"),
        ("grade hw.ipynb in out --roster none.csv", "none.csv"),
        ("grade in in out", "in is no notebook"),
        ("grade hw.ipynb in out --column Essay", "--column goes with"),
        ("grade student.ipynb in out", "no reference answer"),
        ("release none.ipynb out", "none.ipynb"),
        ("release hw.ipynb hw.ipynb", "master itself"),
        ("release student.ipynb out", "no reference answer"),
        ("check none.ipynb", "none.ipynb"),
    ],
)
def test_what_a_teacher_can_mend_is_one_message(
    words, message, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    Path("hw.ipynb").write_text(MASTER.text)
    Path("student.ipynb").write_text(nbformat.writes(RELEASED))
    Path("in").mkdir()
    assert main(words.split()) == 1
    said = capsys.readouterr().err
    assert message in said and "Traceback" not in said
    assert not Path("out").exists()


@pytest.mark.parametrize(
    "words",
    [
        "",
        "bake",
        "grade hw.ipynb",
        "grade hw.ipynb in out --jobs 0",
        "grade hw.ipynb in out --jobs many",
        "grade hw.ipynb in out --canvas a.csv --moodle b.csv",
        "grade hw.ipynb in out --seed -1",
        "grade hw.ipynb in out --seed 4294967296",
        "grade hw.ipynb in out --seed " + "9" * 5000,
    ],
    ids=lambda words: words[:40],
)
def test_arguments_out_of_range_are_refused(words, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(words.split())
    assert "usage" in capsys.readouterr().err


def test_check_says_what_is_wrong(tmp_path, capsys):
    good, bad = tmp_path / "good.ipynb", tmp_path / "bad.ipynb"
    good.write_text(MASTER.text)
    bad.write_text(MASTER.text.replace('"points": 1', '"points": -1'))
    assert main(["check", str(good)]) == 0
    assert main(["check", str(good), str(bad)]) == 1
    assert "points is -1" in capsys.readouterr().out
