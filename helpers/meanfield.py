r"""What infinite width predicts: the mean-field theory of signal propagation.

Conventions: weights have variance ``sigma_w**2 / fan_in``, biases ``sigma_b**2``.
``q`` is the mean square of a layer's pre-activations, ``c`` the correlation of the
pre-activations of two inputs, ``chi_1`` the factor on the mean square of a gradient
per layer. In a square layer a Xavier gain g is sigma_w = g. Nothing here is
simulated: all averages are integrals, exact to about ten digits.

Source: Poole et al. (2016), "Exponential expressivity in deep neural networks
through transient chaos"; Schoenholz et al. (2017), "Deep information propagation".
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from helpers.activations import activation as find_activation
from helpers.activations import (
    critical_gain,
    first_fall,
    gaussian_average,
    mean_square,
    mean_square_slope,
)
from helpers.schemes import check_count


def _check(sigma_w: float, sigma_b: float) -> None:
    for name, value in (("sigma_w", sigma_w), ("sigma_b", sigma_b)):
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{name} must be finite and at least 0, got {value}")


def _variances(
    sigma_w: float | Tensor, sigma_b: float | Tensor
) -> tuple[Tensor, Tensor]:
    """sigma_w**2 and sigma_b**2, checked, as float64 tensors of one shape."""
    scales = [torch.as_tensor(s, dtype=torch.float64) for s in (sigma_w, sigma_b)]
    for value in scales[0].flatten().tolist():
        _check(value, 0.0)
    for value in scales[1].flatten().tolist():
        _check(0.0, value)
    square, bias2 = torch.broadcast_tensors(*(s.square() for s in scales))
    return square, bias2


def q_map(
    activation: str, sigma_w: float, sigma_b: float = 0.0, q: float | Tensor = 1.0
) -> Tensor:
    r"""Mean square of the next layer's pre-activations.

    .. math:: q_{l+1} = \sigma_w^2\, E\,\phi(z)^2 + \sigma_b^2,\quad z \sim N(0, q_l)

    Args:
        activation: a name in ``ACTIVATIONS``.
        sigma_w: weight scale, finite and at least 0.
        sigma_b: bias scale, finite and at least 0.
        q: mean square of this layer, at least 0; a number or a tensor.

    Returns:
        float64 tensor of the shape of q.

    Raises:
        ValueError: unknown activation, or a value out of its range.

    Source:
        Poole et al. (2016).

    >>> round(q_map("relu", sigma_w=2**0.5, q=3.0).item(), 6)  # He keeps any q
    3.0
    """
    _check(sigma_w, sigma_b)
    return sigma_w**2 * mean_square(activation, q) + sigma_b**2


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
    _check(sigma_w, sigma_b)
    if find_activation(activation).homogeneous:
        slope = sigma_w**2 * mean_square(activation).item()
        if math.isclose(slope, 1.0):  # every q is kept, and the biases add up
            return math.inf if sigma_b else 1.0
        return sigma_b**2 / (1 - slope) if slope < 1 else math.inf

    def growth(q: Tensor) -> Tensor:
        return q_map(activation, sigma_w, sigma_b, q) - q

    # The map rises with q, so the layers move one way, up to its first fixed point.
    one = torch.ones(1, dtype=torch.float64)
    if growth(one) == 0:
        return 1.0
    if growth(one) > 0:
        fixed = first_fall(growth, torch.logspace(0, 12, 600, dtype=torch.float64))
        return math.inf if fixed is None else fixed
    fall = torch.logspace(0, -12, 600, dtype=torch.float64)
    return first_fall(lambda q: -growth(q), fall) or 0.0


def chi_1(
    activation: str,
    sigma_w: float,
    sigma_b: float = 0.0,
    q: float | Tensor | None = None,
) -> Tensor:
    r"""Factor on the mean square of a gradient per layer, going back.

    .. math:: \chi_1 = \sigma_w^2\, E\,\phi'(z)^2,\quad z \sim N(0, q)

    Below 1 gradients vanish (ordered phase), above 1 they explode (chaotic phase).

    Args:
        activation: a name in ``ACTIVATIONS``.
        sigma_w: weight scale, finite and at least 0.
        sigma_b: bias scale, finite and at least 0.
        q: mean square of the pre-activations; None means the fixed point
            ``q_star``.

    Raises:
        ValueError: as in ``q_map``.

    Source:
        Schoenholz et al. (2017).

    >>> round(chi_1("sigmoid", sigma_w=1.0).item(), 4)
    0.0557
    """
    _check(sigma_w, sigma_b)
    if q is None:
        # A signal that died out sits at 0, where one side's slope would count alone.
        q = min(max(q_star(activation, sigma_w, sigma_b), 1e-24), 1e12)
    return sigma_w**2 * mean_square_slope(activation, q)


def critical_sigma_w(activation: str, sigma_b: float = 0.0) -> float:
    """The weight scale with chi_1 = 1 at the fixed point: the edge of chaos.

    See ``helpers.activations.critical_gain``, which is the same number.

    >>> round(critical_sigma_w("tanh", sigma_b=0.05**0.5) ** 2, 4)
    1.761
    """
    return critical_gain(activation, sigma_b)


@lru_cache
def _unit_interval(nodes: int) -> tuple[Tensor, Tensor]:
    """Gauss-Legendre nodes and weights, each (nodes,), on [0, 1]."""
    x, weights = map(torch.from_numpy, np.polynomial.legendre.leggauss(nodes))
    return (x + 1) / 2, weights / 2


def _pair_average(
    f: Callable[[Tensor], Tensor], q: Tensor, c: Tensor, nodes: int = 48
) -> Tensor:
    """Average of f(u) f(v) over two normals of mean square q and correlation c.

    float64, of the shape that q and c have in common.
    """
    # In polar coordinates u = sqrt(q) r cos(a), v = sqrt(q) r cos(a - b) with
    # c = cos(b): the kinks of u and of v lie on four rays, and between two rays
    # everything is smooth.
    x, weights = _unit_interval(nodes)
    b = torch.acos(c.clamp(-1, 1))
    quarter = torch.full_like(b, math.pi / 2)
    ray = torch.stack([quarter, quarter + b, 3 * quarter, 3 * quarter + b], -1)
    size = torch.stack([b, math.pi - b, b, math.pi - b], -1).unsqueeze(-1)
    angle = (ray.unsqueeze(-1) + size * x).flatten(-2).unsqueeze(-1)
    angle_weight = (size * weights).flatten(-2)
    r = 12 * x
    density = 12 * weights * r * torch.exp(-r.square() / 2) / (2 * math.pi)
    length = q.sqrt()[..., None, None] * r
    u, v = length * torch.cos(angle), length * torch.cos(angle - b[..., None, None])
    return ((f(u) * f(v) @ density) * angle_weight).sum(-1)


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
    _check_correlation(c)
    q = q_star(activation, sigma_w, sigma_b) if q is None else q
    _check_size(q)
    variances = _variances(sigma_w, sigma_b)
    c, q = (torch.tensor(v, dtype=torch.float64) for v in (c, q))
    return _next_c(activation, *variances, c, q).item()


def _check_correlation(c: float) -> None:
    if not -1 <= c <= 1:
        raise ValueError(f"a correlation lies from -1 to 1, got c={c}")


def _check_size(q: float) -> None:
    if not 0 < q < math.inf:
        raise ValueError(f"no correlation without a signal of finite size: q={q}")


def _next_c(
    activation: str,
    square: Tensor,
    bias2: Tensor,
    c: Tensor,
    q: Tensor,
    nodes: int = 48,
) -> Tensor:
    """``c_map`` for tensors of one shape; ``square`` is sigma_w**2."""
    phi = find_activation(activation).phi
    both = square * _pair_average(phi, q, c, nodes) + bias2
    return both / (square * mean_square(activation, q) + bias2)


def _settled_c(
    activation: str,
    square: Tensor,
    bias2: Tensor,
    q: Tensor,
    nodes: int = 48,
    halvings: int = 50,
) -> Tensor:
    """Where correlations end in the chaotic phase."""
    # The map is a power series with positive coefficients (Poole et al., 2016), so it
    # is convex from 0 to 1; it ends at 1 with a slope above 1 and crosses c once.
    low, high = torch.zeros_like(q), torch.ones_like(q)
    for _ in range(halvings):
        c = (low + high) / 2
        rises = _next_c(activation, square, bias2, c, q, nodes) > c
        low, high = torch.where(rises, c, low), torch.where(rises, high, c)
    return low


def c_star(activation: str, sigma_w: float, sigma_b: float = 0.0) -> float:
    """Correlation that two different inputs settle at: 1 in the ordered phase.

    Raises:
        ValueError: as in ``c_map``.

    >>> round(c_star("tanh", sigma_w=1.0, sigma_b=0.5), 6)
    1.0
    """
    if chi_1(activation, sigma_w, sigma_b) <= 1:
        return 1.0
    q = q_star(activation, sigma_w, sigma_b)
    _check_size(q)
    q = torch.tensor(q, dtype=torch.float64)
    return _settled_c(activation, *_variances(sigma_w, sigma_b), q).item()


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
    chi = chi_1(activation, sigma_w, sigma_b)
    if chi > 1:
        q, c = (
            torch.tensor(settled(activation, sigma_w, sigma_b), dtype=torch.float64)
            for settled in (q_star, c_star)
        )
        chi = sigma_w**2 * _pair_average(find_activation(activation).dphi, q, c)
    return _layers_to_forget(chi).item()


def _layers_to_forget(chi: Tensor) -> Tensor:
    level = (chi - 1).abs() < 1e-9  # as near to 1 as ten-digit integrals can tell
    return torch.where(level, math.inf, -1 / chi.log())


@dataclass(frozen=True, eq=False)
class Phases:
    """What infinite width predicts at many scales at once; float64 of their shape.

    Attributes:
        q: ``q_star``.
        chi: ``chi_1``, below 1 in the ordered and above 1 in the chaotic phase.
        c: ``c_star``; nan where q is infinite.
        xi: ``depth_scale``; nan where q is infinite.
    """

    q: Tensor
    chi: Tensor
    c: Tensor
    xi: Tensor


def phases(
    activation: str, sigma_w: float | Tensor, sigma_b: float | Tensor = 0.0
) -> Phases:
    """The order-chaos diagram: the four numbers above for whole grids of scales.

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
    square, bias2 = _variances(sigma_w, sigma_b)
    q = _settled_q(activation, square, bias2)
    # A signal that died out sits at 0, where one side's slope would count alone.
    chi = square * mean_square_slope(activation, q.clamp(1e-24, 1e12))
    chaotic = (chi > 1 + 1e-9) & q.isfinite() & (q > 0)
    c, slope = torch.ones_like(q), chi.clone()
    if chaotic.any():
        there = [t[chaotic] for t in (square, bias2, q)]
        # Five digits, and a second for a thousand scales.
        c[chaotic] = _settled_c(activation, *there, nodes=24, halvings=24)
        dphi = find_activation(activation).dphi
        both = _pair_average(dphi, there[2], c[chaotic], nodes=24)
        slope[chaotic] = there[0] * both
    bounded = q.isfinite()
    xi = _layers_to_forget(slope)
    return Phases(q, chi, c.where(bounded, math.nan), xi.where(bounded, math.nan))


