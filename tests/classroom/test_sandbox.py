"""With namespaces and without: the same marks, and what held is said."""

import os
import shutil
import subprocess
import sys

import psutil
import pytest

from classroom.sandbox import ISOLATION
from tests.shared.grading import CLASS, ROOT, graded, missing, rows, write_class
from tests.shared.homework import ANSWERS, MASTER, as_bytes, solved


@pytest.mark.parametrize("name", ["ada", "bob", "dan"])
def test_without_isolation_the_marks_are_the_same(name):
    shut_in = graded(CLASS[name], seed=3)
    open_to_all = graded(CLASS[name], seed=3, isolate=False)
    assert open_to_all.sandbox == []
    for key in ("status", "total", "tests", "errors", "outputs", "noticed"):
        assert getattr(open_to_all, key) == getattr(shut_in, key)


def test_a_kernel_that_refuses_namespaces_is_said_loudly(tmp_path):
    """In a user namespace of our own we can forbid all further ones."""
    forbid = "echo 0 > /proc/sys/user/max_user_namespaces"
    alone = ["unshare", "--user", "--map-root-user", "sh", "-c"]
    try:
        subprocess.run([*alone, forbid], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("namespaces are refused here: all tests run without isolation")
    (tmp_path / "homework.ipynb").write_text(MASTER.text)
    write_class(tmp_path / "in", {name: CLASS[name] for name in ("ada", "dan")})
    order = f"exec {sys.executable} -m classroom grade homework.ipynb in out"
    told = subprocess.run(
        [*alone, f"{forbid} && {order}"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr
    warned = "WARNING: no isolation of network, files, processes, memory."
    assert told.stderr.startswith(warned)
    assert "2 ran without full isolation" in told.stdout
    found = rows(tmp_path / "out").values()
    assert [(row["total"], row["sandbox"]) for row in found] == [
        ("5", "calls"),
        ("3", "calls"),
    ]


GRADE_TWICE = """
from pathlib import Path
from classroom.__main__ import main

assert main(["grade", "homework.ipynb", "in", "out"]) == 0
Path("refused").touch()
assert main(["grade", "homework.ipynb", "in", "out-refused"]) == 0
"""


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """A course in /tmp, where pytest's folders are and a clone may be.

    It has graded a class twice; the second time, a new root was refused.
    """
    folder = tmp_path_factory.mktemp("elsewhere")
    for name in ("helpers", "classroom"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "helpers" / "late.py").write_text("")
    root = folder / "classroom" / "root.py"
    text, line = root.read_text(), "    root = hidden(paths)\n"
    assert text.count(line) == 1
    refuse = f"    if Path({str(folder / 'refused')!r}).exists():\n"
    refuse += "        raise OSError('refused')\n"
    root.write_text(text.replace(line, refuse + line))
    (folder / "homework.ipynb").write_text(MASTER.text)
    write_class(folder / "in", {name: CLASS[name] for name in ("ada", "dan")})
    # what is left running would live as long as its process
    escape = "import subprocess\nsubprocess.Popen(['sleep', '987654'])\n"
    escape += "import helpers.late\n"
    write_class(folder / "in", {"zed": as_bytes(solved(size=escape + ANSWERS["size"]))})
    told = subprocess.run(
        [sys.executable, "-c", GRADE_TWICE],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert told.returncode == 0, told.stderr
    return folder


@pytest.mark.parametrize(
    ("out", "refused"), [("out", ()), ("out-refused", ("files", "processes"))]
)
def test_the_course_may_lie_anywhere_and_a_root_may_be_refused(elsewhere, out, refused):
    given = {*ISOLATION} - {*missing(), *refused}
    given = " ".join(name for name in ISOLATION if name in given) or "none"
    found = rows(elsewhere / out).values()
    assert [(row["total"], row["sandbox"]) for row in found] == [
        ("5", given),
        ("3", given),
        ("5", given),
    ]
    assert "987654" not in " ".join(
        " ".join(p.info["cmdline"] or ()) for p in psutil.process_iter(["cmdline"])
    )


def test_the_graders_environment_is_out_of_reach(monkeypatch):
    """Also what a process was started with, which /proc shows."""
    code = (
        "import glob\n"
        "for name in glob.glob('/proc/*/environ'):\n"
        "    try: print(open(name).read())\n    except OSError: pass\n"
    )
    script = (
        "from tests.shared.grading import graded\n"
        "from tests.shared.homework import as_bytes, solved\n"
        f"if __name__ == '__main__':\n"
        f"    result = graded(as_bytes(solved(double={code!r})))\n"
        "    print('ran', result.outputs['double'])\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(ROOT), "GRADER_TOKEN": "ghp-teacher"},
        capture_output=True,
        text=True,
    )
    assert "ran" in run.stdout, run.stderr
    assert "PATH=" in run.stdout, "the file is read, with what is needed in it"
    assert "ghp-teacher" not in run.stdout


def test_the_session_keyring_is_an_empty_one():
    """Where there are keyrings, a key of the grader's is not found by a student."""
    code = (
        "import ctypes, platform\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "number = {'x86_64': 250, 'aarch64': 219}[platform.machine()]\n"
        "search = lambda: libc.syscall(number, 10, -3, b'user', b'first-weights', 0)\n"
    )
    scope: dict = {}
    exec(code, scope)
    add = {"x86_64": 248, "aarch64": 217}[scope["platform"].machine()]
    key = scope["libc"].syscall(add, b"user", b"first-weights", b"ticket", 6, -3)
    if key < 0:
        pytest.skip("no keyrings here")
    assert scope["search"]() == key
    result = graded(as_bytes(solved(double=f"{code}print('found', search())")))
    assert result.outputs["double"].strip() == "found -1"
