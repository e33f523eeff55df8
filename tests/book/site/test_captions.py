"""Figures of chapters have numbers and captions, and links can say the numbers."""

import re

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from book.project import COURSE
from book.tools.drawings import draw
from tests.shared.built import site
from tests.shared.toys import build_toy

SQUARE = '<svg viewBox="0 0 9 9" width="9pt" height="9pt"><path d="M 0 0 L 9 9"/></svg>'
DRAWING = "![Wires](drawings/fans.svg)"
PYTHON = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}}


def drawn(name, caption="", pictures=1):
    """A cell that prints something and draws, with a caption or without."""
    printed = new_output("stream", name="stdout", text="printed\n")
    data = {"image/svg+xml": SQUARE, "text/plain": "<Figure>"}
    about = {"caption": caption, "image": {"alt": "A diagonal."}}
    return new_code_cell(
        f"draw('{name}')",
        id=name,
        metadata={"mystnb": about},
        execution_count=1,
        outputs=[printed, *pictures * [new_output("display_data", data)]],
    )


def build(folder, *cells, name="07_toy"):
    """The run of a book of a first page and one chapter, and the chapter's page."""
    (folder / "drawings").mkdir()
    (folder / "drawings" / "fans.svg").write_text(draw("fans"), encoding="utf-8")
    pages = f"```{{toctree}}\n{name}\n```"
    links = f"See []({name}.ipynb#second), [it]({name}.ipynb#second)."
    first = f"# Book\n\n{links}\n\n{pages}\n"
    (folder / "index.md").write_text(first, encoding="utf-8")
    cells = [new_markdown_cell("# One"), *cells]
    notebook = new_notebook(cells=cells, metadata=PYTHON)
    nbformat.write(notebook, folder / f"{name}.ipynb")
    config = "repairs_without_work = ['*']\nmyst_enable_extensions = ['dollarmath']\n"
    return build_toy(folder, config)


def read(folder, name="07_toy"):
    html = (folder / "html" / f"{name}.html").read_text(encoding="utf-8")
    return BeautifulSoup(html, "html.parser")


def words(tag):
    return " ".join(tag.get_text().split())


@pytest.mark.slow
def test_figures_are_numbered_in_their_order_and_links_say_the_numbers(tmp_path):
    done = build(
        tmp_path,
        new_markdown_cell(f"{DRAWING}\n\n*What it **shows**,\nand $x$.*\n\nThe text."),
        drawn("second", r"It & its $\sqrt{2}$, after [](#drawing-fans).", pictures=2),
        new_markdown_cell("See [](#second) and [that one](#second)."),
        drawn("third", "No more."),
    )
    assert done.returncode == 0, done.stderr
    page = read(tmp_path)
    figures = page.select("figure.fw-card")
    assert [figure["id"] for figure in figures] == [f"figure-7-{n}" for n in (1, 2, 3)]
    first, second, third = [figure.figcaption for figure in figures]
    assert words(first) == "Figure 7.1. What it shows, and x."
    assert first.strong.string == "shows" and first.math
    assert words(second) == "Figure 7.2. It & its 2, after Figure 7.1."
    assert second.msqrt and second.a["href"] == "#figure-7-1"
    assert words(third) == "Figure 7.3. No more."
    assert all(caption["class"] == ["fw-caption"] for caption in (first, second, third))
    assert [len(figure.select("svg")) for figure in figures] == [1, 2, 1]
    assert page.select("svg") == [svg for f in figures for svg in f.select("svg")]
    assert "printed" not in "".join(map(words, figures)), "words are no figure"
    assert page.find(id="second").select("figure") == [figures[1]]
    assert "See Figure 7.2 and that one." in words(page)
    assert "What it shows" in words(page) and words(page).count("What it shows") == 1
    first_page = read(tmp_path, "index")
    assert "See Figure 7.2, it." in words(first_page)
    assert first_page.select("a[href='07_toy.html#second']")


@pytest.mark.slow
def test_a_figure_without_a_caption_fails_the_build_with_its_place(tmp_path):
    done = build(
        tmp_path,
        new_markdown_cell(f"{DRAWING}\n\nThe text, not *in italics*."),
        drawn("second"),
        new_markdown_cell(f"Words {DRAWING}\n\n*in italics*"),
    )
    assert done.returncode == 1
    warnings = done.stderr.splitlines()
    drawing = [line for line in warnings if "this drawing has no caption" in line]
    assert len(drawing) == 2 and "07_toy.ipynb: cell 2, line 1:" in drawing[0]
    [figure] = [line for line in warnings if "this figure has no caption" in line]
    assert "07_toy.ipynb: cell 3" in figure and '"mystnb": {"caption"' in figure
    assert len(warnings) == 3


@pytest.mark.slow
def test_a_page_that_is_no_chapter_needs_no_captions(tmp_path):
    done = build(
        tmp_path, new_markdown_cell(f"{DRAWING}\n"), drawn("second"), name="more"
    )
    assert done.returncode == 0, done.stderr
    assert not read(tmp_path, "more").select("figure")


@pytest.mark.slow
def test_a_link_in_a_caption_that_leads_nowhere_is_told_with_its_cell(tmp_path):
    done = build(tmp_path, drawn("second", "It is [there](#nowhere)."))
    assert done.returncode == 1
    assert re.search(r"07_toy\.ipynb: cell 2.*'nowhere'", done.stderr), done.stderr


@pytest.mark.parametrize("chapter", COURSE.chapters(), ids=lambda path: path.stem)
def test_every_figure_of_a_chapter_has_its_number_and_caption(chapter):
    html = (site() / chapter).with_suffix(".html").read_text(encoding="utf-8")
    page = BeautifulSoup(html, "html.parser")
    pictures = page.select("svg.fw-figure, .live-shell")
    assert pictures and all(shown.find_parent("figure") for shown in pictures)
    number = int(chapter.stem[:2])
    for count, figure in enumerate(page.select("figure.fw-card"), start=1):
        assert figure["id"] == f"figure-{number}-{count}"
        assert words(figure.figcaption).startswith(f"Figure {number}.{count}. ")
