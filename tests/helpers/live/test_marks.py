"""Bars and heat maps in a live figure lie and shine where matplotlib puts them.

The last part shows every kind of mark in a small page of its own, in a real browser.
"""

import base64
import io
import json
import re
import zlib

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import CenteredNorm, ListedColormap, LogNorm, to_rgba

from book.sources import ROOT
from book.widgets import STATE, shell
from helpers.controls import activation_menu, depth_slider, gain_slider, positions
from helpers.live import live
from helpers.plots import COLOURS, STYLE, themed
from helpers.traces import INFINITE, NOT_A_NUMBER, ZERO, marks_of, svg_of
from tests.helpers.test_live import read, saved
from tests.shared.browser import AXES, Shown, chromium, compare, differences

BOX = r"M(-?[\d.]+) (-?[\d.]+)V(-?[\d.]+)H(-?[\d.]+)V-?[\d.]+Z"
ASSETS, HELPERS = ROOT / "book" / "assets", ROOT / "helpers"
CENTRES = np.linspace(-1.75, 1.75, 8)


# A toy with bars on both kinds of axis, and cells on both kinds of scale --------------


def compute(depth, gain, activation="tanh", seed=0):
    noise = np.random.default_rng(seed).normal(size=(8, 7, 5))
    factor = gain * {"tanh": 0.9, "relu": 0.7}[activation]
    return {
        "share": np.exp(-((CENTRES / factor) ** 2)) + depth / 100,
        "size": factor ** np.arange(1, depth + 1.0),
        "change": np.tanh(noise[0] * factor),
        "kernel": factor ** (noise[1, :3] * depth),
    }


def picture(curves, depth, **_):
    figure, ((one, two), (three, four)) = plt.subplots(2, 2)
    blue, orange = COLOURS["blue"], COLOURS["orange"]
    one.bar(CENTRES, curves["share"], 0.45, gid="share", label="share", color=blue)
    one.set(ylim=(-0.1, 1.2), xlabel="z")
    one.legend()
    layers = np.arange(1, depth + 1)
    two.bar(layers, curves["size"], 0.8, gid="size", color=orange)
    two.set(yscale="log", xlim=(0, 13), ylim=(1e-4, 1e4), xlabel="layer")
    two.plot(layers, curves["size"], "o", gid="dots")
    three.pcolormesh(curves["change"], gid="change", cmap="PuOr", vmin=-1, vmax=1)
    norm = LogNorm(1e-3, 1e3)
    cells = four.pcolormesh(
        np.arange(6), [3, 2, 1, 0], curves["kernel"], gid="kernel", norm=norm
    )
    figure.colorbar(cells)
    return figure


def both(**setting):
    curves = compute(**setting)
    return curves | {"dots": curves["size"]}


def grid(depth, gain, activation, seed=0):
    table = [
        [both(depth=d, gain=g, activation=activation, seed=seed) for d in depth]
        for g in gain
    ]
    whole = {name: [[c[name] for c in row] for row in table] for name in table[0][0]}
    longest = [row[-1]["size"] for row in table]
    axes = ("gain", "depth")
    return {
        "share": (axes, whole["share"]),
        "size": (("gain",), longest),
        "change": (("gain",), [row[0] for row in whole["change"]]),
        "kernel": (axes, whole["kernel"]),
        "dots": (("gain",), longest),
    }


def toy(**changes):
    setup = {
        "compute": both,
        "picture": picture,
        "key": "toy",
        "seeds": (0, 4),
        "depth": depth_slider(3, max=12),
        "gain": gain_slider(1.0),
        "activation": activation_menu("tanh", ["tanh", "relu"]),
    } | changes
    return live(setup.pop("compute"), setup.pop("picture"), **setup)


@pytest.fixture
def in_book(monkeypatch):
    monkeypatch.setenv("FIRST_WEIGHTS_BOOK", "1")


def drawn(figure, curves):
    """The picture as svg_of moves it, by curve: its marks, traces and paths."""
    svg, traces = svg_of(figure, curves)
    found = {name: [] for name in curves}
    for path in re.findall(r"<path data-curve=[^>]*>", svg):
        about = dict(re.findall(r'([\w-]+)="([^"]*)"', path))
        fill = re.search(r"fill: ([^;]+)", about["style"])[1]
        found[about["data-curve"]].append((about["d"], fill))
    return marks_of(figure), traces, found


