"""One hand-in, graded in processes of its own; here is what is asked of them.

Whoever asks imports neither torch nor IPython: that takes seconds, and the processes
that grade have them already.
"""

from dataclasses import dataclass, field

from classroom.forms import Forms
from classroom.processes import elsewhere
from classroom.result import Result, Verdict
from classroom.sandbox import ISOLATION, Limits

REFEREE = "classroom.referee:referee"
PATIENCE = 300  # seconds that the judge may take on top of the student's limit


@dataclass(frozen=True)
class Job:
    """All that is needed to grade one hand-in, anywhere."""

    name: str
    master: str
    seed: int
    hand_in: bytes
    limits: Limits = Limits()
    isolate: bool = True
    forms: Forms | None = None  # None: found out by rehearsing the master


@dataclass
class Record:
    """What is known about one hand-in so far."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    noticed: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)  # how its processes ended
    after_hidden: set[str] = field(default_factory=set)  # cells that ran then
    left_out: set[int] = field(default_factory=set)  # steps that are not run again
    took: dict[int, float] = field(default_factory=dict)  # seconds, by step
    sandbox: list[str] = field(default_factory=list)
    cpu: float = 0.0  # seconds
    seconds: float = 0.0


def grade(job: Job) -> Result:
    """Grade one hand-in in processes of its own.

    A step that ends the student's process is left out, and all else is run again.

    Raises:
        RuntimeError: if the grader itself failed; nothing is known about the marks.
    """
    record, result = sit(job, Record())
    while result is None:
        record, result = sit(job, record)
    return result


def what_cannot_be_isolated(isolate: bool = True) -> list[str]:
    """Which of ``ISOLATION`` this machine does not give, found out by trying."""
    nothing = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    trial = grade(Job("trial", nothing, 0, nothing.encode(), isolate=isolate))
    return [name for name in ISOLATION if name not in trial.sandbox]


def sit(job: Job, record: Record) -> tuple[Record, Result | None]:
    """Have a new referee go on; the result is None if that must be done once more."""
    return elsewhere(REFEREE, (job, record), job.limits.total + PATIENCE)
