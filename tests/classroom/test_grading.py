"""One hand-in, judged."""

from pathlib import Path

import pytest
import torch
from nbformat.v4 import new_code_cell

from classroom.course import Graded
from classroom.grading import Job, grade
from classroom.hand_ins import HandIn
from classroom.marks import Line
from classroom.pages import page
from classroom.sandbox import Limits
from tests.shared.grading import graded
from tests.shared.homework import ANSWERS, FULL, MASTER, as_bytes, changed, solved


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_a_right_answer_is_right_for_every_seed(seed):
    assert graded(as_bytes(solved()), seed).total == FULL


def test_an_answer_made_for_one_seed_is_wrong_for_another():
    """The hidden test of "size" draws with SEED: a table of its answers is none."""
    generator = torch.Generator().manual_seed(0)
    draws = [torch.randn(50, generator=generator) for _ in range(3)]
    table = {v[0].item(): v.square().mean().sqrt().item() for v in draws}
    table[3.0] = 12.5**0.5
    cheat = f"def size(v):\n    return {table!r}.get(v[0].item(), 0.0)"
    hand_in = as_bytes(solved(size=cheat))
    assert graded(hand_in).total == FULL
    assert graded(hand_in, seed=5).total == FULL - 2


@pytest.mark.parametrize(
    "changed",
    [
        {"double": "def double(x):\n    return np.float64(2 * x)"},
        {"size": "def size(v):\n    return (v**2).mean().sqrt().numpy()"},
        {"double": "def double(x):\n    return Fraction(2 * x)"},
        {"double": "def double(x):\n    return Decimal(2 * x)"},
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_passes_in_a_students_kernel_passes_here(changed, dtype):
    """Whatever kind of number it is, and whatever kind of floats a cell has chosen."""
    notebook = solved(**changed)
    lines = "import numpy as np\nfrom fractions import Fraction\n"
    lines += "from decimal import Decimal\n"
    lines += f"torch.set_default_dtype(torch.{dtype})"
    notebook.cells.insert(1, new_code_cell(lines))
    result = graded(as_bytes(notebook))
    assert result.total == FULL, [(t.test, t.message) for t in result.tests]


def test_floats_that_are_too_coarse_are_not_the_judges():
    notebook = solved(double="def double(x):\n    return 2 * x")
    lines = "torch.set_default_dtype(torch.float16)"
    notebook.cells.insert(1, new_code_cell(lines))
    size = "def size(v):\n    return float(v.float().square().mean().sqrt()) * 1.0003"
    notebook.cells[[c.get("id") for c in notebook.cells].index("size")].source = size
    outcome = {t.test: t.marks for t in graded(as_bytes(notebook)).tests}
    assert outcome["test-size"] == 0


DESK = """
import os
from classroom import inside
{right}
real = inside.Desk.answer
def answer(self, request):
    if request["do"] == {do!r}:
        {then}
    return real(self, request)
inside.Desk.answer = answer
"""


def taken_over(do, then):
    """A hand-in whose process answers one kind of request in its own way."""
    return as_bytes(solved(limit=DESK.format(right=ANSWERS["limit"], do=do, then=then)))


@pytest.mark.parametrize(
    "changed",
    [
        "output=None",
        "output='x' * 100_000",
        "error=5",
        "error=['a']",
        "error=['a', 'b' * 9999]",
        "values=[]",
        "values={1: 2}",
        "values=None",
    ],
)
def test_a_reply_of_another_form_is_tampered(changed):
    made = "turn=request['turn'], output='', error=None, values={}"
    then = f"return inside.pack({{**dict({made}), **dict({changed})}})"
    result = graded(taken_over("test", then))
    assert result.status == "tampered"
    assert result.total == FULL - 1, "what was earned before stays"
    assert "of a form that the grader does not send" in " ".join(result.noticed)


@pytest.mark.parametrize("changed", ["{}", "{'replaced': None}", "{'replaced': 3}"])
def test_what_is_said_at_the_end_may_be_anything(changed):
    made = f"turn=request['turn'], output='', error=None, values={changed}"
    result = graded(taken_over("check", f"return inside.pack(dict({made}))"))
    assert (result.status, result.total) == ("graded", FULL)


def test_a_long_list_of_what_was_replaced_is_cut():
    made = (
        "turn=request['turn'], output='', error=None, values={'replaced': ['x'] * 99}"
    )
    result = graded(taken_over("check", f"return inside.pack(dict({made}))"))
    assert result.noticed == 20 * ["x was replaced"] + ["79 more were replaced"]


def test_who_dies_at_the_end_loses_nothing():
    result = graded(taken_over("check", "os._exit(1)"))
    assert result.total == FULL
    assert result.noticed == ["at the end: its process ended (exit code 1)"]
    assert result.seconds < 30, "and nothing is run again"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("torch.empty(3, device='meta')", "NotImplementedError"),
        ("torch.zeros(()).expand(10**12)", "RuntimeError"),
    ],
)
def test_a_value_that_cannot_be_sent_is_the_answers_error(value, kind):
    result = graded(as_bytes(solved(limit=f"limit = {value}")))
    assert (result.status, result.total) == ("graded", FULL - 1)
    assert result.noticed == []
    (lost,) = [test for test in result.tests if not test.marks]
    assert kind in lost.message


