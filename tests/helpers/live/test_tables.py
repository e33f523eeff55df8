"""Codes in few bytes: whatever is packed comes out again, and what is equal once."""

import numpy as np
import pytest

from helpers.live.contract import INFINITE, LIMIT, MINUS_INFINITE, NOT_A_NUMBER, ZERO
from helpers.live.tables import Grid, pack, varints
from tests.shared.saved import numbers


@pytest.mark.parametrize("seed", range(20))
def test_any_integers_survive_packing(seed):
    random = np.random.default_rng(seed)
    lengths = sorted(random.integers(1, 9, size=random.integers(1, 6)).tolist())
    shape = (*random.integers(1, 4, size=seed % 3), len(lengths), max(lengths))
    codes = random.integers(-(10 ** random.integers(1, 8)), 10**5, size=shape)
    special = [ZERO, INFINITE, NOT_A_NUMBER, MINUS_INFINITE]
    codes = np.where(random.random(shape) < 0.2, random.choice(special, shape), codes)
    codes[..., np.arange(max(lengths)) >= np.array(lengths)[:, None]] = 0
    stream = pack(codes, lengths)
    values = list(numbers(stream[1:]))
    assert len(values) == np.prod(shape[:-2], dtype=int) * sum(lengths)
    # An independent inverse of the row prediction, in 32 bits as the page has them.
    rows, at, done = {}, 0, np.zeros_like(codes)
    for place in np.ndindex(shape[:-1]):
        n = lengths[place[-1]]
        row = np.array(values[at : at + n], dtype=np.int64)
        at += n
        if stream[0] and place[-2] > 0:
            row = row + rows[(*place[:-2], place[-2] - 1, place[-1])][1]
        surprise = row.copy()
        if place[-1] > 0:
            before = rows[(*place[:-1], place[-1] - 1)][0]
            inner = before[:-1] if len(before) > 1 else np.zeros(1, dtype=int)
            guess = np.pad(inner, (0, n), "edge")[: n - 1]
            row = row + np.append(guess, before[-1])
        rows[place] = row, surprise
        done[place][:n] = np.cumsum(row[::-1])[::-1]
    assert np.array_equal(done.astype(np.int32), codes.astype(np.int32))


def test_small_numbers_take_one_byte_and_any_takes_five_at_most():
    assert len(varints(np.arange(-64, 64))) == 128
    assert len(varints(np.array([LIMIT * 4, -LIMIT * 4]))) <= 10
    assert list(numbers(varints(np.array([0, -1, 300, -(2**31)])))) == [
        0,
        -1,
        300,
        -(2**31),
    ]


def test_an_axis_along_which_nothing_changes_is_left_out():
    rows = np.arange(12).reshape(1, 3, 4).repeat(2, 0)
    grid = Grid(("gain", "rate"), rows, layered=False)
    assert grid.needed([]).axes == ("rate",)
    assert np.array_equal(grid.needed([]).codes, rows[0])
    assert grid.needed([]).packed([], ["gain", "rate"])[0] == 0b10
    # What lies beyond a depth is not compared.
    rows = np.array([[7, 0, 0], [7, 8, 0], [7, 8, 9]])
    assert Grid(("depth",), rows, layered=True).needed([1, 2, 3]).axes == ()
    assert Grid(("depth",), rows, layered=False).needed([1, 2, 3]).axes == ("depth",)
