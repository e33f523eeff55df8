"""What `python -m book` promises to authors: what runs, what is kept, what is said."""

import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from book import build, execute, results, sources
from book.extension import readable
from book.formulas import to_mathml
from book.sources import BookError
from helpers.live.contract import STATE
from helpers.plots import COLOURS
from tests.shared.contrast import contrast

REAL_ROOT = sources.ROOT
WIDGET_ID = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A course of one chapter in an empty folder, in place of the real one."""
    for module in (sources, results, execute, build):
        for name in ("ROOT", "BUILD", "EXECUTED", "SOURCE"):
            if hasattr(module, name):
                real = getattr(module, name).relative_to(REAL_ROOT)
                monkeypatch.setattr(module, name, tmp_path / real)
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: intro\nparts:\n- chapters:\n  - file: chapters/one\n"
    )
    (tmp_path / "_config.yml").write_text("title: Toy\n")
    (tmp_path / "constraints.txt").write_text("")
    (tmp_path / "intro.md").write_text("# Toy\n")
    for folder in ("book", "chapters", "helpers"):
        (tmp_path / folder).mkdir()
    (tmp_path / "book" / "execute.py").write_text("")
    (tmp_path / "helpers" / "thing.py").write_text("X = 1\n")
    write(tmp_path, new_code_cell("1 + 1", id="sum"))
    return tmp_path


def write(project: Path, *cells):
    notebook = new_notebook(cells=[new_markdown_cell("# One", id="title"), *cells])
    nbformat.write(notebook, project / "chapters" / "one.ipynb")


# What runs ----------------------------------------------------------------------------


def test_pages_come_in_the_order_of_the_toc(project):
    assert sources.pages() == [Path("intro.md"), Path("chapters/one.ipynb")]
    assert sources.chapters() == [Path("chapters/one.ipynb")]


def test_a_page_that_does_not_exist_is_named(project):
    (project / "intro.md").unlink()
    with pytest.raises(BookError, match="names intro, but there is no intro.ipynb"):
        sources.pages()


def test_a_chapter_runs_once_for_each_version_of_what_it_needs(project, monkeypatch):
    runs = []

    def pretend(keys):
        for chapter, key in keys.items():
            runs.append(chapter)
            result = results.EXECUTED / chapter
            result.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(project / chapter, result)
            result.with_suffix(".key").write_text(key)

    monkeypatch.setattr(execute, "execute_for_site", pretend)
    results.bring_up_to_date()
    results.bring_up_to_date()
    assert len(runs) == 1
    (project / "helpers" / "thing.py").write_text("X = 2\n")
    results.bring_up_to_date()
    assert len(runs) == 2
    (project / "constraints.txt").write_text("torch==2.13.0\n")
    results.bring_up_to_date()
    assert len(runs) == 3
    write(project, new_code_cell("1 + 2", id="sum"))
    results.bring_up_to_date()
    assert len(runs) == 4
    output = new_output("stream", text="3")
    write(project, new_code_cell("1 + 2", id="sum", outputs=[output]))
    results.bring_up_to_date()
    assert len(runs) == 4, "stored results are no reason to run again"
    write(project, new_markdown_cell("Why."), new_code_cell("1 + 2", id="total"))
    results.bring_up_to_date()
    assert len(runs) == 4, "words are no reason to run again"
    write(project, new_code_cell("1 + 2", id="sum", metadata={"tags": ["check"]}))
    results.bring_up_to_date()
    assert len(runs) == 5


def test_a_chapter_is_executed_and_its_source_is_left_alone(project):
    source = "import os\nprint(os.environ['FIRST_WEIGHTS_BOOK'], os.getcwd())"
    write(project, new_code_cell(source, id="where"))
    before = (project / "chapters" / "one.ipynb").read_bytes()
    execute.execute_for_site({Path("chapters/one.ipynb"): "key"})
    assert (project / "chapters" / "one.ipynb").read_bytes() == before
    result = nbformat.read(execute.EXECUTED / "chapters" / "one.ipynb", as_version=4)
    folder = execute.EXECUTED / "chapters"
    assert result.cells[1].outputs[0].text == f"1 {folder}\n"


def test_a_chapter_that_fails_is_not_kept(project):
    write(project, new_code_cell("x = 1\nassert x > 2, 'x is large'", id="check-x"))
    with pytest.raises(BookError) as failure:
        execute.execute_for_site({Path("chapters/one.ipynb"): "key"})
    assert str(failure.value) == (
        "chapters/one.ipynb: cell 2 (id check-x) failed\n"
        "     x = 1\n"
        "  -> assert x > 2, 'x is large'\n"
        "  AssertionError: x is large"
    )
    assert not (execute.EXECUTED / "chapters" / "one.key").exists()


@pytest.mark.parametrize("name", ["one", "chapters/one.ipynb", "one.ipynb"])
def test_a_chapter_is_found_by_its_name(project, name):
    assert execute.named(name) == Path("chapters/one.ipynb")


def test_a_chapter_that_does_not_exist_is_told_with_those_that_do(project):
    with pytest.raises(BookError, match="no chapter 'two'; the chapters are one"):
        execute.named("two")


def keep(*cells):
    """Store a result for the chapter, as if these cells had been run."""
    result = results.EXECUTED / "chapters" / "one.ipynb"
    result.parent.mkdir(parents=True)
    notebook = new_notebook(cells=list(cells), metadata={"made": "by the run"})
    nbformat.write(notebook, result)


def problem(*outputs, tags=()):
    cell = new_code_cell(
        "f()", id="f", outputs=[*outputs], metadata={"tags": list(tags)}
    )
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


# What is kept -------------------------------------------------------------------------


MY_KERNEL = {"name": "mine", "display_name": "Mine", "language": "python"}


def shown(**data):
    mimes = {name.replace("_", "/"): text for name, text in data.items()}
    return new_output("display_data", mimes, metadata={"image/png": {"width": 1}})


def test_committed_notebooks_keep_words_and_numbers_only():
    cells = [
        new_markdown_cell("# A", id="a"),
        new_code_cell(
            "f()",
            id="b",
            execution_count=7,
            metadata={"execution": {"iopub": "now"}, "tags": ["check"]},
            outputs=[
                shown(text_plain="<Figure>", image_png="AAAA", text_html="<script>"),
                shown(text_html="<b>only html</b>"),
                new_output("stream", text="12.5\n"),
                new_output("execute_result", {"text/plain": "3"}, execution_count=7),
            ],
        ),
    ]
    metadata = {"widgets": {"state": {}}, "kernelspec": MY_KERNEL}
    kept = execute.normalize(
        nbformat.from_dict(new_notebook(cells=cells, metadata=metadata))
    )
    nbformat.validate(kept)
    text = nbformat.writes(kept)
    assert kept.metadata.keys() == {"kernelspec", "language_info"}
    assert kept.metadata.kernelspec["name"] == "python3"
    assert not any(word in text for word in ("AAAA", "script", "html", "iopub"))
    assert kept.cells[1].metadata == {"tags": ["check"]}
    assert [output.output_type for output in kept.cells[1].outputs] == [
        "display_data",
        "stream",
        "execute_result",
    ]
    assert kept.cells[1].execution_count == 1
    assert kept.cells[1].outputs[2].execution_count == 1
    assert nbformat.writes(execute.normalize(kept)) == text, "twice is the same"


def test_widgets_are_numbered_in_the_order_of_their_making():
    state = {WIDGET_ID: {"state": {"layout": f"IPY_MODEL_{WIDGET_ID}"}}}
    notebook = new_notebook(metadata={"widgets": {STATE: {"state": state}}})
    text = execute.stable(notebook)
    assert WIDGET_ID not in text
    assert text.count(f"{1:032x}") == 2


def test_only_what_the_book_needs_is_assembled(project):
    (project / "chapters" / "draft.ipynb").write_text("{}")
    (project / "chapters" / "picture.svg").write_text("<svg/>")
    keep(new_code_cell("1 + 1", execution_count=1))
    build.assemble()
    found = {
        path.relative_to(build.SOURCE).as_posix()
        for path in sources.own_files(build.SOURCE)
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
    keep(new_code_cell("1 + 1", execution_count=1, outputs=[output]))
    words = new_markdown_cell("New words.", id="words")
    write(project, words, new_code_cell("1 + 1", id="total", metadata={"tags": []}))
    build.assemble()
    shown = nbformat.read(build.SOURCE / "chapters" / "one.ipynb", as_version=4)
    assert [cell.id for cell in shown.cells] == ["title", "words", "total"]
    assert shown.cells[2].outputs == [output]
    assert shown.metadata == {"made": "by the run"}


# What is said -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("/b/chapters/1.ipynb:20004", "chapters/1.ipynb: cell 2, line 3"),
        ("/b/chapters/1.ipynb:120002", "chapters/1.ipynb: cell 12, line 1"),
        ("/b/chapters/1.ipynb:", "chapters/1.ipynb"),
        ("/b/intro.md:7", "intro.md:7"),
    ],
)
def test_a_place_is_told_as_an_author_knows_it(place, words):
    assert readable(place, Path("/b")) == words


def test_every_colour_of_the_figures_can_be_seen_in_the_dark():
    palette = REAL_ROOT / "helpers" / "live" / "palette.css"
    css = palette.read_text(encoding="utf-8")
    dark = dict(re.findall(r"--fw-(\w+): (#\w{6});", css))
    assert dark.keys() == COLOURS.keys() - {"paper"}
    ground = "#14181e"  # the brightest ground of the theme's pages
    for name in dark.keys() - {"grid"}:
        least = 4.5 if name in ("ink", "muted") else 3
        assert contrast(dark[name], ground) > least, name


FORMULAS = [
    r"\operatorname{Var}[z] = \sigma_w^2\,\mathbb{E}[x^2] + \sigma_b^2",
    r"W^{(\ell)\top} \left(\frac{\partial \mathcal{L}}{\partial h}\right)",
    r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
    r"\begin{align*} a &= b \\ &= c \end{align*}",
    r"\phi(z) = \begin{cases} z & z > 0 \\ 0 & \text{otherwise} \end{cases}",
    r"\boldsymbol{\theta} \iff \hat W \sim \mathcal N(0, 1)",
    r"\left\| x \right\|_2 = \lVert x \rVert_2 = |x|",
]


@pytest.mark.parametrize("latex", FORMULAS)
def test_formulas_of_the_course_become_mathml(latex):
    tree = ET.fromstring(to_mathml(latex, display=True))
    assert tree.get("display") == "block"
    assert len(tree)


def test_formulas_are_set_as_tex_sets_them():
    assert to_mathml(r"\frac12 x") == to_mathml(r"\frac{1}{2} x")
    assert to_mathml("x^12") == to_mathml("{x^1}2")
    assert to_mathml("(0,1)") == to_mathml("(0, 1)")
    assert "mspace" in to_mathml(r"\ln x")
    assert "mspace" not in to_mathml(r"\ln (x)")
    assert "munder" in to_mathml(r"\operatorname*{argmin}_x f")
    assert "munder" in to_mathml(r"\underbrace{a}_{b}")


@pytest.mark.parametrize(
    ("latex", "signs"),
    [
        (r"f(\pm 1) = \pm 1", 2),
        (r"x \in \{-1, +1\}", 2),
        (r"a \to -\infty", 1),
        (r"a - b \pm c", 0),
        (r"f(x) - x' - n! - |x| - [x] - 1", 0),
        (r"\left(-1\right) - \cdots - 1", 1),
    ],
)
def test_the_sign_of_a_number_is_close_to_it(latex, signs):
    assert to_mathml(latex).count('form="prefix"') == signs


@pytest.mark.parametrize("latex", [r"\foo x", r"\frac{1}", "{x", r"a & b", r"\left( x"])
def test_a_formula_that_cannot_be_shown_says_so(latex):
    with pytest.raises(ValueError):
        to_mathml(latex)
