"""Where the curves of a picture lie in matplotlib's SVG, and how they move there.

Conventions: a *curve* is an array drawn by one *mark* of the picture whose ``gid`` is
the curve's name: a line, dots or bars show one dimension, the cells of a heat map two.
Curves are stored as integer *codes*: 200 log10(value) on a logarithmic scale, a power
of ten finer than 1/2000 of the scale on a linear one. The scale is the y axis, or the
norm of the cells' colours.
"""

import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from xml.etree import ElementTree

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm, Normalize, to_hex, to_rgba_array
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from helpers.plots import STYLE, themed

Curves = dict[str, np.ndarray]

CODES_PER_DECADE = 200
LIMIT = 2**28  # every ordinary code is smaller in size
ZERO, INFINITE, MINUS_INFINITE, NOT_A_NUMBER = -LIMIT, LIMIT, -LIMIT - 1, LIMIT + 1
SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"

Mark = Line2D | BarContainer | QuadMesh


@dataclass(frozen=True)
class Trace:
    """Where a curve lies in the picture: from its codes to paths in SVG units.

    Attributes:
        name: The curve's name.
        mark: What draws it.
        axis: What the x axis shows, in words.
        first: The x of the first point.
        step: From one point's x to the next.
        x: Where the first point (bar's or cell's left edge) lies, and the step.
        y: Where code 0 (the first row's edge) lies, and the length of a code (a row).
        low: The code at the lower end of the scale.
        high: The code at its upper end.
        log: Whether the scale is logarithmic.
        quantum: What a code is worth, in units of the scale or in decades.
        styles: One for each path. Cells have one path for each colour; the last three
            are for what is below the scale, above it, and not a number.
        width: Of a bar.
        columns: Of cells.
    """

    name: str
    mark: Literal["line", "dots", "bars", "cells"]
    axis: str
    first: float
    step: float
    x: tuple[float, float]
    y: tuple[float, float]
    low: float
    high: float
    log: bool
    quantum: float
    styles: tuple[str, ...]
    width: float = 0.0
    columns: int = 0

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Integer codes (same shape, int64) that hold values to half a quantum.

        Raises:
            ValueError: If a value is negative on a logarithmic scale, or too far
                outside of a linear one.
        """
        values = np.asarray(values, dtype=float)
        if self.log and (values < 0).any():
            raise ValueError(
                f"curve {self.name!r} has the value {values.min():.3g}, "
                "but its scale is logarithmic: 0 or more is allowed"
            )
        finite = np.isfinite(values) & ((values != 0) | (not self.log))
        plain = np.where(finite, values, 1.0)
        codes = np.round(
            np.log10(plain) * CODES_PER_DECADE if self.log else plain / self.quantum
        )
        if (np.abs(codes) >= LIMIT).any():
            far = plain.flat[np.abs(codes).argmax()]
            raise ValueError(
                f"curve {self.name!r} has the value {far:.3g}, too far outside of its "
                "linear scale; a logarithmic one holds every number"
            )
        codes[~finite] = ZERO
        codes[np.isposinf(values)] = INFINITE
        codes[np.isneginf(values)] = MINUS_INFINITE
        codes[np.isnan(values)] = NOT_A_NUMBER
        return codes.astype(np.int64)

    def paths(self, codes: np.ndarray) -> list[str]:
        """The curve's SVG paths; live.js writes the same ones at every tick."""
        if self.mark == "cells":
            return self._cells(codes.ravel().tolist())
        d, pen = "", False
        floor = self._height(self.low if self.log else 0)
        for i, code in enumerate(codes.tolist()):
            if code == NOT_A_NUMBER:
                pen = False
                continue
            x, y = self.x[0] + i * self.x[1], self._height(code)
            if self.mark == "bars":
                d += box(digits(x), floor, y, digits(x + self.width))
            elif pen and self.mark == "line":
                d += f"L{digits(x)} {y}"
            else:
                d += f"M{digits(x)} {y}h0"  # h0: a dot, by the round cap
            pen = True
        return [d]

    def _height(self, code: float) -> str:
        return digits(self.y[0] + min(max(code, self.low), self.high) * self.y[1])

    def _cells(self, codes: list[int]) -> list[str]:
        found = [""] * len(self.styles)
        last = len(self.styles) - 4
        rows = len(codes) // self.columns
        x = [digits(self.x[0] + i * self.x[1]) for i in range(self.columns + 1)]
        y = [digits(self.y[0] + i * self.y[1]) for i in range(rows + 1)]
        for i, code in enumerate(codes):
            row, column = divmod(i, self.columns)
            if code == NOT_A_NUMBER:
                shade = last + 3
            elif code > self.high:
                shade = last + 2
            elif code < self.low:
                shade = last + 1
            else:
                share = (code - self.low) / (self.high - self.low)
                shade = min(math.floor(share * (last + 1)), last)
            found[shade] += box(x[column], y[row], y[row + 1], x[column + 1])
        return found


