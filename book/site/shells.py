"""A live figure is published whole: its picture, its controls, and all it can show.

Each one becomes a shell in the page that holds matplotlib's picture until (or without)
JavaScript and the room that its controls will take; ``widgets.js`` then brings it to
life from the saved widget state.
"""

import json
import re
from collections.abc import Iterable
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from book.site.faults import CONTROLS, problems
from book.site.figures import containers, forms
from book.site.state import TABLES, Widgets, as_script, family, needed, slim
from helpers.live.contract import ANOTHER_DRAW, COPY_LINK, RESET, STATE, VIEW
from helpers.live.svg import furnished, shell, shells
from helpers.words import said, say, shown, translations

log = logging.getLogger(__name__)
BOOK = Path(__file__).parents[1]
LIVE_CSS = BOOK.parent / "helpers" / "live" / "live.css"
ASSETS = BOOK / "assets"
# those that say something
SCRIPTS = (
    ASSETS / "widgets.js",
    ASSETS / "own" / "own.js",
    ASSETS / "own" / "expression.js",
)


# What a page shows --------------------------------------------------------------------


class Shells(SphinxPostTransform):
    """Writes each widget output as a shell around its own picture."""

    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Replace the widget outputs of this page."""
        for output in map(forms, containers(self.document, "mime_bundle")):
            if VIEW not in output:
                continue
            [model] = re.findall(r'"model_id": ?"(\w+)"', output[VIEW].astext())
            picture = output["text/html"].astext() if "text/html" in output else ""
            html = shell(model, picture)
            output[VIEW].children = [nodes.raw("", html, format="html")]


# The page -----------------------------------------------------------------------------


def publish(
    app: Sphinx, pagename: str, template: str, context: dict, doctree: object
) -> None:
    """Give a page with widgets what they need, and no other page anything."""
    scripts = context.get("script_files", [])
    saved = [f for f in scripts if getattr(f, "attributes", {}).get("type") == STATE]
    shown = shells(context.get("body", ""))
    for script in saved:
        scripts.remove(script)
    if not shown:
        return
    widgets = json.loads(saved[0].attributes["body"])["state"] if saved else {}
    found = list(problems(widgets, shown))
    for problem in found:
        log.warning(problem, location=pagename, type="live", subtype="widget")
    if found:
        return

    widgets = {id: w for id, w in widgets.items() if id in needed(widgets, shown)}
    body = context["body"]
    for root in shown:
        body = furnished(body, root, above(root, widgets), below(root, widgets))
    folder = Path(app.outdir, TABLES)
    address = context["pathto"](TABLES, resource=True)
    slim(widgets, folder, address, family(shown[0], widgets))
    state = as_script({"words": words_of(widgets), "state": widgets})
    context["body"] = f'{body}<script type="{STATE}">{state}</script>'
    app.add_css_file("live.css")
    app.add_css_file("widgets.css")
    app.add_js_file("widgets.js", loading_method="async", fetchpriority="high")


def words_of(widgets: Widgets) -> dict[str, str]:
    """What replaces the scripts' sentences, taken out of each figure: once a page."""
    words = translations(m for path in SCRIPTS for m in said(path))
    for widget in widgets.values():
        words |= widget["state"].get("spec", {}).pop("words", {})
    return words


def above(root: str, widgets: Widgets) -> str:
    """The room of the presets, which break into lines like them."""
    labels = [label for spec in specs(root, widgets) for label, _ in spec["presets"]]
    return ghost("live-bar", buttons(labels)) if labels else ""


def below(root: str, widgets: Widgets) -> str:
    """The room of the controls, of the sentence, and of what one can do."""
    members = [widgets[member]["model_name"] for member in family(root, widgets)]
    count = sum(kind in CONTROLS for kind in members)
    labels, room = [], ""
    for spec in specs(root, widgets):
        room = spec["room"]
        labels += [ANOTHER_DRAW] * (len(spec["seeds"]) > 1) + [RESET, COPY_LINK]
    without = say("The sliders of this figure need JavaScript.")
    return (
        ghost(
            "live-controls",
            '<div class="live-row"></div>' * count
            + f'<p class="live-actions">{buttons(map(shown, labels))}</p>',
        )
        + ghost("live-below", f'<p class="{room}"></p>')
        + f"<noscript><p>{escape(without)}</p></noscript>"
    )


def specs(root: str, widgets: Widgets) -> list[dict]:
    """What the figures of a widget tell their scripts."""
    states = [widgets[member]["state"] for member in family(root, widgets)]
    return [state["spec"] for state in states if "spec" in state]


def ghost(kind: str, content: str) -> str:
    """Room for a part of a figure that is yet to come to life."""
    return f'<div class="{kind} live-ghost" aria-hidden="true">{content}</div>'


def buttons(labels: Iterable[str]) -> str:
    """As much room as buttons with these labels take."""
    return "".join(
        f'<span class="live-button">{escape(label)}</span>' for label in labels
    )


def configure(app: Sphinx, config: Config) -> None:
    """Serve the style of live figures; leave Jupyter's own widget scripts out."""
    config.html_static_path.append(str(LIVE_CSS))
    config.nb_ipywidgets_js = {}
