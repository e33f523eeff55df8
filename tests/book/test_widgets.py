"""What of a live figure goes into its page, and what would not work there."""

import ipywidgets
import numpy as np

from book.widgets import problems, slim
from helpers.live import LiveFigure
from tests.shared.lines import DEPTHS, compute, controls, published, toy
from tests.shared.saved import saved


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


def test_only_the_table_of_the_first_choice_stays_in_the_page(tmp_path):
    figure = published(**controls(activation="relu"))
    assert isinstance(figure, LiveFigure)
    before = dict(figure.view.tables)
    widgets, _ = saved(figure)
    slim(widgets, tmp_path / "_live", "../_live", [figure.view.model_id])
    tables = widgets[figure.view.model_id]["state"]["tables"]
    assert [key for key, table in tables.items() if isinstance(table, str)] == ["1-0"]
    for key, table in tables.items():
        if key != "1-0":
            script = (tmp_path / "_live" / f"{table['name']}.js").read_text()
            assert table["src"] == f"../_live/{table['name']}.js"
            assert f'["{table["name"]}"] = "{before[key]}"' in script
