"""Which cell of a hand-in answers what."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from classroom.matching import plan, read
from classroom.notebook import NotebookError
from tests.shared.homework import (
    MASTER,
    RELEASED,
    TESTS,
    as_bytes,
    at,
    solved,
    taken,
)


def planned(notebook):
    found = plan(MASTER, read(as_bytes(notebook)))
    return [step.name for step in found.steps], found.noticed


ORDER = ["setup", "double", "test-double", "size", "test-size", "limit", "test-limit"]


def test_an_untouched_notebook_runs_in_its_order():
    assert planned(solved()) == (ORDER, [])


def without_metadata(notebook):
    for cell in notebook.cells:
        cell.metadata = {}
    return notebook


def without_ids(notebook):
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        cell.pop("id")
    return notebook


def test_cells_are_found_by_grade_id_by_id_and_by_what_they_define():
    assert planned(without_ids(solved())) == (ORDER, [])
    names, noticed = planned(without_metadata(solved()))
    assert names == ORDER
    assert noticed == ["no cell has nbgrader's name; found by what they say"]
    names, noticed = planned(without_ids(without_metadata(solved())))
    assert [n for n in names if n.startswith("test")] == [*TESTS]
    assert len(names) == len(ORDER) and "missing" not in " ".join(noticed)


def test_deleted_tests_are_the_teachers_again():
    notebook = solved()
    taken(notebook, "test-size")
    names, noticed = planned(notebook)
    assert names == ORDER and noticed == ["test-size: missing; the teacher's was run"]


def test_doubled_tests_run_once():
    notebook = solved()
    notebook.cells.insert(3, notebook.cells[at(notebook, "test-double")])
    names, noticed = planned(notebook)
    assert names == ORDER and noticed == ["test-double: 2 copies; run once"]


def test_tests_that_stand_before_their_answer_run_after_it():
    notebook = solved()
    notebook.cells.insert(1, taken(notebook, "test-double"))
    assert planned(notebook)[0] == ORDER


def test_edited_tests_and_points_are_noted():
    notebook = solved()
    cell = notebook.cells[at(notebook, "test-double")]
    cell.source, cell.metadata.nbgrader["points"] = "assert True", 100
    names, noticed = planned(notebook)
    assert names == ORDER
    assert noticed == [
        "test-double: edited; the teacher's was run",
        "test-double: 100 points; 2 count",
    ]


def test_an_answer_split_in_two_is_one_answer():
    notebook = solved(limit="half = 1.0")
    notebook.cells.insert(at(notebook, "test-limit"), new_code_cell("limit = 2 * half"))
    names, _ = planned(notebook)
    assert names.index("limit") < len(names) - 2 and names[-1] == "test-limit"


def test_an_answer_that_became_markdown_runs_as_code():
    notebook = solved()
    notebook.cells[at(notebook, "double")].cell_type = "markdown"
    names, noticed = planned(notebook)
    assert names == ORDER and noticed == ["double: no code cell any more; run as code"]


def test_words_are_read_and_an_untouched_cell_is_empty():
    assert plan(MASTER, read(as_bytes(solved(why="So.")))).words == {"why": "So."}
    assert plan(MASTER, read(as_bytes(RELEASED))).words == {"why": ""}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"PK\3\4...", "no notebook, but a zip"),
        (b"%PDF-1.7", "but a PDF"),
        (b"\n<!DOCTYPE html><html>", "but a web page"),
        (b'{"cells": [\n<<<<<<< HEAD\n', "conflict in Git"),
        (b'{"cells": [', "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "no notebook"),
        (b'"text"', "no notebook"),
        (b"{}", "no notebook"),
        (b'{"cells": 5}', "no notebook"),
        (b'{"worksheets": 5}', "old"),
        (b"[" * 200_000, "not JSON"),
        (b'{"cells": [' + b"{}," * 3000 + b"{}]}", "3,001 cells"),
        (b" " * (51 * 2**20), "51 MiB"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_is_no_notebook_is_unreadable(data, words):
    with pytest.raises(NotebookError, match=words):
        read(data)


def test_old_notebooks_are_read():
    old = nbformat.convert(without_ids(solved()), 3)
    names, noticed = planned(old)
    assert [n for n in names if n.startswith("test")] == [*TESTS], noticed
