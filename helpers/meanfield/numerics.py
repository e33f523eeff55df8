"""The lesson does not need this: the integrals and the searches beneath ``maps``.

Everything here is for whole grids of scales, as float64 tensors: ``square`` and
``bias2`` are sigma_w**2 and sigma_b**2, of one shape with ``q`` and ``c``.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from helpers.activations import (
    LARGEST,
    REACH,
    crowded,
    find_activation,
    mean_square,
)
from helpers.checks import numbers, once

DECADES, A_DECADE = 12, 50  # how far from 1, and how finely, sizes are searched
NEAR = 0.01  # correlations that are as near to 1 are told by slopes alone
FEW = 16  # pairs at once: what they need stays in the processor's cache


def variances(
    sigma_w: float | Tensor, sigma_b: float | Tensor
) -> tuple[Tensor, Tensor]:
    """sigma_w**2 and sigma_b**2, checked, as float64 tensors of one shape.

    Raises:
        ValueError: a scale that is negative, or not finite, or too large to be
            squared; shapes that do not fit.
        TypeError: a scale that is no number.
    """
    squares = []
    for name, scale in (("sigma_w", sigma_w), ("sigma_b", sigma_b)):
        values = numbers(name, scale)
        for value in values.flatten().tolist():
            if not 0 <= value < math.inf:
                raise ValueError(f"{name} must be finite and at least 0, got {value}")
            if value > 1e154:  # its square is no float
                raise ValueError(f"{name} must be at most 1e154, got {value}")
        squares.append(values.square())
    return fitting("sigma_w", squares[0], "sigma_b", squares[1])


def fitting(
    name: str, one: Tensor, other_name: str, other: Tensor
) -> tuple[Tensor, Tensor]:
    """Both tensors in the shape that they have in common.

    Raises:
        ValueError: they have none; the message names both shapes.
    """
    try:
        one, other = torch.broadcast_tensors(one, other)
        return one, other
    except RuntimeError:
        raise ValueError(
            f"{name} and {other_name} have shapes that do not fit: "
            f"{tuple(one.shape)} and {tuple(other.shape)}"
        ) from None


# Two inputs ---------------------------------------------------------------------------


@once
def _angles_and_lengths(decades: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Nodes for mean squares up to 10**decades, and their weights.

    Shares of a panel of angles, from 0 to 1; and lengths r, from 0 to 8, whose weights
    have the density r exp(-r^2 / 2) / pi in them.
    """
    end = 8.0  # beyond are 1e-14 of all pairs
    # What changes where z is about 1 does so where r sin(a) is 1 / sqrt(q).
    share, weights = crowded(1 / (3 * 10 ** (decades / 2)))
    r = end * share
    density = r * torch.exp(-r.square() / 2) / math.pi
    return share, weights, r, end * weights * density


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
        float64 of the shape of q: for the activations here and their slopes eleven
        digits up to q = 1e12. Beyond, where phi is a step or two rays to such signals,
        nine of phi and none of a slope.
    """
    both = q.flatten().split(FEW), c.flatten().split(FEW)
    parts = [_pair_average(f, *part) for part in zip(*both, strict=True)]
    return torch.cat(parts).view(q.shape)


def _decades(q: Tensor) -> int:
    """As many decades above 1 as these mean squares reach, from 1 to 12."""
    largest = q.max().item() if q.numel() else 0.0
    return math.ceil(math.log10(min(max(largest, 10.0), REACH[-1])))


def _pair_average(f: Callable[[Tensor], Tensor], q: Tensor, c: Tensor) -> Tensor:
    b = torch.acos(c.clamp(-1, 1))
    share, share_weight, length, weight = _angles_and_lengths(_decades(q))
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
    activation: str,
    square: Tensor,
    bias2: Tensor,
    c: Tensor,
    q: Tensor,
    following: Tensor | None = None,
) -> Tensor:
    """The correlation one layer on: ``c_map``. ``following`` is its ``next_q``."""
    phi = find_activation(activation)
    if phi.homogeneous:  # however large the signal
        pairs = q * pair_average(phi.phi, torch.ones_like(q), c)
    else:
        pairs = pair_average(phi.phi, q, c)
    if following is None:
        following = next_q(activation, square, bias2, q)
    # Rounding leads beyond 1 by a little, and the next layer would refuse that.
    return ((square * pairs + bias2) / following).clamp(-1, 1)


# Where layers settle ------------------------------------------------------------------

# Factors a layer that are as near to 1 count as 1. Eleven-digit integrals and the
# rounding of a scale move them by 1e-11 at most; a hundred times as far off, a depth
# scale, 1 over the distance, still has two digits.
CRITICAL = 1e-9


def is_critical(factor: Tensor) -> Tensor:
    """Where a factor a layer is 1, as far as integrals can tell."""
    return (factor - 1).abs() < CRITICAL


@once
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


def _added_up(slope: Tensor, bias2: Tensor) -> Tensor:
    """The mean square, from 1, of layers that keep a share of it and add a bias."""
    settled = torch.where(slope < 1, bias2 / (1 - slope), math.inf)
    # Every q is kept, and the biases add up.
    kept = torch.where(bias2 > 0, math.inf, torch.ones_like(bias2))
    return torch.where(is_critical(slope), kept, settled)


@torch.no_grad()
def settled_q(activation: str, square: Tensor, bias2: Tensor) -> Tensor:
    """The mean square that layers settle at, from q = 1: 0 and infinity are ends too.

    Raises:
        ValueError: unknown activation, or a scale beyond ``LARGEST`` of one that is
            not homogeneous.
    """
    if find_activation(activation).homogeneous:
        return _added_up(square * mean_square(activation), bias2)
    for name, scale2 in (("sigma_w", square), ("sigma_b", bias2)):
        for scale in scale2[scale2 > LARGEST**2].sqrt().tolist():
            raise ValueError(
                f"{name} must be at most {LARGEST:,} to find where signals settle, "
                f"got {scale:g}"
            )
    # The map rises with q, so the layers move one way, up to its first fixed point.
    sizes, received = _sizes(activation)
    one = DECADES * A_DECADE
    ahead = square.unsqueeze(-1) * received + bias2.unsqueeze(-1) - sizes
    grows = ahead > 0
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
    lost = passed > one
    low, high = low.where(~lost, 1.0), high.where(~lost, 1.0)  # nothing to search there
    for _ in range(50):
        q = (low + high) / 2
        above = next_q(activation, square, bias2, q) > q
        low, high = torch.where(above, q, low), torch.where(above, high, q)
    out_of_sight = torch.where(up, math.inf, torch.zeros_like(low))
    settled = torch.where(lost, out_of_sight, low)
    # Where q = 1 is kept, but not what is beside it, the last bit would decide.
    stays = (ahead[..., one].abs() < CRITICAL) & grows[..., one + 1]
    return torch.where(stays & ~grows[..., one - 1], 1.0, settled)


@torch.no_grad()
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
    near = c > 1 - NEAR
    if near.any():
        gap, slope[near] = _gap(dphi, square[near], q[near])
        c[near] = 1 - gap
    return c, slope


@once
def _on_the_way() -> tuple[Tensor, Tensor]:
    """Nodes from 0 to 1 and their weights, (8,)."""
    x, weights = map(torch.from_numpy, np.polynomial.legendre.leggauss(8))
    # The square: behind a kink the slope of the map differs like the root of 1 - c.
    x, weights = (x + 1) / 2, weights / 2
    return x.square(), 2 * x * weights


def _gap(
    dphi: Callable[[Tensor], Tensor], square: Tensor, q: Tensor
) -> tuple[Tensor, Tensor]:
    """How far from 1 correlations settle, if it is near, and the map's slope there.

    Near the critical line the map differs from c by less than the rounding of either.
    But it crosses c where its slope from there to 1 is 1 on average, which integrals
    tell with all their digits.
    """
    share, weights = _on_the_way()
    gap = torch.full_like(q, NEAR)
    for _ in range(60):
        places = 1 - gap.unsqueeze(-1) * torch.cat([share, torch.ones_like(share[:1])])
        sizes = q.unsqueeze(-1).expand_as(places)
        slopes = square.unsqueeze(-1) * pair_average(dphi, sizes, places)
        mean, end = slopes[..., :-1] @ weights, slopes[..., -1]
        # Newton again: the mean falls with the gap, by (mean - end) / gap.
        factor = 1 + (mean - 1) / (mean - end)
        gap = gap * factor.nan_to_num(1.0).clamp(min=0.01)
        if ((factor - 1).abs() < 1e-9).all():
            break
    return gap, end.clamp(max=1)
