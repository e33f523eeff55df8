"""What is drawn for codes: paths, ticks, labels, arrows; live.js draws the same.

Conventions: lengths are units of the SVG, y runs downwards; what is returned is SVG, to
the last byte what ``live.js`` writes for the same codes.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

import numpy as np

from helpers.live.codes import Trace
from helpers.live.contract import NOT_A_NUMBER, Box, Layout, Place, Scale
from helpers.live.widths import LINE, in_lines
from helpers.plots import COLOURS, TEXT
from helpers.words import say

Codes = Mapping[str, Sequence[int]]
FAR = 100_000  # as far as a line runs beyond its frame
LEAST = 4  # decades that a fitted scale shows
MARGIN = 0.15  # of a decade, between a curve and the end of a fitted scale
HALO = "paint-order: stroke; stroke: var(--fw-paper, #ffffff); stroke-width: 4"


# Scales -------------------------------------------------------------------------------


def fitted(scale: Scale, curves: Iterable[np.ndarray]) -> Scale:
    """A scale that follows, in whole decades about all that it shows.

    Args:
        scale: Any scale; one that does not follow stays as it is.
        curves: The numbers that are drawn on it.
    """
    if not scale.follows:
        return scale
    seen = list(scale.levels)
    for values in curves:
        ordinary = values[np.isfinite(values) & (values > 0)]
        if ordinary.size:
            ends = np.log10([ordinary.min(), ordinary.max()])
            seen += (np.round(ends / scale.quantum) * scale.quantum).tolist()
    if not seen:
        return scale
    low, high = math.floor(min(seen) - MARGIN), math.ceil(max(seen) + MARGIN)
    if high - low < LEAST:
        low -= (LEAST - (high - low)) // 2
        high = low + LEAST
    return replace(scale, low=low, high=high)


def decades(low: float, high: float, room: float) -> list[int]:
    """The decades that are named on an axis of a height."""
    most = max(2, math.floor(room / (2 * LINE)))
    step, more = 1, [2, 2.5, 2]  # 1, 2, 5, 10, 20, ...
    while (high - low) / step > most:
        step = int(step * more[0])
        more = [*more[1:], more[0]]
    return list(range(math.ceil(low / step) * step, math.floor(high) + 1, step))


def height(value: float, box: Box, scale: Scale) -> float:
    """Where a number of a scale lies (its decade, if that is logarithmic)."""
    unit = (box.top - box.bottom) / (scale.high - scale.low)
    y = box.bottom + (value - scale.low) * unit
    return min(max(y, box.top - FAR), box.bottom + FAR)


def length(units: float) -> str:
    """A length in an SVG, to a hundredth, written as JavaScript writes a number."""
    return str(math.floor(units * 100 + 0.5) / 100).removesuffix(".0")


# Curves -------------------------------------------------------------------------------


def paths(
    trace: Trace, codes: Sequence[int], place: Place, box: Box, scale: Scale
) -> list[str]:
    """The ``d`` of each of a curve's paths; what lies beyond the frame is cut off."""
    if trace.mark == "cells":
        return _cells(trace, codes, place, scale)
    d, pen = "", False
    floor = length(height(scale.low if scale.log else 0, box, scale))
    for i, code in enumerate(codes):
        if code == NOT_A_NUMBER:
            pen = False
            continue
        x = place.x + i * place.step
        y = length(height(code * trace.quantum, box, scale))
        if trace.mark == "bars":
            d += rectangle(length(x), floor, y, length(x + place.width))
        elif pen and trace.mark == "line":
            d += f"L{length(x)} {y}"
        else:
            d += f"M{length(x)} {y}h0"  # h0: a dot, by the round cap
        pen = True
    return [d]


def _cells(trace: Trace, codes: Sequence[int], place: Place, scale: Scale) -> list[str]:
    found = [""] * len(trace.styles)
    last = len(trace.styles) - 4
    rows = len(codes) // trace.columns
    x = [length(place.x + i * place.step) for i in range(trace.columns + 1)]
    y = [length(place.y + i * place.row) for i in range(rows + 1)]
    # Whole codes, so that the ends of the scale are not outside of it.
    low, high = round(scale.low / trace.quantum), round(scale.high / trace.quantum)
    for i, code in enumerate(codes):
        row, column = divmod(i, trace.columns)
        if code == NOT_A_NUMBER:
            shade = last + 3
        elif code > high:
            shade = last + 2
        elif code < low:
            shade = last + 1
        else:
            share = (code - low) / (high - low)
            shade = min(math.floor(share * (last + 1)), last)
        found[shade] += rectangle(x[column], y[row], y[row + 1], x[column + 1])
    return found


