"""Data on the wire."""

import json
import math
import os
from collections import OrderedDict, deque
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch

from classroom.values import BadValue, Other, is_data, pack, unpack

DATA = [
    None,
    True,
    0,
    -(2**70),
    0.1,
    -0.0,
    math.inf,
    5e-324,
    2 + 3j,
    "",
    "naïve \ud800 \0",
    b"\x00\xff",
    [1, [2.5, "x"]],
    (1, (2,), []),
    {1, 2},
    {"a": (1, 2), 3: None, (1, 2): [4]},
    torch.float64,
    torch.bfloat16,
    Fraction(-1, 3),
    Decimal("0.100"),
    Decimal("-Infinity"),
    frozenset({1}),
    {frozenset({0, 1}), frozenset({2})},
    range(5, 0, -2),
    torch.Size([2, 3]),
]
TENSORS = [
    torch.tensor(3.5, dtype=torch.float64),
    torch.arange(12).reshape(3, 4).T,
    torch.zeros(0, 3),
    torch.tensor([True, False]),
    torch.tensor([1 + 2j]).conj(),
    torch.randn(3, generator=torch.Generator().manual_seed(0)).to(torch.bfloat16),
    torch.ones(2).expand(3, 2),
    torch.nn.Parameter(torch.ones(2)),
]
ARRAYS = [
    np.arange(6.0).reshape(2, 3).T,
    np.array(["a", "bc"]),
    np.zeros((0, 2), np.int8),
    np.array([1 + 2j], np.complex64),
]


@pytest.mark.parametrize("value", DATA, ids=lambda v: ascii(v)[:20])
def test_data_crosses_as_what_it_is(value):
    got = unpack(pack(value))
    assert got == value and type(got) is type(value) and is_data(value)
    assert repr(got) == repr(value)  # -0.0 too


class Near(float):
    """Equal to all that it is compared with."""

    def __eq__(self, other):
        return True

    __sub__ = __rsub__ = lambda self, other: 0.0
    __hash__ = float.__hash__


class NearFraction(Fraction):
    __sub__ = __rsub__ = lambda self, other: 0


class NearDecimal(Decimal):
    __sub__ = __rsub__ = lambda self, other: 0
    __str__ = lambda self: "1"  # noqa: E731


class Measured:
    """A number of some library."""

    def __float__(self):
        return 2.5


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Near(3), 3.0),
        (NearFraction(1, 3), Fraction(1, 3)),
        (NearDecimal("0.5"), Decimal("0.5")),
        (Measured(), 2.5),
        (Fraction(2**40_000 + 1, 2**40_000), 1.0),  # too long to be kept exact
        (Decimal("1e999999999"), math.inf),  # whose int() would fill the memory
        (np.float32(0.5), np.float32(0.5)),
        (np.bool_(True), np.bool_(True)),
        (deque([1, 2]), [1, 2]),
        (OrderedDict(a=1), {"a": 1}),
    ],
    ids=lambda v: type(v).__name__,
)
def test_a_number_crosses_as_its_value_without_its_own_operators(value, plain):
    got = unpack(pack(value))
    assert type(got) is type(plain) and got == plain and is_data(value)


@pytest.mark.parametrize(
    "value",
    [
        Decimal("sNaN"),
        range(2**80),
        range(10**9),
        torch.eye(2).to_sparse(),
        np.array([None]),
        iter([1]),
    ],
    ids=lambda v: type(v).__name__,
)
def test_what_could_harm_the_judge_or_is_no_data_stays_away(value):
    assert isinstance(unpack(pack(value)), Other) and not is_data(value)


@pytest.mark.parametrize(
    "text",
    [
        {"fraction": ["0x" + "f" * 10**5, "0x" + "e" * 10**5]},
        {"fraction": ["0x1", "0x0"]},
        {"decimal": "1e999999999"},
        {"decimal": "sNaN"},
        {"range": [0, 10**9, 1]},
        {"range": [0, 1, 0]},
        {"size": [-1]},
        {"frozenset": [{"set": []}]},
    ],
    ids=lambda v: str(v)[:30],
)
def test_numbers_that_nobody_packs_are_refused(text):
    written = json.dumps(text).encode()
    with pytest.raises(BadValue):
        unpack(len(written).to_bytes(4, "big") + written)


