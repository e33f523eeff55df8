"""The tables of live figures: each in one place, and the one that torch computed."""

import json
import re
from pathlib import PurePosixPath
from posixpath import normpath

from book.project import COURSE
from book.site.state import HEAVY, slim, target
from helpers.live import LiveFigure
from helpers.live.contract import STATE
from tests.shared.built import HTML, html_pages, notebook_of, page, with_figures
from tests.shared.lines import controls, published
from tests.shared.saved import saved


def test_a_page_holds_the_first_choice_of_its_first_figure_and_no_other_curves():
    for name in with_figures():
        holders, heavy = 0, False
        for key, state in page(name).figures.items():
            widgets, spec, place = page(name).widgets, state["spec"], []
            for control in spec["controls"]:
                if "options" in control:
                    model = target(state["controls"][control["name"]])
                    place.append(widgets[model]["state"]["index"])
            if len(spec["seeds"]) > 1:
                place.append(spec["seeds"].index(state["seed"]))
            first = "-".join(map(str, place))
            inline = {
                c for c, table in state["tables"].items() if isinstance(table, str)
            }
            assert inline <= {first}, key
            holders += len(inline)
            count = len(spec["seeds"])
            for control in spec["controls"]:
                count *= len(control.get("options", "1"))
            assert len(state["tables"]) == count, key
            for choice, table in state["tables"].items():
                if choice not in inline:
                    path = HTML / normpath(PurePosixPath(name).parent / table["src"])
                    assert f'["{table["name"]}"] = "' in path.read_text("utf-8")
                    heavy |= choice == first and path.stat().st_size > HEAVY
        # one that would hold up the page lies outside as well
        assert holders == 1 or heavy, name


def test_no_table_is_left_over_from_another_build():
    wanted = {
        table["name"]
        for name in html_pages()
        for state in page(name).figures.values()
        for table in state["tables"].values()
        if isinstance(table, dict)
    }
    assert {path.stem for path in (HTML / "_live").iterdir()} == wanted


def test_every_table_in_the_site_is_the_one_that_torch_computed_for_it():
    # The browser looks at some positions of each slider; this looks at all of them.
    for name in with_figures():
        executed = (COURSE.executed / notebook_of(name)).read_text(encoding="utf-8")
        saved = json.loads(executed)["metadata"]["widgets"][STATE]["state"]
        computed = {
            widget["state"]["spec"]["key"]: widget["state"]["tables"]
            for widget in saved.values()
            if "spec" in widget["state"]
        }
        for key, state in page(name).figures.items():
            assert state["tables"].keys() == computed[key].keys(), key
            for choice, table in state["tables"].items():
                if not isinstance(table, str):
                    path = HTML / normpath(PurePosixPath(name).parent / table["src"])
                    text = path.read_text(encoding="utf-8")
                    table = re.search(r'\] = "([^"]*)"', text)[1]
                assert table == computed[key][choice], f"{name}: {key}, {choice}"


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
