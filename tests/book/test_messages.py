"""What translators get, and how their catalogues follow the course."""

import json

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from book import messages
from book.project import BookError
from helpers import words
from helpers.live.contract import STATE
from tests.shared.lines import published


def template(folder, *said):
    """The folder of templates, with one page that says so much."""
    path = folder / "messages" / "chapters" / "one.pot"
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue = Catalog()
    for message in said:
        catalogue.add(message)
    with path.open("wb") as file:
        write_po(file, catalogue)
    return folder / "messages"


def test_a_catalogue_is_made_and_then_brought_up_to_date(project, tmp_path):
    messages.update(project, template(tmp_path, "A layer."), "de")
    path = project.root / "locales" / "de" / "LC_MESSAGES" / "chapters" / "one.po"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('"A layer."\nmsgstr ""', '"A layer."\nmsgstr "Eine Schicht."'),
        encoding="utf-8",
    )
    templates = template(tmp_path, "A layer.", "Two layers of one network.")
    messages.update(project, templates, "de")
    with path.open("rb") as file:
        catalogue = read_po(file)
    assert catalogue["A layer."].string == "Eine Schicht."
    assert catalogue["Two layers of one network."].string == ""


def test_a_language_that_is_none_is_refused(project, tmp_path):
    with pytest.raises(BookError, match="'deutsch' is the code of no language"):
        messages.update(project, template(tmp_path, "A layer."), "deutsch")


SVG = "<svg><text x='1'>relu, gain 1.41 &amp; more</text><text>10</text></svg>"
DRAWN = {
    "cells": [{"outputs": [{"data": {"image/svg+xml": [SVG]}}, {"text": "a"}]}, {}]
}


def test_what_is_drawn_and_what_a_live_figure_is_given_can_be_translated():
    figure = published(
        alt="What one sees.",
        say={"forward": ("signal at the end", -1), "bell": ("the bell", 0)},
        presets={"Go": {"depth": 2, "gain": 1.0, "activation": "tanh"}},
    )
    widgets = {"a": {"state": {}}, "b": {"state": {"spec": figure.view.spec}}}
    live = DRAWN | {"metadata": {"widgets": {STATE: {"state": widgets}}}}
    assert list(messages.in_figures(DRAWN)) == ["relu, gain 1.41 & more"]
    assert list(messages.in_figures(live)) == [
        "relu, gain 1.41 & more",
        "What one sees.",
        "depth",
        "gain",
        "activation",
        "tanh",
        "relu",
        "signal at the end",
        "signal",
        "the bell",
        "Go",
    ]


def test_helpers_the_site_figures_and_drawings_have_one_template(tmp_path):
    result = tmp_path / "one.ipynb"
    result.write_text(json.dumps(DRAWN), encoding="utf-8")
    drawing = '<svg><text x="1">loss &amp; more</text><text>7</text></svg>'
    (tmp_path / "one.svg").write_text(drawing, encoding="utf-8")
    messages.write_template(tmp_path / "helpers.pot", [result], tmp_path)
    with (tmp_path / "helpers.pot").open("rb") as file:
        said = [message.id for message in read_po(file) if message.id]
    helpers, site = words.messages(), words.messages(messages.BOOK)
    everything = [*helpers, *site, "relu, gain {} & more", "loss & more"]
    assert said == list(dict.fromkeys(everything))  # what two places say, once
    assert "Another draw" in helpers and "Copy link" in site
    assert "There is no page here" in site
