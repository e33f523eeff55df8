"""Whether a master keeps the rules under which it can be graded fairly.

The rules are in ``chapters/teaching.md``: nbgrader's metadata, answers between marks,
and test cells whose asserts look at values and call nothing of the student's.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator

from classroom.asserts import called, idle
from classroom.leaks import leaks
from classroom.notebook import HIDDEN, SEED, SOLUTION, Cell, Master, NotebookError
from classroom.slices import hidden_lines, statements

COMPARISONS = ("equal", "allclose", "isclose", "array_equal", "assert_close")
SLUG = re.compile(r"[a-z0-9][a-z0-9_-]*")


def problems(master: Master) -> list[str]:
    """What is wrong with a master, one sentence each; empty if all is well."""
    try:
        cells = master.cells
    except NotebookError as error:
        return [str(error)]
    found = []
    for cell in cells:
        at = f"cell {cell.grade_id or cell.id!r}: "
        try:
            found += [at + text for text in problems_of_cell(cell, master)]
        except NotebookError as error:
            found.append(f"{at}{error}")
        except SyntaxError as error:
            found.append(f"{at}line {error.lineno}: {error.msg}")
    return found or [*problems_of_whole(master), *leaks(master)]


def problems_of_whole(master: Master) -> Iterator[str]:
    """What no single cell can be blamed for."""
    counts = Counter(cell.grade_id for cell in master.cells if cell.grade_id)
    for grade_id in (name for name, times in counts.items() if times > 1):
        yield f"two cells have the grade_id {grade_id!r}"
    for i, raw in enumerate(master.notebook.cells):
        if not SLUG.fullmatch(raw.get("id", "")):
            yield f"cell {i} needs an id of small letters, digits, - and _"
    if not any(SEED.search(cell.source) for cell in master.setup):
        yield "no locked code cell has a line 'SEED = 0'"
    if not master.tests:
        yield "no test cell: locked code with grade true and points"
    setup = frozenset().union(*(cell.names for cell in master.setup))
    for name in sorted(setup & master.students_names):
        yield f"{name!r} is bound both by a locked cell and by an answer"


def problems_of_cell(cell: Cell, master: Master) -> Iterator[str]:
    """What is wrong with one cell."""
    has_answer = f"BEGIN {SOLUTION}" in cell.source
    has_hidden = any(hidden_lines(cell.source))
    _ = cell.public  # raises if marks are not in pairs
    if (has_answer or has_hidden or cell.grade) and not cell.grade_id:
        yield "needs a grade_id"
    if has_answer and not cell.solution:
        yield "a reference answer in a cell that is no solution cell"
    if cell.solution and not has_answer:
        yield "no reference answer between the solution marks"
    if has_hidden and not cell.is_test:
        yield f"{HIDDEN.lower()} in a cell that is no test cell"
    if cell.solution and cell.grade and cell.type != "markdown":
        yield "an answer that is marked by hand is Markdown"
    if cell.grade and not 0 < cell.points <= 100:
        yield f"points is {cell.points!r}; it must be above 0 and at most 100"
    if cell.is_test and not cell.locked:
        yield "a test cell must be locked"
    if cell.type == "code":
        ast.parse(cell.source)
    if cell.is_test:
        yield from problems_of_test(cell, master)


def problems_of_test(cell: Cell, master: Master) -> Iterator[str]:
    """Asserts look at values; whatever is the student's has been called before."""
    parts = statements(cell.source, master.students_names)
    asserts = [part for part in parts if part.kind == "assert"]
    if not asserts:
        yield "no assert, so no point can be lost"
    hidden = [part.hidden for part in parts]
    if hidden != sorted(hidden):
        yield "public tests come first, hidden ones after them"
    values = set(master.students_names)
    for part in parts:
        values |= part.binds if part.kind == "call" else set()
    if asserts and not any(part.reads & values for part in asserts):
        yield "no assert looks at anything of the student's"
    names, functions = master.students_names, master.students_functions
    for line, name in called(parts, names, functions):
        yield (
            f"line {line}: an assert mentions the student's function {name!r}: "
            f"bind its result first, 'got = {name}(...)', then assert on got"
        )
    for part in parts:
        if part.kind == "call" and compares(ast.parse(part.source)):
            yield (
                f"line {part.line}: a comparison in the student's process, "
                f"{part.source[:40]!r}: "
                "send the values, and compare them in the assert"
            )
    whole = ast.parse(cell.source)
    yield from (f"line {line}: {text}" for line, text in idle(whole))
    for node in ast.walk(whole):
        if isinstance(node, ast.Assert) and node.msg is None:
            yield f"line {node.lineno}: an assert without a message"


def compares(tree: ast.AST) -> bool:
    """Whether code compares, but for choosing what a comprehension runs over."""
    chosen = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.comprehension)
        for test in node.ifs
        for part in ast.walk(test)
    }
    return any(
        id(node) not in chosen
        and (
            isinstance(node, ast.Compare)
            or (isinstance(node, ast.Attribute) and node.attr in COMPARISONS)
        )
        for node in ast.walk(tree)
    )