def boxes(d):
    """Left, right, foot and top of every box in a path, shape (boxes, 4)."""
    found = np.array(re.findall(BOX, d), float).reshape(-1, 4)
    return found[:, [0, 3, 1, 2]]


def height_of(figure):
    return figure.get_figheight() * 72


# Where and in what colour -------------------------------------------------------------


@pytest.mark.parametrize("constrained", [True, False])
@pytest.mark.parametrize("gain", [0.1, 0.6, 3.0])
def test_bars_lie_where_matplotlib_draws_them(constrained, gain):
    curves = both(depth=6, gain=gain)
    with plt.rc_context({"figure.constrained_layout.use": constrained}):
        figure = picture(curves, 6)
    marks, traces, found = drawn(figure, curves)
    for name in ("share", "size"):
        [(d, fill)] = found[name]
        ours = boxes(d)
        assert len(ours) == len(curves[name])
        for bar, (left, right, foot, top) in zip(
            marks[name].patches, ours, strict=True
        ):
            area = bar.axes.get_window_extent()
            box = bar.get_window_extent()  # through transData, in pixels
            x = np.array([box.x0, box.x1]) * 72 / figure.dpi
            y = np.clip([box.y0, box.y1], area.y0, area.y1) * 72 / figure.dpi
            half_a_quantum = abs(traces[name].y[1]) / 2 + 0.02
            assert np.abs(x - [left, right]).max() <= 0.01
            assert np.abs(height_of(figure) - y - [foot, top]).max() <= half_a_quantum
        assert fill == themed(COLOURS[{"share": "blue", "size": "orange"}[name]])
    plt.close(figure)


def test_bars_take_the_look_that_they_were_drawn_with():
    figure, ax = plt.subplots()
    ax.bar([0, 1], [1, 2], gid="a", color=COLOURS["green"], alpha=0.5)
    ax.bar([3, 4], [1, 2], gid="b", fc=COLOURS["gold"], ec=COLOURS["ink"], lw=2)
    curves = {"a": np.ones(2), "b": np.ones(2)}
    svg, _ = svg_of(figure, curves)
    plt.close(figure)
    a, b = re.findall(r'data-curve="\w" [^>]*style="([^"]*)"', svg)
    assert a == (
        f"fill: var(--fw-green, {COLOURS['green']}); stroke: none; fill-opacity: 0.5"
    )
    assert b == (
        f"fill: var(--fw-gold, {COLOURS['gold']}); "
        f"stroke: var(--fw-ink, {COLOURS['ink']}); stroke-width: 2; "
        "stroke-linejoin: miter"
    )


def test_bars_of_a_legend_stay_and_no_id_is_there_twice():
    curves = both(depth=4, gain=1.0)
    figure = picture(curves, 4)
    svg, _ = svg_of(figure, curves)
    plt.close(figure)
    ids = re.findall(r'\bid="([^"]+)"', svg)
    assert len(set(ids)) == len(ids)
    legend = svg[svg.index('id="legend_1"') :].split("data-curve")[0]
    assert "var(--fw-blue" in legend


@pytest.mark.parametrize("name", ["change", "kernel"])
@pytest.mark.parametrize("gain", [0.5, 1.0, 9.0])
def test_cells_lie_and_shine_as_matplotlib_draws_them(name, gain):
    curves = both(depth=6, gain=gain)
    stream = io.StringIO()
    with plt.rc_context(STYLE):
        figure = picture(curves, 6)
        figure.savefig(stream, format="svg")
    marks, traces, found = drawn(figure, curves)
    plt.close(figure)
    group = stream.getvalue().split(f'<g id="{name}">')[1].split("</g>")[0]
    theirs = re.findall(r'd="([^"]+)"', group)
    mesh, trace = marks[name], traces[name]
    ours = {}
    for d, fill in found[name]:
        for left, right, foot, top in boxes(d):
            ours[(left + right) / 2, (foot + top) / 2] = (left, right, foot, top), fill
    assert len(ours) == len(theirs) == curves[name].size
    values = curves[name].ravel()
    for value, path in zip(values, theirs, strict=True):
        corners = np.array(re.findall(r"[-\d.]+", path), float).reshape(-1, 2)
        (x0, y0), (x1, y1) = corners.min(0), corners.max(0)
        place = min(
            ours, key=lambda p: np.hypot(p[0] - (x0 + x1) / 2, p[1] - (y0 + y1) / 2)
        )
        (left, right, foot, top), fill = ours.pop(place)
        assert np.abs([left - x0, right - x1]).max() <= 0.01
        assert np.abs([max(foot, top) - y1, min(foot, top) - y0]).max() <= 0.01
        # Half a quantum of the value, and as much of the ends of the scale.
        share = mesh.norm(value)
        slack = 1 / (trace.high - trace.low)
        ends = np.clip([share - slack, share + slack], 0, 1)
        near = mesh.cmap(np.linspace(*ends, 9))[:, :3] * 255
        shown = np.array(re.findall(r"\d+", fill), float)
        assert np.abs(near - shown).max(1).min() <= 0.5


