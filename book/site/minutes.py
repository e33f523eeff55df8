"""How long a chapter takes to read: counted, and said under its title and on its card.

The rule is ``SECONDS``: so much for each word, for each line of code that is in sight,
for each figure, and for each that one moves. It is rounded to five minutes, since no
two readers are alike. Answers, proofs and solutions, which one opens or not, are free.
"""

from collections.abc import Iterator
from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from book.site.blocks import answer
from book.site.figures import code_cells, containers, forms, in_output
from book.site.numbers import number
from helpers.live.contract import VIEW
from helpers.words import say

# 240 words a minute, a line in the time of eight words, a figure and a live one.
SECONDS = {"word": 0.25, "line": 2, "figure": 10, "live": 60}
STEP = 5
KEY = "minutes"  # in the metadata of a page


def count(app: Sphinx, document: nodes.document) -> None:
    """Keep the minutes that a chapter takes."""
    if number(app.env.docname) is not None:
        app.env.metadata[app.env.docname][KEY] = minutes(contents(document))


def minutes(there: dict[str, int]) -> int:
    """The minutes for so many words, lines and figures, at least one step.

    >>> minutes({"word": 2400, "line": 90, "figure": 3, "live": 1})
    15
    """
    seconds = sum(SECONDS[kind] * times for kind, times in there.items())
    return max(round(seconds / 60 / STEP), 1) * STEP


def contents(document: nodes.document) -> dict[str, int]:
    """How much of each there is to read in a chapter."""
    there = dict.fromkeys(SECONDS, 0)
    there["word"] = sum(len(text.split()) for text in texts(document))
    drawn = [image for image in document.findall(nodes.image) if not in_output(image)]
    there["figure"] = len(drawn)
    for cell in code_cells(document):
        for output in map(forms, containers(cell, "mime_bundle")):
            if VIEW in output:
                there["live"] += 1
            elif "image/svg+xml" in output:
                there["figure"] += 1
        if not cell.get("hide_mode"):
            code = next(iter(cell.findall(nodes.literal_block)))
            there["line"] += len(code.astext().splitlines())
    return there


def texts(node: nodes.Element) -> Iterator[str]:
    """The words in sight: of headings, paragraphs and questions, not of answers."""
    for child in node.children:
        if isinstance(child, answer | nodes.container | nodes.raw):
            continue
        if isinstance(child, nodes.TextElement):
            if not isinstance(child, nodes.literal_block | nodes.math_block):
                yield child.astext()
        elif isinstance(child, nodes.Element):
            yield from texts(child)


def said(app: Sphinx, docname: str) -> str:
    """The minutes of a page in words; nothing for a page without a number."""
    count = app.env.metadata[docname].get(KEY)
    return say("{count} minutes", count=count) if count else ""


class UnderTitle(SphinxPostTransform):
    """Says the minutes of a chapter under its title."""

    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Add the line, in which progress.js says what else is known of a chapter."""
        words = said(self.app, self.env.docname)
        title = next(iter(self.document.findall(nodes.title)), None)
        if words and title:
            line = f'<p class="about-chapter"><span>{escape(words)}</span></p>'
            place = title.parent.index(title) + 1
            title.parent.insert(place, nodes.raw("", line, format="html"))
