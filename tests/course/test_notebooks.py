"""What runs the chapters notices when a number changes: the tests of that test."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from conftest import AllBut, Printed, Rounded

ROOT = Path(__file__).resolve().parents[2]

# The comparator -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "now"),
    [
        ("", ""),
        ("healthy", "healthy"),
        ("rms 0.7071", "rms 0.7071"),
        ("rms 0.7071", "rms 0.7072"),
        ("rms 0.7071", "rms 0.7070"),
        ("0.9999", "1.0000"),
        ("9.99e-06", "1.00e-05"),
        ("1.00e-05", "9.99e-06"),
        ("1.5e+300", "1.4e+300"),
        ("-0.0001", "0.0000"),
        ("-0.000", "0.000"),
        ("+1.25", "+1.26"),
        ("0.71", "0.709"),  # one in the last digit of the finer one
        ("tensor([0.1234, 2.0000])", "tensor([0.1235, 1.9999])"),
        ("(1.25, 0.5x) 3.0.", "(1.26, 0.4x) 3.1."),
        ("1.0-0.5", "1.1-0.4"),
        ("nan inf", "nan inf"),
    ],
)
def test_the_last_digit_of_a_float_may_differ_by_one(stored, now):
    assert Printed(stored) == Printed(now)
    assert Printed(now) == Printed(stored)
    assert not Printed(stored) != Printed(now)


def test_where_processors_round_differently_words_are_compared():
    printed = "step 1500: loss 0.16\naccuracy: 9%"
    assert Rounded(printed) == "step 1500: loss  2.5\naccuracy: 12%"
    assert Rounded(printed) != printed.replace("accuracy", "loss")
    assert Rounded(printed) != printed + "\naccuracy: 9%"


@pytest.mark.parametrize(
    ("stored", "now"),
    [
        ("healthy", "vanishing"),
        ("healthy", "Healthy"),
        ("healthy", "healthy "),
        ("a\nb", "a b"),
        ("rms 0.7071", "rms 0.7073"),
        ("rms 0.7071", "rms 0.7069"),
        ("rms 0.7071", "rms -0.7071"),
        ("0.7071", "0.71"),  # fewer digits hide 19 of the last one
        ("9.99e-06", "1.01e-05"),
        ("1.00e-05", "1.00e-06"),
        ("1.5e+300", "1.5e+301"),
        ("layer 12", "layer 13"),
        ("12 of 30", "12 of 31"),
        ("1", "1.0"),
        ("1", "0.9999"),
        ("2.", "3."),  # torch prints whole floats so: exact
        ("1e-05", "2e-05"),  # no digit after a point: exact
        ("2.13.0", "2.13.1"),
        ("2.13.0", "2.14.0"),
        ("float64", "float32"),
        ("x0.5", "x0.6"),  # part of a name
        ("0.1 0.2", "0.1"),
        ("0.1", "0.1 0.2"),
        ("[0.5]", "[0.5, 0.5]"),
        ("nan", "0.0"),
        ("0.5", "inf"),
        ("0.5\0", "0.50.6"),
    ],
)
def test_nothing_else_may_differ(stored, now):
    assert Printed(stored) != Printed(now)
    assert Printed(now) != Printed(stored)
    assert not Printed(stored) == Printed(now)


def test_only_words_are_compared():
    skipped = AllBut({"data", "text/plain"})
    assert "image/svg+xml" in skipped and "text/html" in skipped
    assert "text/plain" not in skipped and "data" not in skipped


# nbval with it ------------------------------------------------------------------------


def run_nbval(folder, *notebooks):
    """nbval as the course's own pytest runs it, on a copy: exit status and report."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "--color=no",
            "-q",
            *notebooks,
        ],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=600,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def copy(tmp_path):
    """The course's helpers, chapters and rules in another folder."""
    ignore = shutil.ignore_patterns("__pycache__")
    for name in ("helpers", "chapters"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignore)
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def write(folder, *cells):
    notebook = new_notebook(cells=cells)
    nbformat.write(notebook, folder / "chapters" / "small.ipynb")
    return "chapters/small.ipynb"


def printed(source, text, count=1):
    outputs = [new_output("stream", text=text)] if text else []
    return new_code_cell(source, execution_count=count, outputs=outputs)


def change(folder, name, old, new):
    """Change a helper of a copy."""
    path = folder / "helpers" / f"{name}.py"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} is no longer in {name}.py"
    path.write_text(text.replace(old, new), encoding="utf-8")


def failures(report):
    """The numbers of the code cells that failed."""
    return re.findall(r"^(?:FAILED|ERROR) .*::Cell (\d+)", report, flags=re.MULTILINE)


@pytest.mark.slow
def test_one_kernel_compares_runs_and_refuses_as_promised(copy):
    """One notebook, so one kernel: cells that must pass and cells that must not."""
    figure = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.grid();"
    size = new_output(
        "display_data", {"text/plain": "<Figure size 640x480 with 1 Axes>"}
    )
    cells = [
        printed("print(0.12345)", "0.12346\n"),  # the last digit
        printed("print(0.12345)", "0.12347\n"),  # 1: two of the last digit
        printed("print(12)", "13\n"),  # 2: a whole number
        printed("print('a')", ""),  # 3: nothing stored
        printed("1 + 1;", "2"),  # 4: nothing printed
        printed("1 + 1;", ""),  # a semicolon keeps a value back
        new_code_cell("1 + 1"),  # 6: never run
        printed("raise ValueError('no')", ""),  # 7: an error
        new_code_cell(figure, execution_count=1, outputs=[size]),  # its words only
        printed(
            "import helpers, os, pathlib\n"
            "print(pathlib.Path(helpers.__file__).parents[1].name)\n"
            "print(os.environ['OMP_NUM_THREADS'])",
            f"{copy.name}\n1\n",  # the helpers beside the notebook
        ),
        printed("import warnings; warnings.warn('old')", ""),  # 10: a warning
    ]
    status, report = run_nbval(copy, write(copy, *cells))
    assert status == 1, report
    assert sorted(map(int, failures(report))) == [1, 2, 3, 4, 6, 7, 10], report
    assert "this cell was never run" in report


def beginning(folder, chapter, cells):
    """A chapter of a copy, cut off after some code cells: enough, and quicker."""
    path = folder / "chapters" / f"{chapter}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    code = [i for i, c in enumerate(notebook.cells) if c.cell_type == "code"]
    notebook.cells = notebook.cells[: code[cells - 1] + 1]
    nbformat.write(notebook, path)
    return f"chapters/{chapter}.ipynb"


@pytest.mark.slow
def test_a_copy_of_a_chapter_passes(copy):
    status, report = run_nbval(copy, beginning(copy, "00_start", 7))
    assert status == 0, report
    assert "7 passed" in report


@pytest.mark.slow
def test_a_helper_that_is_off_by_a_thousandth_turns_a_chapter_red(copy):
    change(
        copy, "schemes", "return gain * STD[name]", "return 1.001 * gain * STD[name]"
    )
    status, report = run_nbval(copy, beginning(copy, "00_start", 7))
    assert status == 1, report
    assert failures(report) and "Cell outputs differ" in report, report


def test_every_chapter_has_something_to_compare():
    for path in sorted((ROOT / "chapters").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        texts = [
            "".join(output.get("text", output.get("data", {}).get("text/plain", "")))
            for cell in cells
            for output in cell.get("outputs", [])
        ]
        # At least one number of three digits or more, where a thousandth may show.
        assert any(re.search(r"\d\.\d\d", text) for text in texts), path.name
