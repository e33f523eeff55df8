"""The saved state of widgets: what of it a page needs, and how that travels.

The table of the first menu choice of a page's first figure stays in the page, if it is
not heavy; the others go into files beside it, which are loaded when they are asked for.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

LINKS = {"LinkModel", "DirectionalLinkModel"}
HEAVY = 30_000  # letters of a table that hold up the page, which is to be read first
TABLES = "_live"  # the folder of the site with the tables that are loaded on demand

Widgets = dict[str, dict[str, Any]]  # the saved models of a page, by id


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
        state["svgs"], state["_css"] = [], ""
        first_of_kind = state["_anywidget_id"] not in fronts
        state["_esm"] = lean(state["_esm"]) if first_of_kind else ""
        fronts.add(state["_anywidget_id"])
        kept = first_choice(state, widgets) if id in first else None
        for choice, table in state["tables"].items():
            if choice != kept or len(table) > HEAVY:
                state["tables"][choice] = laid_out(table, folder, address)


def lean(script: str) -> str:
    """A script without the lines that are comments, and without indentation.

    >>> lean("// why\\nif (a) {\\n  b(); // now\\n}\\n")
    'if (a) {\\nb(); // now\\n}\\n'
    """
    return re.sub(r"^\s*(//.*\n)?", "", script, flags=re.M)


def laid_out(table: str, folder: Path, address: str) -> dict[str, str]:
    """A table as a file of the site, which pages load when they need it."""
    name = hashlib.sha256(table.encode()).hexdigest()[:16]
    folder.mkdir(exist_ok=True)
    Path(folder, f"{name}.js").write_text(
        f'((window.firstWeights ??= {{}}).tables ??= {{}})["{name}"] = "{table}";\n',
        encoding="utf-8",
    )
    return {"name": name, "src": f"{address}/{name}.js"}


def as_script(saved: dict[str, Any]) -> str:
    """What a page saves, as the content of a script element."""
    return json.dumps(saved, separators=(",", ":")).replace("</", "<\\/")


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
