"""The built book in a browser: what it shows is what torch computes, and it is quiet.

Which pages and figures there are is read from the site. Without a Chromium all of this
is skipped, unless FIRST_WEIGHTS_REQUIRE_BROWSER=1.
"""

import base64
import copy
import gzip
import json
import math
import re
import zlib
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import matplotlib
import numpy as np
import pydata_sphinx_theme
import pytest
import torch

from book.build import HTML
from book.sources import ROOT, chapters
from helpers.controls import is_menu, positions
from helpers.live.contract import CODES_PER_DECADE, INFINITE, NOT_A_NUMBER, ZERO
from helpers.live.tables import varints
from tests.shared.browser import (
    AXES,
    Shown,
    Tabs,
    chapter_figures,
    chromium,
    compare,
    differences,
    misdrawn,
    unequal,
)
from tests.shared.browser import server as serving
from tests.shared.built import (
    CONTENT,
    LEADS_ON,
    STATE,
    html_pages,
    notebook_of,
    page,
    site,
    with_figures,
)
from tests.shared.contrast import contrast

PHONE = {"width": 390, "height": 844}
CHAPTERS = [chapter.with_suffix(".html").as_posix() for chapter in chapters()]
FIGURED = [CONTENT[0], *CHAPTERS]


@pytest.fixture(scope="module")
def browser():
    site()
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def server(browser):
    with serving() as address:
        yield address


@pytest.fixture(scope="module", autouse=True)
def as_it_was():
    """What chapters do to torch and matplotlib is undone for the tests after these."""
    dtype, threads = torch.get_default_dtype(), torch.get_num_threads()
    with matplotlib.rc_context():
        yield
    torch.set_default_dtype(dtype)
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def show(browser, server):
    return Tabs(browser, server)


def figures(wanted=lambda state: True):
    """Page and key of every live figure, or of those that are wanted; at least one."""
    found = [
        (name, key)
        for name in with_figures()
        for key, state in page(name).figures.items()
        if wanted(state)
    ]
    assert found, "no live figure of the book can show this"
    return found


def fresh(name, key):
    """The same figure from the chapter's own code, computed here and now."""
    return chapter_figures(notebook_of(name), tuple(page(name).figures))[key]


def spec_of(name, key):
    return page(name).figures[key]["spec"]


def disagreements(shown, name, key):
    """Where the page, as it stands, differs from torch."""
    return compare(shown, fresh(name, key), shown.page.evaluate(AXES, key))


# What is shown is what torch computes -------------------------------------------------


@pytest.mark.parametrize("name", FIGURED)
def test_every_control_of_a_page_shows_what_torch_computes(show, name):
    found = []
    for key in page(name).figures:
        opened = show(name)
        wrong = differences(Shown(opened, key), fresh(name, key))
        found += [f"{key} at {where}" for where in [*wrong, *opened.watch.complaints]]
    assert not found, "\n".join(found)


def inline_state(html, change):
    """A page with changes in its saved widgets; ``change`` gets the figures' states."""
    start = html.index(">", html.index(f'type="{STATE}"')) + 1
    end = html.index("</script>", start)
    saved = json.loads(html[start:end])
    change(
        {
            widget["state"]["spec"]["key"]: widget["state"]
            for widget in saved["state"].values()
            if "spec" in widget["state"]
        }
    )
    return html[:start] + json.dumps(saved).replace("</", "<\\/") + html[end:]


