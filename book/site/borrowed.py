"""A chapter's live figure on another page too.

`{live} chapters/00_start.ipynb#first-figure` in a Markdown page shows what that cell
shows, with the widgets that the chapter saved; their tables are shared with it.
"""

import json
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book.site.shells import shell
from helpers.live.contract import STATE, VIEW

SOURCE = "live_from"  # in the metadata of a page: the chapter that it borrows from


class Live(SphinxDirective):
    """The directive: its argument is a notebook of the book and the id of a cell."""

    required_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        """Put the cell's live figure here."""
        chapter, _, cell = self.arguments[0].partition("#")
        path = Path(self.env.srcdir, chapter)
        if not path.is_file():
            raise self.error(f"there is no notebook {chapter!r} in the book")
        output = live_output(path, cell)
        if output is None:
            raise self.error(f"cell {cell!r} of {chapter} shows no live figure")
        self.env.note_dependency(chapter)
        self.env.metadata[self.env.docname][SOURCE] = chapter
        model = output[VIEW]["model_id"]
        html = shell(model, "".join(output["text/html"]))
        html = html.replace("<div ", f'<div data-chapter="{chapter}" ', 1)
        return [nodes.raw("", f'<div class="fw-card">{html}</div>', format="html")]


def live_output(notebook: Path, cell: str) -> dict[str, Any] | None:
    """What an executed cell showed, in all its forms, if that is a live figure."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    for found in cells:
        if found["id"] == cell:
            for output in found.get("outputs", []):
                if VIEW in output.get("data", {}):
                    return output["data"]
    return None


def lend(
    app: Sphinx, pagename: str, template: str, context: dict, doctree: object
) -> None:
    """Give a page the widgets of the chapter that it borrows from."""
    chapter = app.env.metadata.get(pagename, {}).get(SOURCE)
    if chapter:
        notebook = json.loads(Path(app.srcdir, chapter).read_text(encoding="utf-8"))
        saved = json.dumps(notebook["metadata"]["widgets"][STATE])
        app.add_js_file(None, type=STATE, body=saved)
