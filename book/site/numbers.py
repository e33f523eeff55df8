"""A chapter has the number of its file: 5 for 05_xavier, 5.2 for its second section.

Sphinx numbers what a table of contents lists, from 1. The text of this book says
"chapter 0", and its files do. So the numbers are put where Sphinx keeps its own, from
where titles, the sidebar, the contents of a page and links to the next page have them.
"""

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

AFTER_NUMBER = " "  # where Sphinx would write ". "


def number(docname: str) -> int | None:
    """The number of a chapter, or nothing if a page is none.

    >>> number("chapters/05_xavier"), number("chapters/glossary")
    (5, None)
    """
    found = re.match(r"(?:.*/)?(\d\d)_[^/]+$", docname)
    return int(found[1]) if found else None


def assign(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Number all chapters and their sections."""
    for docname, contents in env.tocs.items():
        chapter = number(docname)
        if chapter is None:
            continue
        numbers: dict[str, tuple[int, ...]] = {}
        for title, sections in entries(contents):
            write(title, (chapter,), numbers)
            for place, (section, below) in enumerate(sections, start=1):
                write(section, (chapter, place), numbers)
                leave_out(below, numbers)
        env.toc_secnumbers[docname] = numbers
        env.titles[docname]["secnumber"] = (chapter,)
    return []  # no page is to be written that would not be anyway


Entry = tuple[nodes.reference, list["Entry"]]


def entries(contents: nodes.Element) -> list[Entry]:
    """The headings in the contents of a page, each with those below it."""
    if not isinstance(contents, nodes.bullet_list):
        return []
    found: list[Entry] = []
    for item in contents.findall(nodes.list_item):
        link = next(iter(item.findall(nodes.reference)), None)
        if item.parent is contents and link is not None:
            lists = [one for one in item if isinstance(one, nodes.bullet_list)]
            found.append((link, [one for below in lists for one in entries(below)]))
    return found


def write(
    link: nodes.reference,
    numbers: tuple[int, ...],
    known: dict[str, tuple[int, ...]],
) -> None:
    """Give a heading its number: in the contents, and where it stands."""
    link["secnumber"] = numbers
    known[link["anchorname"]] = numbers


def leave_out(below: list[Entry], known: dict[str, tuple[int, ...]]) -> None:
    """Say of headings that they have no number, or Sphinx gives them the chapter's."""
    for heading, more in below:
        known[heading["anchorname"]] = ()
        leave_out(more, known)


def parts(env: BuildEnvironment, root: str) -> list[tuple[str, list[str]]]:
    """The parts of the book and their pages; what stands before them has no name."""
    found = [("", [root])]
    for tree in env.tocs[root].findall(addnodes.toctree):
        found.append((tree.get("caption") or "", [page for _, page in tree["entries"]]))
    return found


def called(env: BuildEnvironment, docname: str) -> str:
    """The title of a page with its number.

    It is the words of a link in places where Sphinx has no number to offer.
    """
    title, chapter = env.titles[docname].astext(), number(docname)
    if chapter is None:
        return title
    return f"{chapter}{AFTER_NUMBER}{title}"
