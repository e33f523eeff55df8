"""A figure is a part of its page, and can be seen in the dark."""

import re

from book.project import COURSE
from book.site.figures import inline
from helpers.plots import COLOURS
from tests.shared.contrast import contrast

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


def test_every_colour_of_the_figures_can_be_seen_in_the_dark():
    css = (COURSE.root / "book" / "assets" / "book.css").read_text(encoding="utf-8")
    dark = dict(re.findall(r"--fw-(\w+): (#\w{6});", css))
    assert dark.keys() == COLOURS.keys() - {"paper"}
    ground = "#14181e"  # the brightest ground of the theme's pages
    for name in dark.keys() - {"grid"}:
        least = 4.5 if name in ("ink", "muted") else 3
        assert contrast(dark[name], ground) > least, name
