"""A browser that shows the book, and what it shows compared with torch.

``differences`` moves every control of one live figure in an open page, by the keyboard,
and says in words where the numbers or the drawn lines are not what the chapter's own
code computes here and now.
"""

import contextlib
import dis
import gzip
import io
import math
import os
import re
import threading
from collections.abc import Callable, Iterator
from functools import cache, partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import CodeType
from typing import BinaryIO, NoReturn
from unittest.mock import patch
from urllib.parse import urlencode

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
import torch
from matplotlib.collections import QuadMesh
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from book.pdf import FLAGS, find_browser
from book.project import COURSE
from helpers.controls import is_menu, positions
from helpers.live import LiveFigure
from helpers.live.marks import marks_of

ROOT, HTML = COURSE.root, COURSE.html
# No other host can be reached, or even looked up.
ALONE = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
NEEDED = "FIRST_WEIGHTS_REQUIRE_BROWSER"
# What can change while a page is open: its window, and what its reader wishes
WISHES = {
    "viewport": {"width": 1280, "height": 720},
    "color_scheme": "light",
    "reduced_motion": "no-preference",
}
PACKED = {".html", ".css", ".js", ".svg", ".xml"}
TOOLS = ROOT / "tests" / "page" / "node_modules"


# The browser --------------------------------------------------------------------------


def do_without(why: str) -> NoReturn:
    """Skip the tests that need what is missing, or let them fail if they must run."""
    if os.environ.get(NEEDED) == "1":
        pytest.fail(f"{why}, but {NEEDED}=1 asks for it", pytrace=False)
    pytest.skip(why)


def chromium_path() -> str:
    """Where Chromium is."""
    path = find_browser()
    if path is None:
        do_without("no Chromium is installed, so nothing looked at the book in it")
    return path


def tool(name: str) -> Path:
    """A file of the tools that look at pages: tests/page/package.json names them."""
    if not (TOOLS / name).is_file():
        do_without(
            f"no {name.split('/')[0]}, which npm ci --prefix tests/page installs"
        )
    return TOOLS / name


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Headless Chromium; without one the tests are skipped, or fail if it is needed."""
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS + ALONE)
        try:
            yield browser
        finally:
            browser.close()


@cache
def packed(path: Path) -> bytes:
    """A file as web hosts send it."""
    return gzip.compress(path.read_bytes(), 6)


class Quiet(SimpleHTTPRequestHandler):
    """A web host: it shows the site's own page where there is none, and says nothing.

    What can be compressed is sent so, and a connection is used again.
    """

    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def send_head(self) -> BinaryIO | None:
        """Send what comes before a file; what comes after is in the answer."""
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        found = path.is_file()
        path = path if found else HTML / "404.html"
        accepted = self.headers.get("Accept-Encoding", "")
        is_packed = path.suffix in PACKED and "gzip" in accepted
        content = packed(path) if is_packed else path.read_bytes()
        self.send_response(HTTPStatus.OK if found else HTTPStatus.NOT_FOUND)
        self.send_header("Content-Type", self.guess_type(path))
        if is_packed:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return io.BytesIO(content)


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The site on this machine; the address ends with a slash."""
    handler = partial(Quiet, directory=HTML)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        running.daemon_threads = True
        # a browser that leaves a page hangs up; that is no news
        running.handle_error = lambda *_: None
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_port}/"
        finally:
            running.shutdown()
            thread.join()


class Watch:
    """What a browser complains of, and what it asks for, while pages are open."""

    def __init__(self, context: BrowserContext) -> None:
        self.forget()
        context.on("console", self._heard)
        context.on("weberror", lambda e: self.complaints.append(f"error: {e.error}"))
        context.on("request", lambda request: self.requests.append(request.url))

    def forget(self) -> None:
        """Start anew."""
        self.complaints: list[str] = []
        self.requests: list[str] = []

    def _heard(self, message) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")


# The theme hears of the colours that its reader likes in the next turn of its script.
FOLLOWS = """() => matchMedia("(prefers-color-scheme: dark)").matches ===
  (document.documentElement.dataset.theme === "dark")"""


