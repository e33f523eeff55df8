"""Where the curves of a picture lie in matplotlib's SVG, and how they move there.

Conventions: a *curve* is an array drawn by one line, one set of bars or one heat map of
the picture, its *mark*; the mark's ``gid`` is the curve's name. Curves are stored as
integer *codes*: 200 log10(value) on a logarithmic axis, a power of ten finer than
1/2000 of the axis on a linear one.
"""

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm, Normalize, to_hex
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from helpers.plots import STYLE, themed

Curves = dict[str, np.ndarray]

CODES_PER_DECADE = 200
LIMIT = 2**28  # every ordinary code is smaller in size
ZERO, INFINITE, MINUS_INFINITE, NOT_A_NUMBER = -LIMIT, LIMIT, -LIMIT - 1, LIMIT + 1
SHADES = 64  # colours of a heat map
SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"


@dataclass(frozen=True)
class Trace:
    """Where a curve lies in the picture: from its codes to paths in SVG units.

    Attributes:
        mark: ``line``, ``dots``, ``bars`` or ``cells`` (of a heat map, row by row).
        x: Position of the first point (of bars and cells: its left edge) and the step
            from one to the next.
        y: Position of code 0 and the step per code; of cells, the edge of the first
            row and the step per row.
        low: The code at the lower end of the axis or of the colours; what is less is
            drawn there.
        high: The code at their upper end.
        width: How wide a bar is.
        floor: The code at which bars begin.
        columns: How many cells a row has.
        styles: The style of each path: one, or for cells one for each colour.
    """

    name: str
    mark: str
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
    floor: float = 0.0
    columns: int = 0

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Integer codes (flat, int64) that hold values to half a quantum.

        Raises:
            ValueError: If a value is negative on a logarithmic axis, or too far
                outside of a linear one.
        """
        values = np.asarray(values, dtype=float)
        if self.log and (values < 0).any():
            raise ValueError(
                f"curve {self.name!r} has the value {values.min():.3g}, "
                "but its axis is logarithmic: 0 or more is allowed"
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
                "linear axis; a logarithmic axis holds every number"
            )
        codes[~finite] = ZERO
        codes[np.isposinf(values)] = INFINITE
        codes[np.isneginf(values)] = MINUS_INFINITE
        codes[np.isnan(values)] = NOT_A_NUMBER
        return codes.astype(np.int64)

    def paths(self, codes: np.ndarray) -> list[str]:
        """The SVG paths of a curve; live.js writes the same ones at every tick."""
        paths, pen = [""] * len(self.styles), False
        for i, code in enumerate(codes.tolist()):
            if code == NOT_A_NUMBER:
                pen = False
                continue
            code = min(max(code, self.low), self.high)
            if self.mark == "cells":
                shade = (code - self.low) / (self.high - self.low) * len(paths)
                row, column = divmod(i, self.columns)
                left, right = (self.x[0] + k * self.x[1] for k in (column, column + 1))
                below, above = (self.y[0] + k * self.y[1] for k in (row, row + 1))
                paths[min(int(shade), len(paths) - 1)] += box(left, right, below, above)
                continue
            x, y = self.x[0] + i * self.x[1], self.y[0] + code * self.y[1]
            if self.mark == "bars":
                paths[0] += box(
                    x, x + self.width, self.y[0] + self.floor * self.y[1], y
                )
            else:
                joined = pen and self.mark == "line"
                paths[0] += f"{'L' if joined else 'M'}{x:.2f} {y:.2f}"
                paths[0] += "" if joined else "h0"
            pen = True
        return paths


def box(left: float, right: float, below: float, above: float) -> str:
    """The path of a rectangle."""
    return f"M{left:.2f} {below:.2f}V{above:.2f}H{right:.2f}V{below:.2f}z"


def drawn_marks(figure: Figure) -> dict[str, Line2D | BarContainer | QuadMesh]:
    """The lines, bars and heat maps of a figure that have a name (``gid``)."""
    marks = {}
    for axes in figure.axes:
        for mark in (*axes.get_lines(), *axes.collections):
            if mark.get_gid() and isinstance(mark, Line2D | QuadMesh):
                marks[mark.get_gid()] = mark
        for bars in axes.containers:
            if isinstance(bars, BarContainer) and bars.patches[0].get_gid():
                marks[bars.patches[0].get_gid()] = bars
    return marks


def trace_of(mark: Line2D | BarContainer | QuadMesh, name: str, points: int) -> Trace:
    """Reads from what is drawn where its curve lies.

    Raises:
        ValueError: If it cannot be moved: its axis is neither linear nor logarithmic,
            its positions are not evenly spaced, it has another number of points than
            the curve, or it is a line that is neither solid nor dots alone.
    """
    match mark:
        case Line2D():
            return trace_of_line(mark, name, points)
        case BarContainer():
            return trace_of_bars(mark, name, points)
        case _:
            return trace_of_cells(mark, name, points)


def trace_of_line(line: Line2D, name: str, points: int) -> Trace:
    """Where one solid line, or markers alone, lie."""
    marked = str(line.get_marker()).lower() not in {"none", "", " "}
    solid = line.get_linestyle() == "-"
    if solid == marked or line.get_linestyle() not in {"-", "None", "none", "", " "}:
        raise ValueError(f"curve {name!r} must be one solid line, or markers alone")
    width = line.get_markersize() if marked else line.get_linewidth()
    colour = line.get_markerfacecolor() if marked else line.get_color()
    opacity = (
        "" if line.get_alpha() is None else f"; stroke-opacity: {line.get_alpha()}"
    )
    return Trace(
        name=name,
        mark="dots" if marked else "line",
        styles=(
            f"fill: none; stroke: {to_hex(colour)}; stroke-width: {width:g}; "
            f"stroke-linecap: round{opacity}",
        ),
        **placed(line.axes, line.get_xdata(), name, points),
    )


def trace_of_bars(bars: BarContainer, name: str, points: int) -> Trace:
    """Where the bars of one call of ``bar`` lie."""
    patches = bars.patches
    widths = [patch.get_width() for patch in patches]
    if not np.allclose(widths, widths[0]) or any(p.get_y() for p in patches):
        raise ValueError(f"the bars of curve {name!r} must begin at 0 and be alike")
    axes = patches[0].axes
    place = placed(axes, [patch.get_x() for patch in patches], name, points)
    left, right = (axes.transData.transform((x, 1.0))[0] for x in (0.0, widths[0]))
    alpha = patches[0].get_alpha()
    return Trace(
        name=name,
        mark="bars",
        styles=(
            f"stroke: none; fill: {to_hex(patches[0].get_facecolor())}"
            + ("" if alpha is None else f"; fill-opacity: {alpha}"),
        ),
        width=float(right - left) * 72 / axes.figure.dpi,
        floor=place["low"]
        if place["log"]
        else min(max(0, place["low"]), place["high"]),
        **place | {"first": place["first"] + widths[0] / 2},
    )


def trace_of_cells(mesh: QuadMesh, name: str, points: int) -> Trace:
    """Where the cells of a heat map lie, and which colours they take."""
    grid = mesh.get_coordinates()
    corners = mesh.axes.transData.transform(grid.reshape(-1, 2)).reshape(grid.shape)
    rows, columns = grid.shape[0] - 1, grid.shape[1] - 1
    if rows * columns != points:
        raise ValueError(
            f"the heat map of curve {name!r} has {rows} x {columns} cells, "
            f"its curve {points} points"
        )
    x, y = corners[0, :, 0], corners[:, 0, 1]
    for edges in (x, y):
        if not np.allclose(np.diff(edges), edges[1] - edges[0], rtol=1e-6):
            raise ValueError(f"the cells of curve {name!r} must be of one size")
    norm = mesh.norm
    if type(norm) not in {Normalize, LogNorm}:
        raise ValueError(
            f"the colours of curve {name!r} must be linear or logarithmic, "
            f"got {type(norm).__name__}"
        )
    log = isinstance(norm, LogNorm)
    figure = mesh.axes.figure
    units, top = 72 / figure.dpi, figure.get_figheight() * 72
    shades = (np.arange(SHADES) + 0.5) / SHADES
    return Trace(
        name=name,
        mark="cells",
        axis="cell",
        first=1.0,
        step=1.0,
        x=(float(x[0] * units), float((x[1] - x[0]) * units)),
        y=(float(top - y[0] * units), float((y[0] - y[1]) * units)),
        styles=tuple(
            f"stroke: none; shape-rendering: crispEdges; fill: {to_hex(colour)}"
            for colour in mesh.cmap(shades)
        ),
        columns=columns,
        **scale(norm.vmin, norm.vmax, log),
    )


def scale(low: float, high: float, log: bool) -> dict[str, float]:
    """The codes of an axis, or of a range of colours, from one end to the other."""
    if log:
        low, high = np.log10([low, high]) * CODES_PER_DECADE
        quantum = 1 / CODES_PER_DECADE
    else:
        quantum = 10.0 ** math.floor(math.log10((high - low) / 2000))
        low, high = low / quantum, high / quantum
    return {"low": float(low), "high": float(high), "log": log, "quantum": quantum}


def placed(axes: Axes, x: Sequence[float], name: str, points: int) -> dict[str, Any]:
    """Where evenly spaced points lie in SVG units, and what a code is worth there."""
    x, figure = np.asarray(x, dtype=float), axes.get_figure(root=True)
    steps = np.diff(x)
    if len(x) != points:
        raise ValueError(
            f"the line of curve {name!r} has {len(x)} points, its curve {points}"
        )
    if axes.get_xscale() != "linear" or not np.allclose(steps, steps[:1], rtol=1e-6):
        raise ValueError(f"curve {name!r} must have evenly spaced x on a linear axis")
    if axes.get_yscale() not in {"linear", "log"}:
        raise ValueError(
            f"the y axis of curve {name!r} must be 'linear' or 'log', "
            f"got {axes.get_yscale()!r}"
        )
    log = axes.get_yscale() == "log"
    codes = scale(*sorted(axes.get_ylim()), log)
    step = float(steps[0]) if len(steps) else 1.0
    units = 72 / figure.dpi
    at = axes.transData.transform
    origin, unit = at([(x[0], 1.0), (x[0] + step, 10.0 if log else 2.0)]) * units
    per_code = (origin[1] - unit[1]) * codes["quantum"]
    zero = figure.get_figheight() * 72 - origin[1]
    if not log:
        zero -= per_code / codes["quantum"]
    return {
        "axis": axes.get_xlabel() or "x",
        "first": float(x[0]),
        "step": step,
        "x": (float(origin[0]), float(unit[0] - origin[0])),
        "y": (float(zero), float(per_code)),
        **codes,
    }


def svg_of(figure: Figure, curves: Curves) -> tuple[str, dict[str, Trace]]:
    """A figure as SVG whose moving marks are paths of their own, and where they lie.

    Raises:
        ValueError: If the marks of the figure do not fit the curves.
    """
    marks, stream = drawn_marks(figure), io.StringIO()
    with rc_context({**STYLE, "svg.fonttype": "none", "svg.hashsalt": "live"}):
        figure.savefig(stream, format="svg", metadata={"Date": None})
    if set(marks) != set(curves):
        raise ValueError(
            "picture must draw every curve as a line with the curve's name as gid "
            f"(or as bars, or a heat map): curves {sorted(curves)}, "
            f"gids {sorted(marks)}"
        )
    traces = {
        name: trace_of(marks[name], name, np.size(values))
        for name, values in curves.items()
    }
    paths = {
        name: list(
            zip(
                trace.paths(trace.encode(np.ravel(curves[name]))),
                trace.styles,
                strict=True,
            )
        )
        for name, trace in traces.items()
    }
    return themed(movable(stream.getvalue(), paths)), traces


def png_of(figure: Figure) -> bytes:
    """A figure as PNG on white, for front ends that show neither widgets nor SVG."""
    stream = io.BytesIO()
    with rc_context(STYLE):
        figure.savefig(stream, format="png", dpi=100, facecolor="white")
    return stream.getvalue()


def movable(svg: str, paths: Mapping[str, list[tuple[str, str]]]) -> str:
    """Matplotlib's SVG with each moving mark as paths that are easy to rewrite.

    Args:
        svg: The SVG as matplotlib saved it.
        paths: For each curve, the data and the style of each of its paths.
    """
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    root = ElementTree.fromstring(svg)
    left = dict(paths)
    for group in root.iter(f"{{{SVG}}}g"):
        name = group.get("id")
        if name in paths:
            shared = list(group.iter(f"{{{SVG}}}defs"))  # markers, for the legend too
            group[:] = shared + [
                ElementTree.Element(
                    f"{{{SVG}}}path", {"data-curve": name, "d": d, "style": style}
                )
                for d, style in left.pop(name, [])  # each bar is a group of that name
            ]
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
