"""What is refused is named, with what would be allowed."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch

from helpers.checks import (
    check_count,
    check_gain,
    check_real,
    check_scale,
    fresh,
    known,
    number,
    numbers,
    once,
)


@pytest.mark.parametrize("gain", ["1", None, True, [1.0]])
def test_a_gain_that_is_no_number_is_named(gain):
    with pytest.raises(TypeError) as error:
        check_gain(gain)
    assert f"gain must be a number, got {gain!r}" == str(error.value)


@pytest.mark.parametrize("gain", [-0.1, -1, math.inf, -math.inf, math.nan])
def test_a_gain_that_cannot_be_is_named(gain):
    with pytest.raises(ValueError) as error:
        check_gain(gain)
    assert f"gain must be finite and at least 0, got {gain}" == str(error.value)


@pytest.mark.parametrize("count", [2.0, "2", None, True])
def test_a_count_that_is_no_whole_number_is_named(count):
    with pytest.raises(TypeError) as error:
        check_count("depth", count)
    assert f"depth must be a whole number, got {count!r}" == str(error.value)


def test_a_count_that_is_too_small_is_named():
    with pytest.raises(ValueError, match="^depth must be at least 1, got 0$"):
        check_count("depth", 0)
    with pytest.raises(ValueError, match="^batch must be at least 2, got 1$"):
        check_count("batch", 1, least=2)


def test_a_count_beyond_those_of_torch_is_named():
    assert check_count("fan_in", 2**63 - 1) == 2**63 - 1
    with pytest.raises(ValueError, match=f"fan_in must be at most .*, got {2**63}"):
        check_count("fan_in", 2**63)


def test_a_count_of_numpy_becomes_one_of_python():
    for count in (np.int8(100), np.uint64(100)):
        assert type(check_count("depth", count)) is int
        assert check_count("depth", count) * 10**30 == 10**32, "and so never overflows"


@pytest.mark.parametrize(
    "value", ["1", None, True, np.True_, 1j, [1.0], torch.ones(())]
)
def test_what_is_no_number_is_named(value):
    with pytest.raises(TypeError) as error:
        check_real("lr", value)
    assert f"lr must be a number, got {value!r}" == str(error.value)


def test_numbers_of_any_kind_become_floats():
    for value in (3, 3.0, np.float32(3), np.int64(3), Fraction(3)):
        assert check_real("lr", value) == 3 and type(check_real("lr", value)) is float
    assert check_real("lr", 10**400) == math.inf and check_real("lr", -(10**400)) < 0


@pytest.mark.parametrize("value", [-1e-9, math.nan, math.inf, 10**400])
def test_a_scale_that_cannot_be_is_named(value):
    with pytest.raises(ValueError) as error:
        check_scale("sigma", value)
    assert f"sigma must be finite and at least 0, got {value}" == str(error.value)


# Tensors of numbers -------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        [1, 2],
        (1.0, 2.0),
        np.array([1, 2], dtype=np.int8),
        torch.tensor([1, 2]),
        torch.tensor([1.0, 2.0], dtype=torch.float16),
        torch.tensor([1.0, 0.0, 2.0])[::2],
    ],
)
def test_numbers_become_float64_on_the_cpu(values):
    for context in (torch.device("cpu"), torch.device("meta"), torch.inference_mode()):
        with context:
            got = numbers("q", values)
        assert got.dtype == torch.float64 and got.device.type == "cpu"
        assert got.tolist() == [1, 2]


def test_a_number_may_be_of_any_kind():
    kinds = (2, 2.0, np.float32(2), Fraction(2), torch.tensor(2), torch.tensor([2.0]))
    for value in kinds:
        assert number("q", value) == 2 and numbers("q", value).numel() == 1


@pytest.mark.parametrize(
    "value", [None, "1", True, np.True_, 1j, ["1"], [None], torch.tensor(True)]
)
def test_what_holds_no_real_numbers_is_named(value):
    for check in (numbers, number):
        with pytest.raises(TypeError, match="^q must hold real numbers, got "):
            check("q", value)


def test_tensors_without_numbers_are_named():
    with pytest.raises(ValueError, match="q holds no numbers: .* meta device"):
        numbers("q", torch.empty(2, device="meta"))
    for value in ([1.0, 2.0], torch.ones(0)):
        with pytest.raises(ValueError, match=r"q must be one number, got shape \("):
            number("q", value)
    with pytest.raises(TypeError, match="q must hold real numbers"):
        numbers("q", [[1.0], [1.0, 2.0]])


def test_a_gradient_passes_through():
    q = torch.tensor(3.0, requires_grad=True)
    numbers("q", q).square().backward()
    assert q.grad == 6


# What is kept -------------------------------------------------------------------------


def test_what_is_computed_once_serves_every_later_call():
    calls = []

    @once
    def ones(count):
        """So many."""
        calls.append(count)
        return torch.ones(count)

    assert ones.__doc__ == "So many."
    torch.set_default_dtype(torch.float16)
    try:
        with torch.inference_mode(), torch.device("meta"):
            first = ones(2)
        assert torch.get_default_dtype() == torch.float16
    finally:
        torch.set_default_dtype(torch.float32)
    assert first is ones(2) and calls == [2]
    assert first.dtype == torch.float32 and first.device.type == "cpu"
    first.clone().add_(1)
    weight = torch.ones(2, requires_grad=True)
    (weight * first).sum().backward()  # inference tensors cannot be saved for this
    assert torch.equal(weight.grad, first)


def test_what_may_be_passes():
    for gain in (0, 0.0, 1, 3.5):
        check_gain(gain)
        assert check_scale("gain", gain) == gain
    check_count("depth", 1)
    check_count("steps", 0, least=0)


@pytest.mark.parametrize("name", ["three", None, ["one"]])
def test_a_name_that_is_not_in_the_table_is_named_with_those_that_are(name):
    table = {"one": 1, "two": 2}
    assert known("two", table, "number") == 2
    with pytest.raises(ValueError) as error:
        known(name, table, "number")
    assert f"unknown number {name!r}; known: one, two" == str(error.value)


def test_randomness_comes_from_the_generator_or_a_new_one_with_seed_0():
    given = torch.Generator().manual_seed(3)
    assert fresh(given) is given
    one, other = (torch.randn(3, generator=fresh(None)) for _ in range(2))
    seeded = torch.randn(3, generator=torch.Generator().manual_seed(0))
    assert torch.equal(one, other) and torch.equal(one, seeded)


@pytest.mark.parametrize("generator", [0, "cpu", torch.ones(1)])
def test_what_is_no_generator_is_named(generator):
    with pytest.raises(TypeError, match="generator must be a torch.Generator, got "):
        fresh(generator)
