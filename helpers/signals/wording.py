"""What a verdict says: each sentence whole, so that a translation can replace it.

A layer is named by its number, how many there are, and its own name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from helpers.signals.measured import Measured
from helpers.words import say


class Kind(StrEnum):
    """What can be wrong with a signal."""

    EXPLODING = "exploding"
    VANISHING = "vanishing"
    COLLAPSED = "collapsed inputs"
    SYMMETRIC = "symmetric"
    DEAD = "dead"


@dataclass(frozen=True)
class Complaint:
    """One thing that is wrong: of which kind, and in a sentence what and where."""

    kind: Kind
    text: str

    def __str__(self) -> str:
        return self.text


def title(kinds: Sequence[Kind]) -> str:
    """Above a picture: what is wrong, in a word each."""
    names = {
        Kind.EXPLODING: say("exploding"),
        Kind.VANISHING: say("vanishing"),
        Kind.COLLAPSED: say("collapsed inputs"),
        Kind.SYMMETRIC: say("symmetric"),
        Kind.DEAD: say("dead"),
    }
    return ", ".join(names[kind] for kind in kinds) or say("healthy")


# What is wrong ------------------------------------------------------------------------


def not_finite(m: Measured, layer: int) -> Complaint:
    """A number that its format cannot hold."""
    text = say(
        "exploding: numbers are no longer finite at layer {layer} of {layers} ({name})",
        **_at(m, layer),
    )
    return Complaint(Kind.EXPLODING, text)


def dead(m: Measured, layer: int) -> Complaint:
    """A layer that passes nothing on."""
    text = say(
        "dead: every unit is 0 for the whole batch after layer {layer} of {layers} "
        "({name})",
        **_at(m, layer),
    )
    return Complaint(Kind.DEAD, text)


def copies(m: Measured, layer: int) -> Complaint:
    """Units that all compute the same."""
    text = say(
        "symmetric: units are copies of one another in layer {layer} of {layers} "
        "({name})",
        **_at(m, layer),
    )
    return Complaint(Kind.SYMMETRIC, text)


def collapsed(m: Measured, layer: int) -> Complaint:
    """Inputs that cannot be told apart."""
    text = say(
        "collapsed inputs: they differ by less than 1 % of the signal from layer "
        "{layer} of {layers} ({name}) on",
        **_at(m, layer),
    )
    return Complaint(Kind.COLLAPSED, text)


def signal_stopped(m: Measured, layer: int) -> Complaint:
    """A signal that ends."""
    text = say(
        "vanishing: the signal is exactly 0 at layer {layer} of {layers} ({name})",
        **_at(m, layer),
    )
    return Complaint(Kind.VANISHING, text)


def gradient_stopped(m: Measured, layer: int) -> Complaint:
    """A gradient that ends."""
    text = say(
        "vanishing: the gradient is exactly 0 at layer {layer} of {layers} ({name})",
        **_at(m, layer),
    )
    return Complaint(Kind.VANISHING, text)


def signal_changed(m: Measured, factor: float, start: int, end: int) -> Complaint:
    """A signal that has at one layer ``factor`` times its size at another."""
    grown, fields = factor > 1, _change(m, factor, start, end)
    match grown, _end_to_end(m, start, end):
        case True, True:
            text = say(
                "exploding: the signal at layer {layer} of {layers} ({name}) is "
                "{factor} times its size at the other end",
                **fields,
            )
        case True, False:
            text = say(
                "exploding: the signal at layer {layer} of {layers} ({name}) is "
                "{factor} times its size at layer {start} of {layers} ({first})",
                **fields,
            )
        case False, True:
            text = say(
                "vanishing: the signal at layer {layer} of {layers} ({name}) is "
                "{factor} times its size at the other end",
                **fields,
            )
        case _:
            text = say(
                "vanishing: the signal at layer {layer} of {layers} ({name}) is "
                "{factor} times its size at layer {start} of {layers} ({first})",
                **fields,
            )
    return Complaint(Kind.EXPLODING if grown else Kind.VANISHING, text)


def gradient_changed(m: Measured, factor: float, start: int, end: int) -> Complaint:
    """A gradient that has at one layer ``factor`` times its size at another."""
    grown, fields = factor > 1, _change(m, factor, start, end)
    match grown, _end_to_end(m, start, end):
        case True, True:
            text = say(
                "exploding: the gradient at layer {layer} of {layers} ({name}) is "
                "{factor} times its size at the other end",
                **fields,
            )
        case True, False:
            text = say(
                "exploding: the gradient at layer {layer} of {layers} ({name}) is "
                "{factor} times its size at layer {start} of {layers} ({first})",
                **fields,
            )
        case False, True:
            text = say(
                "vanishing: the gradient at layer {layer} of {layers} ({name}) is "
                "{factor} times its size at the other end",
                **fields,
            )
        case _:
            text = say(
                "vanishing: the gradient at layer {layer} of {layers} ({name}) is "
                "{factor} times its size at layer {start} of {layers} ({first})",
                **fields,
            )
    return Complaint(Kind.EXPLODING if grown else Kind.VANISHING, text)


# What is no fault ---------------------------------------------------------------------


def healthy(m: Measured, signal: float, gradient: float) -> str:
    """Praise, with the factors by which both signals change."""
    fields = {
        "layers": len(m.names),
        "signal": f"{signal:.2g}",
        "gradient": f"{gradient:.2g}",
        "share": f"{m.measured:.0%}",
    }
    match len(m.names) == 1, m.measured < 0.9:
        case False, False:
            return say(
                "healthy: over {layers} layers the signal changes by a factor of "
                "{signal}, the gradient going back by {gradient}",
                **fields,
            )
        case False, True:
            return say(
                "healthy as far as measured, {share} of the weights: over {layers} "
                "layers the signal changes by a factor of {signal}, the gradient "
                "going back by {gradient}",
                **fields,
            )
        case True, False:
            return say(
                "healthy: over 1 layer the signal changes by a factor of {signal}, "
                "the gradient going back by {gradient}",
                **fields,
            )
        case _:
            return say(
                "healthy as far as measured, {share} of the weights: over 1 layer "
                "the signal changes by a factor of {signal}, the gradient going back "
                "by {gradient}",
                **fields,
            )


def closed(m: Measured) -> str:
    """A last layer that passes no gradient on before its first step."""
    return say(
        "layer {layer} of {layers} ({name}) starts at 0: before its first step no "
        "gradient passes it, so none was judged",
        **_at(m, len(m.names) - 1),
    )


def waiting(names: Sequence[str]) -> str:
    """Layers that no gradient reaches yet."""
    return say("no gradient yet at {names}", names=_some(names))


def unmeasured(names: Sequence[str]) -> str:
    """Modules that were not looked at."""
    return say("not measured: {names}", names=_some(names))


# Fields -------------------------------------------------------------------------------


def _at(m: Measured, layer: int) -> dict[str, object]:
    return {"layer": layer + 1, "layers": len(m.names), "name": m.names[layer]}


def _change(m: Measured, factor: float, start: int, end: int) -> dict[str, object]:
    first = {"start": start + 1, "first": m.names[start]}
    return _at(m, end) | first | {"factor": f"{factor:.2g}"}


def _end_to_end(m: Measured, start: int, end: int) -> bool:
    return {start, end} == {0, len(m.names) - 1}


def _some(names: Sequence[str], most: int = 3) -> str:
    """Some names, and how many more there are."""
    names = list(dict.fromkeys(names))
    listed, more = ", ".join(names[:most]), len(names) - most
    if more <= 0:
        return listed
    return say("{names} and {more} more", names=listed, more=more)
