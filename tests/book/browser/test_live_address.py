"""The address of a page holds the setting of its live figures."""

import pytest

from helpers.controls import is_menu
from tests.shared.built import page, with_figures
from tests.shared.figured import (
    disagreements,
    figures,
    fresh,
    has_slider,
    presets_of,
    spec_of,
)
from tests.shared.shown import Shown


def other_setting(name, key):
    """For each control a value that it does not have at first, as in an address."""
    figure = fresh(name, key)
    words = {}
    for control, about in figure.controls.items():
        if is_menu(about):
            values, now = list(about._options_labels), about.label
        else:
            values, now = figure.stops[control], about.value
        value = values[0] if now == values[-1] else values[-1]
        words[control] = f"{value:.4g}" if isinstance(value, float) else str(value)
    seeds = spec_of(name, key)["seeds"]
    if len(seeds) > 1:
        words["seed"] = str(seeds[-1])
    return {f"{key}.{control}": word for control, word in words.items()}


def test_an_address_brings_a_setting_back(show):
    for name in with_figures():
        query = {}
        for key in page(name).figures:
            query |= other_setting(name, key)
        opened = show(name, query)
        for key in page(name).figures:
            shown = Shown(opened, key)
            for control, value in shown.look()["setting"].items():
                word = query[f"{key}.{control}"]
                if isinstance(value, int | float):
                    word = pytest.approx(float(word), rel=1e-3)
                assert value == word
            assert disagreements(shown, name, key) == []


@pytest.mark.parametrize("word", ["-7", "1e999", "banana", "", "0x", "constructor"])
def test_nonsense_in_an_address_is_ignored_or_moved_to_the_nearest(show, word):
    name, key = figures(lambda state: len(state["spec"]["seeds"]) > 1)[0]
    spec = spec_of(name, key)
    names = [control["name"] for control in spec["controls"]] + ["seed", "nobody"]
    opened = show(name, {f"{key}.{control}": word for control in names})
    shown = Shown(opened, key)
    assert disagreements(shown, name, key) == []
    assert shown.look()["setting"]["seed"] in spec["seeds"]
    assert opened.watch.complaints == []


def test_a_copied_link_shows_the_same_picture(show, server):
    name, key = figures(lambda state: state["spec"]["presets"])[0]
    rights = ["clipboard-read", "clipboard-write"]
    shown = Shown(show(name, permissions=rights), key)
    shown.click(presets_of(name, key)[0][0])
    shown.shell.get_by_role("button", name="Copy link", exact=True).click()
    shown.shell.get_by_role("button", name="Link copied", exact=True).wait_for()
    link = shown.page.evaluate("navigator.clipboard.readText()")
    address, _, place = link.partition("#")
    assert address == shown.page.url
    assert link.startswith(f"{server}{name}?") and place.startswith("figure-")
    sent = shown.look()
    received = Shown(show(link.removeprefix(server)), key).look()
    assert received["setting"] == pytest.approx(sent["setting"])
    assert received["paths"] == sent["paths"]


@pytest.mark.parametrize("last", [False, True])
def test_a_copied_link_opens_at_its_figure(show, server, last):
    found = figures(lambda state: state["spec"]["presets"])
    found = [one for one in found if one[0].startswith("chapters/")]
    name, key = found[-1 if last else 0]
    rights = ["clipboard-read", "clipboard-write"]
    shown = Shown(show(name, permissions=rights), key)
    shown.shell.get_by_role("button", name="Copy link", exact=True).click()
    shown.shell.get_by_role("button", name="Link copied", exact=True).wait_for()
    link = shown.page.evaluate("navigator.clipboard.readText()")
    received = Shown(show(link.removeprefix(server)), key)
    received.page.wait_for_selector("html.fw-live")
    received.page.wait_for_timeout(300)
    card = received.page.locator("figure", has=received.shell)
    box, height = card.bounding_box(), received.page.viewport_size["height"]
    assert -20 <= box["y"] <= height / 2, "the figure is in sight, from its top"


def test_the_address_follows_by_itself_when_the_figure_rests(show):
    name, key = figures(has_slider)[0]
    shown = Shown(show(name), key)
    slider = next(c for c in spec_of(name, key)["controls"] if "options" not in c)
    shown.press(slider["label"], "Home" if shown.place(slider["label"]) else "End")
    value = shown.look()["setting"][slider["name"]]
    shown.page.wait_for_url(lambda url: f"{key}.{slider['name']}={value:.6g}" in url)
