"""A style stays if some page or script can use it, and pages ask for what is left."""

import pytest
import tinycss2

from book.site.theme import Site
from book.site.theme.prune import prune, prune_sheets
from tests.shared.built import site

CSS = ".used { color: red }\n" + "".join(
    f".no{i} {{ color: blue }}\n" for i in range(9)
)


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        ("a { x: y }", "a{ x: y }"),
        (".b { x: y }", ".b{ x: y }"),
        (".b .c { x: y }", ""),
        (".c, .b { x: y }", ".b{ x: y }"),
        ("#b { x: y } #c { x: y }", "#b{ x: y }"),
        (":is(.c) { x: y }", ":is(.c){ x: y }"),
        ("@font-face { x: y }", "@font-face { x: y }"),
    ],
)
def test_a_rule_stays_if_all_that_it_names_is_there(css, kept):
    rules = tinycss2.parse_stylesheet(css, skip_comments=True)
    assert prune(rules, {"b"}).strip() == kept


@pytest.fixture
def pruned(tmp_path):
    """A site of one page and one sheet."""
    (tmp_path / "_static" / "styles").mkdir(parents=True)
    (tmp_path / "_static" / "styles" / "a.css").write_text(CSS)
    return Site(
        tmp_path, {"a.html": '<p class="used"></p><link href="styles/a.css?digest=1">'}
    )


def test_a_page_asks_for_a_sheet_by_what_is_in_it(pruned):
    assert prune_sheets(pruned) == []
    assert (
        pruned.static / "styles" / "a.css"
    ).read_text().strip() == ".used{ color: red }"
    first = pruned.pages["a.html"]
    assert "a.css?v=" in first and "digest" not in first
    (pruned.static / "styles" / "a.css").write_text(CSS.replace("red", "green"))
    prune_sheets(pruned)
    assert pruned.pages["a.html"] != first


def test_sheets_of_which_all_is_used_are_told(pruned, tmp_path):
    (pruned.static / "styles" / "a.css").write_text(".used { color: red }")
    assert prune_sheets(pruned) == ["styles"]
    assert prune_sheets(Site(tmp_path / "nothing", {"a.html": "a.css?v=1"})) == [
        "styles"
    ]


def test_the_sheets_of_the_book_are_a_small_part_of_the_themes():
    sheets = list((site() / "_static" / "styles").glob("*.css"))
    assert {sheet.name for sheet in sheets} >= {"pydata-sphinx-theme.css"}
    assert sum(sheet.stat().st_size for sheet in sheets) < 250_000


def test_the_font_of_icons_is_left_out_and_no_other():
    icons = "@font-face{src: url(../vendor/fontawesome/webfonts/fa-solid-900.woff2)}"
    words = "@font-face{src: url(fonts/serif.woff2)}"
    assert prune(tinycss2.parse_stylesheet(icons + words), set()) == words
