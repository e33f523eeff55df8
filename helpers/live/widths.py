"""One figure at two widths: for a window, and for a phone, with text of the same size.

A picture that is scaled down with its window takes its words along, until nobody can
read them. So each figure is laid out twice, and the page shows the one that fits.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.layout_engine import PlaceHolderLayoutEngine
from matplotlib.text import Annotation
from matplotlib.ticker import NullLocator

# The widths of a picture in CSS pixels, the largest first, at which its text is as
# large as helpers/plots.py says; the page shows each from there on.
PIXELS = {"wide": 634, "narrow": 300}
INSIDE = {"narrow"}  # where labels have no room beside their lines
INCH = 96  # CSS pixels
LOW = 1.9  # inches that a row of a narrow picture has at least
OUTSIDE: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
LINE = 13  # from one line of words to the next, in points
LETTERS = 34  # in a line above a narrow frame


def lay_out(
    figure: Figure,
    width: str,
    names: Mapping[Axes, Sequence[str]] | None = None,
    follow: tuple[Axes, ...] = (),
) -> None:
    """Give a figure one of the widths, with room for what is written into it later.

    Args:
        figure: The figure; it is changed, and its layout stays as it is then.
        width: A name in ``PIXELS``.
        names: The labels that each pair of axes will have at its right, or above it.
        follow: The axes whose decades will be written by others.
    """
    figure.set_figwidth(PIXELS[width] / INCH)
    if width == "narrow":
        stack(figure)
    hold = above if width in INSIDE else beside
    held = [hold(axes, labels) for axes, labels in (names or {}).items() if labels]
    for axes in follow:
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_yticks([axes.get_ylim()[0]], labels=["$10^{−100}$"])
    figure.draw_without_rendering()
    if width == "narrow" and move_legends(figure):
        figure.draw_without_rendering()
    figure.set_layout_engine(PlaceHolderLayoutEngine(True, False))  # it stays
    for text in held:
        text.remove()
    for axes in follow:
        right = axes.yaxis.label.get_window_extent().x1
        x, _ = axes.transAxes.inverted().transform((right, 0))
        axes.yaxis.set_label_coords(x, 0.5)
        axes.set_yticks([])


def move_legends(figure: Figure) -> bool:
    """Put legends that would cover their picture below it; tell whether there were any.

    Such a legend is wider than two thirds of its axes, or higher than a third.
    """
    moved: dict[str, Artist] = {}
    for axes in figure.axes:
        if not (legend := axes.get_legend()):
            continue
        words, room = legend.get_window_extent(), axes.get_window_extent()
        if words.width < room.width * 2 / 3 and words.height < room.height / 3:
            continue
        for text, handle in zip(legend.texts, legend.legend_handles, strict=True):
            if handle is not None:
                moved.setdefault(text.get_text(), handle)
        legend.remove()
    if moved:
        figure.legend([*moved.values()], [*moved], loc="outside lower left")
        figure.set_figheight(figure.get_figheight() + (len(moved) + 1) * LINE / 72)
    return bool(moved)


def beside(axes: Axes, labels: Sequence[str]) -> Annotation:
    """Words at the right of a pair of axes, which keep the room of the longest."""
    return axes.annotate(max(labels, key=len), (1, 0.5), (7, 0), **OUTSIDE)


def above(axes: Axes, labels: Sequence[str]) -> Annotation:
    """Words above a pair of axes, below its title, which keep the room of all."""
    lines = len(in_lines(labels))
    for side in ("left", "center", "right"):
        if title := axes.get_title(loc=side):
            axes.set_title(title, loc=side, pad=6 + LINE * lines)
    return axes.annotate("\n".join("x" * lines), (0, 1), (0, 4), **OUTSIDE)


def in_lines(labels: Sequence[str]) -> list[list[str]]:
    """Labels in as few lines as the narrow picture has room for.

    >>> in_lines(["signal z", "gradient dL/dz", "spread between inputs"])
    [['signal z', 'gradient dL/dz'], ['spread between inputs']]
    """
    lines: list[list[str]] = []
    for label in labels:
        if lines and sum(len(one) + 2 for one in lines[-1]) + len(label) <= LETTERS:
            lines[-1].append(label)
        else:
            lines.append([label])
    return lines


def stack(figure: Figure) -> None:
    """Put what stands side by side below each other; four and more, two in a row."""
    placed: list[tuple[Axes, SubplotSpec]] = []
    for axes in figure.axes:
        axes.xaxis.label.set_wrap(True)
        for side in ("left", "center", "right"):
            if title := axes.get_title(loc=side):
                axes.set_title(title, loc=side, wrap=True)
        if legend := axes.get_legend():
            legend.set_in_layout(False)  # until it is known whether there is room
        if spec := axes.get_subplotspec():  # a colour bar has none
            placed.append((axes, spec.get_topmost_subplotspec()))
    grids = {spec.get_gridspec() for _, spec in placed}
    if len(grids) != 1 or (grid := grids.pop()).ncols == 1:
        return
    shares = np.ravel(grid.get_height_ratios() or [1.0] * grid.nrows).astype(float)
    inches = figure.get_figheight() * shares / shares.sum()
    placed.sort(key=lambda one: (one[1].rowspan.start, one[1].colspan.start))
    columns = 1 if grid.ncols <= 3 else 2
    tall = [0.0] * math.ceil(len(placed) / columns)
    for i, (_, spec) in enumerate(placed):
        height = float(inches[list(spec.rowspan)].sum())
        tall[i // columns] = max(tall[i // columns], height, LOW)
    figure.set_figheight(sum(tall))
    new = figure.add_gridspec(len(tall), columns, height_ratios=tall)
    for i, (axes, _) in enumerate(placed):
        axes.set_subplotspec(new[i // columns, i % columns])
        if columns == 1:
            axes.tick_params(labelleft=True)
