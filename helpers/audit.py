"""Audit your own network: the probe as a command, on any factory of a model.

``python -m helpers.signals module:factory --input-shape 3,32,32`` calls the factory,
draws a batch, probes without training, prints the table and the verdict, and draws
both signals. It exits with 0 if the network is healthy, 1 if something is wrong with
it and 2 if it could not be audited.
"""

import argparse
import importlib.util
import pkgutil
import sys
import textwrap
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import matplotlib
import torch
from matplotlib.figure import Figure
from torch import Generator, Tensor, nn
from torch.nn.parameter import is_lazy

from helpers import plots
from helpers.signals import Signal, probe
from helpers.unroll import unroll_

DTYPES = {
    str(t).removeprefix("torch."): t
    for t in (torch.float64, torch.float32, torch.bfloat16, torch.float16)
}
HEALTHY, ILL, NO_AUDIT = 0, 1, 2


class AuditError(Exception):
    """Why a network could not be audited, in a line or two."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code.

    Args:
        arguments: as in a shell, without the program's name; None takes the shell's.
    """
    asked = _parser().parse_args(arguments)
    try:
        with torch.random.fork_rng():
            torch.manual_seed(asked.seed)
            model = build(asked.factory)
            if asked.mode:
                model.train(asked.mode == "train")
            if asked.dtype:
                model.to(DTYPES[asked.dtype])
            signal, notes = audit(model, _batch(model, asked))
        said = [*signal.verdict().split("; "), *notes]
        print(signal.frame(), "", *map(_wrapped, said), sep="\n")
        if asked.out:
            with _said(f"{asked.out} cannot be written:"):
                save_picture(signal, asked.out)
    except AuditError as error:
        print(f"audit: {error}", file=sys.stderr)
        return NO_AUDIT
    return HEALTHY if signal.healthy else ILL


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
    return signal, [f"note: {note}" for note in [*notes, *_repeats(signal)]]


