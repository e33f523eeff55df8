"""The raw numbers of each layer, made into a ``Signal``. No lesson needs this.

Sums of squares stay norms until the end: one operation for all layers then, where one
per layer would cost as much as the layer's matrix product.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from helpers.signals.signal import Signal

SATURATED = 0.06  # of the steepest slope: for tanh it is abs(h) > 0.97
NAN, ZERO = torch.tensor([math.nan, 0.0], dtype=torch.float64)


@dataclass(eq=False)
class Row:
    """The raw numbers of one layer: counts, means, and norms of whole tensors."""

    name: str
    kind: str
    unit_dim: int  # of z, the layer's output
    count: int
    inputs: int
    units: int
    z: Tensor
    centred: Tensor  # z less its mean over the batch
    unit_mean: Tensor  # the mean over units
    apart: Tensor = NAN  # z less that mean, where units are nearly copies

    # h, what enters the next layer
    h_count: int = 1
    h_units: int = 1
    h_mean: Tensor = NAN
    h: Tensor = NAN
    live: Tensor = NAN  # how many units are not 0 for the whole batch
    saturated: Tensor = NAN

    weight: Tensor = NAN
    weight_size: int = 1
    alike: bool = False  # all units have the same weights
    norms: int = 0  # how many normalizations ran before

    # dLoss/dz and dLoss/dW
    reached: bool = False
    waits: bool = False  # for a weight that is 0 to let a gradient through
    grad: Tensor = ZERO
    shift: Tensor = NAN  # the slopes added over positions; nan where there are none
    weight_count: int = 1
    weight_grad: Tensor = ZERO

    @classmethod
    def of(
        cls,
        name: str,
        kind: str,
        unit_dim: int,
        z: Tensor,
        weights: Tensor,
        scratch: Tensor | None = None,
    ) -> "Row":
        """The row of a layer with output z, as far as z and its weights tell it.

        Args:
            name: of the layer.
            kind: its class.
            unit_dim: the dimension of z that counts units; the first counts inputs.
            z: its output.
            weights: those of each unit, shape (..., units, what they multiply).
            scratch: memory for z.
        """
        z = _exact(z)
        units = z.shape[unit_dim]
        unit_mean = z.mean(unit_dim, keepdim=True)
        length = _norm(z)
        row = cls(
            name=name,
            kind=kind,
            unit_dim=unit_dim,
            count=z.numel(),
            inputs=len(z),
            units=units,
            z=length,
            centred=_centred(z, length, scratch),
            unit_mean=_norm(unit_mean),
        )
        weights = _exact(weights)
        row.weight, row.weight_size = _norm(weights), weights.numel()
        row.alike = same_units(weights)
        size, alike = row.z.item(), row.unit_mean.item()
        if alike * alike * units > 0.999 * size * size:
            # Units that are nearly copies: what is left would be lost in rounding.
            row.apart = _norm(z - unit_mean)
        return row

    def entering(
        self,
        h: Tensor,
        unit_dim: int,
        scratch: Tensor | None = None,
        passed_on: bool = True,
    ) -> None:
        """Add what enters the next layer, and whether a layer passed it on."""
        h = _exact(h)
        unit_dim = unit_dim if -h.dim() <= unit_dim < h.dim() else -1
        self.h_mean, self.h = _mean(h), _norm(h)
        self.live = _live(h, unit_dim % h.dim(), scratch) if passed_on else NAN
        self.h_count, self.h_units = h.numel(), h.shape[unit_dim]

    def slope(
        self, slope: Tensor, steepest: float, scratch: Tensor | None = None
    ) -> None:
        """Add the saturation of the activation that follows."""
        flat = torch.abs(slope, out=scratch)
        # Into numbers, not bools: summing bools takes twice as long.
        self.saturated = flat.lt_(SATURATED * steepest).mean()

    def gradient(self, delta: Tensor) -> None:
        """Add dLoss/dz. One that follows another counts if that was 0."""
        if self.reached and self.grad.item() != 0:
            return
        self.grad, self.reached = _norm(delta), True
        unit = self.unit_dim % delta.dim()
        positions = [d for d in range(1, delta.dim()) if d != unit]
        if positions:
            self.shift = _norm(_exact(delta).sum(positions))

    def weight_gradient(self, gradient: Tensor) -> None:
        """Add dLoss/dW."""
        self.weight_grad, self.weight_count = _norm(gradient), gradient.numel()


def finished(
    rows: Sequence[Row],
    inputs: int,
    unmeasured: Sequence[str] = (),
    measured: float = 1.0,
    heard: float = 1.0,
) -> Signal:
    """The measurements of all layers, for a batch of so many inputs.

    Args:
        rows: of the layers, in the order in which they ran.
        inputs: how many the batch holds.
        unmeasured: names of the weights that belong to no layer of these.
        measured: the share of all weights that belongs to these.
        heard: the share of all weights to which a gradient came.
    """
    z, count = _column(row.z for row in rows), _counts(row.count for row in rows)
    q = z.square() / count
    grad = _column(row.grad for row in rows)
    grad2, grad_norm2 = grad.square() / count, grad.square() / inputs
    grad_shift2 = _column(row.shift for row in rows).square() / inputs

    units = _counts(row.units for row in rows)
    unit_mean = _column(row.unit_mean for row in rows)
    spread = 1 - unit_mean.square() / (count // units) / q
    apart = _column(row.apart for row in rows).square() / count / q
    spread = spread.where(apart.isnan(), apart)

    h, h_count = _column(row.h for row in rows), _counts(row.h_count for row in rows)
    live = _column(row.live for row in rows) / _counts(row.h_units for row in rows)
    weight_grad = _column(row.weight_grad for row in rows)
    weight = _column(row.weight for row in rows)
    unit_var = _column(row.centred for row in rows).square() / count
    several = _counts(row.inputs for row in rows) > 1
    return Signal(
        names=tuple(row.name for row in rows),
        kinds=tuple(row.kind for row in rows),
        unmeasured=tuple(unmeasured),
        measured=measured,
        heard=heard,
        q=q,
        h_mean=_column(row.h_mean for row in rows),
        h2=h.square() / h_count,
        unit_var=unit_var.where(several, math.nan),
        grad2=grad2,
        grad_norm2=grad_norm2,
        grad_shift2=grad_shift2.where(~grad_shift2.isnan(), grad_norm2),
        reached=torch.tensor([row.reached for row in rows]),
        weight_grad2=weight_grad.square() / _counts(row.weight_count for row in rows),
        saturated=_column(row.saturated for row in rows),
        dead=1 - live,
        unit_spread=spread.where(units > 1, math.nan),
        units=units,
        weight2=weight.square() / _counts(row.weight_size for row in rows),
        same_weights=torch.tensor([row.alike for row in rows]),
        waiting=torch.tensor([row.waits for row in rows]),
        norms=_counts(row.norms for row in rows),
        first_overflow=_first(~q.isfinite(), ~grad2.isfinite()),
        first_underflow=_first(z == 0, grad == 0),
    )


def _centred(z: Tensor, length: Tensor, scratch: Tensor | None) -> Tensor:
    """The norm of z less its mean over the batch, from z and its norm."""
    mean = z.mean(0)
    total, common = length.item(), _norm(mean).item() * len(z) ** 0.5
    if common * common < 0.9 * total * total:
        return length.double() * (1 - (common / total) ** 2) ** 0.5
    # Centred first: E z^2 - (E z)^2 would lose inputs that are nearly alike.
    return _norm(torch.sub(z, mean, out=scratch))


def _live(h: Tensor, unit_dim: int, scratch: Tensor | None, few: int = 8) -> Tensor:
    """How many units are not 0 for the whole batch."""
    others = [d for d in range(h.dim()) if d != unit_dim]
    if unit_dim == 0 or len(h) <= few:
        return torch.count_nonzero(torch.abs(h, out=scratch).sum(others))
    # Most show at once that they are not.
    silent = (h[:few].abs().sum(others) == 0).nonzero().flatten()
    rest = h.index_select(unit_dim, silent).abs().sum(others)
    return h.shape[unit_dim] - len(silent) + torch.count_nonzero(rest)


def _column(numbers: Iterable[Tensor]) -> Tensor:
    """One number of each layer, shape (layers,)."""
    return torch.stack([number.double().cpu() for number in numbers])


def _counts(numbers: Iterable[int]) -> Tensor:
    return torch.tensor(list(numbers))


def _first(forward: Tensor, backward: Tensor) -> int | None:
    """The first layer that the travelling signal finds marked."""
    if forward.any():
        return int(forward.nonzero()[0])
    return int(backward.nonzero()[-1]) if backward.any() else None


def same_units(weights: Tensor) -> bool:
    """Whether all units have the same weights, none of them 0 throughout.

    Args:
        weights: shape (..., units, what they multiply).
    """
    first, *others = weights.split([1, weights.shape[-2] - 1], -2)
    if not first.numel() or not others[0].numel():
        return False
    # Units that differ do so at once: look at all of them only if two agree.
    if not torch.equal(first, others[0][..., :1, :]) or not first.any():
        return False
    return bool((first == others[0]).all())


def _mean(t: Tensor) -> Tensor:
    """The mean; of complex numbers, its modulus."""
    return t.mean().abs() if t.is_complex() else t.mean()


def _exact(t: Tensor) -> Tensor:
    """The tensor, detached; half precision as float32, enough for its own range."""
    t = t.detach()
    return t if t.dtype.itemsize >= 4 else t.float()


def _norm(t: Tensor) -> Tensor:
    """Root of the sum of squares, right for every number the format can hold."""
    if t.is_complex():
        t = torch.view_as_real(t.resolve_conj())
    if t.dtype == torch.float32:
        # Squares leave float32's range 15 decades before the numbers themselves.
        norm = torch.linalg.vector_norm(t)
        if 1e-12 < norm.item() < 1e12:
            return norm
    return torch.linalg.vector_norm(t, dtype=torch.float64)