def test_a_colormap_of_few_colours_is_exact():
    colours = ["#112233", "#445566", "#778899"]
    cmap = ListedColormap(colours).with_extremes(
        under="#000001", over="#000002", bad="#000003"
    )
    figure, ax = plt.subplots()
    values = np.array([[0, 0.99, 1, 1.99, 2], [2.99, 3, -1, np.inf, np.nan]])
    ax.pcolormesh(values, cmap=cmap, vmin=0, vmax=3, gid="map")
    _, traces, found = drawn(figure, {"map": values})
    plt.close(figure)
    by_place = {}
    for d, fill in found["map"]:
        for left, _, foot, _ in boxes(d):
            by_place[-round(foot), round(left)] = fill
    shown = [by_place[place] for place in sorted(by_place)]
    wanted = cmap(np.ma.masked_invalid(values.ravel() / 3).filled(np.nan))
    wanted[8] = to_rgba("#000002")
    assert shown == [
        f"rgb({', '.join(str(round(part * 255)) for part in colour[:3])})"
        for colour in wanted
    ]
    assert traces["map"].columns == 5 and len(found["map"]) == 3 + 3


def test_what_is_no_ordinary_number_has_a_drawing_of_its_own():
    curves = both(depth=6, gain=1.0)
    figure = picture(curves, 6)
    _, traces, found = drawn(figure, curves)
    plt.close(figure)
    bars = traces["size"]
    (d,) = bars.paths(bars.encode(np.array([np.inf, np.nan, 0, 1e-9, 1e9, 1])))
    top, bottom = (bars.y[0] + edge * bars.y[1] for edge in (bars.high, bars.low))
    heights = boxes(d)
    assert np.abs(heights[:, 2] - bottom).max() <= 0.01
    assert np.allclose(heights[:4, 3], [top, bottom, bottom, top], atol=0.01)
    assert len(heights) == 5, "a bar that is not a number is left out"
    linear = traces["share"]
    (d,) = linear.paths(linear.encode(np.array([-np.inf, np.inf, -0.05, 0])))
    zero = linear.y[0]
    ends = [linear.y[0] + edge * linear.y[1] for edge in (linear.low, linear.high)]
    wanted = [*ends, zero - 0.05 / linear.quantum * linear.y[1], zero]
    assert np.abs(boxes(d)[:, 2] - zero).max() <= 0.01, "bars stand on 0"
    assert np.allclose(boxes(d)[:, 3], wanted, atol=0.01)

    cells = traces["kernel"]
    values = np.full((3, 5), 1.0)
    values[0, :4] = 0, np.inf, np.nan, 1e-4
    codes = cells.encode(values)
    assert codes[0, :3].tolist() == [ZERO, INFINITE, NOT_A_NUMBER]
    paths = cells.paths(codes)
    assert [len(boxes(d)) for d in paths[-3:]] == [2, 1, 1]
    assert "fill: none" in cells.styles[-1], "what is no number leaves the paper"
    lowest, highest = (cells.styles[i] for i in (0, -4))
    assert cells.styles[-3:-1] == (lowest, highest)


# Every position -----------------------------------------------------------------------


