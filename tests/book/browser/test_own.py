"""An activation of the reader's own, typed into a live figure of the built book."""

import pytest

from tests.shared.barriers import VIEWS, violations
from tests.shared.built import HTML
from tests.shared.figured import figures
from tests.shared.shown import Shown

FANS = figures(
    lambda state: "forward_theory" in {c["name"] for c in state["spec"]["curves"]}
)
FANS = [(name, key) for name, key in FANS if key in ("start", "fan")]
SETTLED = """([key, words]) => {
  const { el } = firstWeights.figures[key];
  const shell = el.closest(".live-shell");
  return shell.querySelector(".live-own-note")?.textContent.includes(words);
}"""


def chosen(show, name, key, text=None, **options):
    """A figure with an own activation; ``text`` comes with the address."""
    query = {f"{key}.activation": "your own"} | ({f"{key}.own": text} if text else {})
    return Shown(show(name, query, **options), key)


def says(shown, words):
    shown.page.wait_for_function(SETTLED, arg=[shown.key, words])


def field(shown):
    return shown.shell.get_by_label("φ(z) =")


@pytest.mark.parametrize(("name", "key"), FANS)
def test_typing_a_built_in_activation_draws_what_the_menu_draws(show, name, key):
    shown = Shown(show(name), key)
    shown.control("activation").select_option("silu")
    shown.page.wait_for_function(
        "key => firstWeights.figures[key].setting().activation === 'silu'", arg=key
    )
    shown.page.wait_for_timeout(500)
    built_in = shown.look()["numbers"]
    shown.control("activation").select_option("your own")
    field(shown).fill("z * sigmoid(z)")
    says(shown, "Unit-variance gain 1.677; no critical gain without biases.")
    own = shown.look()["numbers"]
    for curve, row in built_in.items():
        # one code more or less, where a number lies between two of them
        assert own[curve] == pytest.approx(row, rel=0.012), curve


def test_nothing_of_it_is_loaded_before_it_is_chosen_and_then_little(show):
    name, key = FANS[0]
    shown = Shown(show(name), key)
    watch = shown.page.watch
    assert not [url for url in watch.requests if "/own/" in url]
    shown.control("activation").select_option("your own")
    says(shown, "gain")
    loaded = [url for url in watch.requests if "/own/" in url]
    assert len(loaded) == 4 and all(url.startswith(show.base) for url in loaded)
    sizes = [path.stat().st_size for path in (HTML / "_static" / "own").iterdir()]
    assert sum(sizes) <= 32_000
    assert watch.complaints == []


def test_it_works_from_a_file(show):
    name, key = FANS[0]
    shown = chosen(show, name, key, base=f"{HTML.as_uri()}/")
    says(shown, "gain")


def test_the_address_keeps_what_was_typed(show):
    name, key = FANS[0]
    shown = chosen(show, name, key, "relu(z) - 0.4")
    says(shown, "Unit-variance gain")
    assert field(shown).input_value() == "relu(z) - 0.4"
    field(shown).fill("sin(z)")
    shown.page.wait_for_url(lambda url: f"{key}.own=sin%28z%29" in url)
    shown.control("activation").select_option("relu")
    shown.page.wait_for_url(lambda url: ".own=" not in url)
    assert not field(shown).count()


@pytest.mark.parametrize(
    ("example", "words"),
    [
        ("Mish", "Unit-variance gain 1.487; no critical gain without biases."),
        ("squared relu", "no critical gain"),
        ("snake", "gain"),
        ("step", "It jumps at z = 0"),
        ("broken", "A ) is missing at the end."),
    ],
)
def test_each_example_answers_or_says_what_is_wrong(show, example, words):
    name, key = FANS[0]
    shown = chosen(show, name, key)
    says(shown, "gain")
    shown.shell.get_by_label("example", exact=True).select_option(example)
    says(shown, words)
    wrong = "true" if example == "broken" else "false"
    assert field(shown).get_attribute("aria-invalid") == wrong
    assert shown.page.watch.complaints == []


def test_what_does_not_end_is_stopped_and_the_page_stays_awake(show):
    name, key = FANS[0]
    shown = Shown(show(name), key)
    shown.page.evaluate("firstWeights.network = () => ({ sizes() { for (;;); } })")
    shown.control("activation").select_option("your own")
    says(shown, "more than a second")
    shown.control("activation").select_option("relu")
    shown.page.wait_for_function(
        "key => !firstWeights.figures[key].el.textContent.includes('Sorry')", arg=key
    )


def test_reset_leaves_it(show):
    name, key = FANS[0]
    shown = chosen(show, name, key)
    says(shown, "gain")
    shown.click("Reset")
    assert not field(shown).count()


@pytest.mark.parametrize("view", VIEWS)
def test_it_has_no_barrier(show, axe, view):
    name, key = FANS[0]
    shown = chosen(show, name, key, **VIEWS[view])
    says(shown, "gain")
    found = violations(shown.page, axe)
    assert not found, "\n".join(found)


def test_it_is_used_by_keyboard_alone(show):
    name, key = FANS[0]
    shown = chosen(show, name, key)
    says(shown, "gain")
    shown.control("activation").focus()
    shown.page.keyboard.press("Tab")
    shown.page.keyboard.press("ControlOrMeta+a")
    shown.page.keyboard.type("tanh(z)")
    says(shown, "critical gain 1.")
    spoken = shown.shell.get_by_role("status")
    shown.page.wait_for_function(
        "el => el.textContent.includes('your own')", arg=spoken.element_handle()
    )
