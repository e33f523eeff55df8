"""live.js and widgets.js, in small pages of their own in a real browser."""

import json
import re

import numpy as np
import pytest
from ipywidgets import FloatLogSlider, FloatSlider

from book.project import COURSE
from helpers.controls import positions
from helpers.live import drawing
from helpers.live.contract import STATE
from helpers.live.drawing import as_codes
from helpers.live.svg import shell
from tests.shared import lines
from tests.shared.browser import chromium
from tests.shared.cells import both, published, strange
from tests.shared.compared import compare, differences
from tests.shared.saved import saved
from tests.shared.shown import Shown

ASSETS, LIVE = COURSE.root / "book" / "assets", COURSE.root / "helpers" / "live"


def test_the_front_end_is_small():
    assert len((LIVE / "live.js").read_bytes()) <= 23_000


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def opened(browser, tmp_path):
    """Opens a page that holds one live figure and little else."""
    contexts = []

    def open(figure, **options):
        widgets, [root] = saved(figure)
        html = figure._repr_mimebundle_()["text/html"]
        page = tmp_path / "page.html"
        state = json.dumps({"state": widgets}).replace("</", "<\\/")
        names = ("palette.css", "picture.css", "live.css")
        book = (ASSETS / "book.css_t").read_text().replace("{{ shared }}", "")
        styles = [*((LIVE / name).read_text() for name in names), book]
        styles.append((ASSETS / "widgets.css").read_text())
        page.write_text(
            "<!doctype html><html data-theme='light'><meta charset='utf-8'>"
            "<meta name='viewport' content='width=device-width'>"
            + "".join(f"<style>{style}</style>" for style in styles)
            + shell(root, html)
            + f'<script type="{STATE}">{state}</script>'
            + f"<script>{(ASSETS / 'widgets.js').read_text()}</script>",
            encoding="utf-8",
        )
        contexts.append(browser.new_context(**options))
        tab = contexts[-1].new_page()
        tab.goto(page.as_uri())
        return tab

    yield open
    for context in contexts:
        context.close()


def test_the_page_draws_what_python_draws_byte_for_byte(opened):
    figure = published(compute=strange)
    shown = Shown(opened(figure), "toy")
    for label, keys in [
        ("depth", ["Home"]),
        *[("depth", ["ArrowRight"])] * 5,
        ("gain", ["Home"]),
        *[("gain", ["PageUp"])] * 9,
        ("gain", ["End"]),
    ]:
        shown.press(label, *keys)
        for name, control in figure.controls.items():
            control.value = figure.stops[name][shown.place(control.description)]
        paths = shown.look()["paths"]
        spec, codes = figure.spec, as_codes(figure.traces, figure.curves)
        for name, trace in figure.traces.items():
            layout, frame = spec.layouts[0], trace.frame
            place, box = layout.places[name], layout.boxes[frame]
            wanted = drawing.paths(trace, codes[name], place, box, spec.scales[frame])
            assert [d for d, _ in paths[name]] == wanted, (name, figure.setting)


def test_the_page_shows_what_matplotlib_would_draw(opened):
    for compute in (both, strange):
        figure = published(compute=compute)
        assert differences(Shown(opened(figure), "toy"), figure) == []


def test_a_page_that_draws_something_else_is_found(opened):
    figure = published()
    shown = Shown(opened(figure), "toy")
    spec = "firstWeights.figures.toy.el.querySelectorAll('[data-curve=\"{}\"]')"
    for name, change, words in [
        (
            "size",
            "p[0].setAttribute('d', p[0].getAttribute('d').replace('V', 'V1'))",
            "size is drawn at",
        ),
        ("kernel", "p.forEach(q => q.setAttribute('d', ''))", "kernel has 0 cells"),
        (
            "change",
            "p.forEach(q => { q.style.fill = 'rgb(1, 2, 3)' })",
            r"change is rgb\(1, 2, 3\)",
        ),
    ]:
        shown.put("depth", 1)
        shown.put("depth", 2)
        shown.page.evaluate(f"() => {{ const p = {spec.format(name)}; {change} }}")
        found = compare(shown, figure)
        assert len(found) == 1 and re.search(words, found[0]), found


def test_what_is_no_ordinary_number_is_said(opened):
    say = {
        "size": ("size at the last layer", -1),
        "change": ("change at the corner", -1),
        "kernel": ("kernel at the corner", 0),
    }
    figure = published(compute=strange, say=say)
    shown = Shown(opened(figure), "toy")
    shown.put("depth", 4)
    status = shown.look()["status"]
    assert "Size at the last layer: not a number" in status
    assert "The size is not a number from layer 5." in status
    infinite = (strange(depth=5, gain=1.0)["change"] == -np.inf).sum()
    assert infinite > 0
    assert "The kernel is not a number in 1 of 15 cells." in status
    shown.put("depth", 0)
    status = shown.look()["status"]
    assert "The size is infinite everywhere." in status
    assert "The change is infinite in 5 of 35 cells." in status
    assert "The kernel is infinite in 1 of 15 cells." in status


def test_without_javascript_and_in_forced_colours_the_marks_are_there(opened):
    still = opened(published(), java_script_enabled=False)
    wide = still.locator("svg.fw-wide")
    assert wide.locator("[data-curve=share]").bounding_box()["height"] > 20
    assert wide.locator("[data-curve=change]").count() == 256 + 3
    fills = """() => [...document.querySelectorAll(".fw-wide [data-curve]")]
      .map(path => getComputedStyle(path).fill)"""
    plain, forced, dark = (
        opened(published(), **options)
        for options in ({}, {"forced_colors": "active"}, {"color_scheme": "dark"})
    )
    for page in (plain, forced, dark):
        Shown(page, "toy")
    dark.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert forced.evaluate(fills) == plain.evaluate(fills)
    light, night = (np.array(page.evaluate(fills)) for page in (plain, dark))
    bars = np.arange(len(light)) < 2
    assert np.array_equal(light != night, bars), "bars follow the theme, cells do not"


@pytest.mark.parametrize("kind", [FloatSlider, FloatLogSlider])
@pytest.mark.parametrize("step", [0.3, 0.35, 0.1])
def test_the_page_counts_positions_as_python_does(opened, kind, step):
    # The rule of helpers/live/contract.py: a step need not divide the range.
    slider = kind(min=0, max=1, step=step, description="gain")

    def compute(depth, gain, activation, seed):
        return lines.compute(depth, gain + 1, activation, seed)

    figure = lines.published(compute=compute, gain=slider)
    shown = Shown(opened(figure), "toy")
    shown.press("gain", "End")
    assert shown.place("gain") == len(positions(slider)) - 1
    assert shown.look()["setting"]["gain"] == positions(slider)[-1]
    assert differences(shown, figure) == []
