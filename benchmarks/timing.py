"""How everything here is timed: side by side, many times, and as ratios.

On a shared machine a time says little: the next minute it is another one. So what is
compared runs in turns (A B A B ...) within one process, and the quickest turn of each
counts, because other programs only ever make a turn slower.
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Task = Callable[[], object]


class NotHere(Exception):
    """Something that a part needs is missing; the message says what."""


@dataclass(frozen=True)
class Line:
    """One line of the table.

    Attributes:
        what: what was measured.
        measured: how much it took, with its unit.
        against: what it is compared with, and how much that is.
        ratio: the first divided by the second.
    """

    what: str
    measured: str
    against: str
    ratio: float


def race(tasks: Mapping[str, Task], rounds: int) -> dict[str, float]:
    """The least CPU time in seconds that each task took, all in turns.

    Args:
        tasks: what to run, by name; each runs once before the clock starts.
        rounds: how many turns each one gets.
    """
    for task in tasks.values():
        task()
    best = dict.fromkeys(tasks, float("inf"))
    for _ in range(rounds):
        for name, task in tasks.items():
            began = time.process_time()
            task()
            best[name] = min(best[name], time.process_time() - began)
    return best


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    """The value that 95 of 100 do not exceed."""
    return sorted(values)[min(len(values) * 95 // 100, len(values) - 1)]


def ms(seconds: float) -> str:
    """A time in milliseconds, three digits.

    >>> ms(0.0123456)
    '12.3 ms'
    """
    return f"{1000 * seconds:.3g} ms"


def compared(what: str, seconds: float, other: str, other_seconds: float) -> Line:
    """The line that compares two times."""
    return Line(
        what, ms(seconds), f"{other}: {ms(other_seconds)}", seconds / other_seconds
    )


def against_budget(what: str, took: float, budget: float) -> Line:
    """The line that compares a time with what it may be, both in milliseconds."""
    return Line(what, f"{took:.3g} ms", f"budget: {budget:.3g} ms", took / budget)
