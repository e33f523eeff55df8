"""A preview opens beside its link, by pointer and by keyboard, and bars nobody."""

import pytest

from tests.shared.barriers import VIEWS, violations
from tests.shared.built import CONTENT
from tests.shared.looked_up import carried, entries


@pytest.fixture(scope="module")
def crowded():
    """The page with the most links to look up."""
    return max(CONTENT, key=lambda name: len({href for href, *_ in entries(name)}))


@pytest.fixture
def opened(show, crowded):
    return show(crowded, **VIEWS["light"])


def link_of(opened, name):
    """A link of a page that is seen and has a preview."""
    address = next(href for href, *_ in entries(name))
    return opened.locator(f'article a[href="{address}"]').first


def test_the_pointer_opens_a_preview_and_may_go_onto_it(opened, crowded):
    link, box = link_of(opened, crowded), opened.get_by_role("tooltip")
    assert box.count() == 0
    link.hover()
    box.wait_for()
    address = link.get_attribute("href")
    assert box.text_content() == carried(crowded)[address]
    # slowly down (or up) onto the preview: WCAG 2.2, 1.4.13, "hoverable"
    place, over = box.bounding_box(), link.bounding_box()
    x = over["x"] + min(over["width"], place["width"]) / 2
    opened.mouse.move(x, place["y"] + place["height"] / 2, steps=20)
    opened.wait_for_timeout(400)
    assert box.is_visible()
    opened.mouse.move(1, 1)
    box.wait_for(state="hidden")
    assert link.get_attribute("aria-describedby") is None


def test_the_keyboard_opens_a_preview_and_escape_closes_it(opened, crowded):
    link, box = link_of(opened, crowded), opened.get_by_role("tooltip")
    link.focus()
    opened.keyboard.press("Shift+Tab")
    opened.keyboard.press("Tab")
    box.wait_for()
    assert link.get_attribute("aria-describedby") == box.get_attribute("id")
    opened.keyboard.press("Escape")
    box.wait_for(state="hidden")
    assert link.evaluate("link => link === document.activeElement")
    opened.keyboard.press("Shift+Tab")
    opened.keyboard.press("Tab")
    box.wait_for()
    opened.keyboard.press("Shift+Tab")
    box.wait_for(state="hidden")


@pytest.mark.parametrize("view", VIEWS)
def test_a_preview_lies_in_the_window_and_not_on_its_link(show, crowded, view):
    opened = show(crowded, **VIEWS[view])
    box = opened.get_by_role("tooltip")
    size = opened.viewport_size
    for link in opened.locator("article a.reference.internal").all():
        if link.get_attribute("href") not in carried(crowded) or not link.is_visible():
            continue
        link.hover()
        box.wait_for()
        there, over = box.bounding_box(), link.bounding_box()
        right, foot = there["x"] + there["width"], there["y"] + there["height"]
        # heights are whole pixels for scripts: half a pixel off
        assert there["x"] >= -0.5 and right <= size["width"] + 0.5
        assert there["y"] >= -0.5 and foot <= size["height"] + 0.5
        beneath = there["y"] >= over["y"] + over["height"] - 0.5
        assert beneath or foot <= over["y"] + 0.5
        opened.keyboard.press("Escape")
        box.wait_for(state="hidden")


@pytest.mark.parametrize("view", ["light", "dark"])
def test_an_open_preview_is_no_barrier(show, axe, crowded, view):
    opened = show(crowded, **VIEWS[view])
    link_of(opened, crowded).hover()
    opened.get_by_role("tooltip").wait_for()
    found = violations(opened, axe)
    assert not found, "\n".join(found)