class Tabs:
    """Opens pages of the site: ``show(name)``, with the options of a browser context.

    A new tab takes longer than a page: there is one for all that differs in what can
    change while a page is open.
    """

    def __init__(self, browser: Browser, base: str) -> None:
        self.browser, self.base = browser, base
        self.tabs: dict[str, Page] = {}

    def tab(self, use: str, options: dict) -> tuple[Page, Callable[[], None]]:
        """The tab for a use, and what gives it its size and its reader's wishes."""
        wishes = WISHES | {name: options.pop(name) for name in WISHES.keys() & options}
        key = f"{use} {options}"
        if key not in self.tabs:
            context = self.browser.new_context(**options)
            context.set_default_timeout(15_000)
            self.tabs[key] = context.new_page()
            self.tabs[key].watch = Watch(context)
        opened = self.tabs[key]

        def adapt() -> None:
            opened.set_viewport_size(wishes.pop("viewport"))
            opened.emulate_media(**wishes)

        return opened, adapt

    def look(self, name: str, use: str = "look", **options) -> Page:
        """A page for a test that leaves it as it is; it may have been open before.

        Tests that ask the same in several windows and colours open it once. Those that
        do change it, all in the same way, name a ``use`` of their own.
        """
        opened, adapt = self.tab(use, options)
        if opened.url != self.base + name:
            opened.watch.forget()
            opened.goto(self.base + name)
        adapt()
        opened.wait_for_function(FOLLOWS)
        return opened

    def __call__(
        self, name, query=None, *, base=None, change=None, blocked=None, **options
    ) -> Page:
        opened, adapt = self.tab("use", options)
        opened.goto("about:blank")
        adapt()
        opened.unroute_all()
        opened.watch.forget()
        if blocked:
            opened.route(blocked, lambda route: route.abort())
        if change:  # a copy of the page with something changed in it
            html = change((HTML / name).read_text(encoding="utf-8"))
            opened.route(
                re.compile(re.escape(name)),
                lambda route: route.fulfill(body=html, content_type="text/html"),
            )
        base = self.base if base is None else base
        opened.goto(base + name + (f"?{urlencode(query)}" if query else ""))
        return opened


# A live figure in a page --------------------------------------------------------------


LOOK = """key => {
  const figure = firstWeights.figures[key];
  const svg = figure.el.querySelector("svg");
  const paths = {};
  for (const path of svg.querySelectorAll("[data-curve]"))
    (paths[path.dataset.curve] ??= []).push(
      [path.getAttribute("d"), getComputedStyle(path).fill]
    );
  return {
    numbers: figure.numbers(),
    setting: figure.setting(),
    paths,
    status: figure.el.querySelector(".live-status").textContent,
    tick: figure.tick,
  };
}"""

# For each curve, the box of its axes, and the place and label of each tick.
AXES = """key => {
  const svg = firstWeights.figures[key].el.querySelector("svg");
  const label = (text) => {
    const parts = [...text.querySelectorAll("tspan")];
    const sizes = parts.map(part => parseFloat(getComputedStyle(part).fontSize));
    const of = (test) => parts.filter((_, i) => test(sizes[i])).map(p => p.textContent);
    const largest = Math.max(...sizes);
    return parts.length
      ? [of(size => size === largest).join(""), of(size => size < largest).join("")]
      : [text.textContent.trim(), ""];
  };
  const ticks = (axes, name) =>
    [...axes.querySelectorAll(`g[id*="${name}tick_"]`)]
      .filter(tick => tick.querySelector("text") && tick.querySelector("use"))
      .map(tick => [
        ...label(tick.querySelector("text")),
        +tick.querySelector("use").getAttribute(name),
      ]);
  const of = (path) => {
    const axes = path.closest('g[id*="axes_"]');
    const box = axes.querySelector(':scope > g[id*="patch_"] > path').getAttribute("d");
    return { box, x: ticks(axes, "x"), y: ticks(axes, "y") };
  };
  const paths = [...svg.querySelectorAll("[data-curve]")];
  return Object.fromEntries(paths.map(path => [path.dataset.curve, of(path)]));
}"""


class Shown:
    """A live figure in an open page, moved as a reader moves it."""

    def __init__(self, page: Page, key: str) -> None:
        self.page, self.key = page, key
        page.wait_for_function(
            "key => window.firstWeights?.figures?.[key]?.tick >= 0", arg=key
        )
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


# The same figure from the chapter -----------------------------------------------------


