"""A look ahead: what a link into the glossary and its like leads to, beside the link.

Each page carries the entries that its links name, in ``<template>`` elements, which a
browser neither shows nor searches; assets/page.js shows them on hover and on focus.
"""

import re
from itertools import takewhile
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from sphinx.application import Sphinx

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
    if place is not None and place.name == "span":  # an explicit target
        place = place.find_next_sibling(re.compile("^(?!span$)"))
    if place is not None and place.name == "section":
        place = place.find(re.compile("^h[2-6]$"), recursive=False)
    if place is None or not re.fullmatch("dt|h[2-6]", place.name):
        return []
    if place.name == "dt":
        return [place, place.find_next_sibling("dd")]
    return [place, *takewhile(lambda tag: tag.name == "p", place.find_next_siblings())]


def words(tags: list[Tag]) -> str:
    """An entry as HTML that nothing can be done with, as it lies over a page.

    >>> html = '<h2>A</h2><p id="b"><a href="#b">B</a>.</p>'
    >>> words(BeautifulSoup(html, "html.parser").find_all(["h2", "p"]))
    '<p class="preview-name">A</p><p>B.</p>'
    """
    text = ""
    for original in tags:
        [tag] = BeautifulSoup(str(original), "html.parser").contents
        for link in tag.select(".headerlink"):
            link.decompose()
        for link in tag.find_all("a"):
            link.unwrap()
        for part in [tag, *tag.find_all(id=True)]:
            part.attrs.pop("id", None)
        if tag.name == "dd":
            tag.name = "div"
        elif tag.name != "p":
            tag.name, tag["class"] = "p", "preview-name"
        text += str(tag)
    return text


def carry(app: Sphinx, failure: Exception | None) -> None:
    """Give each page of the site the entries that its links lead to."""
    if failure or app.builder.format != "html":
        return
    site = Path(app.outdir)
    sources = {path.stem: path for path in site.rglob("*.html") if path.stem in PAGES}
    read = {
        stem: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for stem, path in sources.items()
    }
    for path in site.rglob("*.html"):
        before = path.read_text(encoding="utf-8")
        page = CARRIED.sub("", before)
        found = {address: (stem, name) for address, stem, name in LINK.findall(page)}
        carried = ""
        for address, (stem, name) in found.items():
            if tags := entry(read[stem], name):
                carried += (
                    f'<template data-preview="{address}"><div>{words(tags)}</div>'
                    "</template>\n"
                )
        page = page.replace("</body>", f"{carried}</body>")
        if page != before:
            path.write_text(page, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Carry when all pages are written, before their styles are pruned."""
    app.connect("build-finished", carry, priority=550)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
