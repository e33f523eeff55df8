"""Who grades one hand-in: runs its cells in the student's process, judges tests here.

This process never runs a line of a student's. It has the master, torch as it was
installed, and values that came over the wire.
"""

import re
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection

import psutil

from classroom.grading import Job, Record
from classroom.judging import Judge, says
from classroom.matching import Plan, Step, is_another, plan, read
from classroom.notebook import NAME, Cell, Master, NotebookError
from classroom.outside import Ended, Student
from classroom.pace import explorations, is_too_slow, patience, share
from classroom.processes import end_with_parent
from classroom.rehearsal import rehearse
from classroom.result import Outcome, Result, Verdict

MOST_NAMES = 20  # functions that were replaced, by name
SECRET_SEED = 1000  # the smallest seed that is taken out of what cells print
SHOWN = 4000  # letters of a cell's output in the feedback


def referee(channel: Connection) -> None:
    """Start a student's process, and only then learn what there is to grade."""
    answer: str | tuple[Record, Result | None]
    try:
        with Student() as student:
            end_with_parent(student.__exit__)
            job, record = channel.recv()
            answer = graded(job, record, student)
    except BaseException as error:
        answer = f"{type(error).__name__}: {error}"
    channel.send(answer)


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
        explores = explorations(self.master, self.plan.steps)
        try:
            record.sandbox = student.confine(self.job.limits, self.job.isolate)
            forms = self.job.forms
            if forms is None:
                forms = rehearse(self.master, self.job.seed)
            judge = Judge(self.master, self.job.seed, forms)
            for number, step in enumerate(self.plan.steps):
                done = step.is_test and step.cell.grade_id in record.verdicts
                if done or number in record.left_out:
                    continue
                begun = time.monotonic()
                left, took = deadline - begun, record.took.get(number, 0)
                if left < 0:
                    raise Ended("timeout", "no time was left")
                student.patience = self.patience
                if number in explores:
                    if is_too_slow(took, left, self.job.limits):
                        self.leave_out(number, step)
                        continue
                    student.patience = share(self.patience, left)
                self.take(step, student, judge)
                record.took[number] = time.monotonic() - begun
        except Ended as end:
            if step is None:
                raise RuntimeError(f"no process for the student: {end}") from None
            record.left_out.add(number)
            self.note(step, end)
            return end.kind == "tampered" or time.monotonic() > deadline
        self.look(student)
        return True

    @property
    def patience(self) -> float:
        """Seconds that a cell may wait."""
        return patience(self.job.limits, len(self.record.ends))

    def leave_out(self, number: int, step: Step) -> None:
        """Run a cell of the student's own no more, and say so."""
        self.record.left_out.add(number)
        self.record.noticed.append(
            f"{step.name}: not run again, to keep time for the answers"
        )

    def look(self, student: Student) -> None:
        """Note what was replaced; marks are given already, whatever comes of it."""
        record = self.record
        try:
            names = student.ask("check")["values"].get("replaced")
        except Ended as end:
            record.noticed.append(f"at the end: {end}")
            record.ends += ["tampered"] if end.kind == "tampered" else []
            return
        found = names if isinstance(names, list) else []
        named = [name for name in found if isinstance(name, str)]
        record.noticed += [f"{name[:NAME]} was replaced" for name in named[:MOST_NAMES]]
        if len(named) > MOST_NAMES:
            record.noticed.append(f"{len(named) - MOST_NAMES} more were replaced")

    def take(self, step: Step, student: Student, judge: Judge) -> None:
        """One step."""
        if step.is_test:
            self.record.verdicts[step.cell.grade_id] = judge.verdict(step.cell, student)
            return
        seen = self.record.after_hidden
        reply = student.ask("cell", source=step.cell.source, seed=self.job.seed)
        (seen.add if judge.has_shown else seen.discard)(step.name)
        self.record.outputs[step.name] = self.without_seed(reply["output"][:SHOWN])
        if reply["error"]:
            self.record.errors[step.name] = self.without_seed(says(reply["error"]))

    def without_seed(self, text: str) -> str:
        """Text without the seed, if it is too long to come up by chance."""
        seed = self.job.seed
        return re.sub(rf"\b{seed}\b", "SEED", text) if seed >= SECRET_SEED else text

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
            after_hidden=sorted(record.after_hidden),
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
            message=self.without_seed(verdict.message),
        )
