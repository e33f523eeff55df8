"""The Sphinx extension of this book: all that Jupyter Book lacks or gets wrong here."""

import logging
import re
from functools import partial
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

HERE = Path(__file__).parent
PARTS = (
    "access",
    "address",
    "anchors",
    "blocks",
    "borrowed",
    "citations",
    "figures",
    "formulas",
    "head",
    "icons",
    "language",
    "lean",
    "previews",
    "translatable",
    "widgets",
)


def name_cell(record: logging.LogRecord, srcdir: Path) -> bool:
    """Say "cell 3, line 5" where MyST-NB counts the line as 30006; let all pass."""
    place = getattr(record, "location", None)
    if isinstance(place, str):
        record.location = readable(place, srcdir)
    return True


def readable(place: str, srcdir: Path) -> str:
    """A place in the words of an author: the file in the checkout, the cell, the line.

    >>> readable("/b/chapters/01_x.ipynb:30006", Path("/b"))
    'chapters/01_x.ipynb: cell 3, line 5'
    """
    place = place.removeprefix(f"{srcdir}").lstrip("/\\").rstrip(":")
    if found := re.fullmatch(r"(.+\.ipynb):(\d{5,})", place):
        cell, line = divmod(int(found[2]), 10_000)
        # MyST-NB counts the lines of a cell from 1, and docutils adds one more
        return f"{found[1]}: cell {cell}, line {max(line - 1, 1)}"
    return place


def configure(app: Sphinx, config: Config) -> None:
    """Point Sphinx at the files beside this module."""
    config.html_static_path.append(str(HERE / "assets"))
    config.html_favicon = str(HERE / "assets" / "favicon.svg")
    config.templates_path.append(str(HERE / "templates"))


def silence_thebe(app: Sphinx) -> None:
    """Take out sphinx-thebe, which Jupyter Book always loads.

    It is for running code on a server, asks for nothing here, and yet declares the same
    constant twice on every page, which is an error.
    """
    for listeners in app.events.listeners.values():
        for listener in list(listeners):
            if listener.handler.__module__ == "sphinx_thebe":
                app.disconnect(listener.id)
    app.registry.css_files = [
        sheet for sheet in app.registry.css_files if "thebe" not in sheet[0]
    ]


def defer_scripts(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: object,
) -> None:
    """Let the page be read before its scripts are; they keep their order.

    Words of script in the page itself come before its styles: after them, the browser
    would not read on until all the styles have come.
    """
    context["first_words"] = context["first_scripts"] = []
    if pagename == "search":
        return  # its own scripts expect these to be there
    words = [s.attributes["body"] for s in context["script_files"] if not s.filename]
    # settings for a search while typing, which is off; they cannot wait for the object
    # that they set
    words = [w for w in words if not w.startswith("DOCUMENTATION_OPTIONS.")]
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


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the parts of the extension."""
    for handler in logging.getLogger("sphinx").handlers:
        handler.addFilter(partial(name_cell, srcdir=Path(app.srcdir)))
    for part in PARTS:
        app.setup_extension(f"book.{part}")
    silence_thebe(app)
    app.connect("config-inited", configure)
    app.add_css_file("book.css")
    app.add_js_file("page.js")
    # After every other extension has added its scripts to the page.
    app.connect("html-page-context", defer_scripts, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
