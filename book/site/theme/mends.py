"""What the theme and its extensions write, mended so that everyone can use it.

Most mends answer a rule of axe-core that the page would otherwise break, the others
what the browser would load for nothing.
"""

import re
from collections import Counter
from html import escape
from typing import NamedTuple

from book.site.theme import Site
from helpers.words import say


class Mend(NamedTuple):
    """Words of HTML that are written otherwise on every page."""

    name: str
    pattern: str
    mended: str


MENDS = [
    # A button is called what is written on it, or those who speak to it are not heard.
    Mend(
        "name of the search button",
        r'(<button class="btn search-button-field[^>]*?) aria-label="[^"]*"',
        r"\1",
    ),
    # The name of the book above the table of contents belongs to some landmark.
    Mend(
        "landmark of the sidebar",
        '<div id="pst-primary-sidebar" (?!role=)',
        rf'\g<0>role="complementary" aria-label="{escape(say("Book"))}" ',
    ),
    # A corner of a table that names neither its row nor its column is no heading.
    Mend(
        "empty heading of a table",
        r'<th class="head[^"]*">(?:<p></p>)?</th>',
        "<td></td>",
    ),
    # ARIA 1.3 gives up this role; the list then had no items.
    Mend(
        "role of a reference",
        'role="doc-biblioentry"',
        'role="listitem"',
    ),
    # As a style, the height would stay when a narrow screen takes from the width.
    Mend(
        "size of an image",
        r'(<img [^>]*?)style="width: (\d+)px; height: (\d+)px;"',
        r'\1width="\2" height="\3"',
    ),
    # Said twice.
    Mend(
        "second viewport",
        '<meta name="viewport" content="width=device-width, initial-scale=1" ?/>',
        "",
    ),
    # All of Font Awesome, for fourteen icons: icons.py has those that are used.
    Mend(
        "script of all icons",
        r"<!-- So that users can add custom icons -->\s*"
        r"<script [^>]*fontawesome\.js[^>]*></script>",
        "",
    ),
    # A style sheet that says nothing but where the next one is.
    Mend(
        "style sheet of a style sheet",
        r'styles/theme\.css\?digest=\w+"',
        'basic.css"',
    ),
    # Who speaks keys aloud would hear them as the name of the button.
    Mend(
        "keys of the search button",
        '<span class="search-button__kbd-shortcut"(?! aria-hidden)',
        r'\g<0> aria-hidden="true"',
    ),
    # code.css leaves plain names and signs in the colour of all code.
    Mend(
        "marks of plain words of code",
        r'<span class="(?:n|nn|nf|nc|nb|bp|o|p|w)">([^<]*)</span>',
        r"\1",
    ),
]


def mend(page: str) -> tuple[str, Counter[str]]:
    """A page of the theme as it ought to be, and how often each mend was needed.

    >>> mend('<div role="doc-biblioentry">Glorot</div>')
    ('<div role="listitem">Glorot</div>', Counter({'role of a reference': 1}))
    """
    done: Counter[str] = Counter()
    for name, pattern, mended in MENDS:
        page, times = re.subn(pattern, mended, page)
        if times:
            done[name] = times
    return page, done


def mend_pages(site: Site) -> list[str]:
    """Mend all pages; return the names of the mends that no page needed."""
    done: Counter[str] = Counter()
    for address, page in site.pages.items():
        site.pages[address], times = mend(page)
        done += times
    return [name for name, *_ in MENDS if not done[name]]
