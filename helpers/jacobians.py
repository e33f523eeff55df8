"""The Jacobian of a random network: how far it stretches each direction."""

import torch
from torch import Generator, Tensor

from helpers.activations import find_activation
from helpers.checks import check_count, check_gain, check_scale, known
from helpers.schemes import SCHEMES


def jacobians(
    activation: str,
    scheme: str,
    gain: float,
    depth: int,
    width: int,
    sigma_b: float = 0.0,
    q: float = 1.0,
    seed: int = 0,
) -> Tensor:
    """Jacobians from pre-activations of mean square q to each layer's activations.

    One random network of square layers, at one random input: the Jacobian of its
    first l layers is D_l W_l ... D_1 W_1, where D_l has the slopes of layer l on its
    diagonal (Pennington et al., 2017, equation 2).

    Args:
        activation: a name in ``ACTIVATIONS``.
        scheme: a name in ``SCHEMES``.
        gain: factor on every weight, at least 0.
        depth: number of layers, at least 1.
        width: units of every layer, at least 1.
        sigma_b: standard deviation of the biases, finite and at least 0.
        q: mean square of the normal pre-activations that the input is made of, finite
            and at least 0.
        seed: of the input, the weights and the biases, at least 0.

    Returns:
        (depth, width, width), in torch's default dtype.

    Raises:
        ValueError: unknown activation or scheme, or a number out of its range.
        TypeError: a count that is not a whole number, or what is no number.

    >>> J = jacobians("linear", "orthogonal", 1.0, depth=20, width=8)
    >>> bool((torch.linalg.svdvals(J[-1]) - 1).abs().max() < 1e-4)
    True
    """
    phi = find_activation(activation)
    draw = known(scheme, SCHEMES, "scheme")
    depth, width = check_count("depth", depth), check_count("width", width)
    check_gain(gain)
    sigma_b, q = check_scale("sigma_b", sigma_b), check_scale("q", q)
    g = Generator().manual_seed(check_count("seed", seed, 0))
    h = phi.phi(q**0.5 * torch.randn(width, generator=g))
    J, found = torch.eye(width), []
    for _ in range(depth):
        W = draw(width, width, gain, g)
        z = W @ h + sigma_b * torch.randn(width, generator=g)
        J, h = phi.dphi(z)[:, None] * (W @ J), phi.phi(z)
        found.append(J)
    return torch.stack(found)
