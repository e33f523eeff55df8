"""Every position of a live figure, for the book, where no kernel computes."""

import base64
import itertools
import math
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from helpers.controls import is_menu, nearest
from helpers.live.figure import LiveFigure, Setting, as_floats
from helpers.live.marks import Curves
from helpers.live.tables import Grid

Place = tuple[int, ...]
# For each curve, the sliders it depends on, and its values at all their positions.
Computed = Mapping[str, tuple[Sequence[str], Any]]


def every_position(
    figure: LiveFigure, grid: Callable[..., Computed] | None = None
) -> None:
    """Computes the curves at every position, and hands them to the figure's page.

    Args:
        figure: The live figure.
        grid: ``compute`` for all positions of the sliders at once; see ``live``.

    Raises:
        TypeError: If ``grid`` returns something else than numbers.
        ValueError: If ``grid`` does not fit the curves, or a curve's length follows
            no rule.
    """
    every = EveryPosition(figure, grid)
    contents: dict[Place, bytes] = {}
    moving: set[str] = set()
    for place, choice in every.choices():
        grids = every.grids(choice).values()
        moving.update(*(grid.axes for grid in grids))
        packed = (grid.packed(every.depths, list(every.sliders)) for grid in grids)
        contents[place] = b"".join(packed)
    if any(every.layered.values()):
        moving.add("depth")
    still = [name for name in every.sliders if name not in moving]
    still += [name for i, name in enumerate(every.menus) if is_idle(contents, i)]
    curves = tuple(
        replace(
            trace,
            layered=every.layered[name],
            points=math.prod(every.shapes[name]),
        )
        for name, trace in figure.traces.items()
    )
    tables = {
        "-".join(map(str, place)): base64.b64encode(zlib.compress(stream, 9)).decode()
        for place, stream in contents.items()
    }
    figure.hand_over(replace(figure.spec, curves=curves, still=tuple(still)), tables)


def is_idle(contents: Mapping[Place, bytes], menu: int) -> bool:
    """Whether all choices of one menu, the others being equal, give equal tables."""
    seen: dict[Place, bytes] = {}
    return all(
        seen.setdefault(place[:menu] + place[menu + 1 :], stream) == stream
        for place, stream in contents.items()
    )


