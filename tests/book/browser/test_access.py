"""The built book for everyone: axe-core finds nothing wrong on any page, in any view.

Each page is looked at with its live figures moved and its folds opened: in the light,
in the dark and on a phone. Without a Chromium, or without axe-core (`npm ci` in
tests/page), this is skipped, unless FIRST_WEIGHTS_REQUIRE_BROWSER=1.
"""

import pytest

from tests.shared.barriers import VIEWS, violations
from tests.shared.built import CONTENT, page
from tests.shared.figured import FIGURED
from tests.shared.shown import Shown

PAGES = [*CONTENT, "search.html", "genindex.html"]

# What a reader can open and move on a page, opened and moved.
USE = """() => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  for (const fold of document.querySelectorAll(".toggle-button-hidden")) fold.click();
  for (const slider of document.querySelectorAll(".live-row input")) {
    slider.value = slider.value === slider.max ? slider.min : slider.max;
    slider.dispatchEvent(new Event("input"));
  }
  for (const menu of document.querySelectorAll(".live-row select")) {
    menu.selectedIndex = (menu.selectedIndex + 1) % menu.options.length;
    menu.dispatchEvent(new Event("change"));
  }
}"""


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_barrier(show, axe, name, view):
    opened = show.look(name, "axe", **VIEWS[view])
    shown = [Shown(opened, key) for key in page(name).figures]
    before = [figure.look()["setting"] for figure in shown]
    opened.evaluate(USE)
    moved = [figure.look()["setting"] for figure in shown]
    assert all(one != other for one, other in zip(before, moved, strict=True))
    found = violations(opened, axe)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", FIGURED[:2])
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
            # and the figure shall not name itself again, half a second later
            "const svg = document.querySelector('.fw-figure, .live-figure svg');"
            "svg.removeAttribute('aria-label'); svg.setAttribute = () => {}",
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
