"""A proof is folded to its claim, and only a proof that has one."""

import re

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.shared.built import CONTENT, page, site
from tests.shared.toys import build_toy


def cell(source, *tags):
    printed = new_output("stream", name="stdout", text="printed\n")
    return new_code_cell(
        source, metadata={"tags": list(tags)}, execution_count=1, outputs=[printed]
    )


def folds(folder, *cells):
    """The summary of each fold of a page, and what it hides."""
    python = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    notebook = new_notebook(cells=[new_markdown_cell("# One"), *cells], metadata=python)
    nbformat.write(notebook, folder / "index.ipynb")
    done = build_toy(folder)
    assert done.returncode == 0, done.stderr
    html = (folder / "html" / "index.html").read_text(encoding="utf-8")
    found = re.findall(
        r"<details.*?<summary[^>]*>(.*?)</summary>(.*?)</details>", html, re.S
    )
    text = [[re.sub("<[^>]+>", "", part).split() for part in fold] for fold in found]
    return html, [(" ".join(a), " ".join(b)) for a, b in text]


def test_a_proof_is_folded_to_its_claim(tmp_path):
    html, found = folds(
        tmp_path,
        cell("# Tested: two is\n# even & small.\n#\n# a reason\nassert 2", "check"),
        cell("assert 3", "check"),
        cell("# Tested: four\nassert 4"),
    )
    [(words, hidden)] = found
    assert words == "✓ Tested: two is even &amp; small. show the test hide the test"
    assert "assert 2" in hidden and "printed" in hidden
    assert html.count("printed") == 3


def test_solutions_are_counted_and_the_code_of_a_figure_says_what_it_is(tmp_path):
    figure = cell("plot()", "hide-input")
    figure.metadata["mystnb"] = {"code_prompt_show": "Code of this figure"}
    _, found = folds(
        tmp_path,
        cell("first()", "exercise", "solution", "hide-cell"),
        figure,
        cell("second()", "exercise", "solution", "hide-cell"),
    )
    assert [words for words, _ in found] == [
        "Solution of exercise 1",
        "Code of this figure",
        "Solution of exercise 2",
    ]
    assert ["first" in found[0][1], "second" in found[2][1]] == [True, True]


def test_every_fold_of_the_book_has_one_line_and_a_kind():
    site()
    kinds = set()
    for name in CONTENT:
        this = page(name)
        folds = [has["class"] for has in this.all("details")]
        assert len(this.all("summary")) == len(folds)
        kinds |= {kind for kind in folds if "fold" in kind.split()}
    assert kinds == {"fold proof", "fold code", "fold solution"}
