"""What the theme and its extensions write, mended so that everyone can use it.

Each mend answers a rule of axe-core that the page would otherwise break, or a thing
that the browser would load for nothing; tests/book/test_access.py looks at the result.
"""

import re
from typing import Any

from sphinx.application import Sphinx

MENDS = [
    # A button is called what is written on it, or those who speak to it are not heard.
    (r'(<button class="btn search-button-field[^>]*?) aria-label="[^"]*"', r"\1"),
    (r'<summary aria-label="Toggle hidden content">', "<summary>"),
    # The name of the book above the table of contents belongs to some landmark.
    (
        r'<div id="pst-primary-sidebar" ',
        r'\g<0>role="complementary" aria-label="Book" ',
    ),
    # A corner of a table that names neither its row nor its column is no heading.
    (r'<th class="head[^"]*">(?:<p></p>)?</th>', "<td></td>"),
    # ARIA 1.3 gives up this role; the list then had no items.
    (r'role="doc-biblioentry"', 'role="listitem"'),
    # As a style, the height would stay when a narrow screen takes from the width.
    (
        r'(<img [^>]*?)style="width: (\d+)px; height: (\d+)px;"',
        r'\1width="\2" height="\3"',
    ),
    # Said twice.
    (r'<meta name="viewport" content="width=device-width, initial-scale=1" ?/>', ""),
    # All of Font Awesome, for fourteen icons: book/icons.py has those that are used.
    (
        r"<!-- So that users can add custom icons -->\s*"
        r"<script [^>]*fontawesome\.js[^>]*></script>",
        "",
    ),
    # A style sheet that says nothing but where the next one is.
    (r'styles/theme\.css\?digest=\w+"', 'basic.css"'),
    # Who speaks keys aloud would hear them as the name of the button.
    (r'(<span class="search-button__kbd-shortcut)"', r'\1" aria-hidden="true"'),
]
PATTERNS = [(re.compile(pattern), mended) for pattern, mended in MENDS]

# Files of extensions, and what a page that needs them has in its body.
NEEDED_BY = {
    "togglebutton": r'class="[^"]*\b(toggle|dropdown|tag_hide)',
    "sphinx-design": r'class="[^"]*\bsd-',
    "design-tabs": r'class="[^"]*\bsd-tab',
    "copybutton": r'class="highlight',
    "clipboard": r'class="highlight',
    "mystnb": r'class="cell',
}


def mend(page: str) -> str:
    """A page of the theme as it ought to be.

    >>> mend('<summary aria-label="Toggle hidden content">Show</summary>')
    '<summary>Show</summary>'
    """
    for pattern, mended in PATTERNS:
        page = pattern.sub(mended, page)
    return page


def is_needed(file: Any, body: str) -> bool:
    """Whether a script or style sheet has anything to do on a page.

    >>> from types import SimpleNamespace as File
    >>> is_needed(File(filename="_static/togglebutton.js"), "<p>Words.</p>")
    False
    >>> is_needed(File(filename="_static/book.css"), "<p>Words.</p>")
    True
    """
    name = str(file.filename or "").rsplit("/", 1)[-1]
    return all(
        re.search(sign, body)
        for start, sign in NEEDED_BY.items()
        if name.startswith(start)
    )


def load_what_is_needed(
    app: Sphinx, pagename: str, template: str, context: dict, doctree: object
) -> None:
    """Leave out of a page the scripts and styles that have nothing to do there."""
    body = context.get("body", "")
    for kind in ("script_files", "css_files"):
        context[kind] = [f for f in context.get(kind, []) if is_needed(f, body)]


def mend_pages(app: Sphinx) -> None:
    """Mend each page as it is written."""
    templates = getattr(app.builder, "templates", None)
    if templates is not None:
        render = templates.render
        templates.render = lambda name, context: mend(render(name, context))


def setup(app: Sphinx) -> dict[str, bool]:
    """Stand between the theme and the file."""
    app.connect("builder-inited", mend_pages)
    # After all have added theirs, before the extension decides on their order.
    app.connect("html-page-context", load_what_is_needed, priority=940)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
