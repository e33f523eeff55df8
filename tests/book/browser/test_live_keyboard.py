"""A live figure by keyboard alone, spoken, and at rest for those who ask for it."""

import pytest

from tests.shared.built import page
from tests.shared.contrast import contrast
from tests.shared.figured import FIGURED, presets_of, spec_of
from tests.shared.shown import Shown

FOCUS = """c => {
  const style = getComputedStyle(c);
  return {
    here: c === document.activeElement,
    seen: c.matches(":focus-visible") && style.outlineStyle !== "none",
    width: parseFloat(style.outlineWidth),
    colour: style.outlineColor,
    paper: getComputedStyle(document.body).backgroundColor,
  };
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", FIGURED)
def test_tab_goes_through_all_controls_and_shows_where_it_is(show, name, scheme):
    opened = show.look(name, color_scheme=scheme)
    opened.wait_for_selector("html.fw-live")
    for key in page(name).figures:
        shown = Shown(opened, key)
        controls = shown.shell.locator("input, select, button").all()
        spec = spec_of(name, key)
        draws = len(spec["seeds"]) > 1
        # Reset, Copy link
        parts = len(spec["controls"]) + len(spec["presets"]) + draws + 2
        assert len(controls) == parts
        controls[0].focus()
        opened.keyboard.press("Shift+Tab")
        for control in controls:
            opened.keyboard.press("Tab")
            focus = control.evaluate(FOCUS)
            assert focus["here"], f"{key}: Tab leaves out {control}"
            assert focus["seen"] and focus["width"] >= 2, focus
            assert contrast(focus["colour"], focus["paper"]) >= 3, focus
        opened.keyboard.press("Tab")
        assert not controls[-1].evaluate(FOCUS)["here"], "the figure holds the focus"


@pytest.mark.parametrize("name", FIGURED)
def test_keys_move_every_control_and_what_they_do_is_spoken(show, name):
    opened = show(name)
    opened.wait_for_selector("html.fw-live")
    for key in page(name).figures:
        shown, spec = Shown(opened, key), spec_of(name, key)
        spoken = shown.shell.get_by_role("status")
        for control in spec["controls"]:
            label, before = control["label"], shown.look()["setting"]
            box, place = shown.control(label), shown.place(label)
            box.focus()
            back = place > 0
            keys = ("ArrowUp", "ArrowDown") if is_select(box) else ("Home", "End")
            opened.keyboard.press(keys[0] if back else keys[1])
            opened.wait_for_function(
                "([key, name, old]) =>"
                " firstWeights.figures[key].setting()[name] !== old",
                arg=[key, control["name"], before[control["name"]]],
            )
            if not is_select(box):
                value = box.get_attribute("aria-valuetext")
                output = shown.shell.locator(f"output[for={box.get_attribute('id')}]")
                assert value == output.text_content()
                assert float(value) == pytest.approx(
                    shown.look()["setting"][control["name"]], rel=0.01
                )
        options = {c["name"]: c.get("options") for c in spec["controls"]}
        for i, (label, part) in enumerate(spec["presets"]):
            shown.shell.get_by_role("button", name=label, exact=True).focus()
            opened.keyboard.press(["Enter", "Space"][i % 2])
            setting = shown.look()["setting"]
            for control, (_, value) in part.items():
                menu = options[control]
                assert setting[control] == (
                    menu[value] if menu else pytest.approx(value)
                ), f"{key}: {label}"
        # What the eye reads is spoken, once it rests, with every control's name.
        opened.wait_for_function(
            """([box, key]) => {
              const card = firstWeights.figures[key].el.closest(".live-shell");
              const said = card.querySelector(".live-status").textContent;
              return said && box.textContent.endsWith(said);
            }""",
            arg=[spoken.element_handle(), key],
        )
        said = spoken.text_content().lower()
        assert all(control["label"].lower() in said for control in spec["controls"])
        assert said.count(".") >= 1


def is_select(box):
    return box.evaluate("c => c.tagName") == "SELECT"


@pytest.mark.parametrize("name", FIGURED)
def test_nothing_moves_by_itself_for_those_who_ask_for_less_motion(show, name):
    opened = show(name, reduced_motion="reduce")
    opened.wait_for_selector("html.fw-live")
    opened.evaluate(
        "for (const fold of document.querySelectorAll('details')) fold.open = true"
    )
    for key in page(name).figures:
        for label, _ in presets_of(name, key)[:1]:
            Shown(opened, key).click(label)
    assert opened.evaluate("document.getAnimations().length") == 0
    moving = opened.evaluate(
        """() => [...document.querySelectorAll("*")].filter((element) => {
          const style = getComputedStyle(element);
          return style.animationName !== "none" || style.scrollBehavior === "smooth" ||
            !/^(none|(all )?0s.*)$/.test(style.transition) &&
            parseFloat(style.transitionDuration) > 0;
        }).map((element) => element.outerHTML.slice(0, 80))"""
    )
    assert moving == []
