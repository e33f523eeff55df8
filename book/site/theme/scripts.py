"""Which scripts and styles a page loads, and when: none that has nothing to do there,
and none that keeps a page from being seen.
"""

import re
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from book.site.theme import Site, report

# Files of extensions, and what a page that needs them has in its body.
NEEDED_BY = {
    "togglebutton": r'class="[^"]*\b(toggle|dropdown)\b',
    "sphinx-design": r'class="[^"]*\bsd-',
    "design-tabs": r'class="[^"]*\bsd-tab',
    "copybutton": r'class="highlight',
    "clipboard": r'class="highlight',
    "mystnb": r'class="cell',
    # marks what Sphinx's own search has found; that search is nowhere (site/search.py)
    "sphinx_highlight": r"(?!)",
}
# What templates/layout.html changes in the theme's words, and a sign that it has.
LAYOUT = {
    "scripts before styles": "dataset.mode ||=",
    "late preload": 'as="script" fetchpriority="low"',
}
SEARCH_SETTINGS = "DOCUMENTATION_OPTIONS."


def silence_thebe(app: Sphinx, config: Config) -> None:
    """Take out sphinx-thebe, which Jupyter Book always loads.

    It is for running code on a server, asks for nothing here, and yet declares the same
    constant twice on every page, which is an error.
    """
    heard = [
        listener
        for listeners in app.events.listeners.values()
        for listener in listeners
        if listener.handler.__module__ == "sphinx_thebe"
    ]
    for listener in heard:
        app.disconnect(listener.id)
    sheets = app.registry.css_files
    app.registry.css_files = [sheet for sheet in sheets if "thebe" not in sheet[0]]
    if not heard:
        report(config, ["sphinx-thebe"])


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


def leave_out(
    app: Sphinx,
    pagename: str,
    template: str,
    context: dict[str, Any],
    doctree: object,
) -> None:
    """Leave out of a page the scripts and styles that have nothing to do there."""
    body = context.get("body", "")
    for kind in ("script_files", "css_files"):
        context[kind] = [f for f in context.get(kind, []) if is_needed(f, body)]


def defer(
    app: Sphinx,
    pagename: str,
    template: str,
    context: dict[str, Any],
    doctree: object,
) -> None:
    """Let the page be read before its scripts are; they keep their order.

    Words of script in the page itself come before its styles: after them, the browser
    would not read on until all the styles have come.
    """
    words = [s.attributes["body"] for s in context["script_files"] if not s.filename]
    # settings for a search while typing, which is off; they cannot wait for the object
    # that they set
    words = [w for w in words if not w.startswith(SEARCH_SETTINGS)]
    context["first_words"] = list(dict.fromkeys(words))
    files = [script for script in context["script_files"] if script.filename]
    context["first_scripts"] = [f for f in files if "fetchpriority" in f.attributes]
    context["script_files"] = [
        deferred(file) for file in files if "fetchpriority" not in file.attributes
    ]


def deferred(script: Any) -> Any:
    """A copy of a script, which Sphinx shares among pages, that waits for its page."""
    if "async" in script.attributes:
        return script
    attributes = script.attributes | {"defer": "defer"}
    return type(script)(script.filename, priority=script.priority, **attributes)


def without_work(site: Site) -> list[str]:
    """The names of files that are not there, of signs that no page has."""
    there = [path.name for path in site.static.rglob("*") if path.is_file()]
    idle = [
        f"where it is needed: {start}"
        for start in NEEDED_BY
        if not any(name.startswith(start) for name in there)
    ]
    for name, sign in LAYOUT.items():
        if not any(sign in page for page in site.pages.values()):
            idle.append(name)
    # the theme's script would read these settings
    scripts = site.static.glob("scripts/*.js")
    if not any("search_as_you_type" in one.read_text("utf-8") for one in scripts):
        idle.append("settings of a search while typing")
    return idle
