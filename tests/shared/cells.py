"""A toy figure with bars on both kinds of axis, and cells on both kinds of scale."""

import re

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm

from helpers.controls import activation_menu, depth_slider, gain_slider
from helpers.live import live
from helpers.live.positions import every_position
from helpers.plots import COLOURS

BOX = r"M(-?[\d.]+) (-?[\d.]+)V(-?[\d.]+)H(-?[\d.]+)V-?[\d.]+Z"
CENTRES = np.linspace(-1.75, 1.75, 8)


def compute(depth, gain, activation="tanh", seed=0):
    noise = np.random.default_rng(seed).normal(size=(8, 7, 5))
    factor = gain * {"tanh": 0.9, "relu": 0.7}[activation]
    return {
        "share": np.exp(-((CENTRES / factor) ** 2)) + depth / 100,
        "size": factor ** np.arange(1, depth + 1.0),
        "change": np.tanh(noise[0] * factor),
        "kernel": factor ** (noise[1, :3] * depth),
    }


def picture(curves, depth, **_):
    figure, ((one, two), (three, four)) = plt.subplots(2, 2)
    blue, orange = COLOURS["blue"], COLOURS["orange"]
    one.bar(CENTRES, curves["share"], 0.45, gid="share", label="share", color=blue)
    one.set(ylim=(-0.1, 1.2), xlabel="z")
    one.legend()
    layers = np.arange(1, depth + 1)
    two.bar(layers, curves["size"], 0.8, gid="size", color=orange)
    two.set(yscale="log", xlim=(0, 13), ylim=(1e-4, 1e4), xlabel="layer")
    two.plot(layers, curves["size"], "o", gid="dots")
    three.pcolormesh(curves["change"], gid="change", cmap="PuOr", vmin=-1, vmax=1)
    norm = LogNorm(1e-3, 1e3)
    cells = four.pcolormesh(
        np.arange(6), [3, 2, 1, 0], curves["kernel"], gid="kernel", norm=norm
    )
    figure.colorbar(cells)
    return figure


def both(**setting):
    curves = compute(**setting)
    return curves | {"dots": curves["size"]}


def strange(depth, gain, activation="tanh", seed=0):
    """The toy's curves with numbers of every kind, which move with the depth."""
    curves = both(depth=depth, gain=gain, activation=activation, seed=seed)
    for name in ("share", "kernel", "size"):
        place = (depth - 1) % curves[name].size % 8
        curves[name].flat[place] = [0.0, np.inf, np.nan][depth % 3]
    curves["change"].flat[depth % 7 :: 7] = [np.nan, np.inf, -np.inf][depth % 3]
    return curves


def grid(depth, gain, activation, seed=0):
    table = [
        [both(depth=d, gain=g, activation=activation, seed=seed) for d in depth]
        for g in gain
    ]
    whole = {name: [[c[name] for c in row] for row in table] for name in table[0][0]}
    longest = [row[-1]["size"] for row in table]
    axes = ("gain", "depth")
    return {
        "share": (axes, whole["share"]),
        "size": (("gain",), longest),
        "change": (("gain",), [row[0] for row in whole["change"]]),
        "kernel": (axes, whole["kernel"]),
        "dots": (("gain",), longest),
    }


def toy(**changes):
    setup = {
        "compute": both,
        "picture": picture,
        "key": "toy",
        "seeds": (0, 4),
        "say": {"size": ("size at the last layer", -1)},
        "depth": depth_slider(3, max=12),
        "gain": gain_slider(1.0),
        "activation": activation_menu("tanh", ["tanh", "relu"]),
    } | changes
    return live(setup.pop("compute"), setup.pop("picture"), **setup)


def published(grid=None, **changes):
    """The toy with its curves at every position, as the book has it."""
    figure = toy(**changes)
    every_position(figure, grid)
    return figure


def boxes(d):
    """Left, right, foot and top of every box in a path, shape (boxes, 4)."""
    found = np.array(re.findall(BOX, d), float).reshape(-1, 4)
    return found[:, [0, 3, 1, 2]]
