"""Words that Sphinx's translation would miss or spoil: of code cells and in formulas.

A code cell says in its metadata what its figure shows and what is written on its fold.
A formula of its own line would become the text "::" as soon as it was translated.
"""

import re
from collections.abc import Iterator, MutableMapping
from typing import Any

from docutils import nodes
from sphinx.addnodes import translatable
from sphinx.domains.math import MathDomain
from sphinx.transforms import SphinxTransform

from book.site.figures import code_cells


class code_cell(nodes.container, translatable):
    """A code cell with its outputs; ``mystnb`` in its metadata has the words."""

    def places(self) -> Iterator[tuple[MutableMapping[str, Any] | nodes.Element, str]]:
        """Where the words are: what holds them, and by which name."""
        image = self["cell_metadata"].get("mystnb", {}).get("image", {})
        places = ((image, "alt"), (self, "prompt_show"), (self, "prompt_hide"))
        return ((holder, name) for holder, name in places if name in holder)

    def preserve_original_messages(self) -> None:
        """Keep the words as they were written."""
        self["written"] = [holder[name] for holder, name in self.places()]

    def extract_original_messages(self) -> list[str]:
        """The words as they were written."""
        return self["written"]

    def apply_translated_message(self, original: str, translated: str) -> None:
        """Say some of the words in another language."""
        for holder, name in self.places():
            if holder[name] == original:
                holder[name] = translated


class worded_formula(nodes.math_block, translatable):
    r"""A formula with words in it, such as ``\text{gain}``."""

    def preserve_original_messages(self) -> None:
        """Keep the formula as it was written."""
        self["written"] = self.astext().strip()

    def extract_original_messages(self) -> list[str]:
        """The formula as it was written."""
        return [self["written"]]

    def apply_translated_message(self, original: str, translated: str) -> None:
        """Show the formula with other words."""
        self.children = []
        self += nodes.Text(translated)


class Reachable(SphinxTransform):
    """Makes what is missed translatable, and leaves alone what has no words."""

    def apply(self, **kwargs: object) -> None:
        """Put the new nodes where the old ones were."""
        for cell in list(code_cells(self.document)):
            become(cell, code_cell)
        for formula in list(self.document.findall(nodes.math_block)):
            if re.search(r"\\text\{[^}]*[a-z]{2}", formula.astext()):
                become(formula, worded_formula)
            else:
                formula["translatable"] = False


def become(node: nodes.Element, kind: type[nodes.Element]) -> None:
    """Put a node of another kind, with all that it has, in the place of a node."""
    new = kind(node.rawsource, **node.attributes)
    new += node.children
    new.source, new.line = node.source, node.line
    node.replace_self(new)


def register() -> None:
    """Let formulas with words count as formulas do."""
    MathDomain.enumerable_nodes[worded_formula] = ("displaymath", None)
