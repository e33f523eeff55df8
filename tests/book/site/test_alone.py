"""A live figure on a page of its own: all that it needs, and no other figure."""

import json
from pathlib import Path

import pytest

from book.project import COURSE
from book.site import alone
from book.site.state import as_script
from book.site.theme import Site
from helpers.live.contract import STATE
from tests.shared.built import html_pages, page


def chapter(*keys, borrowed=""):
    """A page with live figures, as the site has it."""
    widgets, shells = {}, ""
    for key in keys:
        widgets[f"box-{key}"] = {
            "model_name": "VBoxModel",
            "state": {"children": [f"IPY_MODEL_view-{key}"]},
        }
        state = {"spec": {"key": key}, "_esm": "", "tables": {"0": "QUJD"}}
        widgets[f"view-{key}"] = {"model_name": "AnyModel", "state": state}
        shells += (
            f'<figure class="fw-card" id="figure-1-{len(key)}"><div {borrowed} '
            f'class="live-shell" data-model="box-{key}"><svg></svg></div><figcaption>'
            f'<span class="fw-number">Figure 1.{len(key)}.</span> See '
            '<a href="glossary.html">the fan</a>.</figcaption></figure>'
        )
    widgets[f"view-{keys[0]}"]["state"]["_esm"] = "the script"
    saved = as_script({"words": {"Reset": "Zurück"}, "state": widgets})
    script = f'<script type="{STATE}">{saved}</script>'
    return f'<!DOCTYPE html><html lang="de"><body>{shells}{script}</body></html>'


def write(tmp_path, pages):
    site = Site(tmp_path, pages)
    assert alone.write(site) == []
    return site.pages


def test_each_figure_gets_its_own_widgets_and_the_script(tmp_path):
    pages = write(tmp_path, {"chapters/a.html": chapter("one", "second")})
    made = pages["figures/second.html"]
    saved = json.loads(alone.SAVED.search(made)[1])
    assert saved["state"].keys() == {"box-second", "view-second"}
    view = saved["state"]["view-second"]["state"]
    assert view["_esm"] == "the script", "which its chapter keeps with the first figure"
    assert saved["words"] == {"Reset": "Zurück"}
    [table] = view["tables"].values()
    assert table["src"] == f"../_live/{table['name']}.js"
    assert "QUJD" in (tmp_path / "_live" / f"{table['name']}.js").read_text()
    assert '<html lang="de">' in made and "<title>Figure 1.6 · First Weights" in made
    assert 'href="../chapters/a.html#figure-1-6"' in made
    assert "the fan" in made and "glossary.html" not in made


def test_a_figure_that_is_borrowed_has_one_page(tmp_path):
    borrowed = chapter("one", borrowed='data-chapter="a"')
    pages = write(tmp_path, {"a.html": chapter("one"), "intro.html": borrowed})
    assert pages.keys() == {"a.html", "intro.html", "figures/one.html"}


def test_two_figures_of_one_name_are_told(tmp_path, caplog):
    write(tmp_path, {"a.html": chapter("one"), "b.html": chapter("one")})
    assert "'one' names a live figure of a.html and one of b.html" in caplog.text


@pytest.mark.slow
def test_the_pages_of_the_book_have_the_language_and_no_script_of_the_theme():
    for name in html_pages():
        if name.startswith("figures/"):
            scripts = [script.get("src", "") for script in page(name).all("script")]
            assert set(scripts) == {"", "../_static/widgets.js"}
            assert page(name).all("html") == [{"lang": "en"}]


def test_its_templates_are_there():
    assert all(Path(sheet).is_file() for sheet in alone.SHEETS)
    assert COURSE.root / "book" in alone.SHEETS[-1].parents
