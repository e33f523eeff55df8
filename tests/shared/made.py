"""The live figures of a chapter: its cells run here and now."""

import contextlib
import dis
import re
from functools import cache
from pathlib import Path
from types import CodeType
from unittest.mock import patch

import matplotlib.pyplot as plt
import nbformat
import torch

from book.project import COURSE
from helpers.live import LiveFigure


def chapter_figures(chapter: Path, keys: tuple[str, ...]) -> dict[str, LiveFigure]:
    """The live figures of a chapter by key: its cells run here and now.

    Torch computes in the chapter's precision, whatever other tests have set since.
    """
    made, precision = figures_made(chapter)
    torch.set_default_dtype(precision)
    assert made.keys() >= set(keys), f"{chapter} makes only {list(made)}"
    return made


@cache
def figures_made(chapter: Path) -> tuple[dict[str, LiveFigure], torch.dtype]:
    """What a chapter's live figures are, and the precision that it has set.

    Cells that none of these figures needs are left out: nbval runs them all. Torch and
    matplotlib stay as the chapter sets them.
    """
    made: dict[str, LiveFigure] = {}
    create = LiveFigure.__init__

    def remember(self: LiveFigure, *args, **options) -> None:
        create(self, *args, **options)
        made[self.spec.key] = self

    namespace = {"__name__": "__main__"}
    cells = nbformat.read(COURSE.root / chapter, as_version=4).cells
    sources = {cell.id: cell.source for cell in cells if cell.cell_type == "code"}
    shows = [cell.id for cell in cells if "LiveFigure(" in str(cell.get("outputs"))]
    folder = contextlib.chdir((COURSE.root / chapter).parent)
    with folder, patch.object(LiveFigure, "__init__", remember):
        for name in needed(sources, shows):
            exec(compile(sources[name], f"{chapter}, {name}", "exec"), namespace)
            plt.close("all")
    return made, torch.get_default_dtype()


def needed(sources: dict[str, str], wanted: list[str]) -> list[str]:
    """The cells that are wanted, and those before them that make what these use.

    The first one sets up what no name tells. A generator is made by its cell and by
    each that draws from it.
    """
    missing: set[str] = set()
    kept = []
    for cell, source in reversed(sources.items()):
        used, defined = names(compile(source, cell, "exec"))
        drawn = set(re.findall(r"generator=(\w+)", source))
        first = cell == next(iter(sources))
        if first or cell in wanted or (defined | drawn) & missing:
            missing = missing - defined | used
            kept.append(cell)
    return kept[::-1]


def names(code: CodeType) -> tuple[set[str], set[str]]:
    """The names that code takes from what ran before it, and those that it defines."""
    used, defined = set(), set()
    for step in dis.get_instructions(code):
        if step.opname == "LOAD_NAME" and step.argval not in defined:
            used.add(step.argval)
        elif step.opname == "LOAD_GLOBAL":  # in a function
            used.add(step.argval)
        elif step.opname == "STORE_NAME":
            defined.add(step.argval)
        elif isinstance(step.argval, CodeType):
            used |= names(step.argval)[0] - defined
    return used, defined
