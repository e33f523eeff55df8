"""What is refused is named, with what would be allowed."""

import math

import pytest
import torch

from helpers.checks import check_count, check_gain, fresh, known


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


def test_what_may_be_passes():
    for gain in (0, 0.0, 1, 3.5):
        check_gain(gain)
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