def chapter_figures(chapter: Path, keys: tuple[str, ...]) -> dict[str, LiveFigure]:
    """The live figures of a chapter by key: its cells run here and now.

    Torch computes in the chapter's precision, whatever other tests have set since.
    """
    made, precision = figures_made(chapter)
    torch.set_default_dtype(precision)
    assert made.keys() >= set(keys), f"{chapter} makes only {list(made)}"
    return made


@cache
def figures_made(chapter: Path) -> tuple[dict[str, LiveFigure], torch.dtype]:
    """What a chapter's live figures are, and the precision that it has set.

    Cells that none of these figures needs are left out: nbval runs them all. Torch and
    matplotlib stay as the chapter sets them.
    """
    made: dict[str, LiveFigure] = {}
    create = LiveFigure.__init__

    def remember(self: LiveFigure, *args, **options) -> None:
        create(self, *args, **options)
        made[self.spec.key] = self

    namespace = {"__name__": "__main__"}
    cells = nbformat.read(ROOT / chapter, as_version=4).cells
    sources = {cell.id: cell.source for cell in cells if cell.cell_type == "code"}
    shows = [cell.id for cell in cells if "LiveFigure(" in str(cell.get("outputs"))]
    folder = contextlib.chdir((ROOT / chapter).parent)
    with folder, patch.object(LiveFigure, "__init__", remember):
        for name in needed(sources, shows):
            exec(compile(sources[name], f"{chapter}, {name}", "exec"), namespace)
            plt.close("all")
    return made, torch.get_default_dtype()


def needed(sources: dict[str, str], wanted: list[str]) -> list[str]:
    """The cells that are wanted, and those before them that make what these use.

    The first one sets up what no name tells. A generator is made by its cell and by
    each that draws from it.
    """
    missing: set[str] = set()
    kept = []
    for cell, source in reversed(sources.items()):
        used, defined = names(compile(source, cell, "exec"))
        drawn = set(re.findall(r"generator=(\w+)", source))
        first = cell == next(iter(sources))
        if first or cell in wanted or (defined | drawn) & missing:
            missing = missing - defined | used
            kept.append(cell)
    return kept[::-1]


def names(code: CodeType) -> tuple[set[str], set[str]]:
    """The names that code takes from what ran before it, and those that it defines."""
    used, defined = set(), set()
    for step in dis.get_instructions(code):
        if step.opname == "LOAD_NAME" and step.argval not in defined:
            used.add(step.argval)
        elif step.opname == "LOAD_GLOBAL":  # in a function
            used.add(step.argval)
        elif step.opname == "STORE_NAME":
            defined.add(step.argval)
        elif isinstance(step.argval, CodeType):
            used |= names(step.argval)[0] - defined
    return used, defined


# Compared -----------------------------------------------------------------------------

# A box in a path: its left, its foot, its other height, its right.
BOX = r"M(-?[\d.]+) (-?[\d.]+)V(-?[\d.]+)H(-?[\d.]+)"


