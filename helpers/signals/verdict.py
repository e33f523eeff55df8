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
from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from helpers.signals import wording
from helpers.signals.measured import Measured
from helpers.signals.roles import ends, roles
from helpers.signals.wording import Complaint

# A verdict speaks up when a size changes by this factor from one end to the other.
FAR = 100.0


def sentences(m: Measured) -> list[str]:
    """The verdict: each complaint, or one word of praise; then what is no fault."""
    found = [complaint.text for complaint in complaints(m)]
    if not found:
        found = [wording.healthy(m, _signal(m).factor, _gradient(m).factor)]
    return [*found, *_remarks(m)]


def complaints(m: Measured) -> Iterator[Complaint]:
    """Each thing that is wrong, the most basic first."""
    if m.first_overflow is not None:
        yield wording.not_finite(m, m.first_overflow)
        return
    yield from _units(m)
    if stopped := _stopped(m):
        yield stopped
        return
    yield from _collapsed(m)
    signal, gradient = _signal(m), _gradient(m)
    if signal.distance > math.log(FAR):
        yield wording.signal_changed(m, signal.factor, signal.start, signal.end)
    if gradient.distance > math.log(FAR):
        yield wording.gradient_changed(m, gradient.factor, gradient.start, gradient.end)


# Units and inputs that became alike ---------------------------------------------------


def _units(m: Measured) -> Iterator[Complaint]:
    """A layer whose units are all 0 or, if there is none, copies of one another."""
    # Units that say the same about every input are no copies: a gate, all biases 1.
    alike = (m.unit_spread < 1e-12) & ~_constant(m)
    copies = alike[: max(len(m.names) - 1, 1)].nonzero()
    dead = (m.dead[:-1] == 1).nonzero()
    if len(dead):
        yield wording.dead(m, int(dead[0]))
    elif len(copies):
        yield wording.copies(m, int(copies[0]))


def _collapsed(m: Measured) -> Iterator[Complaint]:
    """Inputs whose difference is a small share of the signal, to the end."""
    compared = sorted(sum(roles(m), []))
    # The share is one of root mean squares.
    alike = _from_here_to_the_end((m.unit_var < 1e-4 * m.q)[compared])
    if alike is not None:
        yield wording.collapsed(m, compared[alike])


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


def _stopped(m: Measured) -> Complaint | None:
    """A signal that becomes exactly 0 and stays so to the end of its way."""
    last = len(m.names) - 1
    zero = _from_here_to_the_end(m.q == 0)
    if zero is not None and (zero < last or last == 0):
        return wording.signal_stopped(m, zero)
    back = _from_here_to_the_end(((m.grad2 == 0) & m.reached).flip(0))
    if back is not None and not _closed(m):
        return wording.gradient_stopped(m, last - back)
    return None


def _closed(m: Measured) -> bool:
    """Whether the last layer alone ignores its input: a head that starts at 0.

    It passes no gradient on before its first step.
    """
    return len(m.names) > 1 and _constant(m)[-2:].tolist() == [False, True]


# What is no fault ---------------------------------------------------------------------


def _remarks(m: Measured) -> Iterator[str]:
    """What there is to know and is no fault."""
    if not m.reached.any() or m.first_overflow is not None:
        return
    if _closed(m):
        yield wording.closed(m)
    elif not _stopped(m) and len(waiting := (m.grad2 == 0).nonzero()):
        yield wording.waiting([m.names[int(i)] for i in waiting])
    if m.unmeasured:
        yield wording.unmeasured(m.unmeasured)
