"""The student's version of a master: no answer, no hidden test.

The same cells, locks and checksums as nbgrader's ``generate_assignment`` writes, so
that nbgrader takes what students hand in.
"""

import hashlib
from copy import deepcopy
from pathlib import Path

import nbformat

from classroom.check import problems
from classroom.files import write
from classroom.notebook import Cell, Master, NotebookError, cell_of
from classroom.trial import faults


def checksum(cell: Cell) -> str:
    """By which nbgrader sees whether a cell was changed (its ``compute_checksum``)."""
    locked = not cell.solution and (cell.grade or cell.locked)
    parts = [cell.source, cell.type, str(cell.grade), str(cell.solution), str(locked)]
    parts.append(cell.grade_id)
    if cell.grade:
        parts.append(str(float(cell.points)))
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()


def students_version(master: Master) -> nbformat.NotebookNode:
    """What students get.

    Raises:
        NotebookError: if the master breaks a rule; see ``classroom.check``.
    """
    if found := problems(master):
        raise NotebookError("\n".join(found))
    notebook = deepcopy(master.notebook)
    for raw in notebook.cells:
        cell = cell_of(raw)
        raw.source = cell.public
        if raw.cell_type == "code":
            raw.outputs, raw.execution_count = [], None
        if not (cell.grade or cell.solution or cell.locked):
            continue
        raw.metadata.deletable = False
        if not cell.solution:
            raw.metadata.editable = False
        raw.metadata.nbgrader.checksum = checksum(cell_of(raw))
        raw.metadata.nbgrader.cell_type = raw.cell_type
    return notebook


def release(master: Path, out: Path, force: bool = False) -> Path:
    """Write the students' version into a folder, or to a path ending in .ipynb.

    Args:
        master: where the master is.
        out: the folder or path.
        force: write over what is there.

    Raises:
        NotebookError: if the master has a fault that ``check`` names, or there is such
            a file already.
    """
    target = out if out.suffix == ".ipynb" else out / master.name
    if target.resolve() == master.resolve():
        raise NotebookError(f"{target} is the master itself; name another place")
    if target.exists() and not force:
        raise NotebookError(f"{target} is there already; --force writes over it")
    whole = Master.read(master)
    notebook = students_version(whole)
    if found := faults(whole):
        raise NotebookError("\n".join(found))
    target.parent.mkdir(parents=True, exist_ok=True)
    write(target, nbformat.writes(notebook) + "\n")
    return target
