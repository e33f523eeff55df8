"""The minutes of a chapter follow from what is in it, by one rule."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from book.site.minutes import SECONDS, STEP, minutes
from tests.shared.built import CONTENT, HTML, site
from tests.shared.toys import build_toy


@pytest.mark.parametrize("kind", SECONDS)
def test_everything_that_one_reads_takes_time(kind):
    many = dict.fromkeys(SECONDS, 0) | {kind: round(1800 / SECONDS[kind])}
    assert minutes(many) == 30


def test_it_is_rounded_to_five_minutes_and_never_nothing():
    nothing = dict.fromkeys(SECONDS, 0)
    assert minutes(nothing) == STEP
    assert (
        minutes(nothing | {"live": 12}) == 10 and minutes(nothing | {"live": 13}) == 15
    )


def said(folder, *cells):
    """The minutes that a chapter of these cells says."""
    folder.mkdir()
    notebook = new_notebook(
        cells=[new_markdown_cell("# One"), *cells],
        metadata={"language_info": {"name": "python", "pygments_lexer": "ipython3"}},
    )
    nbformat.write(notebook, folder / "01_one.ipynb")
    done = build_toy(folder, "master_doc = '01_one'\nrepairs_without_work = ['*']\n")
    assert done.returncode == 0, done.stderr
    html = (folder / "html" / "01_one.html").read_text(encoding="utf-8")
    [count] = re.findall(r'class="about-chapter"><span>(\d+) minutes', html)
    return int(count)


def test_what_is_folded_is_free_and_what_is_in_sight_counts(tmp_path):
    words = new_markdown_cell("word " * 2400)  # ten minutes
    code = "\n".join(f"x = {n}" for n in range(300))  # ten minutes, if it is seen
    answers = new_markdown_cell(
        '<details class="answer right"><summary>Yes.</summary>\n\n'
        + "word " * 2400
        + "\n\n</details>"
    )
    proof = new_code_cell(f"# Tested: true.\n{code}", metadata={"tags": ["check"]})
    hidden = new_code_cell(code, metadata={"tags": ["hide-input"]})
    assert said(tmp_path / "folded", words, answers, proof, hidden) == 10
    assert said(tmp_path / "shown", words, new_code_cell(code)) == 20


def test_every_chapter_says_its_minutes_and_its_card_says_the_same():
    site()
    home = (HTML / CONTENT[0]).read_text(encoding="utf-8")
    cards = re.findall(
        r'<li><p><a [^>]*href="(chapters/\d\d[^"]*)".*?</li>', home, re.S
    )
    chapters = [name for name in CONTENT if re.match(r"chapters/\d\d_", name)]
    assert cards == chapters
    for name in chapters:
        html = (HTML / name).read_text(encoding="utf-8")
        [count] = re.findall(r'class="about-chapter"><span>(\d+) minutes', html)
        card = home.partition(f'href="{name}"><span')[2].partition("</li>")[0]
        assert f'class="card-minutes">{count} minutes<' in card
        assert 10 <= int(count) <= 60
