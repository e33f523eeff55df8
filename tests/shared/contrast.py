"""How far two colours stand apart, also for colour-blind eyes."""

import re

import numpy as np
from matplotlib.colors import to_rgb


def contrast(one, other) -> float:
    """The contrast ratio of WCAG 2.2, from 1 to 21, of two opaque colours.

    Args:
        one: a colour as matplotlib takes it, or ``rgb(r, g, b)`` as browsers write it.
        other: likewise.
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour) -> float:
    return float(_linear(colour) @ (0.2126, 0.7152, 0.0722))


def _linear(colour) -> np.ndarray:
    """Red, green and blue light, from 0 to 1."""
    if isinstance(colour, str) and colour.startswith("rgb"):
        parts = re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", colour)
        assert parts, f"{colour} is no opaque colour"
        colour = [int(part) / 255 for part in parts.groups()]
    share = np.array(to_rgb(colour))
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


# What eyes without one kind of cone see of red, green and blue light: Machado, Oliveira
# and Fernandes (2009), table 1, severity 1. Grey stays grey.
EYES = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
# CIE XYZ of the primaries of sRGB (IEC 61966-2-1), and of its white.
XYZ = np.array(
    [
        [0.4124, 0.3576, 0.1805],
        [0.2126, 0.7152, 0.0722],
        [0.0193, 0.1192, 0.9505],
    ]
)


def difference(one, other, eyes: str) -> float:
    """How far apart two colours look: the distance in CIELAB (1976).

    About 2.3 is just noticeable; black and white are 100 apart.

    Args:
        one: a colour as for ``contrast``.
        other: likewise.
        eyes: whose; a name in ``EYES``.
    """
    return float(np.linalg.norm(_lab(one, eyes) - _lab(other, eyes)))


def _lab(colour, eyes: str) -> np.ndarray:
    seen = np.clip(EYES[eyes] @ _linear(colour), 0, 1)
    share = XYZ @ seen / XYZ.sum(1)
    bent = np.where(
        share > (6 / 29) ** 3, np.cbrt(share), share * (29 / 6) ** 2 / 3 + 4 / 29
    )
    x, y, z = bent
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])
