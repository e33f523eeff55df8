"""Where the curves of a picture lie, read from what matplotlib drew.

Conventions: a *curve* is an array drawn by one *mark* of the picture whose ``gid`` is
the curve's name: a line, dots or bars show one dimension, the cells of a heat map two.
A *frame* is a pair of axes, or the cells of a heat map; a y axis that is logarithmic
and whose limits the picture leaves open *follows* its curves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any  # of matplotlib's axes and norms: its own types fall short

import numpy as np
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm, Normalize, to_hex, to_rgba_array
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from helpers.live.codes import Trace
from helpers.live.contract import Box, Layout, Place, Scale
from helpers.live.drawing import as_codes, fitted, parts, paths
from helpers.live.svg import Moving, movable, saved, themed
from helpers.live.widths import INSIDE, PIXELS, lay_out
from helpers.words import shown

Curves = dict[str, np.ndarray]
Mark = Line2D | BarContainer | QuadMesh


@dataclass
class Drawn:
    """A figure whose marks can be moved: its SVG, and where everything lies in it.

    Attributes:
        svg: The picture, its moving marks as paths of their own.
        traces: The curves by name.
        scales: Of each frame.
        layout: Where frames and curves lie.
    """

    svg: str
    traces: dict[str, Trace]
    scales: tuple[Scale, ...]
    layout: Layout


@dataclass
class Frame:
    """A pair of axes, or the cells of a heat map, as it was drawn."""

    axes: Any
    scale: Scale
    box: Box
    gids: dict[str, float] = field(default_factory=dict)  # levels, by their gids
    levels: set[float] = field(default_factory=set)  # of all that share its axis


def drawn(figure: Figure, curves: Mapping[str, np.ndarray], width: str) -> Drawn:
    """A figure as SVG whose moving marks are paths of their own, and where they lie.

    Args:
        figure: The picture; its size and layout are changed.
        curves: The numbers that it shows, by name.
        width: A name in ``PIXELS``: how wide the window is that it is for.

    Raises:
        ValueError: If the marks of the figure do not fit the curves.
    """
    marks = marks_of(figure)
    if set(marks) != set(curves):
        raise ValueError(
            "picture must draw every curve as a line, bars or a heat map with the "
            f"curve's name as gid: curves {sorted(curves)}, gids {sorted(marks)}"
        )
    follow(figure, marks, curves)
    labels = {name: label_of(mark) for name, mark in marks.items()}
    named: dict[Any, list[str]] = {axes_of(mark): [] for mark in marks.values()}
    for name, mark in marks.items():
        if labels[name] and labels[name] not in named[axes_of(mark)]:
            named[axes_of(mark)].append(labels[name])
    for axes, words in named.items():
        if (legend := axes.get_legend()) and words:
            legend.remove()  # its words will stand beside the lines
    lay_out(figure, width, named, tuple(axes for axes in named if follows(axes)))
    frames, numbers = frames_of(figure, marks)
    traces, places = {}, {}
    for name, values in curves.items():
        frame = frames[numbers[name]]
        trace, places[name] = trace_of(marks[name], name, np.shape(values), frame)
        traces[name] = replace(trace, frame=numbers[name], label=labels[name])
    svg = saved(figure)
    scales = tuple(frame.scale for frame in frames)
    boxes = tuple(frame.box for frame in frames)
    layout = Layout(PIXELS[width], width in INSIDE, boxes, places)
    codes = as_codes(traces, curves)
    moving = [
        Moving(
            name,
            -1 if trace.mark == "cells" else trace.frame,
            list(
                zip(
                    paths(
                        trace,
                        codes[name],
                        places[name],
                        boxes[trace.frame],
                        scales[trace.frame],
                    ),
                    trace.styles,
                    strict=True,
                )
            ),
        )
        for name, trace in traces.items()
    ]
    levels = {
        gid: (number, level)
        for number, frame in enumerate(frames)
        for gid, level in frame.gids.items()
    }
    written = parts(list(traces.values()), codes, scales, layout)
    groups = [str(frame.axes.get_gid()) for frame in frames]
    svg = movable(svg, moving, boxes, groups, levels, written)
    return Drawn(svg, traces, scales, layout)


def marks_of(figure: Figure) -> dict[str, Mark]:
    """What a live figure can move in a picture, by gid."""
    marks: dict[str | None, Any] = {}
    for axes in figure.axes:
        meshes = [mesh for mesh in axes.collections if isinstance(mesh, QuadMesh)]
        marks |= {mark.get_gid(): mark for mark in [*axes.get_lines(), *meshes]}
        bars = [bars for bars in axes.containers if isinstance(bars, BarContainer)]
        marks |= {one.patches[0].get_gid(): one for one in bars if one.patches}
    return {gid: mark for gid, mark in marks.items() if gid and not is_level(gid)}


def axes_of(mark: Mark) -> Any:
    """The axes that a mark lies in."""
    return mark.patches[0].axes if isinstance(mark, BarContainer) else mark.axes


def label_of(mark: Mark) -> str:
    """What a mark is called beside its line; nothing if it has no name."""
    label = str(mark.get_label())
    return "" if label.startswith("_") or isinstance(mark, QuadMesh) else shown(label)


# Axes that follow ---------------------------------------------------------------------

LEVEL = "level-"


def is_level(gid: str | None) -> bool:
    """Whether a gid is one that :func:`follow` gave."""
    return str(gid).startswith(LEVEL)


def follows(axes: Any) -> bool:
    """Whether the scale of a y axis is fitted to its curves: it has no limits yet."""
    return axes.get_yscale() == "log" and axes.get_autoscaley_on()


def follow(figure: Figure, marks: Mapping[str, Mark], curves: Mapping) -> None:
    """Fit the axes that follow to their curves, and name what moves along with them.

    Raises:
        ValueError: If something else is drawn there that cannot be moved.
    """
    for number, axes in enumerate(figure.axes):
        if not follows(axes):
            continue
        together = axes.get_shared_y_axes().get_siblings(axes)
        inside = {
            name: mark for name, mark in marks.items() if axes_of(mark) in together
        }
        moved = {id(mark) for mark in inside.values()}
        others = beside(axes, moved)
        strange = [*axes.patches, *axes.collections, *axes.images]
        bars = [
            patch
            for mark in inside.values()
            if isinstance(mark, BarContainer)
            for patch in mark.patches
        ]
        if any(one not in bars for one in strange):
            raise ValueError(
                "an axis without limits follows its curves: it may have level lines "
                "and words beside them, nothing else; set ylim to keep it as it is"
            )
        for i, other in enumerate(others):
            if not is_level(other.get_gid()):
                other.set_gid(f"{LEVEL}{number}-{i}")
        levels = tuple(level for one in together for level in levels_in(one, moved))
        scale = Scale(-1, 1, log=True, follows=True, levels=levels)
        scale = fitted(scale, (np.ravel(curves[name]) for name in inside))
        axes.set_ylim(10.0**scale.low, 10.0**scale.high, auto=True)


def beside(axes: Any, moved: set[int]) -> list[Any]:
    """The lines and the words of a pair of axes that are no curves."""
    lines = [line for line in axes.get_lines() if id(line) not in moved]
    return [*lines, *axes.texts]


def levels_in(axes: Any, moved: set[int]) -> list[float]:
    """The decades at which such lines and words stand."""
    return [level_of(one) for one in beside(axes, moved)]


def level_of(artist: Any) -> float:
    """The decade that a line or some words stand at.

    Raises:
        ValueError: If a line is not level.
    """
    if isinstance(artist, Line2D):
        heights = np.unique(np.asarray(artist.get_ydata(), dtype=float))
        if len(heights) != 1 or heights[0] <= 0:
            raise ValueError("a line that is no curve must be level on such an axis")
        return float(np.log10(heights[0]))
    return float(np.log10(artist.get_position()[1]))


def frames_of(
    figure: Figure, marks: Mapping[str, Mark]
) -> tuple[list[Frame], dict[str, int]]:
    """The frames of a picture, and the number of the one that each curve lies in."""
    frames: list[Frame] = []
    numbers: dict[str, int] = {}
    by_axes: dict[int, int] = {}
    for number, axes in enumerate(figure.axes):
        axes.set_gid(f"axes_{number + 1}")  # by which svg.py finds them
    for name, mark in marks.items():
        axes = axes_of(mark)
        if isinstance(mark, QuadMesh):
            frames.append(Frame(axes, colours_of(mark, name), Box(0, 0, 0, 0)))
            numbers[name] = len(frames) - 1
            continue
        if id(axes) not in by_axes:
            by_axes[id(axes)] = len(frames)
            frames.append(frame_of(axes, name))
        numbers[name] = by_axes[id(axes)]
    for number, frame in enumerate(frames):
        group = axes_together(frame, frames) if frame.scale.follows else number
        frame.scale = replace(frame.scale, group=group)
        frames[group].levels |= set(frame.scale.levels)
    for frame in frames:
        levels = tuple(sorted(frames[frame.scale.group].levels))
        frame.scale = replace(frame.scale, levels=levels)
    return frames, numbers


def axes_together(frame: Frame, frames: list[Frame]) -> int:
    """The first frame that shares the y axis of one."""
    siblings = frame.axes.get_shared_y_axes().get_siblings(frame.axes)
    return next(i for i, other in enumerate(frames) if other.axes in siblings)


def frame_of(axes: Any, name: str) -> Frame:
    """The frame of a pair of axes.

    Raises:
        ValueError: If its y axis is neither linear nor logarithmic.
    """
    if axes.get_yscale() not in {"linear", "log"}:
        raise ValueError(
            f"the y axis of curve {name!r} must be 'linear' or 'log', "
            f"got {axes.get_yscale()!r}"
        )
    log = axes.get_yscale() == "log"
    ends = sorted(axes.get_ylim())
    low, high = np.log10(ends) if log else ends
    followed = follows(axes)
    others = [a for a in (*axes.get_lines(), *axes.texts) if is_level(a.get_gid())]
    gids = {a.get_gid(): level_of(a) for a in others} if followed else {}
    if followed:
        low, high = round(low), round(high)
    levels = tuple(gids.values())
    scale = Scale(float(low), float(high), log, followed, levels)
    x = sorted(axes.get_xlim())
    corners = in_svg(axes, [(x[0], ends[0]), (x[1], ends[1])])
    (left, bottom), (right, top) = corners.tolist()
    return Frame(axes, scale, Box(left, right, top, bottom), gids)


# Marks --------------------------------------------------------------------------------


def trace_of(
    mark: Mark, name: str, shape: tuple[int, ...], frame: Frame
) -> tuple[Trace, Place]:
    """Reads from what was drawn where its curve lies.

    Args:
        mark: A line, bars or the cells of a heat map.
        name: The curve's name.
        shape: The curve's shape.
        frame: Where it lies.

    Raises:
        ValueError: If the curve cannot be moved there; the message says why.
    """
    if isinstance(mark, QuadMesh):
        return cells(mark, name, shape, frame)
    if len(shape) != 1:
        raise ValueError(
            f"curve {name!r} has shape {shape}; two dimensions are drawn by pcolormesh"
        )
    if isinstance(mark, BarContainer):
        return bars(mark, name, shape[0], frame)
    return line(mark, name, shape[0], frame)


def line(mark: Line2D, name: str, points: int, frame: Frame) -> tuple[Trace, Place]:
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
    colour = to_hex(mark.get_markerfacecolor() if marked else mark.get_color())
    opacity = (
        "" if mark.get_alpha() is None else f"; stroke-opacity: {mark.get_alpha()}"
    )
    about, place = on_axes(frame, name, x)
    trace = Trace(
        name=name,
        mark="dots" if marked else "line",
        colour=themed(colour),
        styles=(
            f"fill: none; stroke: {colour}; stroke-width: {width:g}; "
            f"stroke-linecap: round{opacity}",
        ),
        **about,
    )
    return trace, place


def bars(
    mark: BarContainer, name: str, points: int, frame: Frame
) -> tuple[Trace, Place]:
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
    about, place = on_axes(frame, name, left)
    place = place._replace(width=float(widths[0]) * place.step / about["step"])
    about["first"] += float(widths[0]) / 2
    colour = themed(to_hex(face))
    trace = Trace(name=name, mark="bars", colour=colour, styles=(style,), **about)
    return trace, place


def on_axes(frame: Frame, name: str, x: np.ndarray) -> tuple[dict[str, Any], Place]:
    """What points at evenly spaced x are called, and where they lie."""
    axes, steps = frame.axes, np.diff(x)
    if axes.get_xscale() != "linear" or not np.allclose(steps, steps[:1], rtol=1e-6):
        raise ValueError(f"curve {name!r} must have evenly spaced x on a linear axis")
    step = float(steps[0]) if len(steps) else 1.0
    y = axes.get_ylim()[0]
    (first, _), (second, _) = in_svg(axes, [(x[0], y), (x[0] + step, y)])
    about = {
        "axis": "" if axes.get_label() == "<colorbar>" else axes.get_xlabel() or "x",
        "first": float(x[0]),
        "step": step,
        "frame": 0,
        "log": frame.scale.log,
        "quantum": frame.scale.quantum,
    }
    return about, Place(float(first), float(second - first))


def colours_of(mesh: QuadMesh, name: str) -> Scale:
    """The scale of a heat map's colours.

    Raises:
        ValueError: If it is neither linear nor logarithmic, or has no ends.
    """
    norm: Any = mesh.norm
    if type(norm) not in {Normalize, LogNorm} or not norm.vmin < norm.vmax:
        raise ValueError(
            f"the colours of curve {name!r} need a Normalize or LogNorm with "
            f"vmin < vmax, got {type(norm).__name__}"
        )
    ends = np.array([norm.vmin, norm.vmax], dtype=float)
    log = type(norm) is LogNorm
    low, high = np.log10(ends) if log else ends
    return Scale(float(low), float(high), log)


def cells(
    mesh: QuadMesh, name: str, shape: tuple[int, ...], frame: Frame
) -> tuple[Trace, Place]:
    """The trace of a heat map whose cells are all of one size in the picture."""
    corners, values = np.asarray(mesh.get_coordinates()), mesh.get_array()
    flat = tuple(size - 1 for size in corners.shape[:2])
    if values is None or values.shape != flat:
        raise ValueError(f"the cells of curve {name!r} must be flat, one number each")
    if flat != shape:
        raise ValueError(f"curve {name!r} has shape {shape}, its cells {flat}")
    axes: Any = mesh.axes
    places = in_svg(axes, corners.reshape(-1, 2)).reshape(corners.shape)
    start, size = places[0, 0], (places[-1, -1] - places[0, 0]) / flat[::-1]
    counts = np.meshgrid(*map(np.arange, corners.shape[1::-1]))
    even = start + np.stack(counts, axis=-1) * size
    if np.abs(places - even).max() > 0.01:
        raise ValueError(f"the cells of curve {name!r} must all have one size")
    trace = Trace(
        name=name,
        mark="cells",
        axis=axes.get_xlabel() or "x",
        first=0.0,
        step=1.0,
        frame=0,
        log=frame.scale.log,
        quantum=frame.scale.quantum,
        styles=shades(mesh),
        columns=shape[1],
    )
    place = Place(
        float(start[0]), float(size[0]), y=float(start[1]), row=float(size[1])
    )
    return trace, place


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
