"""Each figure of a chapter has a number, and a caption that says what it shows.

A code cell has its caption in its metadata, ``{"mystnb": {"caption": "..."}}``, and a
drawing has it below, as a paragraph in italics. MyST-NB's own ``figure`` would come too
late to be translated, and knows nothing of live figures. A link without words leads to
a figure and says its number: ``[](#first-figure)`` is "Figure 0.2".
"""

from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.i18n import publish_msgstr
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from book.site import numbers
from book.site.figures import DRAWINGS, containers, forms
from helpers.live.contract import VIEW
from helpers.words import say

log = logging.getLogger(__name__)
PICTURES = {"image/svg+xml", VIEW}
IN_METADATA = (
    "this figure has no caption; give its cell the metadata "
    '{"mystnb": {"caption": "what it shows"}}'
)
IN_ITALICS = (
    "this drawing has no caption; it stands in a paragraph of its own, and below it "
    "*what it shows*, in a paragraph in italics"
)


class numbered_figure(nodes.General, nodes.Element):
    """A picture and its caption; ``label`` is its name, ``key`` what links call it."""


class figcaption(nodes.General, nodes.TextElement):
    """What a figure shows, in words that can be translated."""


class Captions(SphinxTransform):
    """Puts each figure of a chapter into a node together with its caption."""

    def apply(self, **kwargs: object) -> None:
        """Number the figures in the order in which they stand."""
        chapter = numbers.number(self.env.docname)
        if chapter is None:
            return
        for count, place in enumerate(list(places(self.document)), start=1):
            figure = numbered_figure(ids=[f"figure-{chapter}-{count}"])
            figure["label"] = say("Figure {number}", number=f"{chapter}.{count}")
            figure.source, figure.line = place.source, place.line
            if isinstance(place, nodes.image):
                self.enclose_drawing(place, figure)
            else:
                self.enclose_output(place, figure)
            self.document.note_implicit_target(figure)

    def enclose_output(self, cell: nodes.container, figure: numbered_figure) -> None:
        """Put what a cell has drawn into its figure."""
        words = cell["cell_metadata"].get("mystnb", {}).get("caption", "")
        if not words:
            log.warning(IN_METADATA, location=cell)
            return
        first, *others = pictures(cell)
        first.replace_self(figure)
        for other in others:
            other.parent.remove(other)
        caption = caption_of(cell, words, *self.read(words, cell))
        figure.extend([first, *others, caption])

    def enclose_drawing(self, image: nodes.image, figure: numbered_figure) -> None:
        """Put a drawing and the words below it into its figure."""
        above = image.parent
        parent = above.parent
        below = parent[parent.index(above) + 1 :][:1]
        match above.children, below:
            case [_], [nodes.paragraph(children=[nodes.emphasis() as words]) as under]:
                raw = under.rawsource.strip().removeprefix("*").removesuffix("*")
                parent.remove(under)
                above.replace_self(figure)
                figure.extend([image, caption_of(under, raw, *words.children)])
                figure["key"] = f"drawing-{Path(image['uri']).stem}"
            case _:
                log.warning(IN_ITALICS, location=above)

    def read(self, words: str, cell: nodes.container) -> list[nodes.Node]:
        """Markdown as nodes, read as Sphinx will read a translation of it."""
        place = self.document["source"], cell.line or 0
        settings = self.document.settings
        return publish_msgstr(self.app, words, *place, self.config, settings).children


def places(document: nodes.document) -> Iterator[nodes.image | nodes.container]:
    """The code cells that show a figure, and the drawings, in their order."""
    for node in document.findall(nodes.Element):
        match node:
            case nodes.image() if Path(node["uri"]).parent.name == DRAWINGS:
                yield node
            case nodes.container(attributes={"nb_element": "cell_code"}):
                if pictures(node):
                    yield node


def pictures(cell: nodes.container) -> list[nodes.container]:
    """The outputs of a cell that are pictures, drawn ones and live ones."""
    outputs = containers(cell, "mime_bundle")
    return [output for output in outputs if PICTURES & forms(output).keys()]


def caption_of(place: nodes.Element, words: str, *content: nodes.Node) -> figcaption:
    """A caption whose words stand at some place of the page."""
    caption = figcaption(words, "", *content)
    for part in caption.findall(nodes.Element):
        part.source, part.line = place.source, place.line
    return caption


def visit_figure(self: HTML5Translator, node: numbered_figure) -> None:
    """A card with the picture and what it shows."""
    self.body.append(self.starttag(node, "figure", CLASS="fw-card"))


def depart_figure(self: HTML5Translator, node: numbered_figure) -> None:
    """Its end."""
    self.body.append("</figure>\n")


def visit_caption(self: HTML5Translator, node: figcaption) -> None:
    """The number, then the words."""
    self.body.append(self.starttag(node, "figcaption", "", CLASS="fw-caption"))
    label = escape(node.parent["label"])
    self.body.append(f'<span class="fw-number">{label}.</span> ')


def depart_caption(self: HTML5Translator, node: figcaption) -> None:
    """Its end."""
    self.body.append("</figcaption>\n")


# How each is written: where it begins, and where it ends.
Writers = tuple[Callable[..., None], Callable[..., None]]
NODES: dict[type[nodes.Element], Writers] = {
    numbered_figure: (visit_figure, depart_figure),
    figcaption: (visit_caption, depart_caption),
}


def register(app: Sphinx) -> None:
    """Let pages have figures with captions, and their style."""
    for node, visitors in NODES.items():
        app.add_node(node, html=visitors)
    app.add_css_file("captions.css")
