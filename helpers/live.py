"""A matplotlib picture whose lines follow sliders, with a kernel and without one.

In Jupyter the kernel computes every tick. When the book is built
(``FIRST_WEIGHTS_BOOK=1``) the curves of *every* slider position are computed once and
travel with the page, so the same cell stays live where no kernel runs.

Conventions: a *control* is a slider or a menu; its *positions* are all the values it
can take; a *setting* holds one value per control; a *curve* is a 1-D array drawn by one
line of the picture. Curves are stored as integer *codes*: 200 log10(value) on a
logarithmic axis, a power of ten finer than 1/2000 of the axis on a linear one. A curve
with one point per layer grows and shrinks with the control named ``depth``.
"""

import base64
import io
import itertools
import math
import os
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import anywidget
import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import torch
import traitlets
from matplotlib import rc_context
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from helpers.activations import ACTIVATIONS
from helpers.plots import STYLE, themed

Setting = dict[str, Any]
Curves = dict[str, np.ndarray]
Control = (
    ipywidgets.IntSlider
    | ipywidgets.FloatSlider
    | ipywidgets.FloatLogSlider
    | ipywidgets.Dropdown
)

HERE = Path(__file__).parent
CODES_PER_DECADE = 200
LIMIT = 2**28  # every ordinary code is smaller in size
ZERO, INFINITE, MINUS_INFINITE, NOT_A_NUMBER = -LIMIT, LIMIT, -LIMIT - 1, LIMIT + 1
SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"


# Controls ---------------------------------------------------------------------------


def depth_slider(value: int = 20, max: int = 50, min: int = 1) -> ipywidgets.IntSlider:
    """A slider over the number of layers, in single steps.

    Args:
        value: Depth at the start, from ``min`` to ``max``.
        max: Largest depth.
        min: Smallest depth, at least 1.

    Raises:
        TypeError: If a depth is not a whole number.
        ValueError: Unless 1 <= min <= value <= max.
    """
    for name, depth in {"value": value, "max": max, "min": min}.items():
        if isinstance(depth, bool) or not isinstance(depth, int | np.integer):
            raise TypeError(f"{name} must be a whole number of layers, got {depth!r}")
    if not 1 <= min <= value <= max:
        raise ValueError(
            "depths must satisfy 1 <= min <= value <= max, "
            f"got min={min}, value={value}, max={max}"
        )
    return ipywidgets.IntSlider(value=value, min=min, max=max, description="depth")


def gain_slider(value: float = 1.0) -> ipywidgets.FloatLogSlider:
    """A slider over the gain: 41 positions from 0.1 to 10, evenly spaced in log10.

    Args:
        value: Gain at the start, from 0.1 to 10; the nearest position is taken.

    Raises:
        ValueError: If ``value`` is not between 0.1 and 10.
    """
    if not 0.1 <= value <= 10:
        raise ValueError(f"gain must be between 0.1 and 10, got {value!r}")
    slider = ipywidgets.FloatLogSlider(
        value=value,
        base=10,
        min=-1,
        max=1,
        step=0.05,
        description="gain",
        readout_format=".3g",
    )
    slider.value = settled(slider, value)
    return slider


def activation_menu(
    value: str = "tanh", options: Sequence[str] | None = None
) -> ipywidgets.Dropdown:
    """A menu of activation functions.

    Args:
        value: The activation at the start, one of ``options``.
        options: Names from ``helpers.activations.ACTIVATIONS``; all of them by default.

    Raises:
        ValueError: If a name is unknown, or ``value`` is not among ``options``.
    """
    options = list(ACTIVATIONS if options is None else options)
    unknown = [name for name in options if name not in ACTIVATIONS]
    if unknown:
        raise ValueError(
            f"unknown activation {unknown[0]!r}; allowed: {', '.join(ACTIVATIONS)}"
        )
    if value not in options:
        raise ValueError(
            f"activation {value!r} is not in the menu; allowed: {', '.join(options)}"
        )
    return ipywidgets.Dropdown(value=value, options=options, description="activation")


def is_menu(control: Control) -> bool:
    """Whether the control offers words rather than numbers."""
    return isinstance(control, ipywidgets.Dropdown)


