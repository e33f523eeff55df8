"""A live figure in an open page, moved as a reader moves it."""

from playwright.sync_api import Page

LOOK = """key => {
  const figure = firstWeights.figures[key];
  const svg = [...figure.el.querySelectorAll(".fw-picture > svg")].find(
    (svg) => svg.getClientRects().length
  );
  const paths = {};
  for (const path of svg.querySelectorAll("[data-curve]"))
    (paths[path.dataset.curve] ??= []).push(
      [path.getAttribute("d"), getComputedStyle(path).fill]
    );
  return {
    numbers: figure.numbers(),
    setting: figure.setting(),
    paths,
    status: figure.el.closest(".live-shell").querySelector(".live-status").textContent,
    tick: figure.tick,
  };
}"""

# Its curves are loaded when it comes near. What is above it is as high as guessed until
# it is seen, so the first jump may lead elsewhere.
ALIVE = """key => {
  const { el, tick } = firstWeights.figures[key];
  const { top, bottom } = el.querySelector(".fw-picture").getBoundingClientRect();
  if (bottom < 0 || top > innerHeight) el.querySelector(".fw-picture").scrollIntoView();
  return tick >= 0;
}"""


class Shown:
    """A live figure in an open page, moved as a reader moves it."""

    def __init__(self, page: Page, key: str) -> None:
        self.page, self.key = page, key
        page.wait_for_function(
            "key => window.firstWeights?.figures?.[key]?.el.closest('.live-on')",
            arg=key,
        )
        page.wait_for_function(ALIVE, arg=key)
        model = page.evaluate(
            "key => firstWeights.figures[key].el.closest('.live-shell').dataset.model",
            key,
        )
        self.shell = page.locator(f'.live-shell[data-model="{model}"]')

    def look(self) -> dict:
        """The numbers, the setting, the drawn paths, the sentence, the time taken."""
        return self.page.evaluate(LOOK, self.key)

    def control(self, label: str):
        """A slider or menu by the words beside it."""
        return self.shell.get_by_label(label, exact=True)

    def place(self, label: str) -> int:
        """The position of a slider or menu, counted from 0."""
        return self.control(label).evaluate(
            "c => c.tagName === 'SELECT' ? c.selectedIndex : c.valueAsNumber"
        )

    def press(self, label: str, *keys: str) -> None:
        """Press keys on a slider; its table is there, so the figure follows at once."""
        self.control(label).focus()
        for key in keys:
            self.page.keyboard.press(key)

    def put(self, label: str, place: int) -> None:
        """Bring a slider to a position at once, as no reader can."""
        self.control(label).evaluate(
            "(c, place) => { c.value = place; c.dispatchEvent(new Event('input')) }",
            place,
        )

    def choose(self, label: str, place: int) -> None:
        """Choose from a menu, and wait for the curves."""
        if self.place(label) != place:
            self.then_new(lambda: self.control(label).select_option(index=place))

    def click(self, name: str) -> None:
        """Press one of the figure's buttons, and wait for the curves."""
        self.then_new(self.shell.get_by_role("button", name=name, exact=True).click)

    def then_new(self, act) -> None:
        """Wait until the figure shows other curves than before."""
        codes = "firstWeights.figures[key].codes"
        self.page.evaluate(f"key => {{ window.old = {codes} }}", self.key)
        act()
        self.page.wait_for_function(f"key => {codes} !== window.old", arg=self.key)
