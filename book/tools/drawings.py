"""The drawings at the heads of chapters: one mechanism each, in the book's colours.

``python -m book.tools.drawings`` draws them anew. Blue is the signal on its way
forward, orange the gradient on its way back. What a drawing shows is said in the
chapter, as the description of the image.
"""

from collections.abc import Callable

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Polygon

from book.project import COURSE
from helpers import plots
from helpers.live.svg import saved

FOLDER = COURSE.root / "chapters" / "drawings"
INK, MUTED, PAPER = (plots.COLOURS[name] for name in ("ink", "muted", "paper"))
BLUE, ORANGE, GREEN = plots.FORWARD, plots.BACKWARD, plots.COLOURS["green"]


# What drawings are made of ------------------------------------------------------------


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """A sheet without axes; x and y count its inches, from the lower left."""
    figure = plt.figure(figsize=(width, height))
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(0, height))
    ax.axis("off")
    return figure, ax


def dot(ax: Axes, x: float, y: float, colour: str = MUTED, radius: float = 0.1) -> None:
    """A unit."""
    ax.add_patch(Circle((x, y), radius, facecolor=PAPER, edgecolor=colour, lw=1.6))


def arrow(
    ax: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    colour: str,
    width: float = 1.6,
) -> None:
    """An arrow between two places."""
    ax.add_patch(
        FancyArrowPatch(
            start,
            end,
            color=colour,
            lw=width,
            arrowstyle="-|>",
            mutation_scale=9,
            shrinkA=0,
            shrinkB=0,
        )
    )


def wire(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str = MUTED
) -> None:
    """A weight: a thin line from one unit to another."""
    ax.plot(*zip(start, end, strict=True), color=colour, lw=0.8, zorder=0)


def write(
    ax: Axes, x: float, y: float, words: str, colour: str = INK, size: float = 10
) -> None:
    """Words, in the middle of a place."""
    ax.text(x, y, words, color=colour, fontsize=size, ha="center", va="center")


# What is left of the differences between inputs, layer by layer.
SHARES = (1.0, 0.42, 0.18, 0.07, 0.03)


# The drawings -------------------------------------------------------------------------


def two_signals() -> Figure:
    """Chapter 0: a stack of layers, the signal above it, the gradient below it."""
    figure, ax = canvas(6.4, 2.5)
    columns, rows = (
        [0.9 + 1.0 * i for i in range(5)],
        [0.75 + 0.34 * k for k in range(4)],
    )
    for left, right in zip(columns, columns[1:], strict=False):
        for y in rows:
            for z in rows:
                wire(ax, (left + 0.1, y), (right - 0.1, z))
    for i, x in enumerate(columns):
        for y in rows:
            dot(ax, x, y)
        write(ax, x, 0.42, f"layer {i}" if i else "input", MUTED, 9)
    write(ax, 5.75, 1.26, "loss", INK, 11)
    arrow(ax, (columns[0], 2.08), (5.5, 2.08), BLUE, 2.2)
    write(ax, 3.0, 2.29, "forward: the signal", BLUE)
    arrow(ax, (5.5, 0.2), (columns[0], 0.2), ORANGE, 2.2)
    ax.text(5.6, 0.2, "back: the gradient", color=ORANGE, fontsize=10, va="center")
    ax.set_xlim(0, 7.0)
    figure.set_size_inches(7.0, 2.5)
    return figure


