"""From numbers to whole codes: what a curve's table holds, and what is drawn.

Conventions: a curve's *scale* is the y axis of its frame, or the norm of its cells'
colours. Codes are 200 log10(value) on a logarithmic scale, a power of ten finer than
1/2000 of the scale on a linear one.
"""

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

    def number(self, code: int) -> float:
        """What a code stands for."""
        if code == NOT_A_NUMBER:
            return float("nan")
        if code == ZERO:
            return 0.0
        if abs(code) >= LIMIT:
            return float("inf") if code > 0 else float("-inf")
        return 10 ** (code * self.quantum) if self.log else code * self.quantum
