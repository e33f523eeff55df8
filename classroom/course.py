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
from itertools import islice
from pathlib import Path

from classroom.check import problems
from classroom.grading import Job, grade
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
    with open(unfinished, "w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def grade_course(
    order: Order, progress: Callable[[int, int], None] = lambda done, all: None
) -> list[Graded]:
    """Grade what is not graded yet; returns all results, in order of the files.

    Args:
        order: what to grade, how, and where to put the results.
        progress: called with how many are done, and of how many.

    Raises:
        NotebookError: if the master, the folders or the roster are not as they should.
    """
    master = Master.read(order.master)
    if found := problems(master):
        raise NotebookError("\n".join([f"{order.master}:", *found]))
    check_places(order)
    with only_grader(order.out):
        journal = Journal(order.out)
        if journal and not order.resume:
            raise NotebookError(
                f"{order.out} holds results already: --resume goes on with them, "
                "or name another folder"
            )
        hand_ins = find(order.submissions, order.master.stem)
        results = {h: known(h, order, master, journal) for h in hand_ins}
        missing = [h for h in hand_ins if results[h] is None]
        progress(len(hand_ins) - len(missing), len(hand_ins))
        for number, (hand_in, result) in enumerate(graded(missing, order, master), 1):
            if result["status"] != "failed":
                journal.put(digest(hand_in, order, master), result)
            results[hand_in] = result
            progress(len(hand_ins) - len(missing) + number, len(hand_ins))
        return [Graded(hand_in, results[hand_in]) for hand_in in hand_ins]


def check_places(order: Order) -> None:
    """Marks lie neither among hand-ins nor are hand-ins."""
    out, submissions = order.out.resolve(), order.submissions.resolve()
    if out == submissions or out.is_relative_to(submissions):
        raise NotebookError(
            f"{order.out} lies in {order.submissions}; put it elsewhere"
        )
    if order.out.exists() and not order.out.is_dir():
        raise NotebookError(f"{order.out} is no folder")


def known(hand_in: HandIn, order: Order, master: Master, journal: Journal):
    """The result for a file that cannot be read, or was graded before; else None."""
    try:
        return journal.get(digest(hand_in, order, master))
    except NotebookError as error:
        return {"status": "unreadable", "noticed": [str(error)]}


def digest(hand_in: HandIn, order: Order, master: Master) -> str:
    """By which a result is found again: all that it depends on.

    Raises:
        NotebookError: if the file cannot be read.
    """
    settings = [master.text, order.seed, asdict(order.limits), order.isolate]
    made_from = json.dumps([*settings, hand_in.file]).encode() + hand_in.read()
    return hashlib.sha256(made_from).hexdigest()[:32]


def graded(
    hand_ins: list[HandIn], order: Order, master: Master
) -> Iterator[tuple[HandIn, dict]]:
    """Grade hand-ins side by side; each comes when it is finished."""
    waiting = iter(hand_ins)
    running: dict[Future, HandIn] = {}
    executor, places = workers(order)
    try:
        while True:
            for hand_in in islice(waiting, 2 * places - len(running)):
                data = hand_in.read()
                job = Job(
                    master.name,
                    master.text,
                    order.seed,
                    data,
                    order.limits,
                    order.isolate,
                )
                running[executor.submit(grade, job)] = hand_in
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                error = future.exception()
                failed = {"status": "failed", "noticed": [f"the grader: {error}"]}
                yield running.pop(future), failed if error else future.result()
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def workers(order: Order) -> tuple[Executor, int]:
    """Who grades, and how many hand-ins at once: this machine or a Dask cluster.

    Raises:
        NotebookError: if there is no such cluster.
    """
    if order.scheduler is None:
        return ThreadPoolExecutor(order.jobs), order.jobs
    try:
        from distributed import Client
    except ImportError:
        raise NotebookError(
            "--scheduler needs Dask: pip install dask distributed"
        ) from None
    try:
        client = Client(order.scheduler, timeout=20)
    except OSError as error:
        raise NotebookError(f"no scheduler at {order.scheduler}: {error}") from None
    return client.get_executor(pure=False), max(1, sum(client.ncores().values()))
