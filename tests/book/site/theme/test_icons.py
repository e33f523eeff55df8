"""Icons are drawn by a style sheet that has those of the pages, and no others."""

import re

from book.site.theme import Site
from book.site.theme.icons import ALL, SHEET, draw, rule, used
from tests.shared.built import html_pages, site


def test_the_sheet_of_the_book_has_every_icon_of_its_pages():
    sheet = (site() / "_static" / SHEET).read_text(encoding="utf-8")
    drawn = set(re.findall(r"^\.fa-([\w-]+) \{ --wide", sheet, re.M))
    pages = [name for name in html_pages() if not name.startswith("_static/")]
    shown = used((site() / name).read_text(encoding="utf-8") for name in pages)
    assert len(shown) > 5
    assert drawn == shown | {"xmark"}


def test_an_icon_is_named_by_its_class_and_not_by_its_look():
    page = '<span class="fa-brands fa-github fa-lg"></span><a class="fa-list">'
    assert used([page]) == {"github"}


def test_a_rule_holds_the_icon_and_its_width():
    icons = ALL.read_text(encoding="utf-8")
    bars = rule("bars", icons)
    assert re.match(
        r"\.fa-bars \{ --wide: [\d.]+em; --icon: url\(.data:image/svg", bars
    )
    assert rule("no-such-icon", icons) == ""


def test_a_site_without_icons_is_told(tmp_path):
    (tmp_path / "_static").mkdir()
    assert draw(Site(tmp_path, {"a.html": "<p>"})) == ["icons"]
    page = '<i class="fa-solid fa-bars"></i>'
    assert draw(Site(tmp_path, {"a.html": page})) == []
