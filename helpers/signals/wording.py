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


def same_weights(m: Measured, layer: int) -> Complaint:
    """Units that differ in their biases alone."""
    text = say(
        "symmetric: all units have the same weights in layer {layer} of {layers} "
        "({name}); only biases tell them apart",
        **_at(m, layer),
    )
    return Complaint(Kind.SYMMETRIC, text)


def all_zero(m: Measured) -> Complaint:
    """A network without a weight that is not 0."""
    text = say(
        "symmetric: every weight is 0, in all {layers} layers", layers=len(m.names)
    )
    return Complaint(Kind.SYMMETRIC, text)


def collapsed(m: Measured, layer: int) -> Complaint:
    """Inputs that cannot be told apart."""
    text = say(
        "collapsed inputs: they differ by less than 0.3 % of the signal from layer "
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


def healthy(m: Measured, factors: tuple[float, float] | None) -> str:
    """Praise, with the factors by which both signals change.

    Args:
        m: what was measured.
        factors: the largest change of the signal going forward, and that of the
            gradient going back; None if no two layers could be compared.
    """
    if factors is None:
        return _uncompared(m)
    signal, gradient = factors
    fields = {
        "layers": len(m.names),
        "signal": f"{signal:.2g}",
        "gradient": f"{gradient:.2g}",
        "share": f"{m.measured:.0%}",
    }
    if m.measured < 0.9:
        return say(
            "healthy as far as measured, {share} of the weights: over {layers} "
            "layers the signal changes by a factor of {signal}, the gradient "
            "going back by {gradient}",
            **fields,
        )
    return say(
        "healthy: over {layers} layers the signal changes by a factor of "
        "{signal}, the gradient going back by {gradient}",
        **fields,
    )


def _uncompared(m: Measured) -> str:
    """Praise of a network in which no layer has another to be compared with."""
    if m.measured < 0.9:
        return say(
            "healthy as far as measured, {share} of the weights: inputs and units stay "
            "apart; no two layers of one kind are there to compare",
            share=f"{m.measured:.0%}",
        )
    return say(
        "healthy: inputs and units stay apart; no two layers of one kind are there to "
        "compare"
    )


# What could not be judged -------------------------------------------------------------


def too_little(m: Measured) -> str:
    """Weights that were not seen to multiply anything."""
    return say(
        "could not be judged: only {share} of the weights were measured",
        share=f"{m.measured:.0%}",
    )


def too_little_gradient(m: Measured) -> str:
    """Weights to which no gradient came."""
    return say(
        "could not be judged: a gradient came to only {share} of the weights",
        share=f"{m.heard:.0%}",
    )


# What else there is to know -----------------------------------------------------------


def grows_through_norms(m: Measured, factor: float, start: int, end: int) -> str:
    """A gradient that normalizations make larger."""
    return say(
        "note: going back through normalizations the gradient grows, to {factor} times "
        "its size at layer {layer} of {layers} ({name}); such networks train, with a "
        "smaller rate at first",
        **_change(m, factor, start, end),
    )


def closed(m: Measured) -> str:
    """A last layer that passes no gradient on before its first step."""
    return say(
        "layer {layer} of {layers} ({name}) starts at 0 and passes no gradient on "
        "before its first step; the gradient judged was sent in below it",
        **_at(m, len(m.names) - 1),
    )


def waiting(names: Sequence[str]) -> str:
    """Layers that no gradient reaches before the first step."""
    return say(
        "no gradient yet at {names}, behind weights that start at 0; the one judged "
        "there was sent in behind these",
        names=_some(names),
    )


def unused(names: Sequence[str]) -> str:
    """Layers that the output does not depend on."""
    return say("no gradient at {names}: the output does not use it", names=_some(names))


def silent(names: Sequence[str]) -> str:
    """Layers whose gradient is 0, and not further down."""
    return say("the gradient is exactly 0 at {names}", names=_some(names))


def dead_branch(m: Measured, layer: int) -> str:
    """A layer that passes nothing on, and that the signal goes past."""
    return say(
        "note: every unit is 0 for the whole batch after layer {layer} of {layers} "
        "({name}); the signal goes past it",
        **_at(m, layer),
    )


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
