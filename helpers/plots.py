"""One look for the whole book: axes in, axes out; nothing is computed here.

Conventions: layer on x, counted from 1; size on a log axis; forward is blue, backward
is orange; measurements are dots, theory is a line; a grey line marks "unchanged".
"""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

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

STYLE = {
    "figure.figsize": (4.8, 3.2),
    "figure.dpi": 110,
    "figure.constrained_layout.use": True,
    "figure.facecolor": COLOURS["paper"],
    "savefig.facecolor": COLOURS["paper"],
    "axes.facecolor": COLOURS["paper"],
    "axes.edgecolor": COLOURS["ink"],
    "axes.labelcolor": COLOURS["ink"],
    "axes.titlesize": "medium",
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


def unchanged(ax: Axes, value: float = 1.0) -> Line2D:
    """A grey line at the size that a signal has if nothing changes."""
    return ax.axhline(value, color=COLOURS["muted"], lw=0.8, ls=(0, (5, 3)), zorder=0)


def per_layer(
    ax: Axes,
    values,
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
    look = {"ls": "none", "marker": "o", "ms": 3.5} if dots else {"lw": 1.6}
    layers = range(1, len(values) + 1)
    ax.plot(layers, values, color=colour, label=label, gid=gid, **look)
    return ax


def root_mean_squares(
    ax: Axes, curves: Mapping, looks: Mapping, layers: int, low: float, high: float
) -> Axes:
    """Root mean squares per layer on a log axis, each in its own look.

    Args:
        ax: where to draw.
        curves: one number a layer, by name.
        looks: for each name its label, its colour and whether it is drawn as dots.
        layers: how far the x axis goes.
        low: lower end of the y axis.
        high: its upper end.
    """
    ax.set(yscale="log", xlim=(0, layers + 1), ylim=(low, high))
    ax.set(xlabel="layer", ylabel="root mean square")
    unchanged(ax)
    for name, values in curves.items():
        label, colour, dots = looks[name]
        per_layer(ax, values, label, colour=colour, dots=dots, gid=name)
    return ax


FAN = {
    "forward": ("signal z, measured", FORWARD, True),
    "forward_theory": ("signal, theory", FORWARD, False),
    "backward": ("gradient dL/dz, measured", BACKWARD, True),
    "backward_theory": ("gradient, theory", BACKWARD, False),
}


def fan(ax: Axes, curves: Mapping, layers: int, decades: int = 20) -> Axes:
    """Forward and backward sizes of a deep network in one picture.

    Args:
        ax: where to draw.
        curves: some of ``forward``, ``forward_theory``, ``backward`` and
            ``backward_theory``, each a root mean square per layer.
        layers: how far the x axis goes.
        decades: how far the y axis goes, up and down from 1.
    """
    root_mean_squares(ax, curves, FAN, layers, 10.0**-decades, 10.0**decades)
    ax.legend(loc="upper left", fontsize="small", ncols=2)
    return ax


def spread(ax: Axes, curves: Mapping) -> Axes:
    """The slope of an activation over the pre-activations that a layer really has.

    Args:
        ax: where to draw, from z = -8 to 8.
        curves: ``slope`` and ``spread``, each at evenly spaced z, and ``factor``, the
            layer's factor on a gradient, twice.
    """
    labels = {
        "slope": "slope of the activation",
        "spread": "spread of z, highest = 1",
        "factor": "factor on a gradient",
    }
    for name, values in curves.items():
        step = 16 / (len(values) - 1)
        z = [-8 + i * step for i in range(len(values))]
        ax.plot(z, values, gid=name, label=labels[name])
    ax.set(xlabel="pre-activation z", xlim=(-8.4, 8.4), ylim=(-0.2, 2.4))
    ax.legend(loc="upper left", fontsize="small")
    return ax


def shares(ax: Axes, curves: Mapping, layers: int) -> Axes:
    """Shares from 0 to 1 against layer, one line for each name."""
    for name, values in curves.items():
        per_layer(ax, values, name, gid=name)
    ax.set(xlabel="layer", ylabel="share", xlim=(0, layers + 1), ylim=(-0.04, 1.04))
    ax.legend(loc="center right", fontsize="small")
    return ax


SIZES = {
    "forward": ("signal z", FORWARD, False),
    "backward": ("gradient dL/dz", BACKWARD, False),
    "weight": ("gradient dL/dW, last layer = 1", COLOURS["green"], False),
}


def sizes(ax: Axes, curves: Mapping, layers: int, low: float, high: float) -> Axes:
    """Sizes against layer on a log axis, one line each.

    Args:
        ax: where to draw.
        curves: some of ``forward``, ``backward`` and ``weight``, root mean squares.
        layers: how far the x axis goes.
        low: lower end of the y axis.
        high: its upper end.
    """
    root_mean_squares(ax, curves, SIZES, layers, low, high)
    ax.set_xticks(range(0, layers + 1, 4))
    ax.legend(loc="upper left", fontsize="small")
    return ax


def ratios(ax: Axes, curves: Mapping) -> Axes:
    """Factors of one layer against its shape, from 1/32 to 32 times as many units.

    Args:
        ax: where to draw.
        curves: some of ``forward``, ``backward`` and ``product``, factors on a mean
            square at evenly spaced log2 of n_out / n_in.
    """
    looks = {
        "forward": ("forward", FORWARD),
        "backward": ("backward", BACKWARD),
        "product": ("both, multiplied", COLOURS["green"]),
    }
    unchanged(ax)
    for name, values in curves.items():
        label, colour = looks[name]
        step = 10 / (len(values) - 1)
        x = [-5 + i * step for i in range(len(values))]
        ax.plot(x, values, color=colour, label=label, gid=name)
    ax.set(yscale="log", xlim=(-5.2, 5.2), ylim=(1e-3, 1e3))
    ax.set(xlabel="doublings from n_in to n_out", ylabel="factor on the mean square")
    ax.legend(loc="upper left", fontsize="small", ncols=3)
    return ax


def histogram(ax: Axes, values, label: str) -> Axes:
    """The outline of a histogram, its area 1; for weights of any shape."""
    ax.hist(
        values.detach().flatten(),
        80,
        histtype="step",
        density=True,
        lw=1.6,
        label=label,
    )
    ax.set(xlabel="weight", ylabel="density")
    ax.legend(loc="lower center", fontsize="small")
    return ax


def weights_drawn(ax: Axes, curves: Mapping, end: float = 0.3) -> Axes:
    """Shares of weights in bins from -end to end.

    Args:
        ax: where to draw.
        curves: ``drawn``, as bars, and ``he``, a line over them.
        end: the middle of the last bin.
    """
    step = 2 * end / (len(curves["he"]) - 1)
    x = [-end + i * step for i in range(len(curves["he"]))]
    look = {"color": FORWARD, "label": "drawn by the layer", "gid": "drawn"}
    ax.bar(x, curves["drawn"], step, **look)
    label = "He (Kaiming) normal"
    ax.plot(x, curves["he"], color=BACKWARD, label=label, gid="he", lw=1.6)
    ax.set(xlabel="weight", ylabel="share of the weights in a bin", ylim=(0, 0.22))
    ax.legend(loc="upper right", fontsize="small")
    return ax


THREE_SIZES = {
    "signal": ("signal z", FORWARD, True),
    "spread": ("spread between inputs", COLOURS["green"], True),
    "gradient": ("gradient dL/dz", BACKWARD, True),
    "signal_theory": (None, FORWARD, False),
    "gradient_theory": (None, BACKWARD, False),
}


def three_sizes(ax: Axes, curves: Mapping, layers: int = 50) -> Axes:
    """Root mean squares per layer on a log axis: signal, spread, gradient.

    Args:
        ax: where to draw.
        curves: some of ``signal``, ``spread`` and ``gradient``, drawn as dots, and
            ``signal_theory`` and ``gradient_theory``, drawn as lines.
        layers: how far the x axis goes.
    """
    root_mean_squares(ax, curves, THREE_SIZES, layers, 1e-20, 1e12)
    ax.legend(loc="upper right", fontsize="small", ncols=2)
    return ax


def framed(draw: Callable[..., Axes]) -> Callable[..., Figure]:
    """The ``picture`` of a live figure: new axes, drawn on by one of the above."""

    def picture(curves: Mapping, **setting) -> Figure:
        return draw(Figure().subplots(), curves).figure

    return picture


def ceilings(ax: Axes, curves: Mapping) -> Axes:
    """The fan of an exploding network, and the largest numbers of the formats."""
    fan(ax, curves, 50).set_ylim(1e-10, 1e70)
    for name, value in {"float16": 65504.0, "float32, bfloat16": 3.4e38}.items():
        unchanged(ax, value)
        ax.text(51, 10 * value, name, ha="right", size="small")
    return ax


def losses(ax: Axes, curves: Mapping) -> Axes:
    """Loss against training step, a line for each name; grey: a guess among ten."""
    for name, values in curves.items():
        per_layer(ax, values, name, gid=name)
    ax.set(yscale="log", ylim=(0.1, 1e8), xlabel="step", ylabel="loss")
    unchanged(ax, math.log(10))
    ax.legend(loc="upper right", fontsize="small")
    return ax


def decades(ax: Axes, curves: Mapping) -> Axes:
    """How many networks end in each decade around 1, and where theory puts them.

    Args:
        ax: where to draw.
        curves: ``networks``, wide bars, and ``typical`` and ``average``, thin ones;
            each holds one height for every decade, the middle one being 1.
    """
    looks = {
        "networks": ("200 networks", FORWARD, 0.9),
        "typical": ("typical, theory", BACKWARD, 0.25),
        "average": ("root mean square, theory", COLOURS["green"], 0.25),
    }
    for name, heights in curves.items():
        label, colour, width = looks[name]
        middle = len(heights) // 2
        x = [i - middle for i in range(len(heights))]
        ax.bar(x, heights, width, color=colour, label=label, gid=name)
    ax.set(xlabel="size of the signal: power of ten", ylabel="networks", ylim=(0, 200))
    ax.legend(loc="upper left", fontsize="small")
    return ax


def incoming(ax: Axes, W, size: float) -> Axes:
    """The incoming weights of a layer as colours: a row for each unit.

    Args:
        ax: where to draw.
        W: weights (units, inputs).
        size: the weight that gets the full colour; blue is negative.
    """
    # One small picture: as shapes, a thousand cells would weigh as much as the chapter.
    look = {"aspect": "auto", "interpolation": "none", "cmap": "RdBu_r"}
    ax.imshow(np.asarray(W), origin="lower", vmin=-size, vmax=size, **look)
    ax.set(xlabel="input", ylabel="unit", yticks=())
    ax.grid(visible=False)
    return ax


def units_apart(axes, curves: Mapping, every: int = 10) -> None:
    """Eight units over the steps of training, above how far they are apart.

    Args:
        axes: two, one above the other.
        curves: ``unit 1`` to ``unit 8``, one weight of each unit, and ``spread``, the
            largest difference between two rows; one point every so many steps.
        every: steps between two points.
    """
    above, below = axes
    above.set(ylabel="weight", ylim=(-1.2, 1.2))
    below.set(yscale="log", ylim=(1e-9, 10), xlabel="step", ylabel="row spread")
    for name, values in curves.items():
        ax = below if name == "spread" else above
        steps = range(0, every * len(values), every)
        ax.plot(steps, values, gid=name, lw=1.4)


def growth(axes, curves: Mapping, units: int, every: int = 10) -> None:
    """A spread that grows, above the rank that grows with it.

    Args:
        axes: two, one above the other.
        curves: ``spread`` and ``rank``, one point every so many steps.
        units: the highest rank there can be.
        every: steps between two points.
    """
    above, below = axes
    above.set(yscale="log", ylim=(1e-13, 30), ylabel="row spread")
    below.set(ylim=(-0.3, units + 0.5), xlabel="step", ylabel="effective rank")
    for ax, (name, values) in zip(axes, curves.items(), strict=True):
        steps = range(0, every * len(values), every)
        ax.plot(steps, values, gid=name, color=FORWARD)


def spectrum(ax: Axes, curves: Mapping) -> Axes:
    """Singular values in falling order on a log axis, one line for each name."""
    unchanged(ax)
    for name, values in curves.items():
        per_layer(ax, values, name, gid=name)
    ax.set(yscale="log", ylim=(1e-10, 1e2), ylabel="singular value")
    ax.set(xlabel="direction, the most stretched first")
    ax.legend(loc="lower left", fontsize="small")
    return ax


def modes(ax: Axes, curves: Mapping) -> Axes:
    """How strongly each mode is learnt at times 0, 1, 2 and so on.

    Args:
        ax: where to draw.
        curves: for each mode, by name, a line; and dots, with " in two layers" after
            the name.
    """
    inks = iter(("blue", "orange", "green"))
    lines = {name: v for name, v in curves.items() if " in two layers" not in name}
    for name, values in lines.items():
        colour, shallow = COLOURS[next(inks)], f"{name} in two layers"
        ax.plot(values, gid=name, label=name, color=colour, lw=1.6)
        dots = {"ls": "none", "marker": "o", "ms": 3.5, "color": colour}
        ax.plot(curves[shallow], gid=shallow, **dots)
    ax.set(xlabel="time: steps x rate x layers", xlim=(-1, len(values)))
    ax.set(ylabel="strength learnt", ylim=(-0.05, 1.25))
    ax.legend(loc="lower right", fontsize="small")
    return ax


def order_chaos(curves: Mapping, **setting) -> Figure:
    """The order-chaos diagram, and below it two signals and two correlations.

    Args:
        curves: ``map``, six depth scales for bias scales 0 to 1 (rows) and weight
            scales 0.5 to 3 (columns); ``edge``, the critical bias scale of each
            column; ``here`` and ``halo``, the chosen bias scale in the chosen column
            and nan in the others; ``six``, six depth scales there, twice; ``q``,
            ``strangers`` and ``twins``, measured in each layer; ``gradient`` and
            ``q theory`` and so on, foretold.
        **setting: of a live figure; what it does is in the curves.
    """
    figure = Figure(figsize=(4.8, 5.6))
    axes = figure.subplot_mosaic([["map", "map"], ["sizes", "c"]], height_ratios=[5, 4])
    ax = axes["map"]
    rows, columns = curves["map"].shape
    w, b = 2.5 / (columns - 1), 1 / (rows - 1)
    x = [0.5 + w * i for i in range(columns)]
    edges = [v - w / 2 for v in [*x, 3 + w]], [b * (i - 0.5) for i in range(rows + 1)]
    colours = {"cmap": "cividis", "norm": LogNorm(1, 1000)}
    look = {"edgecolors": "face", "linewidth": 0.3}
    mesh = ax.pcolormesh(*edges, curves["map"], gid="map", **colours, **look)
    mesh.cmap = mesh.cmap.with_extremes(bad=COLOURS["muted"])
    # On the bright band in both themes, so it is no colour of theirs.
    ax.plot(x, curves["edge"], gid="edge", color="black", lw=1.6)
    for name, colour, size in (("halo", "paper", 13), ("here", "ink", 8)):
        dot = {"ls": "none", "marker": "o", "ms": size, "color": COLOURS[colour]}
        ax.plot(x, curves[name], gid=name, **dot)
    ax.set(xlabel="weight scale sigma_w", ylabel="bias scale sigma_b")
    ax.set(xlim=(edges[0][0], edges[0][-1]), ylim=(edges[1][0], edges[1][-1]))
    ax.grid(visible=False)
    bar = figure.colorbar(mesh, ax=ax, label="six depth scales, in layers")
    bar.ax.plot([0, 1], curves["six"], gid="six", color=BACKWARD, lw=4)
    for name, colour in (("q", FORWARD), ("gradient", BACKWARD)):
        _measured_and_foretold(axes["sizes"], curves, name, colour)
    for name, colour in (("strangers", "green"), ("twins", "purple")):
        _measured_and_foretold(axes["c"], curves, name, COLOURS[colour])
    axes["sizes"].set(yscale="log", ylim=(1e-9, 1e9), ylabel="mean square")
    axes["c"].set(ylim=(-0.25, 1.05), ylabel="correlation")
    for ax in (axes["sizes"], axes["c"]):
        ax.set(xlabel="layer", xlim=(0, len(curves["q"]) + 1))
        ax.legend(fontsize="small", loc="lower left" if ax is axes["sizes"] else "best")
    return figure


def _measured_and_foretold(ax: Axes, curves: Mapping, name: str, colour: str) -> None:
    theory = f"{name} theory"
    if theory in curves:
        per_layer(ax, curves[theory], colour=colour, gid=theory)
    dots = theory in curves
    per_layer(ax, curves[name], name, colour=colour, dots=dots, gid=name)


def both_ways(ax: Axes, forward, backward, names) -> Axes:
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
    looks = (("signal z", FORWARD), ("gradient dL/dz", BACKWARD))
    unchanged(ax)
    for values, (label, colour) in zip((forward, backward), looks, strict=True):
        shown = [v if 0 < v < math.inf else math.nan for v in values]
        per_layer(ax, shown, label, colour=colour, dots=True)
        for marker, edge, lost in (
            ("v", low, [v == 0 for v in values]),
            ("^", high, [not v < math.inf for v in values]),
        ):
            x = [i for i, gone in enumerate(lost, 1) if gone]
            look = {"color": colour, "marker": marker, "ls": "none", "clip_on": False}
            ax.plot(x, [edge] * len(x), **look)
    ax.set(yscale="log", xlim=(0, len(names) + 1), ylim=(low, high))
    ax.set(xlabel="layer", ylabel="size")
    if len(names) <= 30:
        look = {"rotation": 90, "fontsize": "x-small"}
        ax.set_xticks(range(1, len(names) + 1), names, **look)
    ax.legend(loc="best", fontsize="small")
    return ax


def cobweb(
    ax: Axes, curves: Mapping, starts: Sequence[float], end: float = 3.0
) -> Axes:
    """A map's curve over the diagonal, and the stairs of repeated steps between them.

    Args:
        ax: where to draw; both axes go from 0 to ``end``.
        curves: the map under the name ``one layer``; walks under any name; and, with
            one number for each start, where the walks from there end, as dots. Map
            and walks are given at evenly spaced places from 0 to ``end``; a walk is
            the step that it takes from there, not a number where it does not come by.
        starts: where walks start, evenly spaced.
        end: right and upper end of the axes.
    """
    muted = {"color": COLOURS["muted"], "lw": 0.8, "ls": (0, (5, 3)), "zorder": 0}
    ax.plot((0, end), (0, end), **muted)
    for name, values in curves.items():
        step = end / (len(values) - 1)
        x, look = [i * step for i in range(len(values))], {"lw": 1.4}
        if name == "one layer":
            look = {"lw": 2, "color": COLOURS["ink"]}
        elif len(values) == len(starts):
            x, look = starts, {"ls": "none", "marker": "o", "ms": 6}
        ax.plot(x, values, label=name, gid=name, **look)
    ax.set(xlim=(0, end), xlabel="q of a layer")
    ax.set(ylim=(0, end), ylabel="q of the next layer")
    ax.legend(loc="upper left", fontsize="small")
    return ax


def by_depth(ax: Axes, curves: Mapping, depths: Sequence[int], names) -> Axes:
    """The share read right against the depth, for several starts.

    Args:
        ax: where to draw; depths are evenly spaced, whatever they are.
        curves: ``best 0``, ``best 1``, ..., one share for each depth, as lines; and
            ``seeds 0``, ..., as dots, the same number for each depth, spread over its
            place in the order given.
        depths: numbers of layers.
        names: of the starts, for the legend.
    """
    unchanged(ax, 0.1)
    for name, values in curves.items():
        kind, i = name.split()
        each = len(values) // len(depths)
        x = [(j + 0.5) / each - 0.5 for j in range(len(values))]
        look = {"ls": "none", "marker": "o", "ms": 2.5}
        if kind == "best":
            look = {"lw": 1.6, "label": names[int(i)]}
        ax.plot(x, values, color=f"C{i}", gid=name, **look)
    ax.set_xticks(range(len(depths)), depths)
    ax.set(xlabel="layers", ylabel="share read right", ylim=(0, 1.02))
    ax.legend(loc="lower left", fontsize="small", bbox_to_anchor=(0, 0.12))
    return ax


def loss_by_start(ax: Axes, curves: Mapping, names, every: int) -> Axes:
    """Loss against training step, a line for each start; grey: a guess among ten.

    Args:
        ax: where to draw.
        curves: ``loss 0``, ``loss 1``, ..., each number the mean of ``every`` steps.
        names: of the starts, for the legend.
        every: steps between two points.
    """
    unchanged(ax, math.log(10))
    for (name, values), label in zip(curves.items(), names, strict=True):
        steps = [(i + 0.5) * every for i in range(len(values))]
        ax.plot(steps, values, label=label, gid=name)
    ax.set(yscale="log", ylim=(0.01, 100), xlabel="step", ylabel="training loss")
    ax.legend(loc="upper right", fontsize="small")
    return ax


def update_ratios(ax: Axes, curves: Mapping, every: int) -> Axes:
    """The size of a step over the size of the weights; grey: a thousandth.

    Args:
        ax: where to draw.
        curves: one line for each layer, by name.
        every: steps between two points.
    """
    unchanged(ax, 1e-3)
    for i, (name, values) in enumerate(curves.items()):
        steps = range(0, every * len(values), every)
        shade = 0.25 + 0.75 * i / max(len(curves) - 1, 1)
        look = {"color": FORWARD, "alpha": shade, "lw": 1.4}
        ax.plot(steps, values, label=name, gid=name, **look)
    ax.set(yscale="log", ylim=(1e-7, 1), xlabel="step", ylabel="update ratio")
    ax.legend(loc="lower right", fontsize="small", ncols=2)
    return ax
