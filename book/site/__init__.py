"""The Sphinx extension of this book: what Jupyter Book lacks or gets wrong here.

``HOOKS`` and ``PASSES`` are all that it does while a book is built, in the order in
which it happens, each with the reason for its place; a module has one idea.
"""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform

from book.site import (
    address,
    anchors,
    blocks,
    borrowed,
    captions,
    cards,
    citations,
    commands,
    figures,
    finish,
    folds,
    formulas,
    head,
    minutes,
    numbers,
    places,
    progress,
    search,
    shells,
    translatable,
)
from book.site.theme import icons, scripts
from helpers.words import say

BOOK = Path(__file__).parents[1]
LIVE = BOOK.parent / "helpers" / "live"
SHARED = ("palette.css", "picture.css")  # with JupyterLab's figures


def configure(app: Sphinx, config: Config) -> None:
    """Point Sphinx at the files of ``book/``, and the theme at our words."""
    config.html_static_path.append(str(BOOK / "assets"))
    config.html_favicon = str(BOOK / "assets" / "favicon.svg")
    # what book.css, a template, has to be filled with
    shared = [LIVE.joinpath(name).read_text(encoding="utf-8") for name in SHARED]
    config.html_context |= {"shared": "".join(shared).strip()}
    config.templates_path.append(str(BOOK / "templates"))
    config.html_secnumber_suffix = numbers.AFTER_NUMBER
    if config.html_theme == "sphinx_book_theme":  # a toy book has another
        config.html_theme_options["search_bar_text"] = say("Search this book...")


class Hook(NamedTuple):
    """What is done at an event of Sphinx, and why it stands where it stands."""

    event: str
    handler: Callable[..., Any]
    why: str


HOOKS = [
    Hook(
        "config-inited",
        address.configure,
        "the theme has been given its options, and asks for them later",
    ),
    Hook(
        "config-inited",
        shells.configure,
        "MyST-NB reads which scripts of Jupyter's widgets to load after this event",
    ),
    Hook("config-inited", configure, "Sphinx looks for these files after this event"),
    Hook(
        "config-inited",
        scripts.silence_thebe,
        "sphinx-thebe has been loaded, and begins after this event",
    ),
    Hook(
        "builder-inited",
        search.replace_sphinxs,
        "the builder is there, and has not yet made its index of words",
    ),
    Hook("doctree-read", anchors.name_places, "links are resolved after all are read"),
    Hook(
        "doctree-read", minutes.count, "what is folded is known, nothing is drawn yet"
    ),
    Hook(
        "env-get-updated",
        numbers.assign,
        "Sphinx has numbered what it would number, and found nothing",
    ),
    Hook("html-page-context", head.describe, "Sphinx has set the page's address"),
    Hook(
        "html-page-context",
        address.add_buttons,
        "the theme has made its own buttons; it lays them out in its template",
    ),
    Hook(
        "html-page-context",
        borrowed.lend,
        "MyST-NB has given chapters their widgets; the next hook reads both",
    ),
    Hook(
        "html-page-context",
        shells.publish,
        "the page has its widgets; the next hooks see the scripts that it adds",
    ),
    Hook(
        "html-page-context",
        progress.remember,
        "the next hooks see the script and the words that it adds",
    ),
    Hook(
        "html-page-context",
        scripts.leave_out,
        "every extension has added its files, and the page's body is complete",
    ),
    Hook(
        "html-page-context",
        scripts.defer,
        "only the files that the page will load are left",
    ),
    Hook(
        "html-collect-pages", address.not_found, "all pages and their titles are known"
    ),
    Hook("html-collect-pages", search.page, "it stands beside the pages of the book"),
    Hook("build-finished", finish.finish, "all pages are written"),
]
# Others connect at 500 or 501 and have gone before; Sphinx checks settings at 800.
AFTER_OTHERS = 600


class Pass(NamedTuple):
    """A transform of each document, read or written, and why it stands there."""

    transform: type[SphinxTransform]
    priority: int
    why: str


PASSES = [
    Pass(blocks.Enclose, 5, "Sphinx keeps at 10 what can be translated"),
    Pass(folds.Folds, 4, "what is written on a fold is made translatable at 5"),
    Pass(translatable.Reachable, 5, "likewise; answers and asides may have formulas"),
    Pass(captions.Captions, 6, "what translatable.py exchanges at 5 is in its place"),
    Pass(figures.InlineFigures, 3, "MyST-NB chooses among an output's forms at 4"),
    Pass(shells.Shells, 3, "likewise; an output is either a figure or a widget"),
    Pass(folds.Kinds, 200, "MyST-NB folds cells at 199"),
    Pass(minutes.UnderTitle, 850, "nothing counts the words of a page any more"),
    Pass(cards.Cards, 851, "links have their addresses, and pictures are drawn"),
    Pass(formulas.Unbroken, 900, "links and references have become text"),
]


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect all parts."""
    for handler in logging.getLogger("sphinx").handlers:
        handler.addFilter(partial(places.name_cell, srcdir=Path(app.srcdir)))
    for place, hook in enumerate(HOOKS):
        app.connect(hook.event, hook.handler, priority=AFTER_OTHERS + place)
    for transform, priority, _ in PASSES:
        transform.default_priority = priority
        if issubclass(transform, SphinxPostTransform):
            app.add_post_transform(transform)
        else:
            app.add_transform(transform)
    app.add_config_value("repairs_without_work", [], "", types=[list])
    app.add_directive("live", borrowed.Live)
    app.add_html_math_renderer("mathml", *formulas.RENDERER)
    app.add_lexer("shell", commands.Shell)
    citations.register()
    translatable.register()
    for node, visitors in blocks.NODES.items():
        app.add_node(node, html=visitors)
    app.add_node(
        folds.HideCodeCellNode,
        override=True,
        html=(folds.visit_fold, folds.depart_fold),
    )
    captions.register(app)
    # what translators have written completes the theme's own catalogue
    app.add_message_catalog("booktheme", str(Path(app.srcdir, "locales")))
    app.add_css_file(icons.SHEET)
    for sheet in ("text.css", "code.css", "book.css", "map.css"):
        app.add_css_file(sheet)
    app.add_css_file("print.css", media="print")
    app.add_js_file("page.js")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
