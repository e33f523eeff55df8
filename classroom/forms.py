"""The form of a value: its sizes and its kind, without what it says.

A test that compares without looking at sizes holds for a list of nothing, for one
number in place of a hundred, and often for "not a number". So a student's values must
have the form that the reference answers' values have in the same place. What differs
between honest answers makes no difference: a float or a tensor of one number, a list or
a tensor, a dimension of size 1 more or less.
"""

from dataclasses import dataclass
from numbers import Number
from typing import Any


@dataclass(frozen=True)
class Numbers:
    """A number, or numbers in rows and columns; dimensions of size 1 are left out."""

    shape: tuple[int, ...]
    has_nan: bool = False

    def __str__(self) -> str:
        if self.shape == ():
            return "nan" if self.has_nan else "one number"
        size = " x ".join(map(str, self.shape))
        return f"{size} numbers" + (", some of them nan" if self.has_nan else "")


@dataclass(frozen=True)
class Values:
    """Values that are no numbers in a block: in order, or by name."""

    parts: dict[Any, Any]

    def __str__(self) -> str:
        return f"{len(self.parts)} values"


@dataclass(frozen=True)
class Text:
    """Words."""

    def __str__(self) -> str:
        return "text"


@dataclass(frozen=True)
class Anything:
    """What has no form that could be asked for: nothing, a type, a set."""

    def __str__(self) -> str:
        return "something else"


Form = Numbers | Values | Text | Anything
Forms = dict[str, list[dict[str, Form]]]  # by test: of each asking's values, by name


def form_of(value: Any) -> Form:
    """The form of a value that came over the wire."""
    import numpy as np  # who only carries forms does without
    import torch

    match value:
        case torch.Tensor():
            return numbers(tuple(value.shape), bool(value.isnan().any()))
        case np.ndarray() | np.generic() if value.dtype.kind in "biufc":
            return numbers(value.shape, bool(np.isnan(value).any()))
        case Number():
            return Numbers((), bool(value != value))
        case str():
            return Text()
        case range():
            return numbers((len(value),), False)
        case list() | tuple():
            return together([form_of(part) for part in value])
        case dict():
            return Values({key: form_of(part) for key, part in value.items()})
    return Anything()


def numbers(shape: tuple[int, ...], has_nan: bool) -> Numbers:
    """Numbers of this shape, whatever its dimensions of size 1."""
    return Numbers(tuple(n for n in shape if n != 1), has_nan)


def together(parts: list[Form]) -> Form:
    """The form of a list: a block, if all its parts are numbers of one shape."""
    blocks = [part for part in parts if isinstance(part, Numbers)]
    if len(blocks) < len(parts) or len({block.shape for block in blocks}) > 1:
        return Values(dict(enumerate(parts)))
    inner = blocks[0].shape if blocks else ()
    return numbers((len(parts), *inner), any(block.has_nan for block in blocks))


def misfit(found: Form, wanted: Form) -> str | None:
    """What is wrong with the form of a value, None if nothing is."""
    match found, wanted:
        case _, Anything():
            return None
        case Numbers(), Numbers() if found.shape == wanted.shape:
            if wanted.has_nan or not found.has_nan:
                return None
        case Values(), Values() if found.parts.keys() >= wanted.parts.keys():
            pairs = ((found.parts[key], part) for key, part in wanted.parts.items())
            return next(filter(None, (misfit(f, w) for f, w in pairs)), None)
        case Text(), Text():
            return None
    return f"{found}, where there should be {wanted}"
