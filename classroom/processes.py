"""Work in a new process, which ends with this one and leaves nothing behind here."""

import importlib
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import current_process, forkserver, parent_process
from multiprocessing.connection import Connection
from threading import Lock, Thread
from types import ModuleType
from typing import Any

SERVER = multiprocessing.get_context("forkserver")
WARM = ["classroom.referee", "classroom.warm"]
# What many hand-ins import, and a single one may not.
PLOTS = "matplotlib_inline.backend_inline"
# What torch.optim imports at its first step: two seconds of each process.
DYNAMO = "torch._dynamo"
NEEDED = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "PYTHONHOME"}
NEEDED |= {"LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "OMP_NUM_THREADS", "MPLBACKEND"}
NEEDED |= {"MPLCONFIGDIR", "XDG_CACHE_HOME", "PYTHONDONTWRITEBYTECODE"}
STARTING = Lock()


def elsewhere(work: str, request: Any, seconds: float) -> Any:
    """What a new process answers to a request.

    Args:
        work: "module:function", which need not be imported here. It gets a channel,
            from which it receives the request; it sends the answer.
        request: anything that can be pickled.
        seconds: how long to wait.

    Raises:
        RuntimeError: if there is no answer, or it is text: what went wrong.
    """
    SERVER.set_forkserver_preload(WARM)
    channel, others_end = SERVER.Pipe()
    # multiprocessing lets a worker of Dask's have no children; these end before it
    current_process().daemon = False
    process = SERVER.Process(target=do, args=(work, others_end))
    with bare_environment():  # the server is started here, if it is not yet
        process.start()
    others_end.close()
    try:
        channel.send(request)
        if not channel.poll(seconds):
            raise RuntimeError("the judge did not come to an end")
        answer = channel.recv()
    except (EOFError, OSError):
        process.join(10)
        raise RuntimeError(f"the judge ended ({process.exitcode})") from None
    finally:
        process.kill()
        process.join()
        channel.close()
    if isinstance(answer, str):
        raise RuntimeError(answer)
    return answer


def do(work: str, channel: Connection) -> None:
    """Be the new process."""
    module, function = work.split(":")
    getattr(importlib.import_module(module), function)(channel)


def warm_up(*modules: str) -> None:
    """From now on, have new processes begin with these modules too.

    The server, from which all are copied, starts anew; nothing of it may be running.
    """
    if more := [name for name in modules if name not in WARM]:
        WARM.extend(more)
        forkserver._forkserver._stop()  # type: ignore[attr-defined]  # no public name


@contextmanager
def bare_environment() -> Iterator[None]:
    """Have no other variables than Python and torch need, while something starts.

    What a process was started with stays readable in /proc for all that it forks, and
    a teacher's shell may hold passwords. The program that runs here is not imported
    there either: its work has a module of its own.
    """
    with STARTING:
        whole, program = dict(os.environ), sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        for name in whole.keys() - NEEDED:
            del os.environ[name]
        try:
            yield
        finally:
            os.environ.update(whole)
            sys.modules["__main__"] = program


def end_with_parent(last: Callable[[], None] = lambda: None) -> None:
    """From now on, end when the process that asked for this one does.

    Args:
        last: what is done before that.
    """

    def watch() -> None:
        if parent := parent_process():
            parent.join()
        last()
        os._exit(1)

    Thread(target=watch, daemon=True).start()
