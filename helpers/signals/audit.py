"""A network, its batch, what the probe says, and notes. No lesson needs this."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from helpers.signals.errors import AuditError, ProbeError, line
from helpers.signals.outputs import called, found_in
from helpers.signals.probing import probe
from helpers.signals.signal import Signal
from helpers.signals.unroll import unroll_
from helpers.words import say

Batch = tuple[Tensor, ...] | dict[str, Tensor]


def audit(model: nn.Module, inputs: Batch) -> tuple[Signal, list[str]]:
    """What the probe measures in a model, and notes on what else there is to know.

    Attention and recurrence become layers, in place, so that they are measured too.

    Raises:
        AuditError: the model cannot be called with these inputs, or has no layers.
    """
    _give_lazy_layers_a_shape(model, inputs)
    notes = list(_notes(model, next(found_in(inputs)).device))
    with probing(model, inputs):
        signal = probe(unroll_(model), inputs)
    return signal, [*notes, *_repeats(signal)]


@contextmanager
def probing(model: nn.Module, inputs: Batch) -> Iterator[None]:
    """The probe's errors as they are, the model's own with what it was called with."""
    try:
        yield
    except AuditError:
        raise
    except (Exception, SystemExit) as error:
        text = line(error)
        if not isinstance(error, ProbeError):
            shapes = " and ".join(str(tuple(x.shape)) for x in found_in(inputs))
            text = f"{type(error).__name__}: {text}"
            text = f"the model cannot be called with inputs of shape {shapes}: {text}"
        looks_up = any(isinstance(m, nn.Embedding) for m in model.modules())
        if looks_up and all(x.is_floating_point() for x in found_in(inputs)):
            text += "\nit has an embedding: --tokens VOCABULARY draws whole numbers"
        raise AuditError(text) from error


@torch.no_grad()
def _give_lazy_layers_a_shape(model: nn.Module, inputs: Batch) -> None:
    """Call the model once, as in eval mode, if that is when it gets its weights."""
    if not any(map(is_lazy, model.parameters())):
        return
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    with probing(model, inputs):
        called(model, inputs)
    for module, training in modes:
        module.training = training


def _notes(model: nn.Module, device: torch.device) -> Iterator[str]:
    """What a reader of the table should know about the weights."""
    weights = dict(model.named_parameters())
    names = {id(p): name for name, p in weights.items()}
    for name, p in model.named_parameters(remove_duplicate=False):
        if names[id(p)] != name:
            yield say(
                "note: {name} is {other}: one weight in two places, whose "
                "weight_grad2 is that of the sum of its gradients",
                name=name,
                other=names[id(p)],
            )
    if device.type != "cpu":
        yield say("note: the model is on {device}, so the batch is too", device=device)
    frozen = sum(not p.requires_grad for p in weights.values())
    if frozen:
        yield say(
            "note: {frozen} of {all} parameters are frozen; measured all the same",
            frozen=frozen,
            all=len(weights),
        )
    dtypes = Counter(p.dtype for p in weights.values() if p.is_floating_point())
    if len(dtypes) > 1:
        counts = ", ".join(f"{n} {_named(dtype)}" for dtype, n in dtypes.most_common())
        yield say(
            "note: parameters have several number formats: {counts}", counts=counts
        )
    for dtype in dtypes:
        if dtype.itemsize < 4:
            smallest = torch.finfo(dtype).smallest_normal * torch.finfo(dtype).eps
            yield say(
                "note: {format} has no number between 0 and {smallest}: what is "
                "exactly 0 may be underflow, which --dtype float32 tells apart",
                format=_named(dtype),
                smallest=f"{smallest:.1e}",
            )


def _repeats(signal: Signal) -> Iterator[str]:
    """Layers that run more than once, in one line."""
    runs = {name: n for name, n in Counter(signal.names).items() if n > 1}
    if runs:
        listed = [
            say("{name} ({count} times)", name=name, count=n)
            for name, n in runs.items()
        ]
        yield say(
            "note: layers that run again have a row for each run, with one "
            "weight_grad2, the sum of all: {layers}",
            layers=", ".join(listed),
        )


def _named(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
