"""One layer's maps of a signal's size and of two inputs' correlation; where they lead.

Source: Poole et al. (2016), "Exponential expressivity in deep neural networks
through transient chaos"; Schoenholz et al. (2017), "Deep information propagation".
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from helpers.activations import critical_gain, mean_square_slope
from helpers.checks import number, numbers
from helpers.meanfield.numerics import (
    fitting,
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
        ValueError: unknown activation, a value out of its range, or shapes that do
            not fit.
        TypeError: what is no number.

    Source:
        Poole et al. (2016).

    >>> round(q_map("relu", sigma_w=2**0.5, q=3.0).item(), 6)  # He keeps any q
    3.0
    """
    square, bias2 = variances(sigma_w, sigma_b)
    q, _ = fitting("q", numbers("q", q), "the scales", square)
    return next_q(activation, square, bias2, q)


def _scales(sigma_w: float, sigma_b: float) -> tuple[Tensor, Tensor]:
    """``variances`` of one network."""
    return variances(number("sigma_w", sigma_w), number("sigma_b", sigma_b))


def q_star(activation: str, sigma_w: float, sigma_b: float = 0.0) -> float:
    """Mean square that the layers settle at, starting from q = 1.

    Twelve digits, less those that the map's own slope takes where it is near 1.

    Args:
        activation: a name in ``ACTIVATIONS``.
        sigma_w: weight scale, from 0 to 100,000; of relu, leaky_relu and linear to
            1e154.
        sigma_b: bias scale, likewise.

    Returns:
        The limit of ``q_map``: 0 where the signal dies out, below 1e-12; infinity where
        it grows without bound, beyond 1e12; 1 where q = 1 is kept (relu at sqrt 2).

    Raises:
        ValueError: unknown activation, or a value out of its range.
        TypeError: a scale that is no number.

    >>> round(q_star("tanh", sigma_w=5 / 3), 4)
    1.1785
    """
    return settled_q(activation, *_scales(sigma_w, sigma_b)).item()


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
            ``q_star``, with its ranges.

    Raises:
        ValueError, TypeError: as in ``q_map``.

    Source:
        Schoenholz et al. (2017).

    >>> round(chi_1("sigmoid", sigma_w=1.0).item(), 4)
    0.0557
    """
    square, bias2 = variances(sigma_w, sigma_b)
    if q is None:
        q = in_sight(settled_q(activation, square, bias2))
    q, _ = fitting("q", numbers("q", q), "the scales", square)
    return square * mean_square_slope(activation, q)


def critical_sigma_w(activation: str, sigma_b: float = 0.0) -> float:
    """The weight scale with chi_1 = 1 at the fixed point: the edge of chaos.

    See ``helpers.activations.critical_gain``, which is the same number, with the same
    digits, range and errors.

    >>> round(critical_sigma_w("tanh", sigma_b=0.05**0.5) ** 2, 4)
    1.761
    """
    return critical_gain(activation, sigma_b)


def check_correlation(c: float) -> float:
    """The correlation as a float, if it lies from -1 to 1.

    Raises:
        ValueError: it does not.
        TypeError: it is no number.
    """
    c = number("c", c)
    if not -1 <= c <= 1:
        raise ValueError(f"a correlation lies from -1 to 1, got c={c}")
    return c


def check_size(q: float) -> float:
    """The mean square as a float, if there is a signal to correlate.

    Raises:
        ValueError: it is 0, negative or not finite.
        TypeError: it is no number.
    """
    q = number("q", q)
    if not 0 < q < math.inf:
        raise ValueError(f"no correlation without a signal of finite size: q={q}")
    return q


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
    phase (inputs become one) and to a value below 1 in the chaotic phase. Eleven
    digits; beyond q = 1e12 nine.

    Args:
        activation: a name in ``ACTIVATIONS``.
        sigma_w: weight scale, finite and at least 0.
        sigma_b: bias scale, finite and at least 0.
        c: correlation in this layer, from -1 to 1.
        q: mean square in this layer, above 0; None means ``q_star``, with its ranges.

    Raises:
        ValueError: a value out of its range, or a signal that has died out or has
            grown beyond all numbers, here or one layer on.
        TypeError: what is no number.

    Source:
        Poole et al. (2016); for relu it is the arc-cosine kernel of Cho & Saul
        (2009).

    >>> round(c_map("relu", sigma_w=2**0.5, c=0.0), 5)  # 1 / pi
    0.31831
    """
    c, scales = check_correlation(c), _scales(sigma_w, sigma_b)
    q = check_size(settled_q(activation, *scales).item() if q is None else q)
    following = next_q(activation, *scales, q)
    check_size(following.item())
    here = numbers("c", c), numbers("q", q)
    return next_c(activation, *scales, *here, following).item()


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


@torch.no_grad()
def phases(
    activation: str, sigma_w: float | Tensor, sigma_b: float | Tensor = 0.0
) -> Phases:
    """The order-chaos diagram: four numbers for each scale of whole grids.

    Ten digits of q and chi, nine of c. Of a depth scale eleven, less one for each
    decade that it reaches: near the critical line it is 1 over a small difference. A
    factor within 1e-9 of 1 is critical, c there is 1 and xi infinite.

    Args:
        activation: a name in ``ACTIVATIONS``.
        sigma_w: weight scales, in the range of ``q_star``.
        sigma_b: bias scales, in the same range, of a shape that broadcasts.

    Raises:
        ValueError: unknown activation, or a value out of its range.
        TypeError: a scale that is no number.

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

    Arguments, digits and what is critical as in ``phases``.

    Raises:
        ValueError, TypeError: as in ``c_map``.

    >>> round(c_star("tanh", sigma_w=1.0, sigma_b=0.5), 6)
    1.0
    """
    point = phases(activation, number("sigma_w", sigma_w), number("sigma_b", sigma_b))
    if point.c.isnan():
        check_size(point.q.item())
    return point.c.item()


def depth_scale(activation: str, sigma_w: float, sigma_b: float = 0.0) -> float:
    r"""Number of layers over which two inputs forget how they differed.

    .. math:: \xi_c = -1 / \ln \chi,\quad
        \chi = \sigma_w^2\, E\,\phi'(u)\,\phi'(v) \text{ at } c^*

    Networks train up to a depth of about 6 xi_c. On the critical line it is
    infinite. Arguments, digits and what is critical as in ``phases``.

    Raises:
        ValueError, TypeError: as in ``c_map``.

    Source:
        Schoenholz et al. (2017).

    >>> round(6 * depth_scale("tanh", sigma_w=1.0, sigma_b=0.05**0.5), 1)
    21.8
    """
    point = phases(activation, number("sigma_w", sigma_w), number("sigma_b", sigma_b))
    if point.xi.isnan():
        check_size(point.q.item())
    return point.xi.item()
