"""How words, formulas and code are set: faces, measure, roots, colours, edges."""

import io
import time
from statistics import mean, median

import pytest
from PIL import Image, ImageChops, ImageStat

from book.project import COURSE
from tests.shared.browser import TOOLS
from tests.shared.built import CONTENT
from tests.shared.contrast import contrast
from tests.shared.figured import CHAPTERS, PHONE

DESK = {"width": 1440, "height": 900}
WIDTHS = [DESK, {"width": 720, "height": 900}, PHONE, {"width": 320, "height": 640}]
# What was never seen is laid out too.
SEEN = "section section { content-visibility: visible !important }"


@pytest.fixture
def laid_out(show):
    """A page of which all is laid out."""

    def laid_out(name, **options):
        opened = show.look(name, use="type", **options)
        if not opened.evaluate("document.querySelector('#seen')"):
            opened.add_style_tag(content=SEEN).evaluate("style => style.id = 'seen'")
        opened.evaluate("document.fonts.ready.then(() => 0)")
        return opened

    return laid_out


@pytest.mark.parametrize("base", ["http", "file"])
def test_words_and_code_stand_in_the_fonts_of_the_book(show, server, base):
    address = server if base == "http" else f"{COURSE.html.as_uri()}/"
    opened = show(CHAPTERS[1], base=address)
    opened.evaluate("document.fonts.ready.then(() => 0)")
    loaded = opened.evaluate(
        "[...document.fonts].filter(f => f.status === 'loaded')"
        ".map(f => `${f.family} ${f.style}`.replaceAll('\"', ''))"
    )
    assert {
        "First Weights Serif normal",
        "First Weights Serif italic",
        "First Weights Mono normal",
        "STIX Two Math normal",
    } <= set(loaded)


SHIFT = """() => new Promise((tell) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => tell(sum), 300);
})"""


@pytest.mark.parametrize("name", [CONTENT[0], CHAPTERS[1], CHAPTERS[4]])
def test_nothing_jumps_when_the_fonts_come_late(browser, server, name):
    page = browser.new_page(viewport=DESK)

    def late(route):
        time.sleep(0.4)
        route.continue_()

    page.route("**/*.woff2", late)
    page.goto(server + name)
    page.evaluate("document.fonts.ready.then(() => 0)")
    loaded = "[...document.fonts].filter(f => f.status === 'loaded').length"
    assert page.evaluate(loaded) >= 2
    assert page.evaluate(SHIFT) < 0.02
    page.close()


# The letters of each line but the last, in every paragraph without a formula.
LINES = """() => [...document.querySelectorAll("section > p")].flatMap((p) => {
  if (p.querySelector("math")) return [];
  const texts = document.createTreeWalker(p, NodeFilter.SHOW_TEXT);
  const lines = [];
  let letters = 0, last = -Infinity;
  for (let node; (node = texts.nextNode()); )
    for (let place = 0; place < node.length; place++) {
      const range = document.createRange();
      range.setStart(node, place);
      range.setEnd(node, place + 1);
      const [box] = range.getClientRects();
      if (!box?.width) continue;
      if (box.left < last - 20) lines.push(letters), (letters = 0);
      last = box.left;
      letters++;
    }
  return lines;
})"""


@pytest.mark.parametrize("name", [CONTENT[0], *CHAPTERS])
def test_a_line_has_66_to_72_letters(laid_out, name):
    opened = laid_out(name, viewport=DESK)
    assert 66 <= median(opened.evaluate(LINES)) <= 72
    column = opened.evaluate("document.querySelector('.bd-article').clientWidth - 64")
    assert 690 <= column <= 760, "what is not read line by line, such as a figure"


