"""Answers in words are found wherever honest students write them."""

import json
from copy import deepcopy

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from classroom.answers import answered
from classroom.matching import plan, read
from classroom.notebook import Master
from classroom.release import students_version
from classroom.words import NOT_FOUND
from tests.shared.grading import OTHER
from tests.shared.homework import RELEASED, as_bytes, at, solved

MASTER = Master.read(OTHER)
BLANK = students_version(MASTER)
[NAME] = [cell.grade_id for cell in MASTER.by_hand]
QUESTION = MASTER.cells[MASTER.cells.index(MASTER.by_hand[0]) - 1]
ANSWER = "The signal shrinks to 0.41 of its mean square, and so does the gradient."
STUB = "YOUR ANSWER HERE"


def place_of(notebook, name):
    names = [c.metadata.get("nbgrader", {}).get("grade_id") for c in notebook.cells]
    return names.index(name)


def found(notebook):
    """The words, and what was noticed about them."""
    planned = plan(MASTER, read(as_bytes(notebook)))
    return planned.words[NAME], [n for n in planned.noticed if n.startswith(NAME)]


def bare(notebook):
    """As Kaggle, Deepnote and Databricks leave a notebook: text and code, no more."""
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        cell.metadata = {}
        cell.pop("id", None)
    return notebook


def written(text=ANSWER):
    notebook = deepcopy(BLANK)
    notebook.cells[place_of(notebook, NAME)].source = text
    return notebook


def with_cells(*cells, instead=False, before=False):
    """Cells below the one for the answer, or above it, or in its place."""
    notebook = deepcopy(BLANK)
    i = place_of(notebook, NAME)
    first = i if before or instead else i + 1
    notebook.cells[first : i + 1 if instead else first] = cells
    return notebook


def in_question():
    notebook = with_cells(instead=True)
    i = place_of(notebook, QUESTION.grade_id)
    notebook.cells[i].source += "\n\n" + ANSWER
    return notebook


def split_question():
    """Deepnote has a cell for each paragraph."""
    notebook = bare(written())
    i = [c.source for c in notebook.cells].index(QUESTION.public)
    parts = [new_markdown_cell(part) for part in QUESTION.public.split("\n\n")]
    notebook.cells[i : i + 1] = parts
    return bare(notebook)


def in_version_3():
    return nbformat.convert(bare(written()), 3)


HONEST = {
    "in its cell": written,
    "without metadata": lambda: bare(written()),
    "nbformat 3": in_version_3,
    "in a new cell below": lambda: with_cells(new_markdown_cell(ANSWER)),
    "in a new cell above": lambda: with_cells(new_markdown_cell(ANSWER), before=True),
    "in a new cell of code": lambda: with_cells(new_code_cell(ANSWER)),
    "as a remark in code": lambda: with_cells(new_code_cell(f"# {ANSWER}")),
    "in a raw cell": lambda: with_cells(new_raw_cell(ANSWER)),
    "below, all bare": lambda: bare(with_cells(new_markdown_cell(ANSWER))),
    "typed anew": lambda: with_cells(new_markdown_cell(ANSWER), instead=True),
    "typed anew, all bare": lambda: bare(
        with_cells(new_markdown_cell(ANSWER), instead=True)
    ),
    "with a heading": lambda: with_cells(
        new_markdown_cell("### My answer"), new_markdown_cell(ANSWER), instead=True
    ),
    "with a measurement between": lambda: with_cells(
        new_code_cell("print(0.64**2)"), new_markdown_cell(ANSWER)
    ),
    "below the question": in_question,
    "below the question, all bare": lambda: bare(in_question()),
    "below a question in parts": split_question,
    "Databricks": lambda: bare(with_cells(new_code_cell(f"%md\n{ANSWER}"))),
    "beside the stub": lambda: written(f"{STUB}\n\n{ANSWER}"),
    "moved to the top": lambda: moved(written()),
}


def moved(notebook):
    notebook.cells.insert(0, notebook.cells.pop(place_of(notebook, NAME)))
    return notebook


@pytest.mark.parametrize("how", HONEST)
def test_words_are_found(how):
    words, noticed = found(HONEST[how]())
    assert ANSWER in words
    assert QUESTION.public[:60] not in words
    assert len(words) < len(ANSWER) + 40 and "empty" not in "".join(noticed)


def test_that_they_were_found_by_their_place_is_noticed():
    assert found(written()) == (ANSWER, [])
    assert found(bare(written())) == (ANSWER, [f"{NAME}: found by its place"])


def test_a_cell_that_was_left_empty_is_empty():
    assert found(BLANK) == found(bare(deepcopy(BLANK))) == ("", [])
    assert found(written("  \n")) == ("", [])


def test_no_cell_is_not_called_empty():
    missing = (NOT_FOUND, [f"{NAME}: not found, look yourself"])
    assert found(with_cells(instead=True)) == missing
    assert found(bare(with_cells(instead=True))) == missing
    without = deepcopy(BLANK)
    without.cells = [c for c in without.cells if c.cell_type == "code"]
    assert found(without) == missing


def test_words_somewhere_else_are_looked_for_by_the_teacher():
    notebook = deepcopy(BLANK)
    notebook.cells.insert(1, new_markdown_cell(ANSWER))
    assert found(notebook)[0] == NOT_FOUND


def test_another_questions_text_is_no_answer():
    """The question stands in the middle: what comes after it is the next one's."""
    notebook = with_cells(instead=True)
    cells = notebook.cells
    i = place_of(notebook, QUESTION.grade_id)
    cells.insert(1, cells.pop(i))
    assert found(notebook)[0] == NOT_FOUND


def test_two_questions_in_words_keep_their_answers():
    text = json.loads(MASTER.text)
    cells = deepcopy(text["cells"])
    more = deepcopy(cells[-2:])
    for cell, name in zip(more, ("more-text", "more"), strict=True):
        cell["metadata"]["nbgrader"]["grade_id"], cell["id"] = name, name
    more[0]["source"] = "## 7. More words\n\nAnd what of the other one?"
    master = Master("two", json.dumps({**text, "cells": cells + more}))
    for strip in (False, True):
        notebook = students_version(master)
        notebook.cells[-3].source, notebook.cells[-1].source = ANSWER, "Another one."
        notebook = bare(notebook) if strip else notebook
        words = plan(master, read(as_bytes(notebook))).words
        assert words == {NAME: ANSWER, "more": "Another one."}


def test_answers_are_counted():
    from tests.shared.homework import MASTER as SMALL

    assert answered(SMALL, as_bytes(RELEASED)) == 0
    assert answered(SMALL, as_bytes(solved())) == 4
    assert answered(SMALL, as_bytes(solved(why=STUB))) == 3
    half = deepcopy(RELEASED)
    half.cells[at(half, "double")].source = "def double(x):\n    return 1"
    assert answered(SMALL, as_bytes(half)) == 1
    assert answered(SMALL, as_bytes(BLANK)) == -1