def test_not_a_number_crosses():
    assert math.isnan(unpack(pack(math.nan)))


@pytest.mark.parametrize("value", TENSORS, ids=lambda t: f"{t.dtype} {tuple(t.shape)}")
def test_tensors_cross_with_type_shape_and_grad(value):
    got = unpack(pack({"t": [value]}))["t"][0]
    assert torch.equal(got, value) and got.requires_grad == value.requires_grad
    assert (got.dtype, got.shape) == (value.dtype, value.shape)
    got.detach().add_(0 if got.dtype != torch.bool else False)  # its own, and writable


@pytest.mark.parametrize("value", ARRAYS, ids=lambda a: f"{a.dtype} {a.shape}")
def test_arrays_cross_with_type_and_shape(value):
    got = unpack(pack(value))
    assert got.dtype == value.dtype and got.shape == value.shape
    assert np.array_equal(got, value)


def test_numpy_scalars_keep_their_type():
    got = unpack(pack(np.float32(0.1)))
    assert got == np.float32(0.1) and type(got) is np.float32


class Anything:
    def __reduce__(self):
        return os.system, ("false",)


@pytest.mark.parametrize("value", [Anything(), print, math, iter([]), torch.nn.ReLU()])
def test_anything_else_arrives_as_the_name_of_its_type(value):
    assert unpack(pack([1, value]))[1] == Other(type(value).__name__)
    assert not is_data({"a": [value]})


def test_subclasses_of_data_arrive_as_data():
    class Liar(int):
        def __eq__(self, other):
            return True

        __hash__ = int.__hash__

    class Always(torch.Tensor):
        pass

    assert type(unpack(pack(Liar(3)))) is int and unpack(pack(Liar(3))) != 4
    assert type(unpack(pack(torch.ones(2).as_subclass(Always)))) is torch.Tensor


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("value", [nested(100), "x" * 9 * 2**20], ids=["deep", "long"])
def test_too_deep_or_too_long_is_refused(value):
    with pytest.raises(BadValue):
        pack(value)


def message(content, blobs=b""):
    text = json.dumps(content).encode()
    return len(text).to_bytes(4, "big") + text + blobs


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0\0\5",
        b"\xff\xff\xff\xff{}",
        message({})[:-1] + b"]",
        message({}),
        message({"a": 1, "b": 2}),
        message({"pickle": "gASVAAAA"}),
        message({"other": 3}),
        message({"int": "ten"}),
        message({"complex": [1]}),
        message({"bytes": [0, 5]}),
        message({"bytes": [-5, 5]}, b"12345"),
        message({"dict": [[[1], 2]]}),
        message({"dict": [1]}),
        message({"set": [[1]]}),
        message({"dtype": "nn"}),
        message({"dtype": "os.system"}),
        message({"scalar": ["O8", 0, 8]}, bytes(8)),
        message({"array": ["|O8", [1], 0, 8]}, bytes(8)),
        message({"array": ["<f8", [-1], 0, 8]}, bytes(8)),
        message({"array": ["<f8", [3], 0, 8]}, bytes(8)),
        message({"array": ["<U99999999999", [1], 0, 8]}, bytes(8)),
        message({"tensor": ["float64", [2**40], False, 0, 8]}, bytes(8)),
        message({"tensor": ["float64", [1.5], False, 0, 8]}, bytes(8)),
        message({"tensor": ["int64", [1], True, 0, 8]}, bytes(8)),
        message({"tensor": ["Tensor", [1], False, 0, 8]}, bytes(8)),
        b"\0\0\x4e\x20" + b"[" * 20_000,
    ],
)
def test_forged_bytes_are_refused_whoever_wrote_them(data):
    with pytest.raises(BadValue):
        unpack(data)
