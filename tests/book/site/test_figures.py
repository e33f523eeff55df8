"""A figure can be seen in the dark, and its colours come with the book's style."""

import re

import pytest

from book.project import COURSE
from book.tools.drawings import draw
from helpers.plots import COLOURS
from tests.shared.built import site
from tests.shared.contrast import contrast
from tests.shared.toys import build_toy


def test_every_colour_of_the_figures_can_be_seen_in_the_dark():
    css = (COURSE.root / "helpers" / "live" / "palette.css").read_text("utf-8")
    dark = dict(re.findall(r"--fw-(\w+): (#\w{6});", css))
    assert dark.keys() == COLOURS.keys() - {"paper"}
    ground = "#14181e"  # the brightest ground of the theme's pages
    for name in dark.keys() - {"grid"}:
        least = 4.5 if name in ("ink", "muted") else 3
        assert contrast(dark[name], ground) > least, name


def test_the_dark_colours_of_figures_come_with_the_style_of_the_book():
    style = (site() / "_static" / "book.css").read_text(encoding="utf-8")
    palette = COURSE.root / "helpers" / "live" / "palette.css"
    assert palette.read_text(encoding="utf-8").strip() in style
    assert "{{" not in style and not (site() / "_static" / "palette.css").exists()


@pytest.mark.slow
def test_a_drawing_is_a_part_of_its_page(tmp_path):
    (tmp_path / "drawings").mkdir()
    (tmp_path / "drawings" / "fans.svg").write_text(draw("fans"))
    (tmp_path / "index.md").write_text("# One\n\n![Wires & units](drawings/fans.svg)\n")
    done = build_toy(tmp_path)
    assert done.returncode == 0, done.stderr
    html = (tmp_path / "html" / "index.html").read_text(encoding="utf-8")
    assert 'role="img" aria-label="Wires &amp; units"' in html
    assert "var(--fw-blue" in html and "<img" not in html
    (tmp_path / "index.md").write_text("# One\n\n![](drawings/fans.svg)\n")
    assert "this image has no description" in build_toy(tmp_path).stderr
