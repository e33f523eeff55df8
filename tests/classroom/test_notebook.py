"""Masters and hand-ins as cells."""

import math
from dataclasses import replace

import pytest

from classroom.notebook import NotebookError, cell_of, replaced
from tests.shared.homework import MASTER


def test_regions_are_replaced_with_their_indent():
    source = "def f(x):\n    ### BEGIN SOLUTION\n    y = x\n    ### END SOLUTION\n    z"
    assert replaced(source, "SOLUTION") == "def f(x):\n    z"
    stub = "# HERE\nraise"
    with_stub = "def f(x):\n    # HERE\n    raise\n    z"
    assert replaced(source, "SOLUTION", stub) == with_stub
    assert replaced(source, "HIDDEN TESTS") == source


@pytest.mark.parametrize(
    "lines",
    [
        ["### BEGIN SOLUTION"],
        ["### END SOLUTION"],
        ["### BEGIN SOLUTION", "### BEGIN SOLUTION", "### END SOLUTION"],
    ],
)
def test_marks_that_are_not_in_pairs_are_an_error(lines):
    with pytest.raises(NotebookError, match="SOLUTION"):
        replaced("\n".join(lines), "SOLUTION", "")


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"metadata": 3, "source": 4},
        {"metadata": {"nbgrader": []}, "source": ["a", 1]},
        {"metadata": {"nbgrader": {"points": "many", "grade": 1, "grade_id": 7}}},
        {"metadata": {"nbgrader": {"points": math.inf}}},
        {"metadata": {"nbgrader": {"points": math.nan}}},
        {"metadata": {"nbgrader": {"points": 10**400}}},
    ],
)
def test_any_json_makes_a_cell(raw):
    cell = cell_of(raw)
    assert (cell.points, cell.grade, cell.solution) == (0, False, False)


def test_a_seed_is_set_in_locked_code_only():
    master = replace(MASTER, seed=7)
    assert "SEED = 7" in master.setup[0].source
    assert [c.source for c in master.answers] == [c.source for c in MASTER.answers]
