"""Whole grids of plain networks at once: every depth and every gain. Machinery."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from helpers.activations import find_activation
from helpers.checks import check_count, check_gain, fresh, known
from helpers.schemes import SCHEMES
from helpers.signals.layers import cotangent_of


@dataclass(frozen=True, eq=False)
class Sweep:
    """Sizes in a grid of plain networks; float64, root mean squares.

    Attributes:
        forward: rms of z, shape (gains, depth): layer by layer. It does not depend
            on how many layers follow.
        backward: rms of dLoss/dz, shape (gains, depth, depth): [gain, d - 1, l - 1]
            is layer l of the network with d layers; nan where l > d.
        lost: share of the entries of dLoss/dz whose size is at most a floor, shape
            (floors, gains, depth, depth); nan where l > d.
    """

    forward: Tensor
    backward: Tensor
    lost: Tensor


@torch.no_grad()
def sweep(
    activation: str,
    gains: Sequence[float],
    depth: int,
    x: Tensor,
    *,
    scheme: str = "xavier_normal",
    cotangent: Tensor | None = None,
    generator: Generator | None = None,
    floors: Sequence[float] = (),
) -> Sweep:
    """Sizes in square plain networks of every depth up to ``depth`` and every gain.

    The same numbers as ``probe(mlp(d, width, activation, scheme, g), x)`` for each
    d and g, much faster: a network is the beginning of a deeper one, so one forward
    pass per gain is enough, and the backward passes of all depths and gains advance
    together, one product per layer. The backward signal is kept at unit scale and its
    logarithm added up, so 1e-300 is still right.

    Args:
        activation: a name in ``ACTIVATIONS``.
        gains: gains, each finite and at least 0.
        depth: the largest number of layers, at least 1.
        x: inputs, shape (batch, width), batch at least 2.
        scheme: a name in ``SCHEMES``.
        cotangent: dLoss/d(output), the shape of x; None draws it as ``probe`` does.
        generator: source of the weights; None means a new one with seed 0.
        floors: sizes at or below which a gradient counts as lost, for example half of
            the smallest number of a number format, which rounds to 0.

    Raises:
        ValueError: unknown name, or a value out of its range.
        TypeError: a value of the wrong type.
    """
    phi = find_activation(activation)
    check_count("depth", depth)
    for g in gains:
        check_gain(g)
    draw = known(scheme, SCHEMES, "scheme")
    if not isinstance(x, Tensor) or x.dim() != 2 or len(x) < 2:
        raise ValueError("x must be a tensor of shape (batch, width), batch at least 2")
    if phi.homogeneous and list(gains) != [1.0] and not floors:
        unit = sweep(
            activation,
            [1.0],
            depth,
            x,
            scheme=scheme,
            cotangent=cotangent,
            generator=generator,
        )
        return _rescaled(unit, gains)
    x = x.double()
    width = x.shape[1]
    generator = fresh(generator)
    start = generator.get_state()
    v = cotangent_of(x, cotangent, fresh(None))

    def weights(gain: float) -> list[Tensor]:
        generator.set_state(start)
        return [draw(width, width, gain, generator).double() for _ in range(depth)]

    z = torch.empty(len(gains), depth, *x.shape, dtype=torch.float64)
    for of_network, gain in zip(z, gains, strict=True):
        _forward(phi.phi, x, weights(gain), out=of_network)
    scale = torch.tensor(gains, dtype=torch.float64).reshape(-1, 1, 1, 1)
    backward, lost = _backward(phi.dphi(z) * scale, weights(1.0), v, floors)
    return Sweep(_rms(z), backward, lost)


def _forward(
    phi: Callable[[Tensor], Tensor], h: Tensor, matrices: Sequence[Tensor], out: Tensor
) -> None:
    """Write z of each layer of one network to ``out``, shape (depth, batch, width).

    With the very operations of the probe: in a chaotic network the last bit of a
    product decides about all that follows.
    """
    for z, W in zip(out, matrices, strict=True):
        z.copy_(torch.mm(h, W.T))
        h = phi(z)


def _backward(
    slopes: Tensor, matrices: Sequence[Tensor], v: Tensor, floors: Sequence[float]
) -> tuple[Tensor, Tensor]:
    """Sizes of dLoss/dz, and which shares of it are lost, as in ``Sweep``.

    ``slopes`` are those of every gain and layer, times the gain, and ``matrices`` the
    weights at gain 1.
    """
    gains, depth, batch, width = slopes.shape
    backward = torch.full((depth, depth, gains), math.nan, dtype=torch.float64)
    lost = backward.expand(len(floors), -1, -1, -1).clone()
    # deltas[k] belongs to the network whose last layer is the k-th from the end.
    deltas = torch.empty(depth, gains, batch, width, dtype=torch.float64)
    spare = torch.empty_like(deltas)
    log_size = torch.zeros(depth, gains, dtype=torch.float64)
    for i in reversed(range(depth)):
        live = depth - i
        deltas[live - 1] = v
        if live > 1:
            deeper = slice(0, live - 1)
            torch.mm(
                deltas[deeper].view(-1, width),
                matrices[i + 1],
                out=spare[deeper].view(-1, width),
            )
            spare[deeper].mul_(slopes[:, i])
            spare[live - 1] = v
            deltas, spare = spare, deltas
        for share, floor in zip(lost, floors, strict=True):
            seen = (floor / log_size[:live].exp())[..., None, None]
            share[i:, i] = (deltas[:live].abs() <= seen).double().mean((-1, -2)).flip(0)
        size = _rms(deltas[:live])
        log_size[:live] += size.log()
        backward[i:, i] = log_size[:live].flip(0).exp()
        # A signal that is 0 or not finite stays as it is.
        usable = (size > 0) & size.isfinite()
        deltas[:live] /= size.where(usable, 1.0)[..., None, None]
    return backward.permute(2, 0, 1).contiguous(), lost.permute(0, 3, 1, 2).contiguous()


def _rms(t: Tensor) -> Tensor:
    """Root mean square over the last two dimensions."""
    norm = torch.linalg.vector_norm(t.flatten(-2), dim=-1)
    return norm / math.sqrt(t.shape[-1] * t.shape[-2])


def _rescaled(unit: Sweep, gains: Sequence[float]) -> Sweep:
    """The sweep of a homogeneous activation at other gains, from the one at gain 1.

    Each layer multiplies by the gain: once for every layer that a signal has passed.
    """
    gain = torch.tensor(gains, dtype=torch.float64).unsqueeze(-1)
    layer = torch.arange(1, unit.forward.shape[-1] + 1)
    passed = layer.unsqueeze(-1) - layer
    return Sweep(
        unit.forward * gain**layer,
        unit.backward * gain.unsqueeze(-1) ** passed.clamp(min=0),
        unit.lost.expand(-1, len(gain), -1, -1),
    )
