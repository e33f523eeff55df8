"""What a reader has read and opened is kept in the browser, and can be forgotten."""

import json
import re

import pytest

from tests.shared.built import CONTENT, page

CHAPTERS = [name for name in CONTENT if re.match(r"chapters/\d\d_", name)]
NAME = CHAPTERS[1]
KEPT = "() => JSON.parse(localStorage.getItem('first-weights'))"
# Some browsers refuse storage to files and in private windows.
REFUSED = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("refused", "SecurityError"); },
});"""


@pytest.fixture
def reader(browser, server):
    """A reader who has been nowhere yet."""
    context = browser.new_context()
    errors = []
    context.on("weberror", lambda error: errors.append(error.error.stack or ""))

    def go(name):
        tab = context.new_page()
        tab.goto(f"{server}/{name}")
        tab.locator(".fold-switch, .progress-note").first.wait_for(state="attached")
        return tab

    go.context = context
    yield go
    context.close()
    # the theme's own scripts fail where storage is refused; ours must not
    assert not [stack for stack in errors if "progress.js" in stack]


def marked(tab):
    """The chapters with a mark in the sidebar, as they are read out."""
    links = tab.locator("nav.bd-links a:has(.read-mark)")
    return [text.strip() for text in links.all_text_contents()]


def finish(tab):
    """Read a chapter to its end."""
    tab.locator(".prev-next-area").scroll_into_view_if_needed()
    tab.locator(".about-chapter .read-mark").wait_for()


def test_a_chapter_is_read_when_its_end_was_on_the_screen(reader):
    tab = reader(NAME)
    assert tab.evaluate(KEPT) is None and marked(tab) == []
    finish(tab)
    assert tab.evaluate(KEPT)["read"] == [NAME.removesuffix(".html")]
    elsewhere = reader(CHAPTERS[4])
    assert [re.sub(r"\s+", " ", text) for text in marked(elsewhere)] == [
        "1 Vanishing gradients ✓ read"
    ]
    assert elsewhere.locator(".about-chapter .read-mark").count() == 0
    home = reader(CONTENT[0])
    assert home.locator(".cards .read-mark").count() == 1
    notes = home.locator(".progress-note").all_text_contents()
    assert all(text.startswith(f"1 of {len(CHAPTERS)} chapters") for text in notes)


def test_all_of_it_is_forgotten_by_one_button_that_keys_reach(reader):
    finish(reader(NAME))
    tab = reader(CONTENT[0])
    button = tab.locator("article").get_by_role("button", name="Forget it")
    button.focus()
    tab.keyboard.press("Enter")
    kept = tab.evaluate(KEPT)
    assert kept["read"] == [] and kept["answers"] == {} and kept["folds"] is False
    assert marked(tab) == [] and not button.is_visible()
    focused = tab.evaluate("document.activeElement.textContent")
    assert focused.startswith("Forgotten")


def test_opened_answers_are_open_again_and_no_others(reader):
    tab = reader(NAME)
    tab.locator("details.answer").nth(2).locator("summary").click()
    tab.wait_for_function("localStorage.getItem('first-weights')")
    again = reader(NAME)
    count = again.locator("details.answer").count()
    assert again.locator("details.answer[open]").count() == 1
    assert again.locator("details.answer").nth(2).get_attribute("open") is not None
    # of another quiz, one does not know which they were
    again.evaluate(
        """of => { const kept = JSON.parse(localStorage.getItem("first-weights"));
        Object.values(kept.answers)[0].of = of;
        localStorage.setItem("first-weights", JSON.stringify(kept)); }""",
        count + 1,
    )
    assert reader(NAME).locator("details.answer[open]").count() == 0


def test_one_switch_opens_and_closes_all_tests_and_code(reader):
    tab = reader(NAME)
    switch = tab.get_by_role("button", name="Show all tests and code")
    folds = "details.fold:not(.solution)"
    count = tab.locator(folds).count()
    assert count > 10 and switch.get_attribute("aria-pressed") == "false"
    switch.focus()
    tab.keyboard.press("Space")
    assert tab.locator(f"{folds}[open]").count() == count
    assert tab.locator("details.solution[open]").count() == 0
    assert switch.get_attribute("aria-pressed") == "true"
    again = reader(NAME)  # it is remembered
    switch = again.get_by_role("button", name="Show all tests and code")
    assert again.locator(f"{folds}[open]").count() == count
    again.locator(f"{folds} > summary").first.click()  # now not all are open
    again.wait_for_function(
        "document.querySelector('.fold-switch').ariaPressed === 'false'"
    )
    switch.click()
    switch.click()
    assert again.locator(f"{folds}[open]").count() == 0


@pytest.mark.parametrize(
    "broken", ["{", "null", "7", json.dumps({"version": 99, "read": "x"})]
)
def test_what_it_cannot_read_is_as_if_there_were_nothing(reader, broken):
    tab = reader(NAME)
    tab.evaluate("text => localStorage.setItem('first-weights', text)", broken)
    tab = reader(NAME)
    assert marked(tab) == []
    finish(tab)
    assert tab.evaluate(KEPT)["read"] == [NAME.removesuffix(".html")]


def test_where_storage_is_refused_it_lasts_as_long_as_the_page(reader):
    reader.context.add_init_script(REFUSED)
    tab = reader(NAME)
    finish(tab)
    tab.get_by_role("button", name="Show all tests and code").click()
    assert len(marked(tab)) == 1
    assert marked(reader(NAME)) == []


def test_without_scripts_a_page_has_neither_switch_nor_button():
    for name in (NAME, CONTENT[0]):
        buttons = [has.get("class", "") for has in page(name).all("button")]
        assert not [kinds for kinds in buttons if "quiet-button" in kinds]
