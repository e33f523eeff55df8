"""Every page in a browser: quiet, alone, still, light enough, legible, and findable.

Without a Chromium all of this is skipped, unless FIRST_WEIGHTS_REQUIRE_BROWSER=1.
"""

import gzip
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pydata_sphinx_theme
import pytest

from book.project import COURSE
from tests.shared.built import CONTENT, LEADS_ON, html_pages, page
from tests.shared.contrast import contrast
from tests.shared.figured import CHAPTERS, FIGURED, PHONE, presets_of, spec_of
from tests.shared.shown import Shown

HTML = COURSE.html


# How far things moved since the page was opened, as a share of the window.
SHIFT = """() => new Promise((tell) => {
  new PerformanceObserver((list) =>
    tell(list.getEntries().reduce((sum, entry) => sum + entry.value, 0))
  ).observe({ type: "layout-shift", buffered: true });
  setTimeout(tell, 200, 0);
})"""


@pytest.fixture(scope="module")
def visit(show, server):
    """What happens when a page is opened, over HTTP or as a file, and scrolled."""

    @cache
    def visit(name, way):
        base = server if way == "http" else f"{HTML.as_uri()}/"
        opened = show(name, base=base)
        if name in LEADS_ON:
            opened.wait_for_url(f"{base}{LEADS_ON[name]}")
        if page(name).figures:  # until then what was never seen is as high as guessed
            opened.locator("html.fw-live").wait_for()
        for key in page(name).figures:
            Shown(opened, key)
        opened.evaluate("scrollTo(0, document.body.scrollHeight)")
        opened.wait_for_load_state("networkidle")
        return SimpleNamespace(
            base=base, shift=opened.evaluate(SHIFT), **vars(opened.watch)
        )

    return visit


PAGES = [*LEADS_ON, *CONTENT, "search.html", "genindex.html"]
WAYS = pytest.mark.parametrize("way", ["http", "file"])
EVERY = pytest.mark.parametrize("name", PAGES)


def test_no_page_of_the_book_is_forgotten_here(browser):
    frames = {"_static/sbt-webpack-macros.html", "_static/webpack-macros.html"}
    # test_live_cards.py looks at those with one figure
    pages = {name for name in html_pages() if not name.startswith("figures/")}
    assert pages - frames == {*PAGES, "404.html"}


def test_a_wrong_address_leads_back_to_the_book(show, server):
    opened = show("chapters/of/nothing.html")
    assert opened.title() == "Page not found - First Weights"
    assert {url for url in opened.watch.requests if not url.startswith(server)} == set()
    links = opened.get_by_role("link").all()
    assert len(links) == len(CONTENT), "and a field for a search"
    links[0].click()
    opened.wait_for_url(server + CONTENT[0])


@EVERY
@WAYS
def test_a_page_opens_without_an_error_or_a_warning(visit, name, way):
    assert visit(name, way).complaints == []


@EVERY
@WAYS
def test_a_page_asks_nobody_else_for_anything(visit, name, way):
    seen = visit(name, way)
    ours = (seen.base, "blob:", "data:")
    assert seen.requests[0] == seen.base + name
    assert [url for url in seen.requests if not url.startswith(ours)] == []


@pytest.mark.parametrize("name", CONTENT)
def test_nothing_jumps_while_a_page_comes_to_life(visit, name):
    # 0.1 is what search engines still call good. A table that arrives in two parts, as
    # the glossary can, takes 0.016; the face of words, where it comes late and a list
    # breaks otherwise, 0.03 to 0.08.
    assert visit(name, "http").shift < 0.1


@pytest.mark.parametrize("name", FIGURED)
def test_a_live_figure_takes_the_room_that_was_kept_for_it(show, name):
    sizes = [{**PHONE, "width": width} for width in (PHONE["width"], 1280)]

    def heights():
        shells = "[...document.querySelectorAll('.live-shell')]"
        return opened.evaluate(f"{shells}.map(shell => shell.offsetHeight)")

    before = []
    opened = show(name, blocked="**/widgets.js*")
    for size in sizes:
        opened.set_viewport_size(size)
        before.append(pytest.approx(heights(), abs=2))
    for size, kept in zip(sizes, before, strict=True):
        opened = show(name)
        opened.set_viewport_size(size)
        for key in page(name).figures:
            shown, spec = Shown(opened, key), spec_of(name, key)
            for label, _ in presets_of(name, key):
                shown.click(label)
                assert heights() == kept, label
            for control in spec["controls"]:
                for pressed in ("Home", "End") if "values" in control else ():
                    shown.press(control["label"], pressed)
                    assert heights() == kept