def positions(control: Control) -> list:
    """Every value that the control can take, in order."""
    if is_menu(control):
        return list(control._options_values)
    if isinstance(control, ipywidgets.IntSlider):
        return list(range(control.min, control.max + 1, control.step))
    count = round((control.max - control.min) / control.step) + 1
    ticks = [round(control.min + i * control.step, 12) for i in range(count)]
    if isinstance(control, ipywidgets.FloatLogSlider):
        return [float(control.base**tick) for tick in ticks]
    return ticks


def nearest(control: Control, value: Any) -> int:
    """The index of the position nearest to a value.

    Raises:
        TypeError: If a slider is given something that is not a number.
        ValueError: If the control cannot be moved there.
    """
    reachable = positions(control)
    name = control.description
    if is_menu(control):
        if value not in reachable:
            allowed = ", ".join(map(str, reachable))
            raise ValueError(f"{name} has no {value!r}; allowed: {allowed}")
        return reachable.index(value)
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise TypeError(f"{name} must be a number, got {value!r}")
    low, high = reachable[0], reachable[-1]
    slack = 1e-9 * max(abs(low), abs(high))
    if not low - slack <= value <= high + slack:
        raise ValueError(f"{name} must be from {low:g} to {high:g}, got {value!r}")
    scale = np.log if isinstance(control, ipywidgets.FloatLogSlider) else np.asarray
    return int(np.argmin(np.abs(scale(reachable) - scale(value))))


def settled(control: Control, value: Any) -> Any:
    """The position nearest to a value, so that Jupyter shows what the book shows."""
    return positions(control)[nearest(control, value)]


# Where a curve lies in the picture, and its codes -----------------------------------


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


# The table of all positions ---------------------------------------------------------


def varints(values: np.ndarray) -> bytes:
    """Signed integers as bytes: small ones take one byte, any 32-bit one at most five.

    The sign goes into the lowest bit; then seven bits a byte, low ones first, the
    eighth bit saying that more follow.
    """
    wrapped = (np.asarray(values, dtype=np.int64) + 2**31) % 2**32 - 2**31
    unsigned = np.where(wrapped < 0, -2 * wrapped - 1, 2 * wrapped)
    sizes = 1 + sum((unsigned >= 1 << 7 * k).astype(int) for k in range(1, 5))
    starts = np.cumsum(sizes) - sizes
    stream = np.zeros(int(sizes.sum()), dtype=np.uint8)
    for k in range(5):
        here = sizes > k
        more = np.where(sizes[here] > k + 1, 128, 0)
        stream[starts[here] + k] = unsigned[here] >> 7 * k & 127 | more
    return stream.tobytes()


def pack(codes: np.ndarray, lengths: Sequence[int]) -> bytes:
    """The rows of a curve's table as bytes, each foretold from its neighbour.

    A row is written as its last point and the differences between its points, because
    a gradient starts at the last layer; of these only what differs from the row before
    it is kept, and, if that is shorter, only what differs from one step earlier along
    the axis before.

    Args:
        codes: Shape (..., rows, points), 0 beyond the length of a row.
        lengths: Points of each row, never falling from one row to the next.

    Returns:
        One byte that says whether the second step was taken, then the numbers.
    """
    inside = np.arange(codes.shape[-1]) < np.asarray(lengths)[:, None]
    slopes = codes.copy()
    slopes[..., :-1] -= codes[..., 1:]
    surprise = slopes.copy()
    for row in range(1, len(lengths)):
        before, now = lengths[row - 1], lengths[row]
        if before > 1:
            surprise[..., row, : before - 1] -= slopes[..., row - 1, : before - 1]
            surprise[..., row, before - 1 : now - 1] -= slopes[
                ..., row - 1, before - 2, None
            ]
        surprise[..., row, now - 1] -= slopes[..., row - 1, before - 1]
    candidates = [b"\0" + varints(surprise[..., inside].ravel())]
    if codes.ndim > 2:
        again = np.diff(surprise, axis=-3, prepend=0)
        candidates.append(b"\1" + varints(again[..., inside].ravel()))
    return min(candidates, key=lambda stream: len(zlib.compress(stream, 9)))


