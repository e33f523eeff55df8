"""Which of a student's files counts, and that the others are named."""

from copy import deepcopy
from functools import partial

import nbformat
import pytest

from classroom.answers import answered, answered_apart
from classroom.choosing import UNREADABLE
from classroom.hand_ins import find, left_out
from classroom.notebook import NotebookError
from tests.shared.grading import CLASS
from tests.shared.homework import ANSWERS, MASTER, RELEASED, as_bytes, solved

BLANK, SOLVED = as_bytes(RELEASED), as_bytes(solved())
ANOTHER = CLASS["fay"]


def partly():
    notebook = solved(limit="# YOUR CODE HERE\nraise NotImplementedError()")
    return as_bytes(notebook)


def chosen(tmp_path, files):
    for name, data in files.items():
        (tmp_path / "ada" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "ada" / name).write_bytes(data)
    return find(tmp_path, "homework", partial(answered, MASTER))


@pytest.mark.parametrize(
    ("files", "counts", "out"),
    [
        ({"homework.ipynb": BLANK, "My_solved.ipynb": SOLVED}, 1, [0]),
        ({"homework.ipynb": SOLVED, "homework (1).ipynb": BLANK}, 0, [1]),
        ({"a/homework.ipynb": partly(), "b/new.ipynb": SOLVED}, 1, [0]),
        ({"homework.ipynb": b"{", "new.ipynb": SOLVED}, 1, [0]),
        ({"homework.ipynb": BLANK, "other.ipynb": ANOTHER}, 0, []),
        ({"homework.ipynb": ANOTHER, "x.ipynb": BLANK}, 1, []),
        ({"homework.ipynb": SOLVED, "copy.ipynb": SOLVED}, 0, [1]),
        ({"homework.ipynb": BLANK, "copy.ipynb": BLANK}, 0, [1]),
        ({"homework.ipynb": BLANK, "solution.py": b"x = 1"}, 0, [1]),
        ({"homework.ipynb": SOLVED, "data.csv": b"1,2", "notes.txt": b""}, 0, []),
        ({"homework.ipynb.txt": SOLVED, "data.csv": b"1,2"}, 0, []),
        ({"homework.json": SOLVED, "data.json": b"{}"}, 0, [1]),
    ],
)
def test_the_file_with_most_answers_counts(tmp_path, files, counts, out):
    names = list(files)
    [found] = chosen(tmp_path, files)
    assert found.file == f"ada/{names[counts]}"
    assert found.left_out == tuple(names[i] for i in out)
    for name in found.left_out:
        assert name in " ".join(found.noticed)
        assert name in " ".join(left_out([found]))


def test_two_that_answer_equally_much_and_differ_both_count(tmp_path):
    other = as_bytes(solved(double="def double(x):\n    return x"))
    files = {"homework.ipynb": SOLVED, "homework (2).ipynb": other}
    assert len(chosen(tmp_path, files)) == 2


def test_an_answer_without_names_and_metadata_is_one(tmp_path):
    bare = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(a) for a in ANSWERS.values()]
    )
    files = {"homework.ipynb": BLANK, "Untitled.ipynb": as_bytes(bare)}
    [found] = chosen(tmp_path, files)
    assert found.file == "ada/Untitled.ipynb"


def test_at_most_twenty_notebooks_are_looked_at(tmp_path):
    files = {f"{n:03}.ipynb": BLANK for n in range(60)} | {"homework.ipynb": SOLVED}
    [found] = chosen(tmp_path, files)
    assert found.file == "ada/homework.ipynb"
    assert "61 notebooks: 20 were looked at" in found.noticed
    assert all(len(note) < 400 for note in found.noticed)


def test_a_folder_without_a_notebook_is_one_row(tmp_path):
    files = {f"venv/{n}.py": b"" for n in range(300)}
    [found] = chosen(tmp_path, files)
    assert (found.student, found.file) == ("ada", "ada")
    with pytest.raises(NotebookError, match=r"no notebook among .* and 295 more"):
        found.read()


@pytest.mark.parametrize("name", [".ada", "empty", "\x07"])
def test_no_folder_is_forgotten(tmp_path, name):
    (tmp_path / name).mkdir()
    if name != "empty":
        (tmp_path / name / "homework.ipynb").write_bytes(SOLVED)
    [found] = find(tmp_path, "homework", partial(answered, MASTER))
    assert found.student == {"\x07": "\\x07"}.get(name, name)
    if name == "empty":
        with pytest.raises(NotebookError, match="without files"):
            found.read()


def test_a_notebook_that_is_as_it_was_released_answers_nothing():
    for cell in (notebook := deepcopy(RELEASED)).cells:
        cell.metadata = {}
    assert answered(MASTER, as_bytes(notebook)) == 0


def test_files_are_looked_into_in_a_process_of_its_own(monkeypatch):
    assert answered_apart(MASTER, SOLVED) == answered(MASTER, SOLVED) == 4
    monkeypatch.setattr("classroom.answers.PATIENCE", 0.0)
    assert answered_apart(MASTER, SOLVED) == UNREADABLE
