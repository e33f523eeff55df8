"""What helpers check before they compute, and keep when they have: no state leaks."""

import math
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import cache, wraps
from numbers import Integral, Real
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Generator, Tensor

Entry = TypeVar("Entry")
LARGEST_COUNT = 2**63 - 1  # of torch


def check_count(name: str, value: int, least: int = 1) -> int:
    """The whole number as Python's own, if it is at least ``least``.

    numpy's whole numbers pass too; they would overflow where Python's grow.

    Raises:
        TypeError: not a whole number.
        ValueError: too small, or beyond what torch counts; the message names the value.
    """
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    if value > LARGEST_COUNT:
        raise ValueError(f"{name} must be at most {LARGEST_COUNT}, got {value}")
    return int(value)


def check_real(name: str, value: Any) -> float:
    """The number as a float; a whole number that is too large for one is infinite.

    Raises:
        TypeError: not a real number; the message names the value.
    """
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, got {value!r}")
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf  # type: ignore[operator]


def check_scale(name: str, value: Any) -> float:
    """The number as a float, if it is finite and at least 0.

    Raises:
        TypeError: not a real number.
        ValueError: negative or not finite; the message names the value.
    """
    scale = check_real(name, value)
    if not 0 <= scale < math.inf:
        raise ValueError(f"{name} must be finite and at least 0, got {value}")
    return scale


def check_gain(gain: float) -> None:
    """Raise unless the gain is a finite number of at least 0."""
    check_scale("gain", gain)


def numbers(name: str, values: Any) -> Tensor:
    """One or more real numbers as a float64 tensor on the CPU.

    Raises:
        TypeError: what holds no real numbers.
        ValueError: a tensor on the meta device, which has none; sizes that differ.
    """
    if isinstance(values, Real) and not isinstance(values, bool):
        return torch.tensor(check_real(name, values), dtype=torch.float64, device="cpu")
    if not isinstance(values, Tensor):
        try:
            array = np.asarray(values)
        except ValueError:  # rows of several lengths
            array = np.asarray(None)
        if array.dtype.kind not in "iuf":
            raise TypeError(f"{name} must hold real numbers, got {values!r}")
        return torch.from_numpy(array.astype(np.float64))
    if values.is_meta:
        raise ValueError(f"{name} holds no numbers: it is on the meta device")
    if values.is_complex() or values.dtype is torch.bool:
        raise TypeError(f"{name} must hold real numbers, got {values.dtype}")
    return values.to("cpu", torch.float64)


def number(name: str, value: Any) -> float:
    """One real number as a float.

    Raises:
        TypeError: no real number.
        ValueError: more than one, or none.
    """
    values = numbers(name, value)
    if values.numel() != 1:
        raise ValueError(f"{name} must be one number, got shape {tuple(values.shape)}")
    return values.item()


def once(f: Callable[..., Entry]) -> Callable[..., Entry]:
    """Computes each value of f once, on the CPU and outside of every mode of torch.

    So a first call on the meta device, in inference mode or with another default type
    leaves nothing behind that a later call could stumble over.
    """

    @cache
    @wraps(f)
    def kept(*args: Any) -> Entry:
        kind = torch.get_default_dtype()
        torch.set_default_dtype(torch.float32)
        elsewhere = torch.get_default_device().type != "cpu"
        # As a context a device slows each operation, so only where it is needed.
        device = torch.device("cpu") if elsewhere else nullcontext()
        try:
            with torch.inference_mode(False), torch.no_grad(), device:
                return f(*args)
        finally:
            torch.set_default_dtype(kind)

    return kept


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
    """The generator itself, or a new one with seed 0 in place of None.

    Raises:
        TypeError: something else, such as a seed.
    """
    if generator is None:
        return torch.Generator().manual_seed(0)
    if not isinstance(generator, Generator):
        raise TypeError(f"generator must be a torch.Generator, got {generator!r}")
    return generator
