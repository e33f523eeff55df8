"""What the Python side, live.js and widgets.js hand one another; both name this file.

A live figure is saved as one widget with the traits ``spec`` (:class:`Spec`), ``svg``,
``tables``, ``seed`` and ``controls`` (the model of each control, by name). live.js
draws it and asks; in Jupyter the kernel answers (figure.py), in the page widgets.js.

The SVG: a curve named n is drawn by the paths with ``data-curve="n"``, one for each of
its styles, in their order; codes.py and live.js write the same ``d`` into them.

Codes: a curve's numbers are whole codes of ``quantum`` each, in units of its scale; on
a logarithmic one a number is ``10 ** (code * quantum)``. What is no ordinary number has
a code of its own, below.

Positions: a slider stands at ``min + i * step``, to 12 digits after the point, where i
runs from 0 to ``floor((max - min) / step + 1e-6)``: a step that does not divide the
range leaves its end out. The value of a logarithmic slider is its base to that power.
``positions`` in helpers/controls.py and ``lastPosition`` in widgets.js count so.

Tables: one for each choice of the menus, named by the indices chosen, in the order of
``controls``, and then by the index of the seed if there are several, joined by "-".
Each is base64 of zlib of, for every curve in the order of ``curves``, a byte whose bit
i says whether it depends on the i-th slider (``depth`` is the last), and its rows as
``pack`` in tables.py writes them; ``decode`` in widgets.js reads them.

Words: both scripts say English sentences. What replaces them in another language is in
the spec for live.js, and in ``words`` beside the page's saved ``state`` for widgets.js.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, NamedTuple, TypedDict

# The two forms in which Jupyter keeps widgets: their place in an output, their state.
VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"

# The variable by which whoever executes a chapter for the book asks for tables, as "1".
FOR_BOOK = "FIRST_WEIGHTS_BOOK"

CODES_PER_DECADE = 200
LIMIT = 2**28  # every ordinary code is smaller in size
ZERO, INFINITE, MINUS_INFINITE, NOT_A_NUMBER = -LIMIT, LIMIT, -LIMIT - 1, LIMIT + 1

# The labels of the buttons that every page adds to the presets.
ANOTHER_DRAW, COPY_LINK = "Another draw", "Copy link"

Mark = Literal["line", "dots", "bars", "cells"]


@dataclass(frozen=True)
class Slider:
    """A control over numbers, as the scripts know it: its start and its steps."""

    name: str
    label: str
    min: float
    step: float
    count: int

    def __post_init__(self) -> None:
        """Refuse what has no positions."""
        if not self.step > 0 or self.count < 1:
            raise ValueError(
                f"control {self.name!r} must have a step above 0 and a position, "
                f"got step={self.step}, count={self.count}"
            )


@dataclass(frozen=True)
class Menu:
    """A control over words, as the scripts know it."""

    name: str
    label: str
    options: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse what leaves no choice."""
        if not self.options:
            raise ValueError(f"control {self.name!r} must have options, got none")


