"""The drawings at the heads of chapters: one mechanism each, in the book's colours.

``python -m book.tools.drawings`` draws them anew. Blue is the signal on its way
forward, orange the gradient on its way back. What a drawing shows is said in the
chapter, as the description of the image.
"""

import math
from collections.abc import Callable

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Polygon, Rectangle

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


def name_wire(
    ax: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    share: float,
    words: str,
    colour: str,
) -> None:
    """A weight with its name, at some share of its way."""
    wire(ax, start, end, colour)
    x, y = (a + share * (b - a) for a, b in zip(start, end, strict=True))
    ax.text(
        x, y, words, color=colour, fontsize=10, ha="center", va="center",
        bbox=dict(facecolor=PAPER, edgecolor="none", pad=1),
    )  # fmt: skip


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
    """Chapter 3: two units with the same weights in and out, before and after a step.

    Both get the same delta back, so their weights change by the same amounts.
    """
    figure, ax = canvas(7.0, 2.7)
    for left, title, mark in (
        (0.25, "before the step", ""),
        (4.15, "after the step", "\u2032"),
    ):
        write(ax, left + 1.25, 2.5, title, INK, 11)
        inputs = [(left, y) for y in (0.45, 1.2, 1.95)]
        output = (left + 2.5, 1.2)
        for y in (0.6, 1.8):
            unit = (left + 1.4, y)
            for place, name in zip(inputs, "cba", strict=True):
                name_wire(ax, place, unit, 0.74, name + mark, BLUE)
            name_wire(ax, unit, output, 0.5, "v" + mark, GREEN)
            dot(ax, *unit, INK, 0.16)
            write(ax, *unit, "h" + mark, INK, 10)
        for place in (*inputs, output):
            dot(ax, *place)
    for y, height in ((2.2, 1.98), (0.2, 0.42)):
        arrow(ax, (2.7, y), (1.72, height), ORANGE)
    ax.text(2.78, 2.2, "δ", color=ORANGE, fontsize=11, va="center")
    ax.text(2.78, 0.2, "the same δ", color=ORANGE, fontsize=10, va="center")
    arrow(ax, (3.2, 1.2), (3.85, 1.2), INK)
    return figure


def two_become_one() -> Figure:
    """Chapter 4: two inputs move together onto the place that the biases set."""
    figure, ax = canvas(7.0, 2.5)
    gold = plots.COLOURS["gold"]
    biases = (0.3, 0.22)  # seen from 0, in inches
    # The way from that place to each input, and on which side its name stands.
    inputs = {"A": ((-0.84, 0.3), 1, BLUE), "B": ((0.3, -0.75), -1, GREEN)}
    for panel, share in enumerate((1.0, 0.41, 0.17, 0.0)):
        x, y = 0.95 + 1.7 * panel, 1.25
        layer = panel + 1 if share else 20
        write(ax, x, 2.35, f"layer {layer}", INK, 11)
        ax.plot([x - 0.75, x + 0.75], [y, y], color=MUTED, lw=0.8, zorder=0)
        ax.plot([x, x], [y - 0.85, y + 0.85], color=MUTED, lw=0.8, zorder=0)
        middle = (x + biases[0], y + biases[1])
        for name, (way, side, colour) in inputs.items():
            place = (middle[0] + share * way[0], middle[1] + share * way[1])
            ax.plot(*zip(middle, place, strict=True), color=colour, lw=1.2, ls=":")
            ax.plot(*place, color=colour, marker="o", ms=7)
            if share > 0.3:
                write(ax, place[0], place[1] + side * 0.18, name, colour, 10)
        ax.plot(*middle, color=gold, marker="+", ms=13, mew=2)
        if panel == 0:
            write(ax, middle[0] + 0.12, middle[1] + 0.22, "biases", gold, 9)
        if not share:
            write(ax, middle[0], middle[1] + 0.22, "A = B", INK, 9)
        if panel < 3:
            arrow(ax, (x + 0.7, y - 0.78), (x + 1.0, y - 0.78), MUTED)
    write(ax, 0.42, 1.12, "unit 1", MUTED, 8)
    write(ax, 0.72, 2.02, "unit 2", MUTED, 8)
    return figure


def fans() -> Figure:
    """Chapter 5: the wires into a unit, and those out of it; two conditions."""
    figure, ax = canvas(7.0, 3.3)
    middle = 1.95
    for i in range(6):
        y = middle + 0.38 * (i - 2.5)
        arrow(ax, (0.72, y), (2.2, middle + (y - middle) * 0.14), BLUE, 1.2)
        dot(ax, 0.6, y)
    dot(ax, 2.46, middle, INK, 0.24)
    write(ax, 2.46, middle, "z", INK, 11)
    for i in range(3):
        y = middle + 0.65 * (i - 1)
        arrow(ax, (6.28, y), (4.8, middle + (y - middle) * 0.2), ORANGE, 1.2)
        dot(ax, 6.4, y)
    dot(ax, 4.54, middle, INK, 0.24)
    write(ax, 4.54, middle, "h", INK, 11)
    write(ax, 1.55, 3.13, "forward: a sum of $n_{in}$ terms", BLUE)
    write(ax, 5.45, 3.13, "back: a sum of $n_{out}$ terms", ORANGE)
    write(ax, 1.55, 0.62, r"kept if  $n_{in} \cdot$ Var w = 1", BLUE, 11)
    write(ax, 5.45, 0.62, r"kept if  $n_{out} \cdot$ Var w = 1", ORANGE, 11)
    write(ax, 3.5, 0.2, r"Xavier:  Var w = 2 / ($n_{in} + n_{out}$)", INK, 11)
    return figure


