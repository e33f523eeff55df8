"""Pictures as parts of a page: ids of their own, the theme's colours, words."""

import re

import matplotlib.pyplot as plt
import pytest

from helpers.live import svg
from helpers.live.marks import drawn
from helpers.live.svg import both_widths, furnished, inline, shell, shells
from tests.shared.cells import both, picture


def test_labels_replace_a_legend_and_no_id_is_there_twice():
    curves = both(depth=4, gain=1.0)
    figure = picture(curves, 4)
    svg = drawn(figure, curves, "wide").svg
    plt.close(figure)
    ids = re.findall(r'\bid="([^"]+)"', svg)
    assert len(set(ids)) == len(ids)
    assert "legend" not in svg, "its words stand beside the bars"
    assert re.search(r'<g data-frame="0" data-part="labels">\s*<text[^>]*>share<', svg)


SVG = """<?xml version="1.0"?><!DOCTYPE svg>
<svg width="360pt" height="180pt" viewBox="0 0 360 180" version="1.1">
<metadata><date>today</date></metadata>
<defs><style type="text/css">*{stroke-linejoin: round}</style></defs>
<defs><path id="m1" d="M0 0"/><clipPath id="p1"/></defs>
<g id="line"><path d="M0 0" clip-path="url(#p1)" style="stroke: #0072b2"/></g>
<use xlink:href="#m1" style="fill: #123456"/><text>layer</text></svg>"""


def test_a_figure_becomes_part_of_its_page():
    svg = inline(SVG, "fig3-", 'size < 1 & "small"')
    assert 'role="img" aria-label="size &lt; 1 &amp; &quot;small&quot;"' in svg
    assert 'id="fig3-p1"' in svg and "url(#fig3-p1)" in svg
    assert 'id="fig3-m1"' in svg and 'href="#fig3-m1"' in svg
    assert "line" not in svg.replace("linejoin", ""), "nothing asks for it by its id"
    assert "stroke: var(--fw-blue, #0072b2)" in svg
    assert "#123456" in svg, "a colour outside the palette stays"
    assert "max-width:480px" in svg
    assert "<text>layer</text>" in svg
    assert not any(word in svg for word in ("<style", "<metadata", "DOCTYPE", "pt"))


def test_an_id_that_two_axes_share_is_there_once():
    twice = SVG.replace("<use ", '<g id="m1"/><use ')
    assert inline(twice, "fig3-", "").count('id="fig3-m1"') == 1


def test_a_picture_without_a_size_is_named():
    with pytest.raises(ValueError, match="no viewBox"):
        inline("<svg><g/></svg>", "fig3-", "")


def test_alt_text_is_escaped():
    html = both_widths(["<svg viewBox='0 0 1 1'></svg>"] * 2, 'a < b & "c"')
    assert html.count('role="img" aria-label="a &lt; b &amp; &quot;c&quot;"') == 2
    assert html.count("<svg ") == 2 and "fw-wide" in html and "fw-narrow" in html


# Shells -------------------------------------------------------------------------------


SMALL = '<svg viewBox="0 0 9 9"><g id="a" clip-path="url(#b)"/><use href="#a"/></svg>'
PICTURE = both_widths([SMALL, SMALL], "small")


def test_pictures_of_two_shells_share_no_id():
    page = shell("01", PICTURE) + shell("02", PICTURE)
    assert shells(page) == ["01", "02"]
    names = [f"w{model}-{width}-" for model in (1, 2) for width in ("wide", "narrow")]
    assert re.findall(r'\bid="([^"]+)"', page) == [f"{name}a" for name in names]
    assert re.findall(r"url\(#([^)]+)\)", page) == [f"{name}b" for name in names]
    assert re.findall(r'href="#([^"]+)"', page) == [f"{name}a" for name in names]


def test_a_shell_gets_its_own_room():
    page = "<h1>Title</h1>" + shell("01", PICTURE) + shell("02", PICTURE) + "<p>End</p>"
    full = furnished(page, "02", "<b>above</b>", "<i>below</i>")
    assert full.replace("<b>above</b>", "").replace("<i>below</i>", "") == page
    begin = full.index('data-model="02">')
    start = 'data-model="02"><div class="live-figure"><b>above</b><div'
    assert full[begin:].startswith(start)
    assert full.endswith("</svg></div><i>below</i></div></div><p>End</p>")


def test_the_words_of_a_picture_are_found_and_exchanged(monkeypatch):
    picture = (
        '<svg><text x="1">loss &amp; more</text><text>7</text><text>z</text></svg>'
    )
    assert svg.said(picture) == ["loss & more"]
    assert svg.translated(picture) == picture, "English stays"
    monkeypatch.setattr(svg, "shown", {"loss & more": "<Verlust>"}.get)
    asked = '<svg><text x="1">loss &amp; more</text></svg>'
    assert svg.translated(asked) == '<svg><text x="1">&lt;Verlust&gt;</text></svg>'
