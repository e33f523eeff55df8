"""The book's main live figures: a deep network's two signals, measured and foretold.

Forward, the root mean square of every layer's pre-activations z; backward, that of
dLoss/dz. Dots are one network of ``WIDTH`` units on ``BATCH`` random inputs, measured
by the probe; lines are the theory of infinite width.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import matplotlib.pyplot as plt
import torch
from ipywidgets import FloatLogSlider
from matplotlib.figure import Figure
from torch import Generator, Tensor

from helpers import plots
from helpers.controls import activation_menu, depth_slider, gain_slider
from helpers.live import LiveFigure, live
from helpers.meanfield import backward_curve, forward_curve
from helpers.networks import mlp
from helpers.signals import probe, sweep

WIDTH, BATCH, SEEDS = 64, 16, (0, 1, 2, 3)
SAY = {
    "forward": ("signal at the last layer", -1),
    "backward": ("gradient at the first layer", 0),
}
# Smallest positive and largest number that each format can hold.
FORMATS = {
    "float16": (2.0**-24, 65504.0),
    "float32": (2.0**-149, torch.finfo(torch.float32).max),
}
ALT = (
    "Fan plot on a logarithmic axis: the root mean square of the signal at each layer, "
    "running to the right, and of the gradient, running to the left."
)


def _inputs(seed: int) -> tuple[Tensor, Generator]:
    """The batch, the same for every draw, and the generator of the weights."""
    fixed = torch.Generator().manual_seed(1)
    x = torch.randn(BATCH, WIDTH, generator=fixed, dtype=torch.float64)
    return x, torch.Generator().manual_seed(seed)


def sizes(
    depth: int, gain: float, activation: str, seed: int = 0
) -> Mapping[str, Tensor]:
    """The four curves of one network, each of shape (depth,), root mean squares.

    Arguments are those of ``helpers.networks.mlp``; weights are Xavier times the gain.
    """
    x, generator = _inputs(seed)
    model = mlp(depth, WIDTH, activation, gain=gain, generator=generator).double()
    signal = probe(model, x)
    forward, deepest = _theory(gain, activation, depth + -depth % 50)
    return {
        "forward": signal.q.sqrt(),
        "backward": signal.grad2.sqrt(),
        "forward_theory": forward[:depth],
        # Every network ends with gradient 1, so a shallower one starts the curve of
        # the deepest one later.
        "backward_theory": deepest[:depth] / deepest[depth - 1],
    }


@lru_cache(maxsize=64)
def _theory(gain: float, activation: str, depth: int) -> tuple[Tensor, Tensor]:
    """Theory of both signals, kept while the depth slider moves."""
    return (
        forward_curve(activation, gain, depth).sqrt(),
        backward_curve(activation, gain, depth).sqrt(),
    )


def all_sizes(
    depth: Sequence[int], gain: Sequence[float], activation: str, seed: int = 0
) -> Mapping[str, tuple[tuple[str, ...], Tensor]]:
    """``sizes`` for every depth from 1 to the largest, and every gain, at once."""
    x, generator = _inputs(seed)
    swept = sweep(activation, gain, max(depth), x, generator=generator)
    scale = torch.tensor(gain, dtype=torch.float64)
    deepest = backward_curve(activation, scale, max(depth)).sqrt()
    picked = [d - 1 for d in depth]
    return {
        "forward": (("gain",), swept.forward),
        "backward": (("gain", "depth"), swept.backward[:, picked]),
        "forward_theory": (
            ("gain",),
            forward_curve(activation, scale, max(depth)).sqrt(),
        ),
        "backward_theory": (
            ("gain", "depth"),
            deepest.unsqueeze(1) / deepest[:, picked].unsqueeze(2),
        ),
    }


def fan(
    depth: int = 30,
    gain: float = 1.0,
    activation: str = "tanh",
    *,
    key: str = "fan",
    presets: Mapping[str, Mapping] | None = None,
    max_depth: int = 50,
) -> LiveFigure:
    """The live figure, with sliders for depth and gain and a menu of activations.

    Args:
        depth: number of layers at the start, from 1 to ``max_depth``.
        gain: factor on Xavier weights at the start, from 0.1 to 10.
        activation: a name in ``ACTIVATIONS``.
        key: name of the figure in links; unique on its page.
        presets: buttons, each with the setting it leads to.
        max_depth: end of the depth slider.

    Raises:
        ValueError: a value out of its range.
        TypeError: a value of the wrong type.
    """

    def picture(curves: Mapping, **setting) -> Figure:
        figure, ax = plt.subplots()
        plots.fan(ax, curves, max_depth)
        return figure

    return live(
        sizes,
        picture,
        grid=all_sizes,
        key=key,
        say=SAY,
        seeds=SEEDS,
        presets=presets,
        limits=FORMATS,
        alt=ALT,
        own=True,
        depth=depth_slider(depth, max_depth),
        gain=gain_slider(gain),
        activation=activation_menu(activation),
    )


# Three fates --------------------------------------------------------------------------

# Activation and gain of a network whose gradient vanishes, of one whose gradient
# explodes, and of one in which both signals arrive.
FATES = {
    "vanish": ("sigmoid", 1.0),
    "explode": ("tanh", 3.0),
    "critical": ("relu", 2**0.5),
}
TITLES = {
    "vanish": "vanish: sigmoid, gain 1",
    "explode": "explode: tanh, gain 3",
    "critical": "critical: relu, gain √2",
}


def fates(depth: int, times: float) -> dict[str, Tensor]:
    """Both signals of the three networks, each of shape (depth,); see ``sizes``.

    Args:
        depth: number of layers.
        times: factor on all weights of all three.
    """
    found = {}
    for fate, (activation, gain) in FATES.items():
        for name, values in sizes(depth, gain * times, activation).items():
            found[f"{fate} {name}"] = values
    return found


def all_fates(
    depth: Sequence[int], times: Sequence[float]
) -> dict[str, tuple[tuple[str, ...], Tensor]]:
    """``fates`` for every depth from 1 to the largest, and every factor, at once."""
    found = {}
    for fate, (activation, gain) in FATES.items():
        gains = [gain * factor for factor in times]
        for name, (axes, values) in all_sizes(depth, gains, activation).items():
            over = tuple("times" if axis == "gain" else axis for axis in axes)
            found[f"{fate} {name}"] = (over, values)
    return found


def three_fates(depth: int = 50, *, key: str = "fates") -> LiveFigure:
    """Vanish, explode and critical side by side; one slider scales all weights.

    Args:
        depth: number of layers at the start, from 1 to 50.
        key: name of the figure in links; unique on its page.

    Raises:
        ValueError: a depth out of its range.
    """

    def picture(curves: Mapping, **setting) -> Figure:
        figure, axes = plt.subplots(1, 3, figsize=(6.6, 2.6), sharey=True)
        for ax, fate in zip(axes, FATES, strict=True):
            plots.unchanged(ax)
            looks = dict(plots.FAN)
            for name, word in (("forward", "signal"), ("backward", "gradient")):
                # the words of one panel are enough
                label = word if fate == "critical" else None
                looks[name] = replace(looks[name], label=label)
            shown = {f"{fate} {name}": look for name, look in looks.items()}
            plots.draw(ax, {name: curves[name] for name in shown}, shown)
            ax.set(yscale="log", xlim=(0, 51), xlabel="layer", title=TITLES[fate])
            ax.tick_params(labelleft=True)
        return figure

    as_it_is = {"as they are": 1.0, "a tenth less": 0.9, "a tenth more": 1.1}
    return live(
        fates,
        picture,
        grid=all_fates,
        key=key,
        say={
            "vanish backward": ("gradient at the first layer: vanish", 0),
            "explode backward": ("explode", 0),
            "critical backward": ("critical", 0),
        },
        presets={
            label: {"depth": 50, "times": times} for label, times in as_it_is.items()
        },
        alt=(
            "Three fan plots side by side: a network whose gradient vanishes, one "
            "whose gradient explodes, and one in which both signals stay level."
        ),
        depth=depth_slider(depth),
        times=FloatLogSlider(
            1.0, base=2, min=-1, max=1, step=1 / 8, description="all weights times"
        ),
    )