@pytest.mark.parametrize("name", CONTENT)
def test_a_page_weighs_at_most_300_kilobytes_theme_and_fonts_included(visit, name):
    seen = visit(name, "http")
    paths = {
        HTML / urlsplit(url).path.lstrip("/")
        for url in seen.requests
        if url.startswith(seen.base)
    }
    # The curves of a figure are loaded when it comes near, which has happened here.
    weights = {path.name: len(gzip.compress(path.read_bytes(), 6)) for path in paths}
    assert weights.keys() >= {name.split("/")[-1], "book.css", "serif.woff2"}
    if page(name).figures:
        assert weights.keys() >= {"widgets.js", "live.css", "widgets.css"}
    later = {path.name for path in paths if path.parent.name == "_live"}
    assert sum(n for name, n in weights.items() if name not in later) <= 300_000


@EVERY
def test_icons_need_neither_a_font_nor_a_script(visit, name):
    seen = visit(name, "http")
    assert not [url for url in seen.requests if "awesome" in url or "/fa-" in url]


@pytest.mark.parametrize("name", FIGURED)
def test_without_javascript_the_pictures_are_there_and_the_controls_are_not(show, name):
    opened = show(name, java_script_enabled=False)
    shells = opened.locator(".live-shell").all()
    assert len(shells) == len(page(name).figures)
    for shell in shells:
        picture = shell.get_by_role("img")
        assert picture.is_visible()
        assert picture.bounding_box()["width"] > 300
        assert picture.locator("[data-curve]").count() > 0
        # Nor the room that is kept for them.
        assert shell.locator("input, select, button").count() == 0
        ghosts = shell.locator(".live-ghost").all()
        assert [ghost.bounding_box() for ghost in ghosts] == [None] * len(ghosts)
        assert shell.locator("noscript p").is_visible(), "it says why"


@EVERY
def test_a_page_fits_a_phone_and_its_menu_opens(show, name):
    opened = show(name, viewport=PHONE, has_touch=True)
    for key in page(name).figures:
        Shown(opened, key)
    opened.wait_for_load_state("networkidle")
    assert opened.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for control in opened.locator(".live-shell").locator("input, select, button").all():
        box = control.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
        assert box["height"] >= 44, "room for a thumb"
    first = page("intro.html").all("h1")
    assert first, "the first page has a title"
    link = opened.locator("nav.bd-links a").last
    assert not link.is_visible()
    opened.get_by_role("button", name="Toggle primary sidebar").click()
    link.wait_for(state="visible")
    assert link.bounding_box()["x"] >= 0


@pytest.mark.parametrize("name", CHAPTERS)
def test_answers_stay_hidden_until_a_key_opens_them(show, name):
    opened = show(name, viewport=PHONE, has_touch=True)
    answers = opened.locator("details.answer").all()
    assert answers
    for answer in answers:
        summary, feedback = answer.locator("summary"), answer.locator("p").first
        right = "right" in answer.get_attribute("class")
        assert not feedback.is_visible()
        assert feedback.text_content().strip() not in answer.aria_snapshot()
        assert summary.bounding_box()["height"] >= 44, "room for a thumb"
        summary.focus()
        opened.keyboard.press("Enter")
        feedback.wait_for(state="visible")
        mark = summary.evaluate("s => getComputedStyle(s, '::after').content")
        assert ("right" if right else "not this") in mark
        opened.keyboard.press("Enter")
        feedback.wait_for(state="hidden")