@pytest.mark.parametrize("name", CONTENT[1:])  # the first one has a headline
def test_a_title_is_lighter_and_smaller_than_the_one_above_it(laid_out, name):
    weights = laid_out(name, viewport=DESK).evaluate(
        """() => ["h1", "h2", "h3"]
          .map((tag) => document.querySelector(`.bd-article ${tag}`))
          .filter((title) => title).map((title) => {
            const style = getComputedStyle(title);
            return [Number(style.fontWeight), parseFloat(style.fontSize)];
          })"""
    )
    assert len(weights) > 1
    assert weights == sorted(weights, reverse=True)
    assert len({weight for weight, _ in weights}) == len(weights)
    assert len({size for _, size in weights}) == len(weights)


ROOTS = (TOOLS.parent / "roots.js").read_text(encoding="utf-8")


def test_a_root_sign_is_as_high_as_what_is_under_it(laid_out):
    found = [
        root
        for name in CONTENT
        for root in laid_out(name, viewport=DESK).evaluate(ROOTS)
    ]
    assert sum(inline for inline, *_ in found) > 90
    assert len(found) > 110
    for inline, hangs, gap, size, radicand in found:
        assert 0 <= hangs <= (0.11 if inline else 0.32) * size, radicand
        assert 2 <= gap <= 8, radicand
    assert mean(hangs for inline, hangs, *_ in found if inline) < 1.2


@pytest.mark.parametrize(
    "selector, words",
    [
        ("p:has(msqrt):has-text('All weights lie')", "between −1/√100 and 1/√100"),
        ("div.math:has(mfrac)", "gain=√(2/(1+a^2)),std=gain/√n,bound=√3⋅std."),
    ],
)
def test_a_copied_formula_keeps_its_signs(show, selector, words):
    permissions = ["clipboard-read", "clipboard-write"]
    opened = show("chapters/04_defaults.html", permissions=permissions)
    place = opened.locator(f"main {selector}").first
    before = place.inner_html()
    place.evaluate("element => getSelection().selectAllChildren(element)")
    opened.keyboard.press("Control+c")
    copied = opened.evaluate("navigator.clipboard.readText()")
    assert words in copied
    assert place.inner_html() == before


def test_what_has_no_formula_is_copied_as_it_stands(show):
    permissions = ["clipboard-read", "clipboard-write"]
    opened = show("chapters/04_defaults.html", permissions=permissions)
    title = opened.locator("main h1").last
    title.evaluate("element => getSelection().selectAllChildren(element)")
    opened.keyboard.press("Control+c")
    copied = opened.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("4 What PyTorch does by default")


