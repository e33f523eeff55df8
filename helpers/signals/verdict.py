"""The verdict: what is wrong with a signal, where, and what else there is to know.

*Vanishing, exploding*: a size that changes 100-fold in root mean square from the first
to the last layer of one role. Layers have one role if they are of one class and their
names differ only in the numbers that count depth: a query projection is compared with
the next block's, not with the head. A small head scales all gradients alike, which says
nothing about depth. Layers that all have roles of their own are compared from end to
end.

The size of a gradient is not its mean square, which shrinks by itself where numbers
become more: behind global average pooling each of P positions gets 1/P of the gradient.
It is ``grad_norm2``, which an orthogonal matrix of any shape keeps, or ``grad_shift2``,
which pooling keeps, whichever changed less: a gradient has vanished only if neither
kind of push is felt any more.

*Collapsed*: inputs differ by less than 1 % of the signal, from some layer on to the
last that has others of its role: a head behind pooling sees averages, which differ less
by themselves. *Exactly 0* counts if it lasts to the end, or back to the first layer: a
branch or a head that starts at 0 is a choice, and only mentioned.

Source:
    Saxe, McClelland & Ganguli (2014): orthogonal matrices keep the length of a
    gradient.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from torch import Tensor

from helpers.signals.measured import Measured
from helpers.signals.roles import ends, roles

# A verdict speaks up when a size changes by this factor from one end to the other.
FAR = 100.0


class Kind(StrEnum):
    """What can be wrong with a signal."""

    EXPLODING = "exploding"
    VANISHING = "vanishing"
    COLLAPSED = "collapsed inputs"
    SYMMETRIC = "symmetric"
    DEAD = "dead"


@dataclass(frozen=True)
class Complaint:
    """One thing that is wrong: of which kind, and in words what and where."""

    kind: Kind
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


def sentences(m: Measured) -> list[str]:
    """The verdict: each complaint, or one word of praise; then what is no fault."""
    found = [str(complaint) for complaint in complaints(m)]
    return [*(found or [_praise(m)]), *_remarks(m)]


def complaints(m: Measured) -> Iterator[Complaint]:
    """Each thing that is wrong, the most basic first."""
    if m.first_overflow is not None:
        text = f"numbers are no longer finite at {_layer(m, m.first_overflow)}"
        yield Complaint(Kind.EXPLODING, text)
        return
    yield from _units(m)
    if stopped := _stopped(m):
        what, layer = stopped
        text = f"the {what} is exactly 0 at {_layer(m, layer)}"
        yield Complaint(Kind.VANISHING, text)
        return
    yield from _collapsed(m)
    for what, change in (("signal", _signal(m)), ("gradient", _gradient(m))):
        if change.distance > math.log(FAR):
            yield Complaint(change.kind, f"the {what} at {change.words(m)}")


# Units and inputs that became alike ---------------------------------------------------


def _units(m: Measured) -> Iterator[Complaint]:
    """A layer whose units are all 0 or, if there is none, copies of one another."""
    # Units that say the same about every input are no copies: a gate, all biases 1.
    alike = (m.unit_spread < 1e-12) & ~_constant(m)
    copies = alike[: max(len(m.names) - 1, 1)].nonzero()
    dead = (m.dead[:-1] == 1).nonzero()
    if len(dead):
        where = _layer(m, int(dead[0]))
        text = f"every unit is 0 for the whole batch after {where}"
        yield Complaint(Kind.DEAD, text)
    elif len(copies):
        where = _layer(m, int(copies[0]))
        text = f"units are copies of one another in {where}"
        yield Complaint(Kind.SYMMETRIC, text)


def _collapsed(m: Measured) -> Iterator[Complaint]:
    """Inputs whose difference is a small share of the signal, to the end."""
    compared = sorted(sum(roles(m), []))
    # The share is one of root mean squares.
    alike = _from_here_to_the_end((m.unit_var < 1e-4 * m.q)[compared])
    if alike is not None:
        text = (
            "they differ by less than 1 % of the signal "
            f"from {_layer(m, compared[alike])} on"
        )
        yield Complaint(Kind.COLLAPSED, text)


def _constant(m: Measured) -> Tensor:
    """Layers that give one and the same to all inputs, up to rounding."""
    return m.unit_var <= 1e-12 * m.q


# Sizes that change along the way ------------------------------------------------------


@dataclass(frozen=True)
class _Change:
    """The change of a size from one layer to another: a factor of root mean squares."""

    factor: float
    start: int
    end: int

    @property
    def distance(self) -> float:
        """How far from 1 the factor is, up or down; farthest where it is no number."""
        return abs(math.log(self.factor)) if 0 < self.factor < math.inf else math.inf

    @property
    def kind(self) -> Kind:
        """The name of a change that went too far."""
        return Kind.EXPLODING if self.factor > 1 else Kind.VANISHING

    def words(self, m: Measured) -> str:
        """Where the change shows, how large it is, and since where."""
        whole = {self.start, self.end} == {0, len(m.names) - 1}
        other = "the other end" if whole else _layer(m, self.start)
        return f"{_layer(m, self.end)} is {self.factor:.2g} times its size at {other}"


def _change(size: Tensor, start: int, end: int) -> _Change:
    return _Change((size[end] / size[start]).sqrt().item(), start, end)


def _largest(changes: Iterator[_Change]) -> _Change:
    """The largest change; one of 1 if no two layers can be compared."""
    return max(changes, key=lambda c: c.distance, default=_Change(1.0, 0, 0))


def _signal(m: Measured) -> _Change:
    """The largest change of the signal going forward."""
    return _largest(_change(m.q, first, last) for first, last in ends(m, m.q))


def _gradient(m: Measured) -> _Change:
    """The largest change of the gradient going back, in the size that changed less."""
    sizes = m.grad_norm2, m.grad_shift2
    return _largest(
        min((_change(size, last, first) for size in sizes), key=lambda c: c.distance)
        for first, last in ends(m, m.grad_norm2)
    )


# What is exactly 0 --------------------------------------------------------------------


def _from_here_to_the_end(marked: Tensor) -> int | None:
    """Where the marks begin that last to the end, or None."""
    if not marked[-1]:
        return None
    gaps = (~marked).nonzero()
    return int(gaps[-1]) + 1 if len(gaps) else 0


def _stopped(m: Measured) -> tuple[str, int] | None:
    """Where a signal becomes exactly 0 and stays so to the end of its way."""
    last = len(m.names) - 1
    zero = _from_here_to_the_end(m.q == 0)
    if zero is not None and (zero < last or last == 0):
        return "signal", zero
    back = _from_here_to_the_end(((m.grad2 == 0) & m.reached).flip(0))
    if back is not None and not _closed(m):
        return "gradient", last - back
    return None


def _closed(m: Measured) -> bool:
    """Whether the last layer alone ignores its input: a head that starts at 0.

    It passes no gradient on before its first step.
    """
    return len(m.names) > 1 and _constant(m)[-2:].tolist() == [False, True]


# What is no fault ---------------------------------------------------------------------


def _praise(m: Measured) -> str:
    seen = f" as far as measured, {m.measured:.0%} of the weights"
    seen = seen if m.measured < 0.9 else ""
    layers = f"{len(m.names)} layer{'s' if len(m.names) > 1 else ''}"
    return (
        f"healthy{seen}: over {layers} the signal changes by a factor of "
        f"{_signal(m).factor:.2g}, the gradient going back by "
        f"{_gradient(m).factor:.2g}"
    )


def _remarks(m: Measured) -> Iterator[str]:
    """What there is to know and is no fault."""
    if not m.reached.any() or m.first_overflow is not None:
        return
    if _closed(m):
        yield (
            f"{_layer(m, len(m.names) - 1)} starts at 0: before its first step no "
            "gradient passes it, so none was judged"
        )
    elif not _stopped(m) and len(waiting := (m.grad2 == 0).nonzero()):
        yield "no gradient yet at " + _some([m.names[int(i)] for i in waiting])
    if m.unmeasured:
        yield "not measured: " + _some(m.unmeasured)


def _some(names: Sequence[str], most: int = 3) -> str:
    """Some names, and how many more there are."""
    names = list(dict.fromkeys(names))
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _layer(m: Measured, i: int) -> str:
    return f"layer {i + 1} of {len(m.names)} ({m.names[i]})"
