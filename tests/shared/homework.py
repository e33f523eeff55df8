"""A small master, and hand-ins made from it, for the tests of ``classroom``."""

import json
from copy import deepcopy

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from classroom.notebook import Master
from classroom.release import students_version

SETUP = "import math\n\nimport torch\n\nSEED = 0\ntorch.set_num_threads(1)"
ANSWERS = {
    "double": "def double(x):\n    return 2 * x",
    "size": "def size(v):\n    return v.square().mean().sqrt()",
    "limit": "limit = 2.0",
}
TESTS = {
    "test-double": (
        2,
        """four = double(2)
assert four == 4, "twice two is four"
### BEGIN HIDDEN TESTS
numbers = [-1.5, 0, 1e300]
doubled = [double(n) for n in numbers]
assert doubled == [-3.0, 0, 2e300], "twice the number, whatever its sign and size"
### END HIDDEN TESTS""",
    ),
    "test-size": (
        2,
        """v = torch.tensor([3.0, 4.0])
got = float(size(v))
assert abs(got - 12.5**0.5) < 1e-6, "the root of the mean of the squares"
### BEGIN HIDDEN TESTS
g = torch.Generator().manual_seed(SEED)
draws = [torch.randn(50, generator=g) for _ in range(3)]
sizes = torch.stack([torch.as_tensor(size(v)) for v in draws])
theory = torch.stack([(v**2).mean() ** 0.5 for v in draws])
assert torch.allclose(sizes, theory), "for every vector, not for one"
### END HIDDEN TESTS""",
    ),
    "test-limit": (
        1,
        """assert isinstance(limit, float | int), "a number"
### BEGIN HIDDEN TESTS
theory = sum(2.0**-n for n in range(60))
assert math.isclose(limit, theory), "a geometric series"
### END HIDDEN TESTS""",
    ),
}
OF_CELL = ("source", "cell_type", "outputs", "id", "attachments", "execution_count")
FULL = sum(points for points, _ in TESTS.values())
QUESTION_OF = {"test-double": "double", "test-size": "size", "test-limit": "limit"}


def metadata(name, grade=False, solution=False, locked=False, points=None):
    found = {"schema_version": 3, "grade_id": name, "task": False}
    found |= {"grade": grade, "solution": solution, "locked": locked}
    return {"nbgrader": found if points is None else {**found, "points": points}}


def marked(text):
    """A reference answer, with the marks around what students do not get."""
    first, _, rest = text.partition("\n")
    if not rest:
        return f"### BEGIN SOLUTION\n{first}\n### END SOLUTION"
    return f"{first}\n    ### BEGIN SOLUTION\n{rest}\n    ### END SOLUTION"


def master() -> Master:
    """Three questions, five marks, and one question in words."""
    cells = [new_code_cell(SETUP, id="setup", metadata=metadata("setup", locked=True))]
    for test, (points, source) in TESTS.items():
        name = QUESTION_OF[test]
        cells.append(new_markdown_cell(f"## {name}", id=f"{name}-text"))
        answer = marked(ANSWERS[name])
        about = metadata(name, solution=True)
        cells.append(new_code_cell(answer, id=name, metadata=about))
        about = metadata(test, grade=True, locked=True, points=points)
        cells.append(new_code_cell(source, id=test, metadata=about))
    about = metadata("why", grade=True, solution=True, points=2)
    text = "### BEGIN SOLUTION\nBecause.\n### END SOLUTION"
    cells.append(new_markdown_cell(text, id="why", metadata=about))
    return Master("homework", nbformat.writes(new_notebook(cells=cells)))


MASTER = master()
RELEASED = students_version(MASTER)


def solved(**changed: str) -> nbformat.NotebookNode:
    """A hand-in: all answers right, but for those given."""
    notebook = deepcopy(RELEASED)
    for cell in notebook.cells:
        if cell.id in ANSWERS:
            cell.source = {**ANSWERS, **changed}[cell.id]
        if cell.id == "why":
            cell.source = changed.get("why", "Because it is.")
    return notebook


def at(notebook, name: str) -> int:
    """Where a cell is."""
    return [cell.get("id") for cell in notebook.cells].index(name)


def taken(notebook, name: str):
    """Take a cell out."""
    return notebook.cells.pop(at(notebook, name))


def changed(name: str, **attributes) -> Master:
    """The small master with one cell changed: its fields, or nbgrader's metadata."""
    notebook = deepcopy(MASTER.notebook)
    cell = notebook.cells[at(notebook, name)]
    for key, value in attributes.items():
        if key in OF_CELL:
            cell[key] = value
        else:
            cell.metadata.nbgrader[key] = value
    return Master("changed", nbformat.writes(notebook))


def as_bytes(notebook) -> bytes:
    return json.dumps(notebook).encode()