# Plain words have the colour of all code.
COLOURS = """() => [...document.querySelectorAll(
  ".cell_input .highlight pre, .cell_input .highlight span[class]")]
  .map((word) => [word.className, getComputedStyle(word).color,
    getComputedStyle(word.closest("pre")).backgroundColor])"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", CHAPTERS[:4])
def test_comments_are_legible_and_quieter_than_code(laid_out, name, scheme):
    opened = laid_out(name, color_scheme=scheme)
    colours = {tuple(found) for found in opened.evaluate(COLOURS)}
    ratios = {kind: contrast(colour, paper) for kind, colour, paper in colours}
    assert {"c1", "k", "", "mi"} <= ratios.keys()
    assert min(ratios.values()) >= 4.5, ratios
    others = {ratio for kind, ratio in ratios.items() if not kind.startswith("c")}
    assert ratios["c1"] < min(others)


JOINED = """() => [...document.querySelectorAll(
  ".cell_input + .cell_output > .output.stream:first-child pre")]
  .filter((printed) => printed.offsetParent)
  .map((printed) => {
    const code = printed.closest(".cell").querySelector(".cell_input pre");
    return printed.getBoundingClientRect().top - code.getBoundingClientRect().bottom;
  })"""


@pytest.mark.parametrize("viewport", [DESK, PHONE])
def test_what_a_cell_prints_stands_directly_under_it(laid_out, viewport):
    gaps = laid_out(CHAPTERS[1], viewport=viewport).evaluate(JOINED)
    assert gaps and max(map(abs, gaps)) <= 1


WIDE = """() => [...document.querySelectorAll(
  ".bd-article :is(pre, table, div.math, .pst-scrollable-table-container)")]
  .filter((e) => e.offsetParent && e.scrollWidth > e.clientWidth + 1)
  .map((e) => {
    const { overflowX, backgroundImage, backgroundAttachment } = getComputedStyle(e);
    const signs = backgroundImage.split("gradient").length - 1;
    const says = backgroundAttachment.includes("local") && signs === 4;
    return [e.tagName, e.textContent.slice(0, 60), overflowX === "auto" && says];
  })"""


@pytest.mark.parametrize("viewport", WIDTHS, ids=lambda size: str(size["width"]))
@pytest.mark.parametrize("name", CONTENT)
def test_nothing_is_cut_without_a_sign(laid_out, name, viewport):
    opened = laid_out(name, viewport=viewport)
    found = opened.evaluate(WIDE)
    assert [what for what in found if not what[2]] == []
    if viewport == DESK:
        assert found == [], "there is room for all of it"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "name, selector",
    [
        ("chapters/04_defaults.html", "pre"),
        ("chapters/04_defaults.html", "div.math"),
        ("chapters/recipes.html", ".pst-scrollable-table-container"),
    ],
)
def test_the_sign_is_seen_until_the_end_is_reached(show, name, selector, scheme):
    opened = show(name, viewport=PHONE, color_scheme=scheme)
    opened.add_style_tag(content=SEEN + "button.copybtn { display: none !important }")
    index = opened.evaluate(
        "s => [...document.querySelectorAll(`.bd-article ${s}`)].findIndex(e =>"
        " e.checkVisibility({ contentVisibilityAuto: true })"
        " && e.scrollWidth > e.clientWidth + 30)",
        selector,
    )
    box = opened.locator(f".bd-article {selector}").nth(index)

    def edge():
        picture = Image.open(io.BytesIO(box.screenshot(animations="disabled")))
        width, height = picture.size
        return picture.convert("RGB").crop((width - 8, 3, width - 2, height - 3))

    def shade():
        with_it = edge()
        box.evaluate("e => e.style.backgroundImage = 'none'")
        without = edge()
        box.evaluate("e => e.style.backgroundImage = ''")
        return max(ImageStat.Stat(ImageChops.difference(with_it, without)).mean)

    assert shade() > 15
    box.evaluate("e => e.scrollLeft = e.scrollWidth")
    assert shade() < 3


OPTIONS = """() => [...document.querySelectorAll(
  ".bd-article .highlight-shell .na, .bd-article :not(pre) > code .pre")]
  .filter((word) => /^--/.test(word.textContent))
  .filter((word) => {
    const range = document.createRange();
    const [text] = [word, ...word.childNodes].filter((node) => node.nodeType === 3);
    range.setStart(text, 0);
    range.setEnd(text, 3);
    return new Set([...range.getClientRects()].map((box) => box.top)).size > 1;
  }).map((word) => word.textContent)"""


@pytest.mark.parametrize("viewport", WIDTHS[1:], ids=lambda size: str(size["width"]))
def test_an_option_is_not_broken_between_its_hyphens(laid_out, viewport):
    opened = laid_out("chapters/audit.html", viewport=viewport)
    assert opened.locator(".highlight-shell .na").count() > 4
    assert opened.evaluate(OPTIONS) == []


# The nearest thing around code that paper may not divide.
UNDIVIDED = """() => [...document.querySelectorAll("article pre")].filter((code) => {
  for (let e = code; e.matches(":not(.bd-article)"); e = e.parentElement)
    if (getComputedStyle(e).breakInside !== "auto") return true;
}).length"""


def test_a_long_cell_goes_on_overleaf_instead_of_leaving_an_empty_frame(show):
    opened = show(CHAPTERS[1])
    opened.emulate_media(media="print")
    assert opened.locator(".bd-article pre").count() > 20
    assert opened.evaluate(UNDIVIDED) == 0
