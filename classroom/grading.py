"""One hand-in: its cells run in the student's process, and its tests are judged here.

The judge is a process that never runs a line of a student's. It has the master, torch
as it was installed, and values that came over the wire.
"""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from multiprocessing import current_process, parent_process
from multiprocessing.connection import Connection
from threading import Thread
from warnings import catch_warnings, simplefilter

import psutil

from classroom.inside import seeded
from classroom.matching import Plan, Step, is_another, plan, read
from classroom.notebook import Cell, Master, NotebookError
from classroom.outside import Ended, Student
from classroom.result import Outcome, Result
from classroom.sandbox import ISOLATION, Limits
from classroom.slices import Statement, for_student, statements
from classroom.values import is_data

SERVER = multiprocessing.get_context("forkserver")
WARM = ["classroom.grading", "matplotlib_inline.backend_inline", "torch._dynamo"]
PATIENCE = 300  # seconds that the judge may take on top of the student's limit
JUDGING = 20  # seconds of processor time for one statement of the judge's
SHOWN = 4000  # letters of a cell's output in the feedback


@dataclass(frozen=True)
class Job:
    """All that is needed to grade one hand-in, anywhere."""

    name: str
    master: str
    seed: int
    hand_in: bytes
    limits: Limits = Limits()
    isolate: bool = True


@dataclass
class Verdict:
    """What became of one test cell."""

    status: str  # "passed", "failed", "died", "timeout", "tampered" or "not run"
    message: str = ""


@dataclass
class Record:
    """What is known about one hand-in so far."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    noticed: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)  # how its processes ended
    left_out: set[int] = field(default_factory=set)  # steps that ended one
    sandbox: list[str] = field(default_factory=list)
    cpu: float = 0.0  # seconds
    seconds: float = 0.0


def grade(job: Job) -> Result:
    """Grade one hand-in in processes of its own.

    A step that ends the student's process is left out, and all else is run again.

    Raises:
        RuntimeError: if the grader itself failed; nothing is known about the marks.
    """
    SERVER.set_forkserver_preload(WARM)
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
    channel, referees_end = SERVER.Pipe()
    # multiprocessing lets a worker of Dask's have no children; these end before it
    current_process().daemon = False
    process = SERVER.Process(target=referee, args=(referees_end,))
    process.start()
    referees_end.close()
    try:
        channel.send((job, record))
        if not channel.poll(job.limits.total + PATIENCE):
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


def referee(channel: Connection) -> None:
    """Start a student's process, and only then learn what there is to grade."""
    answer: str | tuple[Record, Result | None]
    try:
        with Student() as student:
            Thread(target=end_with_parent, args=(student,), daemon=True).start()
            job, record = channel.recv()
            answer = graded(job, record, student)
    except BaseException as error:
        answer = f"{type(error).__name__}: {error}"
    channel.send(answer)


def end_with_parent(student: Student) -> None:
    """Nobody waits for the result of a grader that was killed."""
    if grader := parent_process():
        grader.join()
    student.__exit__()
    os._exit(1)


def graded(job: Job, record: Record, student: Student) -> tuple[Record, Result | None]:
    """The record of a hand-in once a student's process has done what it could."""
    begun = time.monotonic()
    master = Master(job.name, job.master, job.seed)
    try:
        cells = read(job.hand_in)
    except NotebookError as error:
        return record, Result("unreadable", [str(error)])
    if is_another(master, cells):
        return record, Result("another", ["another homework"])
    sitting = Sitting(master, plan(master, cells), job, record)
    done = sitting.run(student)
    record.seconds += time.monotonic() - begun
    record.cpu += student.use().cpu + sum(psutil.Process().cpu_times()[:2])
    return record, sitting.result() if done else None


