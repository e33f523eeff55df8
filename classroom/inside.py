"""What runs inside a student's process: their cells, and the calls of the tests.

It answers requests, one at a time. What it says is data about what was computed, and
no verdict: whoever takes this process over can lie about values and gains nothing.
"""

import builtins
import contextlib
import math
import multiprocessing
import os
import random
import sys
import tempfile
import traceback
import warnings
from collections.abc import Iterator
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from types import ModuleType

import numpy as np
import torch

import helpers
from classroom.root import HOME
from classroom.sandbox import Limits, confine
from classroom.shell import Capped, new_shell
from classroom.values import BadValue, pack, unpack

MESSAGE = 500  # letters of an error's message that are kept
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "MPLBACKEND": "agg",
    "OMP_NUM_THREADS": "1",
    "TERM": "dumb",
    "NO_COLOR": "1",
}


def live(channel: Connection, folder: str) -> None:
    """Confine this process, then answer requests until nobody asks any more."""
    wanted = unpack(channel.recv_bytes())
    active = confine(Limits(**wanted["limits"]), wanted["isolate"])
    home = HOME if "files" in active else folder
    os.chdir(home)
    os.environ.clear()
    os.environ.update(ENVIRONMENT, HOME=home, TMPDIR=home)
    sys.argv, tempfile.tempdir = [""], home
    silence(keep=channel.fileno())
    forget_relatives()
    desk, me = Desk(), os.getpid()
    channel.send_bytes(pack({"turn": 0, "sandbox": active}))
    with contextlib.suppress(EOFError):
        while True:
            reply = desk.answer(unpack(channel.recv_bytes()))
            if os.getpid() != me:  # a cell has forked
                os._exit(0)
            channel.send_bytes(reply)
    os._exit(0)


def silence(keep: int) -> None:
    """Close what was inherited; what bypasses Python's own streams goes nowhere."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in range(3):
        os.dup2(nothing, fd)
    os.closerange(3, keep)
    os.closerange(keep + 1, 4096)
    sys.stdin = open(0)  # so that input() raises EOFError


def forget_relatives() -> None:
    """What multiprocessing inherited, a folder and a pipe, is out of reach here."""
    # neither has a public name: get_temp_dir() and ensure_running() would make new ones
    multiprocessing.current_process()._config["tempdir"] = None  # type: ignore[attr-defined]
    resource_tracker._resource_tracker.__init__()  # type: ignore[misc]


class Desk:
    """A student's names, and what can be done with them."""

    def __init__(self):
        """Names as a new kernel has them."""
        self.shell = new_shell()
        self.shell.ipython_dir = os.path.join(os.getcwd(), ".ipython")
        sys.modules["__main__"] = self.shell.user_module  # where cells define things
        self.scope: dict = {}
        self.genuine = dict(attributes())

    def answer(self, request: dict) -> bytes:
        """Do what is asked and say what came of it.

        ``do`` is "cell": run a cell as Jupyter does; "test": begin a test with a copy
        of all names; "run": ``put`` values, run a statement, send the values of
        ``get`` back; "check": name what was replaced.
        """
        reply = {"turn": request["turn"], "error": None, "values": {}}
        stream = Capped()
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            match request["do"]:
                case "cell":
                    seeded(request["seed"])
                    reply["error"] = self.cell(request["source"])
                case "test":
                    seeded(request["seed"])
                    self.scope = dict(self.shell.user_ns)
                    reply["values"] = {"dtype": torch.get_default_dtype()}
                case "run":
                    self.scope.update(request["put"])
                    reply["error"] = self.run(request["source"])
                    known = [n for n in request["get"] if n in self.scope]
                    reply["values"] = {name: self.scope[name] for name in known}
                case "check":
                    reply["values"] = {"replaced": list(self.replaced())}
        reply["output"] = stream.text
        try:
            return pack(reply)
        except BadValue as error:
            told = ["Too large", str(error)[:MESSAGE]]
        except Exception as error:
            # torch has tensors without numbers, and endless ones
            told = described(error) or []
        return pack({**reply, "values": {}, "error": told})

    def cell(self, source: str) -> list[str] | None:
        """Run a cell as Jupyter does; returns what it raised."""
        result = self.shell.run_cell(source, store_history=False)
        if pyplot := sys.modules.get("matplotlib.pyplot"):
            pyplot.close("all")
        return described(result.error_before_exec or result.error_in_exec)

    def run(self, source: str) -> list[str] | None:
        """Run a statement of a test; returns what it raised."""
        try:
            exec(compile(source, "<test>", "exec"), self.scope)
        except BaseException as error:
            return described(error)
        return None

    def replaced(self) -> Iterator[str]:
        """Functions of Python, numpy, torch and the course that are others now."""
        for (name, key), value in self.genuine.items():
            now = vars(OBSERVED[name]).get(key)
            if (name, key) == WRAPPED and getattr(now, "__wrapped__", None) is value:
                continue
            if now is not value:
                yield f"{name}.{key}"


def observed() -> dict[str, ModuleType | type]:
    """Where a hand-in could replace what tests rely on."""
    modules = [builtins, math, random, np, torch, torch.linalg, torch.nn.functional]
    modules += [torch.nn, torch.nn.init, torch.testing]
    modules += [m for n, m in sys.modules.items() if n.startswith("helpers.")]
    named = {module.__name__: module for module in modules}
    return {**named, "torch.Tensor": torch.Tensor, helpers.__name__: helpers}


OBSERVED = observed()
# by torch itself, at the first step of an optimizer
WRAPPED = ("torch", "manual_seed")


def attributes() -> Iterator[tuple[tuple[str, str], object]]:
    """What is callable there, by place and name."""
    for name, place in OBSERVED.items():
        for key, value in vars(place).items():
            # set_default_dtype changes torch.Storage
            if callable(value) and not key.startswith("_") and key != "Storage":
                yield (name, key), value


def described(error: BaseException | None) -> list[str] | None:
    """An error's kind and message, as text of limited length."""
    if error is None:
        return None
    kind = type(error).__name__
    try:
        lines = traceback.format_exception_only(error)
        message = str(lines[-1]).strip().removeprefix(f"{kind}: ")
    except BaseException:
        message = "(its message cannot be read)"
    return [kind[:80], message[:MESSAGE]]


def seeded(seed: int) -> None:
    """Every cell begins with the same randomness, and with warnings shown."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002, what students use
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    warnings.resetwarnings()
    warnings.simplefilter("default")