@dataclass(frozen=True)
class Grid:
    """The curve of one menu choice at every position of the sliders in ``axes``."""

    axes: tuple[str, ...]
    codes: np.ndarray
    layered: bool

    def needed(self, depths: Sequence[int]) -> "Grid":
        """The same grid without the axes along which nothing changes."""
        grid = self
        for name in self.axes:
            place = grid.axes.index(name)
            rows = np.moveaxis(grid.codes, place, 0)
            last = rows[-1]
            if name == "depth" and self.layered:
                same = all(
                    np.array_equal(row[..., :depth], last[..., :depth])
                    for row, depth in zip(rows, depths, strict=True)
                )
            else:
                same = all(np.array_equal(row, last) for row in rows)
            if same:
                axes = grid.axes[:place] + grid.axes[place + 1 :]
                grid = Grid(axes, last, self.layered)
        return grid

    def packed(self, depths: Sequence[int], numeric: Sequence[str]) -> bytes:
        """The grid as bytes: first which of the sliders it depends on."""
        kept = sum(1 << i for i, name in enumerate(numeric) if name in self.axes)
        codes = self.codes if self.axes else self.codes[None]
        ragged = self.layered and "depth" in self.axes
        lengths = list(depths) if ragged else [codes.shape[-1]] * codes.shape[-2]
        return bytes([kept]) + pack(codes, lengths)


# The figure -------------------------------------------------------------------------


class LivePicture(anywidget.AnyWidget):
    """Matplotlib's own SVG; the front end moves its lines."""

    _esm = HERE / "live.js"
    _css = HERE / "live.css"
    svg = traitlets.Unicode().tag(sync=True)
    spec = traitlets.Dict().tag(sync=True)
    # Base64 text: JupyterLab drops binary buffers when it saves widget state.
    tables = traitlets.Dict().tag(sync=True)
    seed = traitlets.Int().tag(sync=True)
    controls = traitlets.Dict().tag(sync=True, **ipywidgets.widget_serialization)


