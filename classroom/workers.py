"""Who grades: threads of this machine, each of which waits for a process, or Dask."""

import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from threading import Thread

from classroom.grading import what_cannot_be_isolated
from classroom.notebook import NotebookError

LOOK = 0.2  # seconds between two looks at what is still to end
PATIENCE = 15  # seconds for that


@contextlib.contextmanager
def workers(jobs: int, scheduler: str | None) -> Iterator[tuple[Executor, int]]:
    """Who grades, and how many hand-ins at once.

    Args:
        jobs: how many on this machine.
        scheduler: the address of a Dask cluster, None for this machine.

    Raises:
        NotebookError: if there is no such cluster.
    """
    if scheduler is None:
        executor = ThreadPoolExecutor(jobs)
        try:
            yield executor, jobs
        except BaseException:
            interrupt(executor)
            raise
        executor.shutdown()
        return
    try:
        from distributed import Client
    except ImportError:
        raise NotebookError(
            '--scheduler needs Dask: python -m pip install "distributed>=2024.8"'
        ) from None
    try:
        client = Client(scheduler, timeout=20)
    except (OSError, ValueError) as error:
        raise NotebookError(f"no scheduler at {scheduler}: {error}") from None
    with client:
        yield client.get_executor(pure=False), max(1, sum(client.ncores().values()))


def interrupt(executor: Executor) -> None:
    """End what is being graded: each child gets the signal that a terminal's Ctrl-C
    sends to all of them, and tidies up; one that does not is killed.
    """
    executor.shutdown(wait=False, cancel_futures=True)
    ending = Thread(target=executor.shutdown)
    ending.start()
    told: dict[int | None, float] = {}
    while ending.is_alive():
        for child in multiprocessing.active_children():
            since = told.setdefault(child.pid, time.monotonic())
            if time.monotonic() - since > PATIENCE:
                child.kill()
            elif time.monotonic() - since < LOOK and child.pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.pid, signal.SIGINT)
        ending.join(LOOK)


def what_is_missing(
    executor: Executor, isolate: bool, scheduler: str | None
) -> list[str]:
    """What of ``ISOLATION`` a worker lacks; the first thing that it is asked."""
    try:
        return executor.submit(what_cannot_be_isolated, isolate).result()
    except Exception as error:
        if not scheduler:
            raise
        raise NotebookError(
            f"no worker of {scheduler} can grade: {error}\n"
            "Is the course installed on each of them?"
        ) from error
