"""What a notebook keeps of live figures, and a second reader of their tables.

The reader is written from the description in helpers/live, not from the code there.
"""

import base64
import json
import zlib

import numpy as np

from helpers.controls import nearest


def saved(*shown, extra=()):
    """The state of widgets as a notebook keeps it."""
    widgets = {}

    def keep(widget):
        if widget.model_id in widgets:
            return
        state = json.loads(json.dumps(widget.get_state(), default=str))
        name = state["_model_name"]
        widgets[widget.model_id] = {"model_name": name, "state": state}
        for child in getattr(widget, "children", ()):
            keep(child)

    for widget in (*shown, *extra):
        keep(widget)
    return widgets, [widget.model_id for widget in shown]


def numbers(stream):
    """The signed integers of a varint stream, one by one."""
    value = shift = 0
    for byte in stream:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            signed = value // 2 if value % 2 == 0 else -(value // 2) - 1
            yield signed
            value = shift = 0


def read(figure, choice):
    """Codes by curve: a function from positions (by name) to the row of codes."""
    spec = figure.view.spec
    stream = zlib.decompress(base64.b64decode(figure.view.tables[choice]))
    sliders = [c for c in spec["controls"] if "options" not in c]
    sliders.sort(key=lambda c: c["name"] == "depth")
    rows = {}
    at = 0
    for curve in spec["curves"]:
        kept, twice = stream[at], stream[at + 1]
        at += 2
        axes = [c for i, c in enumerate(sliders) if kept >> i & 1]
        shape = tuple(len(c["values"]) for c in axes) or (1,)
        ragged = curve["layered"] and axes and axes[-1]["name"] == "depth"
        depth = next(c for c in spec["controls"] if c["name"] == "depth")
        sizes = [
            depth["values"][i] if ragged else curve["points"] for i in range(shape[-1])
        ]
        slopes, codes = {}, {}
        for place in np.ndindex(shape):
            row = []
            for _ in range(sizes[place[-1]]):
                end = next(i for i in range(at, len(stream)) if stream[i] < 128) + 1
                row += numbers(stream[at:end])
                at = end
            row = np.array(row)
            if twice and place[-2] > 0:
                row = row + slopes[(*place[:-2], place[-2] - 1, place[-1])][1]
            surprise = row.copy()
            if place[-1] > 0:
                before = slopes[(*place[:-1], place[-1] - 1)][0]
                inner = before[:-1] if len(before) > 1 else np.zeros(1, dtype=int)
                more = len(row) - len(before)
                row = row + [
                    *np.pad(inner, (0, more), "edge")[: len(row) - 1],
                    before[-1],
                ]
            slopes[place] = row, surprise
            codes[place] = np.cumsum(row[::-1])[::-1]
        rows[curve["name"]] = (axes, codes, curve)
    assert at == len(stream)

    def look(setting):
        found = {}
        for name, (axes, codes, curve) in rows.items():
            place = tuple(
                nearest(figure.controls[c["name"]], setting[c["name"]], c["values"])
                for c in axes
            )
            row = codes[place or (0,)]
            found[name] = row[: setting["depth"]] if curve["layered"] else row
        return found

    return look
