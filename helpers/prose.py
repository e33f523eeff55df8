"""A small text to learn from: the prose of the course's own first six chapters.

``prose.txt`` was made once from the Markdown cells of chapters 00 to 05, without
formulas, code, tables and HTML, in ASCII. It stays as it is when chapters change, so
that the same text is learnt for ever; nothing is downloaded.
"""

from pathlib import Path

import torch
from torch import Generator, Tensor

from helpers.checks import check_count


def prose() -> str:
    """The text, 98,952 characters of 73 kinds.

    >>> prose()[:31]
    'Start here: the two signals\\nA d'
    """
    return Path(__file__).with_name("prose.txt").read_text(encoding="ascii")


def windows(
    codes: Tensor, count: int, length: int, generator: Generator
) -> tuple[Tensor, Tensor]:
    """Some pieces of a coded text, and what follows each of their characters.

    Args:
        codes: a whole number for each character, (characters of the text,).
        count: how many pieces, at least 1.
        length: characters of a piece, at least 1 and fewer than ``codes`` has.
        generator: source of the places where pieces begin.

    Returns:
        Pieces and targets, each (count, length); a target is the next character.

    Raises:
        ValueError: a number out of its range.
        TypeError: a count that is not a whole number.
    """
    check_count("count", count)
    check_count("length", length)
    if length >= len(codes):
        raise ValueError(f"length must be below {len(codes)}, the text's, got {length}")
    begin = torch.randint(len(codes) - length, (count, 1), generator=generator)
    pieces = codes[begin + torch.arange(length + 1)]  # (count, length + 1)
    return pieces[:, :-1], pieces[:, 1:]
