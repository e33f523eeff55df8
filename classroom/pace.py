"""How long a step of a hand-in may take, so that time is kept for the answers.

A cell that ends the process has all others run again. Cells of a student's own that no
later cell needs may then use up what the answers below need: those that are known to be
slow are left out as soon as half of the time is gone.
"""

import re

from classroom.matching import Step
from classroom.notebook import Master
from classroom.sandbox import Limits

SLOW = 1.0  # seconds; what is quicker is run again always
SHARE = 2 / 3  # of the time that is left, what one such cell may wait
HALVED = 4  # times at most


def explorations(master: Master, steps: list[Step]) -> set[int]:
    """Steps that are a student's own and of no use to a later one, by number."""
    answers = {cell.grade_id for cell in master.answers}
    found: set[int] = set()
    later: set[str] = set()  # words of later cells
    for number in reversed(range(len(steps))):
        step = steps[number]
        cell, words = step.cell, set(re.findall(r"\w+", step.cell.source))
        teachers = step.is_test or cell in master.setup
        answer = cell.grade_id in answers or cell.names & master.students_names
        if not (teachers or answer or cell.names & later or "import" in words):
            found.add(number)
        later |= words
    return found


def patience(limits: Limits, ends: int) -> float:
    """Seconds that a cell may wait: half as long after each that ended the process."""
    return limits.wall / 2 ** min(HALVED, ends)


def share(wall: float, left: float) -> float:
    """Seconds that an exploration may wait, of those that are left for all."""
    return min(wall, SHARE * left)


def is_too_slow(took: float, left: float, limits: Limits) -> bool:
    """Whether an exploration that took so long is left out from now on."""
    return took > SLOW and left - took < limits.total / 2
