"""A chapter runs again when its code, the helpers or tools change, and only then."""

import shutil

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from book import execute
from book.store import bring_up_to_date, with_results
from tests.shared.toys import ONE, keep_result, write_chapter


def test_a_chapter_runs_once_for_each_version_of_what_it_needs(project, monkeypatch):
    runs = []

    def pretend(project, keys):
        for chapter, key in keys.items():
            runs.append(chapter)
            result = project.executed / chapter
            result.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(project.root / chapter, result)
            result.with_suffix(".key").write_text(key)

    monkeypatch.setattr(execute, "execute_for_site", pretend)
    bring_up_to_date(project)
    bring_up_to_date(project)
    assert len(runs) == 1
    (project.root / "helpers" / "thing.py").write_text("X = 2\n")
    bring_up_to_date(project)
    assert len(runs) == 2
    (project.root / "constraints.txt").write_text("torch==2.13.0\n")
    bring_up_to_date(project)
    assert len(runs) == 3
    write_chapter(project, new_code_cell("1 + 2", id="sum"))
    bring_up_to_date(project)
    assert len(runs) == 4
    output = new_output("stream", text="3")
    write_chapter(project, new_code_cell("1 + 2", id="sum", outputs=[output]))
    bring_up_to_date(project)
    assert len(runs) == 4, "stored results are no reason to run again"
    write_chapter(
        project, new_markdown_cell("Why."), new_code_cell("1 + 2", id="total")
    )
    bring_up_to_date(project)
    assert len(runs) == 4, "words are no reason to run again"
    write_chapter(
        project, new_code_cell("1 + 2", id="sum", metadata={"tags": ["check"]})
    )
    bring_up_to_date(project)
    assert len(runs) == 5


def test_words_of_now_stand_beside_the_results_that_are_kept(project):
    output = new_output("stream", text="2")
    keep_result(project, new_code_cell("1 + 1", execution_count=1, outputs=[output]))
    words = new_markdown_cell("New words.", id="words")
    total = new_code_cell("1 + 1", id="total", metadata={"tags": []})
    write_chapter(project, words, total)
    shown = nbformat.reads(with_results(project, ONE), as_version=4)
    assert [cell.id for cell in shown.cells] == ["title", "words", "total"]
    assert shown.cells[2].outputs == [output]
