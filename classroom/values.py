"""Data on the wire between a student's process and the judge's.

Numbers, text, None, lists, tuples, sets, dicts, tensors and arrays, as JSON followed by
raw bytes. What is a kind of number arrives as that number: a fraction as a fraction,
what a student's own class calls its value as that value. Nothing that arrives can run:
an object of any other kind arrives as an ``Other``, which knows the name of its type
and nothing else.
"""

import json
import math
import re
from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, SupportsFloat

import numpy as np
import torch

DEPTH = 40  # lists in lists
TEXT = 8 * 2**20  # bytes of JSON
DIGITS = 10_000  # of exact numbers, and of what a decimal one is shifted by
LONGEST = 10**6  # numbers in a range
DTYPE = re.compile(r"[<>|=]?[biufcSU]\d+")


class BadValue(ValueError):
    """Bytes that are no value, or a value that is too large."""


@dataclass(frozen=True)
class Other:
    """An object that is no data, in a process that does not have it."""

    kind: str


def pack(value: Any) -> bytes:
    """A value as bytes.

    Raises:
        BadValue: if it is nested too deeply or too large.
    """
    blobs: list[bytes] = []
    text = json.dumps(encoded(value, blobs, DEPTH)).encode()
    if len(text) > TEXT:
        raise BadValue(f"{len(text):,} bytes of numbers and text; at most {TEXT:,}")
    return b"".join([len(text).to_bytes(4, "big"), text, *blobs])


def unpack(data: bytes) -> Any:
    """The value of such bytes.

    Raises:
        BadValue: if they are not what ``pack`` wrote, whoever wrote them.
    """
    start = 4 + int.from_bytes(data[:4], "big")
    if not 4 < start <= min(len(data), 4 + TEXT):
        raise BadValue("the text is longer than the message")
    try:
        return decoded(json.loads(data[4:start]), memoryview(data)[start:])
    except BadValue:
        raise
    except Exception as error:
        raise BadValue(f"{type(error).__name__}: {error}") from None


def is_data(value: Any) -> bool:
    """Whether a value crosses to another process as what it is."""
    try:
        return '{"other": ' not in json.dumps(encoded(value, [], DEPTH))
    except (BadValue, ValueError):
        return False


def encoded(value: Any, blobs: list[bytes], depth: int) -> Any:
    """A value as JSON has it; bytes go into blobs."""
    if depth == 0:
        raise BadValue(f"nested more than {DEPTH} times")

    def inner(values: Any) -> list:
        return [encoded(v, blobs, depth - 1) for v in values]

    def raw(data: bytes) -> list[int]:
        blobs.append(data)
        return [sum(map(len, blobs[:-1])), len(data)]

    match value:
        case None | bool():
            return value
        case str():
            return str.__str__(value)
        case int():
            return int(value) if abs(value) < 2**64 else {"int": hex(value)}
        case np.generic() if value.dtype.kind in "biufcSU":
            return {"scalar": [value.dtype.str, *raw(value.tobytes())]}
        case float():
            return float(value)
        case complex():
            return {"complex": [value.real, value.imag]}
        case bytes() | bytearray():
            return {"bytes": raw(bytes(value))}
        case Fraction() if is_small(value.numerator, value.denominator):
            return {"fraction": [hex(value.numerator), hex(value.denominator)]}
        case Decimal() if is_short(value):
            return {"decimal": Decimal.__str__(value)}
        case list() | deque():
            return inner(value)
        case torch.Size():
            return {"size": [int(n) for n in value]}
        case tuple():
            return {"tuple": inner(value)}
        case range() if is_small(value.start, value.stop) and value[:LONGEST] == value:
            return {"range": [value.start, value.stop, value.step]}
        case frozenset():
            return {"frozenset": inner(value)}
        case set():
            return {"set": inner(value)}
        case dict():
            return {"dict": [inner(pair) for pair in value.items()]}
        case torch.dtype():
            return {"dtype": str(value).removeprefix("torch.")}
        case torch.Tensor() if value.layout == torch.strided and not value.is_quantized:
            flat = value.detach().cpu().resolve_conj().resolve_neg().reshape(-1)
            data = flat.contiguous().view(torch.uint8).numpy().tobytes()
            dtype = str(value.dtype).removeprefix("torch.")
            shape, grad = list(value.shape), bool(value.requires_grad)
            return {"tensor": [dtype, shape, grad, *raw(data)]}
        case np.ndarray() if value.dtype.kind in "biufcSU":
            data = np.ascontiguousarray(value).tobytes()
            return {"array": [value.dtype.str, list(value.shape), *raw(data)]}
        case torch.Tensor() | np.ndarray() | np.generic():
            pass  # of another kind than those above
        case SupportsFloat():
            return as_float(value)
    return {"other": type(value).__name__[:80]}


