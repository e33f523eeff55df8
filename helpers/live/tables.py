"""The codes of a curve at every position of the sliders, in few bytes.

Conventions: a *row* is one curve, a *table* all rows over the positions of the sliders;
a curve with one point per layer has as many points as the control ``depth`` says.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


def varints(values: np.ndarray) -> bytes:
    """Signed integers as bytes: small ones take one byte, any 32-bit one at most five.

    The sign goes into the lowest bit; then seven bits a byte, low ones first, the
    eighth bit saying that more follow.
    """
    wrapped = (np.asarray(values, dtype=np.int64) + 2**31) % 2**32 - 2**31
    unsigned = np.where(wrapped < 0, -2 * wrapped - 1, 2 * wrapped)
    sizes = np.ones(unsigned.shape, dtype=int)
    for k in range(1, 5):
        sizes += unsigned >= 1 << 7 * k
    starts = np.cumsum(sizes) - sizes
    stream = np.zeros(int(sizes.sum()), dtype=np.uint8)
    for k in range(5):
        here = sizes > k
        more = np.where(sizes[here] > k + 1, 128, 0)
        stream[starts[here] + k] = unsigned[here] >> 7 * k & 127 | more
    return stream.tobytes()


def pack(codes: np.ndarray, lengths: Sequence[int]) -> bytes:
    """The rows of a curve's table as bytes, each foretold from its neighbour.

    A row is written as its last point and the differences between its points, because
    a gradient starts at the last layer; of these only what differs from the row before
    it is kept, and, if that is shorter, only what differs from one step earlier along
    the axis before.

    Args:
        codes: Shape (..., rows, points), 0 beyond the length of a row.
        lengths: Points of each row, never falling from one row to the next.

    Returns:
        One byte that says whether the second step was taken, then the numbers.
    """
    inside = np.arange(codes.shape[-1]) < np.asarray(lengths)[:, None]
    slopes = codes.copy()
    slopes[..., :-1] -= codes[..., 1:]
    surprise = slopes.copy()
    for row in range(1, len(lengths)):
        before, now = lengths[row - 1], lengths[row]
        if before > 1:
            surprise[..., row, : before - 1] -= slopes[..., row - 1, : before - 1]
            surprise[..., row, before - 1 : now - 1] -= slopes[
                ..., row - 1, before - 2, None
            ]
        surprise[..., row, now - 1] -= slopes[..., row - 1, before - 1]
    candidates = [b"\0" + varints(surprise[..., inside].ravel())]
    if codes.ndim > 2:
        again = np.diff(surprise, axis=-3, prepend=0)
        candidates.append(b"\1" + varints(again[..., inside].ravel()))
    return min(candidates, key=lambda stream: len(zlib.compress(stream, 9)))


@dataclass(frozen=True)
class Grid:
    """The curve of one menu choice at every position of the sliders in ``axes``."""

    axes: tuple[str, ...]
    codes: np.ndarray
    layered: bool

    def needed(self, depths: Sequence[int]) -> "Grid":
        """The same grid without the axes along which nothing changes."""
        grid = self
        for name in self.axes:
            place = grid.axes.index(name)
            rows = np.moveaxis(grid.codes, place, 0)
            last = rows[-1]
            if name == "depth" and self.layered:
                same = all(
                    np.array_equal(row[..., :depth], last[..., :depth])
                    for row, depth in zip(rows, depths, strict=True)
                )
            else:
                same = all(np.array_equal(row, last) for row in rows)
            if same:
                axes = grid.axes[:place] + grid.axes[place + 1 :]
                grid = Grid(axes, last, self.layered)
        return grid

    def packed(self, depths: Sequence[int], numeric: Sequence[str]) -> bytes:
        """The grid as bytes: first which of the sliders it depends on."""
        kept = sum(1 << i for i, name in enumerate(numeric) if name in self.axes)
        codes = self.codes if self.axes else self.codes[None]
        ragged = self.layered and "depth" in self.axes
        lengths = list(depths) if ragged else [codes.shape[-1]] * codes.shape[-2]
        return bytes([kept]) + pack(codes, lengths)
