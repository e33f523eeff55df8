"""helpers/ is a one-way ladder: a module imports only from rungs above its own.

A rung is a module or a package; inside a package there is no circle.
"""

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import helpers
from helpers import LADDER, LESSON, MACHINERY

FOLDER = Path(helpers.__file__).parent
# Theory and measurement meet in notebooks only, where the reader sees them agree.
APART = {"meanfield": {"signals"}, "signals": {"meanfield"}}
OURS = {
    "helpers",
    "book",
    "tests",
    "chapters",
    "conftest",
    "benchmarks",
    "assignments",
    "classroom",
}


def dotted(path: Path) -> str:
    """A file's name as a module: "helpers.schemes", "helpers.signals.record"."""
    parts = ("helpers", *path.relative_to(FOLDER).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {
    dotted(path): path
    for path in sorted(FOLDER.rglob("*.py"))
    if path != FOLDER / "__init__.py"
}
PACKAGES = {name for name, path in FILES.items() if path.name == "__init__.py"}


def source(module: str) -> str:
    return FILES[module].read_text(encoding="utf-8")


def imported(module: str, source: str) -> set[str]:
    """What a module of helpers imports, as dotted names, wherever it does so."""
    here = module.split(".") if module in PACKAGES else module.split(".")[:-1]
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            home = here[: len(here) + 1 - node.level] if node.level else []
            base = ".".join([*home, *filter(None, [node.module])])
            for alias in node.names:
                name = f"{base}.{alias.name}"
                names.add(name if base == "helpers" or name in FILES else base)
        elif isinstance(node, ast.Call) and node.args:
            called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            called = node.func.id if isinstance(node.func, ast.Name) else called
            # the audit also opens a file of the user's, whose name no source says
            written = isinstance(node.args[0], ast.Constant)
            if called in ("import_module", "__import__") and written:
                names.add(ast.literal_eval(node.args[0]))
    return names


def faults(module: str, source: str) -> list[str]:
    """What in a module's imports breaks the ladder."""
    rung = module.split(".")[1]
    allowed = set(LADDER[: LADDER.index(rung)]) - APART.get(rung, set())
    if f"helpers.{rung}" in PACKAGES:
        allowed.add(rung)
    wrong = []
    for name in imported(module, source):
        root, *inside = name.split(".")
        # ``import helpers`` alone would hide which rung is meant.
        if root in OURS - {"helpers"} or root == "helpers" and not inside:
            wrong.append(f"{module} must not import {name}")
        elif root == "helpers" and inside[0] not in allowed:
            wrong.append(f"{module} must not import {name}")
    return wrong


def circle(sources: dict[str, str]) -> list[str] | None:
    """Modules that import one another in a circle, if there are any."""
    graph = {
        module: {name for name in imported(module, text) if name in sources}
        for module, text in sources.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return None


def test_every_module_has_a_rung():
    modules = {name.split(".")[1] for name in FILES}
    assert modules == set(LADDER), "and every rung a module"
    assert len(LADDER) == len(modules), "once"


def test_the_map_in_the_readme_is_the_ladder():
    readme = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^`helpers`, from the top\..*$", readme, re.M)
    lesson, machinery = line.split("Machinery")
    assert re.findall(r"`(\w+)`", lesson) == ["helpers", *LESSON]
    assert re.findall(r"`(\w+)`", machinery) == [*MACHINERY]


@pytest.mark.parametrize("module", FILES)
def test_a_module_imports_only_from_rungs_above_it(module):
    assert faults(module, source(module)) == []


def test_no_modules_import_one_another_in_a_circle():
    assert circle({module: source(module) for module in FILES}) is None


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("schemes", "from helpers.networks import mlp"),
        ("schemes", "from helpers import networks"),
        ("schemes", "import helpers.networks as n"),
        ("schemes", "from .networks import mlp"),
        ("schemes", "from . import networks"),
        ("schemes", "def f():\n    from helpers.live import live"),
        ("schemes", "import importlib\nimportlib.import_module('helpers.live')"),
        ("schemes", "from helpers.schemes import std"),
        ("schemes", "import helpers"),
        ("schemes", "from helpers import LADDER"),
        ("schemes", "from helpers.signals.record import Row"),
        ("meanfield", "from helpers.signals import probe"),
        ("meanfield", "from helpers.signals.grids import sweep"),
        ("signals", "from helpers.meanfield import q_map"),
        ("signals.grids", "from helpers.meanfield import q_map"),
        ("signals", "from ..training import train"),
        ("signals.grids", "from ..training import train"),
        ("signals.grids", "from .. import training"),
        ("signals.__main__", "from helpers.fan import fan"),
        ("live", "from book.site.state import slim"),
        ("live", "import tests.test_live"),
        ("plots", "import conftest"),
        ("signals.record", "import classroom"),
    ],
)
def test_the_ladder_notices(module, line):
    assert faults(f"helpers.{module}", line) != []


def test_the_ladder_allows_what_it_should():
    for module, line in (
        ("networks", "import torch\nfrom helpers.schemes import std"),
        ("live", "from helpers import plots\nimport helpers.signals"),
        ("signals.record", "from helpers.signals.signal import Signal"),
        ("signals.record", "from .signal import Signal\nfrom ..plots import fan"),
        ("signals", "from .signal import Signal\nfrom . import signal"),
    ):
        assert faults(f"helpers.{module}", line) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("signals.measured", "from helpers.signals.signal import Signal"),
        ("signals.measured", "from .signal import Signal"),
        ("signals.measured", "from . import signal"),
        ("signals.measured", "def f():\n    import helpers.signals.signal"),
        ("signals.measured", "from helpers.signals.measured import Measured"),
        ("signals.measured", "from helpers.signals import Signal"),
        ("signals.record", "from . import probe"),
        ("signals.audit", "from helpers.signals.__main__ import main"),
        ("schemes", "from helpers.networks import mlp"),
    ],
)
def test_a_circle_is_noticed(module, line):
    sources = {module: source(module) for module in FILES}
    sources[f"helpers.{module}"] += f"\n{line}\n"
    assert circle(sources) is not None


@pytest.mark.parametrize("module", ["helpers", *FILES])
def test_everything_public_has_a_docstring(module):
    path = FILES.get(module, FOLDER / "__init__.py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{module} says what it holds"
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    homes = [tree, *(n for n in tree.body if isinstance(n, ast.ClassDef))]
    without = [
        node.name
        for home in homes
        for node in home.body
        if isinstance(node, kinds)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert without == []
