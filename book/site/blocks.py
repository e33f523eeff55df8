"""Answers and asides are nodes of the document, though authors write them as HTML.

JupyterLab shows ``<details class="answer">`` and ``<div class="margin">`` as they are.
Sphinx would see scraps of HTML with paragraphs between them, and no translation could
reach the words of an answer. What is not closed, or closes nothing, is a warning.
"""

import re
from collections.abc import Callable
from html import unescape

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

log = logging.getLogger(__name__)
TAG = re.compile(
    r'<details class="(?P<answer>answer(?: right)?)">'
    r"<summary>(?P<summary>[^<]+)</summary>"
    r'|(?P<aside><div class="margin" role="note">)'
    r"|</(?P<closed>details|div)>"
)
# No other HTML of a page has these in it.
SIGN = re.compile(r'</?details\b|</?summary\b|class="margin"')
HOW = (
    'an answer is <details class="answer"> or <details class="answer right">, at once '
    "<summary>words and formulas</summary>, a blank line, what to say about it, and "
    '</details> on a line of its own; an aside is <div class="margin" role="note">, a '
    "blank line, what it says, a blank line and </div>"
)


class answer(nodes.General, nodes.Element):
    """One answer of a quiz: its summary, and what is said to who chooses it."""


class summary(nodes.General, nodes.TextElement):
    """The words of an answer, which stand there before it is opened."""


class aside(nodes.General, nodes.Element):
    """What is said in the margin."""


TAG_OF: dict[type[nodes.Element], str] = {answer: "details", aside: "div"}


class Enclose(SphinxTransform):
    """Puts what stands between two tags into the node that they mean."""

    def apply(self, **kwargs: object) -> None:
        """Do so wherever a page has such tags."""
        found = self.document.findall(nodes.raw)
        for parent in dict.fromkeys(block.parent for block in found):
            enclose(parent)


def enclose(parent: nodes.Element) -> None:
    """Move children of an element into the answers and asides that stand among them."""
    inside = [parent]
    children, parent.children = parent.children, []
    for child in children:
        if not isinstance(child, nodes.raw) or not (tags := tags_of(child)):
            inside[-1] += child
            continue
        for tag in tags:
            if not tag["closed"]:
                inside.append(opened(tag, child))
                inside[-2] += inside[-1]
            elif tag["closed"] == TAG_OF.get(type(inside[-1])):
                inside.pop()
            else:
                where = f"{child.source}:{line(tag, child)}"
                log.warning(f"{tag[0]} closes nothing here", location=where)
    for node in inside[1:]:
        log.warning(f"this {type(node).__name__} is not closed", location=node)


def tags_of(block: nodes.raw) -> list[re.Match[str]]:
    """The tags of a block of HTML, if it is made of those of answers and asides."""
    html = block.astext()
    if not TAG.sub("", html).strip():
        return list(TAG.finditer(html))
    if SIGN.search(html):
        log.warning(HOW, location=block)
    return []


def opened(tag: re.Match[str], block: nodes.raw) -> nodes.Element:
    """The node that begins with a tag."""
    node: nodes.Element
    if tag["aside"]:
        node = aside()
    else:
        words = tag["summary"].strip()
        node = answer("", summary(words, "", *phrase(words)))
        node["classes"] = tag["answer"].split()
    for part in node.findall(nodes.Element):
        part.source, part.line = block.source, line(tag, block)
    return node


def phrase(words: str) -> list[nodes.Node]:
    """Words with formulas among them, as a summary has them.

    >>> [type(part).__name__ for part in phrase("$2^{32}$, four billion")]
    ['math', 'Text']
    """
    parts = re.split(r"\$([^$]+)\$", unescape(words))
    return [
        nodes.math(part, part) if number % 2 else nodes.Text(part)
        for number, part in enumerate(parts)
        if part
    ]


def line(tag: re.Match[str], block: nodes.raw) -> int:
    """The line of the page in which a tag stands."""
    return (block.line or 0) + tag.string.count("\n", 0, tag.start())


def visit_answer(self: HTML5Translator, node: answer) -> None:
    """A fold that the reader opens."""
    self.body.append(self.starttag(node, "details", ""))


def depart_answer(self: HTML5Translator, node: answer) -> None:
    """Its end."""
    self.body.append("</details>\n")


def visit_summary(self: HTML5Translator, node: summary) -> None:
    """What is written on the fold."""
    self.body.append("<summary>")


def depart_summary(self: HTML5Translator, node: summary) -> None:
    """Its end."""
    self.body.append("</summary>\n")


def visit_aside(self: HTML5Translator, node: aside) -> None:
    """A note, which book.css sets into the margin."""
    self.body.append(self.starttag(node, "div", CLASS="margin", role="note"))


def depart_aside(self: HTML5Translator, node: aside) -> None:
    """Its end."""
    self.body.append("</div>\n")


# How each is written: where it begins, and where it ends.
Writers = tuple[Callable[..., None], Callable[..., None]]
NODES: dict[type[nodes.Element], Writers] = {
    answer: (visit_answer, depart_answer),
    summary: (visit_summary, depart_summary),
    aside: (visit_aside, depart_aside),
}
