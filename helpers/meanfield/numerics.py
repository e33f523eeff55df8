"""The lesson does not need this: the integrals and the searches beneath ``maps``.

Everything here is for whole grids of scales, as float64 tensors: ``square`` and
``bias2`` are sigma_w**2 and sigma_b**2, of one shape with ``q`` and ``c``.
"""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from helpers.activations import find_activation, mean_square

DECADES, A_DECADE = 12, 50  # how far from 1, and how finely, sizes are searched
FEW = 16  # pairs at once: what they need stays in the processor's cache


def variances(
    sigma_w: float | Tensor, sigma_b: float | Tensor
) -> tuple[Tensor, Tensor]:
    """sigma_w**2 and sigma_b**2, checked, as float64 tensors of one shape.

    Raises:
        ValueError: a scale that is negative or not finite.
    """
    squares = []
    for name, scale in (("sigma_w", sigma_w), ("sigma_b", sigma_b)):
        values = torch.as_tensor(scale, dtype=torch.float64)
        for value in values.flatten().tolist():
            if not 0 <= value < math.inf:
                raise ValueError(f"{name} must be finite and at least 0, got {value}")
        squares.append(values.square())
    square, bias2 = torch.broadcast_tensors(*squares)
    return square, bias2


# Two inputs ---------------------------------------------------------------------------


@lru_cache
def _angles() -> tuple[Tensor, Tensor]:
    """Nodes from 0 to 1 and their weights, each (24,)."""
    x, weights = map(torch.from_numpy, np.polynomial.legendre.leggauss(24))
    # The square crowds the nodes at 0, the ray where u changes its sign.
    x, weights = (x + 1) / 2, weights / 2
    return x.square(), 2 * x * weights


@lru_cache
def _lengths() -> tuple[Tensor, Tensor]:
    """Nodes from 0 to 8 and their weights for r exp(-r^2 / 2) / pi, each (32,)."""
    x, weights = map(torch.from_numpy, np.polynomial.legendre.leggauss(32))
    x, weights = (x + 1) / 2, weights / 2
    r = 8 * x.square()  # beyond 8 are 1e-14 of all pairs
    return r, 16 * x * weights * r * torch.exp(-r.square() / 2) / math.pi


def pair_average(f: Callable[[Tensor], Tensor], q: Tensor, c: Tensor) -> Tensor:
    r"""Average of f(u) f(v) over two normals of mean square q and correlation c.

    In polar coordinates, with c = cos b,

    .. math:: u = \sqrt q\, r \sin a, \quad v = \sqrt q\, r \sin(a + b)

    and a full turn of the angle a. To swap u and v, or to turn the sign of both,
    changes nothing of the normals; so the quarter from a = -b / 2 to (pi - b) / 2 is
    enough, with both signs. The kink of v does not lie in it, and that of u at a = 0.

    Args:
        f: a function of a tensor, elementwise, smooth but for a kink or step at 0.
        q: mean square, at least 0.
        c: correlation, of the shape of q.

    Returns:
        float64 of the shape of q: for the activations here ten digits up to q = 10,
        nine up to 100 and six up to 10,000; of a slope about two fewer.
    """
    both = q.flatten().split(FEW), c.flatten().split(FEW)
    parts = [_pair_average(f, *part) for part in zip(*both, strict=True)]
    return torch.cat(parts).view(q.shape)


def _pair_average(f: Callable[[Tensor], Tensor], q: Tensor, c: Tensor) -> Tensor:
    b = torch.acos(c.clamp(-1, 1))
    share, share_weight = _angles()
    length, weight = _lengths()
    size = torch.stack([-b / 2, (math.pi - b) / 2], -1).unsqueeze(-1)
    a, angle_weight = size * share, size.abs() * share_weight
    r = q.sqrt().view(-1, 1, 1, 1) * length
    u = a.sin().unsqueeze(-1) * r
    v = (a + b.view(-1, 1, 1)).sin().unsqueeze(-1) * r
    product = f(u) * f(v) + f(-u) * f(-v)
    return ((product @ weight) * angle_weight).sum((-1, -2))