class LiveFigure(ipywidgets.VBox):
    """Controls over one picture whose lines follow them; made by :func:`live`.

    Attributes:
        controls: The sliders and menus by name; setting a ``value`` moves the curves.
        setting: The value of every control, by name.
        curves: The curves at the present setting, by name, each a 1-D float array.
        seed: The random draw that is shown.
    """

    _ipython_display_ = None  # older ipywidgets would use it instead of the bundle

    def __init__(
        self,
        compute: Callable[..., Mapping[str, Any]],
        picture: Callable[..., Figure],
        grid: Callable[..., Mapping[str, tuple[Sequence[str], Any]]] | None,
        *,
        key: str,
        controls: dict[str, Control],
        say: dict[str, tuple[str, int]],
        seeds: tuple[int, ...],
        presets: dict[str, dict[str, Any]],
        limits: dict[str, tuple[float, float]],
        alt: str,
    ) -> None:
        """See :func:`live`, which checks what it is given."""
        self._compute, self._picture, self._grid = compute, picture, grid
        self._say, self._seeds, self._alt = say, seeds, alt
        self._shown: tuple[tuple, Curves] | None = None
        self._controls = controls
        self.view = LivePicture(controls=controls, seed=seeds[0])
        first = self.curves
        unknown = [name for name in say if name not in first]
        if unknown:
            raise ValueError(
                f"say names {unknown[0]!r}, which is no curve; "
                f"the curves are {', '.join(first)}"
            )
        svg, self._traces = svg_of(self._drawn(), first)
        spec = {
            "key": key,
            "alt": alt,
            "controls": [describe(name, c) for name, c in controls.items()],
            # A list: Jupyter sorts the keys of what it saves, and tables have an order.
            "curves": [
                {
                    "name": name,
                    "axis": trace.axis,
                    "first": trace.first,
                    "step": trace.step,
                    "x": trace.x,
                    "y": trace.y,
                    "low": trace.low,
                    "high": trace.high,
                    "log": trace.log,
                    "quantum": trace.quantum,
                    "dots": trace.dots,
                    "say": say.get(name),
                }
                for name, trace in self._traces.items()
            ],
            "said": list(say),
            "presets": [
                [label, {name: move(controls[name], v) for name, v in part.items()}]
                for label, part in presets.items()
            ],
            "limits": [[name, *bounds] for name, bounds in limits.items()],
            "seeds": seeds,
        }
        tables: dict[str, str] = {}
        if os.environ.get("FIRST_WEIGHTS_BOOK") == "1":
            tables, about, still = self._tables()
            for curve in spec["curves"]:
                curve |= about[curve["name"]]
            spec["still"] = still
        self.view.set_trait("svg", svg)
        self.view.set_trait("spec", spec)
        self.view.set_trait("tables", tables)
        self.view.on_msg(self._answer)
        super().__init__([*controls.values(), self.view])
        self.add_class("live-lab")

    @property
    def controls(self) -> dict[str, Control]:
        """The sliders and menus, by name."""
        return self._controls

    @property
    def setting(self) -> Setting:
        """The value of every control, by name."""
        return {name: settled(c, c.value) for name, c in self._controls.items()}

    @property
    def seed(self) -> int:
        """The random draw that is shown."""
        return self.view.seed

    @property
    def curves(self) -> Curves:
        """The curves at the present setting, by name, each a 1-D float array."""
        return self._at(self.setting, self.seed)

    def _at(self, setting: Setting, seed: int) -> Curves:
        place = (*setting.values(), seed)
        if self._shown is None or self._shown[0] != place:
            drawn = {"seed": seed} if len(self._seeds) > 1 else {}
            self._shown = place, checked(self._compute(**setting, **drawn))
        return self._shown[1]

    def _drawn(self) -> Figure:
        """The picture at the present setting."""
        # The first figure of a session switches Jupyter's display on. Inside
        # rc_context that would be undone, and no later cell would show its figure.
        plt.close(plt.figure())
        with rc_context(STYLE):
            figure = self._picture(dict(self.curves), **self.setting)
        if not isinstance(figure, Figure):
            raise TypeError(f"picture must return a Figure, got {type(figure)}")
        plt.close(figure)
        return figure

    def _answer(self, _: Any, message: dict, buffers: list) -> None:
        """Computes what the front end asks for; the newest question wins there."""
        try:
            setting = {
                name: positions(c)[message["setting"][name]]
                if is_menu(c)
                else settled(c, message["setting"][name])
                for name, c in self._controls.items()
            }
            curves = self._at(setting, int(message["seed"]))
            codes = {name: self._traces[name].encode(v) for name, v in curves.items()}
        except Exception as error:  # a reader's own compute may raise anything
            self.view.send({"to": message["from"], "error": str(error)})
            return
        sizes = [(name, len(row)) for name, row in codes.items()]
        row = np.concatenate(list(codes.values())).astype("<i4")
        self.view.send({"to": message["from"], "sizes": sizes}, [row.tobytes()])

    def _numeric(self) -> dict[str, list]:
        """Every position of every slider; depth last, as the table is written."""
        names = [name for name, c in self._controls.items() if not is_menu(c)]
        names.sort(key=lambda name: name == "depth")
        return {name: positions(self._controls[name]) for name in names}

    def _choices(self) -> Iterator[tuple[tuple[int, ...], Setting]]:
        """Every choice of the menus and the seed: its place, and its values."""
        menus = {n: positions(c) for n, c in self._controls.items() if is_menu(c)}
        if len(self._seeds) > 1:
            menus["seed"] = list(self._seeds)
        for place in itertools.product(*(range(len(v)) for v in menus.values())):
            values = zip(menus.items(), place, strict=True)
            yield place, {name: options[i] for (name, options), i in values}

    def _tables(self) -> tuple[dict[str, str], dict[str, dict], list[str]]:
        """Packed tables, the shapes in them, and the controls that move nothing."""
        numeric = self._numeric()
        depths = numeric.get("depth", [])
        layered = self._layered(numeric)
        tables, moving, contents = {}, set(), {}
        about: dict[str, dict] = {}
        for place, choice in self._choices():
            grids = self._grids(numeric, choice, layered)
            if choice.items() <= {**self.setting, "seed": self.seed}.items():
                self._compare(grids)
            stream = b""
            for name, grid in grids.items():
                grid = grid.needed(depths)
                moving.update(grid.axes)
                if layered[name]:
                    moving.add("depth")
                points = grid.codes.shape[-1]
                about[name] = {"layered": layered[name], "points": points}
                stream += grid.packed(depths, list(numeric))
            contents[place] = stream
            packed = base64.b64encode(zlib.compress(stream, 9)).decode()
            tables["-".join(map(str, place))] = packed
        still = [name for name in numeric if name not in moving]
        menus = [name for name, c in self._controls.items() if is_menu(c)]
        for i, name in enumerate([*menus, *["seed"] * (len(self._seeds) > 1)]):
            rest = {p[:i] + p[i + 1 :]: s for p, s in contents.items()}
            if all(rest[p[:i] + p[i + 1 :]] == s for p, s in contents.items()):
                still.append(name)
        return tables, about, still

    def _compare(self, grids: dict[str, Grid]) -> None:
        """Refuses a grid that shows something else than ``compute`` does."""
        for name, grid in grids.items():
            place = tuple(
                nearest(self._controls[axis], self.setting[axis]) for axis in grid.axes
            )
            values = self.curves[name]
            codes = grid.codes[place][: len(values)]
            if np.abs(codes - self._traces[name].encode(values)).max() > 1:
                raise ValueError(
                    f"grid and compute give different curves {name!r} "
                    f"at the setting {self.setting}"
                )

    def _layered(self, numeric: dict[str, list]) -> dict[str, bool]:
        """Which curves have one point per layer: seen by computing at two depths."""
        here = self.setting
        sizes = {name: len(values) for name, values in self.curves.items()}
        if "depth" not in numeric:
            return dict.fromkeys(sizes, False)
        other = next(d for d in [*numeric["depth"], None] if d != here["depth"])
        if other is None:
            return {name: size == here["depth"] for name, size in sizes.items()}
        there = self._at({**here, "depth": other}, self.seed)
        layered = {}
        for name, size in sizes.items():
            if size == here["depth"] and len(there[name]) == other:
                layered[name] = True
            elif size == len(there[name]):
                layered[name] = False
            else:
                raise ValueError(
                    f"curve {name!r} has {size} points at depth {here['depth']} and "
                    f"{len(there[name])} at depth {other}; its length must be constant "
                    "or equal the depth"
                )
        return layered

    def _grids(
        self, numeric: dict[str, list], choice: Setting, layered: dict[str, bool]
    ) -> dict[str, Grid]:
        """The codes of every curve at every slider position, for one menu choice."""
        results = (
            self._every_position(numeric, choice, layered)
            if self._grid is None
            else self._grid(**numeric, **choice)
        )
        if set(results) != set(layered):
            raise ValueError(
                f"grid must return the curves {sorted(layered)}, got {sorted(results)}"
            )
        grids = {}
        for name in layered:
            axes, values = results[name]
            values = plain(values, f"grid of {name!r}")
            strangers = [axis for axis in axes if axis not in numeric]
            if strangers:
                raise ValueError(
                    f"grid of {name!r} names the axis {strangers[0]!r}; "
                    f"allowed: {', '.join(numeric)}"
                )
            shape = tuple(len(numeric[axis]) for axis in axes)
            points = max(numeric["depth"]) if layered[name] else len(self.curves[name])
            if values.shape != (*shape, points):
                raise ValueError(
                    f"grid of {name!r} must have shape {(*shape, points)} for the axes "
                    f"{tuple(axes)}, got {values.shape}"
                )
            order = sorted(range(len(axes)), key=lambda i: list(numeric).index(axes[i]))
            values = values.transpose(*order, len(axes))
            axes = tuple(axes[i] for i in order)
            padding = np.zeros(values.shape, dtype=bool)
            if layered[name] and "depth" in axes:
                beyond = np.arange(points) >= np.array(numeric["depth"])[:, None]
                padding = np.broadcast_to(beyond, values.shape)
            codes = self._traces[name].encode(np.where(padding, 1.0, values))
            grids[name] = Grid(axes, np.where(padding, 0, codes), layered[name])
        return grids

    def _every_position(
        self, numeric: dict[str, list], choice: Setting, layered: dict[str, bool]
    ) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
        """What ``grid`` would return, by one call of ``compute`` per position."""
        shape = tuple(map(len, numeric.values()))
        seed = choice.get("seed", self._seeds[0])
        menus = {name: value for name, value in choice.items() if name != "seed"}
        dense: Curves = {}
        for place in np.ndindex(shape):
            sliders = {
                n: v[i] for (n, v), i in zip(numeric.items(), place, strict=True)
            }
            setting = {name: (sliders | menus)[name] for name in self._controls}
            for name, row in self._at(setting, seed).items():
                points = max(numeric["depth"]) if layered[name] else len(row)
                if name not in dense:
                    dense[name] = np.zeros((*shape, points))
                dense[name][place][: len(row)] = row
        return {name: (tuple(numeric), values) for name, values in dense.items()}

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        figure = self._drawn()
        svg, _ = svg_of(figure, self.curves)
        alt = (
            self._alt.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
        )
        if alt:
            svg = svg.replace("<svg ", f'<svg role="img" aria-label="{alt}" ', 1)
        return {
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.model_id,
            },
            "text/html": svg,
            "image/png": base64.b64encode(png_of(figure)).decode(),
            "text/plain": repr(self),
        }

    def __repr__(self) -> str:
        """The setting, and the said numbers at three significant digits."""
        setting = ", ".join(f"{n}={spoken(v)}" for n, v in self.setting.items())
        said = ", ".join(
            f"{words} {spoken(self.curves[name][index])}"
            for name, (words, index) in self._say.items()
        )
        return f"LiveFigure({setting}{': ' if said else ''}{said})"


