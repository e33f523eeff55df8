"""An activation of the reader's own in Jupyter: a menu's last entry, and its field.

What is typed is an expression in z, which helpers take in place of a name; so whatever
a figure computes of a name, PyTorch computes of it.
"""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

import ipywidgets
from traitlets import HasTraits

from helpers.activations import LARGEST, critical_gain, unit_variance_gain
from helpers.controls import Control, choices, is_menu
from helpers.expressions import LONGEST
from helpers.meanfield import chi_1, forward_curve
from helpers.words import say

ACTIVATION, OWN = "activation", "your own"  # the menu's name, and its last value
LAYERS = 500  # by then a signal has settled, or is on its way out
FIRST = "z * sigmoid(1.7 * z)"  # what the field has at first


def offer(controls: Mapping[str, Control]) -> None:
    """Give the menu of activations its last entry.

    Raises:
        ValueError: If there is no such menu.
    """
    menu = controls.get(ACTIVATION)
    if menu is None or not is_menu(menu):
        raise ValueError(f"own needs a menu that is called {ACTIVATION!r}")
    if OWN not in (value for _, value in choices(menu)):
        place = menu.index  # which new options would move to the first one
        menu.options = [*choices(menu), (say("your own"), OWN)]
        menu.index = place


def offered(stops: Mapping[str, Sequence]) -> bool:
    """Whether a figure with these values of its controls has the entry."""
    return OWN in stops.get(ACTIVATION, ())


def field(menu: ipywidgets.Dropdown, view: HasTraits) -> ipywidgets.Text:
    """The field for an expression, seen while the entry is chosen.

    Args:
        menu: the menu of activations.
        view: what is told of each letter, as its trait ``typed``.
    """
    text = ipywidgets.Text(FIRST, description=say("φ(z) ="))

    def show(change: object = None) -> None:
        text.layout.display = None if menu.value == OWN else "none"

    def tell(change: object = None) -> None:
        view.set_trait("typed", text.value[: LONGEST + 1])  # one more is refused

    menu.observe(show, "value")
    text.observe(tell, "value")
    show()
    tell()
    return text


def keeps_gradients(name: str, gain: float) -> bool:
    """Whether a gradient keeps its size, to a percent, where signals have come.

    At the critical gain of gelu it does not: signals leave the size at which it would.
    """
    q = forward_curve(name, gain, LAYERS)[-1]
    return abs(chi_1(name, gain, q=q).item() - 1) < 0.01


@lru_cache(maxsize=64)
def described(name: str) -> str:
    """What chapter 6 teaches about an activation: its two gains, in a sentence."""
    unit, critical = unit_variance_gain(name), critical_gain(name)
    if not 0 < unit < math.inf:
        return say("No gain keeps the size of a signal.")
    if not critical < LARGEST or not keeps_gradients(name, critical):
        return say(
            "Unit-variance gain {unit}; no critical gain without biases.",
            unit=f"{unit:.4g}",
        )
    return say(
        "Unit-variance gain {unit}; critical gain {critical}.",
        unit=f"{unit:.4g}",
        critical=f"{critical:.4g}",
    )
