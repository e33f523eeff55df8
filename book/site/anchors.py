"""Addresses inside pages: code cells and terms by their ids, targets by their names.

A link ``[...](01_vanishing.ipynb#check-default)`` leads to that very cell, and
``[...](glossary.md#term-fan-in)`` to that word. MyST alone knows headings only. If it
leads to a figure and has no words, ``[](01_vanishing.ipynb#live-fan)``, it says
"Figure 1.4". Within a page ``[](#live-fan)`` is enough.
"""

import json
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util import logging

from book.site.captions import numbered_figure
from book.site.figures import code_cells

log = logging.getLogger(__name__)


def name_places(app: Sphinx, document: nodes.document) -> None:
    """Give each code cell its id, and let links find cells, terms and named targets."""
    places = {
        name: place
        for name, place in document.nameids.items()
        if place and document.nametypes.get(name)
    }
    places |= {id: id for term in document.findall(nodes.term) for id in term["ids"]}
    labels = {}
    for figure in document.findall(numbered_figure):
        if "key" in figure:
            places[figure["key"]] = figure["ids"][0]
            labels[figure["key"]] = figure["label"]
    source = Path(app.env.doc2path(app.env.docname))
    if source.suffix == ".ipynb":
        cells = json.loads(source.read_text(encoding="utf-8"))["cells"]
        for cell in code_cells(document):
            name = cells[cell["cell_index"]]["id"]
            if name in document.ids:
                log.warning(
                    f"the id {name!r} of this cell is also that of a heading; "
                    "give the cell another one",
                    location=cell,
                )
                continue
            cell["ids"].append(name)
            places[name] = name
            for figure in cell.findall(numbered_figure):
                labels[name] = figure["label"]
    # what MyST looks up: the line, the id in the page, the words of a bare link
    slugs = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
    for name, place in places.items():
        slugs.setdefault(name, (0, place, labels.get(name, name)))
    for link in document.findall(pending_xref):
        if link["reftype"] == "myst" and (name := link["reftarget"]) in slugs:
            here = {"reftarget": app.env.docname, "reftargetid": name}
            link.attributes |= {"refdomain": "doc", **here}
