"""One layer's maps of a signal's size and of two inputs' correlation; where they lead.

Source: Poole et al. (2016), "Exponential expressivity in deep neural networks
through transient chaos"; Schoenholz et al. (2017), "Deep information propagation".
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from helpers.activations import critical_gain, mean_square_slope
from helpers.meanfield.numerics import (
    in_sight,
    is_critical,
    next_c,
    next_q,
    settled_c,
    settled_q,
    variances,
)


def q_map(
    activation: str,
    sigma_w: float | Tensor,
    sigma_b: float | Tensor = 0.0,
    q: float | Tensor = 1.0,
) -> Tensor:
    r"""Mean square of the next layer's pre-activations.

    .. math:: q_{l+1} = \sigma_w^2\, E\,\phi(z)^2 + \sigma_b^2,\quad z \sim N(0, q_l)

    Args:
        activation: a name in ``ACTIVATIONS``.
        sigma_w: weight scale, finite and at least 0; a number or a tensor.
        sigma_b: bias scale, finite and at least 0; a number or a tensor.
        q: mean square of this layer, at least 0; a number or a tensor.

    Returns:
        float64 tensor of the shape that the three have in common.

    Raises:
        ValueError: unknown activation, or a value out of its range.

    Source:
        Poole et al. (2016).

    >>> round(q_map("relu", sigma_w=2**0.5, q=3.0).item(), 6)  # He keeps any q
    3.0
    """
    return next_q(activation, *variances(sigma_w, sigma_b), q)


def q_star(activation: str, sigma_w: float, sigma_b: float = 0.0) -> float:
    """Mean square that the layers settle at, starting from q = 1.

    Returns:
        The limit of ``q_map``: 0 where the signal dies out, infinity where it
        grows without bound, 1 where every q is kept (relu at sqrt 2).

    Raises:
        ValueError: as in ``q_map``.

    >>> round(q_star("tanh", sigma_w=5 / 3), 4)
    1.1785
    """
    return settled_q(activation, *variances(sigma_w, sigma_b)).item()


def chi_1(
    activation: str,
    sigma_w: float | Tensor,
    sigma_b: float | Tensor = 0.0,
    q: float | Tensor | None = None,
) -> Tensor:
    r"""Factor on the mean square of a gradient per layer, going back.

    .. math:: \chi_1 = \sigma_w^2\, E\,\phi'(z)^2,\quad z \sim N(0, q)

    Below 1 gradients vanish (ordered phase), above 1 they explode (chaotic phase).

    Args:
        activation: a name in ``ACTIVATIONS``.
        sigma_w: weight scale, finite and at least 0; a number or a tensor.
        sigma_b: bias scale, finite and at least 0; a number or a tensor.
        q: mean square of the pre-activations; None means the fixed point
            ``q_star``.

    Raises:
        ValueError: as in ``q_map``.

    Source:
        Schoenholz et al. (2017).

    >>> round(chi_1("sigmoid", sigma_w=1.0).item(), 4)
    0.0557
    """
    square, bias2 = variances(sigma_w, sigma_b)
    if q is None:
        q = in_sight(settled_q(activation, square, bias2))
    return square * mean_square_slope(activation, q)


def critical_sigma_w(activation: str, sigma_b: float = 0.0) -> float:
    """The weight scale with chi_1 = 1 at the fixed point: the edge of chaos.

    See ``helpers.activations.critical_gain``, which is the same number.

    >>> round(critical_sigma_w("tanh", sigma_b=0.05**0.5) ** 2, 4)
    1.761
    """
    return critical_gain(activation, sigma_b)


def check_correlation(c: float) -> None:
    """Raise ``ValueError`` unless c lies from -1 to 1."""
    if not -1 <= c <= 1:
        raise ValueError(f"a correlation lies from -1 to 1, got c={c}")


def check_size(q: float) -> None:
    """Raise ``ValueError`` unless there is a signal to correlate."""
    if not 0 < q < math.inf:
        raise ValueError(f"no correlation without a signal of finite size: q={q}")


def c_map(
    activation: str,
    sigma_w: float,
    sigma_b: float = 0.0,
    c: float = 0.0,
    q: float | None = None,
) -> float:
    r"""Correlation of two inputs' pre-activations one layer on.

    .. math:: c_{l+1} = (\sigma_w^2\, E\,\phi(u)\phi(v) + \sigma_b^2) / q_{l+1}

    where u and v have mean square q and correlation c. It tends to 1 in the ordered
    phase (inputs become one) and to a value below 1 in the chaotic phase.

    Args:
        activation: a name in ``ACTIVATIONS``.
        sigma_w: weight scale, finite and above 0.
        sigma_b: bias scale, finite and at least 0.
        c: correlation in this layer, from -1 to 1.
        q: mean square in this layer; None means ``q_star``.

    Raises:
        ValueError: a value out of its range, or a signal that has died out.

    Source:
        Poole et al. (2016); for relu it is the arc-cosine kernel of Cho & Saul
        (2009).

    >>> round(c_map("relu", sigma_w=2**0.5, c=0.0), 5)  # 1 / pi
    0.31831
    """
    check_correlation(c)
    size = q_star(activation, sigma_w, sigma_b) if q is None else q
    check_size(size)
    here = torch.tensor([c, size], dtype=torch.float64)
    return next_c(activation, *variances(sigma_w, sigma_b), *here).item()


@dataclass(frozen=True, eq=False)
class Phases:
    """What infinite width predicts at many scales at once; float64 of their shape.

    Attributes:
        q: ``q_star``.
        chi: ``chi_1``, below 1 in the ordered and above 1 in the chaotic phase.
        c: ``c_star``; nan in the chaotic phase where q is infinite.
        xi: ``depth_scale``; nan in the chaotic phase where q is infinite.
    """

    q: Tensor
    chi: Tensor
    c: Tensor
    xi: Tensor


def phases(
    activation: str, sigma_w: float | Tensor, sigma_b: float | Tensor = 0.0
) -> Phases:
    """The order-chaos diagram: four numbers for each scale of whole grids.

    Args:
        activation: a name in ``ACTIVATIONS``.
        sigma_w: weight scales, finite and at least 0.
        sigma_b: bias scales, finite and at least 0, of a shape that broadcasts.

    Raises:
        ValueError: unknown activation, or a value out of its range.

    Source:
        Poole et al. (2016); Schoenholz et al. (2017).

    >>> (phases("tanh", torch.tensor([0.8, 1.5])).chi > 1).tolist()  # order, chaos
    [False, True]
    """
    square, bias2 = variances(sigma_w, sigma_b)
    q = settled_q(activation, square, bias2)
    chi = chi_1(activation, sigma_w, sigma_b, in_sight(q))
    chaotic = (chi > 1) & ~is_critical(chi)
    c, slope = torch.ones_like(q), chi.clone()
    there = chaotic & q.isfinite()
    if there.any():
        scales = square[there], bias2[there]
        c[there], slope[there] = settled_c(activation, *scales, q[there])
    # The slope of the c-map at its end: the share of a difference that a layer keeps.
    xi = torch.where(is_critical(slope), math.inf, -1 / slope.log())
    lost = chaotic & q.isinf()
    return Phases(q, chi, c.where(~lost, math.nan), xi.where(~lost, math.nan))


def c_star(activation: str, sigma_w: float, sigma_b: float = 0.0) -> float:
    """Correlation that two different inputs settle at: 1 in the ordered phase.

    Raises:
        ValueError: as in ``c_map``.

    >>> round(c_star("tanh", sigma_w=1.0, sigma_b=0.5), 6)
    1.0
    """
    point = phases(activation, sigma_w, sigma_b)
    if point.c.isnan():
        check_size(point.q.item())
    return point.c.item()


def depth_scale(activation: str, sigma_w: float, sigma_b: float = 0.0) -> float:
    r"""Number of layers over which two inputs forget how they differed.

    .. math:: \xi_c = -1 / \ln \chi,\quad
        \chi = \sigma_w^2\, E\,\phi'(u)\,\phi'(v) \text{ at } c^*

    Networks train up to a depth of about 6 xi_c. On the critical line it is
    infinite.

    Raises:
        ValueError: as in ``c_map``.

    Source:
        Schoenholz et al. (2017).

    >>> round(6 * depth_scale("tanh", sigma_w=1.0, sigma_b=0.05**0.5), 1)
    21.8
    """
    point = phases(activation, sigma_w, sigma_b)
    if point.xi.isnan():
        check_size(point.q.item())
    return point.xi.item()
