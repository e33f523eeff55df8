"""Asserts that cannot fail, and asserts that call what does not travel."""

import ast

import pytest

from classroom.asserts import idle
from classroom.check import problems
from tests.shared.homework import changed


@pytest.mark.parametrize(
    "test",
    [
        "(got == 1, 'x')",
        "[got == 1]",
        "{got}",
        "{'got': got}",
        "'got == 1'",
        "f'{got} == 1'",
        "1",
        "True",
        "...",
        "lambda: got == 1",
        "(g == 1 for g in got)",
        "got == 1 or 'one'",
        "got == 1 or True",
        "'a' and 'b'",
        "not ()",
        "not None",
        "(got == 1, 'x') if got else 'y'",
        "(x := (got, 1))",
        "got == got",
        "got is got",
        "all",
        "isclose",
        "helper",
        "2 == 2",
    ],
)
def test_what_always_holds_is_found(test):
    code = "from math import isclose\ndef helper(): pass\n"
    assert [line for line, _ in idle(ast.parse(f"{code}assert {test}, 'y'"))] == [3]


@pytest.mark.parametrize(
    "test",
    [
        "got == 1",
        "got",
        "not got",
        "got == 1 and 'one'",
        "all(g == 1 for g in got)",
        "isclose(got, 1)",
        "[*got]",
        "{**got}",
        "f'{got}'",
        "got < got",
        "got != got",
        "sum == 3",
        "input",
    ],
)
def test_what_can_fail_is_not(test):
    code = "from math import isclose\ninput = f(1)\n"
    assert list(idle(ast.parse(f"{code}assert {test}, 'y'"))) == []


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("f = double\nassert f(2) == 4, 'm'", 2),
        ("f, n = double, 2\nassert f(n) == 4, 'm'", 2),
        ("f = double\ng = f\nassert g(2) == 4, 'm'", 3),
        ("f = lambda n: double(n)\nassert f(2) == 4, 'm'", 2),
        ("def f(n):\n    return double(n)\nassert f(2) == 4, 'm'", 3),
        ("fs = [double]\nassert fs[0](2) == 4, 'm'", 2),
        ("f = double\nassert list(map(f, [1])) == [2], 'm'", 2),
        ("got = double(2)\nassert got(1), 'm'", 2),
        ("got = double(2)\nassert double(2) == got, 'm'", 2),
    ],
)
def test_what_is_called_in_an_assert_is_named_with_its_line(source, line):
    words = f"line {line}: an assert mentions the student's function"
    assert any(
        words in text for text in problems(changed("test-double", source=source))
    )


def test_methods_of_values_and_own_functions_may_be_called():
    source = (
        "near = lambda x, y: abs(x - y) < 1e-6\ngot = double(torch.ones(2))\n"
        "assert near(got.sum(), 4), 'four'"
    )
    assert problems(changed("test-double", source=source)) == []


def test_an_assert_that_cannot_fail_is_named():
    source = 'got = double(2)\nassert (got == 1, "x"), "y"'
    (text,) = problems(changed("test-double", source=source))
    assert "cell 'test-double': line 2: an assert that always holds" in text
