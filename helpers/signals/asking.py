"""What the command can be asked for, and how. No lesson needs this."""

import argparse
import ast
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from helpers.signals.inputs import FORMATS, Input, read

HEALTHY, ILL, NO_AUDIT = 0, 1, 2  # what the command leaves with


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong in two lines, and leave."""
        self.exit(NO_AUDIT, f"audit: {message}\ntry: {self.prog} --help\n")


def asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What was asked; leaves with a line where it was asked wrongly."""
    command = parser()
    asked = command.parse_args(arguments)
    names = [one.name for one in asked.input_shape]
    if any(names) and (not all(names) or len(set(names)) < len(names)):
        command.error("either all inputs have names of their own, or none has one")
    asked.input_shape = [
        one._replace(low=0, high=asked.tokens - 1)
        if asked.tokens and one.low is None and one.format is None
        else one
        for one in asked.input_shape
    ]
    if asked.optimizer and not asked.widths:
        command.error("--optimizer is for --widths, which was not asked for")
    return asked


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
        metavar="[NAME=]N,N,...[:RANGE][:FORMAT]",
        help="shape of one input without the batch, for example 3,32,32; once for each "
        "input the model takes. 16:1000 means 16 whole numbers below 1000, 16:5..9 "
        "those from 5 to 9, 16:0..1:bool a format of their own, ids=16:1000 an input "
        "by name, :1000 one number",
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
        metavar="N",
        help="how many draws, from that seed on; the exit code is that of the worst; 1 "
        "unless given, with --widths 4",
    )
    add(
        "--classes",
        type=_at_least(2),
        metavar="N",
        help="compares the first loss with that of a guess among so many classes",
    )
    add(
        "--targets",
        metavar="MODULE:NAME",
        help="the same for a batch of targets: a tensor of class numbers, or a "
        "function that returns one",
    )
    add(
        "--widths",
        type=_widths,
        metavar="[NAME=]N,N,...",
        help="the coordinate check: calls the factory with each width, and shows how "
        "far four steps move each layer's output; d_model=64,128 names the argument, "
        "else it is width",
    )
    add(
        "--optimizer",
        metavar="MODULE:NAME",
        help="for --widths, a function from a model to its optimizer; else Adam at "
        "0.001",
    )
    add(
        "--dtype",
        choices=FORMATS,
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
    try:
        return read(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _widths(text: str) -> tuple[str, list[int]]:
    """The name of the factory's argument, and its values."""
    name, _, numbers = text.rpartition("=")
    sizes = [int(n) if n.isdecimal() else 0 for n in numbers.split(",")]
    name = name or "width"
    if len(set(sizes)) < 2 or min(sizes) < 1 or not name.isidentifier():
        raise argparse.ArgumentTypeError(
            "must be two whole numbers or more from 1 on, such as 64,128,256 or "
            f"d_model=64,128,256; got {text!r}"
        )
    return name, sizes


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
