"""The command line, as a teacher types it."""

import shutil
from pathlib import Path

import nbformat
import pytest

from classroom.__main__ import main
from classroom.course import only_grader
from tests.shared.homework import MASTER, RELEASED


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
