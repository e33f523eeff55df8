"""A chapter on its way to a slow phone: how many bytes, and how long.

The phone: processor 4 times slower than this machine's, 1.6 Mbit/s, 150 ms from a
request to its answer, nothing in its cache; HTTP/1.1, gzip.
"""

from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.browser import (
    CHAPTERS,
    HTML,
    SCREEN,
    chromium,
    compressed,
    served,
    slow_network,
    slow_processor,
)
from benchmarks.timing import Line, median

BYTES, SECONDS = 300_000, 2.4

# A figure is drawn in the frame after it has come to life.
WATCH = """
  new MutationObserver((_, observer) => {
    if (!document.querySelector(".live-on path[data-curve][d]")) return;
    observer.disconnect();
    performance.mark("live");
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => performance.mark("drawn");
      port2.postMessage("");
    });
  }).observe(document, { subtree: true, childList: true, attributes: true });
"""
TIMES = """() => {
  const one = (name) => performance.getEntriesByName(name)[0].startTime;
  const files = performance.getEntriesByType("resource");
  const last = (test) => Math.max(...files.filter(test).map((f) => f.responseEnd));
  const [page] = performance.getEntriesByType("navigation");
  return {
    "styles have come": last((f) => f.renderBlockingStatus === "blocking"),
    "widgets.js has come": last((f) => f.name.includes("widgets.js")),
    "first picture, still": one("first-contentful-paint"),
    "page has come": page.responseEnd,
    "figure is alive": one("live"),
    "first live figure drawn": Math.max(one("drawn"), one("first-contentful-paint")),
  };
}"""


def load(browser: Browser, address: str, wait: bool = False) -> tuple[dict, list[str]]:
    """One load of a chapter on the slow phone.

    Returns:
        When each thing happened, in ms after the start; and the paths requested.
    """
    context = browser.new_context(
        viewport=SCREEN, device_scale_factor=3, has_touch=True
    )
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script(WATCH)
    slow_processor(page)
    slow_network(page)
    page.goto(address, wait_until="load" if wait else "commit")
    for mark in ("drawn", "first-contentful-paint"):
        page.wait_for_function(f"performance.getEntriesByName('{mark}').length")
    times = page.evaluate(TIMES)
    context.close()
    return times, asked


def measure(quick: bool, folder: Path = HTML) -> Iterator[Line]:
    """The lines of this part."""
    with chromium() as browser, served(folder) as site:
        addresses = {name: f"{site}/chapters/{name}.html" for name in CHAPTERS}
        for name, address in addresses.items():
            _, asked = load(browser, address, wait=True)
            files = [url.removeprefix(f"{site}/").split("?")[0] for url in asked]
            paths = [folder / file for file in files if "blob:" not in file]
            size = sum(len(compressed(path)) for path in paths)
            what = f"page {name}, {len(paths)} files, theme and fonts included"
            goal = f"goal: {BYTES / 1000:.0f} kB"
            yield Line(what, f"{size / 1000:.0f} kB", goal, size / BYTES)
        loads: dict[str, list[dict]] = {name: [] for name in CHAPTERS}
        for _ in range(3 if quick else 9):
            for name, address in addresses.items():
                loads[name].append(load(browser, address)[0])
        for name, runs in loads.items():
            for what in runs[0]:
                seconds = median([run[what] for run in runs]) / 1000
                shown = f"{seconds:.2f} s"
                goal = f"goal: {SECONDS} s"
                yield Line(f"page {name}: {what}", shown, goal, seconds / SECONDS)
