"""helpers/ is a one-way ladder: a module imports only from rungs above it."""

import ast
from pathlib import Path

import pytest

import helpers

FOLDER = Path(helpers.__file__).parent
RUNGS = [
    "words",
    "activations",
    "schemes",
    "networks",
    "jacobians",
    "signals",
    "unroll",
    "meanfield",
    "symmetry",
    "training",
    "records",
    "plots",
    "controls",
    "traces",
    "tables",
    "live",
    "fan",
    "order_chaos",
    "audit",
]
MODULES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")
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


# Run as a program, a module may hand over to a rung below it. Nobody who imports the
# module gets there, so the ladder stays one-way; but it may do nothing else there.
HANDS_OVER = """
if __name__ == "__main__":
    import sys
    from helpers.{rung} import main
    sys.exit(main())
"""


def without_handover(source: str) -> str:
    """A module's source without the block that only hands over to another's main."""
    tree = ast.parse(source)
    blocks = {ast.dump(ast.parse(HANDS_OVER.format(rung=rung))) for rung in RUNGS}
    tree.body = [
        node
        for node in tree.body
        if ast.dump(ast.Module(body=[node], type_ignores=[])) not in blocks
    ]
    return ast.unparse(tree)


def imported(source: str, module: str = "") -> set[str]:
    """What a module of helpers imports, as dotted names, wherever it does so."""
    names = set()
    for node in ast.walk(ast.parse(without_handover(source))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            home = "helpers" if node.level else ""
            base = ".".join(filter(None, [home, node.module]))
            names.add(base)
            names |= {f"{base}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            name = node.func.id if isinstance(node.func, ast.Name) else name
            if name in ("import_module", "__import__"):
                names.add(ast.literal_eval(node.args[0]))
    return names


def rungs(source: str) -> set[str]:
    """The modules of helpers among them."""
    parts = (name.split(".") for name in imported(source))
    return {p[1] for p in parts if p[0] == "helpers" and len(p) > 1 and p[1] in RUNGS}


def faults(module: str, source: str) -> list[str]:
    """What in a module's imports breaks the ladder."""
    above = set(RUNGS[: RUNGS.index(module)]) - APART.get(module, set())
    wrong = [f"{module} must not import {name}" for name in rungs(source) - above]
    roots = {name.split(".")[0] for name in imported(source)}
    wrong += [f"{module} must not import {name}" for name in roots & OURS - {"helpers"}]
    # ``import helpers`` alone would hide which rung is meant.
    if "helpers" in imported(source) and not rungs(source):
        wrong.append(f"{module} must name the rung it imports")
    return wrong


def test_every_module_has_a_rung():
    assert set(MODULES) <= set(RUNGS)
    assert set(RUNGS) == set(MODULES), "and every rung a module"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_from_rungs_above_it(module):
    assert faults(module, (FOLDER / f"{module}.py").read_text(encoding="utf-8")) == []


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
        ("meanfield", "from helpers.signals import probe"),
        ("signals", "from helpers.meanfield import q_map"),
        ("live", "from book.widgets import write"),
        ("live", "import tests.test_live"),
        ("plots", "import conftest"),
        ("signals", "if __name__ == '__main__':\n    from helpers.audit import main"),
        ("signals", HANDS_OVER.format(rung="audit").replace("main()", "main([])")),
        ("signals", HANDS_OVER.format(rung="audit") + "else:\n    import helpers.live"),
        ("signals", HANDS_OVER.format(rung="audit").replace('"__main__"', '"x"')),
        ("signals", "from helpers.audit import main"),
    ],
)
def test_the_ladder_notices(module, line):
    assert faults(module, line) != []


def test_the_ladder_allows_what_it_should():
    assert faults("networks", "import torch\nfrom helpers.schemes import std") == []
    assert faults("live", "from helpers import plots\nimport helpers.signals") == []
    assert faults("signals", HANDS_OVER.format(rung="audit")) == []


@pytest.mark.parametrize("module", ["__init__", *MODULES])
def test_everything_public_has_a_docstring(module):
    tree = ast.parse((FOLDER / f"{module}.py").read_text(encoding="utf-8"))
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
