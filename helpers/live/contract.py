"""What the Python side, live.js and widgets.js hand one another; both name this file.

A live figure is saved as one widget with the traits ``spec`` (:class:`Spec`), ``svgs``,
``tables``, ``seed``, ``typed`` (an activation of the reader's own) and ``controls``
(the model of each control, by name). live.js draws it and asks; in Jupyter the kernel
answers (figure.py), in the page widgets.js, and own/own.js for what is typed.

The SVGs: one for each width of the window, in the order of ``layouts``. A curve named n
is drawn by the paths with ``data-curve="n"``, one for each of its styles, in their
order. What lies in the k-th pair of axes and has to move is in groups with
``data-frame="k"``: ``data-part="ticks"``, ``labels`` and ``beyond`` are written anew,
what has a ``data-level`` (in decades) is moved up and down. codes.py, scales.py and
live.js write the same into all of these.

Codes: a curve's numbers are whole codes of ``quantum`` each, in units of its scale; on
a logarithmic one a number is ``10 ** (code * quantum)``. What is no ordinary number has
a code of its own, below.

Positions: a slider stands at one of its ``values``: its own steps, and the exact values
that presets lead to.

Tables: one for each choice of the menus, named by the indices chosen, in the order of
``controls``, and then by the index of the seed if there are several, joined by "-".
Each is base64 of zlib of, for every curve in the order of ``curves``, a byte whose bit
i says whether it depends on the i-th slider (``depth`` is the last), and its rows as
``pack`` in tables.py writes them; ``decode`` in widgets.js reads them.

Words: both scripts say English sentences. What replaces them in another language is in
the spec for live.js, and in ``words`` beside the page's saved ``state`` for widgets.js.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, NamedTuple, NotRequired, TypedDict

# The two forms in which Jupyter keeps widgets: their place in an output, their state.
VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"

# The variable by which whoever executes a chapter for the book asks for tables, as "1".
FOR_BOOK = "FIRST_WEIGHTS_BOOK"

CODES_PER_DECADE = 200
LIMIT = 2**28  # every ordinary code is smaller in size
ZERO, INFINITE, MINUS_INFINITE, NOT_A_NUMBER = -LIMIT, LIMIT, -LIMIT - 1, LIMIT + 1

# The labels of the buttons that every page adds to the presets.
ANOTHER_DRAW, COPY_LINK, RESET = "Another draw", "Copy link", "Reset"

Mark = Literal["line", "dots", "bars", "cells"]


@dataclass(frozen=True)
class Slider:
    """A control over numbers, as the scripts know it: all that it can stand at."""

    name: str
    label: str
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse what has no positions, or not in order."""
        if not self.values or list(self.values) != sorted(set(self.values)):
            raise ValueError(
                f"control {self.name!r} must have values that rise, got {self.values}"
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


@dataclass(frozen=True)
class Scale:
    """What the y axis of a frame, or the colours of a heat map, reach from and to.

    Attributes:
        low: The lower end: a number, or its decade on a logarithmic scale.
        high: The upper end.
        log: Whether the scale is logarithmic.
        follows: Whether it is fitted anew to what it shows; else it stays.
        levels: Decades that stay in sight, whatever the curves do.
        group: Frames of one group have one scale; the number of the first of them.
    """

    low: float
    high: float
    log: bool
    follows: bool = False
    levels: tuple[float, ...] = ()
    group: int = 0

    def __post_init__(self) -> None:
        """Refuse a scale that tells no two numbers apart."""
        if not self.low < self.high:
            raise ValueError(f"a scale must rise, got {self.low} to {self.high}")

    @property
    def quantum(self) -> float:
        """What a code is worth, in units of the scale or in decades.

        Finer than 1/2000 of a linear scale, 1/200 of a decade.
        """
        if self.log:
            return 1 / CODES_PER_DECADE
        return 10.0 ** math.floor(math.log10((self.high - self.low) / 2000))


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One curve: what draws it, on which scale, and what its points are called.

    Attributes:
        name: The curve's name.
        mark: What draws it.
        axis: What the x axis shows, in words; empty on a colour bar.
        first: The x of the first point.
        step: From one point's x to the next.
        frame: Where it lies, counted from 0: each pair of axes is a frame, and so is
            each heat map, whose scale is that of its colours.
        log: Whether its scale is logarithmic.
        quantum: What a code is worth, in units of the scale or in decades.
        colour: What its words are written in.
        label: Its words beside the line; empty for none.
        columns: Of cells.
        layered: Whether it has one point per layer; known where there are tables.
        points: How many it has, at the largest depth; known where there are tables.
    """

    name: str
    mark: Mark
    axis: str
    first: float
    step: float
    frame: int
    log: bool
    quantum: float
    colour: str = ""
    label: str = ""
    columns: int = 0
    layered: bool | None = None
    points: int | None = None

    def saved(self) -> dict[str, Any]:
        """The curve as the scripts read it; what is not known is left out."""
        known = {one.name: getattr(self, one.name) for one in fields(Curve)}
        return {name: value for name, value in known.items() if value is not None}


class Box(NamedTuple):
    """The rectangle of a pair of axes, in units of the SVG; y runs downwards."""

    left: float
    right: float
    top: float
    bottom: float


class Place(NamedTuple):
    """Where a curve lies in a picture, in units of the SVG.

    Attributes:
        x: Of the first point; the left edge of the first bar or cell.
        step: To the next one.
        width: Of a bar.
        y: The edge of the first row of cells.
        row: To the next row.
    """

    x: float
    step: float
    width: float = 0.0
    y: float = 0.0
    row: float = 0.0


@dataclass(frozen=True)
class Layout:
    """The picture at one width: where all that moves lies.

    Attributes:
        width: Of the SVG, in CSS pixels at which its text has its size.
        inside: Whether labels lie in the frame, above their lines, not beside it.
        boxes: Of each frame; of a heat map, of its cells.
        places: Of each curve, by name.
    """

    width: float
    inside: bool
    boxes: tuple[Box, ...]
    places: Mapping[str, Place]


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
        start: The setting that a reset leads to: by control, the trait and its value.
        scales: Of each frame.
        curves: In the order of the tables; empty before the picture is drawn.
        layouts: The picture at each width, the narrowest last.
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
    start: Mapping[str, tuple[str, Any]] = field(default_factory=dict)
    scales: tuple[Scale, ...] = ()
    curves: tuple[Curve, ...] = ()
    layouts: tuple[Layout, ...] = ()
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
        """The class of the sentence: formats need more lines."""
        return "live-status" if self.limits else "live-status live-brief"

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
            "scales": [asdict(scale) for scale in self.scales],
            "layouts": [asdict(layout) for layout in self.layouts],
            "start": dict(self.start),
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
    """The size of each curve, and what else there is to say, in whole sentences.

    The codes follow in a buffer, little-endian int32.
    """

    to: str
    sizes: list[tuple[str, int]]
    words: NotRequired[str]


class Refusal(TypedDict):
    """Why there is no answer, in words that the figure shows."""

    to: str
    error: str
