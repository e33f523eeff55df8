"""A chapter has one number everywhere, and it is that of its file."""

import re

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from book.site.numbers import number
from tests.shared.built import CONTENT, HTML, site
from tests.shared.toys import build_toy

CHAPTERS = {n: number(n.removesuffix(".html")) for n in CONTENT}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("chapters/00_start", 0), ("11_x", 11), ("chapters/myths", None), ("1_x", None)],
)
def test_the_number_is_that_of_the_file(name, expected):
    assert number(name) == expected


def words(html):
    return " ".join(re.sub("<[^>]+>", "", html).split())


def test_titles_sections_contents_and_links_have_it_and_anchors_do_not(tmp_path):
    index = "# Toy\n\n```{toctree}\n:caption: Part\n04_four\n05_five\nafter\n```\n"
    (tmp_path / "index.md").write_text(index)
    (tmp_path / "after.md").write_text("# After\n\n## Not counted\n")
    text = "# Title\n\n## First part\n\n### Below\n\n## Second part\n"
    for name in ("04_four", "05_five"):
        notebook = new_notebook(
            cells=[new_markdown_cell(text)],
            metadata={"language_info": {"name": "python"}},
        )
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
    done = build_toy(tmp_path, "html_theme = 'basic'\nrepairs_without_work = ['*']\n")
    assert done.returncode == 0, done.stderr
    four, after = (
        (tmp_path / "html" / f"{name}.html").read_text(encoding="utf-8")
        for name in ("04_four", "after")
    )
    body = four.partition('<div class="body"')[2].partition("<footer")[0]
    heads = [words(h).rstrip("¶") for h in re.findall(r"<h[1-3]>(.*?)</h[1-3]>", body)]
    headings = ["4 Title", "4.1 First part", "Below", "4.2 Second part"]
    assert heads[: len(headings)] == headings
    assert 'id="first-part"' in four and 'id="second-part"' in four
    assert ">5 Title</a>" in (tmp_path / "html" / "index.html").read_text("utf-8")
    assert "<h1>After" in after and "<h2>Not counted" in after
    [following] = re.findall(r'<link rel="next" title="([^"]*)"', four)
    assert following == "5 Title"


@pytest.mark.parametrize("name", [n for n in CHAPTERS if CHAPTERS[n] is not None])
def test_a_chapter_of_the_book_shows_its_number_above_and_beside(name):
    site()
    html = (HTML / name).read_text(encoding="utf-8")
    [(shown, title)] = re.findall(
        r'<section[^>]*>\s*<h1><span class="section-number">(\d+) </span>(.*?)<a', html
    )
    assert int(shown) == CHAPTERS[name]
    sidebar = html.partition('class="bd-links')[2].partition("</nav>")[0]
    assert f">{shown} {title}</a>" in " ".join(sidebar.split())
    assert f"<title>{shown} " in html


def test_the_sidebar_has_the_parts_of_the_book():
    site()
    html = (HTML / CONTENT[0]).read_text(encoding="utf-8")
    captions = re.findall(r'<span class="caption-text">(.*?)</span>', html)
    assert captions == ["The core", "Beyond", "Tools"]
