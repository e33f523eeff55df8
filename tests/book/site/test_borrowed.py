"""A chapter's live figure on another page too."""

import nbformat

from tests.shared.built import CONTENT, notebook_of, page
from tests.shared.toys import build_toy


def test_a_live_figure_that_no_cell_shows_cannot_be_borrowed(tmp_path):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# Toy", id="title")]
    )
    nbformat.write(notebook, tmp_path / "toy.ipynb")
    (tmp_path / "index.md").write_text(
        "# Front\n\n```{toctree}\ntoy\n```\n\n```{live} toy.ipynb#fan\n```\n\n"
        "```{live} nothing.ipynb#fan\n```\n"
    )
    done = build_toy(tmp_path)
    assert done.returncode != 0
    assert "cell 'fan' of toy.ipynb shows no live figure" in done.stderr
    assert "there is no notebook 'nothing.ipynb' in the book" in done.stderr


def test_the_first_page_shows_a_figure_of_a_chapter_with_its_tables():
    lender = notebook_of(CONTENT[0])
    assert lender.suffix == ".ipynb"
    lent = page(lender.with_suffix(".html").as_posix()).figures
    assert page(CONTENT[0]).figures.keys() <= lent.keys()
    assert page(CONTENT[0]).figures
