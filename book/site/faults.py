"""What would not work in a published page, and above all dead controls.

Whatever is found is a warning, so that no such page is ever published.
"""

from collections.abc import Iterator
from typing import Any

from book.site.state import LINKS, Widgets, family, target
from helpers.live.contract import FOR_BOOK

CONTROLS = {
    "IntSliderModel",
    "FloatSliderModel",
    "FloatLogSliderModel",
    "DropdownModel",
}
DRAWN = CONTROLS | {"VBoxModel", "HBoxModel", "AnyModel"}  # what widgets.js can draw


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
