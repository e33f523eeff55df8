"""Runs a chapter with other seeds, or on more threads, and says which cells fail.

``python tests/shared/other_seeds.py CHAPTER SHIFT THREADS`` prints a line of JSON: the
failed cells, each with its error. It is a program of its own because it changes torch.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import nbformat
import torch

set_num_threads, manual_seed = torch.set_num_threads, torch.manual_seed


class Shifted(torch.Generator):
    """A generator whose seeds are all others than those that the code names."""

    shift = 0

    def manual_seed(self, seed: int) -> torch.Generator:
        """Start from another seed; the digits stay in their order."""
        if sys._getframe(1).f_code.co_name == "digits":
            return super().manual_seed(seed)
        return super().manual_seed(seed + 1009 * self.shift)


def failures(chapter: Path) -> dict[str, str]:
    """The cells of a chapter that raise, with the last line of the error."""
    found: dict[str, str] = {}
    namespace: dict[str, Any] = {"__name__": "__main__"}
    os.chdir(chapter.parent)
    for cell in nbformat.read(chapter.name, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        try:
            exec(compile(cell.source, cell.id, "exec"), namespace)
        except Exception as error:
            found[cell.id] = f"{type(error).__name__}: {error}"
        plt.close("all")
    return found


def main() -> None:
    """Do what the command line says."""
    chapter, shift, threads = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    Shifted.shift = shift
    torch.Generator = Shifted  # type: ignore[misc]
    torch.manual_seed = lambda seed: manual_seed(seed + 1009 * shift)
    set_num_threads(threads)
    torch.set_num_threads = lambda _: None
    plt.switch_backend("agg")
    stdout, sys.stdout = sys.stdout, open(os.devnull, "w")
    found = failures(chapter.resolve())
    print(json.dumps(found), file=stdout)


if __name__ == "__main__":
    main()
