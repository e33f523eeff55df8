"""The order-chaos diagram as a live figure: where a network is, and what that means.

Six depth scales for every pair of a weight and a bias scale, from the theory of
infinite width; and, for the pair that the reader chooses, what one network of ``WIDTH``
units does to an input, a stranger and a near twin of it, measured and foretold.

Source: Poole et al. (2016); Schoenholz et al. (2017).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from ipywidgets import FloatSlider
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from torch import Tensor

from helpers.activations import find_activation
from helpers.checks import once
from helpers.controls import activation_menu
from helpers.live import LiveFigure, live
from helpers.meanfield import (
    backward_curve,
    correlation_curve,
    critical_sigma_w,
    forward_curve,
    phases,
)
from helpers.plots import BACKWARD, COLOURS, FORWARD, Look, draw

WIDTH, DEPTH, TWIN = 256, 30, 0.99
# The cells of the map.
WEIGHTS = torch.linspace(0.5, 3, 26, dtype=torch.float64)
BIASES = torch.linspace(0, 1, 21, dtype=torch.float64)
SCALES = ("sigma_w", "sigma_b")
SAY = {"six": ("six depth scales", 0), "gradient": ("gradient at the first layer", 0)}
ON_MAP = {
    # On the bright band in both themes, so it is no colour of theirs.
    "edge": Look(None, "black"),
    "halo": Look(None, COLOURS["paper"], "dots", 13),
    "here": Look(None, COLOURS["ink"], "dots", 8),
}
ON_BAR = {"six": Look(None, BACKWARD, "line", 4)}
SIZES = {
    "q theory": Look(None, FORWARD),
    "q": Look("q", FORWARD, "dots"),
    "gradient": Look("gradient", BACKWARD),
}
CORRELATIONS = {
    "strangers theory": Look(None, COLOURS["green"]),
    "strangers": Look("strangers", COLOURS["green"], "dots"),
    "twins theory": Look(None, COLOURS["purple"]),
    "twins": Look("twins", COLOURS["purple"], "dots"),
}
MAP_AXES = {"xlabel": "weight scale sigma_w", "ylabel": "bias scale sigma_b"}
BAR_LABEL = "six depth scales, in layers"
SIZES_AXES = {"xlabel": "layer", "ylabel": "mean square"}
CORRELATIONS_AXES = {"xlabel": "layer", "ylabel": "correlation"}
ALT = (
    "The order-chaos diagram: six depth scales for every pair of scales, bright along "
    "the edge; below it one network's sizes and correlations, layer by layer."
)


@once
def inputs() -> Tensor:
    """An input, a stranger (correlation 0) and a near twin of it, (3, width)."""
    g = torch.Generator().manual_seed(2)
    drawn = torch.randn(WIDTH, 2, generator=g, dtype=torch.float64)
    one, other = WIDTH**0.5 * torch.linalg.qr(drawn).Q.T
    return torch.stack([one, other, TWIN * one + (1 - TWIN**2) ** 0.5 * other])


def measured(
    activation: str, sigma_w: Tensor, sigma_b: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """What the layers of one network do to the three inputs.

    Args:
        activation: a name in ``ACTIVATIONS``.
        sigma_w: weight scales, at least 0.
        sigma_b: bias scales, of a shape that broadcasts.

    Returns:
        The mean square of the first input's pre-activations, its correlation with the
        stranger and that with the twin, each float64, (..., layers).
    """
    phi = find_activation(activation).phi
    g, h, seen = torch.Generator().manual_seed(3), inputs(), []
    for _ in range(DEPTH):
        drawn = torch.randn(WIDTH + 1, WIDTH, generator=g, dtype=torch.float64)
        W, bias = drawn.split([WIDTH, 1])
        z = sigma_w[..., None, None] * (h @ W / WIDTH**0.5)
        z = z + sigma_b[..., None, None] * bias
        q, dot = z.square().mean(-1), (z[..., :1, :] * z).mean(-1)
        c = dot / (q[..., :1] * q).sqrt()
        seen.append((q[..., 0], c[..., 1], c[..., 2]))
        h = phi(z)
    q, strangers, twins = (
        torch.stack(layers, -1) for layers in zip(*seen, strict=True)
    )
    return q, strangers, twins


@once
def diagram(activation: str) -> dict[str, Tensor]:
    """What no slider moves: the cells of the map, and its edge.

    Args:
        activation: a name in ``ACTIVATIONS``.

    Returns:
        ``map``: six depth scales, (bias scales, weight scales); ``edge``: for each
        weight scale the critical bias scale, not a number where there is none.
    """
    line = [critical_sigma_w(activation, b.item()) for b in BIASES]
    edge = np.interp(WEIGHTS, line, BIASES, left=np.nan, right=np.nan)
    # Weights that are critical without biases are where it begins, as they round.
    edge = np.where(edge < 1e-6, np.nan, edge)
    six = 6 * phases(activation, WEIGHTS, BIASES[:, None]).xi
    return {"map": six, "edge": torch.from_numpy(edge)}


def curves(
    sigma_w: Sequence[float], sigma_b: Sequence[float], activation: str
) -> dict[str, Tensor]:
    """All that depends on the scales, for each pair of them, (weights, biases, ...)."""
    w = torch.tensor(sigma_w, dtype=torch.float64)[:, None]
    b = torch.tensor(sigma_b, dtype=torch.float64)
    names = ("q", "strangers", "twins")
    found = dict(zip(names, measured(activation, w, b), strict=True))
    for who, c in (("strangers", 0.0), ("twins", TWIN)):
        found[f"{who} theory"] = correlation_curve(activation, w, DEPTH, b, c=c)
    found["q theory"] = forward_curve(activation, w, DEPTH, b)
    found["gradient"] = backward_curve(activation, w, DEPTH, b)
    found["six"] = 6 * phases(activation, w, b).xi[..., None].repeat(1, 1, 2)
    column = (WEIGHTS - w[..., None]).abs() < 0.01
    ring = torch.where(column, b[:, None], torch.nan)
    return found | {"here": ring, "halo": ring}


def everywhere(
    sigma_w: Sequence[float], sigma_b: Sequence[float], activation: str
) -> dict[str, tuple[tuple[str, ...], Tensor]]:
    """Every curve at every pair of scales, with the sliders that it depends on."""
    fixed = {name: ((), values) for name, values in diagram(activation).items()}
    moving = curves(sigma_w, sigma_b, activation)
    return fixed | {name: (SCALES, values) for name, values in moving.items()}


def here(sigma_w: float, sigma_b: float, activation: str) -> dict[str, Tensor]:
    """Every curve at one pair of scales."""
    moving = curves([sigma_w], [sigma_b], activation)
    return diagram(activation) | {name: at[0, 0] for name, at in moving.items()}


def picture(curves: Mapping[str, np.ndarray], **setting: Any) -> Figure:
    """The order-chaos diagram, and below it two signals and two correlations.

    Args:
        curves: ``map``, six depth scales for ``BIASES`` (rows) and ``WEIGHTS``
            (columns); ``edge``, the critical bias scale of each column; ``here`` and
            ``halo``, the chosen bias scale in the chosen column and nan in the others;
            ``six``, six depth scales there, twice; ``q``, ``strangers`` and ``twins``,
            measured in each layer; ``gradient`` and ``q theory`` and so on, foretold.
        **setting: of a live figure; what it does is in the curves.
    """
    figure = Figure(figsize=(4.8, 5.6))
    axes = figure.subplot_mosaic([["map", "map"], ["sizes", "c"]], height_ratios=[5, 4])
    top, sizes, correlations = axes["map"], axes["sizes"], axes["c"]
    mesh = top.pcolormesh(
        WEIGHTS.numpy(),
        BIASES.numpy(),
        curves["map"],
        gid="map",
        cmap="cividis",
        norm=LogNorm(1, 1000),
        edgecolors="face",
        linewidth=0.3,
    )
    mesh.cmap = mesh.cmap.with_extremes(bad=COLOURS["muted"])
    draw(top, _those(curves, ON_MAP), ON_MAP, x=WEIGHTS)
    top.set(xlim=(0.45, 3.05), ylim=(-0.025, 1.025))  # half a cell beyond the scales
    top.set(**MAP_AXES)
    top.grid(visible=False)
    bar = figure.colorbar(mesh, ax=top, label=BAR_LABEL)
    draw(bar.ax, _those(curves, ON_BAR), ON_BAR, x=(0, 1))
    draw(sizes, _those(curves, SIZES), SIZES)
    sizes.set(yscale="log", ylim=(1e-9, 1e9), xlim=(0, DEPTH + 1), **SIZES_AXES)
    sizes.legend(loc="lower left")
    draw(correlations, _those(curves, CORRELATIONS), CORRELATIONS)
    correlations.set(ylim=(-0.25, 1.05), xlim=(0, DEPTH + 1), **CORRELATIONS_AXES)
    correlations.legend(loc="best")
    return figure


def _those(
    curves: Mapping[str, np.ndarray], looks: Mapping[str, Look]
) -> dict[str, np.ndarray]:
    """The curves that have a look."""
    return {name: curves[name] for name in looks}


def order_chaos(
    sigma_w: float = 1.3,
    sigma_b: float = 0.2,
    activation: str = "tanh",
    *,
    key: str = "order-chaos",
    presets: Mapping[str, Mapping] | None = None,
) -> LiveFigure:
    """The live figure, with sliders for both scales and a menu of activations.

    Args:
        sigma_w: weight scale at the start, from 0.5 to 3 in tenths.
        sigma_b: bias scale at the start, from 0 to 1 in tenths.
        activation: tanh, sigmoid or relu.
        key: name of the figure in links; unique on its page.
        presets: buttons, each with the setting it leads to.

    Raises:
        ValueError: a value out of its range.
    """
    scale = {"step": 0.1, "min": 0.0, "max": 1.0}
    return live(
        here,
        picture,
        grid=everywhere,
        key=key,
        say=SAY,
        presets=presets,
        alt=ALT,
        sigma_w=FloatSlider(
            sigma_w, **scale | {"min": 0.5, "max": 3.0}, description="sigma_w"
        ),
        sigma_b=FloatSlider(sigma_b, **scale, description="sigma_b"),
        activation=activation_menu(activation, ["tanh", "sigmoid", "relu"]),
    )