def box(left: str, foot: str, top: str, right: str) -> str:
    """A bar or a cell as part of a path."""
    return f"M{left} {foot}V{top}H{right}V{foot}Z"


def digits(length: float) -> str:
    """A length in an SVG, to a hundredth, written as JavaScript writes a number."""
    return str(math.floor(length * 100 + 0.5) / 100).removesuffix(".0")


def marks_of(figure: Figure) -> dict[str, Mark]:
    """What a live figure can move in a picture, by gid."""
    marks: dict[str, Mark] = {}
    for axes in figure.axes:
        meshes = [mesh for mesh in axes.collections if isinstance(mesh, QuadMesh)]
        marks |= {mark.get_gid(): mark for mark in [*axes.get_lines(), *meshes]}
        bars = [bars for bars in axes.containers if isinstance(bars, BarContainer)]
        marks |= {one.patches[0].get_gid(): one for one in bars if one.patches}
    return {gid: mark for gid, mark in marks.items() if gid}


def trace_of(mark: Mark, name: str, shape: tuple[int, ...]) -> Trace:
    """Reads from what was drawn where its curve lies.

    Args:
        mark: A line, bars or the cells of a heat map.
        name: The curve's name.
        shape: The curve's shape.

    Raises:
        ValueError: If the curve cannot be moved there; the message says why.
    """
    if isinstance(mark, QuadMesh):
        return cells(mark, name, shape)
    if len(shape) != 1:
        raise ValueError(
            f"curve {name!r} has shape {shape}; two dimensions are drawn by pcolormesh"
        )
    drawn = bars if isinstance(mark, BarContainer) else line
    return drawn(mark, name, shape[0])


def line(mark: Line2D, name: str, points: int) -> Trace:
    """The trace of one solid line, or of markers alone."""
    x = np.asarray(mark.get_xdata(), dtype=float)
    marked = str(mark.get_marker()).lower() not in {"none", "", " "}
    solid = mark.get_linestyle() == "-"
    if solid == marked or mark.get_linestyle() not in {"-", "None", "none", "", " "}:
        raise ValueError(f"curve {name!r} must be one solid line, or markers alone")
    if len(x) != points:
        raise ValueError(
            f"the line of curve {name!r} has {len(x)} points, its curve {points}"
        )
    width = mark.get_markersize() if marked else mark.get_linewidth()
    colour = mark.get_markerfacecolor() if marked else mark.get_color()
    opacity = (
        "" if mark.get_alpha() is None else f"; stroke-opacity: {mark.get_alpha()}"
    )
    return Trace(
        name=name,
        mark="dots" if marked else "line",
        styles=(
            f"fill: none; stroke: {to_hex(colour)}; stroke-width: {width:g}; "
            f"stroke-linecap: round{opacity}",
        ),
        **on_axes(mark.axes, name, x),
    )


def bars(mark: BarContainer, name: str, points: int) -> Trace:
    """The trace of upright bars of one width and colour that stand on one level."""
    patches = mark.patches
    if len(patches) != points:
        raise ValueError(f"curve {name!r} has {points} points, but {len(patches)} bars")
    left, widths, feet = np.array(
        [(p.get_x(), p.get_width(), p.get_y()) for p in patches], dtype=float
    ).T
    looks = {(p.get_facecolor(), p.get_edgecolor(), p.get_linewidth()) for p in patches}
    if mark.orientation != "vertical" or feet.any():
        raise ValueError(f"the bars of curve {name!r} must stand upright on 0")
    if len(looks) > 1 or not np.allclose(widths, widths[0], rtol=1e-6):
        raise ValueError(f"the bars of curve {name!r} must have one width and colour")
    [(face, edge, line_width)] = looks
    style = f"fill: {to_hex(face)}; stroke: none"
    if edge[3] and line_width:
        style = f"fill: {to_hex(face)}; stroke: {to_hex(edge)}"
        style += f"; stroke-width: {line_width:g}; stroke-linejoin: miter"
    if face[3] < 1:
        style += f"; fill-opacity: {face[3]:g}"
    placed = on_axes(patches[0].axes, name, left)
    width = float(widths[0]) * placed["x"][1] / placed["step"]
    placed["first"] += float(widths[0]) / 2
    return Trace(name=name, mark="bars", styles=(style,), width=width, **placed)


