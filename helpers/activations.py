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

from helpers.checks import known, number, numbers, once
from helpers.expressions import expression, slope_of


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
        smooth: whether all its kinks and jumps are at 0, as those of a name are.
    """

    name: str
    phi: Callable[[Tensor], Tensor]
    dphi: Callable[[Tensor], Tensor]
    module: type[nn.Module]
    homogeneous: bool = False
    smooth: bool = True


LEAK = 0.01  # slope of leaky_relu below 0: torch.nn.LeakyReLU's default
# Klambauer et al. (2017): the pair that makes (mean 0, variance 1) fixed.
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def _relu_slope(z: Tensor) -> Tensor:
    # Straight into numbers: filling where a mask is set takes twenty times as long.
    return torch.gt(z, 0, out=torch.empty_like(z.detach()))


def _leaky_relu_slope(z: Tensor) -> Tensor:
    return _relu_slope(z).clamp_(min=LEAK)


def _tanh_slope(z: Tensor) -> Tensor:
    h = torch.tanh(z)
    return torch.addcmul(h.new_ones(()), h, h, value=-1)  # 1 - h h, rounded once


def _sigmoid_slope(z: Tensor) -> Tensor:
    h = torch.sigmoid(z)
    return torch.addcmul(h, h, h, value=-1)  # h - h h, rounded once


def _softsign_slope(z: Tensor) -> Tensor:
    return (1 + z.abs()).square().reciprocal()


def _gelu_slope(z: Tensor) -> Tensor:
    cumulative = torch.special.ndtr(z)
    density = torch.exp(-z.square() / 2) / math.sqrt(2 * math.pi)
    # Far out density is 0 while z may be infinite: their product has the limit 0.
    return cumulative + torch.nan_to_num(z * density)


def _silu_slope(z: Tensor) -> Tensor:
    s = torch.sigmoid(z)
    return s + torch.nan_to_num(z * s * (1 - s))


def _selu_slope(z: Tensor) -> Tensor:
    # Not from selu(z) itself, whose distance from its floor is rounding far below 0.
    below = SELU_SCALE * SELU_ALPHA * torch.exp(z.clamp(max=0))
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
    """The activation of that name, or of an expression in z.

    Whatever takes a name takes ``"z * sigmoid(1.7 * z)"`` as well. Its slope comes by
    automatic differentiation; averages over it have three digits where it has a kink
    or a jump elsewhere than at 0.

    Raises:
        ValueError: if there is none; the message lists the names.

    >>> find_activation("relu").phi(torch.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    >>> find_activation("maximum(z, 0) ** 2").dphi(torch.tensor([-1.0, 2.0]))
    tensor([0., 4.])
    """
    if isinstance(name, str) and (name == "z" or not name.isidentifier()):
        return _own(name)
    return known(name, ACTIVATIONS, "activation")


@lru_cache(maxsize=64)
def _own(text: str) -> Activation:
    """An activation that is written as an expression in z."""
    try:
        phi = expression(text)
    except ValueError as error:
        known_are = ", ".join(ACTIVATIONS)
        raise ValueError(
            f"unknown activation {text!r}; known: {known_are}, and expressions in z: "
            f"{error}"
        ) from None

    class Own(nn.Module):
        """The expression as a layer."""

        def forward(self, z: Tensor) -> Tensor:
            return phi(z)

        def extra_repr(self) -> str:
            return text

    return Activation(text, phi, slope_of(phi), Own, smooth=False)


activation = find_activation  # a short name, where nothing else is called so


# Averages ---------------------------------------------------------------------------

# The rules for mean squares up to these; the first is faster, the last the end of what
# is promised of any function.
REACH = 1e4, 1e12
PIECES = 8  # of the half line, for what may have kinks anywhere
LEAST = 1e-300  # stands for 0
LARGEST = 100_000  # scale of weights and biases: settled mean squares stay within REACH


@once
def crowded(least: float, pieces: int = 1) -> tuple[Tensor, Tensor]:
    """Nodes from 0 to 1 and their weights, for functions that are steep at 0.

    Gauss and Legendre's, on a scale that is even up to ``least`` and logarithmic from
    there: for what is smooth but for a width of ``least`` at 0. Nine for each factor e
    leave 12 digits, whatever ``least`` is. In ``pieces`` for what has kinks elsewhere.
    """
    length = math.asinh(1 / least)
    count = math.ceil(9 * length)
    nodes, weights = map(torch.from_numpy, np.polynomial.legendre.leggauss(count))
    length /= pieces
    starts = length * torch.arange(pieces, dtype=nodes.dtype).unsqueeze(-1)
    s = (starts + length * (nodes + 1) / 2).flatten()
    weights = weights.repeat(pieces)
    return least * torch.sinh(s), length / 2 * least * torch.cosh(s) * weights


@once
def _half_line(largest: float, pieces: int) -> tuple[Tensor, Tensor]:
    """Nodes and weights for the average over z > 0, for mean squares up to that."""
    end = 12.0  # beyond it the normal density is below 1e-31
    # What changes where z is about 1 does so where t = z / sqrt(q) is 1 / sqrt(q).
    share, weights = crowded(1 / (8 * math.sqrt(largest)), pieces)
    t = end * share
    weights = weights * torch.exp(-t.square() / 2)
    # Half of all z are above 0. A few roundings less, so that on no machine the average
    # of 1 exceeds 1: E f^4 / (E f^2)^2 would fall below its least, and print as -0.
    return t, weights * (0.5 * (1 - 8 * torch.finfo(t.dtype).eps) / weights.sum())


def _mean_squares(q: float | Tensor) -> tuple[Tensor, float]:
    """The mean squares as float64, and the largest of them.

    Raises:
        ValueError: one is negative or not a number; the message names them.
        TypeError: what is no number.
    """
    q = numbers("q", q)
    least, largest = (x.item() for x in q.aminmax()) if q.numel() else (0.0, 0.0)
    if not least >= 0:
        raise ValueError(f"a mean square must be at least 0, got q={q.tolist()}")
    return q, largest


def _average(
    f: Callable[[Tensor], Tensor], q: Tensor, largest: float, smooth: bool = True
) -> Tensor:
    t, weights = _half_line(REACH[largest > REACH[0]], 1 if smooth else PIECES)
    z = q.sqrt().unsqueeze(-1) * t
    if largest == math.inf:  # no number to softsign; as large as can be is one
        z = z.clamp(max=torch.finfo(z.dtype).max)
    return ((f(z) + f(-z)) * weights).sum(-1)


def gaussian_average(f: Callable[[Tensor], Tensor], q: float | Tensor = 1.0) -> Tensor:
    r"""Average of ``f(z)`` over a normal z of mean 0 and mean square q.

    .. math:: \int f(\sqrt q\, t)\, e^{-t^2/2}\, dt / \sqrt{2\pi}

    The integral is split at 0, where relu, leaky_relu and selu have their kink, so
    it is exact to about 12 digits for every activation here, up to q = 1e12. Beyond,
    what f does where z is about 1 falls between the nodes: see ``mean_square``.

    Args:
        f: a function of a tensor, elementwise; smooth but for a kink or a step at 0.
        q: mean square of z, at least 0; a number or a tensor of any shape.

    Returns:
        float64 tensor of the shape of q.

    Raises:
        ValueError: if a q is negative or not a number.
        TypeError: if a q is no number.

    >>> round(gaussian_average(torch.relu, q=4.0).item(), 6)  # sqrt(4 / (2 pi))
    0.797885
    """
    return _average(f, *_mean_squares(q))


@once
def _square_at_one(name: str) -> float:
    phi = find_activation(name).phi
    return gaussian_average(lambda z: phi(z).square()).item()


def mean_square(name: str, q: float | Tensor = 1.0) -> Tensor:
    """E phi(z)^2 for a normal z of mean square q: what the next layer receives.

    Digits, arguments and errors as in ``gaussian_average``; beyond q = 1e12, where phi
    is a step or two rays to such a signal, still nine of them; beyond 1e306, where
    squares are no floats any more, what is not bounded is infinite.
    """
    activation = find_activation(name)
    q, largest = _mean_squares(q)
    if activation.homogeneous:
        return q * _square_at_one(name)
    phi, smooth = activation.phi, activation.smooth
    return _average(lambda z: phi(z).square(), q, largest, smooth)


def mean_square_slope(name: str, q: float | Tensor = 1.0) -> Tensor:
    """E phi'(z)^2 for a normal z of mean square q: what a gradient keeps of itself.

    Twelve digits for every q; q = 0 is the limit of small signals, to which each side
    of a kink counts half. Arguments and errors as in ``gaussian_average``.
    """
    activation = find_activation(name)
    dphi = activation.dphi
    q, largest = _mean_squares(q)
    q = q.clamp(min=LEAST)
    if largest <= REACH[-1]:
        return _average(lambda z: dphi(z).square(), q, largest, activation.smooth)
    within = mean_square_slope(name, q.clamp(max=REACH[-1]))
    # The normal density is even where the slope still changes. So what it adds to the
    # slopes on either side falls like the density there, 1 / sqrt(q).
    ends = torch.tensor([-math.inf, math.inf], dtype=q.dtype, device=q.device)
    far = dphi(ends).square().mean()
    if far.isnan():  # autograd has no slope of an expression there: at places far out
        ends = torch.linspace(1e9, 2e9, 1000, dtype=q.dtype, device=q.device)
        far = dphi(torch.cat([-ends, ends])).square().mean()
    beyond = far + (within - far) * (REACH[-1] / q).sqrt()
    return torch.where(q > REACH[-1], beyond, within)


def steepest_slope(name: str) -> float:
    """The largest abs(phi'(z)) over all z: the best case for a gradient.

    Raises:
        ValueError: unknown activation.

    >>> steepest_slope("sigmoid"), steepest_slope("tanh")
    (0.25, 1.0)
    """
    return _steepest_slope(find_activation(name).name)


@once
def _steepest_slope(name: str) -> float:
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


def first_fall(
    f: Callable[[Tensor], Tensor], points: Tensor, values: Tensor | None = None
) -> float | None:
    """Where f first falls from above 0 to 0 or below along ``points``, by bisection.

    Args:
        f: a function of a float64 tensor, elementwise.
        points: where to look, shape (n,), in the order of the search.
        values: f at the points, if they are known.

    Returns:
        The place, or None if f does not fall through 0 between the points.
    """
    above = (f(points) if values is None else values) > 0
    falls = (above[:-1] & ~above[1:]).nonzero()
    if not len(falls):
        return None
    last, first = points[falls[0] : falls[0] + 2]
    for _ in range(80):
        middle = (last + first) / 2
        last, first = (middle, first) if f(middle) > 0 else (last, middle)
    return last.item()


# Where a settled signal with chi_1 = 1 is searched. Below, chi_1 of tanh differs from 1
# by less than 1e-6, and what decides is a difference in the last digits.
SETTLED = 1e-6, 1e12


@once
def _settled_sizes(name: str) -> tuple[Tensor, Tensor]:
    """Mean squares, and the bias variance less q that would make each one critical."""
    points = 20 * round(math.log10(SETTLED[1] / SETTLED[0])) + 1
    first, last = map(math.log10, SETTLED)
    q = torch.logspace(first, last, points, dtype=torch.float64)
    return q, mean_square(name, q) / mean_square_slope(name, q) - q


def critical_gain(name: str, sigma_b: float = 0.0) -> float:
    r"""The gain at which a gradient neither grows nor shrinks at the fixed point.

    Both must hold for one q: :math:`q = g^2\,E\,\phi^2 + \sigma_b^2` (the signal
    has settled) and :math:`1 = g^2\,E\,\phi'^2` (chi_1 = 1). Where no positive q
    does, the fixed point is q = 0 and the slopes at 0 decide; for gelu and silu that
    point is unstable, so no gain keeps them critical at depth. For relu,
    leaky_relu and linear, chi_1 does not depend on q.

    Ten digits; with biases below 1e-6 six, where q is searched from 1e-6 on only.

    Args:
        name: an activation.
        sigma_b: standard deviation of the biases, from 0 to 100,000.

    Raises:
        ValueError: unknown activation, or a ``sigma_b`` out of its range.
        TypeError: a ``sigma_b`` that is no number.

    Source:
        Schoenholz et al. (2017), "Deep information propagation".

    >>> round(critical_gain("tanh"), 6), round(critical_gain("relu"), 6)
    (1.0, 1.414214)
    """
    sigma_b = number("sigma_b", sigma_b)
    if not (math.isfinite(sigma_b) and sigma_b >= 0):
        raise ValueError(f"sigma_b must be finite and at least 0, got {sigma_b}")
    if sigma_b > LARGEST:
        raise ValueError(f"sigma_b must be at most {LARGEST:,}, got {sigma_b}")

    def excess(q: Tensor) -> Tensor:
        return mean_square(name, q) / mean_square_slope(name, q) - q + sigma_b**2

    q = None
    if not find_activation(name).homogeneous:
        points, lack = _settled_sizes(name)
        q = first_fall(excess, points, lack + sigma_b**2)
    return mean_square_slope(name, q or 0.0).rsqrt().item()
