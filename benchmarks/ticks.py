"""One move of a slider in the built page: from the key to the changed picture.

Each slider of each live figure is walked by keyboard over all its positions, one after
another, and every move is timed twice: by the figure itself (``tick``) and from
outside, by a listener that hears the event first and an observer of the path.
"""

from collections.abc import Iterator

from playwright.sync_api import Page

from benchmarks.browser import CHAPTERS, SLOWER, chromium, served, slow_processor
from benchmarks.timing import Line, against_budget, median, p95

BUDGET = 4.0  # ms of script
FRAME = 1000 / 60  # ms between two pictures of a screen

WATCH = """() => {
  const moves = (window.moves = []);
  let move;
  addEventListener("input", (event) => {
    move = { began: performance.now(), queued: event.timeStamp };
    const mine = move;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        mine.frame = performance.now() - mine.began;
        moves.push(mine);
      };
      port2.postMessage("");
    });
  }, true);
  for (const figure of Object.values(firstWeights.figures))
    new MutationObserver(() => {
      if (!move || "outside" in move) return;
      move.outside = performance.now() - move.began;
      move.own = figure.tick;
    }).observe(figure.el, { subtree: true, attributeFilter: ["d"] });
}"""


def walk(page: Page, key: str) -> list[dict[str, float]]:
    """Move every slider of a figure from its first to its last position."""
    figure = f"firstWeights.figures.{key}"
    shell = page.evaluate_handle(f"{figure}.el.closest('.live-shell')").as_element()
    page.evaluate("moves.length = 0")
    for slider in shell.query_selector_all("input[type=range]"):
        slider.focus()
        home = slider.input_value()
        if home != "0":
            page.keyboard.press("Home")
            page.wait_for_timeout(50)
        for place in range(1, int(slider.get_attribute("max")) + 1):
            seen = page.evaluate("moves.length")
            page.keyboard.press("ArrowRight")
            page.wait_for_function("(n) => moves.length > n", arg=seen)
            if int(slider.input_value()) != place:
                raise RuntimeError(f"a slider of {key} did not move to {place}")
    return page.evaluate("moves")


def figures(page: Page, address: str) -> list[str]:
    """Open a chapter; the keys of its live figures, all alive."""
    page.goto(address)
    page.wait_for_function(
        "document.querySelectorAll('.live-shell:not(.live-on)').length === 0"
    )
    page.evaluate(WATCH)
    return page.evaluate("Object.keys(firstWeights.figures)")


def report(what: str, moves: list[dict[str, float]]) -> Iterator[Line]:
    """The lines of one figure."""
    # Where two positions show the same picture there is no change to see.
    seen = [move for move in moves if "outside" in move]
    own, outside = ([move[clock] for move in seen] for clock in ("own", "outside"))
    frames = [move["frame"] for move in moves]
    yield against_budget(f"{what}: its own clock, p95", p95(own), BUDGET)
    yield against_budget(f"{what}: script, p50", median(outside), BUDGET)
    yield against_budget(f"{what}: script, p95", p95(outside), BUDGET)
    yield against_budget(f"{what}: to the next frame, p95", p95(frames), FRAME)


def measure(quick: bool) -> Iterator[Line]:
    """The lines of this part."""
    walks = 1 if quick else 3
    with chromium() as browser, served() as site:
        for slower in (1, SLOWER):
            for name in CHAPTERS:
                page = browser.new_page()
                keys = figures(page, f"{site}/chapters/{name}.html")
                slow_processor(page, slower)
                for key in keys:
                    moves = [move for _ in range(walks) for move in walk(page, key)]
                    what = f"tick, {name[:2]} {key}"
                    if slower > 1:
                        what += f", processor / {slower}"
                    yield from report(what, moves)
                page.close()
