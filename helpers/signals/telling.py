"""What the command prints and draws. No lesson needs this."""

import json
import math
import textwrap
from pathlib import Path
from typing import Any

from matplotlib import style
from matplotlib.figure import Figure

from helpers import plots
from helpers.signals.signal import Signal
from helpers.signals.verdict import changes
from helpers.signals.widths import Coordinates
from helpers.signals.wording import title
from helpers.words import say

LEGEND = 10  # lines with names in a picture
Draws = list[tuple[Signal, list[str]]]


def as_text(found: Draws | Coordinates) -> str:
    """The table of the first draw and what is said of it; of others the verdict."""
    if isinstance(found, Coordinates):
        return "\n".join([repr(found), "", *map(_wrapped, found.sentences())])
    (signal, notes), *others = found
    lines = [repr(signal.frame()), ""]
    lines += map(_wrapped, [*signal.sentences(), *notes])
    if others:
        lines += ["", say("other seeds:")]
        lines += [_wrapped(other.sentences()[0]) for other, _ in others]
    return "\n".join(lines)


def as_json(found: Draws | Coordinates) -> str:
    """The same for a program, numbers and words: an object, or a list of draws."""
    if isinstance(found, Coordinates):
        check = {
            "outcome": found.outcome,
            "sentences": found.sentences(),
            "widths": list(found.widths),
            "steps": found.steps,
            "layers": found.frame(),
        }
        return json.dumps(_finite(check), indent=1)
    draws = [
        {
            "outcome": signal.outcome,
            "kinds": [complaint.kind for complaint in signal.complaints()],
            "sentences": signal.sentences(),
            "notes": notes,
            "measured": signal.measured,
            "heard": signal.heard,
            "changes": {
                name: {"factor": change.factor, "of_limit": change.distance}
                for name, change in changes(signal).items()
            },
            "layers": signal.frame(),
        }
        for signal, notes in found
    ]
    return json.dumps(_finite(draws), indent=1)


def _finite(value: Any) -> Any:
    """JSON has no number for nan and infinity: words in their place."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    return list(map(_finite, value)) if isinstance(value, list) else value


def _wrapped(text: str) -> str:
    """Text in lines of a narrow terminal; names stay whole."""
    return textwrap.fill(
        text, 75, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def save_picture(found: Draws | Coordinates, file: str | Path) -> None:
    """A picture of the first draw, or of the coordinate check.

    The same networks give the same bytes.
    """
    with style.context(plots.STYLE):
        figure = Figure(figsize=(6.4, 3.6))
        if isinstance(found, Coordinates):
            _draw_moves(figure, found)
        else:
            _draw_signals(figure, found[0][0])
        undated = {"Date": None} if str(file).endswith(".svg") else None
        figure.savefig(file, metadata=undated)


def _draw_signals(figure: Figure, signal: Signal) -> None:
    """Both signals at every layer: root mean square forward, length going back."""
    ax = figure.subplots()
    forward, backward = signal.q.sqrt(), signal.grad_norm2.sqrt()
    plots.both_ways(ax, forward.tolist(), backward.tolist(), signal.names)
    kinds = dict.fromkeys(complaint.kind for complaint in signal.complaints())
    ax.set_title(title(list(kinds)))


def _draw_moves(figure: Figure, found: Coordinates) -> None:
    """How far the outputs of each layer move, by width."""
    ax = figure.subplots()
    for name, moves in zip(found.names, found.moved.tolist(), strict=True):
        ax.loglog(found.widths, moves, marker="o", label=name)
    ax.set(xlabel=say("width"), ylabel=say("move of the output"))
    ax.set_xticks(found.widths, [str(width) for width in found.widths])
    ax.minorticks_off()
    if len(found.names) <= LEGEND:
        ax.legend()
