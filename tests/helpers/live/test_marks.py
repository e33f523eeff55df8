"""Lines, bars and cells in a live figure lie and shine where matplotlib puts them."""

import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import CenteredNorm, ListedColormap, LogNorm, to_rgba

from helpers.controls import depth_slider
from helpers.live import live
from helpers.live import marks as reading
from helpers.live.marks import marks_of
from helpers.live.svg import themed
from helpers.plots import COLOURS, STYLE
from tests.shared import lines
from tests.shared.cells import both, boxes, picture


def drawn(figure, curves):
    """The picture as svg_of moves it, by curve: its marks, traces and paths."""
    read = reading.drawn(figure, curves, "wide")
    found = {name: [] for name in curves}
    for path in re.findall(r"<path data-curve=[^>]*>", read.svg):
        about = dict(re.findall(r'([\w-]+)="([^"]*)"', path))
        fill = re.search(r"fill: ([^;]+)", about["style"])[1]
        found[about["data-curve"]].append((about["d"], fill))
    return marks_of(figure), read, found


def unit_of(read, name):
    """The length of a code of a curve."""
    trace = read.traces[name]
    box, scale = read.layout.boxes[trace.frame], read.scales[trace.frame]
    return (box.bottom - box.top) / (scale.high - scale.low) * trace.quantum


def height_of(figure):
    return figure.get_figheight() * 72


def test_the_moving_lines_lie_where_matplotlib_draws_them():
    with plt.rc_context(STYLE):
        figure = lines.picture(lines.compute(6, 1.2, "tanh"), 6)
    curves = lines.compute(6, 1.2, "tanh") | {"backward": np.array([3.0] * 6)}
    _, read, found = drawn(figure, curves)
    stream = io.StringIO()
    figure.savefig(stream, format="svg")
    plt.close(figure)
    for name in ("forward", "bell", "loss"):
        path = re.search(rf'<g id="{name}">\s*<path d="([^"]+)"', stream.getvalue())[1]
        theirs = np.array(re.findall(r"-?[\d.]+", path), dtype=float).reshape(-1, 2)
        [(ours, _)] = found[name]
        ours = ours.replace("h0", "")
        ours = np.array(re.findall(r"-?[\d.]+", ours), dtype=float).reshape(-1, 2)
        half_a_quantum = unit_of(read, name) / 2 + 0.02
        assert np.abs(ours - theirs).max() <= half_a_quantum


def test_one_layer_is_drawn():
    assert lines.toy(**lines.controls(depth=1)).traces["forward"].step == 1


@pytest.mark.parametrize("constrained", [True, False])
@pytest.mark.parametrize("gain", [0.1, 0.6, 3.0])
def test_bars_lie_where_matplotlib_draws_them(constrained, gain):
    curves = both(depth=6, gain=gain)
    with plt.rc_context({"figure.constrained_layout.use": constrained}):
        figure = picture(curves, 6)
    marks, read, found = drawn(figure, curves)
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
            # on a logarithmic axis, 0 is wherever the axis ends
            foot_at = max(box.y0, area.y0) if name == "size" else box.y0
            y = np.array([foot_at, box.y1]) * 72 / figure.dpi
            half_a_quantum = unit_of(read, name) / 2 + 0.02
            assert np.abs(x - [left, right]).max() <= 0.01
            assert np.abs(height_of(figure) - y - [foot, top]).max() <= half_a_quantum
        assert fill == themed(COLOURS[{"share": "blue", "size": "orange"}[name]])
    plt.close(figure)


def test_bars_take_the_look_that_they_were_drawn_with():
    figure, ax = plt.subplots()
    ax.bar([0, 1], [1, 2], gid="a", color=COLOURS["green"], alpha=0.5)
    ax.bar([3, 4], [1, 2], gid="b", fc=COLOURS["gold"], ec=COLOURS["ink"], lw=2)
    curves = {"a": np.ones(2), "b": np.ones(2)}
    svg = reading.drawn(figure, curves, "wide").svg
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


