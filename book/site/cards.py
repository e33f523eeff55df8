"""Cards of chapters: a list of links, in a page, of which each is one.

An author writes ``{.cards}`` and below it a list. Each item is a link to a page, what
it is good for, and a picture if there is one. The number and the minutes come from the
page that the link leads to.
"""

from html import escape

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from book.site import minutes, numbers

SIGN = "cards"  # the class of such a list


class Cards(SphinxPostTransform):
    """Adds to each card what is known of its chapter."""

    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Complete the cards of this page."""
        for found in self.document.findall(is_cards):
            for item in found.findall(nodes.list_item):
                self.complete(item)

    def complete(self, item: nodes.Element) -> None:
        """Put the number before the title of a card, and the minutes at its end."""
        link = next(iter(item.findall(nodes.reference)))
        docname = link["refuri"].partition("#")[0].removesuffix(".html")
        chapter = numbers.number(docname)
        if chapter is not None:
            link.insert(0, span("card-number", f"{chapter}{numbers.AFTER_NUMBER}"))
        if time := minutes.said(self.app, docname):
            item.append(nodes.paragraph("", "", span("card-minutes", time)))


def is_cards(node: nodes.Node) -> bool:
    """Whether this is a list of cards."""
    lists = nodes.bullet_list | nodes.enumerated_list
    return isinstance(node, lists) and SIGN in node["classes"]


def span(kind: str, words: str) -> nodes.raw:
    """Words of a kind of their own."""
    html = f'<span class="{kind}">{escape(words)}</span>'
    return nodes.raw("", html, format="html")