def differences(shown: Shown, figure: LiveFigure) -> list[str]:
    """Where a page shows something else than torch computes, in words.

    Every slider is moved to both ends and between them, every menu to each of its
    choices, the others staying where they were.
    """
    axes = shown.page.evaluate(AXES, shown.key)
    found = compare(shown, figure, axes)
    for name, control in figure.controls.items():
        label, home = control.description, shown.place(control.description)
        last = len(positions(control)) - 1
        if is_menu(control):
            moves = [partial(shown.choose, label, place) for place in range(last + 1)]
            wanted = list(range(last + 1))
            back = partial(shown.choose, label, home)
        else:
            # PageUp goes a tenth of the way, and at least one position
            half = ["PageUp"] * 5 if last >= 10 else ["ArrowRight"] * (last // 2)
            keys = [["Home"], half, ["End"]]
            moves = [partial(shown.press, label, *pressed) for pressed in keys]
            wanted = [0, None if last > 1 else 0, last]
            back = partial(shown.put, label, home)
        for move, place in zip(moves, wanted, strict=True):
            move()
            reached = shown.place(label)
            if reached != place and not (place is None and 0 < reached < last):
                found.append(f"{name}: position {reached} of {last}, not {place}")
            found += compare(shown, figure, axes)
        back()
    return found


def compare(shown: Shown, figure: LiveFigure, axes: dict) -> list[str]:
    """The differences at the setting that the page has now."""
    look = shown.look()
    for control in figure.controls.values():
        control.value = positions(control)[shown.place(control.description)]
    figure.view.seed = look["setting"].get("seed", figure.seed)
    at = ", ".join(f"{name} {value}" for name, value in look["setting"].items())
    found = []
    for name, control in figure.controls.items():
        said = look["setting"][name]
        value = control.label if is_menu(control) else pytest.approx(control.value)
        if said != value:
            found.append(f"{at}: {name} stands at {control.value}")
    fresh = {name: values.ravel() for name, values in figure.curves.items()}
    if list(fresh) != list(look["numbers"]):
        return [*found, f"{at}: curves {list(look['numbers'])}, not {list(fresh)}"]
    for curve in figure.view.spec["curves"]:
        name = curve["name"]
        wrong = unequal(np.array(look["numbers"][name], float), fresh[name], curve)
        if not wrong and curve["mark"] == "cells":
            with np.errstate(invalid="ignore"):  # matplotlib and infinite bars
                mesh = marks_of(figure.drawn())[name]
            wrong = miscoloured(look["paths"][name], mesh, curve, axes[name])
        elif not wrong:
            wrong = misdrawn(look["paths"][name], fresh[name], curve, axes[name])
        if wrong:
            found.append(f"{at}: {name} {wrong}")
    return found


def unequal(shown: np.ndarray, fresh: np.ndarray, curve: dict) -> str:
    """How two curves differ by more than half a quantum, or nothing."""
    if shown.shape != fresh.shape:
        return f"has {len(shown)} points, torch {len(fresh)}"
    kinds = kinds_of(fresh, curve)
    for i, kind in enumerate(kinds_of(shown, curve)):
        if kind != kinds[i]:
            return f"is {shown[i]} at point {i}, torch has {fresh[i]}"
    plain = [kind == "" for kind in kinds]
    codes = [
        (np.log10(values[plain]) if curve["log"] else values[plain]) / curve["quantum"]
        for values in (shown, fresh)
    ]
    far = np.abs(codes[0] - codes[1])
    if far.size and far.max() > 0.5 + 1e-6:
        i = np.flatnonzero(plain)[far.argmax()]
        return (
            f"is {shown[i]:.6g} at point {i}, torch has {fresh[i]:.6g}: "
            f"{far.max():.2f} quanta apart ({(far > 0.5 + 1e-6).sum()} such points)"
        )
    return ""


def kinds_of(values: np.ndarray, curve: dict) -> list[str]:
    """What each value is if it is not an ordinary number."""
    special = {math.inf: "inf", -math.inf: "-inf"} | (
        {0.0: "0"} if curve["log"] else {}
    )
    return [
        "nan" if math.isnan(value) else special.get(value, "")
        for value in values.tolist()
    ]


def misdrawn(paths: list, fresh: np.ndarray, curve: dict, axes: dict) -> str:
    """Where a path does not run through the values, as the labels of its axes tell."""
    [(d, _)] = paths
    if curve["mark"] == "bars":
        bars = np.array(re.findall(BOX, d), float).reshape(-1, 4)
        drawn = np.stack([(bars[:, 0] + bars[:, 3]) / 2, bars[:, 2]], 1)
    else:
        points = re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", d)
        drawn = np.array(points, float).reshape(-1, 2)
    box = np.array(re.findall(r"[ML] (\S+) (\S+)", axes["box"]), float)
    if axes["x"]:
        across, slope_x = scale(axes["x"], log=False)
    else:  # a mark on a colour bar, from one side of it to the other
        across, slope_x = box[:, 0].min(), np.ptp(box[:, 0])
    up, slope_y = scale(axes["y"], log=curve["log"])
    edges = box[:, 1]
    with np.errstate(divide="ignore"):
        values = np.log10(fresh) if curve["log"] else fresh
    x = across + slope_x * (curve["first"] + curve["step"] * np.arange(len(fresh)))
    y = np.clip(up + slope_y * values, edges.min(), edges.max())  # infinite: the edge
    there = ~np.isnan(fresh)
    if curve["mark"] == "bars":
        foot = edges.max() if curve["log"] else np.clip(up, edges.min(), edges.max())
        if np.abs(bars[:, 1] - foot).max(initial=0) > 0.02:
            return f"stands on {bars[:, 1]}, not on {foot:.2f}"
    if len(drawn) != there.sum():
        return f"is drawn with {len(drawn)} points, torch has {there.sum()}"
    # Half a quantum, and what is lost by writing two digits after the point.
    allowed = [0.02, 0.02 + abs(slope_y) * curve["quantum"] / 2]
    off = np.abs(drawn - np.stack([x, y], 1)[there]) - allowed
    if off.size and off.max() > 0:
        i = off.max(1).argmax()
        wanted = (float(x[there][i].round(2)), float(y[there][i].round(2)))
        return f"is drawn at {drawn[i]}, not at {wanted}"
    return ""


def miscoloured(paths: list, mesh: QuadMesh, curve: dict, axes: dict) -> str:
    """Which cell of a heat map has another place or colour than matplotlib gives it."""
    values = np.ma.getdata(mesh.get_array())
    across, slope_x = scale(axes["x"], log=False)
    up, slope_y = scale(axes["y"], log=False)
    corners = mesh.get_coordinates() * (slope_x, slope_y) + (across, up)
    centres = (corners[1:, 1:] + corners[:-1, :-1]) / 2
    cmap, norm = mesh.get_cmap(), mesh.norm
    drawn = np.zeros(values.shape, int)
    for d, fill in paths:
        found = np.array(re.findall(BOX, d), float).reshape(-1, 4)
        for x, below, y, beyond in found:
            off = np.abs(centres - ((x + beyond) / 2, (y + below) / 2)).max(-1)
            place = np.unravel_index(off.argmin(), off.shape)
            row, column = place
            wanted = corners[[row, row + 1], [column, column + 1]]
            if np.abs(wanted - [[x, below], [beyond, y]]).max() > 0.02:
                return f"has a cell from ({x}, {y}) to ({beyond}, {below})"
            drawn[place] += fill != "none"
            # A code is up to half a quantum off, and so is the end of the scale.
            ends = np.array([norm.vmin, norm.vmax])
            ends = np.log10(ends) if curve["log"] else ends
            slack = curve["quantum"] / np.ptp(ends)
            if not np.isfinite(values[place]) or (curve["log"] and not values[place]):
                kind = (
                    cmap.get_bad()
                    if np.isnan(values[place])
                    else (cmap.get_over() if values[place] > 0 else cmap.get_under())
                )
                allowed = [kind]
            else:
                near = norm(values[place]) + slack * np.linspace(-1, 1, 17)
                inside = 0 <= norm(values[place]) <= 1
                allowed = cmap(np.clip(near, 0, 1) if inside else near)
            rgb = [int(part) for part in re.findall(r"\d+", fill)]
            if fill != "none" and not any(
                np.abs(np.multiply(colour[:3], 255) - rgb).max() < 0.51
                for colour in allowed
            ):
                return f"is {fill} in cell {place}, whose value is {values[place]:.6g}"
    seen = ~np.isnan(values) | bool(cmap.get_bad()[3])
    if not np.array_equal(drawn, seen):
        return f"has {drawn.sum()} cells of a colour, not {seen.sum()}"
    return ""


def scale(ticks: list, log: bool) -> tuple[float, float]:
    """Where 0 lies on an axis, and how far it is to 1 (decades, if logarithmic).

    Raises:
        AssertionError: If the ticks do not tell, or not the same everywhere.
    """
    values = [number(large, small) for large, small, _ in ticks]
    values = [math.log10(value) for value in values] if log else values
    places = [place for *_, place in ticks]
    assert len(ticks) >= 2, "an axis needs two labelled ticks to be read"
    counted = range(len(ticks))  # what else the labels may name: place 0, 1, 2, ...
    for said in (values,) if log else (values, counted):
        slope, zero = np.polyfit(said, places, 1)
        if fits := np.allclose(np.polyval([slope, zero], said), places, atol=0.01):
            break
    assert fits, ticks
    return float(zero), float(slope)


def number(large: str, small: str) -> float:
    """A tick's label as a number: its text, and what is set small above it."""
    large, small = large.replace("−", "-"), small.replace("−", "-")
    if not small:
        return float(large)
    factor = re.fullmatch(r"(?:([\d.]+)\s*×\s*)?10", large.strip())
    return float(factor[1] or 1) * 10.0 ** int(small)
