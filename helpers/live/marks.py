"""Where the curves of a picture lie, read from what matplotlib drew.

Conventions: a *curve* is an array drawn by one *mark* of the picture whose ``gid`` is
the curve's name: a line, dots or bars show one dimension, the cells of a heat map two.
"""

from typing import Any  # of matplotlib's axes and norms: its own types fall short

import numpy as np
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm, Normalize, to_hex, to_rgba_array
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from helpers.live.codes import Trace, scale_codes
from helpers.live.svg import movable, saved

Curves = dict[str, np.ndarray]
Mark = Line2D | BarContainer | QuadMesh


def svg_of(figure: Figure, curves: Curves) -> tuple[str, dict[str, Trace]]:
    """A figure as SVG whose moving marks are paths of their own, and where they lie.

    Raises:
        ValueError: If the marks of the figure do not fit the curves.
    """
    svg = saved(figure)  # first: the layout is settled when the figure is drawn
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
    return movable(svg, paths), traces


def marks_of(figure: Figure) -> dict[str, Mark]:
    """What a live figure can move in a picture, by gid."""
    marks: dict[str | None, Any] = {}
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
    if isinstance(mark, BarContainer):
        return bars(mark, name, shape[0])
    return line(mark, name, shape[0])


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
    patches: list[Any] = mark.patches
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


def on_axes(axes: Any, name: str, x: np.ndarray) -> dict[str, Any]:
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
    bottom, top = sorted(axes.get_ylim())
    low, high, quantum = scale_codes(bottom, top, log)
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
    corners, values = np.asarray(mesh.get_coordinates()), mesh.get_array()
    drawn = tuple(size - 1 for size in corners.shape[:2])
    if values is None or values.shape != drawn:
        raise ValueError(f"the cells of curve {name!r} must be flat, one number each")
    if drawn != shape:
        raise ValueError(f"curve {name!r} has shape {shape}, its cells {drawn}")
    axes: Any = mesh.axes
    norm: Any = mesh.norm
    if type(norm) not in {Normalize, LogNorm} or not norm.vmin < norm.vmax:
        raise ValueError(
            f"the colours of curve {name!r} need a Normalize or LogNorm with "
            f"vmin < vmax, got {type(norm).__name__}"
        )
    places = in_svg(axes, corners.reshape(-1, 2)).reshape(corners.shape)
    start, size = places[0, 0], (places[-1, -1] - places[0, 0]) / drawn[::-1]
    counts = np.meshgrid(*map(np.arange, corners.shape[1::-1]))
    even = start + np.stack(counts, axis=-1) * size
    if np.abs(places - even).max() > 0.01:
        raise ValueError(f"the cells of curve {name!r} must all have one size")

    log = type(norm) is LogNorm
    low, high, quantum = scale_codes(norm.vmin, norm.vmax, log)
    return Trace(
        name=name,
        mark="cells",
        axis=axes.get_xlabel() or "x",
        first=0.0,
        step=1.0,
        x=(float(start[0]), float(size[0])),
        y=(float(start[1]), float(size[1])),
        # Whole codes, so that the ends of the scale are not outside of it.
        low=float(round(low)),
        high=float(round(high)),
        log=log,
        quantum=quantum,
        styles=shades(mesh),
        columns=shape[1],
    )


def shades(mesh: QuadMesh) -> tuple[str, ...]:
    """The style of each colour of a heat map; below, above, not a number at the end."""
    scale = mesh.get_cmap()
    ends = [scale.get_under(), scale.get_over(), scale.get_bad()]
    colours = to_rgba_array([*scale(range(scale.N)), *ends]) * (255, 255, 255, 1)
    # Crisp, or the paper would shine through between neighbours.
    rest = "stroke: none; shape-rendering: crispEdges"
    if mesh.get_alpha() is not None:
        rest += f"; fill-opacity: {mesh.get_alpha()}"
    # As rgb(), so that they are not taken for colours of the book's themes.
    fills = [
        f"rgb({r:.0f}, {g:.0f}, {b:.0f})" if alpha else "none"
        for r, g, b, alpha in colours
    ]
    return tuple(f"fill: {fill}; {rest}" for fill in fills)


def in_svg(axes: Any, points: Any) -> np.ndarray:
    """Where points of the data lie in the SVG, shape (points, 2), y downwards."""
    figure = axes.get_figure(root=True)
    places = axes.transData.transform(points) * (72 / figure.dpi)
    return (0, figure.get_figheight() * 72) + places * (1, -1)