COLOURS = """() => {
  const seen = (element) => {
    const style = getComputedStyle(element);
    return [style.fill, style.stroke].find(c => c !== "none");
  };
  const onCells = (line) =>
    line.closest('g[id*="axes_"]')?.querySelector('[style*="crispEdges"]');
  const found = [];
  for (const svg of document.querySelectorAll("svg.fw-figure")) {
    const ground = svg.querySelector('g[id*="patch_1"] > path');
    if (!ground) continue; // a card's, of two lines, which test_cards.py looks at
    const paper = getComputedStyle(ground).fill;
    const where = svg.getAttribute("aria-label").slice(0, 40);
    for (const text of svg.querySelectorAll("text, tspan"))
      if (!text.querySelector("tspan"))
        found.push([where, "text", text.textContent, seen(text), paper]);
    const lines = ["path", "use"].map((part) => `g[id*="line2d_"] ${part}`);
    for (const line of svg.querySelectorAll(["[data-curve]", ...lines]))
      if (
        !line.closest('g[id*="matplotlib.axis_"], defs') &&
        !onCells(line) // test_order_chaos.py compares these with the cells
      )
        found.push([where, "line", line.id, seen(line), paper]);
  }
  return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", CONTENT)
def test_figures_can_be_read_in_both_themes(show, name, scheme):
    opened = show.look(name, color_scheme=scheme)
    for key in page(name).figures:
        Shown(opened, key)
    found = opened.evaluate(COLOURS)
    kinds = {kind for _, kind, *_ in found}
    assert kinds == ({"text", "line"} if page(name).all("svg") else set())
    dark = opened.evaluate("document.documentElement.dataset.theme") == "dark"
    assert dark == (scheme == "dark")
    low = []
    for where, kind, what, colour, paper in found:
        ratio = contrast(colour, paper)
        if ratio < {"text": 4.5, "line": 3}[kind]:
            low.append(f"{where}: {kind} {what!r} {colour} on {paper}: {ratio:.1f}")
    assert not low, "\n".join(low)


# How each element looks, in the order of the page.
LOOKS = """() => [...document.body.querySelectorAll("*")].map((element) => {
  const style = getComputedStyle(element);
  const names = ["display", "position", "width", "height", "color", "margin", "padding",
    "font", "backgroundColor", "border", "visibility", "transform"];
  const what = `${element.tagName}.${element.getAttribute("class")}`;
  return [what, ...names.map((name) => style[name])].join(" ");
})"""


BROKEN = """() => [...document.querySelectorAll(".unbroken")]
  .filter((formula) => formula.getClientRects().length > 1)
  .map((formula) => formula.textContent)"""


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_comma_stays_on_the_line_of_its_formula(show, name):
    opened = show.look(name, viewport=PHONE)
    assert opened.locator(".unbroken").count()
    assert opened.evaluate(BROKEN) == []


def test_without_care_a_comma_leaves_its_formula(show):
    def careless(html):
        style = "<style>.unbroken { white-space: normal !important }</style>"
        return html.replace("</head>", style + "</head>")

    pages = [show(name, viewport=PHONE, change=careless) for name in CHAPTERS[:1]]
    assert any(page.evaluate(BROKEN) for page in pages)


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1280, "height": 800}])
@pytest.mark.parametrize("name", [CONTENT[0], CHAPTERS[0], CONTENT[-1]])
def test_the_leaner_styles_of_the_theme_look_as_the_whole_ones(show, name, viewport):
    theme = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme"
    whole = theme / "static" / "styles" / "pydata-sphinx-theme.css"
    answer = {"path": whole, "content_type": "text/css"}

    def look():
        for key in page(name).figures:
            Shown(opened, key)
        opened.wait_for_load_state("networkidle")
        opened.evaluate("scrollTo(0, 0)")  # what is marked in the contents hangs on it
        opened.wait_for_timeout(300)
        return opened.evaluate(LOOKS)

    opened = show(name, viewport=viewport, reduced_motion="reduce")
    lean = look()
    opened.route("**/pydata-sphinx-theme.css*", lambda route: route.fulfill(**answer))
    opened.reload()
    full = look()
    assert len(lean) == len(full) > 100
    assert [pair for pair in zip(lean, full, strict=True) if pair[0] != pair[1]] == []
