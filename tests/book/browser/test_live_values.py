"""What a live figure shows is what torch computes, and it says so.

Which pages and figures there are is read from the site. Without a Chromium all of this
is skipped, unless FIRST_WEIGHTS_REQUIRE_BROWSER=1.
"""

import base64
import copy
import math
import re
import zlib

import numpy as np
import pytest

from helpers.live import drawing
from helpers.live.contract import CODES_PER_DECADE, INFINITE, NOT_A_NUMBER, ZERO
from helpers.live.tables import varints
from tests.shared.built import page
from tests.shared.compared import AXES, differences, misdrawn, unequal
from tests.shared.figured import (
    FIGURED,
    disagreements,
    each,
    figures,
    fresh,
    has_slider,
    inline_state,
    presets_of,
    spec_of,
)
from tests.shared.shown import Shown

# What is shown ------------------------------------------------------------------------


@pytest.mark.parametrize("name", FIGURED)
def test_every_control_of_a_page_shows_what_torch_computes(show, name):
    found, opened = [], show(name)
    for key in page(name).figures:
        wrong = differences(Shown(opened, key), fresh(name, key))
        found += [f"{key} at {where}" for where in wrong]
    found += opened.watch.complaints
    assert not found, "\n".join(found)


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
        rows = math.prod(len(c["values"]) for c in axes)
        sizes = [curve["points"]] * rows
        ragged = curve["layered"] and axes and axes[-1]["name"] == "depth"
        if ragged:
            depths = axes[-1]["values"]
            sizes = depths * (rows // len(depths))
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


def stays(state):
    """Whether the axes of a figure's first curve stay as matplotlib drew them."""
    curve = state["spec"]["curves"][0]
    scale = state["spec"]["scales"][curve["frame"]]
    return has_slider(state) and curve["mark"] == "line" and not scale["follows"]


def test_a_curve_drawn_half_a_pixel_too_low_is_found(show):
    # The numbers are right; only the picture is not.
    name, key = figures(stays)[0]
    curve = spec_of(name, key)["curves"][0]["name"]

    def lower(states):
        # a frame lies half a pixel lower than its ticks, which are matplotlib's
        for box in states[key]["spec"]["layouts"][0]["boxes"]:
            box[2] += 0.5
            box[3] += 0.5

    shown = Shown(show(name, change=lambda html: inline_state(html, lower)), key)
    found = disagreements(shown, name, key)
    assert found and all(" is drawn at" in wrong for wrong in found), found
    assert any(f"{curve} is drawn at" in wrong for wrong in found)


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
    # Beyond the picture, or left out; and an arrow says so, unless it is no number.
    assert misdrawn(look["paths"][curve], values, about, axes) == ""
    arrows = shown.shell.locator('svg.fw-wide [data-part="beyond"] text')
    told = " ".join(arrows.all_text_contents())
    assert math.isnan(value) or f"{words} at {about['axis']}" in told
    what, where = (
        about["say"]["thing"],
        f"{about['axis']} {about['first']:g}",
    )
    assert re.search(f"The {what} is [^.]*{words} up to {where}", look["status"])


def test_presets_move_the_sliders_and_the_curves(show):
    for name, key, shown in each(show, lambda state: state["spec"]["presets"]):
        figure = fresh(name, key)
        for label, part in presets_of(name, key):
            before = shown.look()
            shown.click(label)
            after = shown.look()
            assert part.keys() == figure.controls.keys(), f"{label} leaves some alone"
            for control, (trait, value) in part.items():
                place = shown.place(figure.controls[control].description)
                exact = (
                    value if trait == "index" else figure.stops[control].index(value)
                )
                assert place == exact, f"{label}: {control} is at {place}"
            assert says_what_it_does(label, part), f"{label} leads to {part}"
            button = shown.shell.get_by_role("button", name=label, exact=True)
            assert button.get_attribute("aria-pressed") == "true"
            # two of them may lead to the same picture, level in both
            assert after["setting"] != before["setting"], f"{label} moves nothing"
            assert disagreements(shown, name, key) == []  # and now it stands there too
            assert after["status"].startswith(in_words(figure, after["setting"]))
        assert shown.page.watch.complaints == []


def says_what_it_does(label, part):
    """Whether each number in a label is that of some slider, to its digits.

    A percentage is of another button's value, and is compared by eye.
    """
    values = [value for trait, value in part.values() if trait == "value"]
    for text in re.findall(r"(?<![\w.√-])\d+(?:\.\d+)?(?! %|\w)", label):
        digits = len(text.partition(".")[2])
        near = [abs(value - float(text)) <= 0.5 * 10**-digits for value in values]
        if not any(near):
            return False
    return True


def in_words(figure, setting):
    """What a figure says at a setting, by Python's own hand, but for number formats."""
    figure.view.seed = setting.get("seed", figure.seed)
    ends = []
    for name, (words, point, _) in figure.spec.say.items():
        trace = figure.traces[name]
        code = trace.encode(figure.curves[name]).flat[point]
        ends.append(f"{words}: {drawing.in_words(trace.number(int(code)))}")
    said = "; ".join(ends)
    return f"{said[0].upper()}{said[1:]}."


def test_reset_leads_back_to_the_start(show):
    for name, key, shown in each(show, lambda state: state["spec"]["presets"]):
        first = shown.look()
        last = spec_of(name, key)["presets"][-1][0]
        shown.shell.get_by_role("button", name=last, exact=True).click()
        shown.shell.get_by_role("button", name="Reset", exact=True).click()
        shown.page.wait_for_function(
            "([key, setting]) => JSON.stringify(firstWeights.figures[key].setting())"
            " === setting",
            arg=[key, shown.page.evaluate("s => JSON.stringify(s)", first["setting"])],
        )
        shown.page.wait_for_timeout(100)
        assert shown.look()["numbers"] == first["numbers"]


def test_another_draw_moves_the_curves_and_not_the_sliders(show):
    for name, key, shown in each(show, lambda state: len(state["spec"]["seeds"]) > 1):
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
    for name, key, shown in each(show, lambda state: state["spec"]["limits"]):
        spec = spec_of(name, key)
        said = [curve for curve in spec["curves"] if curve["say"] and curve["log"]]
        for label, _ in [*presets_of(name, key), (None, None)]:
            shown.click(label) if label else shown.press("gain", "End")
            look = shown.look()
            for curve in said:
                what = curve["say"]["thing"]
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
    name, key = figures(has_slider)[0]
    shown = Shown(show(name), key)
    slider = next(c for c in spec_of(name, key)["controls"] if "options" not in c)
    shown.press(slider["label"], "Home")
    said = shown.look()["status"]
    # Only once it rests, or a screen reader would stammer; and with the setting, which
    # the eye sees in the controls.
    spoken = shown.shell.get_by_role("status")
    assert not spoken.text_content().endswith(said)
    shown.page.wait_for_function(
        "([box, said]) => box.textContent.endsWith(said)",
        arg=[spoken.element_handle(), said],
    )
    setting = f"{slider['label']} {slider['values'][0]:.3g}"
    assert setting.lower() in spoken.text_content().lower()
    picture = shown.shell.get_by_role("img")
    alt = page(name).figures[key]["spec"]["alt"]
    assert picture.get_attribute("aria-label") == f"{alt} {said}"
    value = shown.control(slider["label"]).get_attribute("aria-valuetext")
    assert value == f"{slider['values'][0]:.4g}", (
        "a slider speaks its value, not its position"
    )


def test_a_figure_tells_how_long_its_last_move_took(show):
    # What the benchmarks read. The bound is no promise of speed, only of a time in ms.
    for name, key, shown in each(show):
        control = spec_of(name, key)["controls"][0]
        shown.page.evaluate("key => { firstWeights.figures[key].tick = NaN }", key)
        if "options" in control:
            shown.choose(control["label"], len(control["options"]) - 1)
            shown.choose(control["label"], 0)
        else:
            shown.press(control["label"], "Home", "End")  # one of them moves it
        assert 0 < shown.look()["tick"] < 1000
