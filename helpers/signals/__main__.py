"""The probe as a command, on any factory of a model. No lesson needs this.

``python -m helpers.signals module:factory --input-shape 3,32,32`` calls the factory,
draws a batch, probes without training, prints the table and the verdict, and draws
both signals. It exits with 0 if the network is healthy, 1 if something is wrong with
it and 2 if it could not be audited.
"""

import argparse
import ast
import json
import math
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import torch
from matplotlib import style
from matplotlib.figure import Figure

from helpers import plots
from helpers.signals.audit import (
    AuditError,
    Input,
    audit,
    batch_for,
    build,
    first_loss,
    said,
)
from helpers.signals.signal import Signal
from helpers.signals.verdict import Outcome, changes
from helpers.signals.wording import title
from helpers.words import say

DTYPES = {
    str(t).removeprefix("torch."): t
    for t in (torch.float64, torch.float32, torch.bfloat16, torch.float16)
}
HEALTHY, ILL, NO_AUDIT = 0, 1, 2
EXITS = {Outcome.HEALTHY: HEALTHY, Outcome.ILL: ILL, Outcome.UNJUDGED: NO_AUDIT}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code.

    Args:
        arguments: as in a shell, without the program's name; None takes the shell's.
    """
    asked = parser().parse_args(arguments)
    try:
        with said("the audit itself failed:"):
            found = [
                look(asked, seed)
                for seed in range(asked.seed, asked.seed + asked.seeds)
            ]
            signal, _ = found[0]
            print(as_json(found) if asked.json else as_text(found))
            if asked.out:
                with said(f"{asked.out} cannot be written:"):
                    save_picture(signal, asked.out)
    except AuditError as error:
        print(f"audit: {error}", file=sys.stderr)
        return NO_AUDIT
    outcomes = [signal.outcome for signal, _ in found]
    worst = min(outcomes, key=[Outcome.ILL, Outcome.UNJUDGED, Outcome.HEALTHY].index)
    return EXITS[worst]


def look(asked: argparse.Namespace, seed: int) -> tuple[Signal, list[str]]:
    """What one draw of the network shows, and notes.

    Raises:
        AuditError: it cannot be audited.
    """
    inputs = [Input(shape, below or asked.tokens) for shape, below in asked.input_shape]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = build(asked.factory, dict(asked.arg))
        if asked.mode:
            model.train(asked.mode == "train")
        if asked.dtype:
            model.to(DTYPES[asked.dtype])
        batch = batch_for(model, inputs, asked.batch, seed)
        signal, notes = audit(model, batch)
        if asked.classes:
            notes.append(first_loss(model, batch, asked.classes, seed))
    return signal, notes


def as_text(found: list[tuple[Signal, list[str]]]) -> str:
    """The table of the first draw and what is said of it; of others the verdict."""
    (signal, notes), *others = found
    lines = [repr(signal.frame()), ""]
    lines += map(_wrapped, [*signal.sentences(), *notes])
    if others:
        lines += ["", say("other seeds:")]
        lines += [_wrapped(other.sentences()[0]) for other, _ in others]
    return "\n".join(lines)


def as_json(found: list[tuple[Signal, list[str]]]) -> str:
    """The same for a program: an object for each draw, numbers and words."""
    draws = [
        {
            "outcome": signal.outcome,
            "kinds": [complaint.kind for complaint in signal.complaints()],
            "sentences": signal.sentences(),
            "notes": notes,
            "measured": signal.measured,
            "heard": signal.heard,
            "changes": {
                name: {"factor": change.factor, "of_limit": change.distance}
                for name, change in changes(signal).items()
            },
            "layers": signal.frame(),
        }
        for signal, notes in found
    ]
    return json.dumps(_finite(draws), indent=1)


def _finite(value: Any) -> Any:
    """JSON has no number for nan and infinity: words in their place."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    return list(map(_finite, value)) if isinstance(value, list) else value


def _wrapped(text: str) -> str:
    """Text in lines of a narrow terminal; names stay whole."""
    return textwrap.fill(
        text, 75, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def save_picture(signal: Signal, file: str | Path) -> None:
    """Both signals at every layer: root mean square forward, length going back.

    The same network gives the same bytes.
    """
    with style.context(plots.STYLE):
        figure = Figure(figsize=(6.4, 3.6))
        ax = figure.subplots()
        forward, backward = signal.q.sqrt(), signal.grad_norm2.sqrt()
        plots.both_ways(ax, forward.tolist(), backward.tolist(), signal.names)
        kinds = dict.fromkeys(complaint.kind for complaint in signal.complaints())
        ax.set_title(title(list(kinds)))
        undated = {"Date": None} if str(file).endswith(".svg") else None
        figure.savefig(file, metadata=undated)


# What was asked -----------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong in two lines, and leave."""
        self.exit(NO_AUDIT, f"audit: {message}\ntry: {self.prog} --help\n")


def parser() -> argparse.ArgumentParser:
    """What can be asked, and how."""
    command = _Parser(
        prog="python -m helpers.signals",
        description="Measure every layer of a network before training, both ways.",
        epilog="exits with 0 if the network is healthy, 1 if something is wrong with "
        "it, 2 if it could not be audited",
    )
    add = command.add_argument
    add(
        "factory",
        help="module:factory or path/to/file.py:factory; called, it returns an "
        "nn.Module",
    )
    add(
        "--arg",
        action="append",
        default=[],
        type=_argument,
        metavar="NAME=VALUE",
        help="what the factory is called with, for example width=64; once for each",
    )
    add(
        "--input-shape",
        required=True,
        action="append",
        type=_input,
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
        type=_at_least(0, 2**63),
        default=0,
        metavar="N",
        help="of the first weights and of the batch; 0 unless given",
    )
    add(
        "--seeds",
        type=_at_least(1, 1000),
        default=1,
        metavar="N",
        help="how many draws, from that seed on; the exit code is that of the worst",
    )
    add(
        "--classes",
        type=_at_least(2),
        metavar="N",
        help="compares the first loss with that of a guess among so many classes",
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
    add("--json", action="store_true", help="print JSON, for a program to read")
    return command


def _input(text: str) -> Input:
    """An input from how it is asked for."""
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
    return Input(shape, below)


def _at_least(least: int, most: int | None = None) -> Callable[[str], int]:
    allowed = f"from {least} on" if most is None else f"from {least} to {most}"

    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least or most and int(text) > most:
            raise argparse.ArgumentTypeError(
                f"must be a whole number {allowed}, got {text!r}"
            )
        return int(text)

    return number


def _argument(text: str) -> tuple[str, Any]:
    """A factory's argument from how it is asked for: numbers as such, else words."""
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise argparse.ArgumentTypeError(f"must be NAME=VALUE, got {text!r}")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


if __name__ == "__main__":
    sys.exit(main())
