"""Lighthouse's scores of some pages, and what decides how soon each page is seen.

Lighthouse's score for performance depends on the machine that runs it, so no test asks
for it: `node tests/page/lighthouse.mjs` says it. Without a Chromium, or without
Lighthouse (`npm ci` in tests/page), this is skipped, unless
FIRST_WEIGHTS_REQUIRE_BROWSER=1.
"""

import gzip
import json
import subprocess

import pytest

from book.project import COURSE
from tests.shared.browser import chromium_path, node_path, tool
from tests.shared.built import CONTENT, page, site
from tests.shared.host import server

HTML = COURSE.html
SCRIPT = COURSE.root / "tests" / "page" / "lighthouse.mjs"


@pytest.fixture(scope="module")
def scores():
    """By page and form, what Lighthouse says; of the heaviest page and of the first."""
    site()
    tool("lighthouse/package.json")
    heaviest = max(CONTENT, key=lambda name: (HTML / name).stat().st_size)
    with server() as base:
        urls = [base + name for name in (CONTENT[0], heaviest)]
        said = []
        for form in ("desktop", "mobile"):
            command = [node_path(), SCRIPT, chromium_path(), form, *urls]
            done = subprocess.run(command, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            said += map(json.loads, done.stdout.splitlines())
    assert len(said) == 4
    return said


def test_pages_are_accessible_well_behaved_and_can_be_found(scores):
    for said in scores:
        for category in ("accessibility", "best-practices", "seo"):
            assert said["scores"][category] == 100, said


def test_nothing_moves_while_a_page_is_loaded(scores):
    for said in scores:
        assert said["shift"] < 0.05, said


@pytest.mark.parametrize("name", CONTENT)
def test_little_has_to_come_before_a_page_is_seen(name):
    # A browser shows nothing until it has all the styles, and no script may block it.
    site()
    folder = (HTML / name).parent
    sheets = [
        folder / link["href"].partition("?")[0]
        for link in page(name).all("link")
        if link.get("rel") == "stylesheet"
    ]
    packed = sum(len(gzip.compress(sheet.read_bytes(), 6)) for sheet in sheets)
    # A slow phone's 1.6 Mbit/s brings 50 kB in a quarter of a second.
    assert sheets and packed <= 50_000
    for script in page(name).all("script"):
        assert (
            "src" not in script
            or {"defer", "async"} & script.keys()
            or ("preload" in script.get("rel", ""))
        ), script
