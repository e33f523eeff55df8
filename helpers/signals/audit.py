"""A network, its batch, what the probe says, and notes. No lesson needs this."""

import importlib
import importlib.util
import math
import pkgutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor, nn
from torch.nn.parameter import is_lazy

from helpers.signals.errors import ProbeError
from helpers.signals.outputs import found_in
from helpers.signals.probing import probe
from helpers.signals.signal import Signal
from helpers.signals.unroll import unroll_
from helpers.words import say


class AuditError(Exception):
    """Why a network could not be audited, in a line or two."""


class Input(NamedTuple):
    """One input of a model: its shape without the batch, and what is in it."""

    shape: tuple[int, ...]
    below: int | None = None  # whole numbers below this; None means normal ones


def audit(model: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Signal, list[str]]:
    """What the probe measures in a model, and notes on what else there is to know.

    Attention and recurrence become layers, in place, so that they are measured too.

    Raises:
        AuditError: the model cannot be called with these inputs, or has no layers.
    """
    _give_lazy_layers_a_shape(model, inputs)
    notes = list(_notes(model, inputs[0].device))
    with _probing(model, inputs):
        signal = probe(unroll_(model), inputs)
    return signal, [*notes, *_repeats(signal)]


# The model and its batch --------------------------------------------------------------


def build(where: str, arguments: Mapping[str, Any] | None = None) -> nn.Module:
    """The model that a factory returns.

    Args:
        where: ``module:factory`` or ``path/to/file.py:factory``; dots lead to a
            method of a class.
        arguments: what the factory is called with, by name.

    Raises:
        AuditError: nothing there, or the factory fails, or returns no ``nn.Module``.
    """
    place, colon, name = where.rpartition(":")
    if not (place and name):
        raise AuditError(f"{where!r} must be module:factory or path/to/file.py:factory")
    factory = _imported(place)
    for part in name.split("."):
        if not hasattr(factory, part):
            raise AuditError(f"{place} has no {name!r}")
        factory = getattr(factory, part)
    if isinstance(factory, nn.Module):
        return factory
    if not callable(factory):
        raise AuditError(f"{where} is no factory but {type(factory).__name__}")
    with said(f"the factory {where} raised"):
        model = factory(**(arguments or {}))
    if not isinstance(model, nn.Module):
        raise AuditError(f"{where} returned no nn.Module but {type(model).__name__}")
    return model


def _imported(place: str) -> ModuleType:
    with said(f"{place} cannot be imported:"):
        if not place.endswith(".py"):
            sys.path.insert(0, "")
            return pkgutil.resolve_name(f"{place}:")
        path = Path(place).resolve()
        if not path.is_file():
            raise AuditError(f"there is no file {place}")
        root, name = path.parent, path.stem
        while (root / "__init__.py").is_file():  # a file of a package, and its names
            root, name = root.parent, f"{root.name}.{name}"
        sys.path.insert(0, str(root))
        if "." in name:
            return importlib.import_module(name)
        if name in sys.stdlib_module_names:
            name = f"own_{name}"  # others import the library's
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec and spec.loader, "a name that ends in .py has both"
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module


@contextmanager
def said(what: str) -> Iterator[None]:
    """What other people's code raises, as one line: ``what``, then the error."""
    try:
        yield
    except AuditError:
        raise
    except (Exception, SystemExit) as error:
        raise AuditError(f"{what} {type(error).__name__}: {_line(error)}") from error


def _line(error: BaseException, longest: int = 300) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= longest else text[: longest - 3] + "..."


def batch_for(
    model: nn.Module, inputs: Sequence[Input], count: int, seed: int
) -> tuple[Tensor, ...]:
    """Random inputs where the model's weights are, normal ones in their format.

    Raises:
        AuditError: the model has no weights, or none with values.
    """
    weights = list(model.parameters())
    if not weights:
        raise AuditError(
            f"{type(model).__name__} has no parameters: nothing to measure"
        )
    device = weights[0].device
    if device.type == "meta":
        raise AuditError(
            "the model is on the meta device, where weights have no values"
        )
    floats = Counter(p.dtype for p in weights if p.is_floating_point())
    ((dtype, _),) = floats.most_common(1) or [(torch.float32, 0)]
    generator = Generator().manual_seed(seed)
    batches = []
    for shape, below in inputs:
        if below:
            x = torch.randint(below, (count, *shape), generator=generator)
        else:
            normal = torch.randn(
                (count, *shape), generator=generator, dtype=torch.float64
            )
            x = normal.to(dtype)
        batches.append(x.to(device))
    return tuple(batches)


@contextmanager
def _probing(model: nn.Module, inputs: tuple[Tensor, ...]) -> Iterator[None]:
    """The probe's errors as they are, the model's own with what it was called with."""
    try:
        yield
    except (Exception, SystemExit) as error:
        text = _line(error)
        if not isinstance(error, ProbeError):
            shapes = " and ".join(str(tuple(x.shape)) for x in inputs)
            text = f"{type(error).__name__}: {text}"
            text = f"the model cannot be called with inputs of shape {shapes}: {text}"
        looks_up = any(isinstance(m, nn.Embedding) for m in model.modules())
        if looks_up and all(x.is_floating_point() for x in inputs):
            text += "\nit has an embedding: --tokens VOCABULARY draws whole numbers"
        raise AuditError(text) from error


@torch.no_grad()
def _give_lazy_layers_a_shape(model: nn.Module, inputs: tuple[Tensor, ...]) -> None:
    """Call the model once, as in eval mode, if that is when it gets its weights."""
    if not any(map(is_lazy, model.parameters())):
        return
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    with _probing(model, inputs):
        model(*inputs)
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


# The first loss -----------------------------------------------------------------------


@torch.no_grad()
def first_loss(
    model: nn.Module, inputs: tuple[Tensor, ...], classes: int, seed: int
) -> str:
    """What the loss is before the first step, beside that of a guess.

    Classes are drawn evenly, one for each place of the output.

    Raises:
        AuditError: no output has so many logits.
    """
    with _probing(model, inputs):
        outputs = list(found_in(model(*inputs)))
    for logits in outputs:
        if logits.is_floating_point() and logits.dim() > 1:
            if logits.shape[-1] != classes and logits.shape[1] == classes:
                logits = logits.movedim(1, -1)  # the channels of an image
            if logits.shape[-1] == classes:
                return _loss_beside_a_guess(logits.double().flatten(0, -2), seed)
    shapes = " and ".join(str(tuple(t.shape)) for t in outputs)
    raise AuditError(f"no output has {classes} logits: {shapes}")


def _loss_beside_a_guess(logits: Tensor, seed: int) -> str:
    count, classes = logits.shape
    generator = Generator().manual_seed(seed + 1)  # other numbers than the inputs'
    targets = torch.randint(classes, (count,), generator=generator)
    loss = nn.functional.cross_entropy(logits.cpu(), targets).item()
    fields = {
        "loss": f"{loss:.3g}",
        "guess": f"{math.log(classes):.3g}",
        "classes": classes,
        "spread": f"{logits.std(-1, correction=0).mean().item():.2g}",
    }
    # A loss of twice a guess takes logits of a spread near 2.
    if loss > 2 * math.log(classes):
        return say(
            "note: the first loss is {loss}, and a guess among {classes} classes has "
            "{guess}: the logits begin with a spread of {spread}, where it is well "
            "below 1 in a network that does not know yet",
            **fields,
        )
    return say(
        "note: the first loss is {loss}, a guess among {classes} classes has {guess}",
        **fields,
    )