def on_axes(axes: Axes, name: str, x: np.ndarray) -> dict[str, Any]:
    """Where points at evenly spaced x lie, and the codes of their y axis."""
    steps = np.diff(x)
    if axes.get_xscale() != "linear" or not np.allclose(steps, steps[:1], rtol=1e-6):
        raise ValueError(f"curve {name!r} must have evenly spaced x on a linear axis")
    if axes.get_yscale() not in {"linear", "log"}:
        raise ValueError(
            f"the y axis of curve {name!r} must be 'linear' or 'log', "
            f"got {axes.get_yscale()!r}"
        )
    log = axes.get_yscale() == "log"
    step = float(steps[0]) if len(steps) else 1.0
    low, high, quantum = codes_of(*sorted(axes.get_ylim()), log)
    origin, unit = in_svg(axes, [(x[0], 1.0), (x[0] + step, 10.0 if log else 2.0)])
    per_code = (unit[1] - origin[1]) * quantum
    zero = origin[1] - (0 if log else per_code / quantum)
    return {
        "axis": axes.get_xlabel() or "x",
        "first": float(x[0]),
        "step": step,
        "x": (float(origin[0]), float(unit[0] - origin[0])),
        "y": (float(zero), float(per_code)),
        "low": float(low),
        "high": float(high),
        "log": log,
        "quantum": quantum,
    }


def cells(mesh: QuadMesh, name: str, shape: tuple[int, ...]) -> Trace:
    """The trace of a heat map whose cells are all of one size in the picture."""
    corners = mesh.get_coordinates()
    drawn = tuple(size - 1 for size in corners.shape[:2])
    if mesh.get_array() is None or np.shape(mesh.get_array()) != drawn:
        raise ValueError(f"the cells of curve {name!r} must be flat, one number each")
    if drawn != shape:
        raise ValueError(f"curve {name!r} has shape {shape}, its cells {drawn}")
    norm = mesh.norm
    if type(norm) not in {Normalize, LogNorm} or not norm.vmin < norm.vmax:
        raise ValueError(
            f"the colours of curve {name!r} need a Normalize or LogNorm with "
            f"vmin < vmax, got {type(norm).__name__}"
        )
    places = in_svg(mesh.axes, corners.reshape(-1, 2)).reshape(corners.shape)
    start, size = places[0, 0], (places[-1, -1] - places[0, 0]) / drawn[::-1]
    counts = np.meshgrid(*map(np.arange, corners.shape[1::-1]))
    even = start + np.stack(counts, axis=-1) * size
    if np.abs(places - even).max() > 0.01:
        raise ValueError(f"the cells of curve {name!r} must all have one size")

    log = type(norm) is LogNorm
    low, high, quantum = codes_of(norm.vmin, norm.vmax, log)
    scale = mesh.get_cmap()
    # As rgb(), so that they are not taken for colours of the book's themes.
    colours = [
        f"rgb({r:.0f}, {g:.0f}, {b:.0f})" if alpha else "none"
        for r, g, b, alpha in to_rgba_array(
            [
                *scale(range(scale.N)),
                scale.get_under(),
                scale.get_over(),
                scale.get_bad(),
            ]
        )
        * (255, 255, 255, 1)
    ]
    opacity = "" if mesh.get_alpha() is None else f"; fill-opacity: {mesh.get_alpha()}"
    return Trace(
        name=name,
        mark="cells",
        axis=mesh.axes.get_xlabel() or "x",
        first=0.0,
        step=1.0,
        x=(float(start[0]), float(size[0])),
        y=(float(start[1]), float(size[1])),
        # Whole codes, so that the ends of the scale are not outside of it.
        low=float(round(low)),
        high=float(round(high)),
        log=log,
        quantum=quantum,
        styles=tuple(
            # Crisp, or the paper would shine through between neighbours.
            f"fill: {colour}; stroke: none; shape-rendering: crispEdges{opacity}"
            for colour in colours
        ),
        columns=shape[1],
    )