def three_diseases() -> Figure:
    """Chapter 0: what three sick networks make of three inputs, layer by layer."""
    figure, ax = canvas(7.0, 2.3)
    spread = (0.5, 0.05, -0.5)
    # Where the three inputs are, above or below 0, at the layers 0 to 4.
    shrinking = [tuple(place * share for place in spread) for share in SHARES]
    paths: dict[str, list[tuple[float, ...]]] = {
        "information lost": [
            tuple(0.45 * min(1, layer / 2) + place * share for place in spread)
            for layer, share in enumerate(SHARES)
        ],
        "scale lost": shrinking,
        "chaos": [
            (0.1, 0.05, 0.0),
            (0.2, 0.02, -0.2),
            (-0.3, 0.45, 0.15),
            (0.5, -0.4, -0.15),
            (-0.1, 0.4, -0.5),
        ],
    }
    under_the_glass = {"information lost": (0, 0, 0), "scale lost": (0.16, 0.02, -0.16)}
    for panel, (name, path) in enumerate(paths.items()):
        left = 0.45 + 2.3 * panel
        write(ax, left + 0.8, 2.1, name, INK, 11)
        ax.plot([left - 0.1, left + 1.4], [1.1, 1.1], color=MUTED, lw=0.8, ls="--")
        xs = [left + 0.325 * layer for layer in range(5)]
        for k, colour in enumerate((BLUE, GREEN, ORANGE)):
            ys = [1.1 + places[k] for places in path]
            ax.plot(xs, ys, color=colour, lw=1.6, marker="o", ms=4)
        write(ax, left, 0.3, "input", MUTED, 9)
        write(ax, xs[-1], 0.3, "layer 4", MUTED, 9)
        if name in under_the_glass:
            x, y = left + 1.75, 1.1 + path[-1][1]
            ax.add_patch(Circle((x, y), 0.26, facecolor=PAPER, edgecolor=INK, lw=1.2))
            wire(ax, (xs[-1], y + 0.04), (x - 0.1, y + 0.24), INK)
            wire(ax, (xs[-1], y - 0.04), (x - 0.1, y - 0.24), INK)
            for place, colour in zip(
                under_the_glass[name], (BLUE, GREEN, ORANGE), strict=True
            ):
                ax.plot([x], [y + place], color=colour, marker="o", ms=5)
    return figure


def valves() -> Figure:
    """Chapter 1: the gradient narrows at each layer, like water at a row of valves."""
    figure, ax = canvas(7.0, 2.2)
    middle, width = 1.2, 1.3
    for layer in range(4, 0, -1):
        right = 0.9 + 1.35 * layer
        narrow = width * 0.236
        corners = [(right, width), (right - 0.95, width), (right - 1.25, narrow)]
        upper = [(x, middle + w / 2) for x, w in corners]
        lower = [(x, middle - w / 2) for x, w in reversed(corners)]
        ax.add_patch(Polygon(upper + lower, color=ORANGE, lw=0))
        ax.plot([right - 1.3] * 2, [0.45, 1.95], color=MUTED, lw=1.2)
        if layer > 1:
            write(ax, right - 1.3, 2.07, f"layer {layer}: × 0.236", INK, 9)
        width = narrow
        ax.add_patch(
            Polygon(
                [
                    (right - 1.25, middle - width / 2),
                    (right - 1.35, middle - width / 2),
                    (right - 1.35, middle + width / 2),
                    (right - 1.25, middle + width / 2),
                ],
                color=ORANGE,
                lw=0,
            )
        )
    write(ax, 6.6, middle, "loss", INK, 11)
    arrow(ax, (6.3, 0.2), (0.9, 0.2), ORANGE)
    return figure


def ceiling() -> Figure:
    """Chapter 2: a signal climbs from layer to layer, through the end of a format."""
    figure, ax = canvas(7.0, 2.6)
    sizes = ["1", "16", "256", "4,096", "65,536"]
    for layer, size in enumerate(sizes):
        x, y = 0.7 + 1.05 * layer, 0.6 + 0.32 * layer
        ax.plot([x, x], [0.42, y - 0.1], color=BLUE, lw=1.6)
        dot(ax, x, y, BLUE)
        write(ax, x, 0.25, f"layer {layer}" if layer else "input", MUTED, 9)
        if layer < 4:
            write(ax, x - 0.33, y + 0.08, size, BLUE)
            write(ax, x + 0.58, y - 0.12, "× 16", MUTED, 9)
    ax.plot([0.3, 6.8], [1.81, 1.81], color=INK, lw=1.2, ls="--")
    write(ax, 1.5, 1.98, "the end of float16: 65,504", INK, 9)
    write(ax, 4.9, 2.25, "∞", ORANGE, 14)
    write(ax, 5.95, 2.2, "nan", ORANGE, 12)
    arrow(ax, (5.12, 2.2), (5.6, 2.2), ORANGE)
    write(ax, 5.95, 0.25, "layer 5", MUTED, 9)
    return figure