def as_float(value: SupportsFloat) -> Any:
    """A number of some other library, or of a class of the student's."""
    try:
        return float(value)
    except Exception:
        return {"other": type(value).__name__[:80]}


def is_small(*numbers: int) -> bool:
    """Whether whole numbers are short enough to find what divides both."""
    return all(abs(number).bit_length() <= 3 * DIGITS for number in numbers)


def is_short(number: Decimal) -> bool:
    """Whether a decimal number cannot fill the memory: ``int(Decimal("1e999999999"))``
    would.
    """
    _, digits, exponent = number.as_tuple()
    if exponent in ("n", "N"):
        return exponent == "n"  # the other one raises wherever it is compared
    at_zero = exponent == "F"
    return at_zero or (len(digits) <= DIGITS and abs(int(exponent)) <= DIGITS)


def decoded(value: Any, blobs: memoryview) -> Any:
    """What JSON stands for; every size is checked against the bytes that are there."""
    if isinstance(value, list):
        return [decoded(v, blobs) for v in value]
    if not isinstance(value, dict):
        return value
    [(kind, content)] = value.items()
    match kind, content:
        case "int", str():
            return int(content, 16)
        case "complex", [real, imag]:
            return complex(real, imag)
        case "bytes", [start, size]:
            return bytes(cut(blobs, start, size))
        case "tuple", list():
            return tuple(decoded(content, blobs))
        case "fraction", [str() as above, str() as below]:
            pair = int(above, 16), int(below, 16)
            if is_small(*pair):
                return Fraction(*pair)
        case "decimal", str() if is_short(number := Decimal(content)):
            return number
        case "size", list():
            return torch.Size(sizes(content))
        case "range", [int() as start, int() as stop, int() as step]:
            found = range(start, stop, step)
            if found[:LONGEST] == found:
                return found
        case "frozenset", list():
            return frozenset(decoded(content, blobs))
        case "set", list():
            return set(decoded(content, blobs))
        case "dict", list():
            return {k: v for k, v in (decoded(pair, blobs) for pair in content)}
        case "dtype", str():
            return torch_dtype(content)
        case "scalar", [dtype, start, size]:
            return np.frombuffer(cut(blobs, start, size), numpy_dtype(dtype))[0]
        case "array", [dtype, shape, start, size]:
            copied = bytearray(cut(blobs, start, size))  # so that it can be written to
            return np.frombuffer(copied, numpy_dtype(dtype)).reshape(sizes(shape))
        case "tensor", [dtype, shape, grad, start, size]:
            data, dtype = bytearray(cut(blobs, start, size)), torch_dtype(dtype)
            if size != math.prod(sizes(shape)) * dtype.itemsize:
                raise BadValue("a tensor whose shape and bytes differ")
            flat = torch.frombuffer(data, dtype=dtype) if data else torch.empty(0)
            tensor = flat.to(dtype).reshape(shape)
            return tensor.requires_grad_() if grad is True else tensor
        case "other", str():
            return Other(content)
    raise BadValue(f"nothing of the kind {kind!r}")


def cut(blobs: memoryview, start: int, size: int) -> memoryview:
    """Some of the raw bytes."""
    if not 0 <= start <= start + size <= len(blobs):
        raise BadValue("a value that points outside its message")
    return blobs[start : start + size]


def sizes(shape: list[int]) -> list[int]:
    """A shape of whole numbers that are not negative."""
    if not all(type(n) is int and n >= 0 for n in shape):
        raise BadValue(f"no shape: {shape!r}")
    return shape


def torch_dtype(name: str) -> torch.dtype:
    """A type of torch's by name."""
    dtype = getattr(torch, name, None)
    if not isinstance(dtype, torch.dtype):
        raise BadValue(f"no type of tensors: {name!r}")
    return dtype


def numpy_dtype(name: str) -> np.dtype:
    """A type of numpy's by name, unless it can hold objects."""
    if not DTYPE.fullmatch(name):
        raise BadValue(f"no type of arrays: {name!r}")
    return np.dtype(name)