def rectangle(left: str, foot: str, top: str, right: str) -> str:
    """A bar or a cell as part of a path."""
    return f"M{left} {foot}V{top}H{right}V{foot}Z"


# Words --------------------------------------------------------------------------------


def ticks(box: Box, scale: Scale) -> str:
    """The lines and names of the decades of a logarithmic axis."""
    grid = f"fill: none; stroke: {colour('grid')}; stroke-width: 0.6"
    svg = ""
    for decade in decades(scale.low, scale.high, box.bottom - box.top):
        y = height(decade, box, scale)
        svg += f'<path d="M{length(box.left)} {length(y)}H{length(box.right)}"'
        svg += f' style="{grid}"></path>'
        power = str(decade).replace("-", "−")
        raised = f'<tspan dy="-4" style="font-size: 7.5px">{power}</tspan>'
        name = f"10{raised}" if decade else "1"
        svg += words(name, box.left - 5, y + 3.5, "end", colour("ink"))
    return svg


def labels(traces: Sequence[Trace], codes: Codes, scale: Scale, layout: Layout) -> str:
    """The names of the curves of a frame: each at the end of its line, or above all."""
    named: dict[str, Trace] = {}
    for trace in traces:
        if trace.label:
            named.setdefault(trace.label, trace)
    if layout.inside:
        return above(named, layout.boxes[traces[0].frame])
    ends = []
    for label, trace in named.items():
        points = [i for i, c in enumerate(codes[trace.name]) if c != NOT_A_NUMBER]
        if not points:
            continue
        box, place = layout.boxes[trace.frame], layout.places[trace.name]
        x = place.x + points[-1] * place.step + place.width
        y = height(codes[trace.name][points[-1]] * trace.quantum, box, scale)
        ends.append((min(max(y, box.top), box.bottom), min(x, box.right), label, trace))
    svg, lowest = "", -math.inf
    ends.sort(key=lambda end: end[0])
    for i, (y, x, label, trace) in enumerate(ends):
        lowest = max(y, lowest + LINE)
        y = min(lowest, box.bottom - (len(ends) - 1 - i) * LINE)
        svg += words(escape(label), x + 7, y + 3.5, "start", trace.colour, HALO)
    return svg


def above(named: Mapping[str, Trace], box: Box) -> str:
    """The names of curves in their colours, in lines above the frame."""
    lines = in_lines(list(named))
    svg = ""
    for i, line in enumerate(lines):
        spans = "".join(
            f'<tspan dx="{10 if k else 0}" style="fill: {named[label].colour}">'
            f"{escape(label)}</tspan>"
            for k, label in enumerate(line)
        )
        y = box.top - 6 - (len(lines) - 1 - i) * LINE
        svg += words(spans, box.left, y, "start", colour("ink"))
    return svg


@dataclass(frozen=True)
class Beyond:
    """A curve that leaves its frame: where, and how far it goes."""

    x: float
    value: float
    place: str


def leaves(
    trace: Trace, codes: Sequence[int], place: Place, scale: Scale, above: bool
) -> Beyond | None:
    """Where a curve leaves its frame on one side, and how far; None if it does not."""
    sign = 1 if above else -1
    edge = (scale.high if above else scale.low) / trace.quantum
    out = [c != NOT_A_NUMBER and (c - edge) * sign > 0.5 for c in codes]
    if not any(out):
        return None
    inside = [i for i in range(len(codes)) if not out[i] and codes[i] != NOT_A_NUMBER]
    hits = [i for i in range(len(codes)) if out[i]]
    furthest = max(codes[i] * sign for i in hits)
    ends = [i for i in hits if codes[i] * sign == furthest]
    far = ends[-1] if inside and inside[0] < ends[0] else ends[0]
    before = [i for i in inside if i < far]
    after = [i for i in inside if i > far]
    at = float(far)
    if trace.mark == "line" and (before or after):
        # between the last point in the frame and the first one beyond it
        i, step = (before[-1], 1) if before else (after[0], -1)
        share = (edge - codes[i]) / (codes[i + step] - codes[i]) if out[i + step] else 0
        at = i + step * share
    elif before or after:
        at = float(before[-1] + 1 if before else after[0] - 1)
    name = f"{trace.axis} {number(trace.first + far * trace.step)}"
    x = place.x + at * place.step + place.width / 2
    return Beyond(x, trace.number(codes[far]), name)