def box(
    ax: Axes, x: float, y: float, words: str, width: float = 1.0, colour: str = INK
) -> None:
    """A named part, around a place."""
    corner = (x - width / 2, y - 0.19)
    ax.add_patch(
        Rectangle(corner, width, 0.38, facecolor=PAPER, edgecolor=colour, lw=1.4)
    )
    write(ax, x, y, words, colour, 9)


def gain() -> Figure:
    """Chapter 6: relu takes half of the mean square, the next weights give it back."""
    figure, ax = canvas(7.0, 2.5)
    curve = [(i / 20, math.exp(-((i / 20) ** 2) / 2)) for i in range(-60, 61)]
    for panel, words in enumerate(("z", "h = relu(z)", "the next z")):
        middle = 1.1 + 2.4 * panel
        half = [(x, y) for x, y in curve if panel != 1 or x >= 0]
        places = [(middle + 0.28 * x, 0.75 + 1.1 * y) for x, y in half]
        ends = [(places[-1][0], 0.75), (places[0][0], 0.75)]
        ax.add_patch(Polygon(places + ends, facecolor=BLUE, edgecolor=BLUE, lw=1.2))
        if panel == 1:
            ax.plot([middle, middle], [0.75, 2.0], color=BLUE, lw=4)
        ax.plot([middle - 0.95, middle + 0.95], [0.75, 0.75], color=MUTED, lw=1)
        write(ax, middle, 2.25, words, INK, 11)
        share = "1/2" if panel == 1 else "1"
        write(ax, middle, 0.5, f"mean square {share}", BLUE)
    arrow(ax, (2.05, 1.3), (2.75, 1.3), INK)
    write(ax, 2.4, 1.5, "relu", INK)
    arrow(ax, (4.55, 1.3), (5.05, 1.3), INK)
    write(ax, 4.8, 1.5, r"$\times\ \sqrt{2}$", INK)
    write(ax, 4.8, 0.2, "the gain is in the weights", MUTED, 9)
    return figure


def residual_block() -> Figure:
    """Chapter 9: the stream runs straight through, a branch leaves and comes back."""
    figure, ax = canvas(7.0, 2.6)
    stream, branch = 0.85, 1.95
    arrow(ax, (0.3, stream), (6.7, stream), BLUE, 3)
    write(ax, 0.45, stream + 0.22, "h", BLUE, 11)
    write(ax, 6.3, stream + 0.24, "h + F(h)", BLUE, 11)
    ax.plot([1.1, 1.1, 1.5], [stream, branch, branch], color=BLUE, lw=1.6)
    places = {"norm": 1.8, "V": 2.7, "relu": 3.6, "U": 4.5}
    for name, x in places.items():
        box(ax, x, branch, name, 0.6)
        if name != "U":
            arrow(ax, (x + 0.3, branch), (x + 0.6, branch), BLUE)
    ax.plot([4.8, 5.5], [branch, branch], color=BLUE, lw=1.6)
    arrow(ax, (5.5, branch), (5.5, stream + 0.16), BLUE)
    ax.add_patch(
        Circle((5.5, stream), 0.15, facecolor=PAPER, edgecolor=BLUE, lw=1.6, zorder=3)
    )
    ax.text(5.5, stream, "+", color=BLUE, ha="center", va="center", zorder=4)
    write(ax, 5.85, 1.5, "small", MUTED, 9)
    write(ax, 3.15, 2.42, "the branch F", INK)
    write(ax, 3.15, stream - 0.22, "the shortcut", INK)
    arrow(ax, (6.7, 0.3), (0.3, 0.3), ORANGE)
    write(ax, 3.5, 0.14, "the gradient comes back on both ways", ORANGE, 9)
    return figure


def unrolled() -> Figure:
    """Chapter 11: the same matrix at every step of time."""
    figure, ax = canvas(7.0, 2.5)
    for step in range(1, 5):
        x = 0.9 + 1.45 * (step - 1)
        box(ax, x, 1.35, f"$h_{step}$", 0.6, BLUE)
        arrow(ax, (x, 0.62), (x, 1.11), BLUE)
        write(ax, x, 0.45, f"$x_{step}$", BLUE, 11)
        if step < 4:
            arrow(ax, (x + 0.32, 1.43), (x + 1.13, 1.43), BLUE)
            write(ax, x + 0.72, 1.62, "W", INK, 11)
            arrow(ax, (x + 1.13, 1.25), (x + 0.32, 1.25), ORANGE)
    arrow(ax, (5.57, 1.43), (6.15, 1.43), BLUE)
    arrow(ax, (6.15, 1.25), (5.57, 1.25), ORANGE)
    write(ax, 6.5, 1.35, "loss", INK, 11)
    write(ax, 3.4, 2.2, "one matrix W for all steps", INK)
    write(ax, 3.4, 0.12, "time", MUTED, 9)
    return figure