@pytest.mark.parametrize("batched", [grid, None])
def test_every_position_is_exact_to_half_a_quantum(in_book, batched):
    figure = toy(grid=batched)
    about = {curve["name"]: curve for curve in figure.view.spec["curves"]}
    assert [about[n]["mark"] for n in about] == [
        "bars",
        "bars",
        "cells",
        "cells",
        "dots",
    ]
    assert about["change"]["points"] == 35 and not about["change"]["layered"]
    compared = 0
    for i, activation in enumerate(("tanh", "relu")):
        for j, seed in enumerate((0, 4)):
            look = read(figure, f"{i}-{j}")
            for gain in positions(figure.controls["gain"])[::5]:
                for depth in positions(figure.controls["depth"]):
                    setting = {"depth": depth, "gain": gain, "activation": activation}
                    truth, codes = both(**setting, seed=seed), look(setting)
                    for name, values in truth.items():
                        curve = about[name]
                        plain = np.log10(values) if curve["log"] else values
                        error = codes[name] * curve["quantum"] - plain.ravel()
                        assert np.abs(error).max() <= curve["quantum"] / 2 * (1 + 1e-9)
                        compared += 1
    assert compared == 2 * 2 * 9 * 12 * 5


def test_the_grid_and_single_calls_give_the_same_tables(in_book):
    assert toy(grid=grid).view.tables == toy(grid=None).view.tables


def test_a_heat_map_of_a_thousand_cells_takes_little_of_a_page(in_book):
    def maps(gain):
        x = np.linspace(-1, 1, 32)
        return {"map": np.tanh(gain * np.add.outer(x, x)) ** 2}

    def draw(curves, gain):
        figure, ax = plt.subplots()
        ax.pcolormesh(curves["map"], gid="map", vmin=0, vmax=1)
        return figure

    figure = live(maps, draw, key="map", gain=gain_slider(1.0))
    (table,) = figure.view.tables.values()
    assert len(base64.b64decode(table)) < 1.5 * 41 * 32 * 32
    assert len(zlib.compress(figure.view.svg.encode())) < 12_000


def test_the_kernel_answers_with_cells_row_by_row():
    figure = toy(say={"kernel": ("kernel in the first cell of row 1", 5)})
    sent = []
    figure.view.send = lambda *answer: sent.append(answer)
    asked = {"depth": 5, "gain": 1.0, "activation": 1}
    figure._answer(None, {"from": "me", "setting": asked, "seed": 4}, [])
    message, [buffer] = sent[0]
    assert dict(message["sizes"]) == dict(share=8, size=5, change=35, kernel=15, dots=5)
    codes = np.frombuffer(buffer, dtype="<i4")[13 + 35 :][:15] / 200
    truth = both(depth=5, gain=1.0, activation="relu", seed=4)["kernel"]
    assert np.abs(codes - np.log10(truth).ravel()).max() <= 1 / 400
    assert repr(figure).endswith(
        f"row 1 {both(depth=3, gain=1.0)['kernel'][1, 0]:.3g})"
    )


# Bad input ----------------------------------------------------------------------------


def with_axes(draw, curve, compute=None):
    """A live figure of one curve that ``draw`` puts on given axes."""

    def picture(curves, depth):
        figure, ax = plt.subplots()
        draw(ax, curves["curve"])
        return figure

    def constant(depth):
        return {"curve": np.array(curve)}

    return live(compute or constant, picture, key="bad", depth=depth_slider(3, 6))


SQUARE = ((1.0, 2.0), (3.0, 4.0))


