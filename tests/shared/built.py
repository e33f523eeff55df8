"""The built site as files: whether it is up to date, and what its pages hold."""

import json
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

from book.build import is_current
from book.project import COURSE
from helpers.live.contract import STATE

HTML = COURSE.html
CONTENT = COURSE.addresses()
LEADS_ON = {"index.html": CONTENT[0]}  # the page that only leads on to another one
VOID = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "track",
    "wbr",
}


@cache
def site() -> Path:
    """The folder of the site; the test fails if it does not show today's sources."""
    there = COURSE.first_page.exists()
    if not there or not is_current(COURSE):
        state = "stale" if there else "missing"
        why = f"the site is {state}: run python -m book build first"
        pytest.fail(why, pytrace=False)
    return HTML


def html_pages() -> list[str]:
    """Every page of the site, its address relative to the first one."""
    return sorted(path.relative_to(HTML).as_posix() for path in HTML.rglob("*.html"))


class Page(HTMLParser):
    """A page as its parts: every element in order, and the widgets it has saved."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {}
        self.inside: list[int] = []  # the open elements, as places in ``elements``
        self.parents: list[list[int]] = []
        self.feed((site() / name).read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parents.append(list(self.inside))
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.inside.append(len(self.elements) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parents.append(list(self.inside))
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        for depth in reversed(range(len(self.inside))):
            if self.elements[self.inside[depth]][0] == tag:
                del self.inside[depth:]
                return

    def handle_data(self, data: str) -> None:
        if self.inside:
            tag, attributes = self.elements[self.inside[-1]]
            kind = STATE if attributes.get("type") == STATE else tag
            self.texts.setdefault(kind, []).append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def ids(self) -> list[str]:
        """Every id, as often as it is used."""
        return [has["id"] for _, has in self.elements if "id" in has]

    @property
    def widgets(self) -> dict[str, dict]:
        """The saved widgets by id; none on a page without live figures."""
        saved = self.texts.get(STATE)
        return json.loads("".join(saved))["state"] if saved else {}

    @property
    def figures(self) -> dict[str, dict]:
        """The states of the live figures, by key."""
        states = [widget["state"] for widget in self.widgets.values()]
        return {state["spec"]["key"]: state for state in states if "spec" in state}


@cache
def page(name: str) -> Page:
    """A page of the site, read once."""
    return Page(name)


def notebook_of(name: str) -> Path:
    """The chapter whose live figures a page shows: itself, or where it borrows them."""
    lenders = {
        has["data-chapter"] for has in page(name).all("div") if "data-chapter" in has
    }
    return Path(*lenders) if lenders else Path(name).with_suffix(".ipynb")


def with_figures() -> list[str]:
    """The pages that have live figures, but for those with one on its own."""
    pages = [name for name in html_pages() if not name.startswith("figures/")]
    return [name for name in pages if page(name).figures]