def _settled_q(activation: str, square: Tensor, bias2: Tensor) -> Tensor:
    """``q_star`` for tensors."""
    if find_activation(activation).homogeneous:
        slope = square * mean_square(activation)
        grows = torch.where(bias2 > 0, math.inf, torch.ones_like(bias2))
        level = (slope - 1).abs() < 1e-9
        settled = torch.where(slope < 1, bias2 / (1 - slope), math.inf)
        return torch.where(level, grows, settled)

    def rises(q: Tensor) -> Tensor:
        return square * mean_square(activation, q) + bias2 > q

    up = rises(torch.ones_like(square))
    low = torch.where(up, 1.0, 1e-12).double()
    high = torch.where(up, 1e12, 1.0).double()
    dies, escapes = ~up & ~rises(low), up & rises(high)
    for _ in range(60):
        q = (low * high).sqrt()
        above = rises(q)
        low, high = torch.where(above, q, low), torch.where(above, high, q)
    return low.where(~dies, 0.0).where(~escapes, math.inf)


def forward_curve(
    activation: str,
    sigma_w: float | Tensor,
    depth: int,
    sigma_b: float | Tensor = 0.0,
    q: float = 1.0,
) -> Tensor:
    """Mean square of the pre-activations of layers 1 to ``depth``.

    Args:
        activation: a name in ``ACTIVATIONS``.
        sigma_w: weight scale, at least 0; a number, or a tensor of shape (gains,).
        depth: number of layers, at least 1.
        sigma_b: bias scale, at least 0; a number, or a tensor that broadcasts.
        q: mean square of the network's inputs.

    Returns:
        float64 tensor, (depth,), (gains, depth) or (..., depth).

    Raises:
        ValueError: unknown activation, or a value out of its range.
        TypeError: a depth that is not a whole number.
    """
    find_activation(activation)
    check_count("depth", depth)
    square, bias2 = _variances(sigma_w, sigma_b)
    if not q >= 0:
        raise ValueError(f"a mean square must be at least 0, got q={q}")
    layers = [square * q + bias2]
    for _ in range(depth - 1):
        layers.append(square * mean_square(activation, layers[-1]) + bias2)
    return torch.stack(layers, -1)


