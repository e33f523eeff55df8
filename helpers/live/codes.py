"""From numbers to whole codes, and from codes to paths; live.js draws the same paths.

Conventions: a curve's *scale* is its y axis, or the norm of its cells' colours. Codes
are 200 log10(value) on a logarithmic scale, a power of ten finer than 1/2000 of the
scale on a linear one.
"""

import math
from dataclasses import dataclass

import numpy as np

from helpers.live.contract import (
    CODES_PER_DECADE,
    INFINITE,
    LIMIT,
    MINUS_INFINITE,
    NOT_A_NUMBER,
    ZERO,
    Curve,
)


@dataclass(frozen=True, kw_only=True)
class Trace(Curve):
    """A curve as it was drawn, which can be drawn anew for other numbers.

    Attributes:
        styles: One for each path. Cells have one path for each colour; the last three
            are for what is below the scale, above it, and not a number.
    """

    styles: tuple[str, ...]

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Integer codes (same shape, int64) that hold values to half a quantum.

        Raises:
            ValueError: If a value is negative on a logarithmic scale, or too far
                outside of a linear one.
        """
        values = np.asarray(values, dtype=float)
        if self.log and (values < 0).any():
            raise ValueError(
                f"curve {self.name!r} has the value {values.min():.3g}, "
                "but its scale is logarithmic: 0 or more is allowed"
            )
        finite = np.isfinite(values) & ((values != 0) | (not self.log))
        plain = np.where(finite, values, 1.0)
        codes = np.round(
            np.log10(plain) * CODES_PER_DECADE if self.log else plain / self.quantum
        )
        if (np.abs(codes) >= LIMIT).any():
            far = plain.flat[np.abs(codes).argmax()]
            raise ValueError(
                f"curve {self.name!r} has the value {far:.3g}, too far outside of its "
                "linear scale; a logarithmic one holds every number"
            )
        codes[~finite] = ZERO
        codes[np.isposinf(values)] = INFINITE
        codes[np.isneginf(values)] = MINUS_INFINITE
        codes[np.isnan(values)] = NOT_A_NUMBER
        return codes.astype(np.int64)

    def paths(self, codes: np.ndarray) -> list[str]:
        """The ``d`` of each of the curve's paths."""
        if self.mark == "cells":
            return self._cells(codes.ravel().tolist())
        d, pen = "", False
        floor = self._height(self.low if self.log else 0)
        for i, code in enumerate(codes.tolist()):
            if code == NOT_A_NUMBER:
                pen = False
                continue
            x, y = self.x[0] + i * self.x[1], self._height(code)
            if self.mark == "bars":
                d += box(length(x), floor, y, length(x + self.width))
            elif pen and self.mark == "line":
                d += f"L{length(x)} {y}"
            else:
                d += f"M{length(x)} {y}h0"  # h0: a dot, by the round cap
            pen = True
        return [d]

    def _height(self, code: float) -> str:
        return length(self.y[0] + min(max(code, self.low), self.high) * self.y[1])

    def _cells(self, codes: list[int]) -> list[str]:
        found = [""] * len(self.styles)
        last = len(self.styles) - 4
        rows = len(codes) // self.columns
        x = [length(self.x[0] + i * self.x[1]) for i in range(self.columns + 1)]
        y = [length(self.y[0] + i * self.y[1]) for i in range(rows + 1)]
        for i, code in enumerate(codes):
            row, column = divmod(i, self.columns)
            if code == NOT_A_NUMBER:
                shade = last + 3
            elif code > self.high:
                shade = last + 2
            elif code < self.low:
                shade = last + 1
            else:
                share = (code - self.low) / (self.high - self.low)
                shade = min(math.floor(share * (last + 1)), last)
            found[shade] += box(x[column], y[row], y[row + 1], x[column + 1])
        return found


def scale_codes(low: float, high: float, log: bool) -> tuple[float, float, float]:
    """The codes at both ends of a scale, and what a code is worth."""
    if log:
        low, high = np.log10([low, high]) * CODES_PER_DECADE
        return float(low), float(high), 1 / CODES_PER_DECADE
    quantum = 10.0 ** math.floor(math.log10((high - low) / 2000))
    return float(low / quantum), float(high / quantum), quantum


def box(left: str, foot: str, top: str, right: str) -> str:
    """A bar or a cell as part of a path."""
    return f"M{left} {foot}V{top}H{right}V{foot}Z"


def length(units: float) -> str:
    """A length in an SVG, to a hundredth, written as JavaScript writes a number."""
    return str(math.floor(units * 100 + 0.5) / 100).removesuffix(".0")
