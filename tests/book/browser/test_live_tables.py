"""Tables that are loaded on demand: late, never, or while another is chosen."""

from book.project import COURSE
from tests.shared.figured import (
    disagreements,
    each,
    figures,
    fresh,
    has_menu,
    presets_of,
    spec_of,
)
from tests.shared.shown import Shown

HTML = COURSE.html


def menu_of(name, key):
    """The first menu of a figure: its label, and a choice it does not have at first."""
    figure = fresh(name, key)
    menu = next(c for c in spec_of(name, key)["controls"] if "options" in c)
    home = menu["options"].index(figure.controls[menu["name"]].value)
    return menu["label"], [i for i in range(len(menu["options"])) if i != home]


def test_menus_work_in_a_book_that_is_opened_as_a_file(show):
    name, key = figures(has_menu)[0]
    shown = Shown(show(name, base=f"{HTML.as_uri()}/"), key)
    label, (place, *_) = menu_of(name, key)
    fresh(name, key).view.seed = spec_of(name, key)["seeds"][0]
    shown.choose(label, place)
    assert disagreements(shown, name, key) == []
    assert shown.page.watch.complaints == []


def test_curves_that_cannot_be_loaded_are_told_and_asked_for_again(show):
    name, key = figures(has_menu)[0]
    shown = Shown(show(name), key)
    label, (place, *_) = menu_of(name, key)
    home, before = shown.place(label), shown.look()
    shown.page.route("**/_live/*", lambda route: route.abort())
    shown.control(label).select_option(index=place)
    shown.shell.get_by_text("Sorry: these curves could not be loaded.").first.wait_for()
    assert shown.look()["paths"] == before["paths"], "the last true picture stays"
    shown.page.unroute("**/_live/*")
    shown.choose(label, home)
    shown.choose(label, place)
    assert disagreements(shown, name, key) == []


def test_curves_that_come_too_late_are_not_shown(show):
    # After five seconds the page asks again; what then answers the first question
    # belongs to a setting that the controls have left.
    name, key = figures(has_menu)[0]
    shown = Shown(show(name), key)
    label, (slow, quick, *_) = menu_of(name, key)
    held = []
    shown.page.route("**/_live/*", lambda route: held.append(route), times=1)
    shown.control(label).select_option(index=slow)
    shown.page.wait_for_timeout(5100)
    shown.choose(label, quick)
    (late,) = held
    with shown.page.expect_response("**/_live/*"):
        late.continue_()
    shown.page.wait_for_timeout(200)
    assert disagreements(shown, name, key) == []


# Collects the sentences under a figure, with the curves that they stand under.
COLLECT = """key => {
  const { el } = firstWeights.figures[key];
  window.collected = [];
  const status = el.querySelector(".live-status");
  new MutationObserver(() => window.collected.push([
    status.textContent,
    [...el.querySelectorAll("[data-curve]")].map(path => path.getAttribute("d")),
    Object.values(firstWeights.figures[key].setting()),
  ])).observe(status, { childList: true });
}"""


def test_a_sentence_is_about_the_curves_above_it(show):
    # A choice is made while the curves of the one before are still under way.
    name, key = figures(has_menu)[0]
    shown = Shown(show(name), key)
    label, (slow, last, *_) = menu_of(name, key)
    sentences = {}
    for place in (slow, last):
        shown.choose(label, place)
        sentences[place] = shown.look()["status"]
    assert sentences[slow] != sentences[last]
    shown = Shown(show(name), key)  # where nothing has been loaded yet
    held = []
    shown.page.route("**/_live/*", lambda route: held.append(route), times=1)
    shown.page.evaluate(COLLECT, key)
    shown.control(label).select_option(index=slow)
    shown.page.wait_for_timeout(100)
    shown.then_new(
        lambda: (shown.control(label).select_option(index=last), held[0].continue_())
    )
    shown.page.wait_for_function("collected.length === 2")
    (first, early, _), (second, late, _) = shown.page.evaluate("collected")
    assert first == sentences[slow] and early != late
    assert second == sentences[last]
    assert disagreements(shown, name, key) == []


def test_a_preset_that_moves_several_controls_is_drawn_once(show):
    for name, key, shown in each(show, lambda state: state["spec"]["presets"]):
        shown.page.evaluate(COLLECT, key)
        for label, _ in presets_of(name, key):
            shown.click(label)
            shown.page.wait_for_timeout(50)
            drawn = shown.page.evaluate("collected.splice(0).length")
            assert drawn == 1, f"{name}: {label}"
