"""A course in a folder: its pages in their order, its chapters by their names."""

from pathlib import Path

import pytest

from book.project import COURSE, BookError, Project, own_files, uncoloured
from tests.shared.toys import ONE


def test_pages_come_in_the_order_of_the_toc(project):
    assert project.pages() == [Path("intro.md"), Path("chapters/one.ipynb")]
    assert project.chapters() == [ONE]
    assert project.addresses() == ["intro.html", "chapters/one.html"]


def test_a_page_that_does_not_exist_is_named(project):
    (project.root / "intro.md").unlink()
    with pytest.raises(BookError, match="names intro, but there is no intro.ipynb"):
        project.pages()


@pytest.mark.parametrize("name", ["one", "chapters/one.ipynb", "one.ipynb"])
def test_a_chapter_is_found_by_its_name(project, name):
    assert project.find_chapter(name) == ONE


def test_a_chapter_is_found_by_its_number():
    assert COURSE.find_chapter("03").name == "03_symmetry.ipynb"


def test_a_chapter_that_does_not_exist_is_told_with_those_that_do(project):
    with pytest.raises(BookError, match="no chapter 'two'; the chapters are one"):
        project.find_chapter("two")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "it is empty"),
        (b'{\n<<<<<<< HEAD\n"cells": []}', "line 2 is the mark of a conflict"),
        (b'{"cells": [],\n "nbformat": }', "line 2 is not JSON"),
        (b'{"cells": "\xff"}', "it is not encoded in UTF-8"),
        (b"[]", "it has no cells"),
    ],
)
def test_what_is_no_notebook_is_told(project, text, why):
    (project.root / ONE).write_bytes(text)
    with pytest.raises(BookError, match=f"chapters/one.ipynb is no notebook: {why}"):
        project.notebook(ONE)


def test_a_mark_of_the_encoding_is_no_fault(project):
    text = (project.root / ONE).read_bytes()
    (project.root / ONE).write_bytes(b"\xef\xbb\xbf" + text)
    assert len(project.notebook(ONE)["cells"]) == 2


@pytest.mark.parametrize("text", ["root: [", "\tnone", None])
def test_a_broken_table_of_contents_is_told(project, text):
    toc = project.root / "_toc.yml"
    toc.unlink() if text is None else toc.write_text(text)
    with pytest.raises(BookError, match=r"_toc\.yml"):
        project.pages()


def test_a_digest_changes_with_a_file_its_name_and_words_and_with_nothing_else(
    tmp_path,
):
    project, one = Project(tmp_path), tmp_path / "one"
    one.write_text("1")
    seen = [project.digest([one]), project.digest([one], "more")]
    one.write_text("2")
    seen.append(project.digest([one]))
    seen.append(project.digest([one.rename(tmp_path / "two")]))
    assert len(set(seen)) == 4
    assert project.digest([tmp_path / "two"]) == seen[-1]
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "one.pyc").write_text("")
    assert own_files(tmp_path) == [tmp_path / "two"]


def test_a_message_loses_the_colours_of_a_terminal():
    assert uncoloured("\x1b[31mred\x1b[0m") == "red"
