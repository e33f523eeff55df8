"""Random inputs for a model, and how a shell asks for them. No lesson needs this."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn

from helpers.signals.errors import AuditError

FORMATS = {
    str(t).removeprefix("torch."): t
    for t in (torch.float64, torch.float32, torch.bfloat16, torch.float16)
}
WHOLE = {
    str(t).removeprefix("torch."): t
    for t in (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)
} | {"bool": torch.bool}
NUMBER = r"-?\d+(?:\.\d+)?"
SPEC = re.compile(
    r"(?:(?P<name>[^\W\d]\w*)=)?"
    r"(?P<shape>\d+(?:,\d+)*)?"
    rf"(?::(?P<low>{NUMBER})\.\.(?P<high>{NUMBER})|:(?P<below>\d+))?"
    r"(?::(?P<format>[a-z]\w*))?"
)
EXAMPLES = "such as 3,32,32, 16:1000 or mask=16:0..1:bool"


class Input(NamedTuple):
    """One input of a model: its shape without the batch, and what is in it."""

    shape: tuple[int, ...]
    low: float | None = None  # None means normal numbers
    high: float | None = None  # included
    format: torch.dtype | None = None  # None means the model's, or int64
    name: str = ""  # of the argument; "" if it is given by its place

    def batch(self, count: int, model: torch.dtype, generator: Generator) -> Tensor:
        """So many inputs at once, for a model of some number format."""
        size = (count, *self.shape)
        if self.low is None or self.high is None:
            normal = torch.randn(size, generator=generator, dtype=torch.float64)
            return normal.to(self.format or model)
        if self.format in FORMATS.values():
            share = torch.rand(size, generator=generator, dtype=torch.float64)
            return (self.low + (self.high - self.low) * share).to(self.format)
        low, high = int(self.low), int(self.high)
        whole = torch.randint(low, high + 1, size, generator=generator)
        return whole.to(self.format or torch.int64)


def read(text: str) -> Input:
    """An input from how it is asked for, ``[NAME=]SHAPE[:RANGE][:FORMAT]``.

    A range is ``1000``, whole numbers below it, or ``5..10``, both included: whole
    numbers, or numbers drawn evenly in between if the format has fractions.

    Raises:
        ValueError: it is no such thing, or no number lies in the range.

    >>> read("16:1000")
    Input(shape=(16,), low=0, high=999, format=None, name='')
    >>> read("image=3,8,8:0..255:float32").format
    torch.float32
    """
    found = SPEC.fullmatch(text)
    if not found or not found["shape"] and ":" not in text:
        raise ValueError(f"must be whole numbers from 1 on, {EXAMPLES}; got {text!r}")
    shape = tuple(map(int, found["shape"].split(","))) if found["shape"] else ()
    if 0 in shape or found["below"] and int(found["below"]) < 1:
        raise ValueError(f"must be whole numbers from 1 on, {EXAMPLES}; got {text!r}")
    asked = found["format"]
    if asked and asked not in FORMATS | WHOLE:
        known = ", ".join(FORMATS | WHOLE)
        raise ValueError(f"{asked!r} is no number format; known: {known}")
    format = (FORMATS | WHOLE)[asked] if asked else None
    low, high = _range(found, format)
    return Input(shape, low, high, format, found["name"] or "")


def _range(
    found: re.Match[str], format: torch.dtype | None
) -> tuple[float | None, float | None]:
    """The least and the largest number of an input; None and None for normal ones."""
    if found["below"]:
        low, high = 0.0, int(found["below"]) - 1.0
    elif found["low"]:
        low, high = float(found["low"]), float(found["high"])
    elif format in WHOLE.values():
        low, high = 0.0, 1.0
    else:
        return None, None
    if low > high:
        raise ValueError(f"a range goes up, got {found[0]!r}")
    if format in FORMATS.values():
        return low, high
    limits = torch.iinfo(torch.int64 if format in (None, torch.bool) else format)
    least, most = (0, 1) if format == torch.bool else (limits.min, limits.max - 1)
    if not least <= low <= high <= most or low % 1 or high % 1:
        what = "whole numbers" if format is None else str(format).removeprefix("torch.")
        raise ValueError(
            f"{what} go from {least} to {most} without fractions, got {found[0]!r}"
        )
    return int(low), int(high)


def batch_for(
    model: nn.Module, inputs: Sequence[Input], count: int, seed: int
) -> tuple[Tensor, ...] | dict[str, Tensor]:
    """Random inputs where the model's weights are, normal ones in their format.

    Returns:
        A batch of each, in their order; by name if they have names.

    Raises:
        AuditError: the model has no weights, or none with values.
    """
    weights = list(model.parameters())
    if not weights:
        raise AuditError(
            f"{type(model).__name__} has no parameters: nothing to measure"
        )
    device = weights[0].device
    if device.type == "meta":
        raise AuditError(
            "the model is on the meta device, where weights have no values"
        )
    floats = Counter(p.dtype for p in weights if p.is_floating_point())
    ((dtype, _),) = floats.most_common(1) or [(torch.float32, 0)]
    generator = Generator().manual_seed(seed)
    batches = [one.batch(count, dtype, generator).to(device) for one in inputs]
    names = [one.name for one in inputs]
    if any(names):
        return dict(zip(names, batches, strict=True))
    return tuple(batches)
