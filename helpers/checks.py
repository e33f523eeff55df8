"""What helpers check before they compute: counts, gains and names."""

import math
from collections.abc import Mapping
from numbers import Integral, Real
from typing import TypeVar

import torch
from torch import Generator

Entry = TypeVar("Entry")


def check_count(name: str, value: int, least: int = 1) -> None:
    """Raise unless ``value`` is a whole number of at least ``least``.

    Raises:
        TypeError: not a whole number.
        ValueError: too small; the message names the value.
    """
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")


def check_gain(gain: float) -> None:
    """Raise unless the gain is a finite number of at least 0."""
    if not isinstance(gain, Real) or isinstance(gain, bool):
        raise TypeError(f"gain must be a number, got {gain!r}")
    if not (math.isfinite(gain) and gain >= 0):
        raise ValueError(f"gain must be finite and at least 0, got {gain}")


def known(name: str, table: Mapping[str, Entry], what: str) -> Entry:
    """The entry of that name in a table of ``what``: "scheme", "activation".

    Raises:
        ValueError: if there is none; the message lists the names.

    >>> known("two", {"one": 1}, "number")
    Traceback (most recent call last):
    ValueError: unknown number 'two'; known: one
    """
    try:
        return table[name]
    except (KeyError, TypeError):
        names = ", ".join(table)
        raise ValueError(f"unknown {what} {name!r}; known: {names}") from None


def fresh(generator: Generator | None) -> Generator:
    """The generator itself, or a new one with seed 0 in place of None."""
    return torch.Generator().manual_seed(0) if generator is None else generator