# One layer on -------------------------------------------------------------------------


def next_q(activation: str, square: Tensor, bias2: Tensor, q: float | Tensor) -> Tensor:
    """The mean square one layer on: ``q_map``."""
    return square * mean_square(activation, q) + bias2


def next_c(
    activation: str, square: Tensor, bias2: Tensor, c: Tensor, q: Tensor
) -> Tensor:
    """The correlation one layer on: ``c_map``."""
    both = square * pair_average(find_activation(activation).phi, q, c) + bias2
    return both / next_q(activation, square, bias2, q)


# Where layers settle ------------------------------------------------------------------


@lru_cache
def _sizes(activation: str) -> tuple[Tensor, Tensor]:
    """Mean squares from 1e-12 to 1e12, and E phi^2 at each, (1201,)."""
    points = 2 * DECADES * A_DECADE + 1
    q = torch.logspace(-DECADES, DECADES, points, dtype=torch.float64)
    return q, mean_square(activation, q)


def in_sight(q: Tensor) -> Tensor:
    """A settled mean square, from 1e-24 to 1e12.

    A signal that died out sits at 0, where one side's slope would count alone.
    """
    return q.clamp(1e-24, 1e12)


def settled_q(activation: str, square: Tensor, bias2: Tensor) -> Tensor:
    """The mean square that layers settle at, from q = 1: 0 and infinity are ends too.

    Raises:
        ValueError: unknown activation.
    """
    if find_activation(activation).homogeneous:
        slope = square * mean_square(activation)
        settled = torch.where(slope < 1, bias2 / (1 - slope), math.inf)
        # Every q is kept, and the biases add up.
        kept = torch.where(bias2 > 0, math.inf, torch.ones_like(bias2))
        return torch.where((slope - 1).abs() < 1e-9, kept, settled)
    # The map rises with q, so the layers move one way, up to its first fixed point.
    sizes, received = _sizes(activation)
    one = DECADES * A_DECADE
    grows = square.unsqueeze(-1) * received + bias2.unsqueeze(-1) > sizes
    up = grows[..., one]
    way = torch.where(
        up.unsqueeze(-1), grows[..., one:], ~grows[..., : one + 1].flip(-1)
    )
    # How many points the layers leave behind.
    passed = torch.where(way.all(-1), one + 1, way.byte().argmin(-1))
    direction = torch.where(up, 1, -1)
    before = one + direction * (passed - 1)
    after = one + direction * passed.clamp(max=one)
    low, high = sizes[torch.minimum(before, after)], sizes[torch.maximum(before, after)]
    for _ in range(50):
        q = (low + high) / 2
        above = next_q(activation, square, bias2, q) > q
        low, high = torch.where(above, q, low), torch.where(above, high, q)
    out_of_sight = torch.where(up, math.inf, torch.zeros_like(low))
    return torch.where(passed > one, out_of_sight, low)


def settled_c(
    activation: str, square: Tensor, bias2: Tensor, q: Tensor
) -> tuple[Tensor, Tensor]:
    r"""Where correlations settle in the chaotic phase, and the slope of the map there.

    The slope is :math:`\sigma_w^2\, E\,\phi'(u)\,\phi'(v)`, if q is settled.
    """
    # The map is a power series with positive coefficients (Poole et al., 2016), so it
    # is convex from 0 to 1; it ends at 1 with a slope above 1. Newton's steps from 0
    # hence only rise, to where it crosses c, and its slope stays below 1.
    dphi = find_activation(activation).dphi
    c = torch.zeros_like(q)
    for _ in range(60):
        slope = (square * pair_average(dphi, q, c)).clamp(max=1)
        step = (next_c(activation, square, bias2, c, q) - c) / (1 - slope)
        step = step.nan_to_num().clamp(min=0)  # below 0: rounding
        c = (c + step).clamp(max=1)
        if (step < 1e-12).all():
            break
    return c, slope
