"""The built book for everyone: axe-core finds nothing wrong on any page, in any view.

Each page is looked at with its live figures moved and its folds opened: in the light,
in the dark and on a phone. Without a Chromium, or without axe-core (`npm ci` in
tests/page), this is skipped, unless FIRST_WEIGHTS_REQUIRE_BROWSER=1.
"""

import pytest

from tests.shared.browser import Shown, Tabs, chromium, server, tool
from tests.shared.built import CONTENT, page, site

# Else a fold that fades in is looked at while it is pale.
STILL = {"reduced_motion": "reduce"}
WIDE = {**STILL, "viewport": {"width": 1280, "height": 800}}
VIEWS = {
    "light": {**WIDE, "color_scheme": "light"},
    "dark": {**WIDE, "color_scheme": "dark"},
    "phone": {**STILL, "viewport": {"width": 390, "height": 844}, "has_touch": True},
}
PAGES = [*CONTENT, "search.html", "genindex.html"]

RULES = """["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]"""
ASK = f"""() => axe
  .run({{ runOnly: {RULES}, resultTypes: ["violations"] }})
  .then(({{ violations }}) => violations.flatMap(({{ id, nodes }}) =>
    nodes.map((node) => `${{id}}: ${{node.target}} ${{node.failureSummary}}`)))"""
# What a reader can open and move on a page, opened and moved.
USE = """() => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  for (const fold of document.querySelectorAll(".toggle-button")) fold.click();
  for (const slider of document.querySelectorAll(".live-row input")) {
    slider.value = slider.value === slider.max ? slider.min : slider.max;
    slider.dispatchEvent(new Event("input"));
  }
}"""


@pytest.fixture(scope="module")
def axe():
    return tool("axe-core/axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def show(axe):
    site()
    with chromium() as browser, server() as base:
        yield Tabs(browser, base)


def violations(opened, axe):
    opened.evaluate(axe)
    return opened.evaluate(ASK)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_barrier(show, axe, name, view):
    opened = show(name, **VIEWS[view])
    shown = [Shown(opened, key) for key in page(name).figures]
    before = [figure.look()["setting"] for figure in shown]
    opened.evaluate(USE)
    moved = [figure.look()["setting"] for figure in shown]
    assert all(one != other for one, other in zip(before, moved, strict=True))
    found = violations(opened, axe)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "name", [CONTENT[0], next(n for n in CONTENT if page(n).figures)]
)
def test_the_menu_of_a_phone_has_no_barrier(show, axe, name):
    opened = show(name, **VIEWS["phone"])
    opened.get_by_role("button", name="Toggle primary sidebar").click()
    opened.locator("nav.bd-links a").last.wait_for(state="visible")
    found = violations(opened, axe)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("rule", "breaks"),
    [
        ("label", "document.querySelector('.live-row label').remove()"),
        (
            "svg-img-alt",
            "document.querySelector('.fw-figure, .live-figure svg')"
            ".removeAttribute('aria-label')",
        ),
        ("color-contrast", "document.querySelector('article p').style.color = '#999'"),
        ("region", "document.body.insertAdjacentHTML('beforeend', '<p>outside</p>')"),
        (
            "target-size",
            "document.querySelector('article').insertAdjacentHTML('beforeend', "
            "'<style>.s { width: 9px; height: 9px; padding: 0; border: 0 }</style>"
            "<button class=s>a</button><button class=s>b</button>')",
        ),
    ],
)
def test_a_barrier_would_be_found(show, axe, rule, breaks):
    name = next(n for n in CONTENT if page(n).figures)
    opened = show(name, **VIEWS["light"])
    for key in page(name).figures:
        Shown(opened, key)
    opened.evaluate(breaks)
    assert any(found.startswith(f"{rule}:") for found in violations(opened, axe))
