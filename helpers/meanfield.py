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


KINKS = (math.pi / 2, 3 * math.pi / 2)  # the angles at which a cosine is 0


@lru_cache(maxsize=1)
def _unit_interval() -> tuple[Tensor, Tensor]:
    """Gauss-Legendre nodes and weights, each (48,), on [0, 1]."""
    nodes, weights = map(torch.from_numpy, np.polynomial.legendre.leggauss(48))
    return (nodes + 1) / 2, weights / 2


def _pair_average(f: Callable[[Tensor], Tensor], q: float, c: float) -> float:
    """Average of f(u) f(v) over two normals of mean square q and correlation c."""
    # In polar coordinates u = sqrt(q) r cos(a), v = sqrt(q) r cos(a - b) with
    # c = cos(b): the kinks of u and of v lie on four rays, and between two rays
    # everything is smooth.
    nodes, weights = _unit_interval()
    b = math.acos(max(-1.0, min(1.0, c)))
    rays = sorted({x % (2 * math.pi) for x in (d + s for d in (0, b) for s in KINKS)})
    rays.append(rays[0] + 2 * math.pi)
    start = torch.tensor(rays[:-1], dtype=torch.float64).unsqueeze(1)
    size = torch.tensor(rays, dtype=torch.float64).diff().unsqueeze(1)
    angle = (start + size * nodes).reshape(-1, 1)
    angle_weight = (size * weights).reshape(-1, 1)
    r = 12 * nodes
    density = 12 * weights * r * torch.exp(-r.square() / 2) / (2 * math.pi)
    root = math.sqrt(q)
    product = f(root * r * torch.cos(angle)) * f(root * r * torch.cos(angle - b))
    return (product * density * angle_weight).sum().item()


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
    if not -1 <= c <= 1:
        raise ValueError(f"a correlation lies from -1 to 1, got c={c}")
    q = q_star(activation, sigma_w, sigma_b) if q is None else q
    if not 0 < q < math.inf:
        raise ValueError(f"no correlation without a signal of finite size: q={q}")
    phi = find_activation(activation).phi
    both = sigma_w**2 * _pair_average(phi, q, c) + sigma_b**2
    return both / q_map(activation, sigma_w, sigma_b, q).item()


def c_star(activation: str, sigma_w: float, sigma_b: float = 0.0) -> float:
    """Correlation that two different inputs settle at: 1 in the ordered phase.

    Raises:
        ValueError: as in ``c_map``.

    >>> round(c_star("tanh", sigma_w=1.0, sigma_b=0.5), 6)
    1.0
    """
    q = q_star(activation, sigma_w, sigma_b)
    if chi_1(activation, sigma_w, sigma_b, q) <= 1:
        return 1.0
    c, step = 0.5, 1.0
    while abs(step) > 1e-12:
        step = c_map(activation, sigma_w, sigma_b, c, q) - c
        c += step
    return c


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
    q = q_star(activation, sigma_w, sigma_b)
    chi = chi_1(activation, sigma_w, sigma_b, q).item()
    if chi > 1:
        c = c_star(activation, sigma_w, sigma_b)
        dphi = find_activation(activation).dphi
        chi = sigma_w**2 * _pair_average(dphi, q, c)
    return math.inf if math.isclose(chi, 1.0, abs_tol=1e-9) else -1 / math.log(chi)


def forward_curve(
    activation: str,
    sigma_w: float | Tensor,
    depth: int,
    sigma_b: float = 0.0,
    q: float = 1.0,
) -> Tensor:
    """Mean square of the pre-activations of layers 1 to ``depth``.

    Args:
        activation: a name in ``ACTIVATIONS``.
        sigma_w: weight scale, at least 0; a number, or a tensor of shape (gains,).
        depth: number of layers, at least 1.
        sigma_b: bias scale, at least 0.
        q: mean square of the network's inputs.

    Returns:
        float64 tensor, (depth,) or (gains, depth).

    Raises:
        ValueError: unknown activation, or a value out of its range.
        TypeError: a depth that is not a whole number.
    """
    find_activation(activation)
    check_count("depth", depth)
    sigma_w = torch.as_tensor(sigma_w, dtype=torch.float64)
    for value in sigma_w.flatten().tolist():
        _check(value, sigma_b)
    if not q >= 0:
        raise ValueError(f"a mean square must be at least 0, got q={q}")
    square = sigma_w.square()
    layers = [square * q + sigma_b**2]
    for _ in range(depth - 1):
        layers.append(square * mean_square(activation, layers[-1]) + sigma_b**2)
    return torch.stack(layers, -1)


def backward_curve(
    activation: str,
    sigma_w: float | Tensor,
    depth: int,
    sigma_b: float = 0.0,
    q: float = 1.0,
) -> Tensor:
    """Mean square of dLoss/dz at layers 1 to ``depth``, 1 at the last.

    Each layer back multiplies it by ``chi_1`` at that layer's own q. Arguments,
    shapes and errors as in ``forward_curve``.
    """
    sizes = forward_curve(activation, sigma_w, depth, sigma_b, q)
    square = torch.as_tensor(sigma_w, dtype=torch.float64).square().unsqueeze(-1)
    factors = square * mean_square_slope(activation, sizes[..., :-1])
    below_last = factors.flip(-1).cumprod(-1).flip(-1)
    return torch.cat([below_last, torch.ones_like(sizes[..., :1])], -1)


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