def _wrapped(text: str) -> str:
    """Text in lines of a narrow terminal; names stay whole."""
    return textwrap.fill(
        text, 75, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def save_picture(signal: Signal, file: str | Path) -> None:
    """Both signals at every layer: root mean square forward, length going back.

    The same network gives the same bytes.
    """
    with matplotlib.rc_context(plots.STYLE):
        figure = Figure(figsize=(6.4, 3.6))
        ax = figure.subplots()
        forward, backward = signal.q.sqrt(), signal.grad_norm2.sqrt()
        plots.both_ways(ax, forward.tolist(), backward.tolist(), signal.names)
        kinds = dict.fromkeys(c.partition(":")[0] for c in signal.complaints())
        ax.set_title(", ".join(kinds) or "healthy")
        undated = {"Date": None} if str(file).endswith(".svg") else None
        figure.savefig(file, metadata=undated)


# What was asked -----------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:
        """Say what is wrong in two lines, and leave."""
        self.exit(NO_AUDIT, f"audit: {message}\ntry: {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m helpers.signals",
        description="Measure every layer of a network before training, both ways.",
        epilog="exits with 0 if the network is healthy, 1 if something is wrong with "
        "it, 2 if it could not be audited",
    )
    add = parser.add_argument
    add(
        "factory",
        help="module:factory or path/to/file.py:factory; called without arguments, "
        "it returns an nn.Module",
    )
    add(
        "--input-shape",
        required=True,
        action="append",
        type=_shape,
        metavar="N,N,...",
        help="shape of one input without the batch, for example 3,32,32; once for each "
        "input the model takes; 16:1000 means 16 whole numbers below 1000",
    )
    add(
        "--tokens",
        type=_at_least(1),
        metavar="VOCABULARY",
        help="inputs are whole numbers below this",
    )
    add(
        "--batch",
        type=_at_least(2),
        default=32,
        metavar="N",
        help="inputs in the batch, at least 2; 32 unless given",
    )
    add(
        "--seed",
        type=_at_least(0),
        default=0,
        metavar="N",
        help="of the first weights and of the batch; 0 unless given",
    )
    add(
        "--dtype",
        choices=DTYPES,
        help="convert model and batch to it; else the model's own",
    )
    add(
        "--mode",
        choices=("train", "eval"),
        help="of dropout and batch norm; else as the factory left it",
    )
    add("--out", metavar="FILE", help="save a picture: .svg, .png or .pdf")
    return parser


def _shape(text: str) -> tuple[tuple[int, ...], int | None]:
    """A shape, and below what its whole numbers lie or None for normal ones."""
    sizes, colon, vocabulary = text.partition(":")
    try:
        shape = tuple(int(size) for size in sizes.split(","))
        below = int(vocabulary) if colon else None
    except ValueError:
        shape, below = (0,), None
    if min(shape) < 1 or below is not None and below < 1:
        raise argparse.ArgumentTypeError(
            f"must be whole numbers from 1 on, such as 3,32,32 or 16:1000; got {text!r}"
        )
    return shape, below


def _at_least(least: int):
    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(
                f"must be a whole number from {least} on, got {text!r}"
            )
        return int(text)

    return number


# The model and its batch --------------------------------------------------------------


def build(where: str) -> nn.Module:
    """The model that a factory returns.

    Args:
        where: ``module:factory`` or ``path/to/file.py:factory``; dots lead to a
            method of a class.

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
    with _said(f"the factory {where} raised"):
        model = factory()
    if not isinstance(model, nn.Module):
        raise AuditError(f"{where} returned no nn.Module but {type(model).__name__}")
    return model


def _imported(place: str) -> ModuleType:
    with _said(f"{place} cannot be imported:"):
        if not place.endswith(".py"):
            sys.path.insert(0, "")
            return pkgutil.resolve_name(f"{place}:")
        path = Path(place)
        if not path.is_file():
            raise AuditError(f"there is no file {place}")
        sys.path.insert(0, str(path.parent.resolve()))
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
        return module


@contextmanager
def _said(what: str) -> Iterator[None]:
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


def _batch(model: nn.Module, asked: argparse.Namespace) -> tuple[Tensor, ...]:
    """Random inputs where the model's weights are, normal ones in their format."""
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
    generator = Generator().manual_seed(asked.seed)
    inputs = []
    for shape, below in asked.input_shape:
        below, shape = below or asked.tokens, (asked.batch, *shape)
        if below:
            x = torch.randint(below, shape, generator=generator)
        else:
            x = torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)
        inputs.append(x.to(device))
    return tuple(inputs)


@contextmanager
def _probing(model: nn.Module, inputs: tuple[Tensor, ...]) -> Iterator[None]:
    """The probe's errors as they are, the model's own with what it was called with."""
    try:
        yield
    except Exception as error:
        text = _line(error)
        by = traceback.extract_tb(error.__traceback__)[-1].filename
        if not by.endswith(("signals.py", "unroll.py")):
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
            yield (
                f"{name} is {names[id(p)]}: one weight in two places, whose "
                "weight_grad2 is that of the sum of its gradients"
            )
    if device.type != "cpu":
        yield f"the model is on {device}, so the batch is too"
    frozen = sum(not p.requires_grad for p in weights.values())
    if frozen:
        yield f"{frozen} of {len(weights)} parameters are frozen; measured all the same"
    dtypes = Counter(p.dtype for p in weights.values() if p.is_floating_point())
    if len(dtypes) > 1:
        counts = ", ".join(f"{n} {_named(dtype)}" for dtype, n in dtypes.most_common())
        yield f"parameters have several number formats: {counts}"
    for dtype in dtypes:
        if dtype.itemsize < 4:
            smallest = torch.finfo(dtype).smallest_normal * torch.finfo(dtype).eps
            yield (
                f"{_named(dtype)} has no number between 0 and {smallest:.1e}: what is "
                "exactly 0 may be underflow, which --dtype float32 tells apart"
            )


def _repeats(signal: Signal) -> Iterator[str]:
    """Layers that run more than once, in one line."""
    runs = {name: n for name, n in Counter(signal.names).items() if n > 1}
    if runs:
        listed = ", ".join(f"{name} ({n} times)" for name, n in runs.items())
        yield (
            f"layers that run again have a row for each run, with one weight_grad2, "
            f"the sum of all: {listed}"
        )


def _named(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
