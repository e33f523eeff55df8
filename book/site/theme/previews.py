"""A look ahead: what a link into the glossary and its like leads to, beside the link.

Each page carries the entries that its links name, in ``<template>`` elements, which a
browser neither shows nor searches; assets/page.js shows them on hover and on focus.
"""

import re
from collections.abc import Iterable
from itertools import takewhile
from pathlib import PurePosixPath

from bs4 import BeautifulSoup, Tag

from book.site.theme import Site

# Pages of short entries, where readers look something up and go back.
PAGES = ("glossary", "myths", "references")
LINK = re.compile(
    rf'<a class="reference internal" href="((?:[\w/]*/)?({"|".join(PAGES)})\.html'
    r'#([\w-]+))"'
)
CARRIED = re.compile(r"<template data-preview=.*?</template>\n", re.S)


def entry(page: BeautifulSoup, name: str) -> list[Tag]:
    """What stands at a place of a page: a name, and what is said of it up to a list.

    Empty if there is no such place, or it has no name.
    """
    place = page.find(id=name)
    if isinstance(place, Tag) and place.name == "span":  # an explicit target
        place = place.find_next_sibling(re.compile("^(?!span$)"))
    if isinstance(place, Tag) and place.name == "section":
        place = place.find(re.compile("^h[2-6]$"), recursive=False)
    if not isinstance(place, Tag) or not re.fullmatch("dt|h[2-6]", place.name):
        return []
    if place.name == "dt":
        said: Iterable[object] = [place.find_next_sibling("dd")]
    else:
        said = takewhile(is_paragraph, place.find_next_siblings())
    return [place, *(tag for tag in said if isinstance(tag, Tag))]


def is_paragraph(element: object) -> bool:
    """Whether this is a paragraph."""
    return isinstance(element, Tag) and element.name == "p"


def words(tags: list[Tag]) -> str:
    """An entry as HTML that nothing can be done with, as it lies over a page.

    >>> html = '<h2>A</h2><p id="b"><a href="#b">B</a>.</p>'
    >>> words(BeautifulSoup(html, "html.parser").find_all(["h2", "p"]))
    '<p class="preview-name">A</p><p>B.</p>'
    """
    text = ""
    for original in tags:
        copy = BeautifulSoup(str(original), "html.parser")
        [tag] = copy.find_all(True, recursive=False)
        for link in copy.select(".headerlink"):
            link.decompose()
        for link in copy.find_all("a"):
            link.unwrap()
        for part in copy.find_all(id=True):
            del part["id"]
        if tag.name == "dd":
            tag.name = "div"
        elif tag.name != "p":
            tag.name, tag["class"] = "p", "preview-name"
        text += str(tag)
    return text


def carry(site: Site) -> list[str]:
    """Give each page of the site the entries that its links lead to."""
    read = {
        stem: BeautifulSoup(page, "html.parser")
        for address, page in site.pages.items()
        if (stem := PurePosixPath(address).stem) in PAGES
    }
    some = False
    for name, before in site.pages.items():
        page, carried = CARRIED.sub("", before), ""
        for address, (stem, place) in links(page).items():
            if tags := entry(read[stem], place):
                carried += (
                    f'<template data-preview="{address}"><div>{words(tags)}</div>'
                    "</template>\n"
                )
        some |= bool(carried)
        site.pages[name] = page.replace("</body>", f"{carried}</body>")
    return [] if some else ["previews"]


def links(page: str) -> dict[str, tuple[str, str]]:
    """By its address, the page and the place that each link to an entry leads to."""
    return {address: (stem, place) for address, stem, place in LINK.findall(page)}
