"""A matplotlib picture whose curves follow sliders, with a kernel and without one.

In Jupyter the kernel computes every tick. When the book is built
(``FIRST_WEIGHTS_BOOK=1``) the curves of *every* slider position are computed once and
travel with the page, so the same cell stays live where no kernel runs.

Conventions: a *setting* holds one value per control; a *curve* is an array drawn by a
line, dots, bars or a heat map of the picture. A curve with one point per layer grows
and shrinks with the control named ``depth``; a heat map keeps its shape, and its cells
are counted row by row.
"""

import base64
import itertools
import math
import os
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import torch
import traitlets
from matplotlib import rc_context
from matplotlib.figure import Figure

from helpers.controls import (
    Control,
    describe,
    is_menu,
    move,
    nearest,
    positions,
    settled,
)
from helpers.plots import STYLE
from helpers.tables import Grid
from helpers.traces import Curves, png_of, svg_of

Setting = dict[str, Any]
HERE = Path(__file__).parent


class LivePicture(anywidget.AnyWidget):
    """Matplotlib's own SVG; the front end moves its curves."""

    _esm = HERE / "live.js"
    _css = HERE / "live.css"
    svg = traitlets.Unicode().tag(sync=True)
    spec = traitlets.Dict().tag(sync=True)
    # Base64 text: JupyterLab drops binary buffers when it saves widget state.
    tables = traitlets.Dict().tag(sync=True)
    seed = traitlets.Int().tag(sync=True)
    controls = traitlets.Dict().tag(sync=True, **ipywidgets.widget_serialization)


