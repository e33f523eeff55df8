"""A figure is a part of the page: matplotlib's own SVG, named and lit by the theme.

Figures are what cells put out, and the drawings beside the chapters. As an ``<img>`` a
picture keeps its colours in the dark and hides its words from search and from screen
readers. Here it is written into the page, its palette becomes CSS variables, and its
description is the cell's ``mystnb.image.alt``, or the image's own.
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.images import get_image_size

from helpers.live.contract import VIEW
from helpers.live.svg import inline, translated

log = logging.getLogger(__name__)
DRAWINGS = "drawings"  # the folder that they lie in


class InlineFigures(SphinxPostTransform):
    """Writes each SVG output of a code cell into its page."""

    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Replace the images of this page."""
        prefixes = (f"fig{number}-" for number in count(1))
        for cell in code_cells(self.document):
            options = cell["cell_metadata"].get("mystnb", {})
            alt = options.get("image", {}).get("alt", "")
            for output in svg_outputs(cell):
                if not alt:
                    log.warning(
                        "this figure has no description; give its cell the metadata "
                        '{"mystnb": {"image": {"alt": "what it shows"}}}',
                        location=cell,
                    )
                image = next(iter(output.findall(nodes.image)))
                output.children = [self.inline(image, next(prefixes), alt)]
        for image in list(self.document.findall(nodes.image)):
            alt = image.get("alt", "")
            if not alt and not in_output(image):
                log.warning("this image has no description", location=image)
            if Path(image["uri"]).parent.name == DRAWINGS:
                image.replace_self(self.inline(image, next(prefixes), alt))
            elif "width" not in image and (size := self.size_of(image)):
                # else what is below it jumps when it comes
                image["width"], image["height"] = map(str, size)

    def inline(self, image: nodes.image, prefix: str, alt: str) -> nodes.raw:
        """A picture of a page as a part of it."""
        path = Path(self.app.srcdir, image["uri"])
        saved = path.read_text(encoding="utf-8")
        if path.parent.name == DRAWINGS:  # the words of others were as they were drawn
            saved = translated(saved)
        return nodes.raw("", inline(saved, prefix, alt), format="html")

    def size_of(self, image: nodes.image) -> tuple[int, int] | None:
        """Width and height of a picture in CSS pixels, if it is a file of the book."""
        path = Path(self.app.srcdir, image["uri"])
        return get_image_size(str(path)) if path.is_file() else None


def code_cells(document: nodes.document) -> Iterator[nodes.container]:
    """The code cells of a notebook, with their outputs."""
    return containers(document, "cell_code")


def containers(node: nodes.Element, kind: str) -> Iterator[nodes.container]:
    """What MyST-NB has put into containers of a kind."""
    for found in node.findall(nodes.container):
        if found.get("nb_element") == kind:
            yield found


def in_output(node: nodes.Node) -> bool:
    """Whether this is one of the forms of an output, of which only one is shown."""
    while node := node.parent:
        if isinstance(node, nodes.container) and node.get("mime_type"):
            return True
    return False


def svg_outputs(cell: nodes.container) -> list[nodes.container]:
    """The SVG form of each output that is a picture and nothing more."""
    outputs = [forms(output) for output in containers(cell, "mime_bundle")]
    return [
        output["image/svg+xml"]
        for output in outputs
        if "image/svg+xml" in output and VIEW not in output
    ]


def forms(output: nodes.container) -> dict[str, nodes.container]:
    """The forms of one output by their mime types."""
    children = [c for c in output.children if isinstance(c, nodes.container)]
    return {form["mime_type"]: form for form in children}
