"""Pictures as parts of a page: ids of their own, the theme's colours, words."""

import re

import matplotlib.pyplot as plt
import pytest

from helpers.live import svg
from helpers.live.marks import svg_of
from helpers.live.svg import described, furnished, inline, shell, shells
from tests.shared.cells import both, picture


def test_bars_of_a_legend_stay_and_no_id_is_there_twice():
    curves = both(depth=4, gain=1.0)
    figure = picture(curves, 4)
    svg, _ = svg_of(figure, curves)
    plt.close(figure)
    ids = re.findall(r'\bid="([^"]+)"', svg)
    assert len(set(ids)) == len(ids)
    legend = svg[svg.index('id="legend_1"') :].split("data-curve")[0]
    assert "var(--fw-blue" in legend


SVG = """<?xml version="1.0"?><!DOCTYPE svg>
<svg width="360pt" height="180pt" viewBox="0 0 360 180" version="1.1">
<metadata><date>today</date></metadata>
<defs><style type="text/css">*{stroke-linejoin: round}</style></defs>
<g id="line"><path d="M0 0" clip-path="url(#p1)" style="stroke: #0072b2"/></g>
<use xlink:href="#m1" style="fill: #123456"/><text>layer</text></svg>"""


def test_a_figure_becomes_part_of_its_page():
    svg = inline(SVG, "fig3-", 'size < 1 & "small"')
    assert 'role="img" aria-label="size &lt; 1 &amp; &quot;small&quot;"' in svg
    assert 'id="fig3-line"' in svg
    assert "url(#fig3-p1)" in svg
    assert 'href="#fig3-m1"' in svg
    assert "stroke: var(--fw-blue, #0072b2)" in svg
    assert "#123456" in svg, "a colour outside the palette stays"
    assert "max-width:480px" in svg
    assert "<text>layer</text>" in svg
    assert not any(word in svg for word in ("<style", "<metadata", "DOCTYPE", "pt"))


def test_an_id_that_two_axes_share_is_there_once():
    twice = SVG.replace("<use ", '<g id="line"/><use ')
    assert inline(twice, "fig3-", "").count('id="fig3-line"') == 1


def test_a_picture_without_a_size_is_named():
    with pytest.raises(ValueError, match="no viewBox"):
        inline("<svg><g/></svg>", "fig3-", "")


def test_alt_text_is_escaped():
    svg = described("<svg viewBox='0 0 1 1'></svg>", 'a < b & "c"')
    assert svg.startswith(
        '<svg role="img" aria-label="a &lt; b &amp; &quot;c&quot;" viewBox'
    )
    assert described("<svg/>", "") == "<svg/>"


# Shells -------------------------------------------------------------------------------


PICTURE = '<svg viewBox="0 0 9 9"><g id="a" clip-path="url(#b)"/><use href="#a"/></svg>'


def test_pictures_of_two_shells_share_no_id():
    page = shell("01", PICTURE) + shell("02", PICTURE)
    assert shells(page) == ["01", "02"]
    assert re.findall(r'\bid="([^"]+)"', page) == ["w1-a", "w2-a"]
    assert re.findall(r"url\(#([^)]+)\)", page) == ["w1-b", "w2-b"]
    assert re.findall(r'href="#([^"]+)"', page) == ["w1-a", "w2-a"]
    assert page.count('<svg class="fw-figure" viewBox') == 2


def test_a_shell_gets_its_own_room():
    page = "<h1>Title</h1>" + shell("01", PICTURE) + shell("02", PICTURE) + "<p>End</p>"
    full = furnished(page, "02", "<b>above</b>", "<i>below</i>")
    assert full.replace("<b>above</b>", "").replace("<i>below</i>", "") == page
    begin = full.index('data-model="02">')
    assert full[begin:].startswith('data-model="02"><b>above</b><div')
    assert full.endswith("</svg><i>below</i></div></div><p>End</p>")


def test_the_words_of_a_picture_are_found_and_exchanged(monkeypatch):
    picture = (
        '<svg><text x="1">loss &amp; more</text><text>7</text><text>z</text></svg>'
    )
    assert svg.said(picture) == ["loss & more"]
    assert svg.translated(picture) == picture, "English stays"
    monkeypatch.setattr(svg, "shown", {"loss & more": "<Verlust>"}.get)
    asked = '<svg><text x="1">loss &amp; more</text></svg>'
    assert svg.translated(asked) == '<svg><text x="1">&lt;Verlust&gt;</text></svg>'
