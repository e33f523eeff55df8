"""The call that makes a live figure in a chapter; it checks what it is given."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from helpers import words
from helpers.controls import (
    Control,
    choices,
    is_menu,
    nearest,
    settled,
    stops,
    translate,
)
from helpers.live.contract import FOR_BOOK, Menu, Said, Slider, Spec
from helpers.live.figure import LiveFigure
from helpers.live.own import offer
from helpers.live.positions import Computed, every_position
from helpers.words import shown

SCRIPT = Path(__file__).with_name("live.js")


def live(
    compute: Callable[..., Mapping[str, Any]],
    picture: Callable[..., Figure],
    *,
    key: str,
    say: Mapping[str, tuple[str, int]],
    grid: Callable[..., Computed] | None = None,
    presets: Mapping[str, Mapping[str, Any]] | None = None,
    seeds: Sequence[int] = (0,),
    limits: Mapping[str, tuple[float, float]] | None = None,
    alt: str = "",
    own: bool = False,
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
            Limits that it sets stay, whatever the sliders do; a logarithmic y axis
            without limits follows its curves, in whole decades. Points, bars and cells
            are evenly spaced. Labels stand beside their lines, in place of a legend.
            What is not a number leaves a gap, and what lies beyond an axis, as
            0 does beyond a logarithmic one, is not drawn: an arrow says how far the
            curve goes. In a heat map both have the colours that the ``cmap`` has for
            what is below and above its scale (``cmap.with_extremes(under=...,
            over=..., bad=...)``).
        key: A short name for links to a setting, like ``signal``; unique on its page.
        say: For each curve to be put into words, at least one, the words and the point
            they are about, like ``("signal at the last layer", -1)``; of a heat map,
            the cell ``row * columns + column``. What comes before " at " names the
            curve in sentences about the number formats; words without it get none.
        grid: ``compute`` for all slider positions in one call, for speed: sliders come
            as lists, menus and ``seed`` as one value. Returns for each curve the names
            of the sliders it depends on and an array of shape
            ``(positions of each..., points)``, for a heat map ``(positions of each...,
            rows, columns)``; a curve with one point per layer has as many points as the
            largest depth, and those beyond a depth are ignored.
        presets: For each button, its label and the setting it leads to: every control,
            with its exact value, which a slider then reaches beside its own steps.
        seeds: The random draws; a button steps through them if there are several.
        limits: Number formats by name, each with its smallest and largest number. Where
            a said curve on a logarithmic axis leaves one, the figure says so.
        alt: What the picture shows, in words, for readers who cannot see it.
        own: Whether the menu ``activation`` has a last entry in Jupyter, an expression
            in z of the reader's own, which ``compute`` is then given as its name. The
            book's page offers it by itself, where it can compute it.
        **controls: The sliders and menus, by the name that ``compute`` knows them by.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If a value is not allowed, or the curves, what the picture draws
            and the grid do not fit together.
    """
    functions = {"compute": compute, "picture": picture}
    for name, function in functions.items():
        if not callable(function):
            raise TypeError(f"{name} must be a function, got {function!r}")
    if grid is not None and not callable(grid):
        raise TypeError(f"grid must be a function or None, got {grid!r}")
    check_controls(controls)
    if not say:
        raise ValueError(
            "say needs a curve: the figure has to tell its result in words"
        )
    for_book = os.environ.get(FOR_BOOK) == "1"
    if own and not for_book:  # a page has tables of what is known beforehand
        offer(controls)
    presets = presets or {}
    check_presets(presets, controls)
    reachable = {
        name: stops(control, (preset[name] for preset in presets.values()))
        for name, control in controls.items()
    }
    for name, control in controls.items():
        control.value = settled(control, control.value, reachable[name])
        translate(control)
    spec = Spec(
        key=key,
        alt=shown(alt),
        controls=tuple(
            described(name, c, reachable[name]) for name, c in controls.items()
        ),
        say={name: said(*about) for name, about in say.items()},
        presets={
            shown(label): moves(part, controls, reachable)
            for label, part in presets.items()
        },
        start=moves({n: c.value for n, c in controls.items()}, controls, reachable),
        limits=dict(limits or {}),
        seeds=tuple(int(seed) for seed in seeds),
        words=words.translations(words.said(SCRIPT)),
    )
    figure = LiveFigure(compute, picture, controls, reachable, spec)
    if for_book:
        every_position(figure, grid)
    return figure


def check_controls(controls: Mapping[str, Control]) -> None:
    """Refuse what readers could not move, or could not name.

    Raises:
        TypeError: If one is no slider and no menu of a kind that the page can draw.
        ValueError: If there is none, or one has no words or a name that is taken.
    """
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


def said(words: str, point: int) -> Said:
    """How to put a curve into words, from those that a chapter gives."""
    thing, _, place = words.partition(" at ")
    return Said(shown(words), point, shown(thing) if place else "")


def described(name: str, control: Control, reachable: Sequence) -> Slider | Menu:
    """What the scripts need to know of a control."""
    if is_menu(control):
        labels = tuple(label for label, _ in choices(control))
        return Menu(name, control.description, labels)
    return Slider(name, control.description, tuple(reachable))


def check_presets(
    presets: Mapping[str, Mapping[str, Any]], controls: Mapping[str, Control]
) -> None:
    """Refuse a preset that moves what there is not, or leaves something to chance.

    Raises:
        ValueError: If one names a stranger, or not every control.
    """
    for label, setting in presets.items():
        for name in setting:
            if name not in controls:
                raise ValueError(
                    f"preset {label!r} sets {name!r}, which is no control; "
                    f"allowed: {', '.join(controls)}"
                )
        for name in controls:
            if name not in setting:
                raise ValueError(
                    f"preset {label!r} leaves {name!r} as it happens to be; a preset "
                    f"sets every control: {', '.join(controls)}"
                )


def moves(
    setting: Mapping[str, Any],
    controls: Mapping[str, Control],
    reachable: Mapping[str, Sequence],
) -> dict[str, tuple[str, Any]]:
    """A setting as the scripts follow it: by control, the trait to set, and to what."""
    found: dict[str, tuple[str, Any]] = {}
    for name, control in controls.items():
        index = nearest(control, setting[name], reachable[name])
        menu = is_menu(control)
        found[name] = ("index", index) if menu else ("value", reachable[name][index])
    return found
