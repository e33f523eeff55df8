"""The sliders and menus of live figures, and every position that they can take.

Conventions: a *control* is a slider or a menu; its *positions* are all the values it
can take, in order: a slider's are its steps. Presets of a live figure add exact values.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import ipywidgets
import numpy as np

from helpers.activations import ACTIVATIONS
from helpers.words import shown

Control: TypeAlias = (
    ipywidgets.IntSlider
    | ipywidgets.FloatSlider
    | ipywidgets.FloatLogSlider
    | ipywidgets.Dropdown
)


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


def choices(menu: ipywidgets.Dropdown) -> list[tuple[str, Any]]:
    """The label and the value of each choice, in whatever form they were given."""
    given = menu.options
    options = list(given.items() if isinstance(given, Mapping) else given)
    if all(isinstance(one, list | tuple) and len(one) == 2 for one in options):
        return [(str(label), value) for label, value in options]
    return [(str(value), value) for value in options]


def translate(control: Control) -> None:
    """Let a control show its words in the reader's language."""
    control.description = shown(control.description)
    if is_menu(control):
        written = choices(control)
        options = [(shown(label), value) for label, value in written]
        if options != written:
            place = control.index  # which new options would move to the first one
            control.options, control.index = options, place


def positions(control: Control) -> list:
    """Every value that the control can take, in order."""
    if is_menu(control):
        return [value for _, value in choices(control)]
    # Steps that just fail to fit, because floats are not exact, fit.
    last = math.floor((control.max - control.min) / control.step + 1e-6)
    ticks = [control.min + i * control.step for i in range(last + 1)]
    if isinstance(control, ipywidgets.IntSlider):
        return ticks
    ticks = [round(tick, 12) for tick in ticks]
    if isinstance(control, ipywidgets.FloatLogSlider):
        return [float(control.base**tick) for tick in ticks]
    return ticks


def stops(control: Control, more: Iterable[float] = ()) -> list:
    """Every value that the control can take in a live figure, in order.

    Args:
        control: A slider or a menu.
        more: Values that a slider shall reach exactly, beside its own steps.

    Raises:
        TypeError: If a slider is given something that is not a number.
        ValueError: If a value is beyond the slider, or not whole where its steps are.
    """
    found = positions(control)
    if is_menu(control):
        return found
    for value in more:
        check_reach(control, value)
        if any(math.isclose(value, there, rel_tol=1e-9) for there in found):
            continue
        if isinstance(control, ipywidgets.IntSlider):
            allowed = ", ".join(map(str, found))
            name = control.description
            raise ValueError(f"{name} has no {value!r}; allowed: {allowed}")
        found.append(float(value))
    return sorted(found)


def nearest(control: Control, value: Any, among: Sequence | None = None) -> int:
    """The index of the position nearest to a value.

    Args:
        control: A slider or a menu.
        value: Where to.
        among: All its positions, as :func:`stops` finds them; its own steps if None.

    Raises:
        TypeError: If a slider is given something that is not a number.
        ValueError: If the control cannot be moved there.
    """
    reachable = positions(control) if among is None else list(among)
    name = control.description
    if is_menu(control):
        if value not in reachable:
            allowed = ", ".join(map(str, reachable))
            raise ValueError(f"{name} has no {value!r}; allowed: {allowed}")
        return reachable.index(value)
    check_reach(control, value)
    logarithmic = isinstance(control, ipywidgets.FloatLogSlider)
    scale = np.log if logarithmic else np.asarray
    return int(np.argmin(np.abs(scale(reachable) - scale(value))))


def check_reach(control: Control, value: Any) -> None:
    """Refuse a value that a slider cannot be moved to.

    Raises:
        TypeError: If it is not a number.
        ValueError: If it lies beyond the slider's ends.
    """
    name = control.description
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise TypeError(f"{name} must be a number, got {value!r}")
    low = positions(control)[0]
    high = control.max
    if isinstance(control, ipywidgets.FloatLogSlider):
        high = control.base**control.max
    # Jupyter lets a reader go to the very end, even where no step leads there.
    slack = 1e-9 * np.abs([low, high]).max()
    if not low - slack <= value <= high + slack:
        raise ValueError(f"{name} must be from {low:g} to {high:g}, got {value!r}")


def settled(control: Control, value: Any, among: Sequence | None = None) -> Any:
    """The position nearest to a value, so that Jupyter shows what the book shows."""
    reachable = positions(control) if among is None else among
    return reachable[nearest(control, value, reachable)]
