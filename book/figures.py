"""A figure is a part of the page: matplotlib's own SVG, named and lit by the theme.

As an ``<img>`` a picture keeps its colours in the dark and hides its words from search
and from screen readers. Here it is written into the page, its palette becomes CSS
variables, and its description is the cell's ``mystnb.image.alt``.
"""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.images import get_image_size

from helpers.live.contract import VIEW
from helpers.live.svg import inline

log = logging.getLogger(__name__)


class InlineFigures(SphinxPostTransform):
    """Writes each SVG output of a code cell into its page."""

    default_priority = 3  # just before MyST-NB chooses among the forms of an output
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Replace the images of this page."""
        number = 0
        for cell in self.document.findall(is_code_cell):
            options = cell["cell_metadata"].get("mystnb", {})
            alt = options.get("image", {}).get("alt", "")
            for output in svg_outputs(cell):
                number += 1
                if not alt:
                    log.warning(
                        "this figure has no description; give its cell the metadata "
                        '{"mystnb": {"image": {"alt": "what it shows"}}}',
                        location=cell,
                    )
                image = next(iter(output.findall(nodes.image)))
                saved = Path(self.app.srcdir, image["uri"]).read_text(encoding="utf-8")
                html = inline(saved, f"fig{number}-", alt)
                output.children = [nodes.raw("", html, format="html")]
        for image in self.document.findall(nodes.image):
            if not image.get("alt") and not in_output(image):
                log.warning("this image has no description", location=image)
            if "width" not in image and (size := self.size_of(image)):
                # else what is below it jumps when it comes
                image["width"], image["height"] = map(str, size)

    def size_of(self, image: nodes.image) -> tuple[int, int] | None:
        """Width and height of a picture in CSS pixels, if it is a file of the book."""
        path = Path(self.app.srcdir, image["uri"])
        return get_image_size(path) if path.is_file() else None


def is_code_cell(node: nodes.Node) -> bool:
    """Whether this is a code cell with its outputs."""
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def in_output(node: nodes.Node) -> bool:
    """Whether this is one of the forms of an output, of which only one is shown."""
    while node := node.parent:
        if isinstance(node, nodes.container) and node.get("mime_type"):
            return True
    return False


def svg_outputs(cell: nodes.container) -> list[nodes.container]:
    """The SVG form of each output that is a picture and nothing more."""
    return [
        form
        for output in cell.findall(nodes.container)
        if output.get("nb_element") == "mime_bundle"
        and all(form["mime_type"] != VIEW for form in output.children)
        for form in output.children
        if form["mime_type"] == "image/svg+xml"
    ]


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the transform."""
    app.add_post_transform(InlineFigures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
