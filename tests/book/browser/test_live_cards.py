"""A live figure as readers meet it: readable, still while it is held, on its own."""

import gzip
import re

import pytest

from book.project import COURSE
from tests.shared.built import page, with_figures
from tests.shared.figured import PHONE, each, figures, spec_of
from tests.shared.shown import Shown

# The size on the screen of every word of every picture, but for raised figures.
WORDS = """() => [...document.querySelectorAll(".fw-picture > svg")]
  .filter(svg => svg.getClientRects().length)
  .flatMap(svg => {
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    return [...svg.querySelectorAll("text")]
      .filter(text => text.textContent.trim())
      .map(text => {
        const parts = [text, ...text.querySelectorAll("tspan")];
        const sizes = parts.map(part => parseFloat(getComputedStyle(part).fontSize));
        return [Math.max(...sizes) * scale, text.textContent.trim()];
      });
  })"""
FITS = """() => [...document.querySelectorAll(".fw-picture > svg")]
  .filter(svg => svg.getClientRects().length)
  .flatMap(svg => {
    const frame = svg.getBoundingClientRect();
    return [...svg.querySelectorAll("text")]
      .filter(text => text.textContent.trim())
      .map(text => [text.getBoundingClientRect(), text.textContent])
      .filter(([box]) => box.left < frame.left - 4 || box.right > frame.right + 4)
      .map(([box, words]) =>
        `${words}: ${Math.round(box.left)} to ${Math.round(box.right)}`);
  })"""


@pytest.mark.parametrize("viewport", [{"width": 1440, "height": 900}, PHONE])
@pytest.mark.parametrize("name", with_figures())
def test_words_in_pictures_can_be_read_and_stay_inside(show, name, viewport):
    opened = show.look(name, viewport=viewport)
    opened.wait_for_selector("html.fw-live")
    words = opened.evaluate(WORDS)
    assert words, "no picture has words"
    small = sorted({(round(size, 1), text) for size, text in words if size < 12.9})
    assert not small, f"below 13 pixels: {small[:6]}"
    assert opened.evaluate(FITS) == []


@pytest.mark.parametrize("name", with_figures())
def test_pictures_of_a_page_share_one_column(show, name):
    opened = show.look(name, viewport={"width": 1440, "height": 900})
    opened.wait_for_selector("html.fw-live")
    edges = opened.evaluate(
        """() => [...document.querySelectorAll(".fw-picture")]
          .filter(box => box.getClientRects().length)
          .map(box => box.getBoundingClientRect())
          .map(({ left, right }) => [Math.round(left), Math.round(right)])"""
    )
    assert len({tuple(edge) for edge in edges}) == 1, edges
    left, right = edges[0]
    assert right - left >= 634, "the wide picture has room for its words"


def test_the_scale_stays_while_a_slider_is_held(show):
    name, key = figures(follows)[0]
    shown, spec = Shown(show(name), key), spec_of(name, key)
    slider = next(c for c in spec["controls"] if c["name"] == "gain")
    ticks = shown.shell.locator('svg.fw-wide [data-part="ticks"]').first
    arrows = shown.shell.locator('svg.fw-wide [data-part="beyond"] text')
    before = ticks.inner_html()
    control = shown.control(slider["label"])
    control.scroll_into_view_if_needed()
    box = control.bounding_box()
    y, mouse = box["y"] + box["height"] / 2, shown.page.mouse
    share = shown.place(slider["label"]) / (len(slider["values"]) - 1)
    mouse.move(box["x"] + 8 + share * (box["width"] - 16), y)
    mouse.down()
    mouse.move(box["x"] + box["width"] - 2, y, steps=8)
    assert shown.look()["setting"]["gain"] == slider["values"][-1]
    assert ticks.inner_html() == before, "no jump under the reader's hand"
    assert arrows.count() > 0, "what leaves the frame says so"
    mouse.up()
    shown.page.wait_for_timeout(50)
    assert ticks.inner_html() != before, "then the axis fits again"
    assert arrows.count() == 0