def one_wrong_code(state, add=2):
    """Add to one code of the first table; return the slider's label, the curve's name.

    Of a curve that one slider moves: the first point at the slider's last position,
    from which nothing else is derived. This walks through what live/tables.py wrote.
    None if there is no such curve, or no table in the page itself.
    """
    inline = [c for c, table in state["tables"].items() if isinstance(table, str)]
    if not inline:
        return None
    choice = inline[0]
    stream = zlib.decompress(base64.b64decode(state["tables"][choice]))
    sliders = [c for c in state["spec"]["controls"] if "options" not in c]
    sliders.sort(key=lambda c: c["name"] == "depth")
    at = 0
    for curve in state["spec"]["curves"]:
        kept, at = stream[at], at + 2
        axes = [c for i, c in enumerate(sliders) if kept >> i & 1]
        rows = math.prod(c["count"] for c in axes)
        sizes = [curve["points"]] * rows
        ragged = curve["layered"] and axes and axes[-1]["name"] == "depth"
        if ragged:
            last = axes[-1]
            depths = [last["min"] + i * last["step"] for i in range(last["count"])]
            sizes = depths * (rows // last["count"])
        starts = []
        for _ in range(sum(sizes)):
            starts.append(at)
            while stream[at] > 127:
                at += 1
            at += 1
        if len(axes) == 1 and not ragged:
            begin, end = starts[-sizes[-1]], starts[-sizes[-1] + 1]
            unsigned = sum((b & 127) << 7 * i for i, b in enumerate(stream[begin:end]))
            code = (unsigned >> 1 ^ -(unsigned & 1)) + add
            stream = stream[:begin] + varints(np.array([code])) + stream[end:]
            packed = base64.b64encode(zlib.compress(stream)).decode()
            state["tables"][choice] = packed
            return axes[0]["label"], curve["name"]
    return None


def test_one_wrong_code_in_a_page_is_found(show):
    # Two codes are a hundredth of a decade, a point of 16000 in one of nine tables.
    name, key = figures(lambda state: one_wrong_code(copy.deepcopy(state)))[0]
    changed = []

    def change(html):
        return inline_state(html, lambda s: changed.append(one_wrong_code(s[key])))

    found = differences(Shown(show(name, change=change), key), fresh(name, key))
    ((_, curve),) = changed
    assert len(found) == 1 and f": {curve} is " in found[0], found
    assert re.search(r"(1\.[5-9]|2\.\d+) quanta apart \(1 such points\)", found[0])


def test_a_curve_drawn_half_a_pixel_too_low_is_found(show):
    # The numbers are right; only the picture is not.
    name, key = figures()[0]
    curve = spec_of(name, key)["curves"][0]["name"]

    def lower(states):
        states[key]["spec"]["curves"][0]["y"][0] += 0.5

    shown = Shown(show(name, change=lambda html: inline_state(html, lower)), key)
    found = disagreements(shown, name, key)
    assert len(found) == 1 and f"{curve} is drawn at" in found[0], found


@pytest.mark.parametrize(
    ("code", "value", "words"),
    [
        (INFINITE, math.inf, "infinite"),
        (ZERO, 0, "exactly 0"),
        (NOT_A_NUMBER, math.nan, "not a number"),
    ],
)
def test_what_is_no_ordinary_number_is_drawn_and_said(show, code, value, words):
    # No setting of the book needs all of these, so one is written into a page.
    def wanted(state):
        found = one_wrong_code(copy.deepcopy(state))
        return found and found[1] in state["spec"]["said"]

    name, key = figures(wanted)[0]
    label, curve = one_wrong_code(copy.deepcopy(page(name).figures[key]))
    shown = Shown(show(name), key)
    shown.press(label, "End")
    assert disagreements(shown, name, key) == []
    values = fresh(name, key).curves[curve].copy()  # compared here, so computed here
    add = code - round(math.log10(values[0]) * CODES_PER_DECADE)
    values[0] = value

    def change(html):
        return inline_state(html, lambda states: one_wrong_code(states[key], add))

    shown = Shown(show(name, change=change), key)
    shown.press(label, "End")
    look = shown.look()
    about = next(c for c in spec_of(name, key)["curves"] if c["name"] == curve)
    axes = shown.page.evaluate(AXES, key)[curve]
    assert unequal(np.array(look["numbers"][curve], float), values, about) == ""
    # At the edge of the picture, or left out.
    assert misdrawn(look["paths"][curve], values, about, axes) == ""
    what, where = (
        about["say"][0].split(" at ")[0],
        f"{about['axis']} {about['first']:g}",
    )
    assert re.search(f"The {what} is [^.]*{words} up to {where}", look["status"])


def test_presets_move_the_sliders_and_the_curves(show):
    for name, key in figures(lambda state: state["spec"]["presets"]):
        shown = Shown(show(name), key)
        figure, spec = fresh(name, key), spec_of(name, key)
        for label, part in spec["presets"]:
            before = shown.look()
            shown.click(label)
            after = shown.look()
            for control, (_, value) in part.items():
                values = positions(figure.controls[control])
                place = shown.place(figure.controls[control].description)
                expected = (
                    value
                    if isinstance(values[0], str)
                    else values.index(pytest.approx(value))
                )
                assert place == expected, f"{label}: {control} is at {place}"
            assert after["paths"] != before["paths"], f"{label} moves no curve"
            assert after["status"] != before["status"], f"{label} says nothing"
            assert disagreements(shown, name, key) == []
        assert shown.page.watch.complaints == []


def test_another_draw_moves_the_curves_and_not_the_sliders(show):
    for name, key in figures(lambda state: len(state["spec"]["seeds"]) > 1):
        shown = Shown(show(name), key)
        first = shown.look()
        seeds = spec_of(name, key)["seeds"]
        for seed in [*seeds[1:], seeds[0]]:
            before = shown.look()
            shown.click("Another draw")
            after = shown.look()
            assert after["setting"] == first["setting"] | {"seed": seed}
            assert after["numbers"] != before["numbers"]
            assert disagreements(shown, name, key) == []
        assert after["numbers"] == first["numbers"], "after the last comes the first"


# What is said -----------------------------------------------------------------------


def whereabouts(curve, hits):
    """Where along a curve something holds, in the words of the status line."""
    places = [
        f"{curve['axis']} {curve['first'] + i * curve['step']:g}"
        for i in range(len(hits))
    ]
    if not hits.any():
        return None
    start, end = np.flatnonzero(hits)[[0, -1]]
    if not hits[start : end + 1].all():
        return "in places"
    if end == len(hits) - 1:
        return f"from {places[start]}" if start else "everywhere"
    return f"from {places[start]} to {places[end]}" if start else f"up to {places[end]}"


def test_what_has_no_place_is_said_once(show):
    at_first = Shown(show("chapters/08_beyond_variance.html"), "order-chaos")
    status = at_first.look()["status"]
    assert "Six depth scales: infinite" in status and status.count("infinite") == 1


def test_the_limits_of_number_formats_are_said_and_only_where_they_are_left(show):
    seen = set()
    for name, key in figures(lambda state: state["spec"]["limits"]):
        shown, spec = Shown(show(name), key), spec_of(name, key)
        said = [curve for curve in spec["curves"] if curve["say"] and curve["log"]]
        for label, _ in [*spec["presets"], (None, None)]:
            shown.click(label) if label else shown.press("gain", "End")
            look = shown.look()
            for curve in said:
                what = curve["say"][0].split(" at ")[0]
                found = re.search(f"The {what} is (.*?)\\.(?: |$)", look["status"])
                told = found[1] if found else ""
                values = np.array(look["numbers"][curve["name"]], float)
                for size, smallest, largest in spec["limits"]:
                    for word, hits in {
                        f"below {size}’s smallest number": values < smallest,
                        f"above {size}’s largest number": values > largest,
                    }.items():
                        place = whereabouts(curve, hits)
                        if place:
                            # a place is named once, for the worst that happens there
                            assert place in told, f"{label}: {word} {place}"
                            seen.add(word)
                        else:
                            assert word not in told, f"{label}: {word}"
    assert len(seen) >= 2, f"the presets show no limits, only {seen}"


def test_the_sentence_is_spoken_and_describes_the_picture(show):
    name, key = figures()[0]
    shown = Shown(show(name), key)
    slider = next(c for c in spec_of(name, key)["controls"] if "options" not in c)
    shown.press(slider["label"], "Home")
    said = shown.look()["status"]
    assert f"{slider['label']} {slider['min']:g}".lower() in said.lower()
    # Only once it rests, or a screen reader would stammer.
    spoken = shown.shell.get_by_role("status")
    assert spoken.text_content() != said
    shown.page.wait_for_function(
        "([box, said]) => box.textContent === said", arg=[spoken.element_handle(), said]
    )
    picture = shown.shell.get_by_role("img")
    alt = page(name).figures[key]["spec"]["alt"]
    assert picture.get_attribute("aria-label") == f"{alt} {said}"
    value = shown.control(slider["label"]).get_attribute("aria-valuetext")
    assert value == f"{slider['min']:g}", "a slider speaks its value, not its position"


def test_a_figure_tells_how_long_its_last_move_took(show):
    # What the benchmarks read. The bound is no promise of speed, only of a time in ms.
    for name, key in figures():
        shown = Shown(show(name), key)
        slider = next(c for c in spec_of(name, key)["controls"] if "options" not in c)
        shown.page.evaluate("key => { firstWeights.figures[key].tick = NaN }", key)
        shown.press(slider["label"], "Home", "End")  # one of them moves it
        assert 0 < shown.look()["tick"] < 1000


# By keyboard alone -----------------------------------------------------------------


FOCUS = """c => {
  const style = getComputedStyle(c);
  return {
    here: c === document.activeElement,
    seen: c.matches(":focus-visible") && style.outlineStyle !== "none",
    width: parseFloat(style.outlineWidth),
    colour: style.outlineColor,
    paper: getComputedStyle(document.body).backgroundColor,
  };
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", FIGURED)
def test_tab_goes_through_all_controls_and_shows_where_it_is(show, name, scheme):
    opened = show(name, color_scheme=scheme)
    opened.wait_for_selector("html.fw-live")
    for key in page(name).figures:
        shown = Shown(opened, key)
        controls = shown.shell.locator("input, select, button").all()
        spec = spec_of(name, key)
        draws = len(spec["seeds"]) > 1
        parts = len(spec["controls"]) + len(spec["presets"]) + draws + 1  # Copy link
        assert len(controls) == parts
        controls[0].focus()
        opened.keyboard.press("Shift+Tab")
        for control in controls:
            opened.keyboard.press("Tab")
            focus = control.evaluate(FOCUS)
            assert focus["here"], f"{key}: Tab leaves out {control}"
            assert focus["seen"] and focus["width"] >= 2, focus
            assert contrast(focus["colour"], focus["paper"]) >= 3, focus
        opened.keyboard.press("Tab")
        assert not controls[-1].evaluate(FOCUS)["here"], "the figure holds the focus"


@pytest.mark.parametrize("name", FIGURED)
def test_keys_move_every_control_and_what_they_do_is_spoken(show, name):
    opened = show(name)
    opened.wait_for_selector("html.fw-live")
    for key in page(name).figures:
        shown, spec = Shown(opened, key), spec_of(name, key)
        spoken = shown.shell.get_by_role("status")
        for control in spec["controls"]:
            label, before = control["label"], shown.look()["setting"]
            box, place = shown.control(label), shown.place(label)
            box.focus()
            back = place > 0
            keys = ("ArrowUp", "ArrowDown") if is_select(box) else ("Home", "End")
            opened.keyboard.press(keys[0] if back else keys[1])
            opened.wait_for_function(
                "([key, name, old]) =>"
                " firstWeights.figures[key].setting()[name] !== old",
                arg=[key, control["name"], before[control["name"]]],
            )
            if not is_select(box):
                value = box.get_attribute("aria-valuetext")
                output = shown.shell.locator(f"output[for={box.get_attribute('id')}]")
                assert value == output.text_content()
                assert float(value) == pytest.approx(
                    shown.look()["setting"][control["name"]], rel=0.01
                )
        options = {c["name"]: c.get("options") for c in spec["controls"]}
        for i, (label, part) in enumerate(spec["presets"]):
            shown.shell.get_by_role("button", name=label, exact=True).focus()
            opened.keyboard.press(["Enter", "Space"][i % 2])
            setting = shown.look()["setting"]
            for control, (_, value) in part.items():
                menu = options[control]
                assert setting[control] == (
                    menu[value] if menu else pytest.approx(value)
                ), f"{key}: {label}"
        # What the eye reads is spoken, once it rests, with every control's name.
        opened.wait_for_function(
            "([key, box]) => box.textContent && box.textContent ==="
            " firstWeights.figures[key].el.querySelector('.live-status').textContent",
            arg=[key, spoken.element_handle()],
        )
        said = spoken.text_content().lower()
        assert all(control["label"].lower() in said for control in spec["controls"])
        assert said.count(".") >= 1


def is_select(box):
    return box.evaluate("c => c.tagName") == "SELECT"


@pytest.mark.parametrize("name", FIGURED)
def test_nothing_moves_by_itself_for_those_who_ask_for_less_motion(show, name):
    opened = show(name, reduced_motion="reduce")
    opened.wait_for_selector("html.fw-live")
    opened.evaluate(
        "for (const fold of document.querySelectorAll('details')) fold.open = true"
    )
    for key in page(name).figures:
        for label, _ in spec_of(name, key)["presets"][:1]:
            Shown(opened, key).click(label)
    assert opened.evaluate("document.getAnimations().length") == 0
    moving = opened.evaluate(
        """() => [...document.querySelectorAll("*")].filter((element) => {
          const style = getComputedStyle(element);
          return style.animationName !== "none" || style.scrollBehavior === "smooth" ||
            !/^(none|(all )?0s.*)$/.test(style.transition) &&
            parseFloat(style.transitionDuration) > 0;
        }).map((element) => element.outerHTML.slice(0, 80))"""
    )
    assert moving == []


# The address ------------------------------------------------------------------------


def other_setting(name, key):
    """For each control a value that it does not have at first, as in an address."""
    figure = fresh(name, key)
    words = {}
    for control, about in figure.controls.items():
        if is_menu(about):
            values, now = list(about._options_labels), about.label
        else:
            values, now = positions(about), about.value
        value = values[0] if now == values[-1] else values[-1]
        words[control] = f"{value:.4g}" if isinstance(value, float) else str(value)
    seeds = spec_of(name, key)["seeds"]
    if len(seeds) > 1:
        words["seed"] = str(seeds[-1])
    return {f"{key}.{control}": word for control, word in words.items()}


def test_an_address_brings_a_setting_back(show):
    for name, key in figures():
        query = other_setting(name, key)
        shown = Shown(show(name, query), key)
        for control, value in shown.look()["setting"].items():
            word = query[f"{key}.{control}"]
            number = isinstance(value, int | float)
            assert value == (pytest.approx(float(word), rel=1e-3) if number else word)
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
    shown.click(spec_of(name, key)["presets"][0][0])
    shown.shell.get_by_role("button", name="Copy link", exact=True).click()
    shown.shell.get_by_role("button", name="Link copied", exact=True).wait_for()
    link = shown.page.evaluate("navigator.clipboard.readText()")
    assert link == shown.page.url
    assert link.startswith(f"{server}{name}?")
    sent = shown.look()
    received = Shown(show(link.removeprefix(server)), key).look()
    assert received["setting"] == pytest.approx(sent["setting"])
    assert received["paths"] == sent["paths"]


def test_the_address_follows_by_itself_when_the_figure_rests(show):
    name, key = figures()[0]
    shown = Shown(show(name), key)
    slider = next(c for c in spec_of(name, key)["controls"] if "options" not in c)
    shown.press(slider["label"], "End")
    value = shown.look()["setting"][slider["name"]]
    shown.page.wait_for_url(lambda url: f"{key}.{slider['name']}={value:.4g}" in url)


# Tables that are loaded on demand ---------------------------------------------------


def menu_of(name, key):
    """The first menu of a figure: its label, and a choice it does not have at first."""
    figure = fresh(name, key)
    menu = next(c for c in spec_of(name, key)["controls"] if "options" in c)
    home = menu["options"].index(figure.controls[menu["name"]].value)
    return menu["label"], [i for i in range(len(menu["options"])) if i != home]


def has_menu(state):
    return any("options" in control for control in state["spec"]["controls"])


def test_menus_work_in_a_book_that_is_opened_as_a_file(show):
    name, key = figures(has_menu)[0]
    shown = Shown(show(name, base=f"{HTML.as_uri()}/"), key)
    label, (place, *_) = menu_of(name, key)
    fresh(name, key).view.seed = spec_of(name, key)["seeds"][0]
    shown.choose(label, place)
    assert disagreements(shown, name, key) == []
    assert shown.page.watch.complaints == []


def test_curves_that_cannot_be_loaded_are_told_and_asked_for_again(show):
    name, key = figures(has_menu)[0]
    shown = Shown(show(name), key)
    label, (place, *_) = menu_of(name, key)
    home, before = shown.place(label), shown.look()
    shown.page.route("**/_live/*", lambda route: route.abort())
    shown.control(label).select_option(index=place)
    shown.shell.get_by_text("Sorry: these curves could not be loaded.").first.wait_for()
    assert shown.look()["paths"] == before["paths"], "the last true picture stays"
    shown.page.unroute("**/_live/*")
    shown.choose(label, home)
    shown.choose(label, place)
    assert disagreements(shown, name, key) == []


def test_curves_that_come_too_late_are_not_shown(show):
    # After five seconds the page asks again; what then answers the first question
    # belongs to a setting that the controls have left.
    name, key = figures(has_menu)[0]
    shown = Shown(show(name), key)
    label, (slow, quick, *_) = menu_of(name, key)
    held = []
    shown.page.route("**/_live/*", lambda route: held.append(route), times=1)
    shown.control(label).select_option(index=slow)
    shown.page.wait_for_timeout(5100)
    shown.choose(label, quick)
    (late,) = held
    with shown.page.expect_response("**/_live/*"):
        late.continue_()
    shown.page.wait_for_timeout(200)
    assert disagreements(shown, name, key) == []


# Collects the sentences under a figure, with the curves that they stand under.
COLLECT = """key => {
  const { el } = firstWeights.figures[key];
  window.collected = [];
  new MutationObserver(() => window.collected.push([
    el.querySelector(".live-status").textContent,
    [...el.querySelectorAll("[data-curve]")].map(path => path.getAttribute("d")),
  ])).observe(el.querySelector(".live-status"), { childList: true });
}"""


def test_a_sentence_is_about_the_curves_above_it(show):
    # A choice is made while the curves of the one before are still under way.
    name, key = figures(has_menu)[0]
    shown = Shown(show(name), key)
    label, (slow, last, *_) = menu_of(name, key)
    menu = next(c for c in spec_of(name, key)["controls"] if "options" in c)
    options = menu["options"]
    held = []
    shown.page.route("**/_live/*", lambda route: held.append(route), times=1)
    shown.page.evaluate(COLLECT, key)
    shown.control(label).select_option(index=slow)
    shown.page.wait_for_timeout(100)
    shown.then_new(
        lambda: (shown.control(label).select_option(index=last), held[0].continue_())
    )
    shown.page.wait_for_function("collected.length === 2")
    (first, early), (second, late) = shown.page.evaluate("collected")
    assert f"{label} {options[slow]}" in first and early != late
    assert f"{label} {options[last]}" in second
    assert disagreements(shown, name, key) == []


def test_a_preset_that_moves_several_controls_is_drawn_once(show):
    for name, key in figures(lambda state: state["spec"]["presets"]):
        shown = Shown(show(name), key)
        shown.page.evaluate(COLLECT, key)
        for label, _ in spec_of(name, key)["presets"]:
            shown.click(label)
            shown.page.wait_for_timeout(50)
            drawn = shown.page.evaluate("collected.splice(0).length")
            assert drawn == 1, f"{name}: {label}"


# Every page -------------------------------------------------------------------------


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
        for key in page(name).figures:
            Shown(opened, key)
        if page(name).figures:  # until then what was never seen is as high as guessed
            opened.locator("html.fw-live").wait_for()
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
    assert set(html_pages()) - frames == {*PAGES, "404.html"}


def test_a_wrong_address_leads_back_to_the_book(show, server):
    opened = show("chapters/of/nothing.html")
    assert opened.title() == "Page not found - First Weights"
    assert {url for url in opened.watch.requests if not url.startswith(server)} == set()
    links = opened.get_by_role("link").all()
    assert len(links) == len(CONTENT) + 1
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
    # 0.1 is what search engines still call good. The theme's own buttons take 0.001; a
    # table that arrives in two parts, as the glossary can, 0.016.
    assert visit(name, "http").shift < 0.05


@pytest.mark.parametrize("width", [PHONE["width"], 1280])
@pytest.mark.parametrize("name", FIGURED)
def test_a_live_figure_takes_the_room_that_was_kept_for_it(show, name, width):
    size = {"width": width, "height": PHONE["height"]}
    heights = "[...document.querySelectorAll('.live-shell')].map(s => s.offsetHeight)"
    before = show(name, blocked="**/widgets.js*", viewport=size).evaluate(heights)
    opened = show(name, viewport=size)
    for key in page(name).figures:
        shown, spec = Shown(opened, key), spec_of(name, key)
        for label, _ in spec["presets"]:
            shown.click(label)
            assert opened.evaluate(heights) == pytest.approx(before, abs=2), label
        for control in spec["controls"]:
            for pressed in ("Home", "End") if "count" in control else ():
                shown.press(control["label"], pressed)
                assert opened.evaluate(heights) == pytest.approx(before, abs=2)


@pytest.mark.parametrize("name", CONTENT)
def test_a_page_weighs_at_most_300_kilobytes_without_the_theme(visit, name):
    # The theme's own: all in _static but what book/assets and helpers put there.
    own = {path.name for path in (ROOT / "book" / "assets").rglob("*")}
    own |= {"live.css", "book.css"}  # Sphinx makes the one of book.css_t
    weights = {}
    seen = visit(name, "http")
    for url in seen.requests:
        path = HTML / urlsplit(url).path.lstrip("/")
        if url.startswith(seen.base) and (
            "_static" not in path.parts or path.name in own
        ):
            weights[path.name] = len(gzip.compress(path.read_bytes(), 6))
    assert weights.keys() >= {name.split("/")[-1], "book.css"}
    if page(name).figures:
        assert weights.keys() >= {"widgets.js", "live.css", "widgets.css"}
    assert sum(weights.values()) <= 300_000, weights


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
    const paper = getComputedStyle(svg.querySelector('g[id*="patch_1"] > path')).fill;
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
    opened = show(name, color_scheme=scheme)
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
    opened = show(name, viewport=PHONE)
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
        return opened.evaluate(LOOKS)

    opened = show(name, viewport=viewport, reduced_motion="reduce")
    lean = look()
    opened.route("**/pydata-sphinx-theme.css*", lambda route: route.fulfill(**answer))
    opened.reload()
    full = look()
    assert len(lean) == len(full) > 100
    assert [pair for pair in zip(lean, full, strict=True) if pair[0] != pair[1]] == []


def test_the_search_finds_words_of_the_book(show):
    opened = show("search.html", {"q": "sigmoid"})
    opened.locator("#search-results li a").first.wait_for()
    assert opened.watch.complaints == []