def live(
    compute: Callable[..., Mapping[str, Any]],
    picture: Callable[..., Figure],
    *,
    key: str,
    say: Mapping[str, tuple[str, int]] | None = None,
    grid: Callable[..., Mapping[str, tuple[Sequence[str], Any]]] | None = None,
    presets: Mapping[str, Mapping[str, Any]] | None = None,
    seeds: Sequence[int] = (0,),
    limits: Mapping[str, tuple[float, float]] | None = None,
    alt: str = "",
    **controls: Control,
) -> LiveFigure:
    """A figure whose lines follow sliders, in Jupyter and in the built book.

    Args:
        compute: Called with one keyword per control (and ``seed`` if there are several
            seeds); returns the curves by name, each 1-D, of constant length or with
            one point per layer (length equal to the control ``depth``).
        picture: Called with the curves and one keyword per control; returns a
            matplotlib figure that draws each curve as a line whose ``gid`` is the
            curve's name, one solid line or markers alone. Set the axis limits: they
            stay, whatever the sliders do.
        key: A short name for links to a setting, like ``signal``; unique on its page.
        say: For each curve to be put into words, the words and the point they are
            about, like ``("signal at the last layer", -1)``. What comes before " at "
            names the curve in sentences about the number formats.
        grid: ``compute`` for all slider positions in one call, for speed: sliders come
            as lists, menus and ``seed`` as one value. Returns for each curve the names
            of the sliders it depends on and an array of shape
            ``(positions of each..., points)``; a curve with one point per layer has as
            many points as the largest depth, and those beyond a depth are ignored.
        presets: For each button, its label and the setting it leads to, which may name
            some of the controls only; the nearest slider position is taken.
        seeds: The random draws; a button steps through them if there are several.
        limits: Number formats by name, each with its smallest and largest number. Where
            a said curve on a logarithmic axis leaves one, the figure says so.
        alt: What the picture shows, in words, for readers who cannot see it.
        **controls: The sliders and menus, by the name that ``compute`` knows them by.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If a value is not allowed, or the curves, the lines of the picture
            and the grid do not fit together.
    """
    for name, function in {"compute": compute, "picture": picture}.items():
        if not callable(function):
            raise TypeError(f"{name} must be a function, got {function!r}")
    if grid is not None and not callable(grid):
        raise TypeError(f"grid must be a function or None, got {grid!r}")
    if not isinstance(key, str) or not re.fullmatch(r"[a-z][a-z0-9_-]*", key):
        raise ValueError(
            "key must be lower-case letters, digits, - and _, like 'signal', "
            f"got {key!r}"
        )
    if not controls:
        raise ValueError("live needs at least one control, like depth=depth_slider()")
    for name, control in controls.items():
        if name == "seed":
            raise ValueError("'seed' cannot be a control; give seeds=(0, 1, ...)")
        if not isinstance(control, Control):
            raise TypeError(
                f"control {name!r} must be an IntSlider, FloatSlider, FloatLogSlider "
                f"or Dropdown, got {type(control).__name__}"
            )
        if not control.description:
            raise ValueError(f"control {name!r} needs a description: readers see it")
        control.value = settled(control, control.value)
    seeds = tuple(int(seed) for seed in seeds)
    if not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds must be different integers, at least one, got {seeds}")
    presets = {label: dict(part) for label, part in (presets or {}).items()}
    for label, part in presets.items():
        for name in part:
            if name not in controls:
                raise ValueError(
                    f"preset {label!r} sets {name!r}, which is no control; "
                    f"allowed: {', '.join(controls)}"
                )
    for name, bounds in (limits or {}).items():
        if len(bounds) != 2 or not 0 < bounds[0] < bounds[1]:
            raise ValueError(f"limits of {name!r} must be 0 < smallest < largest")
    return LiveFigure(
        compute,
        picture,
        grid,
        key=key,
        controls=controls,
        say=dict(say or {}),
        seeds=seeds,
        presets=presets,
        limits=dict(limits or {}),
        alt=alt,
    )


