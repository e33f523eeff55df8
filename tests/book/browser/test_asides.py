"""Asides lie in the margin where the window has one, and among the text elsewhere."""

import pytest

from book.project import COURSE
from tests.shared.built import CONTENT, site

ASIDE = '<div class="margin" role="note">'


def source(page):
    """The words of a page as they are written, without the marks of JSON."""
    return (COURSE.root / page).read_text(encoding="utf-8").replace('\\"', '"')


WITH = [
    name
    for name, page in zip(CONTENT, COURSE.pages(), strict=True)
    if ASIDE in source(page)
]
WIDE = [{"width": width, "height": 800} for width in (1200, 1400, 1920)]
NARROW = [{"width": width, "height": 844} for width in (320, 390, 768, 1199)]
# All that is asked of one page comes in a row, while it is open.
EVERY = pytest.mark.parametrize("name", WITH, scope="module")
# The sides of each box from the top of the page, and of what must not be covered, as
# soon as a page that is still coming to life shows them twice in the same place.
BOXES = """async () => {
  const sides = (tag) => {
    const { left, right, top, bottom } = tag.getBoundingClientRect();
    return { left, right, top: top + scrollY, bottom: bottom + scrollY };
  };
  // What is folded away has sides too, and covers nothing.
  const seen = (tag) => tag.checkVisibility();
  const all = (names) => [...document.querySelectorAll(names)].filter(seen).map(sides);
  const look = () => ({
    column: all("article section > p:not(.about-chapter)")[0],
    asides: all("div.margin"),
    text: all("article :is(p, pre, table, h1, h2, h3, div.math, .live-shell, " +
      ".fw-figure, figure, blockquote, details):not(div.margin *)"),
    window: document.documentElement.clientWidth,
    scroll: document.documentElement.scrollWidth,
  });
  for (let before, now; ; before = now) {
    now = JSON.stringify(look());
    if (now === before) return JSON.parse(now);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}"""
# Whether the contents list, as it is seen, covers no aside that is seen.
APART = """() => {
  const list = document.querySelector(".bd-sidebar-secondary").getBoundingClientRect();
  return [...document.querySelectorAll("div.margin")].every((aside) => {
    const { top, bottom } = aside.getBoundingClientRect();
    return bottom <= 0 || top >= innerHeight || top >= list.bottom;
  });
}"""


def overlap(one, other):
    """Whether two boxes have more than a rounded edge in common."""
    return (
        min(one["right"], other["right"]) - max(one["left"], other["left"]) > 0.5
        and min(one["bottom"], other["bottom"]) - max(one["top"], other["top"]) > 0.5
    )


def misplaced(seen):
    """What is wrong with the asides of a window that has a margin."""
    asides = seen["asides"]
    for place, aside in enumerate(asides):
        if aside["left"] < seen["column"]["right"] + 16:
            yield f"aside {place} is not clear of the text"
        if aside["right"] > seen["window"]:
            yield f"aside {place} leaves the window"
        for other in [*asides[:place], *seen["text"]]:
            if overlap(aside, other):
                yield f"aside {place} lies over {other}"


def test_every_chapter_has_an_aside_and_it_is_in_its_page():
    assert len(WITH) >= 10
    assert WITH == [n for n in CONTENT if ASIDE in (site() / n).read_text("utf-8")]


@pytest.mark.parametrize("viewport", WIDE, ids=lambda v: v["width"])
@EVERY
def test_a_wide_window_has_them_in_its_margin(show, name, viewport):
    seen = show.look(name, viewport=viewport).evaluate(BOXES)
    assert seen["asides"] and seen["text"]
    assert list(misplaced(seen)) == []
    assert seen["scroll"] <= seen["window"]


def misplaced_block(seen):
    """What is wrong with the asides of a page that has no margin."""
    for place, aside in enumerate(seen["asides"]):
        for side in ("left", "right"):
            if abs(aside[side] - seen["column"][side]) > 0.5:
                yield f"aside {place} is not as wide as the text"
        for other in seen["text"]:
            if overlap(aside, other):
                yield f"aside {place} lies over {other}"


@pytest.mark.parametrize("viewport", NARROW, ids=lambda v: v["width"])
@EVERY
def test_a_narrow_window_has_them_as_wide_as_the_text(show, name, viewport):
    seen = show.look(name, viewport=viewport).evaluate(BOXES)
    assert list(misplaced_block(seen)) == []
    assert seen["scroll"] <= viewport["width"]


@EVERY
def test_paper_has_them_as_wide_as_the_text(show, name):
    opened = show.look(name, viewport=WIDE[0])
    opened.emulate_media(media="print")
    seen = opened.evaluate(BOXES)
    opened.emulate_media(media="screen")
    assert list(misplaced_block(seen)) == []


@EVERY
def test_the_contents_list_makes_room_for_them(show, name):
    opened = show.look(name, viewport=WIDE[0])
    for aside in opened.locator("div.margin").all():
        for height in (100, 400, 520, 540, 700):
            opened.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
            aside.evaluate(
                "(aside, height) => scrollBy({ behavior: 'instant',"
                " top: aside.getBoundingClientRect().top - height })",
                height,
            )
            opened.wait_for_function(APART)


def twice(html):
    """The page with two long asides in a row before a figure, and a formula in each."""
    formula = "<p>" + "a word and <math><mi>x</mi></math> " * 40 + "</p>"
    cell = '<div class="cell '
    assert cell in html
    return html.replace(cell, f"{ASIDE}{formula}</div>" * 2 + cell, 1)


def test_two_asides_in_a_row_stand_one_below_the_other(show):
    seen = show(WITH[0], viewport=WIDE[0], change=twice).evaluate(BOXES)
    first, second, *_ = seen["asides"]
    assert first["left"] == second["left"]
    assert second["top"] >= first["bottom"] + 8
    assert list(misplaced(seen)) == []


def test_what_covers_something_is_found(show):
    def change(html):
        return html.replace(
            "</head>", "<style>div.margin { left: -14rem }</style></head>"
        )

    seen = show(WITH[0], viewport=WIDE[0], change=change).evaluate(BOXES)
    assert any("clear of the text" in wrong for wrong in misplaced(seen))
    assert any("lies over" in wrong for wrong in misplaced(seen))
