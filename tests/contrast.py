"""How far two colours stand apart."""

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
    if isinstance(colour, str) and colour.startswith("rgb"):
        parts = re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", colour)
        assert parts, f"{colour} is no opaque colour"
        colour = [int(part) / 255 for part in parts.groups()]
    share = np.array(to_rgb(colour))
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))
