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