@pytest.mark.parametrize(
    ("draw", "curve", "words"),
    [
        (lambda ax, c: ax.bar([0, 1, 3], c, gid="curve"), 3, "evenly spaced x"),
        (lambda ax, c: ax.bar([1, 2], c[:2], gid="curve"), 3, "3 points, but 2 bars"),
        (
            lambda ax, c: ax.bar([1, 2, 3], c, [0.1, 0.2, 0.1], gid="curve"),
            3,
            "one width and colour",
        ),
        (
            lambda ax, c: ax.bar([1, 2, 3], c, color=["r", "g", "b"], gid="curve"),
            3,
            "one width and colour",
        ),
        (lambda ax, c: ax.bar([1, 2, 3], c, bottom=1, gid="curve"), 3, "upright on 0"),
        (lambda ax, c: ax.barh([1, 2, 3], c, gid="curve"), 3, "upright on 0"),
        (
            lambda ax, c: (ax.bar([1, 2, 3], c, gid="curve"), ax.set_xscale("log")),
            3,
            "evenly spaced x on a linear axis",
        ),
        (
            lambda ax, c: (ax.bar([1, 2, 3], c, gid="curve"), ax.set_yscale("symlog")),
            3,
            "got 'symlog'",
        ),
        (
            lambda ax, c: ax.scatter([1, 2, 3], c, gid="curve"),
            3,
            "line, bars or a heat",
        ),
        (lambda ax, c: ax.plot(c[0], gid="curve"), SQUARE, "drawn by pcolormesh"),
        (lambda ax, c: ax.bar([0, 1], c[0], gid="curve"), SQUARE, "by pcolormesh"),
        (
            lambda ax, c: ax.pcolormesh(c[:1], gid="curve"),
            SQUARE,
            r"shape \(2, 2\), its cells \(1, 2\)",
        ),
        (lambda ax, c: ax.pcolormesh([c], gid="curve"), 3, r"shape \(3,\), its cells"),
        (
            lambda ax, c: ax.pcolormesh(c, norm=CenteredNorm(), gid="curve"),
            SQUARE,
            "a Normalize or LogNorm .* got CenteredNorm",
        ),
        (
            lambda ax, c: ax.pcolormesh(c, vmin=1, vmax=1, gid="curve"),
            SQUARE,
            "vmin < vmax",
        ),
        (
            lambda ax, c: ax.pcolormesh([0, 1, 5], [0, 1, 2], c, gid="curve"),
            SQUARE,
            "all have one size",
        ),
        (
            lambda ax, c: ax.pcolormesh(c, shading="gouraud", gid="curve"),
            SQUARE,
            "flat, one number each",
        ),
        (
            lambda ax, c: ax.pcolormesh(c, rasterized=True, gid="curve"),
            SQUARE,
            "does not show its curves",
        ),
        (
            lambda ax, c: ax.bar([1, 2, 3], c, gid="curve", visible=False),
            3,
            "does not show its curves",
        ),
    ],
)
def test_what_cannot_be_moved_is_named(draw, curve, words):
    curve = (1.0, 2.0, 3.0) if curve == 3 else curve
    with pytest.raises(ValueError, match=words):
        with_axes(draw, curve)
    plt.close("all")


def test_a_heat_map_that_changes_its_shape_is_named(in_book):
    with pytest.raises(ValueError, match=r"had shape \(3, 2\) at first.*\(1, 2\)"):
        with_axes(
            lambda ax, c: ax.pcolormesh(c, vmin=0, vmax=1, gid="curve"),
            SQUARE,
            compute=lambda depth: {"curve": np.ones((depth, 2))},
        )
    plt.close("all")


def test_a_grid_of_the_wrong_shape_is_named(in_book):
    wrong = {"change": (("gain",), np.ones((41, 35)))}
    with pytest.raises(ValueError, match=r"must have shape \(41, 7, 5\)"):
        toy(grid=lambda **at: grid(**at) | wrong)


def test_a_negative_number_on_a_logarithmic_scale_is_named():
    with pytest.raises(ValueError, match="'curve' has the value -1, but its scale is"):
        with_axes(
            lambda ax, c: ax.pcolormesh(c, norm=LogNorm(1, 2), gid="curve"),
            ((1.0, -1.0), (1.0, 2.0)),
        )
    plt.close("all")


# In a page ----------------------------------------------------------------------------


def strange(depth, gain, activation="tanh", seed=0):
    """The toy's curves with numbers of every kind, which move with the depth."""
    curves = both(depth=depth, gain=gain, activation=activation, seed=seed)
    for name in ("share", "kernel", "size"):
        place = (depth - 1) % curves[name].size % 8
        curves[name].flat[place] = [0.0, np.inf, np.nan][depth % 3]
    curves["change"].flat[depth % 7 :: 7] = [np.nan, np.inf, -np.inf][depth % 3]
    return curves


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def opened(browser, in_book, tmp_path):
    """Opens a page that holds one live figure and little else."""
    contexts = []

    def open(figure, **options):
        widgets, [root] = saved(figure)
        html = figure._repr_mimebundle_()["text/html"]
        page = tmp_path / "page.html"
        state = json.dumps({"state": widgets}).replace("</", "<\\/")
        styles = [HELPERS / "live.css", ASSETS / "book.css", ASSETS / "widgets.css"]
        page.write_text(
            "<!doctype html><html data-theme='light'><meta charset='utf-8'>"
            "<meta name='viewport' content='width=device-width'>"
            + "".join(f"<style>{style.read_text()}</style>" for style in styles)
            + shell(root, html)
            + f'<script type="{STATE}">{state}</script>'
            + f"<script>{(ASSETS / 'widgets.js').read_text()}</script>",
            encoding="utf-8",
        )
        contexts.append(browser.new_context(**options))
        tab = contexts[-1].new_page()
        tab.goto(page.as_uri())
        return tab

    yield open
    for context in contexts:
        context.close()


