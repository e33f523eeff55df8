"""The short cut for plain chains of linear layers. No lesson needs this.

It gives the numbers of ``helpers.signals.modules`` in about 0.7 of the time: memory is
kept from call to call, and where h tells the slope, it becomes the slope in place.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor, nn

from helpers.activations import (
    ACTIVATIONS,
    LEAK,
    Activation,
    steepest_slope,
)
from helpers.signals.layers import check_input, cotangent_of
from helpers.signals.record import Row, finished
from helpers.signals.signal import Signal

Link = tuple[str, nn.Linear, Activation]


def plain_chain(model: nn.Module, x: Tensor) -> list[Link] | None:
    """The layers of an MLP, each with its name and the activation after it, or None."""
    plain = type(model) is nn.Sequential and x.dim() == 2 and x.is_floating_point()
    if not plain:
        return None
    by_module = {a.module: a for a in ACTIVATIONS.values()}
    chain: list[Link] = []
    open_layer = False
    for name, module in model._modules.items():  # named_children skips what comes twice
        if module is None or module._forward_hooks or module._forward_pre_hooks:
            return None
        if type(module) is nn.Linear and module.weight.dtype.itemsize >= 4:
            chain.append((name, module, ACTIVATIONS["linear"]))
            open_layer = True
        elif open_layer and _is_default(module) and type(module) in by_module:
            chain[-1] = (*chain[-1][:2], by_module[type(module)])
            open_layer = False
        else:
            return None
    shared = len({id(layer) for _, layer, _ in chain}) < len(chain)
    # A weight of 0 lets no gradient through: modules.py sends in another one there.
    closed = any(not layer.weight.any() for _, layer, _ in chain)
    return None if shared or closed else chain


def _is_default(module: nn.Module) -> bool:
    """Whether an activation module computes what its bare class computes."""
    changed = getattr(module, "approximate", "none") != "none"
    return not changed and getattr(module, "negative_slope", LEAK) == LEAK


@torch.no_grad()
def probe_chain(
    chain: list[Link], x: Tensor, cotangent: Tensor | None, generator: Generator
) -> Signal:
    """The signal of a plain chain, as ``probe`` promises it."""
    memory = MEMORY.take(x)
    rows: list[Row] = []
    h, entered, kept = x, [], []
    for i, (name, layer, phi) in enumerate(chain):
        check_input(name, layer, h)
        entered.append(h)
        units = layer.out_features
        needs_z = phi.name not in SLOPE_FROM_H
        z = torch.mm(h, layer.weight.T, out=None if needs_z else memory.of("z", units))
        if layer.bias is not None:
            z += layer.bias
        h = memory.of(i, units).copy_(phi.phi(z))
        kept.append(z if needs_z else h)
        sizes = memory.of("sizes", units)
        rows.append(Row.of(name, "Linear", -1, z, layer.weight, sizes))
        rows[-1].entering(h, -1, memory.of("sizes", units))
    delta = cotangent_of(h, cotangent, generator)
    for i in reversed(range(len(chain))):
        _, layer, phi = chain[i]
        units = layer.out_features
        if phi.name in SLOPE_FROM_H:
            slope = SLOPE_FROM_H[phi.name](memory.of("slope", units).copy_(kept[i]))
        else:
            slope = phi.dphi(kept[i])
        rows[i].slope(slope, steepest_slope(phi.name), memory.of("sizes", units))
        delta = torch.mul(delta, slope, out=slope)
        rows[i].gradient(delta)
        rows[i].weight_gradient(delta.T @ entered[i])
        if i:
            below = memory.of("delta", layer.in_features)
            delta = torch.mm(delta, layer.weight, out=below)
    MEMORY.keep(memory)
    return finished(rows, len(x))


# Slopes in place ----------------------------------------------------------------------


def _kink(below: float) -> Callable[[Tensor], Tensor]:
    return lambda h: h.gt_(0).mul_(1 - below).add_(below)


def _tanh(h: Tensor) -> Tensor:
    return torch.addcmul(h.new_ones(()), h, h, value=-1, out=h)  # 1 - h h


def _sigmoid(h: Tensor) -> Tensor:
    return torch.addcmul(h, h, h, value=-1, out=h)  # h - h h


# Turns h = phi(z) into phi'(z) in place, where h determines it: that of gelu and silu
# rises and falls, and those of selu and softsign are lost in rounding where they are
# small.
SLOPE_FROM_H: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": lambda h: h.fill_(1),
    "relu": _kink(0.0),
    "leaky_relu": _kink(LEAK),
    "tanh": _tanh,
    "sigmoid": _sigmoid,
}


# Memory -------------------------------------------------------------------------------


class Buffers:
    """Memory for batches of one size and format: a tensor for each role and width."""

    def __init__(self, count: int, dtype: torch.dtype, device: torch.device) -> None:
        self.kind = count, dtype, device
        self.tensors: dict[tuple[str | int, int], Tensor] = {}

    def of(self, role: str | int, units: int) -> Tensor:
        """The tensor of that role, shape (count, units); its numbers are old."""
        if (role, units) not in self.tensors:
            count, dtype, device = self.kind
            new = torch.empty(count, units, dtype=dtype, device=device)
            self.tensors[role, units] = new
        return self.tensors[role, units]


class Memory:
    """Between calls, the buffers of the last one.

    Fresh memory costs more than the arithmetic on it. Buffers are taken out while in
    use, so two threads never share them.
    """

    MOST = 2**26  # bytes

    def __init__(self) -> None:
        self._last: dict[tuple, Buffers] = {}

    def take(self, x: Tensor) -> Buffers:
        """Buffers for batches like x, old ones if there are any."""
        kind = len(x), x.dtype, x.device
        return self._last.pop(kind, None) or Buffers(*kind)

    def keep(self, buffers: Buffers) -> None:
        """Keep these, and no others, for the next call."""
        size = sum(tensor.nbytes for tensor in buffers.tensors.values())
        self._last = {buffers.kind: buffers} if size <= self.MOST else {}


MEMORY = Memory()
