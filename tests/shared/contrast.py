"""How far two colours stand apart, also for colour-blind eyes."""

import re

import numpy as np
from colorspacious import cspace_convert, deltaE
from matplotlib.colors import to_rgb

# By name, the kind of cone that is missing as colorspacious calls it: its severity
# runs from an anomaly to 100, where it is missing altogether.
EYES = {
    "all cones": None,
    "protanopia": "protanomaly",
    "deuteranopia": "deuteranomaly",
    "tritanopia": "tritanomaly",
}


def contrast(one, other) -> float:
    """The contrast ratio of WCAG 2.2, from 1 to 21, of two opaque colours.

    Args:
        one: a colour as matplotlib takes it, or ``rgb(r, g, b)`` as browsers write it.
        other: likewise.
    """
    luminances = [cspace_convert(_rgb(c), "sRGB1", "XYZ1")[1] for c in (one, other)]
    dark, light = sorted(luminances)
    return float((light + 0.05) / (dark + 0.05))


def difference(one, other, eyes: str) -> float:
    """How far apart two colours look: the distance in CIELAB (1976).

    About 2.3 is just noticeable; black and white are 100 apart.

    Args:
        one: a colour as for ``contrast``.
        other: likewise.
        eyes: whose; a name in ``EYES``.
    """
    seen = [_seen(colour, eyes) for colour in (one, other)]
    return float(deltaE(*seen, input_space="sRGB1", uniform_space="CIELab"))


def _seen(colour, eyes: str) -> np.ndarray:
    """A colour as eyes see it, after Machado, Oliveira and Fernandes (2009)."""
    cone = EYES[eyes]
    if cone is None:
        return _rgb(colour)
    space = {"name": "sRGB1+CVD", "cvd_type": cone, "severity": 100}
    return np.clip(cspace_convert(_rgb(colour), space, "sRGB1"), 0, 1)


def _rgb(colour) -> np.ndarray:
    if isinstance(colour, str) and colour.startswith("rgb"):
        parts = re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", colour)
        assert parts, f"{colour} is no opaque colour"
        colour = [int(part) / 255 for part in parts.groups()]
    return np.array(to_rgb(colour))
