"""The parts of a test cell."""

import pytest

from classroom.slices import bindings, for_student, statements
from tests.shared.homework import MASTER


def kinds(source, *students):
    return [part.kind for part in statements(source, frozenset(students))]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("n = 3\ngot = f(n)\nassert got == n", ["input", "call", "assert"]),
        ("assert value == 1", ["assert"]),
        # what came from a student stays theirs, until it is bound anew
        ("a = f(1)\nb = a + 1\nassert b == 2", ["call", "call", "assert"]),
        ("a = f(1)\na = 2\nb = a", ["call", "input", "input"]),
        # a local name of the same spelling is another one
        ("a = [f for f in range(3)]", ["input"]),
        ("g = lambda f: f + 1", ["input"]),
        ("def g(f):\n    return f", ["input"]),
        ("def g(x):\n    return f(x)\na = g(1)", ["call", "call"]),
        ("class A:\n    f = 1\n    b = 2", ["input"]),
        ("class A(f):\n    pass", ["call"]),
        # filled in place: what is given to a student's function is theirs
        ("W = [0]\nf(W)\nx = W[0]\nassert x == 1", ["input", "call", "call", "assert"]),
        ("W = [0]\nfor i in range(3):\n    W.append(f(i))\ny = W", "input call call"),
        ("a = {}\na['k'] = f(1)\nb = a", ["input", "call", "call"]),
        ("n = 1\nn += f(1)\nm = n", ["input", "call", "call"]),
        # what a sum reads is as it was
        ("n = 1\nx = f(1)\nx += f(n)\nm = n", ["input", "call", "call", "input"]),
        ("for i in range(3):\n    assert i < value", ["assert"]),
        ("import math\nx = math.pi", ["input", "input"]),
    ],
)
def test_statements_are_inputs_calls_or_asserts(source, expected):
    expected = expected.split() if isinstance(expected, str) else expected
    assert kinds(source, "f", "value") == expected


def test_what_only_asserts_need_stays_with_the_judge():
    source = "n = 3\nsecret = 2 * n\ngot = double(n)\nassert got == secret, ''"
    parts = statements(source, frozenset({"double"}))
    assert for_student(parts) == [0, 2]


def test_hidden_statements_are_known_as_such():
    parts = statements(MASTER.cell("test-double").source, MASTER.students_names)
    assert [part.hidden for part in parts] == [False, False, True, True, True]


@pytest.mark.parametrize(
    "source",
    [
        "def broken(:",
        "x = " + "(" * 300 + ")" * 300,
        "x = " + "+".join("1" * 20_000),
        "x = " + "-" * 50_000 + "1",
        "a\0b",
        "x = '\ud800'",
        "x = 1\n" * 50_000,
    ],
    ids=["syntax", "parentheses", "sums", "signs", "nul", "surrogate", "long"],
)
def test_code_that_cannot_be_looked_into_binds_nothing(source):
    assert bindings(source) == frozenset()


def test_bindings_are_those_of_the_top_level():
    source = "import math\nx, (y, *z) = 1, (2, 3)\ndef f(a):\n    b = a\nclass C: d = 1"
    assert bindings(source) == {"x", "y", "z", "f", "C"}
