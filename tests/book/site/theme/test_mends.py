"""Each mend of the theme mends what it is for, and one without work is named."""

from pathlib import Path

import pytest

from book.site.theme import Site
from book.site.theme.mends import MENDS, mend, mend_pages
from tests.shared.built import html_pages, site

BEFORE_AND_AFTER = {
    "name of the search button": (
        '<button class="btn search-button-field" title="t" aria-label="Search">',
        '<button class="btn search-button-field" title="t">',
    ),
    "landmark of the sidebar": (
        '<div id="pst-primary-sidebar" class="a">',
        '<div id="pst-primary-sidebar" role="complementary" aria-label="Book" '
        'class="a">',
    ),
    "empty heading of a table": ('<th class="head"><p></p></th>', "<td></td>"),
    "role of a reference": ('<div role="doc-biblioentry">', '<div role="listitem">'),
    "size of an image": (
        '<img src="a" style="width: 3px; height: 4px;">',
        '<img src="a" width="3" height="4">',
    ),
    "second viewport": (
        '<meta name="viewport" content="width=device-width, initial-scale=1" />',
        "",
    ),
    "script of all icons": (
        "<!-- So that users can add custom icons -->\n"
        '  <script defer src="_static/scripts/fontawesome.js?digest=1"></script>',
        "",
    ),
    "style sheet of a style sheet": (
        '<link href="_static/styles/theme.css?digest=1" rel="stylesheet" />',
        '<link href="_static/basic.css" rel="stylesheet" />',
    ),
    "keys of the search button": (
        '<span class="search-button__kbd-shortcut">',
        '<span class="search-button__kbd-shortcut" aria-hidden="true">',
    ),
    "marks of plain words of code": ('<span class="nn">torch</span>', "torch"),
}


@pytest.mark.parametrize("name", [one.name for one in MENDS])
def test_a_mend_changes_what_it_is_for_once_and_nothing_else(name):
    before, after = BEFORE_AND_AFTER[name]
    assert mend(f"<p>{before}</p>") == (f"<p>{after}</p>", {name: 1})
    assert mend(f"<p>{after}</p>") == (f"<p>{after}</p>", {})


def test_no_page_of_the_book_needs_another_mend():
    for name in html_pages():
        if not name.startswith("_static/"):
            text = (site() / name).read_text(encoding="utf-8")
            assert mend(text)[1] == {}, name


def test_mends_that_no_page_needs_are_named():
    idle = BEFORE_AND_AFTER.keys() - {"role of a reference"}
    pages = {"a.html": BEFORE_AND_AFTER["role of a reference"][0], "b.html": ""}
    site = Site(Path(), pages)
    assert set(mend_pages(site)) == idle
    assert site.pages["a.html"] == '<div role="listitem">'
