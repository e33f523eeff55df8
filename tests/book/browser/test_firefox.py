"""Firefox shows what Chromium shows: each page, and each figure wherever it is moved.

Without a Firefox, or without puppeteer (`npm ci` in tests/page), this is skipped,
unless FIRST_WEIGHTS_REQUIRE_BROWSER=1.
"""

import json
import re
import subprocess

import pytest

from tests.shared.browser import TOOLS, firefox_path, node_path, tool
from tests.shared.built import CONTENT, page, site
from tests.shared.figured import FIGURED, PHONE

FOLDER = TOOLS.parent
WALK = (FOLDER / "walk.js").read_text(encoding="utf-8")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def in_firefox(server: str, figures, window: dict) -> dict[str, dict]:
    """By page, what Firefox shows in a window, with a page's figures gone through."""
    site()
    tool("puppeteer-core/package.json")
    plan = [
        {"url": server + name, "figures": figures(name), **window} for name in CONTENT
    ]
    command = [node_path(), FOLDER / "firefox.mjs", firefox_path()]
    done = subprocess.run(
        command, input=json.dumps(plan), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    said = map(json.loads, done.stdout.splitlines())
    return {one["url"].removeprefix(server): one for one in said}


@pytest.fixture(scope="module")
def on_desk(server):
    window = {"width": 1280, "height": 720}
    return in_firefox(server, lambda name: list(page(name).figures), window)


@pytest.fixture(scope="module")
def on_phone(server):
    return in_firefox(server, lambda name: [], PHONE)


def in_chromium(show, name: str) -> dict[str, list]:
    """By figure of a page, what Chromium shows after each move."""
    opened = show(name)
    return {
        key: json.loads(opened.evaluate(f"key => ({WALK})(key)", key))
        for key in page(name).figures
    }


@pytest.mark.parametrize("name", CONTENT)
def test_firefox_has_nothing_to_complain_of(on_desk, on_phone, name):
    assert on_desk[name]["complaints"] == on_phone[name]["complaints"] == []


@pytest.mark.parametrize("name", CONTENT)
def test_firefox_asks_nobody_else_for_anything(on_desk, server, name):
    asked = on_desk[name]["requests"]
    assert asked[0] == server + name
    assert [url for url in asked if not url.startswith((server, "data:"))] == []


@pytest.mark.parametrize("name", CONTENT)
def test_firefox_has_our_fonts_and_no_page_is_wider_than_a_phone(on_phone, name):
    assert '"First Weights Serif"' in on_phone[name]["faces"]
    assert on_phone[name]["width"] <= PHONE["width"]


@pytest.mark.parametrize("name", CONTENT)
def test_a_root_sign_is_as_high_as_what_is_under_it_in_letters_of_any_size(
    on_desk, name
):
    seen = {"as it is": on_desk[name]["roots"], **on_desk[name]["scaled"]}
    assert len({len(roots) for roots in seen.values()}) == 1
    for size, roots in seen.items():
        for _, hangs, gap, em, radicand in roots:
            # whole pixels, a step of heights more; a sign that is too tall takes an em
            assert -0.1 <= hangs <= 0.35 * em, f"{radicand} at {size}"
            assert 0 < gap <= 0.4 * em, f"{radicand} at {size}"


@pytest.mark.parametrize("name", FIGURED)
def test_a_figure_is_the_same_in_both(show, on_desk, name):
    walks, others = on_desk[name]["walks"], in_chromium(show, name)
    assert walks.keys() == others.keys() == set(page(name).figures)
    for key, walk in walks.items():
        assert len(walk) >= 3, f"{key} was moved"
        for here, there in zip(walk, others[key], strict=True):
            where = f"{key}, {here['move']}"
            for part in ("move", "setting", "status"):
                assert here[part] == there[part], where
            # each has an exponential function of its own
            assert flat(here["numbers"]) == pytest.approx(
                flat(there["numbers"]), rel=1e-12, nan_ok=True
            ), where
            for path, other in zip(here["paths"], there["paths"], strict=True):
                assert NUMBER.sub("", path) == NUMBER.sub("", other), where
                assert places(path) == pytest.approx(places(other), abs=0.02), where


def flat(numbers: dict[str, list]) -> list[float]:
    """All numbers of a figure, also those that JSON has no word for."""
    words = {"Infinity": "inf", "-Infinity": "-inf"}
    return [
        float(words.get(number, number))
        for curve in numbers.values()
        for number in curve
    ]


def places(path: str) -> list[float]:
    """The numbers in a path."""
    return [float(number) for number in NUMBER.findall(path)]
