"""No dead control is ever published."""

import copy
import json
from pathlib import PurePosixPath

import ipywidgets
import nbformat
import numpy as np

from book.project import COURSE
from book.site.faults import problems
from helpers.live.contract import STATE, VIEW
from tests.shared.built import with_figures
from tests.shared.lines import DEPTHS, compute, published, toy
from tests.shared.saved import saved
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
    root = output[VIEW]["model_id"]
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


def test_a_whole_figure_has_no_problems():
    assert list(problems(*saved(published()))) == []


def test_a_control_that_moves_nothing_is_named():
    def stuck(depth, gain, activation, seed):
        return compute(3, 1.0, activation) | {
            "forward": np.ones(depth),
            "backward": np.ones(depth),
        }

    figure = published(compute=stuck)
    assert list(problems(*saved(figure))) == [
        f"dead control: {name!r} of live figure 'toy' changes no curve"
        for name in ("gain", "activation", "seed")
    ]


def test_controls_that_no_figure_hears_are_named():
    lonely = ipywidgets.IntSlider(description="lonely")
    [problem] = problems(*saved(published(), lonely))
    assert problem == "dead control: no figure listens to IntSliderModel 'lonely'"
    figure = published()
    far = ipywidgets.IntSlider(description="far", min=1, max=DEPTHS)
    link = ipywidgets.jslink((far, "value"), (figure.controls["depth"], "value"))
    widgets, shown = saved(figure, far, extra=[link])
    widgets[link.model_id]["state"] |= {
        "source": [f"IPY_MODEL_{far.model_id}", "value"],
        "target": [f"IPY_MODEL_{figure.controls['depth'].model_id}", "value"],
    }
    assert list(problems(widgets, shown)) == []


def test_widgets_that_the_page_cannot_draw_are_named():
    [problem] = problems(*saved(ipywidgets.Checkbox(description="tick")))
    assert problem == "CheckboxModel 'tick' cannot be drawn in the published page"
    assert "was not saved" in next(problems({}, ["abc"]))


def test_figures_without_tables_or_with_one_key_for_two_are_named():
    [problem] = problems(*saved(toy()))
    assert "without FIRST_WEIGHTS_BOOK=1" in problem
    assert list(problems(*saved(published(), published()))) == [
        "the key 'toy' names more than one live figure of this page"
    ]
