"""A whole class: every hand-in graded once, whatever comes between.

Each result is written as soon as it is there, in one step, under the name of what it
was made from. So a grader that was stopped, or killed, goes on where it was.
"""

import contextlib
import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from pathlib import Path

from filelock import FileLock, Timeout

from classroom.answers import answered_apart
from classroom.check import problems
from classroom.forms import Forms
from classroom.grading import Job, grade
from classroom.hand_ins import HandIn, Roster, find
from classroom.journal import DIGEST, Journal
from classroom.notebook import Master, NotebookError
from classroom.result import Result
from classroom.root import check_unseen
from classroom.sandbox import Limits
from classroom.trial import prepare, rehearsed
from classroom.workers import what_is_missing, workers


@dataclass(frozen=True)
class Order:
    """What ``python -m classroom grade`` was asked for."""

    master: Path
    submissions: Path
    out: Path
    seed: int = 0
    jobs: int = 1
    resume: bool = False
    scheduler: str | None = None
    limits: Limits = Limits()
    isolate: bool = True
    roster: Roster = Roster({})
    again: tuple[str, ...] = ()  # students whose hand-ins are graded once more

    @cached_property
    def homework(self) -> Master:
        """The master, read once.

        Raises:
            NotebookError: if there is none at its path.
        """
        return Master.read(self.master)


@dataclass(frozen=True)
class Graded:
    """A hand-in and its result, or what kept the grader from having one."""

    hand_in: HandIn
    result: Result


@contextlib.contextmanager
def only_grader(out: Path) -> Iterator[None]:
    """Keep other graders out of a folder until this one ends, however it ends.

    Raises:
        NotebookError: if one is at work there.
    """
    out.mkdir(parents=True, exist_ok=True)
    try:
        lock = FileLock(out / ".lock").acquire(timeout=0)
    except Timeout:
        raise NotebookError(f"another grader is at work in {out}") from None
    with lock:
        yield


class Onlooker:
    """Who is told how a class is graded; this one takes no notice."""

    def warn(self, missing: list[str]) -> None:
        """Before it begins: what of ``ISOLATION`` will not hold."""

    def say(self, text: str) -> None:
        """Something that a teacher should know."""

    def begin(self, hand_ins: list[HandIn]) -> None:
        """What there is to grade.

        Raises:
            NotebookError: if it had better not begin.
        """

    def take(self, item: Graded) -> None:
        """One result, as soon as it is there."""

    def stop(self) -> None:
        """It ends before all are graded."""

    def end(self, graded: list[Graded]) -> None:
        """All results, in order of the files."""


def grade_course(order: Order, onlooker: Onlooker | None = None) -> list[Graded]:
    """Grade what is not graded yet; returns all results, in order of the files.

    Args:
        order: what to grade, how, and where to put the results.
        onlooker: is told of each result, and writes the reports.

    Raises:
        NotebookError: if the master, the folders or the roster are not as they should.
    """
    if found := problems(order.homework):
        raise NotebookError("\n".join([f"{order.master}:", *found]))
    check_places(order)
    onlooker = onlooker or Onlooker()
    homework = order.homework
    hand_ins = find(order.submissions, homework.name, partial(answered_apart, homework))
    again = named(order, hand_ins)
    with (
        only_grader(order.out),
        workers(order.jobs, order.scheduler) as (executor, places),
    ):
        journal = Journal(order.out, onlooker.say)
        if journal and not (order.resume or order.again):
            raise NotebookError(
                f"{order.out} holds results already: --resume goes on with them, "
                "or name another folder"
            )
        here = 0 if order.scheduler else len(hand_ins)
        prepare(here)
        onlooker.begin(hand_ins)
        onlooker.warn(what_is_missing(executor, order.isolate, order.scheduler))
        master = replace(order.homework, seed=order.seed)
        forms = rehearsed(master, order.seed, here)
        grader = Grader(executor, places, order, journal, forms, again)
        results: dict[HandIn, Result] = {}
        try:
            for hand_in, result in grader.results_of(hand_ins):
                results[hand_in] = result
                onlooker.take(Graded(hand_in, result))
        except BaseException:
            onlooker.stop()
            raise
        graded = [Graded(hand_in, results[hand_in]) for hand_in in hand_ins]
        onlooker.end(graded)
        journal.forget(hand_ins)
        return graded


def named(order: Order, hand_ins: list[HandIn]) -> set[HandIn]:
    """Those that are to be graded again, by their student's name or number, or file.

    Raises:
        NotebookError: if there is none of a name.
    """
    found: set[HandIn] = set()
    for name in order.again:
        of_name = {h for h in hand_ins if name in names_of(order.roster, h)}
        if not of_name:
            raise NotebookError(
                f"--again {name}: nothing was handed in under this name"
            )
        found |= of_name
    return found


def names_of(roster: Roster, hand_in: HandIn) -> set[str | None]:
    """How a teacher may call a hand-in."""
    own = {hand_in.student, hand_in.file, hand_in.number or None}
    return own | {roster.name_of(hand_in)}


def check_places(order: Order) -> None:
    """Marks lie neither among hand-ins nor are hand-ins."""
    out, submissions = order.out.resolve(), order.submissions.resolve()
    if out == submissions or out.is_relative_to(submissions):
        raise NotebookError(
            f"{order.out} lies in {order.submissions}; put it elsewhere"
        )
    if order.out.exists() and not order.out.is_dir():
        raise NotebookError(f"{order.out} is no folder")
    if order.isolate:
        check_unseen(order.master, order.submissions, order.out)


@dataclass(frozen=True)
class Grader:
    """Who grades, what, and where results are kept."""

    executor: Executor
    places: int  # hand-ins at once
    order: Order
    journal: Journal
    forms: Forms
    again: set[HandIn]  # graded whether or not there is a result

    def results_of(self, hand_ins: list[HandIn]) -> Iterator[tuple[HandIn, Result]]:
        """Each hand-in's result as soon as it is there: read, known, or made now."""
        waiting = iter(hand_ins)
        running: dict[Future, tuple[HandIn, str]] = {}
        while True:
            while len(running) < 2 * self.places and (hand_in := next(waiting, None)):
                try:
                    job = self.job_of(hand_in)
                except NotebookError as error:
                    yield hand_in, Result("unreadable", [str(error)])
                    continue
                digest = digest_of(hand_in, job)
                known = None if hand_in in self.again else self.journal.get(digest)
                if known:
                    yield hand_in, known
                else:
                    running[self.executor.submit(grade, job)] = hand_in, digest
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                hand_in, digest = running.pop(future)
                if failure := future.exception():
                    yield hand_in, Result("failed", [f"the grader failed: {failure}"])
                else:
                    result = future.result().bounded()
                    self.journal.put(digest, hand_in, result)
                    yield hand_in, result

    def job_of(self, hand_in: HandIn) -> Job:
        """What has to be done for one hand-in.

        Raises:
            NotebookError: if the file cannot be read.
        """
        return Job(
            name=self.order.homework.name,
            master=self.order.homework.text,
            seed=self.order.seed,
            hand_in=hand_in.read(),
            limits=self.order.limits,
            isolate=self.order.isolate,
            forms=self.forms,
        )


def digest_of(hand_in: HandIn, job: Job) -> str:
    """By which a result is found again: all that it depends on."""
    settings = [hand_in.file, job.master, job.seed, asdict(job.limits), job.isolate]
    everything = json.dumps(settings).encode() + job.hand_in
    return hashlib.sha256(everything).hexdigest()[:DIGEST]
