"""A live figure is published whole: its picture, its controls, and all it can show.

Each one becomes a shell in the page that holds matplotlib's picture until (or without)
JavaScript and the room that its controls will take; ``widgets.js`` then brings it to
life from the saved widget state. The table of the first menu choice stays in the page,
the others go into files beside it. A control that would move nothing is a warning.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from helpers.live.contract import ANOTHER_DRAW, COPY_LINK, FOR_BOOK, STATE, VIEW
from helpers.live.svg import furnished, shell, shells

log = logging.getLogger(__name__)
CONTROLS = {
    "IntSliderModel",
    "FloatSliderModel",
    "FloatLogSliderModel",
    "DropdownModel",
}
DRAWN = CONTROLS | {"VBoxModel", "HBoxModel", "AnyModel"}  # what widgets.js can draw
LINKS = {"LinkModel", "DirectionalLinkModel"}
LIVE_CSS = Path(__file__).parents[1] / "helpers" / "live" / "live.css"
TABLES = "_live"  # the folder of the site with the tables that are loaded on demand

Widgets = dict[str, dict[str, Any]]  # the saved models of a page, by id


# What a page shows --------------------------------------------------------------------


class Shells(SphinxPostTransform):
    """Writes each widget output as a shell around its own picture."""

    default_priority = 3  # just before MyST-NB chooses among the forms of an output
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Replace the widget outputs of this page."""
        for output in self.document.findall(is_output):
            forms = {form["mime_type"]: form for form in output.children}
            if VIEW not in forms:
                continue
            found = re.search(r'"model_id": ?"(\w+)"', forms[VIEW].astext())
            picture = forms["text/html"].astext() if "text/html" in forms else ""
            html = shell(found[1], picture)
            forms[VIEW].children = [nodes.raw("", html, format="html")]


def is_output(node: nodes.Node) -> bool:
    """Whether this is one output of a code cell, in all its forms."""
    return isinstance(node, nodes.container) and node.get("nb_element") == "mime_bundle"


# What is wrong with it ----------------------------------------------------------------


def target(reference: str) -> str:
    """The model that a saved reference points to."""
    return reference.removeprefix("IPY_MODEL_")


def family(root: str, widgets: Widgets) -> list[str]:
    """A widget and all that it contains, itself first."""
    members = [root]
    for member in members:
        children = widgets[member]["state"].get("children", [])
        members += [c for c in map(target, children) if c not in members]
    return members


def heard(widgets: Widgets) -> set[str]:
    """The controls that a figure listens to, at first hand or through links."""
    ears = {
        target(reference)
        for widget in widgets.values()
        for reference in widget["state"].get("controls", {}).values()
    }
    pairs = [
        (target(widget["state"]["source"][0]), target(widget["state"]["target"][0]))
        for widget in widgets.values()
        if widget["model_name"] in LINKS
    ]
    for _ in pairs:
        ears |= {source for source, end in pairs if end in ears}
    return ears


def problems(widgets: Widgets, shown: list[str]) -> Iterator[str]:
    """What would not work in the published page, in words.

    Args:
        widgets: the saved models of the page.
        shown: the ids of the widgets that the page displays.
    """
    ears = heard(widgets)
    keys: list[str] = []
    for root in shown:
        if root not in widgets:
            yield (
                f"the state of widget {root} was not saved with the notebook, so the "
                "page cannot draw it; execute the notebook again"
            )
            continue
        for member in family(root, widgets):
            kind, state = widgets[member]["model_name"], widgets[member]["state"]
            name = state.get("description") or member
            if kind not in DRAWN:
                yield f"{kind} {name!r} cannot be drawn in the published page"
            elif kind in CONTROLS and member not in ears:
                yield f"dead control: no figure listens to {kind} {name!r}"
            elif kind == "AnyModel" and "spec" not in state:
                yield f"{state.get('_anywidget_id')} is no live figure of this course"
            elif kind == "AnyModel":
                keys.append(state["spec"]["key"])
                yield from quiet(state)
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield f"the key {key!r} names more than one live figure of this page"