def backward_curve(
    activation: str,
    sigma_w: float | Tensor,
    depth: int,
    sigma_b: float | Tensor = 0.0,
    q: float = 1.0,
) -> Tensor:
    """Mean square of dLoss/dz at layers 1 to ``depth``, 1 at the last.

    Each layer back multiplies it by ``chi_1`` at that layer's own q. Arguments,
    shapes and errors as in ``forward_curve``.
    """
    sizes = forward_curve(activation, sigma_w, depth, sigma_b, q)
    square = _variances(sigma_w, sigma_b)[0].unsqueeze(-1)
    factors = square * mean_square_slope(activation, sizes[..., :-1])
    below_last = factors.flip(-1).cumprod(-1).flip(-1)
    return torch.cat([below_last, torch.ones_like(sizes[..., :1])], -1)


def correlation_curve(
    activation: str,
    sigma_w: float | Tensor,
    depth: int,
    sigma_b: float | Tensor = 0.0,
    q: float = 1.0,
    c: float = 0.0,
) -> Tensor:
    """Correlation of two inputs' pre-activations in layers 1 to ``depth``.

    Args:
        activation: a name in ``ACTIVATIONS``.
        sigma_w: weight scale, above 0; a number or a tensor.
        depth: number of layers, at least 1.
        sigma_b: bias scale, at least 0; a number, or a tensor that broadcasts.
        q: mean square of each of the two inputs, above 0 and finite.
        c: their correlation, from -1 to 1.

    Returns:
        float64 tensor, (..., depth), five digits; nan where a signal has died out or
        has grown beyond all numbers.

    Raises:
        ValueError: unknown activation, or a value out of its range.
        TypeError: a depth that is not a whole number.
    """
    _check_correlation(c)
    _check_size(q)
    sizes = forward_curve(activation, sigma_w, depth, sigma_b, q)
    square, bias2 = _variances(sigma_w, sigma_b)
    layers = [(square * q * c + bias2) / sizes[..., 0]]
    for size in sizes[..., :-1].unbind(-1):
        here = layers[-1].nan_to_num().clamp(-1, 1)
        layers.append(_next_c(activation, square, bias2, here, size, nodes=24))
    usable = (sizes > 0) & sizes.isfinite()
    return torch.stack(layers, -1).where(usable, math.nan)