def codes_of(low: float, high: float, log: bool) -> tuple[float, float, float]:
    """The codes at both ends of a scale, and what a code is worth."""
    if log:
        low, high = np.log10([low, high]) * CODES_PER_DECADE
        return float(low), float(high), 1 / CODES_PER_DECADE
    quantum = 10.0 ** math.floor(math.log10((high - low) / 2000))
    return float(low / quantum), float(high / quantum), quantum


def in_svg(axes: Axes, points: Any) -> np.ndarray:
    """Where points of the data lie in the SVG, shape (points, 2), y downwards."""
    figure = axes.get_figure(root=True)
    places = axes.transData.transform(points) * (72 / figure.dpi)
    return (0, figure.get_figheight() * 72) + places * (1, -1)


def svg_of(figure: Figure, curves: Curves) -> tuple[str, dict[str, Trace]]:
    """A figure as SVG whose moving marks are paths of their own, and where they lie.

    Raises:
        ValueError: If the marks of the figure do not fit the curves.
    """
    stream = io.StringIO()
    with rc_context({**STYLE, "svg.fonttype": "none", "svg.hashsalt": "live"}):
        figure.savefig(stream, format="svg", metadata={"Date": None})
    marks = marks_of(figure)
    if set(marks) != set(curves):
        raise ValueError(
            "picture must draw every curve as a line, bars or a heat map with the "
            f"curve's name as gid: curves {sorted(curves)}, gids {sorted(marks)}"
        )
    traces = {
        name: trace_of(marks[name], name, np.shape(values))
        for name, values in curves.items()
    }
    paths = {
        name: zip(trace.paths(trace.encode(curves[name])), trace.styles, strict=True)
        for name, trace in traces.items()
    }
    return themed(movable(stream.getvalue(), paths)), traces


def png_of(figure: Figure) -> bytes:
    """A figure as PNG on white, for front ends that show neither widgets nor SVG."""
    stream = io.BytesIO()
    with rc_context(STYLE):
        figure.savefig(stream, format="png", dpi=100, facecolor="white")
    return stream.getvalue()


def movable(svg: str, paths: Mapping[str, Iterable[tuple[str, str]]]) -> str:
    """Matplotlib's SVG with each moving mark as few paths that are easy to rewrite.

    Args:
        svg: The SVG as matplotlib saved it.
        paths: For each curve, the data and the style of its paths.

    Raises:
        ValueError: If matplotlib did not draw a mark, or not as paths.
    """
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    root = ElementTree.fromstring(svg)
    done: set[str] = set()
    for parent in list(root.iter(f"{{{SVG}}}g")):
        for group in parent.findall(f"{{{SVG}}}g"):
            name = group.get("id")
            if name in done:
                parent.remove(group)  # matplotlib draws each bar as a group of its own
            elif name in paths:
                done.add(name)
                shared = list(group.iter(f"{{{SVG}}}defs"))  # markers, for the legend
                group[:] = shared
                for d, style in paths[name]:
                    about = {"data-curve": name, "d": d, "style": style}
                    ElementTree.SubElement(group, f"{{{SVG}}}path", about)
    if lost := set(paths) - done:
        raise ValueError(f"the picture does not show its curves {sorted(lost)}")
    for element in root.findall(f"{{{SVG}}}metadata"):
        root.remove(element)
    for defs in root.findall(f"{{{SVG}}}defs"):
        # A rule for "*" would style the whole page around the SVG.
        for style in defs.findall(f"{{{SVG}}}style"):
            defs.remove(style)
        if not len(defs):
            root.remove(defs)
    width = float(root.get("viewBox").split()[2]) * 4 / 3  # points to CSS pixels
    root.set(
        "style",
        f"max-width: {width:.0f}px; stroke-linejoin: round; stroke-linecap: butt",
    )
    for size in ("width", "height"):
        root.attrib.pop(size, None)
    return ElementTree.tostring(root, encoding="unicode")
