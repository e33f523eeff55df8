"""Where the curves of a picture lie in matplotlib's SVG, and how they move there.

Conventions: a *curve* is a 1-D array drawn by one line of the picture; the line's
``gid`` is the curve's name. Curves are stored as integer *codes*: 200 log10(value) on a
logarithmic axis, a power of ten finer than 1/2000 of the axis on a linear one.
"""

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np
from matplotlib import rc_context
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from helpers.plots import STYLE, themed

Curves = dict[str, np.ndarray]

CODES_PER_DECADE = 200
LIMIT = 2**28  # every ordinary code is smaller in size
ZERO, INFINITE, MINUS_INFINITE, NOT_A_NUMBER = -LIMIT, LIMIT, -LIMIT - 1, LIMIT + 1
SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"


@dataclass(frozen=True)
class Trace:
    """Where a curve lies in the picture: from its codes to a path in SVG units."""

    name: str
    axis: str
    first: float
    step: float
    x: tuple[float, float]
    y: tuple[float, float]
    low: float
    high: float
    log: bool
    quantum: float
    dots: bool
    style: str

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Integer codes (same shape, int64) that hold values to half a quantum.

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

    def path(self, codes: np.ndarray) -> str:
        """The SVG path of a curve; live.js writes the same one at every tick."""
        d, pen = "", False
        for i, code in enumerate(codes.tolist()):
            if code == NOT_A_NUMBER:
                pen = False
                continue
            x = self.x[0] + i * self.x[1]
            y = self.y[0] + min(max(code, self.low), self.high) * self.y[1]
            joined = pen and not self.dots
            d += f"{'L' if joined else 'M'}{x:.2f} {y:.2f}{'' if joined else 'h0'}"
            pen = True
        return d


def trace_of(line: Line2D, name: str, points: int) -> Trace:
    """Reads from a drawn line where its curve lies.

    Raises:
        ValueError: If the line cannot be moved: its axis is neither linear nor
            logarithmic, its x positions are not evenly spaced, or it is neither one
            solid line nor dots alone.
    """
    axes, figure = line.axes, line.get_figure(root=True)
    x = np.asarray(line.get_xdata(), dtype=float)
    steps = np.diff(x)
    marked = str(line.get_marker()).lower() not in {"none", "", " "}
    solid = line.get_linestyle() == "-"
    if solid == marked or line.get_linestyle() not in {"-", "None", "none", "", " "}:
        raise ValueError(f"curve {name!r} must be one solid line, or markers alone")
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
    low, high = sorted(axes.get_ylim())
    if log:
        quantum = 1 / CODES_PER_DECADE
        low, high = np.log10([low, high]) * CODES_PER_DECADE
    else:
        quantum = 10.0 ** math.floor(math.log10((high - low) / 2000))
        low, high = low / quantum, high / quantum
    step = float(steps[0]) if len(steps) else 1.0
    units = 72 / figure.dpi
    at = axes.transData.transform
    origin, unit = at([(x[0], 1.0), (x[0] + step, 10.0 if log else 2.0)]) * units
    per_code = (origin[1] - unit[1]) * quantum
    zero = figure.get_figheight() * 72 - origin[1] - (0 if log else per_code / quantum)
    width = line.get_markersize() if marked else line.get_linewidth()
    colour = line.get_markerfacecolor() if marked else line.get_color()
    opacity = (
        "" if line.get_alpha() is None else f"; stroke-opacity: {line.get_alpha()}"
    )
    return Trace(
        name=name,
        axis=axes.get_xlabel() or "x",
        first=float(x[0]),
        step=step,
        x=(float(origin[0]), float(unit[0] - origin[0])),
        y=(float(zero), float(per_code)),
        low=float(low),
        high=float(high),
        log=log,
        quantum=quantum,
        dots=marked,
        style=f"fill: none; stroke: {to_hex(colour)}; stroke-width: {width:g}; "
        f"stroke-linecap: round{opacity}",
    )


def svg_of(figure: Figure, curves: Curves) -> tuple[str, dict[str, Trace]]:
    """A figure as SVG whose moving lines are paths of their own, and where they lie.

    Raises:
        ValueError: If the lines of the figure do not fit the curves.
    """
    stream = io.StringIO()
    with rc_context({**STYLE, "svg.fonttype": "none", "svg.hashsalt": "live"}):
        figure.savefig(stream, format="svg", metadata={"Date": None})
    drawn = [line for axes in figure.axes for line in axes.get_lines()]
    lines = {line.get_gid(): line for line in drawn if line.get_gid()}
    if set(lines) != set(curves):
        raise ValueError(
            "picture must draw every curve as a line with the curve's name as gid: "
            f"curves {sorted(curves)}, gids {sorted(lines)}"
        )
    traces = {
        name: trace_of(lines[name], name, len(values))
        for name, values in curves.items()
    }
    paths = {
        name: (trace.path(trace.encode(curves[name])), trace.style)
        for name, trace in traces.items()
    }
    return themed(movable(stream.getvalue(), paths)), traces


def png_of(figure: Figure) -> bytes:
    """A figure as PNG on white, for front ends that show neither widgets nor SVG."""
    stream = io.BytesIO()
    with rc_context(STYLE):
        figure.savefig(stream, format="png", dpi=100, facecolor="white")
    return stream.getvalue()


def movable(svg: str, paths: Mapping[str, tuple[str, str]]) -> str:
    """Matplotlib's SVG with each moving line as one path that is easy to rewrite.

    Args:
        svg: The SVG as matplotlib saved it.
        paths: For each curve, the path's data and its style.
    """
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    root = ElementTree.fromstring(svg)
    for group in root.iter(f"{{{SVG}}}g"):
        if group.get("id") in paths:
            name = group.get("id")
            d, style = paths[name]
            about = {"data-curve": name, "d": d, "style": style}
            shared = list(group.iter(f"{{{SVG}}}defs"))  # markers, for the legend too
            group[:] = [*shared, ElementTree.Element(f"{{{SVG}}}path", about)]
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
