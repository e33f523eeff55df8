"""How any module is measured: each operation, and autograd. No lesson needs this."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.utils import checkpoint

from helpers.signals.errors import ProbeTypeError, ProbeValueError
from helpers.signals.layers import cotangent_of
from helpers.signals.outputs import called, ends, found_in
from helpers.signals.record import finished
from helpers.signals.signal import Signal
from helpers.signals.watching import Keeper, Watch


def probe_module(
    model: nn.Module,
    inputs: Any,
    cotangent: Tensor | None,
    generator: Generator,
) -> Signal:
    """The signal of any module, as ``probe`` promises it.

    Args:
        model: the module.
        inputs: what it is called with, a tuple; or by name, a mapping.
        cotangent: dLoss/d(first output); None draws it.
        generator: of that draw, and of what is random in the model.
    """
    given = list(found_in(inputs))
    with _left_as_it_was(model, generator), _eager(model):
        watch = Watch(model, given)
        output = _called(model, inputs, watch)
        if not watch.rows:
            raise ProbeValueError(
                "no weight multiplied anything on this input: no linear or "
                "convolutional layer ran, and no other product with a parameter"
            )
        first = _first_float(output)
        last = [first] if cotangent is not None else ends(output)
        if not last or not last[0].requires_grad:
            raise ProbeValueError(
                "no gradient can flow: the output depends on no weight"
            )
        # A gradient that is given is that of the first output.
        v = [cotangent_of(last[0], cotangent, generator)]
        v += [cotangent_of(t, None, generator) for t in last[1:]]
        h = first if first.dim() else first.reshape(1, 1)
        watch.rows[-1].entering(h, watch.unit_dim)
        _go_back(watch, last, v, generator)
    return finished(watch.rows, _batch(given), *_seen(watch))


def outputs_of(
    model: nn.Module, inputs: Any, seed: int = 0
) -> list[tuple[str, Tensor]]:
    """What each product of a weight with the signal puts out, as (inputs, ..., units).

    Args:
        model: the module, which is left as it was.
        inputs: what it is called with, a tuple; or by name, a mapping.
        seed: of what is random in the model.
    """
    watch = Keeper(model, list(found_in(inputs)))
    generator = Generator().manual_seed(seed)
    with _left_as_it_was(model, generator), _eager(model), torch.no_grad():
        _called(model, inputs, watch)
    return watch.kept


def _called(model: nn.Module, inputs: Any, watch: Watch) -> Any:
    """What the model returns; each operation passes the watch."""
    try:
        with watch:
            return called(model, inputs)
    except (ProbeTypeError, ProbeValueError):
        raise
    except RuntimeError as error:
        given = " and ".join(
            f"shape {tuple(t.shape)} and type {t.dtype}" for t in found_in(inputs)
        )
        raise ProbeValueError(
            f"the model cannot be called with an input of {given}: {error}"
        ) from error


def _go_back(
    watch: Watch, outputs: list[Tensor], v: list[Tensor], generator: Generator
) -> None:
    """Send the gradient back, and a second one in where a weight of 0 let none through.

    The second one shows what these layers will do to a gradient after the first step.
    """
    rows, closed = watch.rows, watch.closed
    # Weights that were computed without a slope, such as detached ones, take none.
    sloped = [i for i, weight in enumerate(watch.weights) if weight.requires_grad]
    weights = [watch.weights[i] for i in sloped]
    if not weights:
        raise ProbeValueError("no gradient can flow: the output depends on no weight")
    found = torch.autograd.grad(
        outputs, weights, v, allow_unused=True, retain_graph=bool(closed)
    )
    for i, gradient in zip(sloped, found, strict=True):
        if gradient is not None:
            rows[i].weight_gradient(gradient)
    silent = [row for row in rows if row.grad.item() == 0]
    if closed and silent:
        more = [cotangent_of(signal, None, generator) for signal in closed]
        # The gradient passes the silent layers on its way to their weights.
        ends = [w for row, w in zip(rows, watch.weights, strict=True) if row in silent]
        ends = [weight for weight in ends if weight.requires_grad]
        if ends:
            torch.autograd.grad(closed, ends, more, allow_unused=True)
        for row in silent:
            row.waits = row.grad.item() != 0


# The model, for as long as it is looked at --------------------------------------------


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
                p.requires_grad_(p.is_floating_point() or p.is_complex())
            yield
        finally:
            for p in frozen:
                p.requires_grad_(False)
            with torch.no_grad():
                for home, name, buffer, saved in buffers:
                    home[name] = buffer.copy_(saved)  # a model may have replaced it


@contextmanager
def _eager(model: nn.Module) -> Iterator[None]:
    """Each operation by itself and once: nothing compiled, nothing computed anew."""
    compiled = "torch._dynamo" in sys.modules  # or else nothing can be
    with ExitStack() as stack:
        if compiled and hasattr(torch.compiler, "set_stance"):
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        # A checkpoint of the older kind runs without gradients first, and again later.
        whole = {"apply": staticmethod(_without_checkpoint)}
        older = type("Whole", (), whole)
        stack.enter_context(_replaced(checkpoint, "CheckpointFunction", older))
        yield


@contextmanager
def _replaced(home: Any, name: str, value: Any) -> Iterator[None]:
    """Something of another's, for as long as this lasts."""
    before = getattr(home, name)
    setattr(home, name, value)
    try:
        yield
    finally:
        setattr(home, name, before)


def _without_checkpoint(function: Any, preserve: bool, *args: Any) -> Any:
    return function(*args)


# What was seen ------------------------------------------------------------------------


def _seen(watch: Watch) -> tuple[list[str], float, float]:
    """Names of the weights that belong to no layer, and two shares of all weights.

    The first is that of the others, the second that to whose layers a gradient came.
    """
    missed = watch.origins.unmeasured(watch.measured)
    heard = {
        i
        for row, weight in zip(watch.rows, watch.weights, strict=True)
        if row.reached
        for i in watch.origins.known[weight].weights
    }
    seen = _size(watch, watch.measured)
    total = max(seen + sum(missed.values()), 1)
    return list(missed), seen / total, _size(watch, heard) / total


def _size(watch: Watch, weights: set[int]) -> int:
    sizes = (watch.origins.weights[i].tensor for i in weights)
    return sum(p.numel() for p in sizes if p.dim() > 1)


def _batch(given: list[Tensor]) -> int:
    """How many inputs a batch holds: that of the first input with a batch."""
    return next((len(t) for t in given if t.dim() > 1), len(given[0]))


def _first_float(output: object) -> Tensor:
    for part in found_in(output):
        if part.is_floating_point() or part.is_complex():
            return part
    raise ProbeTypeError(
        "the model must return a float tensor, or a tuple, list, dict or dataclass "
        f"with one; got {type(output).__name__}"
    )
