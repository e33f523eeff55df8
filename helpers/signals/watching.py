"""Looks on while a model runs: every operation passes here. No lesson needs this."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from helpers.activations import ACTIVATIONS, Activation, steepest_slope
from helpers.signals.layers import wrong_format, wrong_shape
from helpers.signals.origins import Origins
from helpers.signals.products import CONVOLUTIONS, NAMES, Product, read
from helpers.signals.record import Row

PHI_OF: dict[Callable, Activation] = {
    function: ACTIVATIONS[name]
    for name, functions in {
        "relu": (torch.relu, F.relu, Tensor.relu, torch.relu_, Tensor.relu_),
        "leaky_relu": (F.leaky_relu,),
        "tanh": (torch.tanh, F.tanh, Tensor.tanh, Tensor.tanh_),
        "sigmoid": (torch.sigmoid, F.sigmoid, Tensor.sigmoid, Tensor.sigmoid_),
        "softsign": (F.softsign,),
        "gelu": (F.gelu,),
        "silu": (F.silu,),
        "selu": (F.selu, torch.selu),
    }.items()
    for function in functions
}
# The same slopes, where how exact they are far below 0 plays no part
FUSED: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": lambda z: torch.ops.aten.gelu_backward(torch.ones_like(z), z),
    "silu": lambda z: torch.ops.aten.silu_backward(torch.ones_like(z), z),
}
# Where a weight scales what it meets: by which place it is given
SCALES = {"batch_norm": 3, "instance_norm": 3, "layer_norm": 2, "rms_norm": 2}
SCALES |= {"group_norm": 2}
TIMES = {"mul", "mul_", "__mul__", "__rmul__", "__imul__"}


class Watch(TorchFunctionMode):
    """The products of weights with the signal, in the order in which they are computed.

    Attributes:
        origins: where each tensor comes from.
        rows: what was measured of each product.
        weights: what multiplied in each.
        measured: the parameters that these were made of, by ``id``.
        closed: signals that a weight of exactly 0 multiplies, so that no gradient comes
            back to them before the first step.
        unit_dim: the dimension that counts the units of the last product.
        norms: how many normalizations have run.
    """

    def __init__(self, model: nn.Module, inputs: Iterable[Tensor]) -> None:
        super().__init__()
        self.origins = Origins(model, inputs)
        self.rows: list[Row] = []
        self.weights: list[Tensor] = []
        self.measured: set[int] = set()
        self.closed: list[Tensor] = []
        self.unit_dim = -1
        self.norms = 0

    def __torch_function__(
        self,
        func: Callable,
        types: Any,
        args: tuple = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Let an operation happen, and note what it says about the signal."""
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "").partition(".")[0]
        self._activation(func, args)
        self._gate(name, args, kwargs)
        product = None
        if name in NAMES:
            known = self.origins
            is_of = known.is_weight, known.is_matrix, known.is_signal
            product = read(name, args, kwargs, *is_of)
        if product:
            self._entering(name, product)
        result = func(*args, **kwargs)
        self.origins.note(name, args, kwargs, result)
        if product and isinstance(result, Tensor):
            self._leaving(product, result)
        return result

    def _activation(self, func: Callable, args: tuple) -> None:
        """Note the saturation of an activation that follows a layer."""
        phi = PHI_OF.get(func)
        if phi and args and self.rows and self.rows[-1].saturated.isnan():
            z = args[0].detach()
            slope = FUSED[phi.name](z) if phi.name in FUSED else phi.dphi(z)
            self.rows[-1].slope(slope, steepest_slope(phi.name), scratch=slope)

    def _gate(self, name: str, args: tuple, kwargs: dict[str, Any]) -> None:
        """Note what scales the signal number by number, 0 above all."""
        if name in SCALES:
            place = SCALES[name]
            self.norms += 1
            scale = kwargs.get("weight", args[place] if len(args) > place else None)
            if args and self.origins.is_zero(scale):
                self._close(args[0])
        elif name in TIMES and len(args) > 1:
            for signal, scale in (args[:2], args[1::-1]):
                if self.origins.is_zero(scale) and self.origins.is_signal(signal):
                    self._close(signal)

    def _close(self, signal: Tensor) -> None:
        if signal.requires_grad and signal.is_floating_point():
            self.closed.append(signal)

    def _entering(self, name: str, product: Product) -> None:
        """Note what enters a product: what the layer before it has passed on."""
        h, weight = product.signal, product.weight
        self._check(name, product)
        if self.rows and h.numel():
            passed_on = h.requires_grad
            self.rows[-1].entering(
                product.h_of(h.detach()), product.unit_dim, passed_on=passed_on
            )
        if self.origins.is_zero(weight):
            self._close(h)

    def _check(self, name: str, product: Product) -> None:
        """Raise unless the signal can enter."""
        h, weight = product.signal, product.weight
        layer = self.origins.named(weight).name
        dim, what = -1, "inputs (last dimension)"
        if name in CONVOLUTIONS:
            dim, what = 1, "channels (dimension 1)"
        shape = product.h_of(h).shape
        if product.takes and (len(shape) <= dim or shape[dim] != product.takes):
            raise wrong_shape(layer, product.takes, what, h)
        if h.dtype != weight.dtype and not torch.is_autocast_enabled(h.device.type):
            raise wrong_format(layer, weight, h)

    def _leaving(self, product: Product, result: Tensor) -> None:
        """Note what comes out, and wait for its gradient."""
        if not result.numel():
            return  # an expert that was asked nothing
        origins = self.origins
        weight = origins.named(product.weight)
        z = product.z_of(result.detach())
        row = Row.of(weight.name, weight.kind, product.unit_dim, z, product.units)
        row.norms = self.norms
        self.rows.append(row)
        self.weights.append(product.weight)
        self.unit_dim = product.unit_dim
        self.measured |= origins.known[product.weight].weights
        if row.weight.item() == 0 and row.z.item() == 0:
            origins.zeros[result] = True
        listen(result, lambda gradient: row.gradient(product.z_of(gradient)))


class Keeper(Watch):
    """A watch that keeps what comes out.

    Attributes:
        kept: the name of each product's weight, and what came out.
    """

    def __init__(self, model: nn.Module, inputs: Iterable[Tensor]) -> None:
        super().__init__(model, inputs)
        self.kept: list[tuple[str, Tensor]] = []

    def _leaving(self, product: Product, result: Tensor) -> None:
        super()._leaving(product, result)
        if result.numel():
            name = self.origins.named(product.weight).name
            self.kept.append((name, product.z_of(result.detach()).clone()))


def listen(result: Tensor, hear: Callable[[Tensor], None]) -> None:
    """Call ``hear`` with the gradient at a result, whatever is done to it in place.

    A linear layer with a bias returns a view where its input has more than two
    dimensions. A change in place then gives the view another history, and the hook of
    the old one is never called; that of the tensor behind it is.
    """
    base = result._base
    if not result.requires_grad:
        return
    # a view of all of it, in the same order
    whole = base is not None and base.numel() == result.numel()
    if base is not None and whole and base.is_contiguous() and result.is_contiguous():
        base.register_hook(lambda gradient: hear(gradient.reshape(result.shape)))
    else:
        result.register_hook(hear)