def test_the_page_draws_what_python_draws_byte_for_byte(opened):
    figure = toy(compute=strange)
    shown = Shown(opened(figure), "toy")
    for label, keys in [
        ("depth", ["Home"]),
        *[("depth", ["ArrowRight"])] * 5,
        ("gain", ["Home"]),
        *[("gain", ["PageUp"])] * 9,
        ("gain", ["End"]),
    ]:
        shown.press(label, *keys)
        for control in figure.controls.values():
            control.value = positions(control)[shown.place(control.description)]
        paths = shown.look()["paths"]
        for name, values in figure.curves.items():
            trace = figure._traces[name]
            wanted = trace.paths(trace.encode(values))
            assert [d for d, _ in paths[name]] == wanted, (name, figure.setting)


def test_the_page_shows_what_matplotlib_would_draw(opened):
    for compute in (both, strange):
        figure = toy(compute=compute)
        assert differences(Shown(opened(figure), "toy"), figure) == []


def test_a_page_that_draws_something_else_is_found(opened):
    figure = toy()
    shown = Shown(opened(figure), "toy")
    spec = "firstWeights.figures.toy.el.querySelectorAll('[data-curve=\"{}\"]')"
    for name, change, words in [
        (
            "size",
            "p[0].setAttribute('d', p[0].getAttribute('d').replace('V', 'V1'))",
            "size is drawn at",
        ),
        ("kernel", "p.forEach(q => q.setAttribute('d', ''))", "kernel has 0 cells"),
        (
            "change",
            "p.forEach(q => { q.style.fill = 'rgb(1, 2, 3)' })",
            r"change is rgb\(1, 2, 3\)",
        ),
    ]:
        shown.put("depth", 1)
        shown.put("depth", 2)
        shown.page.evaluate(f"() => {{ const p = {spec.format(name)}; {change} }}")
        axes = shown.page.evaluate(AXES, "toy")
        found = compare(shown, figure, axes)
        assert len(found) == 1 and re.search(words, found[0]), found


def test_what_is_no_ordinary_number_is_said(opened):
    say = {
        "size": ("size at the last layer", -1),
        "change": ("change at the corner", -1),
        "kernel": ("kernel at the corner", 0),
    }
    figure = toy(compute=strange, say=say)
    shown = Shown(opened(figure), "toy")
    shown.put("depth", 4)
    status = shown.look()["status"]
    assert "Size at the last layer: not a number" in status
    assert "The size is not a number from layer 5." in status
    infinite = (figure._compute(depth=5, gain=1.0)["change"] == -np.inf).sum()
    assert infinite > 0
    assert "The kernel is not a number in 1 of 15 cells." in status
    shown.put("depth", 0)
    status = shown.look()["status"]
    assert "The size is infinite everywhere." in status
    assert "The change is infinite in 5 of 35 cells." in status
    assert "The kernel is infinite in 1 of 15 cells." in status


def test_without_javascript_and_in_forced_colours_the_marks_are_there(opened):
    still = opened(toy(), java_script_enabled=False)
    assert still.locator("[data-curve=share]").bounding_box()["height"] > 20
    assert still.locator("[data-curve=change]").count() == 256 + 3
    fills = """() => [...document.querySelectorAll("[data-curve]")]
      .map(path => getComputedStyle(path).fill)"""
    plain, forced, dark = (
        opened(toy(), **options)
        for options in ({}, {"forced_colors": "active"}, {"color_scheme": "dark"})
    )
    for page in (plain, forced, dark):
        Shown(page, "toy")
    dark.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert forced.evaluate(fills) == plain.evaluate(fills)
    light, night = (np.array(page.evaluate(fills)) for page in (plain, dark))
    bars = np.arange(len(light)) < 2
    assert np.array_equal(light != night, bars), "bars follow the theme, cells do not"
