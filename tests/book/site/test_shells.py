"""Live figures are in the pages of their chapters, and nothing of them elsewhere."""

import re

import nbformat

from book.project import COURSE
from book.site.shells import above, below
from helpers.live.contract import VIEW
from helpers.live.svg import furnished, shell
from tests.shared.built import STATE, html_pages, page, with_figures
from tests.shared.fetched import sources


def test_every_chapter_with_live_figures_stores_them():
    # Whichever chapters call live() or fan(): what they show must be in their pages.
    for chapter in COURSE.chapters():
        made = nbformat.read(COURSE.executed / chapter, as_version=4)
        shown = [
            output
            for cell in made.cells
            for output in cell.get("outputs", [])
            if VIEW in output.get("data", {})
        ]
        assert len(page(chapter.with_suffix(".html").as_posix()).figures) == len(shown)
    assert with_figures(), "no chapter has a live figure"


def own_pages():
    """The pages of the site but for the theme's templates and those of one figure."""
    others = ("_static/", "figures/")
    return [name for name in html_pages() if not name.startswith(others)]


def test_pages_without_live_figures_load_nothing_for_them():
    for name in set(own_pages()) - set(with_figures()):
        loaded = " ".join(url for part in page(name).elements for url in sources(*part))
        assert not re.search(r"widgets\.(js|css)|live\.css", loaded), name
        assert STATE not in page(name).texts


def test_room_is_kept_for_the_controls_of_a_figure_and_of_no_other():
    widgets = {
        "a": {"model_name": "VBoxModel", "state": {"children": ["IPY_MODEL_b"]}},
        "b": {"model_name": "IntSliderModel", "state": {}},
    }
    page = shell("0", "<div><svg>0</svg></div>") + shell("a", "<div><svg>a</svg></div>")
    room = above("a", widgets), below("a", widgets)
    before, own = furnished(page, "a", *room).split("<svg>a</svg>")
    assert before.startswith(shell("0", "<div><svg>0</svg></div>"))
    assert own.count('class="live-row"') == 1
    assert own.count("<noscript>") == 1 and own.endswith("</div>")