def two_units() -> Figure:
    """Chapter 3: two units with the same weights in and out."""
    figure, ax = canvas(7.0, 2.6)
    inputs, units, output = [(1.2, y) for y in (0.5, 1.3, 2.1)], (1.9, 0.7), (5.6, 1.3)
    for y in units:
        for place, name in zip(inputs, "abc", strict=True):
            wire(ax, place, (3.4, y), BLUE)
            near = 0.72
            x = place[0] + near * (3.4 - place[0])
            z = place[1] + near * (y - place[1])
            ax.text(
                x, z, name, color=BLUE, fontsize=10, ha="center", va="center",
                bbox=dict(facecolor=PAPER, edgecolor="none", pad=1),
            )  # fmt: skip
        wire(ax, (3.4, y), output, GREEN)
        ax.text(
            4.4, y + (output[1] - y) * 0.45, "v", color=GREEN, fontsize=10,
            ha="center", va="center",
            bbox=dict(facecolor=PAPER, edgecolor="none", pad=1),
        )  # fmt: skip
        dot(ax, 3.4, y, INK, 0.16)
    for x, y in inputs:
        dot(ax, x, y)
    dot(ax, *output)
    write(ax, 0.6, 1.3, "inputs", MUTED)
    write(ax, 6.25, 1.3, "output", MUTED)
    write(ax, 3.4, 1.3, "same h, same gradient", INK, 9)
    return figure


def fans() -> Figure:
    """Chapter 5: n_in wires into a unit, n_out wires out of an input of the next."""
    figure, ax = canvas(7.0, 2.6)
    for i in range(6):
        y = 0.35 + 0.38 * i
        arrow(ax, (0.7, y), (2.05, 1.3 + (y - 1.3) * 0.12), BLUE, 1.2)
        dot(ax, 0.6, y)
    dot(ax, 2.3, 1.3, INK, 0.24)
    write(ax, 2.3, 1.3, "z", INK, 11)
    write(ax, 1.45, 2.45, r"$n_{in}$ terms", BLUE)
    for i in range(3):
        y = 0.65 + 0.65 * i
        arrow(ax, (6.2, y), (4.95, 1.3 + (y - 1.3) * 0.12), ORANGE, 1.2)
        dot(ax, 6.3, y)
    dot(ax, 4.7, 1.3, INK, 0.24)
    write(ax, 4.7, 1.3, "h", INK, 11)
    write(ax, 5.6, 2.45, r"$n_{out}$ terms", ORANGE)
    return figure


DRAWINGS: dict[str, Callable[[], Figure]] = {
    "two-signals": two_signals,
    "three-diseases": three_diseases,
    "valves": valves,
    "ceiling": ceiling,
    "two-units": two_units,
    "fans": fans,
}


def draw(name: str) -> str:
    """One of them as SVG."""
    figure = DRAWINGS[name]()
    svg = saved(figure)
    plt.close(figure)
    return svg


def main() -> None:
    """Draw all of them anew and keep them."""
    FOLDER.mkdir(exist_ok=True)
    for name in DRAWINGS:
        (FOLDER / f"{name}.svg").write_text(draw(name), encoding="utf-8")
        print(f"wrote {FOLDER.name}/{name}.svg")


if __name__ == "__main__":
    main()
