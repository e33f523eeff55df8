"""A page on paper: its text alone, nothing that only a screen can show."""

import pytest

from tests.shared.built import CONTENT

CHAPTERS = [name for name in CONTENT if "/0" in name]
A4 = {"width": 673, "height": 960}  # the room between our margins, in CSS pixels
SEEN = """(names) =>
  [...document.querySelectorAll(names)].filter((tag) => tag.checkVisibility()).length"""
WIDE = """() => [...document.querySelectorAll("article *")]
  .filter((tag) => tag.checkVisibility() && !tag.closest("svg, math, pre, table"))
  .filter((tag) => tag.getBoundingClientRect().right > innerWidth + 1)
  .map((tag) => tag.outerHTML.slice(0, 80))"""


@pytest.fixture
def on_paper(show):
    """Opens a page as it would be printed."""
    opened = []

    def look(name):
        page = show.look(name, viewport=A4)
        page.emulate_media(media="print")
        opened.append(page)
        return page

    yield look
    for page in opened:
        page.emulate_media(media="screen")


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_is_printed_without_what_only_a_screen_can_show(on_paper, name):
    page = on_paper(name)

    def seen(names):
        return page.evaluate(SEEN, names)

    assert seen("article h1") == 1
    assert seen("#jb-print-docs-body") == seen("#jb-print-docs-body *") == 0
    assert seen("header, .bd-sidebar, .prev-next-footer, article button") == 0
    claims = seen("details.fold.proof > summary")
    assert claims == page.locator("details.fold.proof").count() > 0
    folds = "details.fold:not(.proof)"
    assert page.locator(folds).count() > 0
    assert seen(folds) == 0, "a closed fold would say nothing on paper"
    page.evaluate(
        """names => {
      for (const fold of document.querySelectorAll(names)) fold.open = true; }""",
        folds,
    )
    assert seen(folds) == page.locator(folds).count(), "who opened it wants it printed"
    assert page.evaluate(WIDE) == []


def test_the_cheat_sheet_is_one_sheet(on_paper):
    made = on_paper("chapters/cheatsheet.html").pdf(format="A4")
    assert made.count(b"/Type /Page\n") == 1
