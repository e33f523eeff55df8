"""How large the first weights are: ten initialization schemes.

Conventions: a weight matrix has shape ``(fan_out, fan_in)`` and acts as
``z = h @ W.T``, as in ``torch.nn.Linear``. ``gain`` multiplies every weight.
Randomness comes from ``generator``; None means a new one with seed 0, never the
global state. Tensors are of torch's default dtype, on the device of the generator. No
gain leads beyond the numbers of that dtype: float16 ends at 65,504.
"""

import math
from collections.abc import Callable
from functools import partial

import torch
from torch import Generator, Tensor

from helpers.checks import check_count, check_scale, fresh, known

# The standard deviation at gain 1, as a function of (fan_in, fan_out).
STD: dict[str, Callable[[int, int], float]] = {
    "zeros": lambda fan_in, fan_out: 0.0,
    "constant": lambda fan_in, fan_out: 0.0,
    "normal": lambda fan_in, fan_out: 1.0,
    "lecun": lambda fan_in, fan_out: math.sqrt(1 / fan_in),
    "xavier_uniform": lambda fan_in, fan_out: math.sqrt(2 / (fan_in + fan_out)),
    "xavier_normal": lambda fan_in, fan_out: math.sqrt(2 / (fan_in + fan_out)),
    "he_uniform": lambda fan_in, fan_out: math.sqrt(2 / fan_in),
    "he_normal": lambda fan_in, fan_out: math.sqrt(2 / fan_in),
    "pytorch_default": lambda fan_in, fan_out: math.sqrt(1 / (3 * fan_in)),
    "orthogonal": lambda fan_in, fan_out: math.sqrt(1 / max(fan_in, fan_out)),
}


def _checked(
    name: str, fan_in: int, fan_out: int, gain: float
) -> tuple[int, int, float]:
    """The fans and the gain as Python's own numbers."""
    known(name, STD, "scheme")
    fan_in = check_count("fan_in", fan_in)
    return fan_in, check_count("fan_out", fan_out), check_scale("gain", gain)


def std(name: str, fan_in: int, fan_out: int, gain: float = 1.0) -> float:
    r"""Standard deviation of the weights that a scheme draws.

    =================== ============================== ==========================
    scheme              standard deviation at gain 1   source
    =================== ============================== ==========================
    zeros, constant     0
    normal              1
    lecun               sqrt(1 / fan_in)               LeCun et al. (1998)
    xavier_*            sqrt(2 / (fan_in + fan_out))   Glorot & Bengio (2010), 12
    he_*                sqrt(2 / fan_in)               He et al. (2015), 10
    pytorch_default     sqrt(1 / (3 fan_in))           ``nn.Linear``
    orthogonal          sqrt(1 / max(fan_in, fan_out)) Saxe et al. (2014)
    =================== ============================== ==========================

    Args:
        name: a key of ``SCHEMES``.
        fan_in: inputs of one unit, at least 1.
        fan_out: units that one input feeds, at least 1.
        gain: dimensionless factor on every weight, finite and at least 0.

    Raises:
        ValueError: unknown scheme, a fan below 1, a negative or non-finite gain.
        TypeError: a fan that is not a whole number, a gain that is no number.

    >>> round(std("xavier_normal", fan_in=300, fan_out=100), 6)
    0.070711
    """
    fan_in, fan_out, gain = _checked(name, fan_in, fan_out, gain)
    return gain * STD[name](fan_in, fan_out)


def bound(name: str, fan_in: int, fan_out: int, gain: float = 1.0) -> float:
    """Half the width of a uniform scheme's interval: weights lie in [-bound, bound].

    A uniform variable on [-a, a] has standard deviation a / sqrt(3).

    Raises:
        ValueError: as in ``std``, or a scheme that is not uniform.

    >>> round(bound("xavier_uniform", fan_in=100, fan_out=50), 6)  # sqrt(6 / 150)
    0.2
    """
    if name not in UNIFORM:
        known = ", ".join(UNIFORM)
        raise ValueError(f"scheme {name!r} has no bound; uniform ones: {known}")
    return math.sqrt(3) * std(name, fan_in, fan_out, gain)


UNIFORM = ("xavier_uniform", "he_uniform", "pytorch_default")


def _draw(
    name: str,
    fan_out: int,
    fan_in: int,
    gain: float = 1.0,
    generator: Generator | None = None,
) -> Tensor:
    fan_in, fan_out, gain = _checked(name, fan_in, fan_out, gain)
    generator, dtype = fresh(generator), torch.get_default_dtype()
    if name != "zeros":
        _check_format(name, fan_in, fan_out, gain, dtype)
    W = torch.empty(fan_out, fan_in, device=generator.device)
    if name in ("zeros", "constant"):
        return W.fill_(gain if name == "constant" else 0.0)
    if name in UNIFORM:
        a = bound(name, fan_in, fan_out, gain)
        return W.uniform_(-a, a, generator=generator)
    if name == "orthogonal":
        # No QR of 16 bits: they are drawn and made orthogonal in 32, and then rounded.
        wide = W.to(torch.promote_types(dtype, torch.float32))
        return (gain * _orthogonal(wide.normal_(generator=generator))).to(dtype)
    return W.normal_(0, std(name, fan_in, fan_out, gain), generator=generator)


def _check_format(
    name: str, fan_in: int, fan_out: int, gain: float, dtype: torch.dtype
) -> None:
    """Raise unless the numbers of a scheme are numbers of the format."""
    limits = torch.finfo(dtype)
    size = std(name, fan_in, fan_out) or 1.0  # a constant is the gain itself
    # Of normal numbers one in 1e23 lies beyond 10; an interval has a length.
    largest = {"constant": 1.0, "orthogonal": 1.0}.get(name, 10 * size)
    least, most = limits.smallest_normal * limits.eps / size, limits.max / largest
    if gain and not least <= gain <= most:
        raise ValueError(
            f"gain must be 0 or from {least:.2g} to {most:.2g} for {name} weights of "
            f"{fan_in} inputs and {fan_out} units in {dtype}, got {gain}"
        )


def _orthogonal(W: Tensor) -> Tensor:
    """Orthonormal rows (or columns, whichever are fewer) from a Gaussian matrix."""
    tall = W if W.shape[0] >= W.shape[1] else W.T
    Q, R = torch.linalg.qr(tall)
    # Without the signs of R's diagonal Q would not be uniform: Mezzadri (2007).
    Q = Q * R.diagonal().sign()
    return Q if tall is W else Q.T


SCHEMES: dict[str, Callable[..., Tensor]] = {name: partial(_draw, name) for name in STD}
"""Each scheme as ``SCHEMES[name](fan_out, fan_in, gain=1.0, generator=None)``.

Returns a tensor of shape ``(fan_out, fan_in)``. Two of them are not random:
``zeros``, and ``constant``, where every weight is the gain itself. ``normal`` draws
with standard deviation ``gain``. In float16 and bfloat16 ``orthogonal`` is drawn in
float32 and rounded, so its rows are orthogonal to the digits of these formats.

Errors are those of ``std``, and a ``ValueError`` for a gain that leads beyond the
numbers of the dtype, or to nothing but 0.
"""
