"""The probe as a command, on any factory of a model. No lesson needs this.

``python -m helpers.signals module:factory --input-shape 3,32,32`` calls the factory,
draws a batch, probes without training, prints the table and the verdict, and draws
both signals. It exits with 0 if the network is healthy, 1 if something is wrong with
it and 2 if it could not be audited.
"""

import argparse
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import torch
from matplotlib import style
from matplotlib.figure import Figure

from helpers import plots
from helpers.signals.audit import AuditError, Input, audit, batch_for, build, said
from helpers.signals.signal import Signal
from helpers.signals.verdict import Outcome
from helpers.signals.wording import title

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
    inputs = [Input(shape, below or asked.tokens) for shape, below in asked.input_shape]
    try:
        with torch.random.fork_rng():
            torch.manual_seed(asked.seed)
            model = build(asked.factory)
            if asked.mode:
                model.train(asked.mode == "train")
            if asked.dtype:
                model.to(DTYPES[asked.dtype])
            batch = batch_for(model, inputs, asked.batch, asked.seed)
            signal, notes = audit(model, batch)
        sentences = [*signal.sentences(), *notes]
        print(signal.frame(), "", *map(_wrapped, sentences), sep="\n")
        if asked.out:
            with said(f"{asked.out} cannot be written:"):
                save_picture(signal, asked.out)
    except AuditError as error:
        print(f"audit: {error}", file=sys.stderr)
        return NO_AUDIT
    return EXITS[signal.outcome]


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
        help="module:factory or path/to/file.py:factory; called without arguments, "
        "it returns an nn.Module",
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


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(
                f"must be a whole number from {least} on, got {text!r}"
            )
        return int(text)

    return number


if __name__ == "__main__":
    sys.exit(main())
