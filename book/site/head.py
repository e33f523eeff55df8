"""What a page says of itself to those who only read its head: engines and messengers.

The description is the page's own beginning, and the picture the course's own figure.
"""

import re
from html import escape

from docutils import nodes
from sphinx.application import Sphinx

from helpers.words import say

CARD = "_static/card.png"
CARD_SIZE = 1200, 630
LENGTH = 50, 160  # below, a search engine writes its own; above, it cuts


def description(document: nodes.document) -> str:
    """The beginning of a page in at most 160 characters, at whole sentences if it can.

    Formulas and figures are left out, as a head cannot show them.
    """
    text = ""
    for paragraph in document.findall(nodes.paragraph):
        if len(text) >= LENGTH[0]:
            break
        if not any(map(is_shown, paragraph.findall())):
            text = f"{text} {paragraph.astext()}".strip()
    return cut(" ".join(text.split()))


def is_shown(node: nodes.Node) -> bool:
    """Whether a part of a paragraph has no words of its own."""
    return isinstance(node, nodes.math | nodes.image | nodes.raw)


def cut(text: str) -> str:
    """At most 160 characters of a text.

    >>> cut("One. " * 40)[-9:]
    'One. One.'
    """
    least, most = LENGTH
    if len(text) <= most:
        return text
    sentences = re.match(rf".{{{least},{most - 1}}}[.?!](?= )", text)
    if sentences:
        return sentences[0]
    return text[: text.rindex(" ", 0, most - 1)].rstrip(",;: ") + "…"


def tags(title: str, words: str, kind: str, url: str, base: str) -> str:
    """The elements of a head: Open Graph, https://ogp.me, and what Twitter adds."""
    properties = {
        "og:title": title,
        "og:type": kind,
        "og:site_name": "First Weights",
        "og:description": words,
    }
    if base:
        width, height = CARD_SIZE
        properties |= {
            "og:url": url,
            "og:image": f"{base}{CARD}",
            "og:image:width": str(width),
            "og:image:height": str(height),
            "og:image:alt": say(
                "Three fan plots of fifty layers: with sigmoid the gradient vanishes, "
                "with relu and gain root 2 it stays level, with tanh and gain 3 it "
                "explodes."
            ),
        }
    lines = [f'<meta name="description" content="{escape(words)}" />']
    lines += [
        f'<meta property="{name}" content="{escape(content)}" />'
        for name, content in properties.items()
    ]
    if base:
        lines.append('<meta name="twitter:card" content="summary_large_image" />')
    return "\n    ".join(lines)


def describe(
    app: Sphinx, pagename: str, template: str, context: dict, doctree: object
) -> None:
    """Add to a page what it says of itself."""
    title = re.sub(r"<[^>]+>", "", context.get("title", "")) or pagename.capitalize()
    words = say(
        "{title} of First Weights, a course on how a deep network starts to learn.",
        title=title,
    )
    if isinstance(doctree, nodes.document):
        words = description(doctree) or words
    kind = "website" if pagename == app.config.root_doc else "article"
    url = context.get("pageurl") or ""
    head = tags(title, words, kind, url, app.config.html_baseurl)
    context["metatags"] = f"{context.get('metatags', '')}\n    {head}"