@dataclass(frozen=True, kw_only=True)
class Curve:
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
        width: Of a bar.
        columns: Of cells.
        layered: Whether it has one point per layer; known where there are tables.
        points: How many it has, at the largest depth; known where there are tables.
    """

    name: str
    mark: Mark
    axis: str
    first: float
    step: float
    x: tuple[float, float]
    y: tuple[float, float]
    low: float
    high: float
    log: bool
    quantum: float
    width: float = 0.0
    columns: int = 0
    layered: bool | None = None
    points: int | None = None

    def __post_init__(self) -> None:
        """Refuse a scale that tells no two numbers apart."""
        if not self.low < self.high or not self.quantum > 0:
            raise ValueError(
                f"the scale of curve {self.name!r} must be wider than one step of "
                f"{self.quantum:g}{' decades' if self.log else ''}"
            )

    def saved(self) -> dict[str, Any]:
        """The curve as the scripts read it; what is not known is left out."""
        known = {one.name: getattr(self, one.name) for one in fields(Curve)}
        return {name: value for name, value in known.items() if value is not None}


class Said(NamedTuple):
    """How a curve is put into words.

    Attributes:
        words: What the point is, like ``signal at the last layer``.
        point: The point that they are about.
        thing: What the whole curve is, like ``signal``, for sentences that name places
            of their own; empty if there are none about it.
    """

    words: str
    point: int
    thing: str = ""


@dataclass(frozen=True, kw_only=True)
class Spec:
    """All that a live figure tells its scripts: what was asked, drawn and tabulated.

    Attributes:
        key: A short name for links to a setting.
        alt: What the picture shows, in words.
        controls: The sliders and menus, in the reader's order.
        say: How to put a curve into words, by its name.
        presets: For each button, by control the trait to set and to what.
        limits: The smallest and the largest number of each number format.
        seeds: The random draws.
        curves: In the order of the tables; empty before the picture is drawn.
        still: The controls that change no curve; known where there are tables.
        words: What replaces sentences of live.js, in another language than English.
    """

    key: str
    alt: str
    controls: tuple[Slider | Menu, ...]
    say: Mapping[str, Said] = field(default_factory=dict)
    presets: Mapping[str, Mapping[str, tuple[str, Any]]] = field(default_factory=dict)
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    seeds: tuple[int, ...] = (0,)
    curves: tuple[Curve, ...] = ()
    still: tuple[str, ...] | None = None
    words: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what the scripts could not use."""
        if not isinstance(self.key, str) or not re.fullmatch(
            r"[a-z][a-z0-9_-]*", self.key
        ):
            raise ValueError(
                "key must be lower-case letters, digits, - and _, like 'signal', "
                f"got {self.key!r}"
            )
        if not self.seeds or len(set(self.seeds)) < len(self.seeds):
            raise ValueError(
                f"seeds must be different integers, at least one, got {self.seeds}"
            )
        for name, bounds in self.limits.items():
            if len(bounds) != 2 or not 0 < bounds[0] < bounds[1]:
                raise ValueError(f"limits of {name!r} must be 0 < smallest < largest")
        names = [curve.name for curve in self.curves]
        unknown = [name for name in self.say if names and name not in names]
        if unknown:
            raise ValueError(
                f"say names {unknown[0]!r}, which is no curve; "
                f"the curves are {', '.join(names)}"
            )

    @property
    def room(self) -> str:
        """The class of the sentence: formats, or many curves, need more lines."""
        long = self.limits or len(self.say) > 2
        return "live-status" if long else "live-status live-brief"

    def saved(self) -> dict[str, Any]:
        """The spec as the scripts read it.

        Curves and the like are lists: Jupyter sorts the keys of what it saves.
        """
        still = {} if self.still is None else {"still": list(self.still)}
        return still | {
            "key": self.key,
            "alt": self.alt,
            "controls": [asdict(control) for control in self.controls],
            "curves": [
                curve.saved() | {"say": self._said(curve.name)} for curve in self.curves
            ],
            "said": list(self.say),
            "presets": [[label, dict(part)] for label, part in self.presets.items()],
            "limits": [[name, *bounds] for name, bounds in self.limits.items()],
            "seeds": self.seeds,
            "room": self.room,
            "words": dict(self.words),
        }

    def _said(self, curve: str) -> dict[str, Any] | None:
        return self.say[curve]._asdict() if curve in self.say else None


# A question of live.js: the value of each slider and the index of each menu.
Question = TypedDict("Question", {"from": str, "setting": dict[str, Any], "seed": int})


class Answer(TypedDict):
    """The size of each curve; the codes follow in a buffer, little-endian int32."""

    to: str
    sizes: list[tuple[str, int]]


class Refusal(TypedDict):
    """Why there is no answer, in words that the figure shows."""

    to: str
    error: str
