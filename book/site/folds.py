"""Proofs are folded to the claim that they prove; whoever doubts it opens them.

A cell that is tagged ``check`` says in its first lines what it proves:

    # Tested: a sigmoid layer at gain 1 keeps 0.236 of the gradient,
    # whatever the seed.

The page shows that sentence with a tick. The tick is true: a book in which a cell
raises is not built. The code of a figure and the solutions of exercises are folds too.
"""

import re
from html import escape
from itertools import count, takewhile

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

from book.site.figures import code_cells
from helpers.words import say

SIGN = "# Tested: "


class Folds(SphinxTransform):
    """Folds each proof under its claim, and counts the solutions of exercises."""

    def apply(self, **kwargs: object) -> None:
        """Have MyST-NB hide these cells, code and output."""
        solutions = count(1)
        for cell in code_cells(self.document):
            if "tag_check" in cell["classes"] and (words := claim(source(cell))):
                cell["hide_mode"] = "all"
                cell["prompt_show"] = cell["prompt_hide"] = words
            elif "tag_solution" in cell["classes"]:
                cell["exercise"] = next(solutions)


class Kinds(SphinxPostTransform):
    """Says on each fold which kind it is of, now that MyST-NB has made them."""

    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Look at the cell of each."""
        for cell in code_cells(self.document):
            for fold in cell.findall(HideCodeCellNode):
                fold["kind"] = "code"
                if "exercise" in cell:
                    fold["kind"] = "solution"
                    fold["exercise"] = cell["exercise"]
                elif "tag_check" in cell["classes"]:
                    fold["kind"] = "proof"


def visit_fold(self: HTML5Translator, node: HideCodeCellNode) -> None:
    """One line, and what it hides."""
    kind, words = node["kind"], escape(node["prompt_show"])
    if kind == "proof":
        words = proof(words)
    elif kind == "solution":
        words = escape(say("Solution of exercise {number}", number=node["exercise"]))
    self.body.append(f'<details class="fold {kind}">\n<summary>{words}</summary>\n')


def depart_fold(self: HTML5Translator, node: HideCodeCellNode) -> None:
    """Its end."""
    self.body.append("</details>\n")


def proof(words: str) -> str:
    """A claim with its tick, and what one can do with it."""
    more = (
        f'<span class="when-closed">{escape(say("show the test"))}</span> '
        f'<span class="when-open">{escape(say("hide the test"))}</span>'
    )
    return f"<b>✓ {escape(say('Tested:'))}</b> {words} {more}"


def source(cell: nodes.container) -> str:
    """The code of a cell."""
    return next(iter(cell.findall(nodes.literal_block))).astext()


def claim(code: str) -> str:
    """What the first lines of a proof say that it proves, nothing if they do not.

    >>> claim("# Tested: the sum\\n# is even.\\nassert (1 + 3) % 2 == 0")
    'the sum is even.'
    """
    if not code.startswith(SIGN):
        return ""
    lines = takewhile(re.compile("# ").match, code.splitlines())
    words = " ".join(line.removeprefix("# ").strip() for line in lines)
    return words.removeprefix(SIGN[2:])