@pytest.mark.parametrize("name", ["change", "kernel"])
@pytest.mark.parametrize("gain", [0.5, 1.0, 9.0])
def test_cells_lie_and_shine_as_matplotlib_draws_them(name, gain):
    curves = both(depth=6, gain=gain)
    stream = io.StringIO()
    with plt.rc_context(STYLE):
        figure = picture(curves, 6)
        marks, read, found = drawn(figure, curves)
        figure.savefig(stream, format="svg")
    plt.close(figure)
    group = stream.getvalue().split(f'<g id="{name}">')[1].split("</g>")[0]
    theirs = re.findall(r'd="([^"]+)"', group)
    mesh, trace = marks[name], read.traces[name]
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
        scale = read.scales[trace.frame]
        slack = trace.quantum / (scale.high - scale.low)
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
    _, read, found = drawn(figure, {"map": values})
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
    assert read.traces["map"].columns == 5 and len(found["map"]) == 3 + 3


# Bad input ----------------------------------------------------------------------------


def with_axes(draw, curve, compute=None):
    """A live figure of one curve that ``draw`` puts on given axes."""

    def picture(curves, depth):
        figure, ax = plt.subplots()
        draw(ax, curves["curve"])
        return figure

    def constant(depth):
        return {"curve": np.array(curve)}

    say = {"curve": ("curve at its first point", 0)}
    depth = depth_slider(3, 6)
    return live(compute or constant, picture, key="bad", say=say, depth=depth)


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


def test_a_negative_number_on_a_logarithmic_scale_is_named():
    with pytest.raises(ValueError, match="'curve' has the value -1, but its scale is"):
        with_axes(
            lambda ax, c: ax.pcolormesh(c, norm=LogNorm(1, 2), gid="curve"),
            ((1.0, -1.0), (1.0, 2.0)),
        )
    plt.close("all")


# Axes that follow ---------------------------------------------------------------------


def following(more=lambda ax: None):
    """A picture whose axis has no limits, with a level and a word."""
    figure, ax = plt.subplots()
    ax.set(yscale="log", xlim=(0, 4), xlabel="layer")
    ax.plot([1, 2, 3], [1e-9, 1e-5, 1], gid="curve", label="signal")
    ax.axhline(100)
    ax.text(2, 100, "a hundred")
    more(ax)
    return figure


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_an_axis_without_limits_follows_and_keeps_its_levels_in_sight(width):
    curves = {"curve": np.array([1e-9, 1e-5, 1])}
    figure = following()
    read = reading.drawn(figure, curves, width)
    plt.close(figure)
    [scale] = read.scales
    assert scale.follows and (scale.low, scale.high) == (-10, 3)
    assert scale.levels == (2.0,)
    assert read.svg.count('data-level="2"') == 2, "the line and the word"
    assert "ytick_" not in read.svg, "its ticks are written anew"
    assert read.svg.count('data-part="ticks"') == 1
    assert not re.search(r"var\([^)]*var\(", read.svg), "a colour is a variable once"


def test_axes_that_share_have_one_scale():
    figure, (left, right) = plt.subplots(1, 2, sharey=True)
    left.set(yscale="log")
    left.plot([1, 2], [1e-9, 1], gid="a")
    right.plot([1, 2], [1, 1e5], gid="b")
    right.axhline(1e7)
    curves = {"a": np.array([1e-9, 1]), "b": np.array([1, 1e5])}
    read = reading.drawn(figure, curves, "wide")
    plt.close(figure)
    assert [scale.group for scale in read.scales] == [0, 0]
    assert {(s.low, s.high, s.levels) for s in read.scales} == {(-10, 8, (7.0,))}


@pytest.mark.parametrize(
    "more",
    [
        lambda ax: ax.fill_between([1, 2], [1, 2], [3, 4]),
        lambda ax: ax.bar([1], [1]),
        lambda ax: ax.plot([1, 2], [1, 5]),
    ],
)
def test_what_cannot_move_with_an_axis_is_named(more):
    figure = following(more)
    with pytest.raises(ValueError, match="without limits follows|must be level"):
        reading.drawn(figure, {"curve": np.ones(3)}, "wide")
    plt.close(figure)


def test_an_axis_with_limits_stays():
    figure = following(lambda ax: ax.set_ylim(1e-3, 1))
    read = reading.drawn(figure, {"curve": np.array([1e-9, 1e-5, 1])}, "wide")
    plt.close(figure)
    [scale] = read.scales
    assert not scale.follows and (scale.low, scale.high) == (-3, 0)
    assert "10⁻⁹ at layer 1<" in read.svg, "an arrow says how far the line goes"