def beyond(traces: Sequence[Trace], codes: Codes, scale: Scale, layout: Layout) -> str:
    """Arrows where curves leave the frame, each with how far its curve goes."""
    svg = ""
    for above in (False, True):
        seen: list[str] = []
        for trace in traces:
            box, place = layout.boxes[trace.frame], layout.places[trace.name]
            found = leaves(trace, codes[trace.name], place, scale, above)
            if not found or trace.colour in seen:  # theory and measurement: once
                continue
            tip = box.top if above else box.bottom
            inwards = 7 if above else -7
            d = f"M{length(found.x - 4)} {length(tip + inwards)}h8"
            d += f"L{length(found.x)} {length(tip)}Z"
            look = f"fill: {trace.colour}; stroke: none"
            svg += f'<path d="{d}" style="{look}"></path>'
            seen.append(trace.colour)
            if not trace.axis:  # a colour bar has no room for words
                continue
            y = (
                tip
                + (10 if above else -2)
                + len(seen[1:]) * LINE * (1 if above else -1)
            )
            value = in_words(found.value)
            text = say("{value} at {place}", value=value, place=found.place)
            right = found.x > (box.left + box.right) / 2
            x, anchor = (found.x - 7, "end") if right else (found.x + 7, "start")
            svg += words(escape(text), x, y, anchor, trace.colour, HALO)
    return svg


def words(text: str, x: float, y: float, anchor: str, ink: str, more: str = "") -> str:
    """Some words of a picture, as SVG."""
    style = f"font-size: {TEXT:g}px; text-anchor: {anchor}; fill: {ink}"
    style += f"; {more}" if more else ""
    return f'<text x="{length(x)}" y="{length(y)}" style="{style}">{text}</text>'


def colour(name: str) -> str:
    """A colour of the book, which follows the theme."""
    return f"var(--fw-{name}, {COLOURS[name]})"


def number(value: float) -> str:
    """A number to three digits, as JavaScript writes it."""
    return f"{float(f'{value:.3g}'):g}"


def in_words(value: float) -> str:
    """A number to two digits, as a reader would write it."""
    if value == 0:
        return say("exactly 0")
    if math.isnan(value):
        return say("not a number")
    if math.isinf(value):
        return say("infinite") if value > 0 else say("minus infinite")
    if 0.01 <= abs(value) < 1000:
        return f"{float(f'{value:.2g}'):g}".replace("-", "−")
    digits, power = f"{value:.1e}".replace("-", "−", 1 if value < 0 else 0).split("e")
    raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{digits} × 10{raised}"


# A whole picture ----------------------------------------------------------------------


def parts(
    traces: Sequence[Trace], codes: Codes, scales: Sequence[Scale], layout: Layout
) -> dict[tuple[int, str], str]:
    """What is written anew in each frame of a picture, by frame and part."""
    found = {}
    for frame, scale in enumerate(scales):
        here = [t for t in traces if t.frame == frame and t.mark != "cells"]
        if not here:
            continue
        if scale.follows:
            found[frame, "ticks"] = ticks(layout.boxes[frame], scale)
        found[frame, "labels"] = labels(here, codes, scale, layout)
        found[frame, "beyond"] = beyond(here, codes, scale, layout)
    return found


def as_codes(traces: Mapping[str, Trace], curves: Mapping[str, np.ndarray]) -> Codes:
    """The codes of curves, each as a list."""
    return {
        name: trace.encode(curves[name]).ravel().tolist()
        for name, trace in traces.items()
    }