# Small parts ------------------------------------------------------------------------


def plain(values: Any, name: str) -> np.ndarray:
    """An array or tensor as a float64 array; ``name`` is for the error."""
    if isinstance(values, torch.Tensor):
        values = values.detach().to("cpu", torch.float64).numpy()
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must hold numbers, got {type(values)}") from error


def checked(curves: Any) -> Curves:
    """What ``compute`` returned, as float64 arrays of one dimension."""
    if not isinstance(curves, Mapping) or not curves:
        raise TypeError(
            "compute must return curves by name, like {'forward': ...}, "
            f"got {curves!r}"
        )
    arrays = {name: plain(values, f"curve {name!r}") for name, values in curves.items()}
    for name, array in arrays.items():
        if array.ndim != 1 or not array.size:
            raise ValueError(
                f"curve {name!r} must be one-dimensional with at least one point, "
                f"got shape {array.shape}"
            )
    return arrays


def describe(name: str, control: Control) -> dict[str, Any]:
    """What the front end needs to know of a control."""
    about = {"name": name, "label": control.description}
    if is_menu(control):
        return about | {"options": list(control._options_labels)}
    count = len(positions(control))
    return about | {"min": control.min, "step": control.step, "count": count}


def move(control: Control, value: Any) -> tuple[str, Any]:
    """The trait to set, and to what, for the position nearest to a value."""
    index = nearest(control, value)
    if is_menu(control):
        return "index", index
    return "value", settled(control, value)


def spoken(value: Any) -> str:
    """A value in three significant digits; words and whole numbers as they are."""
    if isinstance(value, float):
        return f"{value:#.3g}".rstrip(".") if math.isfinite(value) else f"{value}"
    return repr(value)


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
    for extra in ("metadata", "defs"):
        for element in root.findall(f"{{{SVG}}}{extra}"):
            root.remove(element)
    # Those defs held a rule for "*", which would style the whole page around the SVG.
    width = float(root.get("viewBox").split()[2]) * 4 / 3  # points to CSS pixels
    root.set(
        "style",
        f"max-width: {width:.0f}px; stroke-linejoin: round; stroke-linecap: butt",
    )
    for size in ("width", "height"):
        root.attrib.pop(size, None)
    return ElementTree.tostring(root, encoding="unicode")
