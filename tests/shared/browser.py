"""Headless Chromium, and what else looks at the book; and what to do without it."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, sync_playwright

from book.pdf import FLAGS, find_browser
from book.project import COURSE

# No other host can be reached, or even looked up.
ALONE = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
NEEDED = "FIRST_WEIGHTS_REQUIRE_BROWSER"
TOOLS = COURSE.root / "tests" / "page" / "node_modules"


def do_without(why: str) -> NoReturn:
    """Skip the tests that need what is missing, or let them fail if they must run."""
    if os.environ.get(NEEDED) == "1":
        pytest.fail(f"{why}, but {NEEDED}=1 asks for it", pytrace=False)
    pytest.skip(why)


def chromium_path() -> str:
    """Where Chromium is."""
    path = find_browser()
    if path is None:
        do_without("no Chromium is installed, so nothing looked at the book in it")
    return path


def firefox_path() -> str:
    """Where Firefox is."""
    path = shutil.which("firefox-esr") or shutil.which("firefox")
    if path is None:
        do_without("no Firefox is installed, so nothing looked at the book in it")
    return path


def node_path() -> str:
    """Where node is, which runs the tools."""
    path = shutil.which("node")
    if path is None:
        do_without("no node is installed, which runs what looks at the pages")
    return path


def tool(name: str) -> Path:
    """A file of the tools that look at pages: tests/page/package.json names them."""
    if not (TOOLS / name).is_file():
        do_without(
            f"no {name.split('/')[0]}, which npm ci --prefix tests/page installs"
        )
    return TOOLS / name


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Headless Chromium; without one the tests are skipped, or fail if it is needed."""
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS + ALONE)
        try:
            yield browser
        finally:
            browser.close()
