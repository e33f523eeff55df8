"""One figure at two widths: for a window, and for a phone, with text of the same size.

A picture that is scaled down with its window takes its words along, until nobody can
read them. So each figure is laid out twice, and the page shows the one that fits.
"""

import math
from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

# The widths of a picture in CSS pixels, the largest first, at which its text is as
# large as helpers/plots.py says; the page shows each from there on.
PIXELS = {"wide": 634, "narrow": 300}
INSIDE = {"narrow"}  # where labels have no room beside their lines
INCH = 96  # CSS pixels


def lay_out(
    figure: Figure,
    width: str,
    names: Mapping[Axes, str] | None = None,
    follow: tuple[Axes, ...] = (),
) -> None:
    """Give a figure one of the widths, with room for what is written into it later.

    Args:
        figure: The figure; it is changed, and its layout stays as it is then.
        width: A name in ``PIXELS``.
        names: The longest label that each pair of axes will have at its right.
        follow: The axes whose decades will be written by others.
    """
    figure.set_figwidth(PIXELS[width] / INCH)
    if width == "narrow":
        stack(figure)
    held = [] if width in INSIDE else [beside(*one) for one in (names or {}).items()]
    for axes in follow:
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_yticks([axes.get_ylim()[0]], labels=["$10^{−100}$"])
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for text in held:
        text.remove()
    for axes in follow:
        right = axes.yaxis.label.get_window_extent().x1
        x, _ = axes.transAxes.inverted().transform((right, 0))
        axes.yaxis.set_label_coords(x, 0.5)
        axes.set_yticks([])


def beside(axes: Axes, label: str) -> Any:
    """Words at the right of a pair of axes, which keep their room."""
    place = {"xycoords": "axes fraction", "textcoords": "offset points"}
    return axes.annotate(label, (1, 0.5), (7, 0), **place)


def stack(figure: Figure) -> None:
    """Put what stands side by side below each other; four and more, two in a row."""
    placed = [ax for ax in figure.axes if ax.get_subplotspec()]
    for axes in placed:
        axes.title.set_wrap(True)
        if legend := axes.get_legend():
            legend.set_ncols(1)
    grids = {ax.get_subplotspec().get_topmost_subplotspec().get_gridspec() for ax in placed}
    if len(grids) != 1 or (grid := grids.pop()).ncols == 1:
        return
    shares = grid.get_height_ratios() or [1] * grid.nrows
    inches = [figure.get_figheight() * share / sum(shares) for share in shares]
    placed.sort(key=lambda ax: (rows_of(ax)[0], ax.get_subplotspec().colspan.start))
    columns = 1 if grid.ncols <= 3 else 2
    count = math.ceil(len(placed) / columns)
    tall = [0.0] * count
    for i, axes in enumerate(placed):
        height = sum(inches[row] for row in rows_of(axes))
        tall[i // columns] = max(tall[i // columns], height, 1.9)
    figure.set_figheight(sum(tall))
    new = figure.add_gridspec(count, columns, height_ratios=tall)
    for i, axes in enumerate(placed):
        axes.set_subplotspec(new[i // columns, i % columns])
        if columns == 1:
            axes.tick_params(labelleft=True)


def rows_of(axes: Axes) -> range:
    """The rows of its grid that a pair of axes takes."""
    return axes.get_subplotspec().rowspan