def needle() -> Figure:
    """Chapter 8: what 1, 3 and 10 random matrices make of a circle, of both kinds."""
    figure, ax = canvas(7.0, 3.6)
    angle = torch.linspace(0, 2 * math.pi, 121, dtype=torch.float64)
    circle = torch.stack([angle.cos(), angle.sin()])
    for kind, y in (("Gaussian", 2.4), ("orthogonal", 0.8)):
        generator = torch.Generator().manual_seed(6)
        product = torch.eye(2, dtype=torch.float64)
        write(ax, 0.55, y, kind, INK, 10)
        places = {0: 1.75, 1: 3.25, 3: 4.75, 10: 6.25}
        for number in range(11):
            if number in places:
                x = places[number]
                shape = product @ circle
                shape = 0.62 * shape / shape.norm(dim=0).max()
                ax.plot(x + shape[0], y + shape[1], color=BLUE, lw=1.8)
                # Where one of the inputs has come to.
                ax.plot(x + shape[0][15], y + shape[1][15], "o", color=INK, ms=4)
            W = torch.randn(2, 2, generator=generator, dtype=torch.float64) / 2**0.5
            if kind == "orthogonal":
                Q, R = torch.linalg.qr(W)
                W = Q * R.diagonal().sign()
            product = W @ product
    for number, x in places.items():
        words = {0: "all inputs of length 1", 1: "1 matrix"}
        write(ax, x, 3.35, words.get(number, f"{number} matrices"), MUTED, 9)
    return figure


def steps() -> Figure:
    """Chapter 7: a gradient that vanishes, and what two optimizers make of it."""
    figure, ax = canvas(7.0, 2.9)
    gradient = [0.62 * 0.52 ** (6 - layer) for layer in range(1, 7)]
    audible = [0.0, 0.03, 0.4, 0.4, 0.4, 0.4]
    rows = {
        "gradient": (2.0, gradient, ORANGE),
        "SGD's step": (1.15, [0.65 * size for size in gradient], GREEN),
        "Adam's step": (0.4, audible, GREEN),
    }
    for name, (floor, sizes, colour) in rows.items():
        ax.text(0.15, floor + 0.2, name, color=colour, fontsize=11, va="center")
        ax.plot([1.5, 6.6], [floor, floor], color=MUTED, lw=0.8)
        for layer, size in enumerate(sizes, start=1):
            x = 1.15 + 0.78 * layer
            corners = [(x - 0.15, floor), (x + 0.15, floor)]
            corners += [(x + 0.15, floor + size), (x - 0.15, floor + size)]
            ax.add_patch(Polygon(corners, facecolor=colour, edgecolor="none"))
    for layer in range(1, 7):
        write(ax, 1.15 + 0.78 * layer, 0.18, f"layer {layer}", MUTED, 9)
    write(ax, 2.32, 0.68, r"gradient below $\varepsilon$", MUTED, 9)
    return figure


def pre_norm_block() -> Figure:
    """Chapter 10: the stream runs straight on; two branches read it and add to it."""
    figure, ax = canvas(7.0, 2.7)
    low, high = 0.75, 1.75
    arrow(ax, (0.25, low), (6.75, low), BLUE, 4)
    for left, name in ((0.65, "attention"), (3.75, "MLP")):
        ax.plot([left, left], [low, high], color=INK, lw=1.4)
        arrow(ax, (left, high), (left + 0.3, high), INK)
        box(ax, left + 0.65, high, "norm", 0.66)
        arrow(ax, (left + 0.99, high), (left + 1.23, high), INK)
        box(ax, left + 1.78, high, name, 1.06, GREEN)
        ax.plot([left + 2.32, left + 2.6], [high, high], color=INK, lw=1.4)
        arrow(ax, (left + 2.6, high), (left + 2.6, low + 0.17), INK)
        dot(ax, left + 2.6, low, INK, 0.15)
        write(ax, left + 2.6, low, "+", INK, 11)
    write(ax, 2.0, 2.35, "averages over the positions before", MUTED, 9)
    write(ax, 5.3, 2.35, "each position by itself", MUTED, 9)
    write(ax, 2.0, 0.4, "the stream: nothing in its way", BLUE)
    write(ax, 5.3, 0.4, "what comes in, and two additions", BLUE)
    return figure


DRAWINGS: dict[str, Callable[[], Figure]] = {
    "two-signals": two_signals,
    "three-diseases": three_diseases,
    "valves": valves,
    "ceiling": ceiling,
    "two-units": two_units,
    "two-become-one": two_become_one,
    "fans": fans,
    "gain": gain,
    "residual-block": residual_block,
    "unrolled": unrolled,
    "needle": needle,
    "steps": steps,
    "pre-norm-block": pre_norm_block,
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
