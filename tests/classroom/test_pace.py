"""Who may wait how long."""

from nbformat.v4 import new_code_cell

from classroom.matching import plan, read
from classroom.pace import explorations, is_too_slow, patience, share
from classroom.sandbox import Limits
from tests.shared.homework import MASTER, as_bytes, solved

LIMITS = Limits(wall=10, total=25)


def explored(*sources):
    """Which of these cells, above all answers of a hand-in, are explorations."""
    notebook = solved()
    for source in reversed(sources):
        notebook.cells.insert(1, new_code_cell(source))
    steps = plan(MASTER, read(as_bytes(notebook))).steps
    found = [steps[number].cell.source for number in explorations(MASTER, steps)]
    return [source in found for source in sources], len(found)


def test_teachers_cells_and_answers_are_no_explorations():
    assert explored() == ([], 0)


def test_what_later_cells_need_is_none():
    cells = ["x = 3", "print(3)", "unused = 4", "y = x", "import math", "print(y)"]
    assert explored(*cells) == ([False, True, True, False, False, True], 3)


def test_patience_is_halved_four_times():
    assert [patience(LIMITS, n) for n in (0, 1, 2, 4, 9)] == [10, 5, 2.5, 0.625, 0.625]


def test_an_exploration_waits_for_a_part_of_what_is_left():
    assert share(10, 300) == 10 and share(10, 6) == 4


def test_the_slow_ones_are_left_out_when_half_of_the_time_is_gone():
    assert not is_too_slow(5, 24, LIMITS)
    assert is_too_slow(5, 17, LIMITS)
    assert not is_too_slow(0.5, 1, LIMITS)
