"""The live figures of the built book, as the tests in a browser go through them."""

import json
from itertools import groupby
from operator import itemgetter

from book.project import COURSE
from book.site.state import target
from tests.shared.built import CONTENT, STATE, notebook_of, page, with_figures
from tests.shared.compared import compare
from tests.shared.made import chapter_figures
from tests.shared.shown import Shown

PHONE = {"width": 390, "height": 844}
CHAPTERS = [chapter.with_suffix(".html").as_posix() for chapter in COURSE.chapters()]
FIGURED = [CONTENT[0], *CHAPTERS]


def figures(wanted=lambda state: True):
    """Page and key of every live figure, or of those that are wanted; at least one."""
    found = [
        (name, key)
        for name in with_figures()
        for key, state in page(name).figures.items()
        if wanted(state)
    ]
    assert found, "no live figure of the book can show this"
    return found


def each(show, wanted=lambda state: True):
    """Page, key and live figure of all that are wanted; a page is opened once."""
    for name, found in groupby(figures(wanted), key=itemgetter(0)):
        opened = show(name)
        for _, key in found:
            yield name, key, Shown(opened, key)


def fresh(name, key):
    """The same figure from the chapter's own code, computed here and now."""
    return chapter_figures(notebook_of(name), tuple(page(name).figures))[key]


def spec_of(name, key):
    return page(name).figures[key]["spec"]


def presets_of(name, key):
    """The presets, the one that the page shows at first last: each moves something."""
    widgets = page(name).widgets  # read from the page at each call
    controls = page(name).figures[key]["controls"]

    def is_there(preset):
        _, part = preset
        for control, (trait, value) in part.items():
            saved = widgets[target(controls[control])]
            if saved["state"][trait] != value:
                return False
        return True

    return sorted(spec_of(name, key)["presets"], key=is_there)


def disagreements(shown, name, key):
    """Where the page, as it stands, differs from torch."""
    return compare(shown, fresh(name, key))


def inline_state(html, change):
    """A page with changes in its saved widgets; ``change`` gets the figures' states."""
    start = html.index(">", html.index(f'type="{STATE}"')) + 1
    end = html.index("</script>", start)
    saved = json.loads(html[start:end])
    change(
        {
            widget["state"]["spec"]["key"]: widget["state"]
            for widget in saved["state"].values()
            if "spec" in widget["state"]
        }
    )
    return html[:start] + json.dumps(saved).replace("</", "<\\/") + html[end:]


def has_slider(state):
    return any("options" not in control for control in state["spec"]["controls"])


def has_menu(state):
    """Whether it has a menu, each of whose choices is a table for its sliders."""
    menus = ["options" in control for control in state["spec"]["controls"]]
    return any(menus) and has_slider(state)
