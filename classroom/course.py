"""A whole class: every hand-in graded once, whatever comes between.

Each result is written as soon as it is there, in one step, under the name of what it
was made from. So a grader that was stopped, or killed, goes on where it was.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from pathlib import Path

from filelock import FileLock, Timeout

from classroom.answers import answered_apart
from classroom.check import problems
from classroom.files import write
from classroom.grading import Job, grade, what_cannot_be_isolated
from classroom.hand_ins import HandIn, find
from classroom.judging import Forms
from classroom.notebook import Master, NotebookError
from classroom.rehearsal import rehearsed
from classroom.result import Result
from classroom.sandbox import Limits


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


class Journal:
    """Results on disk, one file each."""

    def __init__(self, out: Path):
        self.folder = out / "results"
        self.folder.mkdir(exist_ok=True)

    def __bool__(self) -> bool:
        """Whether it has any result."""
        return any(self.folder.glob("*.json"))

    def get(self, digest: str) -> Result | None:
        """The result that was made from this, None if there is none yet."""
        try:
            text = (self.folder / f"{digest}.json").read_text("utf-8")
        except FileNotFoundError:
            return None
        return Result.of(json.loads(text))

    def put(self, digest: str, result: Result) -> None:
        """Write a result, wholly or not at all."""
        write(self.folder / f"{digest}.json", json.dumps(result.as_json(), indent=1))


def grade_course(
    order: Order,
    progress: Callable[[int, int], None] = lambda done, of: None,
    warn: Callable[[list[str]], None] = lambda missing: None,
) -> list[Graded]:
    """Grade what is not graded yet; returns all results, in order of the files.

    Args:
        order: what to grade, how, and where to put the results.
        progress: called with how many are done, and of how many.
        warn: called before it begins, with what of ``ISOLATION`` will not hold.

    Raises:
        NotebookError: if the master, the folders or the roster are not as they should.
    """
    if found := problems(order.homework):
        raise NotebookError("\n".join([f"{order.master}:", *found]))
    check_places(order)
    homework = order.homework
    hand_ins = find(order.submissions, homework.name, partial(answered_apart, homework))
    with only_grader(order.out), workers(order) as (executor, places):
        journal = Journal(order.out)
        if journal and not order.resume:
            raise NotebookError(
                f"{order.out} holds results already: --resume goes on with them, "
                "or name another folder"
            )
        warn(what_is_missing(executor, order))
        forms = rehearsed(replace(order.homework, seed=order.seed), order.seed)
        grader = Grader(executor, places, order, journal, forms)
        results: dict[HandIn, Result] = {}
        for hand_in, result in grader.results_of(hand_ins):
            results[hand_in] = result
            progress(len(results), len(hand_ins))
        return [Graded(hand_in, results[hand_in]) for hand_in in hand_ins]


def what_is_missing(executor: Executor, order: Order) -> list[str]:
    """What of ``ISOLATION`` a worker lacks; the first thing that it is asked."""
    try:
        return executor.submit(what_cannot_be_isolated, order.isolate).result()
    except Exception as error:
        if not order.scheduler:
            raise
        raise NotebookError(
            f"no worker of {order.scheduler} can grade: {error}\n"
            "Is the course installed on each of them?"
        ) from error


def check_places(order: Order) -> None:
    """Marks lie neither among hand-ins nor are hand-ins."""
    out, submissions = order.out.resolve(), order.submissions.resolve()
    if out == submissions or out.is_relative_to(submissions):
        raise NotebookError(
            f"{order.out} lies in {order.submissions}; put it elsewhere"
        )
    if order.out.exists() and not order.out.is_dir():
        raise NotebookError(f"{order.out} is no folder")


@dataclass(frozen=True)
class Grader:
    """Who grades, what, and where results are kept."""

    executor: Executor
    places: int  # hand-ins at once
    order: Order
    journal: Journal
    forms: Forms

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
                if result := self.journal.get(digest):
                    yield hand_in, result
                else:
                    running[self.executor.submit(grade, job)] = hand_in, digest
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                hand_in, digest = running.pop(future)
                if failure := future.exception():
                    yield hand_in, Result("failed", [f"the grader failed: {failure}"])
                else:
                    self.journal.put(digest, future.result())
                    yield hand_in, future.result()

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
    return hashlib.sha256(everything).hexdigest()[:32]


@contextlib.contextmanager
def workers(order: Order) -> Iterator[tuple[Executor, int]]:
    """Who grades, and how many hand-ins at once: this machine or a Dask cluster.

    Raises:
        NotebookError: if there is no such cluster.
    """
    if order.scheduler is None:
        executor = ThreadPoolExecutor(order.jobs)
        try:
            yield executor, order.jobs
        finally:
            executor.shutdown(wait=False, cancel_futures=True)
        return
    try:
        from distributed import Client
    except ImportError:
        raise NotebookError(
            '--scheduler needs Dask: python -m pip install "distributed>=2024.8"'
        ) from None
    try:
        client = Client(order.scheduler, timeout=20)
    except (OSError, ValueError) as error:
        raise NotebookError(f"no scheduler at {order.scheduler}: {error}") from None
    with client:
        yield client.get_executor(pure=False), max(1, sum(client.ncores().values()))
