"""What a link into the glossary, the misconceptions, the references shows beside it."""

from pathlib import PurePosixPath
from posixpath import normpath
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup

from book.build import HTML
from book.previews import PAGES
from tests.book.test_access import VIEWS, violations
from tests.shared.browser import Tabs, chromium, server, tool
from tests.shared.built import CONTENT, page, site

LOOKED_UP = {f"chapters/{name}.html" for name in PAGES}


def soup(name):
    return BeautifulSoup((HTML / name).read_text(encoding="utf-8"), "html.parser")


def carried(name):
    """What each preview of a page says, by the address in its link."""
    found = soup(name).find_all("template", attrs={"data-preview": True})
    return {template["data-preview"]: template.get_text() for template in found}


def entries(name):
    """A page's links to an entry of another page: address, that page, place in it."""
    for has in page(name).all("a"):
        address = urlsplit(has.get("href", ""))
        target = normpath((PurePosixPath(name).parent / address.path).as_posix())
        in_text = "reference internal" == has.get("class")
        if in_text and address.fragment and address.path and target in LOOKED_UP:
            yield has["href"], target, address.fragment


WITH = [name for name in CONTENT if any(entries(name))]
CROWDED = max(WITH, key=lambda name: len({href for href, *_ in entries(name)}))


@pytest.fixture(scope="module")
def show():
    site()
    with chromium() as browser, server() as base:
        yield Tabs(browser, base)


@pytest.fixture
def opened(show):
    return show(CROWDED, **VIEWS["light"])


def link_of(opened):
    """A link of a page that is seen and has a preview."""
    address = next(href for href, *_ in entries(CROWDED))
    return opened.locator(f'article a[href="{address}"]').first


def test_most_chapters_have_links_to_look_up():
    assert len(WITH) >= 10


@pytest.mark.parametrize("name", WITH)
def test_a_page_carries_what_its_links_lead_to_and_nothing_else(name):
    previews, targets = carried(name), {}
    for address, target, place in entries(name):
        found = soup(target).find(id=place)
        if found.name not in ("dt", "section"):
            found = found.find_next("h3")
        elif found.name == "section":
            found = found.find(["h2", "h3"])
        targets[address] = found.get_text().rstrip("#")
    assert previews.keys() == targets.keys()
    for address, heading in targets.items():
        assert previews[address].startswith(heading)
        assert len(previews[address]) > len(heading) + 20, "it says something"
        assert "#" not in previews[address], "no sign for a link of its own"


def test_nothing_in_a_preview_can_be_reached_or_named():
    for name in WITH:
        for template in soup(name).select("template[data-preview]"):
            assert not template.select("a, button, input, [id], [tabindex]")


def test_the_pointer_opens_a_preview_and_may_go_onto_it(opened):
    link, box = link_of(opened), opened.get_by_role("tooltip")
    assert box.count() == 0
    link.hover()
    box.wait_for()
    address = link.get_attribute("href")
    assert box.text_content() == carried(CROWDED)[address]
    # slowly down (or up) onto the preview: WCAG 2.2, 1.4.13, "hoverable"
    place, over = box.bounding_box(), link.bounding_box()
    x = over["x"] + min(over["width"], place["width"]) / 2
    opened.mouse.move(x, place["y"] + place["height"] / 2, steps=20)
    opened.wait_for_timeout(400)
    assert box.is_visible()
    opened.mouse.move(1, 1)
    box.wait_for(state="hidden")
    assert link.get_attribute("aria-describedby") is None


def test_the_keyboard_opens_a_preview_and_escape_closes_it(opened):
    link, box = link_of(opened), opened.get_by_role("tooltip")
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
def test_a_preview_lies_in_the_window_and_not_on_its_link(show, view):
    opened = show(CROWDED, **VIEWS[view])
    box = opened.get_by_role("tooltip")
    size = opened.viewport_size
    for link in opened.locator("article a.reference.internal").all():
        if link.get_attribute("href") not in carried(CROWDED) or not link.is_visible():
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
def test_an_open_preview_is_no_barrier(show, view):
    axe = tool("axe-core/axe.min.js").read_text(encoding="utf-8")
    opened = show(CROWDED, **VIEWS[view])
    link_of(opened).hover()
    opened.get_by_role("tooltip").wait_for()
    found = violations(opened, axe)
    assert not found, "\n".join(found)
