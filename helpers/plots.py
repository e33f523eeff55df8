"""One look for the whole book: axes in, axes out; nothing is computed here.

Conventions: layer on x, counted from 1; size on a log axis; forward is blue, backward
is orange; measurements are dots, theory is a line; a grey line marks "unchanged".
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from torch import Tensor

from helpers.words import translate_figures

# Whoever draws has asked for the look; what is drawn then is words for readers.
translate_figures()

Numbers = Sequence[float] | np.ndarray | Tensor

# Contrast with the paper is at least 3:1 for lines and 4.5:1 for text; the hues stay
# apart for colour-blind readers (after Okabe & Ito, 2008), and the lightness where hues
# do not. The book exchanges each one for a CSS variable of that name, so that figures
# follow the dark theme.
COLOURS = {
    "ink": "#222222",
    "muted": "#595959",
    "grid": "#d9d9d9",
    "paper": "#ffffff",
    "blue": "#0072b2",
    "orange": "#c84f00",
    "green": "#00805d",
    "purple": "#7d2670",
    "gold": "#524000",
}
FORWARD, BACKWARD = COLOURS["blue"], COLOURS["orange"]

# Of all words in a picture, in points: 13 pixels of the page's, at both of its widths.
TEXT = 9.75

STYLE = {
    "figure.figsize": (6.6, 3.2),
    "font.size": TEXT,
    "figure.dpi": 110,
    "figure.constrained_layout.use": True,
    "figure.facecolor": COLOURS["paper"],
    "savefig.facecolor": COLOURS["paper"],
    "axes.facecolor": COLOURS["paper"],
    "axes.edgecolor": COLOURS["ink"],
    "axes.labelcolor": COLOURS["ink"],
    "axes.titlesize": TEXT,
    "axes.labelsize": TEXT,
    "xtick.labelsize": TEXT,
    "ytick.labelsize": TEXT,
    "legend.fontsize": TEXT,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(
        color=[COLOURS[c] for c in ("blue", "orange", "green", "purple", "gold")]
    ),
    "grid.color": COLOURS["grid"],
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "text.color": COLOURS["ink"],
    "xtick.color": COLOURS["ink"],
    "ytick.color": COLOURS["ink"],
    # Text in an SVG stays text: it can be selected, searched and read out.
    "svg.fonttype": "none",
    "svg.hashsalt": "first weights",
}
# A line to compare with, behind all others.
GUIDE: dict[str, Any] = {
    "color": COLOURS["muted"],
    "lw": 0.8,
    "ls": (0, (5, 3)),
    "zorder": 0,
}


def unchanged(ax: Axes, value: float = 1.0) -> Line2D:
    """A grey line at the size that a signal has if nothing changes."""
    return ax.axhline(value, **GUIDE)


@dataclass(frozen=True)
class Look:
    """How one curve looks.

    Attributes:
        label: its words in the legend; None keeps it out.
        colour: a matplotlib colour; None takes the next of the cycle.
        mark: ``line`` (theory), ``dots`` (measured) or ``bars``.
        size: width of the line or of a dot in points, width of a bar in units of x.

    Raises:
        ValueError: another mark.
    """

    label: str | None = None
    colour: str | None = None
    mark: Literal["line", "dots", "bars"] = "line"
    size: float | None = None

    def __post_init__(self) -> None:
        if self.mark not in ("line", "dots", "bars"):
            raise ValueError(f"mark must be line, dots or bars, got {self.mark!r}")

    def draw(self, ax: Axes, x: Numbers, values: Numbers, gid: str | None) -> None:
        """Draw numbers at places x, under a name by which a live figure moves them."""
        ink: dict[str, Any] = {"color": self.colour, "label": self.label, "gid": gid}
        if self.mark == "bars":
            ax.bar(x, values, self.size or 0.9, **ink)
        elif self.mark == "dots":
            ax.plot(x, values, ls="none", marker="o", ms=self.size or 3.5, **ink)
        else:
            ax.plot(x, values, lw=self.size or 1.6, **ink)


def draw(
    ax: Axes,
    curves: Mapping[str, Numbers],
    looks: Mapping[str, Look] | None = None,
    *,
    x: Numbers | Mapping[str, Numbers] | None = None,
) -> Axes:
    """Draw curves, each under its name, so that a live figure can move it.

    Args:
        ax: where to draw; its scales are left as they are.
        curves: numbers by name.
        looks: the look of each name; None draws lines labelled with their names, in
            the colours of the cycle.
        x: where the numbers of all curves stand, or those of each name; None counts
            layers: 1, 2, ...

    Raises:
        KeyError: a curve that has no look or no places.
        ValueError: a curve with more or fewer numbers than places.
    """
    for name, values in curves.items():
        look = Look(name) if looks is None else looks[name]
        places = x[name] if isinstance(x, Mapping) else x
        if places is None:
            places = range(1, len(values) + 1)
        look.draw(ax, places, values, gid=name)
    return ax


def per_layer(
    ax: Axes,
    values: Numbers,
    label: str | None = None,
    *,
    colour: str | None = None,
    dots: bool = False,
    gid: str | None = None,
) -> Axes:
    """Draw one value per layer, shape (layers,), against layer 1, 2, ...

    Args:
        ax: where to draw; its scales are left as they are.
        values: the curve.
        label: for the legend.
        colour: a matplotlib colour; None takes the next of the cycle.
        dots: whether to mark each layer (measured) or draw a line (theory).
        gid: the name under which a live figure moves this curve.
    """
    look = Look(label, colour, "dots" if dots else "line")
    look.draw(ax, range(1, len(values) + 1), values, gid)
    return ax


FAN = {
    "forward": Look("signal z →", FORWARD, "dots"),
    "forward_theory": Look(None, FORWARD),
    "backward": Look("← gradient dL/dz", BACKWARD, "dots"),
    "backward_theory": Look(None, BACKWARD),
}
FAN_AXES = {"xlabel": "layer", "ylabel": "root mean square"}


def fan(
    ax: Axes, curves: Mapping[str, Numbers], layers: int, decades: int | None = None
) -> Axes:
    """Forward and backward sizes of a deep network in one picture.

    Args:
        ax: where to draw.
        curves: some of ``forward``, ``forward_theory``, ``backward`` and
            ``backward_theory``, each a root mean square per layer.
        layers: how far the x axis goes.
        decades: how far the y axis goes, up and down from 1; None for as far as the
            curves do.

    Raises:
        KeyError: a curve of another name.
    """
    ax.set(yscale="log", xlim=(0, layers + 1), **FAN_AXES)
    if decades is not None:
        ax.set_ylim(10.0**-decades, 10.0**decades)
    unchanged(ax)
    draw(ax, curves, FAN)
    ax.legend(loc="upper left", ncols=2)
    return ax


def histograms(
    ax: Axes,
    values: Mapping[int, Tensor],
    low: float,
    high: float,
    colour: str = FORWARD,
) -> Axes:
    """How numbers are spread at some layers, one histogram above the other.

    Args:
        ax: where to draw; its x axis is set from ``low`` to ``high``.
        values: by layer, numbers of any shape; the first one is drawn at the top.
        low: where the histograms begin; smaller numbers are counted there.
        high: where they end; larger numbers are counted there.
        colour: of all of them.

    Raises:
        ValueError: no layer, or ``low`` not below ``high``.
    """
    if not values:
        raise ValueError("values must hold at least one layer, got none")
    if not low < high:
        raise ValueError(f"low must be below high, got low={low} and high={high}")
    edges = np.linspace(low, high, 50)
    floors = range(len(values) - 1, -1, -1)
    for floor, numbers in zip(floors, values.values(), strict=True):
        inside = numbers.detach().flatten().clamp(low, high).numpy()
        counts = np.histogram(inside, edges)[0]
        top = floor + 0.9 * counts / max(counts.max(), 1)
        ax.stairs(top, edges, baseline=floor, fill=True, color=colour)
        ax.axhline(floor, color=COLOURS["muted"], lw=0.6)
    ax.set(xlim=(low, high), ylim=(-0.1, len(values)))
    ax.set_yticks(list(floors), [f"layer {layer}" for layer in values])
    ax.grid(False)
    return ax


BOTH_WAYS = {
    "forward": Look("signal z", FORWARD, "dots"),
    "backward": Look("gradient dL/dz", BACKWARD, "dots"),
}
BOTH_WAYS_AXES = {"xlabel": "layer", "ylabel": "size"}


def both_ways(
    ax: Axes, forward: Sequence[float], backward: Sequence[float], names: Sequence[str]
) -> Axes:
    """Both signals of any network at every layer, on a log axis as high as they need.

    Args:
        ax: where to draw.
        forward: size of the signal at each layer.
        backward: size of the gradient at each layer.
        names: of the layers; written under the axis if there are at most 30.

    A size of 0 is a triangle at the lower edge, one that is no number at the upper.
    """
    sizes = [v for v in (*forward, *backward) if 0 < v < math.inf]
    low = 10.0 ** math.floor(math.log10(min(sizes, default=1.0)) - 0.5)
    high = 10.0 ** math.ceil(math.log10(max(sizes, default=1.0)) + 0.5)
    layers = range(1, len(names) + 1)
    ax.set(yscale="log", xlim=(0, len(names) + 1), ylim=(low, high))
    ax.set(**BOTH_WAYS_AXES)
    unchanged(ax)
    for name, values in (("forward", forward), ("backward", backward)):
        look = BOTH_WAYS[name]
        shown = [v if 0 < v < math.inf else math.nan for v in values]
        look.draw(ax, layers, shown, gid=None)
        for marker, edge, lost in (
            ("v", low, [v == 0 for v in values]),
            ("^", high, [not v < math.inf for v in values]),
        ):
            x = [i for i, gone in enumerate(lost, 1) if gone]
            y = [edge] * len(x)
            ax.plot(x, y, ls="none", marker=marker, color=look.colour, clip_on=False)
    if len(names) <= 30:
        ax.set_xticks(layers, names, rotation=90, fontsize="x-small")
    ax.legend(loc="best")
    return ax
