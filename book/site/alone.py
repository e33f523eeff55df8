"""Each live figure as a page of its own, for slides and the pages of a course system.

``figures/fan.html`` is the figure ``fan`` and nothing else, with its setting in the
address: ``<iframe src=".../figures/fan.html?fan.gain=3">``. It asks for one script and
its tables; all else is in the page, and little of that.
"""

import json
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from bs4 import BeautifulSoup, Tag
from sphinx.util import logging

from book.site.state import TABLES, Widgets, as_script, family, laid_out, needed
from book.site.theme import Site
from helpers.live.contract import STATE
from helpers.words import say

log = logging.getLogger(__name__)
FOLDER = "figures"
BOOK = Path(__file__).parents[1]
LIVE = BOOK.parent / "helpers" / "live"
SHEETS = (
    LIVE / "palette.css",
    LIVE / "picture.css",
    LIVE / "live.css",
    BOOK / "assets" / "widgets.css",
    BOOK / "templates" / "alone.css",
)
PAGE = Template(BOOK.joinpath("templates", "alone.html").read_text(encoding="utf-8"))
SAVED = re.compile(rf'<script type="{re.escape(STATE)}">(.*?)</script>', re.S)
LANGUAGE = re.compile(r'<html[^>]*? lang="([\w-]+)"')


def write(site: Site) -> list[str]:
    """Write a page for each live figure of the book; one that is borrowed has one."""
    found: dict[str, str] = {}
    for address, page in list(site.pages.items()):
        saved = SAVED.search(page)
        if not saved or "data-chapter=" in page:
            continue
        for key, made in figures(address, page, json.loads(saved[1]), site.folder):
            if key in found:
                log.warning(
                    "the key %r names a live figure of %s and one of %s; each has a "
                    "page of its own, so rename one",
                    key,
                    found[key],
                    address,
                )
            found[key] = address
            site.pages[f"{FOLDER}/{key}.html"] = made
    return []  # a book without live figures lacks nothing


def figures(
    address: str, page: str, saved: dict[str, Any], folder: Path
) -> Iterator[tuple[str, str]]:
    """The key of each live figure of a page, and the page that it gets."""
    language = LANGUAGE.search(page)
    widgets: Widgets = saved["state"]
    scripts = [widget["state"].get("_esm") for widget in widgets.values()]
    for shell in BeautifulSoup(page, "html.parser").select(".live-shell"):
        root = str(shell["data-model"])
        ids = needed(widgets, [root])
        own: Widgets = json.loads(json.dumps({id: widgets[id] for id in ids}))
        states = [own[member]["state"] for member in family(root, own)]
        [figure] = [state for state in states if "spec" in state]
        figure["_esm"] = next(filter(None, scripts), "")
        for choice, table in figure["tables"].items():
            if isinstance(table, str):
                table = laid_out(table, folder / TABLES, f"../{TABLES}")
            name = table["name"]
            figure["tables"][choice] = {"name": name, "src": f"../{TABLES}/{name}.js"}
        key = figure["spec"]["key"]
        card = shell.find_parent("figure")
        shown = card if isinstance(card, Tag) else shell
        place = f"#{shown['id']}" if shown.get("id") else ""
        yield (
            key,
            PAGE.substitute(
                language=language[1] if language else "en",
                title=escape(title(shown, key)),
                styles="".join(map(lean, SHEETS)),
                figure=without_links(shown),
                chapter=f"../{address}{place}",
                course=escape(say("From the course First Weights")),
                type=STATE,
                state=as_script({"words": saved["words"], "state": own}),
            ),
        )


def lean(sheet: Path) -> str:
    """A style sheet without comments and without room between its words."""
    css = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.S)
    return re.sub(r"\s+", " ", css)


def title(shown: Tag, key: str) -> str:
    """What a figure is called: its number, else its key."""
    number = shown.select_one(".fw-number")
    name = number.get_text(" ", strip=True).rstrip(".") if number else key
    return f"{name} · First Weights"


def without_links(shown: Tag) -> str:
    """A figure whose caption leads nowhere: its addresses are those of another page."""
    for link in shown.select("figcaption a"):
        link.unwrap()
    return str(shown)
