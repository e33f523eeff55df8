"""What Jupyter Book is given to read, and whether the site still shows it."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from book import build
from book.project import own_files
from tests.shared.toys import ONE, keep_result, write_chapter


def test_only_what_the_book_needs_is_assembled(project):
    (project.root / "chapters" / "draft.ipynb").write_text("{}")
    (project.root / "chapters" / "picture.svg").write_text("<svg/>")
    keep_result(project, new_code_cell("1 + 1", execution_count=1))
    build.assemble(project)
    found = {
        path.relative_to(project.source).as_posix()
        for path in own_files(project.source)
    }
    assert found == {
        "_config.yml",
        "_toc.yml",
        "intro.md",
        "chapters/one.ipynb",
        "chapters/picture.svg",
    }


def test_a_page_shows_the_words_of_now_and_the_results_that_are_kept(project):
    output = new_output("stream", text="2")
    keep_result(project, new_code_cell("1 + 1", execution_count=1, outputs=[output]))
    words = new_markdown_cell("New words.", id="words")
    write_chapter(
        project, words, new_code_cell("1 + 1", id="total", metadata={"tags": []})
    )
    build.assemble(project)
    shown = nbformat.read(project.source / ONE, as_version=4)
    assert [cell.id for cell in shown.cells] == ["title", "words", "total"]
    assert shown.cells[2].outputs == [output]
    assert shown.metadata == {"made": "by the run"}


def test_a_site_that_was_never_built_is_not_current(project):
    keep_result(project, new_code_cell("1 + 1", execution_count=1))
    assert not build.is_current(project)


def test_a_page_leads_on_for_those_too_whom_no_browser_leads():
    page = build.redirect("intro.html")
    assert 'content="0; url=intro.html"' in page and 'href="intro.html"' in page
