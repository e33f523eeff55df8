"""A master without students: its reference answers sit its tests, and then cheats do.

The reference answers show the form that values must have. The cheats know the public
tests, answer those as they should be, and give away nothing but emptiness, "not a
number", a constant or what they were sent wherever a test is hidden: no test may pass.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

import torch

from classroom.forms import Forms, form_of, misfit
from classroom.inside import seeded
from classroom.judging import Judge, quiet, run_cell, says
from classroom.notebook import Cell, Master, NotebookError
from classroom.processes import DYNAMO, end_with_parent
from classroom.slices import statements
from classroom.values import pack, unpack


class Reference:
    """The reference answers, asked as a student's process is."""

    def __init__(self, master: Master, seed: int):
        """Run setup and answers, in the order of the master."""
        self.names: dict = {"__name__": "__main__"}
        for cell in [*master.setup, *master.answers]:
            seeded(seed)
            run_cell(cell, self.names)

    def ask(self, do: str, **request) -> dict:
        """One request and its reply; values are copies, as those on the wire are."""
        if do == "test":
            seeded(request["seed"])
            self.scope = dict(self.names)
            return {}
        self.scope |= unpack(pack(request["put"]))
        error = None
        try:
            with quiet():
                exec(compile(request["source"], "<test>", "exec"), self.scope)
        except Exception as raised:
            error = [type(raised).__name__, str(raised)]
        values = {n: self.scope[n] for n in request["get"] if n in self.scope}
        return {"error": error, "values": unpack(pack(values))}


def rehearse(master: Master, seed: int) -> Forms:
    """The form of each value that the tests ask for.

    Raises:
        NotebookError: if setup, reference answers or what a test expects do not run.
    """
    judge, reference = Judge(master, seed), Reference(master, seed)
    forms = {}
    for test in master.tests:
        try:
            judge.verdict(test, reference)
        except Exception as error:
            what = says([type(error).__name__, str(error)])
            raise NotebookError(f"cell {test.grade_id!r}: {what}") from error
        forms[test.grade_id] = [
            {name: form_of(value) for name, value in values.items()}
            for values in judge.received
        ]
    return forms


class Cheat:
    """Answers public tests as the reference does, and hidden ones by a trick."""

    def __init__(self, reference: Reference, test: Cell, names: frozenset[str], trick):
        """Know which of a test's askings are hidden: the statement is sent along."""
        self.reference, self.trick = reference, trick
        self.sent: list[Any] = []
        self.hidden = [
            part.hidden
            for part in statements(test.source, names)
            if part.asks_for(names)
        ]

    def ask(self, do: str, **request) -> dict:
        """One request and its reply."""
        reply = self.reference.ask(do, **request)
        if do == "run":
            self.sent += request["put"].values()
        if request.get("get") and self.hidden.pop(0):
            given = {n: self.trick(v, self.sent) for n, v in reply["values"].items()}
            return {"error": None, "values": given}
        return reply


def constant(number: float) -> Callable[[Any, list], Any]:
    """Answer with one number everywhere, in values of the right form."""

    def filled(value: Any, sent: list) -> Any:
        match value:
            case torch.Tensor():
                return torch.full_like(value, number) if fits(value) else value
            case bool():
                return bool(number)
            case int() | float():
                return number
            case list() | tuple():
                return type(value)(filled(part, sent) for part in value)
            case dict():
                return {key: filled(part, sent) for key, part in value.items()}
        return ""

    def fits(value: torch.Tensor) -> bool:
        return value.is_floating_point() or number == number

    return filled


def nothing(value: Any, sent: list) -> Any:
    """Answer with as little as there can be of each kind."""
    match value:
        case torch.Tensor():
            return torch.empty(0, 1, 1, 1)
        case list() | tuple() | dict():
            return type(value)()
    return None


def echo(value: Any, sent: list) -> Any:
    """Answer with what was sent last, if it has the form of an answer."""
    form = form_of(value)
    fitting = [put for put in sent if misfit(form_of(put), form) is None]
    if fitting:
        return fitting[-1]
    if isinstance(value, list | tuple):
        return type(value)(echo(part, sent) for part in value)
    return constant(0.0)(value, sent)


TRICKS = {
    "emptiness": nothing,
    "nan": constant(float("nan")),
    "zeros": constant(0.0),
    "ones": constant(1.0),
    "what it was sent": echo,
}


def weaknesses(master: Master, seed: int = 0) -> Iterator[str]:
    """Tests that the reference answers fail, or that a cheat passes."""
    try:
        forms, reference = rehearse(master, seed), Reference(master, seed)
        judge = Judge(master, seed, forms)
    except NotebookError as error:
        yield f"it does not run: {error}"
        return
    for test in master.tests:
        at = f"cell {test.grade_id!r}: "
        verdict = judge.verdict(test, reference)
        if verdict.status != "passed":
            yield f"{at}the reference answer fails: {verdict.message}"
            continue
        for trick, answer in TRICKS.items():
            cheat = Cheat(reference, test, master.students_names, answer)
            if not any(cheat.hidden):  # then public calls are all that there is
                break
            if judge.verdict(test, cheat).status == "passed":
                yield f"{at}hidden tests hold for {trick}"


def rehearser(channel: Connection) -> None:
    """Be the process in which a master is rehearsed, in an empty folder: students'
    code will have no more, whatever lies beside the master.

    It is asked for "forms" or "weaknesses". It answers with them, and with whether
    "torch._dynamo" was imported for that.
    """
    asked, name, text, seed = channel.recv()
    folder = tempfile.mkdtemp(prefix="rehearsal-")
    leave = partial(shutil.rmtree, folder, ignore_errors=True)
    end_with_parent(leave)
    os.chdir(folder)
    master = Master(name, text, seed)
    answer: Any
    try:
        if asked == "forms":
            answer = rehearse(master, seed), DYNAMO in sys.modules
        else:
            answer = [*weaknesses(master, seed)], DYNAMO in sys.modules
    except NotebookError as error:
        answer = str(error)
    except Exception as error:
        answer = f"{type(error).__name__}: {error}"
    leave()
    channel.send(answer)
