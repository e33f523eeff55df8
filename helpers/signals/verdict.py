"""The verdict: what is wrong with a signal, where, and what else there is to know.

There are three: something is wrong; nothing is, as far as the layers show it; or too
little was seen to tell, which is so below half of the weights, forward or backward.

*Vanishing, exploding*: a size that changes 100-fold in root mean square from the first
to the last layer of one role. Layers have one role if they are of one class and their
names differ only in the numbers that count depth: a query projection is compared with
the next block's, not with the head. Layers that all have roles of their own are
compared from end to end, the head apart (``roles``).

The size of a gradient is not its mean square, which shrinks by itself where numbers
become more: behind global average pooling each of P positions gets 1/P of the gradient.
It is ``grad_norm2``, which an orthogonal matrix of any shape keeps, or ``grad_shift2``,
which pooling keeps, whichever changed less: a gradient has vanished only if neither
kind of push is felt any more. Through normalizations it may grow farther, because such
networks train (``FAR_NORMED``).

*Collapsed*: inputs differ by less than 0.3 % of the signal, from some layer to the
last that has others of its role, and in at least a tenth of these: a head behind
pooling sees averages, which differ less by themselves, and a last block that reads a
single token may begin with one that is the same for all inputs. *Exactly 0* counts if
it lasts to the end, or back to the first layer: a branch or a head that starts at 0 is
a choice, and only mentioned.

Source:
    Saxe, McClelland & Ganguli (2014): orthogonal matrices keep the length of a
    gradient. Yang and others (2019): batch normalization makes gradients grow.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from torch import Tensor

from helpers.signals import wording
from helpers.signals.measured import Measured
from helpers.signals.roles import ends, roles
from helpers.signals.wording import Complaint

# A verdict speaks up when a size changes by this factor from one end to the other.
FAR = 100.0
# The same for a gradient that grows on its way back through normalizations. Of networks
# that train ResNet-152 comes nearest, with 8,300; of those that do not, a chain of 56
# linear layers with batch norm, with 45,000.
FAR_NORMED = 20_000.0
ALIKE = 0.003  # the share of the signal by which inputs still differ
ENOUGH = 0.5  # the share of the weights below which nothing is said


class Outcome(StrEnum):
    """What a network is called."""

    HEALTHY = "healthy"
    ILL = "ill"
    UNJUDGED = "unjudged"


def outcome(m: Measured) -> Outcome:
    """Whether something is wrong, nothing is, or too little was measured to tell."""
    if next(complaints(m), None):
        return Outcome.ILL
    return Outcome.UNJUDGED if next(_doubts(m), None) else Outcome.HEALTHY


def sentences(m: Measured) -> list[str]:
    """The verdict: each complaint, each doubt, or praise; then what is no fault."""
    found = [complaint.text for complaint in complaints(m)]
    found = found or list(_doubts(m))
    if not found:
        signal, gradient = _signal(m), _gradient(m)
        both = (signal.factor, gradient.factor) if signal and gradient else None
        found = [wording.healthy(m, both)]
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
    if signal and signal.too_far:
        yield wording.signal_changed(m, signal.factor, signal.start, signal.end)
    if gradient and gradient.too_far:
        yield wording.gradient_changed(m, gradient.factor, gradient.start, gradient.end)


def _doubts(m: Measured) -> Iterator[str]:
    """Why nothing can be said."""
    if m.measured < ENOUGH:
        yield wording.too_little(m)
    elif m.heard < ENOUGH:
        yield wording.too_little_gradient(m)


# Units and inputs that became alike ---------------------------------------------------


def _units(m: Measured) -> Iterator[Complaint]:
    """A layer whose units are all 0 or, if there is none, copies of one another."""
    # Units that say the same about every input are no copies: a gate, all biases 1.
    alike = (m.unit_spread < 1e-12) & ~_constant(m)
    hidden = slice(max(len(m.names) - 1, 1))
    copies, weights = alike[hidden].nonzero(), m.same_weights[hidden].nonzero()
    dead = _dead(m)
    if dead and not _is_one_of_many(m, dead):
        yield wording.dead(m, dead[0])
    elif len(copies):
        yield wording.copies(m, int(copies[0]))
    elif len(weights):
        yield wording.same_weights(m, int(weights[0]))
    elif len(m.names) > 1 and (m.weight2 == 0).all():
        yield wording.all_zero(m)


def _dead(m: Measured) -> list[int]:
    """Layers behind which all units are 0 for the whole batch."""
    return [int(i) for i in (m.dead[:-1] == 1).nonzero()]


def _is_one_of_many(m: Measured, dead: list[int]) -> bool:
    """Whether the signal goes on past dead layers, which are few among their like.

    A gate of two units in one of sixteen blocks may begin dead; all others work.
    """
    groups = [layers for layers in roles(m) if set(dead) & set(layers)]
    of_many = {i for layers in groups for i in layers}
    few = len(dead) <= len(of_many) / 10 and set(dead) <= of_many
    return few and not bool(_constant(m)[-1])


def _collapsed(m: Measured) -> Iterator[Complaint]:
    """Inputs whose difference is a small share of the signal, to the end."""
    # What a constant enters, such as a first state, says nothing about inputs.
    fed = [True, *(~m.dead[:-1].isnan()).tolist()]
    compared = [i for i in sorted(sum(roles(m), [])) if fed[i]]
    compared = [i for i in compared if not m.unit_var[i].isnan()]
    if not compared:
        return
    # The share is one of root mean squares. Perceiver has 0.9 %, and trains; LeNet with
    # the sigmoid has 0.1 %, and hardly does.
    alike = _from_here_to_the_end((m.unit_var < ALIKE**2 * m.q)[compared])
    if alike is not None and len(compared) - alike >= len(compared) / 10:
        yield wording.collapsed(m, compared[alike])


def _constant(m: Measured) -> Tensor:
    """Layers that give one and the same to all inputs, up to rounding."""
    return m.unit_var <= 1e-12 * m.q


# Sizes that change along the way ------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """The change of a size from one layer to another: a factor of root mean squares."""

    factor: float
    start: int
    end: int
    limit: float = FAR

    @property
    def distance(self) -> float:
        """How far from 1 the factor is: 1 at the limit, less before it."""
        if not 0 < self.factor < math.inf:
            return math.inf
        return abs(math.log(self.factor)) / math.log(self.limit)

    @property
    def too_far(self) -> bool:
        """Whether the limit is crossed."""
        return self.distance > 1


def _change(m: Measured, size: Tensor, start: int, end: int, back: bool) -> Change:
    factor = (size[end] / size[start]).sqrt().item()
    normed = back and factor > 1 and bool(m.norms[start] > m.norms[end])
    return Change(factor, start, end, FAR_NORMED if normed else FAR)


def _largest(changes: Iterator[Change]) -> Change | None:
    """The change that comes closest to its limit; None if nothing was compared."""
    return max(changes, key=lambda c: c.distance, default=None)


def _signal(m: Measured) -> Change | None:
    """The largest change of the signal going forward."""
    return _largest(_change(m, m.q, first, last, False) for first, last in ends(m, m.q))


def _gradient(m: Measured) -> Change | None:
    """The largest change of the gradient going back, in the size that changed less."""
    sizes = m.grad_norm2, m.grad_shift2
    return _largest(
        min(
            (_change(m, size, last, first, True) for size in sizes),
            key=lambda c: c.distance,
        )
        for first, last in ends(m, m.grad_norm2)
    )


def changes(m: Measured) -> dict[str, Change]:
    """The changes of the signal and of the gradient that come closest to a limit."""
    found = {"signal": _signal(m), "gradient": _gradient(m)}
    return {name: change for name, change in found.items() if change}


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
    zero = m.q == 0
    if last == 0:
        return wording.signal_stopped(m, 0) if zero[0] else None
    # A head or a branch that starts at 0 is given something; what follows is not.
    given_nothing = _from_here_to_the_end(zero[1:] & (m.h2[:-1] == 0))
    if given_nothing is not None:
        start = given_nothing + 1
        return wording.signal_stopped(m, start - 1 if zero[start - 1] else start)
    back = _from_here_to_the_end(((m.grad2 == 0) & m.reached).flip(0))
    if back is not None:
        return wording.gradient_stopped(m, last - back)
    return None


# What is no fault ---------------------------------------------------------------------


def _remarks(m: Measured) -> Iterator[str]:
    """What there is to know and is no fault."""
    if m.first_overflow is not None:
        return
    gradient = _gradient(m)
    if gradient and not gradient.too_far and gradient.factor > FAR:
        yield wording.grows_through_norms(
            m, gradient.factor, gradient.start, gradient.end
        )
    last = len(m.names) - 1
    if last and m.weight2[last] == 0:
        yield wording.closed(m)
    elif m.waiting.any():
        yield wording.waiting(_names(m, m.waiting))
    if (~m.reached).any():
        yield wording.unused(_names(m, ~m.reached))
    silent = (m.grad2 == 0) & m.reached
    if silent.any() and not _stopped(m):
        yield wording.silent(_names(m, silent))
    dead = _dead(m)
    if dead and _is_one_of_many(m, dead):
        yield wording.dead_branch(m, dead[0])
    if m.unmeasured:
        yield wording.unmeasured(m.unmeasured)


def _names(m: Measured, marked: Tensor) -> list[str]:
    return [m.names[int(i)] for i in marked.nonzero()]
