"""An activation of the reader's own, typed into a live figure of the built book."""

import math
import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from book.tools.picture import double_precision
from helpers.activations import unit_variance_gain
from helpers.fan import sizes
from helpers.meanfield import q_map, q_star
from tests.shared.barriers import VIEWS, violations
from tests.shared.built import HTML
from tests.shared.figured import figures
from tests.shared.shown import Shown

FANS = figures(
    lambda state: "forward_theory" in {c["name"] for c in state["spec"]["curves"]}
)
FANS = [(name, key) for name, key in FANS if key in ("start", "fan")]
[COBWEB] = figures(lambda state: state["spec"]["key"] == "cobweb")
SETTLED = """([key, words]) => {
  const shell = firstWeights.figures[key].el.closest(".live-shell");
  const said = shell.querySelectorAll(".live-own-note, .live-status");
  return [...said].some(({ textContent }) => textContent.includes(words));
}"""
GAIN = "Unit-variance gain"  # said of what has no fault
STALE = """key => {
  const { el } = firstWeights.figures[key];
  const pictures = [...el.querySelectorAll("svg.fw-figure")];
  return pictures.map((svg) => svg.classList.contains("live-stale"));
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
    says(shown, GAIN)
    loaded = [url for url in watch.requests if "/own/" in url]
    assert len(loaded) == 5 and all(url.startswith(show.base) for url in loaded)
    sizes = [path.stat().st_size for path in (HTML / "_static" / "own").iterdir()]
    assert sum(sizes) <= 38_000
    assert watch.complaints == []


def test_it_works_from_a_file(show):
    name, key = FANS[0]
    shown = chosen(show, name, key, base=f"{HTML.as_uri()}/")
    says(shown, GAIN)


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
        ("snake", GAIN),
        ("step", "It jumps at z = 0"),
        ("broken", "A ) is missing at the end."),
    ],
)
def test_each_example_answers_or_says_what_is_wrong(show, example, words):
    name, key = FANS[0]
    shown = chosen(show, name, key)
    says(shown, GAIN)
    shown.shell.get_by_label("example", exact=True).select_option(example)
    says(shown, words)
    wrong = "true" if example == "broken" else "false"
    assert field(shown).get_attribute("aria-invalid") == wrong
    assert shown.page.watch.complaints == []


def test_what_does_not_end_is_stopped_and_the_page_stays_awake(show):
    name, key = FANS[0]
    shown = Shown(show(name), key)
    shown.page.evaluate(
        "firstWeights.network = () => ({ WIDTH: 64, sizes() { for (;;); } })"
    )
    shown.control("activation").select_option("your own")
    says(shown, "took too long")
    shown.control("activation").select_option("relu")
    shown.page.wait_for_function(
        "key => !firstWeights.figures[key].el.textContent.includes('Sorry')", arg=key
    )


def test_reset_leaves_it(show):
    name, key = FANS[0]
    shown = chosen(show, name, key)
    says(shown, GAIN)
    shown.click("Reset")
    assert not field(shown).count()


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("name", "key"), [FANS[0], COBWEB])
def test_it_has_no_barrier(show, axe, name, key, view):
    shown = chosen(show, name, key, **VIEWS[view])
    says(shown, GAIN)
    shown.shell.locator(".live-own-cell > summary").click()
    found = violations(shown.page, axe)
    assert not found, "\n".join(found)
    field(shown).fill("z +")
    says(shown, "missing")
    found = violations(shown.page, axe)
    assert not found, "\n".join(found)
    assert shown.page.evaluate("innerWidth >= document.body.scrollWidth")


def test_it_is_used_by_keyboard_alone(show):
    name, key = FANS[0]
    shown = chosen(show, name, key)
    says(shown, GAIN)
    shown.control("activation").focus()
    shown.page.keyboard.press("Tab")
    shown.page.keyboard.press("ControlOrMeta+a")
    shown.page.keyboard.type("tanh(z)")
    says(shown, "critical gain 1.")
    shown.page.keyboard.press("Tab")
    shown.page.keyboard.press("ControlOrMeta+a")
    shown.page.keyboard.type("0.25")
    says(shown, "standard deviation is 0.25")
    for _ in range(2):  # the examples, the fold
        shown.page.keyboard.press("Tab")
    shown.page.keyboard.press("Enter")
    assert shown.shell.locator(".live-own-cell code").is_visible()
    spoken = shown.shell.get_by_role("status")
    shown.page.wait_for_function(
        "el => el.textContent.includes('your own')", arg=spoken.element_handle()
    )


# The cobweb ---------------------------------------------------------------------------

TYPED = {
    "tanh": "tanh(z)",
    "relu": "maximum(z, 0)",
    "silu": "z*sigmoid(z)",
    "gelu": "0.5*z*(1+erf(z/sqrt(2)))",
}


@pytest.mark.parametrize("activation", TYPED)
def test_the_cobweb_of_what_is_typed_is_that_of_its_name(show, activation):
    name, key = COBWEB
    shown = Shown(show(name), key)
    place = shown.control("activation").evaluate(
        "(menu, name) => [...menu.options].findIndex((o) => o.text === name)",
        activation,
    )
    shown.choose("activation", place)
    built_in = shown.look()["numbers"]
    shown.control("activation").select_option("your own")
    field(shown).fill(TYPED[activation])
    unit = unit_variance_gain(activation)
    says(shown, f"Unit-variance gain {float(f'{unit:.4g}'):g}")
    typed = shown.look()["numbers"]
    for curve, row in built_in.items():
        for here, there in zip(typed[curve], row, strict=True):
            # one code more or less
            assert here == pytest.approx(there, abs=0.0011, nan_ok=True), curve


@pytest.mark.parametrize("gain", [0.95, 1.05])
@pytest.mark.parametrize("activation", TYPED)
def test_fixed_points_are_said_as_the_helpers_have_them(show, activation, gain):
    name, key = COBWEB
    query = {f"{key}.gain": gain * unit_variance_gain(activation)}
    query |= {f"{key}.activation": "your own", f"{key}.own": TYPED[activation]}
    shown = Shown(show(name, query), key)
    says(shown, "Fixed point at q = 0")
    here = shown.look()["setting"]["gain"]
    status = shown.look()["status"]
    said = re.findall(r"Fixed point at q = ([\d.e−+]+), (\w+)", status)
    points = {float(q.replace("−", "-")): how for q, how in said}
    # from tiny sizes: down to 0, or up
    falls = q_map(activation, here, q=1e-6).item() < 1e-6
    assert points.pop(0) == ("stable" if falls else "unstable")
    rest = q_star(activation, here)
    if 0 < rest < math.inf:  # signals from 1 come to rest there
        [(q, how)] = points.items()
        assert (q, how) == (pytest.approx(rest, rel=1e-3), "stable")
    for q, how in points.items():
        assert q_map(activation, here, q=q).item() == pytest.approx(q, rel=2e-3)
        apart = q_map(activation, here, q=1.1 * q).item() / q
        assert how == ("stable" if apart < 1.1 else "unstable")


def test_at_its_own_gain_every_size_of_relu_stays(show):
    name, key = COBWEB
    query = {f"{key}.gain": 2**0.5} | {f"{key}.activation": "your own"}
    shown = Shown(show(name, query | {f"{key}.own": "relu(z)"}), key)
    says(shown, GAIN)
    at_root_two = abs(shown.look()["setting"]["gain"] - 2**0.5) < 1e-7
    assert at_root_two, "a preset leads there"
    says(shown, "Every size is a fixed point")


def test_what_overflows_says_from_where_on(show):
    shown = chosen(show, *COBWEB, "exp(z)")
    says(shown, "There is no fixed point. From q = ")
    assert shown.page.watch.complaints == []


# What is wrong, and what is old -------------------------------------------------------


@pytest.mark.parametrize(("name", "key"), [FANS[0], COBWEB])
def test_old_curves_are_pale_until_there_is_an_answer(show, name, key):
    shown = chosen(show, name, key)
    says(shown, GAIN)
    assert not any(shown.page.evaluate(STALE, key))
    field(shown).fill("z * (")
    says(shown, "The pale curves are those of before. Sorry: Something is missing")
    assert all(shown.page.evaluate(STALE, key))
    curve = shown.shell.locator("svg.fw-wide [data-curve]").first
    assert float(curve.evaluate("c => getComputedStyle(c).opacity")) < 0.5
    assert shown.shell.locator(".live-own-cell").is_hidden()
    field(shown).fill("z")
    says(shown, GAIN)
    assert not any(shown.page.evaluate(STALE, key))


# The scheme ---------------------------------------------------------------------------


def test_a_scheme_of_your_own_sets_the_weights(show):
    name, key = FANS[0]
    shown = chosen(show, name, key, "tanh(z)")
    says(shown, "standard deviation is 0.125")
    scheme = shown.control("weights’ std =")
    scheme.fill("gain * sqrt(3/(n_in+n_out))")
    says(shown, "standard deviation is 0.1531")
    look = shown.look()
    setting = look["setting"]
    with double_precision():
        expected = sizes(setting["depth"], 1.5**0.5 * setting["gain"], "tanh(z)")
    for curve, row in expected.items():
        assert look["numbers"][curve] == pytest.approx(row.tolist(), rel=0.012), curve
    shown.page.wait_for_url(lambda url: f"{key}.scheme=" in url)
    again = Shown(show(name, dict(parse_qsl(urlsplit(shown.page.url).query))), key)
    says(again, "standard deviation is 0.1531")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("-0.1", "A standard deviation is at least 0; this one is −0.1."),
        ("0 / 0", "This standard deviation is not a number."),
        ("1 / 0", "This standard deviation is infinite."),
        ("z", "There is no z here; there are pi, e, n_in"),
        ("", "Type a standard deviation"),
    ],
)
def test_a_wrong_scheme_is_said_at_its_field(show, text, words):
    shown = chosen(show, *FANS[0])
    says(shown, GAIN)
    scheme = shown.control("weights’ std =")
    scheme.fill(text)
    says(shown, words)
    assert scheme.get_attribute("aria-invalid") == "true"
    assert field(shown).get_attribute("aria-invalid") == "false"
    assert shown.page.watch.complaints == []


# As a notebook cell -------------------------------------------------------------------


@pytest.mark.parametrize(("name", "key"), [FANS[0], COBWEB])
def test_the_notebook_cell_computes_what_the_page_shows(show, name, key, capsys):
    shown = chosen(show, name, key, "z * tanh(softplus(z))")
    says(shown, "Unit-variance gain 1.487")
    shown.shell.locator(".live-own-cell > summary").click()
    python = shown.shell.locator(".live-own-cell code").inner_text()
    with double_precision():
        exec(python, {})
    printed = capsys.readouterr().out
    numbers = shown.look()["numbers"]
    if key == COBWEB[1]:
        assert "unit-variance gain: 1.4868" in printed
        [row] = re.findall(r"tensor\(\[([^]]*)\]", printed)
        layer = [float(word) for word in row.split(",")]
        assert layer == pytest.approx(numbers["one layer"][::25], abs=0.002)
    else:
        [signal] = re.findall(r"last layer: (\S+)", printed)
        [gradient] = re.findall(r"first layer: (\S+)", printed)
        assert float(signal) == pytest.approx(numbers["forward"][-1], rel=0.012)
        assert float(gradient) == pytest.approx(numbers["backward"][0], rel=0.012)


def test_the_notebook_cell_is_copied(show):
    shown = chosen(show, *FANS[0], permissions=["clipboard-read", "clipboard-write"])
    says(shown, GAIN)
    shown.shell.locator(".live-own-cell > summary").click()
    shown.shell.get_by_role("button", name="Copy", exact=True).click()
    shown.shell.get_by_role("button", name="Copied", exact=True).wait_for()
    copied = shown.page.evaluate("navigator.clipboard.readText()")
    assert copied == shown.shell.locator(".live-own-cell code").inner_text()
