"""How pytest reads the chapters: every word and number again, up to the last digit.

nbval runs each notebook and compares what its cells print with what is stored. Pictures
are left out, because chapters are stored without them; of numbers, only the last digit
of one with digits after its point may differ, by one, because processors round
differently. A cell that was never run has nothing to compare, and fails; one with the
tag ``rounding`` is compared in its words alone.
"""

import os
import re
import sys
from decimal import Decimal
from pathlib import Path

# What checks notebooks can do without it, and it takes two seconds to be imported.
sys.modules["rfc3987_syntax"] = None

import matplotlib
import nbval.kernel
import pytest
from nbval.kernel import RunningKernel, start_new_kernel
from nbval.plugin import IPyNbCell, IPyNbFile

pytest_plugins = ["nbval.plugin"]

# What this process and those that it starts find around them: the helpers that lie
# beside this file, one thread, matplotlib as it comes.
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, [str(Path(__file__).parent), os.environ.get("PYTHONPATH")])
)
os.environ["OMP_NUM_THREADS"] = "1"
for name in ("MPLBACKEND", "FIRST_WEIGHTS_BOOK", "FIRST_WEIGHTS_LANG"):
    os.environ.pop(name, None)
matplotlib.rcdefaults()
matplotlib.use("agg")

from book.environment import prepare  # now that the variables are what they shall be
from book.project import Project

THIS = Project(Path(__file__).parent)  # a copy of the course has helpers of its own
# A number with digits after its point; "2." and "1e-05" are exact, like whole numbers.
FLOAT = re.compile(r"(?<![\w.])[-+]?\d+\.\d+(?:[eE][-+]?\d+)?(?!\.?\d)")
COMPARED = {"data", "text/plain", "stdout", "stderr", "ename", "evalue"}


def agree(one: str, other: str) -> bool:
    """Whether two floats differ by at most one in the last digit of the finer one."""
    a, b = Decimal(one), Decimal(other)
    unit = Decimal(1).scaleb(min(a.as_tuple().exponent, b.as_tuple().exponent))
    return abs(a - b) <= unit


class Printed(str):
    """Text that equals another one if only the last digits of its floats differ."""

    __hash__ = str.__hash__

    def __eq__(self, other):
        return FLOAT.sub("\0", self) == FLOAT.sub("\0", other) and all(
            map(agree, FLOAT.findall(self), FLOAT.findall(other))
        )

    def __ne__(self, other):
        return not self == other


def execute_as_jupyter_does(self, source, allow_stdin=None):
    """nbval's request without ``store_history=False``, under which IPython overlooks
    the semicolon that keeps the value of a cell's last line to itself.
    """
    return self.kc.execute(source, allow_stdin=allow_stdin, stop_on_error=False)


RunningKernel.execute_cell_input = execute_as_jupyter_does


def start_as_the_book_does(**options):
    """nbval's kernel, with the book's environment around it instead of a reader's.

    This file may be read twice, by pytest and by a test that imports it: then one of
    these calls the other, which finds the environment given.
    """
    return start_new_kernel(**{"env": prepare(THIS), **options})


nbval.kernel.start_new_kernel = start_as_the_book_does


class Rounded(str):
    """Text that equals another one if it says the same about other numbers.

    What a long training prints in a cell with the tag ``rounding``: processors round
    differently, and hundreds of steps turn the last digit into the first. What the
    course claims of such numbers is in a check cell, with bounds that hold everywhere.
    """

    __hash__ = str.__hash__

    def __eq__(self, other):
        mine, theirs = (re.sub(r"\s*[-+]?\d[\d.]*", " #", s) for s in (self, other))
        return mine == theirs

    def __ne__(self, other):
        return not self == other


class AllBut(frozenset):
    """What nbval shall skip: everything that is not among these."""

    def __contains__(self, key):
        return not super().__contains__(key)


# What takes long, the longest first: so all processes come to an end together.
LONG = (
    "tests/course/test_assignments.py",
    "tests/book/browser/",
    "tests/classroom/",
    "tests/book/",
    "chapters/",
)
# Tests that take something from these look at the built site, which may be stale or
# missing, or they start a browser, a grader or Sphinx.
HEAVY = {
    f"tests.shared.{name}"
    for name in (
        "bad_hand_ins",
        "browser",
        "built",
        "compared",
        "figured",
        "grading",
        "host",
        "looked_up",
        "made",
        "render",
        "shown",
        "tabs",
    )
}


def place(item):
    """Where among the tests one is run."""
    starts = [item.nodeid.startswith(folder) for folder in LONG]
    return [*starts, True].index(True)


def is_heavy(item):
    used = vars(item.module).values() if hasattr(item, "module") else ()
    return (
        isinstance(item, IPyNbCell)
        or {"graded_class", "browser"} & {*getattr(item, "fixturenames", ())}
        or any(getattr(thing, "__module__", None) in HEAVY for thing in used)
    )


def pytest_configure(config):
    config.addinivalue_line(
        "markers",
        "slow: takes seconds, a browser, the built site; make quick leaves it out",
    )
    config.addinivalue_line(
        "markers", "long: takes minutes, and is run by make long alone, once a week"
    )
    # Or else pytest-xdist sorts the files again, those with most tests first.
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(items):
    items.sort(key=place)


def pytest_collectstart(collector):
    if isinstance(collector, IPyNbFile):
        collector.skip_compare = AllBut(COMPARED)


def pytest_itemcollected(item):
    if isinstance(item, IPyNbCell):
        tags = item.cell.metadata.get("tags", [])
        text = Rounded if "rounding" in tags else Printed
        item.sanitize = lambda s: text(s) if isinstance(s, str) else s
    if is_heavy(item):
        item.add_marker("slow")


def pytest_runtest_setup(item):
    if isinstance(item, IPyNbCell) and item.cell.execution_count is None:
        pytest.fail("this cell was never run: make notebooks stores what it prints")
