"""Theory layer by layer: curves for whole grids of scales, and how far draws stray."""

import math

import torch
from torch import Tensor

from helpers.activations import (
    LEAST,
    REACH,
    find_activation,
    gaussian_average,
    mean_square_slope,
)
from helpers.checks import check_count, number, numbers
from helpers.meanfield.maps import check_correlation, check_size, chi_1
from helpers.meanfield.numerics import next_c, next_q, variances


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
        q: mean square of the network's inputs, at least 0 and finite.

    Returns:
        float64 tensor, (depth,), (gains, depth) or (..., depth); infinite where a
        signal has grown beyond all numbers.

    Raises:
        ValueError: unknown activation, or a value out of its range.
        TypeError: a depth that is not a whole number, or what is no number.
    """
    find_activation(activation)
    depth, q = check_count("depth", depth), number("q", q)
    square, bias2 = variances(sigma_w, sigma_b)
    if not 0 <= q < math.inf:
        raise ValueError(f"a mean square must be finite and at least 0, got q={q}")
    layers = [square * q + bias2]  # the first layer receives the inputs themselves
    for _ in range(depth - 1):
        layers.append(next_q(activation, square, bias2, layers[-1]))
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
    scales = numbers("sigma_w", sigma_w).unsqueeze(-1)
    factors = chi_1(activation, scales, q=sizes[..., :-1])
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
        float64 tensor, (..., depth); nan where a signal has died out or has grown
        beyond all numbers.

    Raises:
        ValueError: unknown activation, or a value out of its range.
        TypeError: a depth that is not a whole number, or what is no number.
    """
    c, q = check_correlation(c), check_size(q)
    sizes = forward_curve(activation, sigma_w, depth, sigma_b, q)
    square, bias2 = variances(sigma_w, sigma_b)
    layers = [(square * q * c + bias2) / sizes[..., 0]]
    for size in sizes[..., :-1].unbind(-1):
        here = layers[-1].nan_to_num().clamp(-1, 1)
        layers.append(next_c(activation, square, bias2, here, size))
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
        q: mean square of the pre-activations, from 0 (its limit) to 1e12.

    Raises:
        ValueError: unknown activation, or a value out of its range.
        TypeError: a count that is not a whole number.

    Source:
        Hanin & Nica (2018), "Products of many large random matrices and gradients
        in deep neural networks".

    >>> round(log_spread("relu", depth=20, width=512) ** 2, 4)  # 5 * 20 / 512
    0.1953
    """
    depth, width = check_count("depth", depth), check_count("width", width)
    dphi, q = find_activation(activation).dphi, number("q", q)
    if not 0 <= q <= REACH[-1]:
        raise ValueError(f"q must be from 0 to {REACH[-1]:g}, got {q}")
    fourth = gaussian_average(lambda z: dphi(z).square().square(), max(q, LEAST))
    kappa = 3 * fourth / mean_square_slope(activation, q).square() - 1
    return math.sqrt(kappa.item() * depth / width)
