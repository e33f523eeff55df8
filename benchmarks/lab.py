"""One move of a slider in JupyterLab: from the key to the changed picture.

A real JupyterLab in a real browser, once with the live figure of chapter 0 and once
with ``interact``; the same keys go to both, in turns.
"""

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from playwright.sync_api import Browser, Page

from benchmarks.browser import chromium
from benchmarks.timing import Line, NotHere, median, p95
from benchmarks.tutorial import LIVE, TUTORIAL, code_cells

# From the key until the frame that shows what has changed in the output.
WATCH = """(selector) => {
  window.moves = [];
  let began;
  addEventListener("keydown", () => (began = performance.now()), true);
  const output = document.querySelector(selector).closest(".jp-OutputArea");
  const seen = () => {
    if (!began) return;
    const mine = began;
    began = 0;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => moves.push(performance.now() - mine);
      port2.postMessage("");
    });
  };
  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      if (target.dataset?.curve) return seen();
      for (const node of addedNodes) {
        const image = node.querySelector?.("img") ?? (node.tagName === "IMG" && node);
        if (image) return image.decode().then(seen);
      }
    }
  }).observe(output, { subtree: true, childList: true, attributeFilter: ["d"] });
}"""


def notebook(path: Path, cells: list[str]) -> None:
    """Write a notebook with these cells, not yet run."""
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(code) for code in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(book, path)


@contextmanager
def jupyterlab(folder: Path) -> Iterator[str]:
    """The address of a JupyterLab that shows a folder, with settings of its own."""
    own = {f"JUPYTER_{n}_DIR": str(folder / n.lower()) for n in ("CONFIG", "RUNTIME")}
    own["JUPYTERLAB_SETTINGS_DIR"] = str(folder / "settings")
    own["JUPYTERLAB_WORKSPACES_DIR"] = str(folder / "workspaces")
    options = ["--no-browser", "--ServerApp.port=0", "--allow-root"]
    options += ["--ServerApp.disable_check_xsrf=True", "--ip=127.0.0.1"]
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "jupyterlab",
            *options,
            f"--ServerApp.root_dir={folder}",
        ],
        env=os.environ | own | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        said = ""
        while not (found := re.search(r"http://127\.0\.0\.1:\d+/lab\?token=\w+", said)):
            line = process.stderr.readline()
            if not line:
                raise NotHere(
                    "JupyterLab does not start; install it with: "
                    f"pip install jupyterlab\n{said}"
                )
            said += line
        # Or it would stop when nobody reads what it says.
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield found[0]
    finally:
        process.terminate()
        process.wait()


def opened(browser: Browser, address: str, name: str, picture: str) -> Page:
    """A notebook in a window of its own, run to its end, its depth slider in focus."""
    page = browser.new_context().new_page()
    page.goto(address.replace("/lab?", f"/lab/workspaces/{name}/tree/{name}.ipynb?"))
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=120_000)
    page.wait_for_selector("[data-status=idle]", timeout=120_000)
    page.get_by_text("Run", exact=True).first.click()
    page.get_by_text("Run All Cells", exact=True).click()
    page.wait_for_selector(picture, state="attached", timeout=60_000)
    page.wait_for_selector("[data-status=idle]", timeout=120_000)
    page.evaluate(WATCH, picture)
    page.focus(".widget-slider [role=slider] >> nth=0")
    page.keyboard.press("Home")
    page.wait_for_timeout(2000)
    page.evaluate("moves.length = 0")
    return page


def press(page: Page) -> float:
    """One step to the right; the ms until the picture had changed."""
    seen = page.evaluate("moves.length")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("(n) => moves.length > n", arg=seen)
    time.sleep(0.05)  # what else it has to do must not slow the other one down
    return page.evaluate("moves.at(-1)")


def measure(quick: bool) -> Iterator[Line]:
    """The lines of this part."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        notebook(Path(folder, "live.ipynb"), code_cells(LIVE, "fan("))
        notebook(Path(folder, "interact.ipynb"), [TUTORIAL])
        with jupyterlab(Path(folder)) as address:
            live = opened(browser, address, "live", ".live-figure path[data-curve]")
            interact = opened(browser, address, "interact", ".jp-OutputArea img")
            ours, theirs = [], []
            for _ in range(8 if quick else 45):
                ours.append(press(live))
                theirs.append(press(interact))
    for label, of in (("p50", median), ("p95", p95)):
        one, other = of(ours), of(theirs)
        what = f"JupyterLab, key to picture, live figure, {label}"
        yield Line(what, f"{one:.3g} ms", f"interact: {other:.3g} ms", one / other)
