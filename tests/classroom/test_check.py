"""The rules of a master."""

import re

import nbformat
import pytest

from classroom.check import problems
from classroom.notebook import Master
from tests.shared.homework import MASTER, changed


def test_the_small_master_keeps_the_rules():
    assert problems(MASTER) == []


@pytest.mark.parametrize(
    ("master", "words"),
    [
        (changed("test-double", source="assert double(2) == 4, ''"), "bind its result"),
        (changed("test-double", source="four = double(2)"), "no assert"),
        (changed("test-double", source="assert 2 == 2, ''"), "nothing|anything"),
        (changed("test-double", source="x = double(2)\nassert x == 4"), "message"),
        (changed("test-double", source="def broken(:"), "line 1"),
        (
            changed(
                "test-double", source="ok = double(2) == 4\nassert ok, 'compared there'"
            ),
            "a comparison in the student's process",
        ),
        (
            changed(
                "test-double",
                source="x = torch.equal(double(2), 4)\nassert x, 'compared there'",
            ),
            "a comparison in the student's process",
        ),
        (changed("test-double", points=0), "points"),
        (changed("test-double", points=1000), "points"),
        (changed("test-double", locked=False), "locked"),
        (changed("test-double", grade_id=""), "grade_id"),
        (changed("test-double", grade_id="test-size"), "two cells"),
        (changed("double", source="def double(x):\n    return 2 * x"), "no reference"),
        (changed("double", solution=False), "no solution cell"),
        (changed("double", source="### BEGIN SOLUTION\nx = 1"), "END SOLUTION"),
        (changed("double", grade=True, points=1), "by hand is Markdown"),
        (changed("setup", source="SEED = 0\ndouble = 1"), "bound both"),
        (changed("setup", source="import math"), "SEED"),
        (changed("setup", id="Set Up"), "id of small letters"),
        (
            changed(
                "test-double",
                source="### BEGIN HIDDEN TESTS\nx = double(2)\n### END HIDDEN TESTS\n"
                "assert x == 4, 'public'",
            ),
            "public tests come first",
        ),
        (
            changed(
                "setup", source="SEED = 0\n### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS"
            ),
            "no test cell",
        ),
        (Master("broken", "{"), "no notebook"),
        (Master("empty", nbformat.writes(nbformat.v4.new_notebook())), "no test cell"),
    ],
)
def test_the_linter_names_what_is_wrong(master, words):
    found = problems(master)
    assert any(re.search(words, text) for text in found), found
