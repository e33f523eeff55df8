"""How any module is measured: hooks see the layers, autograd goes back. Machinery."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import is_dataclass
from functools import partial
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from helpers.activations import ACTIVATIONS, Activation, steepest_slope
from helpers.signals.errors import ProbeTypeError, ProbeValueError
from helpers.signals.layers import (
    LAYERS,
    Layer,
    check_input,
    cotangent_of,
    unit_dim,
)
from helpers.signals.record import Row, finished
from helpers.signals.signal import Signal

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


def probe_module(
    model: nn.Module,
    inputs: tuple[Tensor, ...],
    cotangent: Tensor | None,
    generator: Generator,
) -> Signal:
    """The signal of any module, as ``probe`` promises it."""
    run = _Run()
    with _left_as_it_was(model, generator), run.looking_on(model):
        try:
            with _WatchActivations(run.rows):
                output = _first_tensor(model(*inputs))
        except RuntimeError as error:
            called = " and ".join(
                f"shape {tuple(i.shape)} and type {i.dtype}" for i in inputs
            )
            raise ProbeValueError(
                f"the model cannot be called with an input of {called}: {error}"
            ) from error
        if not run.rows:
            raise ProbeValueError("no linear or convolutional layer ran on this input")
        run.rows[-1].entering(output, unit_dim(run.layers[-1]))
        v = cotangent_of(output, cotangent, generator)
        if not output.requires_grad:
            raise ProbeValueError(
                "no gradient can flow: the output depends on no weight"
            )
        weights = [layer.weight for layer in run.layers]
        gradients = torch.autograd.grad(output, weights, v, allow_unused=True)
    for row, gradient in zip(run.rows, gradients, strict=True):
        if gradient is not None:
            row.weight_gradient(gradient)
    return finished(run.rows, len(inputs[0]), *_seen(model, run.layers))


class _Run:
    """The layers of a model in the order in which they run, a row for each."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.rows: list[Row] = []

    @contextmanager
    def looking_on(self, model: nn.Module) -> Iterator[None]:
        """Hooks on every layer, for as long as this lasts."""
        with ExitStack() as hooks:
            for name, layer in model.named_modules():
                if isinstance(layer, LAYERS):
                    name = name or type(layer).__name__  # a model that is one layer
                    before, after = (
                        partial(self._before, name),
                        partial(self._after, name),
                    )
                    for handle in (
                        layer.register_forward_pre_hook(before, with_kwargs=True),
                        layer.register_forward_hook(after),
                    ):
                        hooks.callback(handle.remove)
            yield

    def _before(
        self, name: str, layer: Layer, args: tuple, kwargs: dict[str, Any]
    ) -> None:
        h = args[0] if args else kwargs["input"]
        check_input(name, layer, h)
        if self.rows:
            self.rows[-1].entering(h, unit_dim(layer), passed_on=h.requires_grad)

    def _after(self, name: str, layer: Layer, args: tuple, z: Tensor) -> None:
        row = Row.of(name, layer, z)
        self.layers.append(layer)
        self.rows.append(row)
        if z.requires_grad:
            z.register_hook(row.gradient)


class _WatchActivations(TorchFunctionMode):
    """Notes the saturation of each activation that follows a layer.

    It sees ``torch.tanh(z)`` in a forward method as well as an ``nn.Tanh``.
    """

    def __init__(self, rows: list[Row]) -> None:
        super().__init__()
        self.rows = rows

    def __torch_function__(
        self,
        func: Callable,
        types: Any,
        args: tuple = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        phi = PHI_OF.get(func)
        if phi and args and self.rows and self.rows[-1].saturated.isnan():
            slope = phi.dphi(args[0].detach().clone())
            self.rows[-1].slope(slope, steepest_slope(phi.name))
        return func(*args, **(kwargs or {}))


@contextmanager
def _left_as_it_was(model: nn.Module, generator: Generator) -> Iterator[None]:
    """Keep buffers, the gradient switch of every weight and the random state."""
    buffers = [
        (module._buffers, name, buffer, buffer.clone())
        for module in model.modules()
        for name, buffer in module._buffers.items()
        if buffer is not None
    ]
    frozen = [p for p in model.parameters() if not p.requires_grad]
    cuda = sorted({p.device.index for p in model.parameters() if p.is_cuda})
    with torch.random.fork_rng(devices=cuda), torch.enable_grad():
        torch.manual_seed(generator.initial_seed())
        try:
            for p in frozen:
                p.requires_grad_(p.is_floating_point())
            yield
        finally:
            for p in frozen:
                p.requires_grad_(False)
            with torch.no_grad():
                for home, name, buffer, saved in buffers:
                    home[name] = buffer.copy_(saved)  # a model may have replaced it


def _seen(model: nn.Module, executed: list[Layer]) -> tuple[list[str], float]:
    """Names of the weights that belong to no layer executed; the share of the others.

    Weights multiply: no biases, and no tables that are looked up.
    """
    tables = (m for m in model.modules() if isinstance(m, nn.Embedding))
    seen = {id(p) for layer in executed for p in layer.parameters()}
    looked_up = {id(p) for table in tables for p in table.parameters()} - seen
    weights = {
        name: p
        for name, p in model.named_parameters()
        if p.dim() > 1 and id(p) not in looked_up
    }
    missed = {name: p.numel() for name, p in weights.items() if id(p) not in seen}
    total = sum(p.numel() for p in weights.values())
    return list(missed), 1 - sum(missed.values()) / max(total, 1)


def _first_tensor(output: object) -> Tensor:
    parts: object = output
    if is_dataclass(output):
        parts = vars(output)
    if isinstance(parts, dict):
        parts = list(parts.values())
    for part in parts if isinstance(parts, tuple | list) else [parts]:
        if isinstance(part, Tensor) and part.is_floating_point():
            return part
    raise ProbeTypeError(
        "the model must return a float tensor, or a tuple, list, dict or dataclass "
        f"with one; got {type(output).__name__}"
    )
