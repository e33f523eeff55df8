"""What of a master would reach students."""

import re
from copy import deepcopy

import nbformat
import pytest

from classroom.check import problems
from classroom.leaks import looks_like_a_mark
from classroom.notebook import Master
from tests.shared.homework import MASTER, TESTS, changed

HIDDEN = TESTS["test-double"][1]


@pytest.mark.parametrize(
    "line",
    [
        "### BEGIN HIDDEN TEST",
        "### END HIDDEN TEST",
        "### begin hidden tests",
        "### BEGIN  HIDDEN TESTS",
        "### BEGIN HIDDEN  TESTS",
        "###BEGIN HIDDEN_TESTS",
        "### BEGIN HIDEN TESTS",
        "### BEGIN HIDDEN TETS",
        "### BEGIN HIDDEN",
        "### BEGIN TESTS",
        "### START HIDDEN TESTS",
        "# HIDDEN TESTS",
        "### begin solution",
        "### Begin Solution",
        "### BEGN SOLUTION",
        "### BEGIN SOLTUION",
        "### BEGIN SOLUTON",
        "    ### END  SOLUTION",
        "### END-SOLUTION",
        "### START SOLUTION",
        "<!-- begin solution -->",
        "### BEGIN ANSWER",
        "# SOLUTION",
        "x = 3  # SOLUTION",
        "x = 3  # begin solution",
        "=== BEGIN MARK SCHEME ===",
        "=== END MARK SCHEME ===",
        "=== begin mark scheme ===",
        "### BEGIN MARKSCHEME",
        "### BEGIN MARKING SCHEME",
        "**Rubric:**",
        "Rubric: 1 point for the mean",
        "## Mark scheme",
        "**Rubric** (2 points)",
    ],
)
def test_what_looks_like_a_mark_is_found(line):
    assert looks_like_a_mark(line)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "# YOUR CODE HERE",
        "YOUR ANSWER HERE",
        "raise NotImplementedError()",
        "# Homework 5: Xavier (Glorot) initialization",
        "- Grading adds tests that you do not see.",
        "In the end, solution and theory agree.",
        "## 6. Explain, in words (2 points)",
        "    solution = solve(A, b)",
        "resolution",
        "# The hidden layers have 100 units.",
        "assert wide, 'hidden layers, tests'",
        "The rubric looks for numbers that you measured.",
        "# ---",
    ],
)
def test_code_and_prose_are_none(line):
    assert not looks_like_a_mark(line)


@pytest.mark.parametrize("edge", ["BEGIN HIDDEN TESTS", "END HIDDEN TESTS"])
@pytest.mark.parametrize(
    "spelt", [lambda t: t[:-1], str.lower, lambda t: t.replace(" ", "  ")]
)
def test_a_master_with_such_a_mark_does_not_pass(edge, spelt):
    assert problems(changed("test-double", source=HIDDEN.replace(edge, spelt(edge))))


def test_such_a_mark_is_named_with_cell_and_line():
    source = HIDDEN.replace("HIDDEN TESTS", "HIDDEN TEST")
    first, second = problems(changed("test-double", source=source))
    assert "'test-double': line 3: students would get '### BEGIN HIDDEN TEST'" in first
    assert "'test-double': line 7: students would get '### END HIDDEN TEST'" in second


def with_metadata(cell=None, **metadata):
    """The small master with more metadata, of a cell or of the whole."""
    notebook = deepcopy(MASTER.notebook)
    place = notebook if cell is None else notebook.cells[cell]
    place.metadata |= metadata
    return Master("changed", nbformat.writes(notebook))


WORDS = "### BEGIN SOLUTION\nBecause.\n### END SOLUTION"
PICTURE = {"a.png": {"image/png": "aGk="}}
DOUBLE = (
    "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
)


@pytest.mark.parametrize(
    ("master", "words"),
    [
        (
            changed("why", source=f"{WORDS}\n\n1 point for a reason"),
            "'why': line 5: .* below '### END SOLUTION'",
        ),
        (
            changed("double", source=f"{DOUBLE}\n# 1 point for the 2"),
            "'double': line 5: .* below",
        ),
        (changed("why", attachments=PICTURE), "picture 'a.png'"),
        (
            changed(
                "why",
                source="### BEGIN SOLUTION\n![](attachment:a.png)\n### END SOLUTION",
                attachments=PICTURE,
            ),
            "picture 'a.png'",
        ),
        (changed("why", task=True), "a task cell of nbgrader's"),
        (changed("double", outputs=[nbformat.v4.new_output("stream")]), "outputs"),
        (changed("double", execution_count=7), "has run, as number 7"),
        (changed("double", answer="return 2 * x"), "metadata 'answer'"),
        (with_metadata(0, solutions="return 2 * x"), "metadata 'solutions'"),
        (
            with_metadata(solutions={"double": "2 * x"}),
            "notebook's metadata 'solutions'",
        ),
        (with_metadata(widgets={"state": {}}), "notebook's metadata 'widgets'"),
        (
            with_metadata(kernelspec={"name": "python3", "env": {}}),
            "notebook's metadata 'kernelspec': 'env'",
        ),
        (
            changed("double-text", source="=== BEGIN MARK SCHEME ===\n2 for all"),
            "line 1: students would get '=== BEGIN MARK SCHEME",
        ),
    ],
)
def test_what_students_would_get_is_named(master, words):
    found = problems(master)
    assert any(re.search(words, text) for text in found), found


def test_what_students_may_get_is_not_blamed():
    shown = changed("double-text", source="![](attachment:a.png)", attachments=PICTURE)
    assert problems(shown) == []
    code = changed("double", source=f"{DOUBLE}\n\ndouble(2)")
    assert problems(code) == []
    known = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    assert problems(with_metadata(**known)) == []
    assert problems(with_metadata(0, tags=["setup"])) == []