def quiet(state: dict[str, Any]) -> Iterator[str]:
    """The controls of one figure that change none of its curves."""
    key = state["spec"]["key"]
    if not state["tables"]:
        yield (
            f"live figure {key!r} has no tables: the notebook was executed without "
            f"{FOR_BOOK}=1"
        )
    for name in state["spec"].get("still", []):
        yield f"dead control: {name!r} of live figure {key!r} changes no curve"


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
        body = furnished(body, root, rows(root, widgets), rest(root, widgets))
    folder = Path(app.outdir, TABLES)
    address = context["pathto"](TABLES, resource=True)
    slim(widgets, folder, address, family(shown[0], widgets))
    state = json.dumps({"state": widgets}, separators=(",", ":")).replace("</", "<\\/")
    context["body"] = f'{body}<script type="{STATE}">{state}</script>'
    app.add_css_file("live.css")
    app.add_css_file("widgets.css")
    app.add_js_file("widgets.js", loading_method="async", fetchpriority="high")


def needed(widgets: Widgets, shown: list[str]) -> set[str]:
    """The models that the page draws, the controls they hear, and the links."""
    ids = {member for root in shown for member in family(root, widgets)}
    for member in list(ids):
        controls = widgets[member]["state"].get("controls", {})
        ids |= {target(reference) for reference in controls.values()}
    links = {id for id, w in widgets.items() if w["model_name"] in LINKS}
    for link in links:
        state = widgets[link]["state"]
        if {target(state["source"][0]), target(state["target"][0])} <= ids:
            ids.add(link)
    return ids


def rows(root: str, widgets: Widgets) -> str:
    """The room that the controls will take: as many rows, each as high."""
    members = [widgets[member]["model_name"] for member in family(root, widgets)]
    row = '<div class="live-row"></div>'
    count = sum(kind in CONTROLS for kind in members)
    return f'<div class="live-ghost" aria-hidden="true">{row * count}</div>'


def rest(root: str, widgets: Widgets) -> str:
    """The room of the buttons and the sentence, which break into lines like them."""
    labels, room = [], ""
    for member in family(root, widgets):
        spec = widgets[member]["state"].get("spec")
        if spec:
            room = spec["room"]
            labels += [label for label, _ in spec["presets"]]
            labels += [ANOTHER_DRAW] * (len(spec["seeds"]) > 1) + [COPY_LINK]
    buttons = "".join(
        f'<span class="live-button">{escape(label)}</span>' for label in labels
    )
    return (
        '<div class="live-ghost" aria-hidden="true">'
        f'<div class="live-bar">{buttons}</div><p class="{room}"></p></div>'
        "<noscript><p>The sliders of this figure need JavaScript.</p></noscript>"
    )


def slim(widgets: Widgets, folder: Path, address: str, first: list[str]) -> None:
    """Take out of the state what the page has already, or may never need.

    Args:
        widgets: the models of the page; changed in place.
        folder: where tables are written, one file for all that are equal.
        address: that folder, as seen from the page.
        first: the models of the first figure, whose table comes with the page.
    """
    fronts: set[str] = set()
    for id, widget in widgets.items():
        state = widget["state"]
        for trait in [name for name in state if name.startswith("_view_")]:
            del state[trait]
        if widget["model_name"] != "AnyModel":
            continue
        state["svg"] = state["_css"] = ""
        if state["_anywidget_id"] in fronts:
            state["_esm"] = ""
        fronts.add(state["_anywidget_id"])
        kept = first_choice(state, widgets) if id in first else None
        for choice, table in state["tables"].items():
            if choice != kept:
                name = hashlib.sha256(table.encode()).hexdigest()[:16]
                folder.mkdir(exist_ok=True)
                Path(folder, f"{name}.js").write_text(
                    "((window.firstWeights ??= {}).tables ??= {})"
                    f'["{name}"] = "{table}";\n',
                    encoding="utf-8",
                )
                src = f"{address}/{name}.js"
                state["tables"][choice] = {"name": name, "src": src}


def first_choice(state: dict[str, Any], widgets: Widgets) -> str:
    """The key of the table that the figure shows when the page opens."""
    spec = state["spec"]
    menus = [control["name"] for control in spec["controls"] if "options" in control]
    places = [
        widgets[target(state["controls"][name])]["state"]["index"] for name in menus
    ]
    if len(spec["seeds"]) > 1:
        places.append(spec["seeds"].index(state["seed"]))
    return "-".join(map(str, places))


def configure(app: Sphinx, config: Config) -> None:
    """Serve the style of live figures; leave Jupyter's own widget scripts out."""
    config.html_static_path.append(str(LIVE_CSS))
    config.nb_ipywidgets_js = {}


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the shells and the scripts."""
    app.add_post_transform(Shells)
    app.connect("config-inited", configure)
    # After MyST-NB has put the widget state among the scripts of the page.
    app.connect("html-page-context", publish, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
