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
    """The layers of each role that has several; all layers if there is none.

    A head is left out: it is often small or 0 on purpose, and scales all gradients
    alike, which says nothing about depth.
    """
    by_role: dict[tuple[str, str], list[int]] = {}
    for i, found in enumerate(map(role, m.names, m.kinds)):
        by_role.setdefault(found, []).append(i)
    groups = [_without_head(m, layers) for layers in by_role.values()]
    several = [layers for layers in groups if len(layers) > 1]
    return several or [_without_head(m, list(range(len(m.names))))]


def _without_head(m: Measured, layers: list[int]) -> list[int]:
    """Layers of one role without the network's last layer, if that is a head.

    A head has a width of its own, that of the task, or no activation behind it where
    others have one.
    """
    *others, last = layers
    if last != len(m.names) - 1 or not others:
        return layers
    own_width = all(m.units[i] != m.units[last] for i in others)
    bare = (m.h2 == m.q).tolist()
    is_head = own_width or bare[last] and not any(bare[i] for i in others)
    return others if is_head else layers


def ends(m: Measured, size: Tensor) -> Iterator[tuple[int, int]]:
    """The first and the last layer of each role whose size is a number above 0."""
    usable = ((size > 0) & size.isfinite()).tolist()
    for layers in roles(m):
        layers = [i for i in layers if usable[i]]
        if len(layers) > 1:
            yield layers[0], layers[-1]