def log_spread(activation: str, depth: int, width: int, q: float = 1.0) -> float:
    r"""Spread of a gradient's size over random draws of a network of finite width.

    .. math:: \mathrm{sd}\,\ln \|\partial L/\partial z_1\|^2 \approx
        \sqrt{\kappa L / N},\quad \kappa = 3\,E\phi'^4 / (E\phi'^2)^2 - 1

    for one input. It depends on depth over width: theory describes the average
    network, and a deep, narrow one is far from average.

    Args:
        activation: a name in ``ACTIVATIONS``.
        depth: number of layers L.
        width: units per layer N.
        q: mean square of the pre-activations.

    Raises:
        ValueError: unknown activation, or a value out of its range.
        TypeError: a count that is not a whole number.

    Source:
        Hanin & Nica (2018), "Products of many large random matrices and gradients
        in deep neural networks".

    >>> round(log_spread("relu", depth=20, width=512) ** 2, 4)  # 5 * 20 / 512
    0.1953
    """
    check_count("depth", depth)
    check_count("width", width)
    dphi = find_activation(activation).dphi
    fourth = gaussian_average(lambda z: dphi(z).square().square(), q)
    kappa = 3 * fourth / mean_square_slope(activation, q).square() - 1
    return math.sqrt(kappa.item() * depth / width)