class LiveFigure(ipywidgets.VBox):
    """Controls over one picture whose curves follow them; made by :func:`live`.

    Attributes:
        controls: The sliders and menus by name; setting a ``value`` moves the curves.
        setting: The value of every control, by name.
        curves: The curves at the present setting by name: float arrays, 1-D or 2-D.
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
        self._maps: dict[str, tuple[int, ...]] = {}
        self._controls = controls
        self.view = LivePicture(controls=controls, seed=seeds[0])
        first = self.curves
        self._maps = {name: v.shape for name, v in first.items() if v.ndim == 2}
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
                    **{k: v for k, v in asdict(trace).items() if k != "styles"},
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
            # What is said of formats, or of many curves, needs more lines.
            "room": "live-status"
            if limits or len(say) > 2
            else "live-status live-brief",
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
        """The curves at the present setting by name: float arrays, 1-D or 2-D."""
        return self._at(self.setting, self.seed)

    def _at(self, setting: Setting, seed: int) -> Curves:
        place = (*setting.values(), seed)
        if self._shown is None or self._shown[0] != place:
            drawn = {"seed": seed} if len(self._seeds) > 1 else {}
            curves = checked(self._compute(**setting, **drawn))
            for name, shape in self._maps.items():
                if np.shape(curves.get(name)) != shape:
                    raise ValueError(
                        f"curve {name!r} had shape {shape} at first, now it has "
                        f"{np.shape(curves.get(name))}; a heat map must keep its shape"
                    )
            self._shown = place, curves
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
        sizes = [(name, row.size) for name, row in codes.items()]
        row = np.concatenate([row.ravel() for row in codes.values()]).astype("<i4")
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
            codes = grid.codes[place][: values.size]
            if np.abs(codes - self._traces[name].encode(values.ravel())).max() > 1:
                raise ValueError(
                    f"grid and compute give different curves {name!r} "
                    f"at the setting {self.setting}"
                )

    def _layered(self, numeric: dict[str, list]) -> dict[str, bool]:
        """Which curves have one point per layer: seen by computing at two depths."""
        here = self.setting
        shapes = {name: values.shape for name, values in self.curves.items()}
        if "depth" not in numeric:
            return dict.fromkeys(shapes, False)
        other = next(d for d in [*numeric["depth"], None] if d != here["depth"])
        if other is None:
            return {name: shape == (here["depth"],) for name, shape in shapes.items()}
        there = self._at({**here, "depth": other}, self.seed)
        layered = {}
        for name, shape in shapes.items():
            if shape == (here["depth"],) and there[name].shape == (other,):
                layered[name] = True
            elif shape == there[name].shape:
                layered[name] = False
            else:
                raise ValueError(
                    f"curve {name!r} has {shape[0]} points at depth {here['depth']} "
                    f"and {len(there[name])} at depth {other}; its length must be "
                    "constant or equal the depth"
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
            one = (max(numeric["depth"]),) if layered[name] else self.curves[name].shape
            if values.shape != (*shape, *one):
                raise ValueError(
                    f"grid of {name!r} must have shape {(*shape, *one)} for the axes "
                    f"{tuple(axes)}, got {values.shape}"
                )
            values = values.reshape(*shape, math.prod(one))
            order = sorted(range(len(axes)), key=lambda i: list(numeric).index(axes[i]))
            values = values.transpose(*order, len(axes))
            axes = tuple(axes[i] for i in order)
            padding = np.zeros(values.shape, dtype=bool)
            if layered[name] and "depth" in axes:
                beyond = np.arange(one[0]) >= np.array(numeric["depth"])[:, None]
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
                one = (max(numeric["depth"]),) if layered[name] else row.shape
                if name not in dense:
                    dense[name] = np.zeros((*shape, *one))
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
            f"{words} {spoken(self.curves[name].flat[index])}"
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
    """A figure whose curves follow sliders, in Jupyter and in the built book.

    Args:
        compute: Called with one keyword per control (and ``seed`` if there are several
            seeds); returns the curves by name, each 1-D, of constant length or with
            one point per layer (length equal to the control ``depth``), or 2-D of
            constant shape (rows, columns).
        picture: Called with the curves and one keyword per control; returns a
            matplotlib figure that draws each curve with the curve's name as ``gid``:
            ``ax.plot`` as one solid line or markers alone, ``ax.bar(x, curve, width)``
            as bars of one width and colour, or, if it is 2-D, ``ax.pcolormesh(curve,
            norm=LogNorm(low, high))`` or with ``vmin`` and ``vmax``, and any ``cmap``.
            Set the limits of axes and colours: they stay, whatever the sliders do.
            Points, bars and cells are evenly spaced. What is not a number leaves a
            gap; 0 on a logarithmic axis lies at its end, as infinity does, and in a
            heat map both have the colours that the ``cmap`` has for what is below and
            above its scale (``cmap.with_extremes(under=..., over=..., bad=...)``).
        key: A short name for links to a setting, like ``signal``; unique on its page.
        say: For each curve to be put into words, the words and the point they are
            about, like ``("signal at the last layer", -1)``; of a heat map, the cell
            ``row * columns + column``. What comes before " at " names the curve in
            sentences about the number formats; words without it get none.
        grid: ``compute`` for all slider positions in one call, for speed: sliders come
            as lists, menus and ``seed`` as one value. Returns for each curve the names
            of the sliders it depends on and an array of shape
            ``(positions of each..., points)``, for a heat map ``(positions of each...,
            rows, columns)``; a curve with one point per layer has as many points as the
            largest depth, and those beyond a depth are ignored.
        presets: For each button, its label and the setting it leads to, which may name
            some of the controls only; the nearest slider position is taken.
        seeds: The random draws; a button steps through them if there are several.
        limits: Number formats by name, each with its smallest and largest number. Where
            a said curve on a logarithmic axis leaves one, the figure says so.
        alt: What the picture shows, in words, for readers who cannot see it.
        **controls: The sliders and menus, by the name that ``compute`` knows them by.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If a value is not allowed, or the curves, what the picture draws
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


def plain(values: Any, name: str) -> np.ndarray:
    """An array or tensor as a float64 array; ``name`` is for the error."""
    if isinstance(values, torch.Tensor):
        values = values.detach().to("cpu", torch.float64).numpy()
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must hold numbers, got {type(values)}") from error


def checked(curves: Any) -> Curves:
    """What ``compute`` returned, as float64 arrays of one or two dimensions."""
    if not isinstance(curves, Mapping) or not curves:
        raise TypeError(
            "compute must return curves by name, like {'forward': ...}, "
            f"got {curves!r}"
        )
    arrays = {name: plain(values, f"curve {name!r}") for name, values in curves.items()}
    for name, array in arrays.items():
        if array.ndim not in (1, 2) or not array.size:
            raise ValueError(
                f"curve {name!r} must have one or two dimensions and at least one "
                f"point, got shape {array.shape}"
            )
    return arrays


def spoken(value: Any) -> str:
    """A value in three significant digits; words and whole numbers as they are."""
    if isinstance(value, float):
        return f"{value:#.3g}".rstrip(".") if math.isfinite(value) else f"{value}"
    return repr(value)
