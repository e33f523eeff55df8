"""What runs when a chapter is executed, and what is said of one that fails."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from book import execute
from book.project import BookError
from helpers.live.contract import STATE
from tests.shared.toys import ONE, write_chapter

WIDGET_ID = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"


def test_a_chapter_is_executed_and_its_source_is_left_alone(project):
    source = "import os\nprint(os.environ['FIRST_WEIGHTS_BOOK'], os.getcwd())"
    write_chapter(project, new_code_cell(source, id="where"))
    before = (project.root / "chapters" / "one.ipynb").read_bytes()
    execute.execute_for_site(project, {ONE: "key"})
    assert (project.root / "chapters" / "one.ipynb").read_bytes() == before
    result = nbformat.read(project.executed / "chapters" / "one.ipynb", as_version=4)
    folder = project.executed / "chapters"
    assert result.cells[1].outputs[0].text == f"1 {folder}\n"


def test_a_chapter_that_fails_is_not_kept(project):
    write_chapter(
        project, new_code_cell("x = 1\nassert x > 2, 'x is large'", id="check-x")
    )
    with pytest.raises(BookError) as failure:
        execute.execute_for_site(project, {ONE: "key"})
    assert str(failure.value) == (
        "chapters/one.ipynb: cell 2 (id check-x) failed\n"
        "     x = 1\n"
        "  -> assert x > 2, 'x is large'\n"
        "  AssertionError: x is large"
    )
    assert not (project.executed / "chapters" / "one.key").exists()


def problem(*outputs, tags=(), more=None):
    metadata = {"tags": list(tags)} | (more or {})
    cell = new_code_cell("f()", id="f", outputs=[*outputs], metadata=metadata)
    return execute.problem(Path("c.ipynb"), nbformat.from_dict({"cells": [cell]}))


def test_a_warning_is_a_failure_and_a_planned_error_is_not():
    error = new_output("error", ename="ValueError", evalue="no", traceback=[])
    warning = new_output("stream", name="stderr", text="UserWarning: old")
    assert problem(warning) == (
        "c.ipynb: cell 1 (id f) wrote a warning\n     f()\n  UserWarning: old"
    )
    assert problem(error).endswith("ValueError: no")
    assert problem(error, tags=["raises-exception"]) == ""
    assert problem(new_output("stream", text="hello")) == ""


def test_a_figure_that_was_not_drawn_is_a_failure():
    caption = {"mystnb": {"caption": "It grows."}}
    picture = new_output("display_data", {"image/svg+xml": "<svg/>"})
    words = new_output("execute_result", {"text/plain": "<Figure>"})
    assert problem(picture, words, more=caption) == ""
    assert problem(words) == ""
    assert problem(words, more=caption) == (
        "c.ipynb: cell 1 (id f) has drawn nothing\n     f()\n"
        "  its metadata has a caption, so it is a figure"
    )


def test_widgets_are_numbered_in_the_order_of_their_making():
    state = {WIDGET_ID: {"state": {"layout": f"IPY_MODEL_{WIDGET_ID}"}}}
    notebook = new_notebook(metadata={"widgets": {STATE: {"state": state}}})
    text = execute.stable(notebook)
    assert WIDGET_ID not in text
    assert text.count(f"{1:032x}") == 2


def test_widgets_have_the_same_place_whatever_their_names_are():
    def written(first, second):
        state = {first: {"state": {"is": "first"}}, second: {"state": {"has": first}}}
        return execute.stable(
            new_notebook(metadata={"widgets": {STATE: {"state": state}}})
        )

    assert written("a" * 32, "b" * 32) == written("d" * 32, "c" * 32)


def test_no_result_has_the_key_of_another_one(project, monkeypatch):
    """However a run ends: here while it writes what it has computed."""
    execute.execute_for_site(project, {ONE: "first"})
    monkeypatch.setattr(execute, "stable", lambda notebook: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        execute.execute_for_site(project, {ONE: "second"})
    assert not (project.executed / ONE).with_suffix(".key").exists()
