"""Which layers a verdict compares: those that do the same at different depths."""

import re
from collections.abc import Iterator

from torch import Tensor

from helpers.signals.measured import Measured


def role(name: str, kind: str) -> tuple[str, str]:
    """What layers of one role have in common: their class, and their name but depth.

    >>> role("layer2.0.conv1", "Conv2d") == role("layer4.1.conv1", "Conv2d")
    True
    >>> role("blocks.0.mlp.0", "Linear") == role("blocks.0.mlp.2", "Linear")
    False
    """
    *containers, own = name.split(".")
    if own.isdigit() and not re.search(r"\d", "".join(containers)):
        return kind, "#"  # a plain chain, whatever its container is called
    # Numbers count depth, but inside a numbered block they tell its layers apart.
    outer = re.sub(r"\d+", "#", ".".join(containers))
    return kind, f"{outer}.{own}" if "#" in outer else re.sub(r"\d+", "#", name)


def roles(m: Measured) -> list[list[int]]:
    """The layers of each role that has several; all layers if there is none."""
    by_role: dict[tuple[str, str], list[int]] = {}
    for i, found in enumerate(map(role, m.names, m.kinds)):
        by_role.setdefault(found, []).append(i)
    several = [layers for layers in by_role.values() if len(layers) > 1]
    return several or [list(range(len(m.names)))]


def ends(m: Measured, size: Tensor) -> Iterator[tuple[int, int]]:
    """The first and the last layer of each role whose size is a number above 0."""
    usable = ((size > 0) & size.isfinite()).tolist()
    for layers in roles(m):
        layers = [i for i in layers if usable[i]]
        if len(layers) > 1:
            yield layers[0], layers[-1]
