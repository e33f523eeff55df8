"""The judge of a test: runs what it expects, asks for the student's values, compares.

It never runs a line of a student's. It takes the values it asked for, by name, and no
mark is given unless each of them has the form that the reference answers' have.
"""

import signal
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any, Protocol
from warnings import catch_warnings, simplefilter

import torch

from classroom.forms import Forms, form_of, misfit
from classroom.inside import seeded
from classroom.notebook import Cell, Master, NotebookError
from classroom.result import Verdict
from classroom.slices import Statement, for_student, statements
from classroom.values import Other, is_data

FLOATS = (torch.float32, torch.float64)
JUDGING = 20  # seconds of processor time for one statement of the judge's


class Answers(Protocol):
    """Whoever has answers to questions: a student's process, or the reference."""

    def ask(self, do: str, **request) -> dict:
        """One request and its reply."""


class Judge:
    """Runs what tests expect, and compares."""

    def __init__(self, master: Master, seed: int, forms: Forms | None = None):
        """Run the setup cells.

        Args:
            master: what tests and setup come from.
            seed: with which each test begins.
            forms: which forms values must have, if that is known.

        Raises:
            NotebookError: if a setup cell does not run; it names the line.
        """
        self.names, self.seed = master.students_names, seed
        self.forms = forms or {}
        self.has_shown = False  # a hidden test to the student's process
        self.received: list[dict] = []  # values in this test, one dict an asking
        self.scope = {"__name__": "__main__"}
        for cell in master.setup:
            run_cell(cell, self.scope)

    def verdict(self, cell: Cell, student: Answers) -> Verdict:
        """Whether all asserts of one test cell hold."""
        seeded(self.seed)
        self.received = []
        adopt_floats(student.ask("test", seed=self.seed))
        parts = statements(cell.source, self.names)
        sent, scope = for_student(parts), dict(self.scope)
        for number, part in enumerate(parts):
            match part.kind:
                case "input":
                    self.prepare(part, scope, student if number in sent else None)
                    problem = None
                case "call":
                    problem = self.call(part, scope, student)
                case _:
                    problem = self.check(part, scope, student)
            self.has_shown |= part.hidden and part.kind != "input"
            if problem is not None:
                return Verdict("failed", problem)
        if problem := self.misfit(cell.grade_id):
            return Verdict("failed", problem)
        return Verdict("passed")

    def misfit(self, test: str) -> str | None:
        """What is wrong with the form of the values that came, None if nothing is."""
        for values, forms in zip(self.received, self.forms.get(test, []), strict=False):
            for name, form in forms.items():
                if name not in values:
                    return f"{name} did not arrive"
                if problem := misfit(form_of(values[name]), form):
                    return f"{name}: {problem}"
        return None

    def take(self, reply: dict, names: list[str], scope: dict) -> None:
        """Take the values asked for, and no others; a name without one is unknown."""
        values = {n: reply["values"][n] for n in names if n in reply["values"]}
        for name in names:
            scope.pop(name, None)
        scope.update(values)
        self.received.append(values)

    def prepare(self, part: Statement, scope: dict, student: Answers | None) -> None:
        """Run an input; data that a student's process needs is sent there."""
        run(part, scope)
        if student is None:
            return
        data = {n: scope[n] for n in part.binds if n in scope and is_data(scope[n])}
        runs_there = not part.binds or part.binds - data.keys()
        source = part.source if runs_there else ""
        student.ask("run", source=source, put={}, get=[])
        student.ask("run", source="", put=data, get=[])

    def call(self, part: Statement, scope: dict, student: Answers) -> str | None:
        """Run a call in the student's process; values come back."""
        names = part.asks_for(self.names)
        reply = student.ask("run", source=part.source, put={}, get=names)
        if not reply["error"]:
            self.take(reply, names, scope)
            return None
        if part.hidden:
            return f"a hidden test could not run: {reply['error'][0]}"
        return self.public(reply["error"])

    def check(self, part: Statement, scope: dict, student: Answers) -> str | None:
        """Run an assert on values; returns its message if it does not hold."""
        if wanted := part.asks_for(self.names):
            reply = student.ask("run", source="", put={}, get=wanted)
            if reply["error"]:  # what cannot be sent
                return self.public(reply["error"])
            self.take(reply, wanted, scope)
        try:
            run(part, scope)
        except AssertionError as error:
            return str(error) or "an assert does not hold"
        except Exception as error:
            if found := next(strangers(scope, part.reads), None):
                name, kind = found
                said = "" if self.has_shown or part.hidden else f" ({kind})"
                return f"{name} holds something{said} that is no number, text or tensor"
            if part.hidden:
                return f"a hidden test could not use the result: {type(error).__name__}"
            return self.public([type(error).__name__, str(error)])
        return None

    def public(self, error: list[str]) -> str:
        """What a student may read of an error: its message could tell of hidden tests
        that their process has seen.
        """
        return error[0] if self.has_shown else says(error)


def strangers(scope: dict, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Names whose values hold objects that are no data, and what these are."""

    def inside(value: Any) -> Iterator[str]:
        match value:
            case Other():
                yield value.kind
            case list() | tuple() | set():
                yield from (kind for part in value for kind in inside(part))
            case dict():
                yield from (kind for part in value.values() for kind in inside(part))

    for name in sorted(names):
        yield from ((name, kind) for kind in inside(scope.get(name)))


def run_cell(cell: Cell, scope: dict) -> None:
    """Run a cell of a master here.

    Raises:
        NotebookError: what it raised, with the cell and the line.
    """
    try:
        with quiet():
            exec(compile(cell.source, cell.grade_id, "exec"), scope)
    except (Exception, SystemExit) as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [f.lineno for f in frames if f.filename == cell.grade_id]
        line = lines[-1] if lines else getattr(error, "lineno", None)
        what = says([type(error).__name__, str(error)])
        raise NotebookError(f"cell {cell.grade_id!r}, line {line}: {what}") from error


def adopt_floats(reply: dict) -> None:
    """Make tensors here of the kind that a student's process makes them: a cell of
    theirs may have chosen float32, and their tests hold with it.
    """
    dtype = reply.get("values", {}).get("dtype")
    if isinstance(dtype, torch.dtype) and dtype in FLOATS:
        torch.set_default_dtype(dtype)


def run(part: Statement, scope: dict) -> None:
    """Run a statement of a master here; a value may be too large for it."""
    with quiet(), at_most(JUDGING):
        exec(compile(part.source, "<test>", "exec"), scope)


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Raise TimeoutError where this takes more processor time."""

    def stop(*_) -> None:
        raise TimeoutError(f"more than {seconds} s")

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def says(error: list[str]) -> str:
    """An error's kind and message in one line."""
    return ": ".join(map(str, error))


@contextmanager
def quiet() -> Iterator[None]:
    """Drop what is printed and warned."""
    nowhere = StringIO()
    with redirect_stdout(nowhere), redirect_stderr(nowhere), catch_warnings():
        simplefilter("ignore")
        yield
