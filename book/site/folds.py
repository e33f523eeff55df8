"""Proofs are folded to the claim that they prove; whoever doubts it opens them.

A cell that is tagged ``check`` says in its first lines what it proves:

    # Tested: a sigmoid layer at gain 1 keeps 0.236 of the gradient,
    # whatever the seed.

The page shows that sentence with a tick. The tick is true: a book in which a cell
raises is not built.
"""

import re
from itertools import takewhile

from docutils import nodes
from sphinx.transforms import SphinxTransform

from book.site.figures import code_cells

SIGN = "# Tested: "


class Folds(SphinxTransform):
    """Folds each proof under its claim."""

    def apply(self, **kwargs: object) -> None:
        """Have MyST-NB hide these cells, code and output."""
        for cell in code_cells(self.document):
            if "tag_check" in cell["classes"] and (words := claim(source(cell))):
                cell["hide_mode"] = "all"
                cell["prompt_show"] = cell["prompt_hide"] = f"✓ {words}"


def source(cell: nodes.container) -> str:
    """The code of a cell."""
    return next(iter(cell.findall(nodes.literal_block))).astext()


def claim(code: str) -> str:
    """What the first lines of a proof say that it proves, nothing if they do not.

    >>> claim("# Tested: the sum\\n# is even.\\nassert (1 + 3) % 2 == 0")
    'Tested: the sum is even.'
    """
    if not code.startswith(SIGN):
        return ""
    lines = takewhile(re.compile("# ").match, code.splitlines())
    return " ".join(line.removeprefix("# ").strip() for line in lines)
