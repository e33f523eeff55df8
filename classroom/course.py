"""A whole class: every hand-in graded once, whatever comes between.

Each result is written as soon as it is there, in one step, under the name of what it
was made from. So a grader that was stopped, or killed, goes on where it was.
"""

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import asdict, dataclass
from pathlib import Path

from classroom.check import problems
from classroom.grading import Job, grade, what_cannot_be_isolated
from classroom.hand_ins import HandIn, find
from classroom.notebook import Master, NotebookError
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


@dataclass(frozen=True)
class Graded:
    """A hand-in and its result, or what kept the grader from having one."""

    hand_in: HandIn
    result: dict


@contextlib.contextmanager
def only_grader(out: Path) -> Iterator[None]:
    """Keep other graders out of a folder until this one ends, however it ends.

    Raises:
        NotebookError: if one is at work there.
    """
    out.mkdir(parents=True, exist_ok=True)
    with open(out / ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise NotebookError(f"another grader is at work in {out}") from None
        yield


class Journal:
    """Results on disk, one file each."""

    def __init__(self, out: Path):
        """Open the journal in a folder for marks."""
        self.folder = out / "results"
        self.folder.mkdir(exist_ok=True)

    def __bool__(self) -> bool:
        """Whether it has any result."""
        return any(self.folder.glob("*.json"))

    def get(self, digest: str) -> dict | None:
        """The result that was made from this, None if there is none yet."""
        try:
            return json.loads((self.folder / f"{digest}.json").read_text("utf-8"))
        except FileNotFoundError:
            return None

    def put(self, digest: str, result: dict) -> None:
        """Write a result, wholly or not at all."""
        write(self.folder / f"{digest}.json", json.dumps(result, indent=1))


def write(path: Path, text: str) -> None:
    """Write a file in one step: after a crash there is the old one or the new."""
    unfinished = path.with_name(f"{path.name}.part")
    with open(unfinished, "wb") as file:
        file.write(text.encode("utf-8", "backslashreplace"))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


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
    master = Master.read(order.master)
    if found := problems(master):
        raise NotebookError("\n".join([f"{order.master}:", *found]))
    check_places(order)
    hand_ins = find(order.submissions, order.master.stem)
    with only_grader(order.out), workers(order) as (executor, places):
        journal = Journal(order.out)
        if journal and not order.resume:
            raise NotebookError(
                f"{order.out} holds results already: --resume goes on with them, "
                "or name another folder"
            )
        warn(what_is_missing(executor, order))
        grader = Grader(executor, places, order, master, journal)
        results: dict[HandIn, dict] = {}
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
    master: Master
    journal: Journal

    def results_of(self, hand_ins: list[HandIn]) -> Iterator[tuple[HandIn, dict]]:
        """Each hand-in's result as soon as it is there: read, known, or made now."""
        waiting = iter(hand_ins)
        running: dict[Future, tuple[HandIn, str]] = {}
        while True:
            while len(running) < 2 * self.places and (made := next(waiting, None)):
                try:
                    job = self.job_of(made)
                except NotebookError as error:
                    yield made, {"status": "unreadable", "noticed": [str(error)]}
                    continue
                digest = digest_of(made, job)
                if result := self.journal.get(digest):
                    yield made, result
                else:
                    running[self.executor.submit(grade, job)] = made, digest
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                made, digest = running.pop(future)
                if error := future.exception():
                    note = f"the grader failed: {error}"
                    yield made, {"status": "failed", "noticed": [note]}
                else:
                    self.journal.put(digest, future.result())
                    yield made, future.result()

    def job_of(self, made: HandIn) -> Job:
        """What has to be done for one hand-in.

        Raises:
            NotebookError: if the file cannot be read.
        """
        return Job(
            name=self.master.name,
            master=self.master.text,
            seed=self.order.seed,
            hand_in=made.read(),
            limits=self.order.limits,
            isolate=self.order.isolate,
        )


def digest_of(hand_in: HandIn, job: Job) -> str:
    """By which a result is found again: all that it depends on."""
    settings = [hand_in.file, job.master, job.seed, asdict(job.limits), job.isolate]
    made_from = json.dumps(settings).encode() + job.hand_in
    return hashlib.sha256(made_from).hexdigest()[:32]


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
            "--scheduler needs Dask: pip install 'first-weights[cluster]'"
        ) from None
    try:
        client = Client(order.scheduler, timeout=20)
    except (OSError, ValueError) as error:
        raise NotebookError(f"no scheduler at {order.scheduler}: {error}") from None
    with client:
        yield client.get_executor(pure=False), max(1, sum(client.ncores().values()))