@dataclass
class Sitting:
    """One hand-in in one student's process."""

    master: Master
    plan: Plan
    job: Job
    record: Record

    def run(self, student: Student) -> bool:
        """Take every step that is left; False if one of them ended the process."""
        record, step = self.record, None
        time_left = self.job.limits.total - record.seconds
        deadline = time.monotonic() + time_left
        try:
            record.sandbox = student.confine(self.job.limits, self.job.isolate)
            judge = Judge(self.master, self.job.seed)
            for number, step in enumerate(self.plan.steps):
                done = step.is_test and step.cell.grade_id in record.verdicts
                if done or number in record.left_out:
                    continue
                if time.monotonic() > deadline:
                    raise Ended("timeout", "no time was left")
                self.take(step, student, judge)
            replaced = student.ask("check")["values"]["replaced"]
            record.noticed += [f"{name} was replaced" for name in replaced]
        except Ended as end:
            if step is None:
                raise RuntimeError(f"no process for the student: {end}") from None
            record.left_out.add(number)
            self.note(step, end)
            return end.kind == "tampered" or time.monotonic() > deadline
        return True

    def take(self, step: Step, student: Student, judge: "Judge") -> None:
        """One step."""
        if step.is_test:
            self.record.verdicts[step.cell.grade_id] = judge.verdict(step.cell, student)
            return
        reply = student.ask("cell", source=step.cell.source, seed=self.job.seed)
        self.record.outputs[step.name] = str(reply["output"])[:SHOWN]
        if reply["error"]:
            self.record.errors[step.name] = says(reply["error"])

    def note(self, step: Step, end: Ended) -> None:
        """A step that ended the process: its own test is lost, no other."""
        self.record.ends.append(end.kind)
        self.record.noticed.append(f"{step.name}: {end}")
        if step.is_test:
            self.record.verdicts[step.cell.grade_id] = Verdict(end.kind, str(end))
        else:
            self.record.errors[step.name] = str(end)

    def result(self) -> Result:
        """All that reports need."""
        record = self.record
        worst_first = ("tampered", "timeout", "died")
        outcomes = [self.outcome(cell) for cell in self.master.tests]
        return Result(
            status=next((k for k in worst_first if k in record.ends), "graded"),
            noticed=self.plan.noticed + record.noticed,
            sandbox=record.sandbox,
            cpu=round(record.cpu, 2),
            seconds=round(record.seconds, 2),
            tests=outcomes,
            total=sum(outcome.marks for outcome in outcomes),
            errors=record.errors,
            outputs=record.outputs,
            words=self.plan.words,
        )

    def outcome(self, test: Cell) -> Outcome:
        """What one test cell gives."""
        verdict = self.record.verdicts.get(test.grade_id, Verdict("not run"))
        return Outcome(
            test=test.grade_id,
            question=self.master.question_of(test).grade_id,
            points=test.points,
            marks=test.points if verdict.status == "passed" else 0,
            status=verdict.status,
            message=verdict.message,
        )


class Judge:
    """Runs what tests expect, and compares."""

    def __init__(self, master: Master, seed: int):
        """Run the setup cells."""
        self.names, self.seed = master.students_names, seed
        self.scope = {"__name__": "__main__"}
        with quiet():
            for cell in master.setup:
                exec(compile(cell.source, cell.grade_id, "exec"), self.scope)

    def verdict(self, cell: Cell, student: Student) -> Verdict:
        """Whether all asserts of one test cell hold."""
        seeded(self.seed)
        student.ask("test", seed=self.seed)
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
            if problem is not None:
                return Verdict("failed", problem)
        return Verdict("passed")

    def prepare(self, part: Statement, scope: dict, student: Student | None) -> None:
        """Run an input; data that a student's process needs is sent there."""
        run(part, scope)
        if student is None:
            return
        data = {n: scope[n] for n in part.binds if n in scope and is_data(scope[n])}
        runs_there = not part.binds or part.binds - data.keys()
        source = part.source if runs_there else ""
        student.ask("run", source=source, put={}, get=[])
        student.ask("run", source="", put=data, get=[])

    def call(self, part: Statement, scope: dict, student: Student) -> str | None:
        """Run a call in the student's process; values come back."""
        names = sorted(part.binds)
        reply = student.ask("run", source=part.source, put={}, get=names)
        if not reply["error"]:
            scope.update(reply["values"])
            return None
        if part.hidden:
            return f"a hidden test could not run: {reply['error'][0]}"
        return says(reply["error"])

    def check(self, part: Statement, scope: dict, student: Student) -> str | None:
        """Run an assert on values; returns its message if it does not hold."""
        if wanted := sorted(part.reads & self.names):
            scope.update(student.ask("run", source="", put={}, get=wanted)["values"])
        try:
            run(part, scope)
        except AssertionError as error:
            return str(error) or "an assert does not hold"
        except Exception as error:
            if part.hidden:
                return f"a hidden test could not use the result: {type(error).__name__}"
            return f"{type(error).__name__}: {error}"
        return None


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
