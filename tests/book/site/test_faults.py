"""No dead control is ever published."""

import copy
import json
from pathlib import PurePosixPath

import nbformat

from book.project import COURSE
from book.site.state import STATE
from tests.shared.built import with_figures
from tests.shared.toys import build_toy


def test_a_slider_that_nothing_listens_to_fails_the_build(tmp_path):
    # A chapter's own live figure, with one more slider above it.
    name = with_figures()[0]
    chapter = COURSE.executed / PurePosixPath(name).with_suffix(".ipynb")
    notebook = nbformat.read(chapter, as_version=4)
    notebook.cells = [
        nbformat.v4.new_markdown_cell("# Toy"),
        next(
            cell
            for cell in notebook.cells
            if "widget-view" in json.dumps(cell.get("outputs", []))
        ),
    ]
    widgets = notebook.metadata["widgets"][STATE]["state"]
    output = notebook.cells[1].outputs[-1].data
    root = output["application/vnd.jupyter.widget-view+json"]["model_id"]
    slider = next(w for w in widgets.values() if w["model_name"] == "IntSliderModel")
    dead = copy.deepcopy(slider)
    dead["state"]["description"] = "width"
    widgets["f" * 32] = dead
    widgets[root]["state"]["children"].insert(0, f"IPY_MODEL_{'f' * 32}")
    nbformat.write(notebook, tmp_path / "index.ipynb")
    done = build_toy(tmp_path)
    warnings = [line for line in done.stderr.splitlines() if "WARNING" in line]
    assert done.returncode != 0
    assert len(warnings) == 1, done.stderr
    assert "dead control: no figure listens to IntSliderModel 'width'" in warnings[0]
