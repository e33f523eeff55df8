"""What is imported is declared in pyproject.toml, pinned, and listed nowhere else."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
OWN = {"helpers", "classroom", "book", "benchmarks", "tests", "conftest"}
# Which extras a room may count on, besides what the helpers need
ROOMS = {
    "helpers": ["pytest"],
    "classroom": ["classroom", "cluster"],
    "book": ["book"],
    "tests": ["test"],
    "benchmarks": ["test"],
    "conftest.py": ["test"],
}


def declared(extras):
    """The packages that an installation with some extras asks for by name."""
    requirements = list(PROJECT["project"]["dependencies"])
    for extra in extras:
        requirements += EXTRAS[extra]
    names = set()
    for requirement in map(Requirement, requirements):
        if requirement.name == PROJECT["project"]["name"]:
            names |= declared(requirement.extras)
        else:
            names.add(canonicalize_name(requirement.name))
    return names


def imported(place):
    """The modules that the code of a folder or file imports: others' ones by name."""
    files = place.rglob("*.py") if place.is_dir() else [place]
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules = [node.module]
            else:
                continue
            tops = {module.partition(".")[0] for module in modules}
            yield from tops - sys.stdlib_module_names - OWN


def undeclared(modules, extras):
    """The modules whose package nobody asked for: it came along with another one."""
    asked, packages = declared(extras), packages_distributions()
    return sorted(
        module
        for module in set(modules)
        if asked.isdisjoint(map(canonicalize_name, packages.get(module, ())))
    )


@pytest.mark.parametrize("room", ROOMS)
def test_what_a_room_imports_is_declared_for_it(room):
    modules = set(imported(ROOT / room))
    assert modules, "a room without imports is not looked at"
    assert undeclared(modules, ROOMS[room]) == []


def test_what_only_comes_along_is_found():
    assert undeclared(["torch", "yaml", "sympy", "nothing"], []) == [
        "nothing",
        "sympy",
        "yaml",
    ]
    assert undeclared(["yaml"], ["test"]) == [], "an extra may ask for another one"


def lines(name):
    """The lines of a list of requirements, without its comments."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and line[0] != "#"]


def pins():
    """The versions that were tested, by package; one may be pinned for each Python."""
    return {
        canonicalize_name(requirement.name): str(requirement.specifier)
        for requirement in map(Requirement, lines("constraints.txt"))
    }


def test_what_is_declared_is_pinned():
    assert declared(EXTRAS) - pins().keys() == set()
    assert all(re.fullmatch(r"==[\w.]+", version) for version in pins().values())


def test_requirements_are_the_project_itself():
    [line] = lines("requirements.txt")
    extras = re.fullmatch(r"-e \.\[([\w,]+)\]", line)[1].split(",")
    assert set(extras) <= EXTRAS.keys()
    assert declared(extras) == declared(EXTRAS), "all that any command needs"


def test_binder_installs_the_project_and_the_torch_that_was_tested():
    options, project = lines(".binder/requirements.txt")[:-1], "-e .[lab]"
    assert lines(".binder/requirements.txt")[-1] == project
    assert "-c ../constraints.txt" in options
    assert [line for line in options if line[0] != "-"] == [
        f"torch{pins()['torch']}+cpu"
    ]


def test_all_packages_are_installed():
    # A folder with code or data that setuptools leaves out is missed by readers only.
    found = PROJECT["tool"]["setuptools"]
    assert found["packages"]["find"]["include"] == ["helpers*", "classroom*"]
    for room in ("helpers", "classroom"):
        for path in (ROOT / room).rglob("*"):
            if path.suffix == ".py":
                assert (path.parent / "__init__.py").is_file(), path
            elif path.is_file() and path.suffix != ".pyc":
                assert f"*{path.suffix}" in found["package-data"]["*"], path


@pytest.mark.slow
def test_what_is_switched_off_for_readers_is_what_nbgrader_puts_into_jupyterlab():
    command = [sys.executable, "-m", "jupyter", "labextension", "list"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True)
    # it says so on either
    installed = re.findall(
        r"^\s+(\S*nbgrader\S*) v\d", listed.stdout + listed.stderr, re.M
    )
    for name in ("Makefile", "README.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert re.findall(r"labextension disable (\S+)$", text, re.M) == installed
