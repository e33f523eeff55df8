"""A toy figure with lines and dots on both kinds of axis, layered and not."""

import matplotlib.pyplot as plt
import numpy as np
import torch

from helpers.controls import activation_menu, depth_slider, gain_slider
from helpers.live import live
from helpers.live.positions import every_position

DEPTHS = 6
SAY = {"forward": ("signal at the last layer", -1)}


def compute(depth, gain, activation, seed=0):
    layers = np.arange(1, depth + 1)
    factor = gain * {"tanh": 0.9, "relu": 0.5**0.5}[activation]
    noise = np.random.default_rng(seed + 7).normal(size=50)
    return {
        "forward": factor**layers * np.exp(noise[:depth] / 9),
        "backward": torch.tensor(factor ** (depth - layers) * 3.0),
        "bell": gain * np.sin(np.linspace(0, 3, 11)),
        "loss": [depth * gain - 9.0] * 3,
    }


def grid(depth, gain, activation, seed=0):
    rows = [[compute(d, g, activation, seed) for d in depth] for g in gain]
    deepest = max(depth)

    def padded(row):
        row = np.asarray(row)
        return np.pad(row, (0, deepest - len(row)), constant_values=np.nan)

    return {
        "forward": (("gain",), [row[-1]["forward"] for row in rows]),
        "backward": (
            ("depth", "gain"),
            np.array([[padded(c["backward"]) for c in r] for r in rows]).swapaxes(0, 1),
        ),
        "bell": (("gain",), [row[0]["bell"] for row in rows]),
        "loss": (("gain", "depth"), [[c["loss"] for c in row] for row in rows]),
    }


def picture(curves, depth, **_):
    figure, (left, right) = plt.subplots(1, 2)
    left.set(yscale="log", xlim=(0, 51), ylim=(1e-9, 1e9), xlabel="layer")
    layers = np.arange(1, depth + 1)
    left.plot(layers, curves["forward"], gid="forward")
    left.plot(layers, curves["backward"], "o", gid="backward")
    right.set(ylim=(-10, 10))
    right.plot(np.linspace(0, 3, 11), curves["bell"], gid="bell")
    right.plot([0, 1, 2], curves["loss"], gid="loss")
    return figure


def controls(depth=3, gain=1.0, activation="tanh"):
    return {
        "depth": depth_slider(depth, max=DEPTHS),
        "gain": gain_slider(gain),
        "activation": activation_menu(activation, ["tanh", "relu"]),
    }


def toy(**changes):
    setup = {"key": "toy", "seeds": (0, 4), "say": SAY, **controls()} | changes
    return live(setup.pop("compute", compute), setup.pop("picture", picture), **setup)


def published(grid=None, **changes):
    """The toy with its curves at every position, as the book has it."""
    figure = toy(**changes)
    every_position(figure, grid)
    return figure