def follows(state):
    scales = state["spec"]["scales"]
    return scales[0]["follows"] and state["spec"]["key"] == "fan"


def test_no_button_leaves_a_curve_beyond_an_axis_that_follows(show):
    for name, key, shown in each(show, lambda state: state["spec"]["presets"]):
        spec = spec_of(name, key)
        for label, _ in spec["presets"]:
            shown.shell.get_by_role("button", name=label, exact=True).click()
            shown.page.wait_for_timeout(60)
            for frame, scale in enumerate(spec["scales"]):
                part = f'svg.fw-wide [data-part="beyond"][data-frame="{frame}"] text'
                told = shown.shell.locator(part).all_text_contents()
                odd = [t for t in told if not re.match("exactly 0|infinite", t)]
                assert not (scale["follows"] and odd), f"{name}, {key}, {label}: {told}"


def test_a_thumb_that_scrolls_moves_no_slider(show):
    name, key = figures(follows)[0]
    shown = Shown(show(name, viewport=PHONE, has_touch=True, is_mobile=True), key)
    opened = shown.page
    opened.wait_for_selector("html.fw-live")
    control = shown.control("depth")
    control.evaluate("c => c.scrollIntoView({ block: 'center' })")
    opened.wait_for_timeout(200)
    box, before = control.bounding_box(), shown.look()["setting"]
    x, y = box["x"] + box["width"] * 0.85, box["y"] + box["height"] / 2
    thumb = opened.context.new_cdp_session(opened)

    def swipe(dx, dy):
        def touch(kind, points):
            event = {"type": kind, "touchPoints": points}
            thumb.send("Input.dispatchTouchEvent", event)

        touch("touchStart", [{"x": x, "y": y}])
        for step in range(1, 11):
            point = {"x": x + dx * step / 10, "y": y + dy * step / 10}
            touch("touchMove", [point])
            opened.wait_for_timeout(16)
        touch("touchEnd", [])
        opened.wait_for_timeout(300)

    scrolled = opened.evaluate("scrollY")
    swipe(4, -250)
    assert opened.evaluate("scrollY") > scrolled + 100, "the page scrolls"
    assert shown.look()["setting"] == before, "and the slider stays"
    control.evaluate("c => c.scrollIntoView({ block: 'center' })")
    opened.wait_for_timeout(200)
    box = control.bounding_box()
    x, y = box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2
    swipe(-60, 3)
    assert shown.look()["setting"]["depth"] != before["depth"], "sideways it moves"


# On its own ---------------------------------------------------------------------------

ALONE = sorted((COURSE.html / "figures").glob("*.html"))


def test_each_live_figure_has_a_page_of_its_own():
    keys = [key for name in with_figures() for key in page(name).figures]
    assert sorted(set(keys)) == sorted(path.stem for path in ALONE)


@pytest.mark.parametrize("path", ALONE, ids=lambda path: path.stem)
def test_a_figure_on_its_own_is_small_and_lives(show, path):
    script = COURSE.html / "_static" / "widgets.js"
    sent = [len(gzip.compress(file.read_bytes(), 6)) for file in (path, script)]
    assert sum(sent) <= 100_000, "without its tables"
    key = path.stem
    opened = show(f"figures/{path.name}")
    shown = Shown(opened, key)
    spec = spec_of(f"figures/{path.name}", key)
    own = [control for control in spec["controls"] if "options" not in control]
    if own:
        label = own[0]["label"]
        shown.press(label, "Home" if shown.place(label) else "End")
        last = shown.look()["setting"][own[0]["name"]]
        again = Shown(
            show(f"figures/{path.name}", {f"{key}.{own[0]['name']}": last}), key
        )
        assert again.look()["setting"][own[0]["name"]] == pytest.approx(last, rel=1e-5)
    assert opened.watch.complaints == []
    [whence] = opened.locator("footer a").all()
    chapter = whence.get_attribute("href").removeprefix("../").partition("#")
    assert chapter[2] in page(chapter[0]).ids
