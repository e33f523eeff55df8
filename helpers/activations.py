"""Activation functions by name: phi, its slope phi', and their Gaussian averages.

Conventions: z is a pre-activation, h = phi(z) an activation. ``q`` is the mean
square of z. In a wide layer with random weights z is close to a normal variable
of mean 0 and variance q, so "what the layer does" becomes an average over it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import torch
from torch import Tensor, nn

from helpers.checks import known


@dataclass(frozen=True)
class Activation:
    """One activation function.

    Attributes:
        name: its key in ``ACTIVATIONS``.
        phi: the function, elementwise, any shape.
        dphi: its slope phi', elementwise, any shape; at the kink of relu,
            leaky_relu and selu it is the slope autograd takes, that of the left.
        module: the ``torch.nn`` class that computes phi with its default arguments.
        homogeneous: whether phi(a z) = a phi(z) for every a > 0.
    """

    name: str
    phi: Callable[[Tensor], Tensor]
    dphi: Callable[[Tensor], Tensor]
    module: type[nn.Module]
    homogeneous: bool = False


LEAK = 0.01  # slope of leaky_relu below 0: torch.nn.LeakyReLU's default
# Klambauer et al. (2017): the pair that makes (mean 0, variance 1) fixed.
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def _relu_slope(z: Tensor) -> Tensor:
    return torch.zeros_like(z).masked_fill(z > 0, 1)


def _leaky_relu_slope(z: Tensor) -> Tensor:
    return torch.full_like(z, LEAK).masked_fill(z > 0, 1)


def _tanh_slope(z: Tensor) -> Tensor:
    h = torch.tanh(z)
    return torch.addcmul(h.new_ones(()), h, h, value=-1)  # 1 - h h, rounded once


def _sigmoid_slope(z: Tensor) -> Tensor:
    h = torch.sigmoid(z)
    return torch.addcmul(h, h, h, value=-1)  # h - h h, rounded once


def _softsign_slope(z: Tensor) -> Tensor:
    return (1 - nn.functional.softsign(z).abs()).square()


def _gelu_slope(z: Tensor) -> Tensor:
    cumulative = torch.special.ndtr(z)
    density = torch.exp(-z.square() / 2) / math.sqrt(2 * math.pi)
    # Far out density is 0 while z may be infinite: their product has the limit 0.
    return cumulative + torch.nan_to_num(z * density)


def _silu_slope(z: Tensor) -> Tensor:
    s = torch.sigmoid(z)
    return s + torch.nan_to_num(z * s * (1 - s))


def _selu_slope(z: Tensor) -> Tensor:
    below = torch.selu(z) + SELU_SCALE * SELU_ALPHA
    return below.masked_fill(z > 0, SELU_SCALE)


_leaky_relu = partial(nn.functional.leaky_relu, negative_slope=LEAK)

ACTIVATIONS: dict[str, Activation] = {
    a.name: a
    for a in (
        Activation("linear", lambda z: z, torch.ones_like, nn.Identity, True),
        Activation("relu", torch.relu, _relu_slope, nn.ReLU, True),
        Activation("leaky_relu", _leaky_relu, _leaky_relu_slope, nn.LeakyReLU, True),
        Activation("tanh", torch.tanh, _tanh_slope, nn.Tanh),
        Activation("sigmoid", torch.sigmoid, _sigmoid_slope, nn.Sigmoid),
        Activation("softsign", nn.functional.softsign, _softsign_slope, nn.Softsign),
        Activation("gelu", nn.functional.gelu, _gelu_slope, nn.GELU),
        Activation("silu", nn.functional.silu, _silu_slope, nn.SiLU),
        Activation("selu", torch.selu, _selu_slope, nn.SELU),
    )
}


def find_activation(name: str) -> Activation:
    """The activation of that name.

    Raises:
        ValueError: if there is none; the message lists the names.

    >>> find_activation("relu").phi(torch.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    return known(name, ACTIVATIONS, "activation")


activation = find_activation  # a short name, where nothing else is called so


@lru_cache(maxsize=1)
def _half_line() -> tuple[Tensor, Tensor]:
    """Nodes and weights, each (128,), for the Gaussian average over z > 0."""
    end = 12.0  # beyond it the normal density is below 1e-31
    nodes, weights = map(torch.from_numpy, np.polynomial.legendre.leggauss(128))
    # The fourth power crowds the nodes at 0, where a steep function changes.
    x = (nodes + 1) / 2
    z = end * x**4
    density = torch.exp(-z.square() / 2) / math.sqrt(2 * math.pi)
    return z, 4 * end * x**3 * weights / 2 * density


def gaussian_average(f: Callable[[Tensor], Tensor], q: float | Tensor = 1.0) -> Tensor:
    r"""Average of ``f(z)`` over a normal z of mean 0 and mean square q.

    .. math:: \int f(\sqrt q\, t)\, e^{-t^2/2}\, dt / \sqrt{2\pi}

    The integral is split at 0, where relu, leaky_relu and selu have their kink, so
    it is exact to about 12 digits for every activation here, up to q = 10,000.

    Args:
        f: a function of a tensor, elementwise.
        q: mean square of z, at least 0; a number or a tensor of any shape.

    Returns:
        float64 tensor of the shape of q.

    Raises:
        ValueError: if a q is negative or not a number.

    >>> round(gaussian_average(torch.relu, q=4.0).item(), 6)  # sqrt(4 / (2 pi))
    0.797885
    """
    q = torch.as_tensor(q, dtype=torch.float64)
    if not bool((q >= 0).all()):
        raise ValueError(f"a mean square must be at least 0, got q={q.tolist()}")
    t, weights = _half_line()
    z = q.sqrt().unsqueeze(-1) * t
    return ((f(z) + f(-z)) * weights).sum(-1)


def mean_square(name: str, q: float | Tensor = 1.0) -> Tensor:
    """E phi(z)^2 for a normal z of mean square q: what the next layer receives."""
    phi = find_activation(name).phi
    return gaussian_average(lambda z: phi(z).square(), q)


def mean_square_slope(name: str, q: float | Tensor = 1.0) -> Tensor:
    """E phi'(z)^2 for a normal z of mean square q: what a gradient keeps of itself."""
    dphi = find_activation(name).dphi
    return gaussian_average(lambda z: dphi(z).square(), q)


@lru_cache
def steepest_slope(name: str) -> float:
    """The largest abs(phi'(z)) over all z: the best case for a gradient.

    >>> steepest_slope("sigmoid"), steepest_slope("tanh")
    (0.25, 1.0)
    """
    z = torch.arange(-80_000, 80_001, dtype=torch.float64) / 10_000  # 0 is among them
    return find_activation(name).dphi(z).abs().max().item()


def recommended_gain(name: str) -> float | None:
    """PyTorch's recommended gain, or None where PyTorch has no recommendation.

    Source:
        ``torch.nn.init.calculate_gain``; its 5/3 for tanh and 3/4 for selu are
        empirical, not derived.

    >>> recommended_gain("tanh"), recommended_gain("gelu")
    (1.6666666666666667, None)
    """
    find_activation(name)
    try:
        leak = LEAK if name == "leaky_relu" else None
        # Its annotation lists the names that have a gain; others raise ValueError.
        return float(nn.init.calculate_gain(name, leak))  # type: ignore[arg-type]
    except ValueError:
        return None


def unit_variance_gain(name: str) -> float:
    """The gain that sends a pre-activation of mean square 1 on with mean square 1.

    It is 1 / sqrt(E phi(z)^2) at q = 1. It looks at one step only: for gelu and
    silu that fixed point is unstable, and for most activations the gradient still
    grows.

    Source:
        He et al. (2015), equation 10, is the case of relu.

    >>> round(unit_variance_gain("relu"), 6)
    1.414214
    """
    return mean_square(name).rsqrt().item()


def first_fall(f: Callable[[Tensor], Tensor], points: Tensor) -> float | None:
    """Where f first falls from above 0 to 0 or below along ``points``, by bisection.

    Args:
        f: a function of a float64 tensor, elementwise.
        points: where to look, shape (n,), in the order of the search.

    Returns:
        The place, or None if f does not fall through 0 between the points.
    """
    above = f(points) > 0
    falls = (above[:-1] & ~above[1:]).nonzero()
    if not len(falls):
        return None
    last, first = points[falls[0] : falls[0] + 2]
    for _ in range(80):
        middle = (last + first) / 2
        last, first = (middle, first) if f(middle) > 0 else (last, middle)
    return last.item()


def critical_gain(name: str, sigma_b: float = 0.0) -> float:
    r"""The gain at which a gradient neither grows nor shrinks at the fixed point.

    Both must hold for one q: :math:`q = g^2\,E\,\phi^2 + \sigma_b^2` (the signal
    has settled) and :math:`1 = g^2\,E\,\phi'^2` (chi_1 = 1). Where no positive q
    does, the fixed point is q = 0 and the slopes at 0 decide; for gelu and silu that
    point is unstable, so no gain keeps them critical at depth. For relu,
    leaky_relu and linear, chi_1 does not depend on q.

    Args:
        name: an activation.
        sigma_b: standard deviation of the biases, at least 0.

    Raises:
        ValueError: unknown activation, or a negative or non-finite ``sigma_b``.

    Source:
        Schoenholz et al. (2017), "Deep information propagation".

    >>> round(critical_gain("tanh"), 6), round(critical_gain("relu"), 6)
    (1.0, 1.414214)
    """
    if not (math.isfinite(sigma_b) and sigma_b >= 0):
        raise ValueError(f"sigma_b must be finite and at least 0, got {sigma_b}")

    def excess(q: Tensor) -> Tensor:
        return mean_square(name, q) / mean_square_slope(name, q) + sigma_b**2 - q

    q = None
    if not find_activation(name).homogeneous:
        q = first_fall(excess, torch.logspace(-4, 4, 400, dtype=torch.float64))
    # At q = 0 each side of a kink counts half; a small q stands for the limit.
    return mean_square_slope(name, q or 1e-24).rsqrt().item()
