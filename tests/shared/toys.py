"""Courses and books that are too small for anyone but a test."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from book.project import COURSE, Project

ONE = Path("chapters/one.ipynb")


def toy_course(folder):
    """A course of one page and one chapter."""
    project = Project(folder)
    (folder / "_toc.yml").write_text(
        "format: jb-book\nroot: intro\nparts:\n- chapters:\n  - file: chapters/one\n"
    )
    (folder / "_config.yml").write_text("title: Toy\n")
    (folder / "constraints.txt").write_text("")
    (folder / "intro.md").write_text("# Toy\n")
    for name in ("book", "chapters", "helpers"):
        (folder / name).mkdir()
    for name in ("environment.py", "execute.py"):
        (folder / "book" / name).write_text("")
    (folder / "helpers" / "thing.py").write_text("X = 1\n")
    write_chapter(project, new_code_cell("1 + 1", id="sum"))
    return project


def write_chapter(project, *cells):
    """The chapter of a toy course, of these cells below its title."""
    notebook = new_notebook(cells=[new_markdown_cell("# One", id="title"), *cells])
    nbformat.write(notebook, project.root / ONE)


def keep_result(project, *cells):
    """Store a result for the chapter, as if these cells had been run."""
    result = project.executed / ONE
    result.parent.mkdir(parents=True)
    notebook = new_notebook(cells=list(cells), metadata={"made": "by the run"})
    nbformat.write(notebook, result)


def build_toy(folder, config="repairs_without_work = ['*']\n"):
    """Sphinx's run over a folder, with this book's extension.

    The theme's repairs may find nothing to do there; another ``config`` decides anew.
    """
    (folder / "conf.py").write_text(
        "extensions = ['myst_nb', 'book.site']\nnb_execution_mode = 'off'\n" + config
    )
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    return subprocess.run(
        [*command, folder, folder / "html"],
        env=os.environ | {"PYTHONPATH": str(COURSE.root)},
        capture_output=True,
        text=True,
    )