class EveryPosition:
    """The codes of a figure's curves, over all positions of its sliders at once.

    Attributes:
        sliders: Every position of every slider; depth last, as a table is written.
        menus: The values of every menu, and of the seed if there are several.
        layered: Which curves have one point per layer.
        shapes: The shape of each curve at the largest depth.
    """

    def __init__(
        self, figure: LiveFigure, grid: Callable[..., Computed] | None = None
    ) -> None:
        """See :func:`every_position`."""
        self.figure, self._grid = figure, grid
        controls = figure.controls
        names = [name for name, c in controls.items() if not is_menu(c)]
        names.sort(key=lambda name: name == "depth")
        self.sliders = {name: figure.stops[name] for name in names}
        self.menus = {n: figure.stops[n] for n, c in controls.items() if is_menu(c)}
        if len(figure.spec.seeds) > 1:
            self.menus["seed"] = list(figure.spec.seeds)
        self.layered = self._layered()
        self.shapes = {
            name: (max(self.depths),) if self.layered[name] else values.shape
            for name, values in figure.curves.items()
        }

    @property
    def depths(self) -> list[int]:
        """The positions of the depth slider, if there is one."""
        return self.sliders.get("depth", [])

    def choices(self) -> Iterator[tuple[Place, Setting]]:
        """Every choice of the menus and the seed: its place, and its values."""
        counted = (enumerate(values) for values in self.menus.values())
        for chosen in itertools.product(*counted):
            place = tuple(i for i, _ in chosen)
            values = (value for _, value in chosen)
            yield place, dict(zip(self.menus, values, strict=True))

    def grids(self, choice: Setting) -> dict[str, Grid]:
        """The codes of each curve for one choice, along the axes that it needs."""
        grid = self._grid or self._one_by_one
        computed = grid(**self.sliders, **choice)
        if set(computed) != set(self.layered):
            raise ValueError(
                f"grid must return the curves {sorted(self.layered)}, "
                f"got {sorted(computed)}"
            )
        grids = {name: self._encoded(name, *computed[name]) for name in self.layered}
        here = {**self.figure.setting, "seed": self.figure.seed}
        if choice.items() <= here.items():
            self._compare(grids)
        return {name: grid.needed(self.depths) for name, grid in grids.items()}

    def _encoded(self, name: str, axes: Sequence[str], values: Any) -> Grid:
        """One curve of a grid as codes, its axes in the order of the sliders."""
        values = as_floats(values, f"grid of {name!r}")
        strangers = [axis for axis in axes if axis not in self.sliders]
        if strangers:
            raise ValueError(
                f"grid of {name!r} names the axis {strangers[0]!r}; "
                f"allowed: {', '.join(self.sliders)}"
            )
        counts = tuple(len(self.sliders[axis]) for axis in axes)
        one = self.shapes[name]
        if values.shape != (*counts, *one):
            raise ValueError(
                f"grid of {name!r} must have shape {(*counts, *one)} for the axes "
                f"{tuple(axes)}, got {values.shape}"
            )
        values = values.reshape(*counts, math.prod(one))
        ranks = [list(self.sliders).index(axis) for axis in axes]
        order = sorted(range(len(axes)), key=ranks.__getitem__)
        values = values.transpose(*order, len(axes))
        axes = tuple(axes[i] for i in order)
        padding = np.zeros(values.shape, dtype=bool)
        if self.layered[name] and "depth" in axes:
            beyond = np.arange(one[0]) >= np.array(self.depths)[:, None]
            padding = np.broadcast_to(beyond, values.shape)
        codes = self.figure.traces[name].encode(np.where(padding, 1.0, values))
        return Grid(axes, np.where(padding, 0, codes), self.layered[name])

    def _compare(self, grids: Mapping[str, Grid]) -> None:
        """Refuses a grid that shows something else than ``compute`` does."""
        figure, setting = self.figure, self.figure.setting
        for name, grid in grids.items():
            place = tuple(
                nearest(figure.controls[axis], setting[axis], self.sliders[axis])
                for axis in grid.axes
            )
            values = figure.curves[name]
            codes = grid.codes[place][: values.size]
            if np.abs(codes - figure.traces[name].encode(values.ravel())).max() > 1:
                raise ValueError(
                    f"grid and compute give different curves {name!r} "
                    f"at the setting {setting}"
                )

    def _layered(self) -> dict[str, bool]:
        """Which curves have one point per layer: seen by computing at two depths."""
        here = self.figure.setting
        shapes = {name: values.shape for name, values in self.figure.curves.items()}
        if not self.depths:
            return dict.fromkeys(shapes, False)
        other = next((d for d in self.depths if d != here["depth"]), None)
        if other is None:
            return {name: shape == (here["depth"],) for name, shape in shapes.items()}
        there = self.figure.at({**here, "depth": other}, self.figure.seed)
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

    def _one_by_one(self, **fixed: Any) -> Computed:
        """What ``grid`` would return, by one call of ``compute`` per position."""
        seed = fixed.get("seed", self.figure.spec.seeds[0])
        dense: Curves = {}
        for place in np.ndindex(*map(len, self.sliders.values())):
            moved = zip(self.sliders.items(), place, strict=True)
            setting = fixed | {name: values[i] for (name, values), i in moved}
            for name, row in self.figure.at(setting, seed).items():
                if name not in dense:
                    counts = map(len, self.sliders.values())
                    dense[name] = np.zeros((*counts, *self.shapes[name]))
                dense[name][place][: len(row)] = row
        return {name: (tuple(self.sliders), values) for name, values in dense.items()}