def test_cells_that_wait_leave_time_for_answers():
    """Three cells that wait, a limit of 10 s for each, and 25 s for all."""
    notebook = solved()
    for _ in range(3):
        notebook.cells.insert(1, new_code_cell("import time\ntime.sleep(1000)"))
    limits = Limits(wall=10, total=25)
    result = grade(Job("homework", MASTER.text, 0, as_bytes(notebook), limits))
    assert (result.status, result.total) == ("timeout", FULL)


def test_slow_explorations_and_exits_leave_time_for_answers():
    """Four cells of 5 s each, three that exit, and 25 s for all."""
    notebook = solved()
    for _ in range(4):
        notebook.cells.insert(1, new_code_cell("__import__('time').sleep(5)"))
    for _ in range(3):
        notebook.cells.insert(5, new_code_cell("import os\nos._exit(0)"))
    limits = Limits(wall=10, total=25)
    result = grade(Job("homework", MASTER.text, 0, as_bytes(notebook), limits))
    assert (result.status, result.total) == ("died", FULL)
    kept = [text for text in result.noticed if "to keep time for the answers" in text]
    assert len(kept) == 4 and result.seconds < 25


def test_an_object_that_is_no_data_is_named():
    test = "got = [double(2)]\nassert float(got[0]) == 4, 'four'"
    master = changed("test-double", source=test).text
    answer = "class V: pass\ndef double(x):\n    return V()"
    result = grade(Job("homework", master, 0, as_bytes(solved(double=answer))))
    words = "got holds something (V) that is no number, text or tensor"
    assert result.tests[0].message == words


EMPTY = """
import sys
from classroom import inside
{sizes}
real = inside.Desk.answer
def answer(self, request):
    if request.get("get") == ["sizes"] and "for v in draws" in request["source"]:
        nothing = {{"sizes": torch.empty(0, 1), "theory": [], "torch": 0}}
        return inside.pack(
            {{"turn": request["turn"], "error": None, "values": nothing, "output": ""}}
        )
    return real(self, request)
inside.Desk.answer = answer
"""


def test_emptiness_earns_nothing():
    """Who takes the process over answers the hidden call with no numbers at all."""
    whole = as_bytes(solved(size=EMPTY.format(sizes=ANSWERS["size"])))
    result = graded(whole)
    assert result.total == FULL - 2
    lost = next(test for test in result.tests if not test.marks)
    assert lost.message == "sizes: 0 numbers, where there should be 3 numbers"


LOGGED = """{right}
seen, old = [], {name}
def {name}(x):
    seen.append(x)
    return old(x)"""


def test_no_page_tells_of_hidden_tests():
    """An answer that logs its arguments, and later ones that print and raise them."""
    log = LOGGED.format(right=ANSWERS["double"], name="double")
    size = f"{ANSWERS['size']}\nprint('saw', seen)\nraise KeyError(seen)"
    limit = "class limit:\n    def __init__(self): raise KeyError(seen)"
    result = graded(as_bytes(solved(double=log, size=size, limit=limit)))
    assert "1e+300" in result.outputs["size"], "for teachers it is kept"
    assert result.after_hidden == ["limit", "size"]
    text = page(MASTER, Line("a", Graded(HandIn(Path(), "a/b", "a"), result)))
    assert "1e+300" not in text and "KeyError" in text


def test_an_error_of_a_call_after_hidden_tests_is_named_alone():
    log = LOGGED.format(right=ANSWERS["double"], name="double")
    size = "def size(v):\n    raise KeyError(seen)"
    result = graded(as_bytes(solved(double=log, size=size)))
    assert [t.message for t in result.tests if not t.marks] == ["KeyError"]
    size = "def size(v):\n    raise KeyError('mine')"
    first = graded(as_bytes(solved(double=size.replace("size", "double"))))
    assert first.tests[0].message == "KeyError: 'mine'", "before one, all is said"


def test_the_seed_is_not_shown():
    source = f"{ANSWERS['double']}\nprint(SEED, 1902109)\nraise KeyError(SEED)"
    result = graded(as_bytes(solved(double=source)), seed=90210)
    assert result.outputs["double"].strip() == "SEED 1902109"
    assert result.errors["double"] == "KeyError: SEED"
