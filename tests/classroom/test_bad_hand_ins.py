"""Bad hand-ins: each has its fair mark or a clear status, and harms nobody else.

Behind every bad hand-in comes a good one, which must have all its marks. Those that
use too much time, memory or processes are in ``test_outside``.
"""

import os
from pathlib import Path

import psutil
import pytest

from classroom.sandbox import Limits
from tests.shared.bad_hand_ins import (
    RIGHT,
    both,
    changed,
    check_fair,
    check_folder,
    check_good,
    code,
    edit,
    fair,
    graded,
    insert,
    lost,
    old,
    result_of,
    strip,
    take,
    unreadable,
)
from tests.shared.grading import missing
from tests.shared.homework import as_bytes, at, solved, taken

LIMITS = Limits(cpu=3, wall=300, total=900, memory=1024, file=4, disk=16)
MARKER = "left-behind-by-a-student"

WRONG = edit("double", source="def double(x):\n    return x")


def everything_is_a_test(notebook):
    for cell in notebook.cells:
        cell.metadata.nbgrader = {"grade": True, "points": 10**400, "grade_id": "x"}


FILES = {
    "an empty file": unreadable(b"", "empty"),
    "a zip": unreadable(b"PK\3\4", "no notebook, but a zip"),
    "cut off": unreadable(as_bytes(solved())[:-100], "not JSON"),
    "a list": unreadable(b"[1, 2]", "no notebook"),
    "UTF-16": unreadable(as_bytes(solved()).decode().encode("utf-16"), "not JSON"),
    "nested JSON": unreadable(b"[" * 100_000, "not JSON"),
    "3,001 cells": unreadable(b'{"cells": [' + b"{}," * 3000 + b"{}]}", "3,001 cells"),
    "a byte order mark": changed(lambda nb: b"\xef\xbb\xbf" + as_bytes(nb)),
    "format 3": changed(old),
    "cells that are none": changed(
        lambda nb: b'{"cells": [1, null, "x", {}, [], {"source": 7}]}', 0, "missing"
    ),
    "an output of 3 MB": changed(
        edit("double", outputs=[{"output_type": "stream", "text": "x" * 3_000_000}])
    ),
    "no metadata and no ids": changed(strip, noticed="no cell has nbgrader"),
    "an answer taken out": changed(take("double"), 3, "double: missing"),
    "a test taken out": changed(
        both(WRONG, take("test-double")), 3, "test-double: missing; the teacher's was"
    ),
    "all tests taken out": changed(
        take("test-double", "test-size", "test-limit"), 5, "test-size: missing"
    ),
    "a test edited": changed(
        both(WRONG, edit("test-double", source="assert True")), 3, "test-double: edited"
    ),
    "a test twice": changed(
        lambda nb: nb.cells.append(nb.cells[at(nb, "test-double")]), 5, "2 copies"
    ),
    "a test moved to the top": changed(
        lambda nb: nb.cells.insert(0, taken(nb, "test-double"))
    ),
    "100 points for itself": changed(
        both(WRONG, edit("test-double", points=100)), 3, "100 points; 2 count"
    ),
    "an answer that gives marks": changed(
        edit("double", grade=True, points=50), 5, "says that it gives marks"
    ),
    "all cells of one name": changed(everything_is_a_test, None),
    "the answer twice, wrong at last": changed(
        insert("double", "def double(x):\n    return x", after=1), 3
    ),
    "an answer as text": changed(
        edit("double", cell_type="markdown"), 5, "run as code"
    ),
    "an answer in two cells": changed(
        both(
            edit("double", source="factor = 2"),
            insert("double", "def double(x):\n    return factor * x", after=1),
        )
    ),
    "no setup": changed(take("setup"), 5, "setup: missing"),
    "another setup": changed(
        edit("setup", source="SEED = 5\ntorch = None"), 5, "setup: edited"
    ),
    "a notebook of another course": changed(
        lambda nb: b'{"cells": [{"cell_type": "code", "source": "print(1)"}]}',
        0,
        "double: missing",
    ),
}

CHEAT = "def double(x):\n    return x\n"

SOURCES = {
    # code that does not run
    "a syntax error": lost("def double(:", error="SyntaxError"),
    "a NUL": lost(RIGHT + "\0"),
    "a lone surrogate": lost(RIGHT + "  # \ud800"),
    "a sum of 50,000 terms": lost("+".join("1" * 50_000), status="any"),
    "200 parentheses": lost("(" * 300 + ")" * 300, error="SyntaxError"),
    "raises": lost("raise RuntimeError('no idea')", error="no idea"),
    "an error that cannot be read": lost(
        "class E(Exception):\n    def __str__(self): raise E\nraise E", error="E"
    ),
    "an interrupt": lost("raise KeyboardInterrupt"),
    "sys.exit": lost("import sys\nsys.exit(0)", error="SystemExit"),
    "exit": lost("exit()\nquit()"),
    "no such module": lost("from google.colab import drive", error="ModuleNotFound"),
    "recursion": lost("def double(x):\n    return double(x)"),
    "input": lost("factor = int(input('factor? '))", error="EOFError"),
    "no value at all": lost("def double(x):\n    print(2 * x)"),
    "a name taken back": lost(f"{RIGHT}\ndel double"),
    # what does not end
    "an endless loop": lost("while True:\n    pass", "timeout", noticed="3 s of proc"),
    "an endless loop in the call": lost(
        "def double(x):\n    while True:\n        pass", "timeout"
    ),
    "a loop that ignores all": lost(
        "import signal\nfor s in range(1, 65):\n"
        "    try: signal.signal(s, signal.SIG_IGN)\n    except Exception: pass\n"
        "while True:\n    try:\n        while True: pass\n"
        "    except BaseException: pass",
        "timeout",
    ),
    "a loop in C": lost("sum(range(10**15))", "timeout"),
    "a loop in another process": lost(
        "import subprocess\nsubprocess.run('while :; do :; done', shell=True)",
        "timeout",
    ),
    "output without end": lost("while True:\n    print('x' * 1000)", "timeout"),
    "output of a program": lost("!yes", "timeout"),
    # ends that are none
    "os._exit": lost("import os\nos._exit(0)", "died", noticed="exit code 0"),
    "os._exit in the call": lost("import os\ndef double(x):\n    os._exit(1)", "died"),
    "a segmentation fault": lost(
        "import ctypes\nctypes.string_at(0)", "died", noticed="SIGSEGV"
    ),
    "abort": lost("import os\nos.abort()", "died", noticed="SIGABRT"),
    "kills itself": lost(
        "import os\nos.kill(os.getpid(), 9)", "died", noticed="SIGKILL"
    ),
    "recursion in C": lost(
        "import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()", status="any"
    ),
    # processes and threads
    "a fork": fair("import os\nos.fork()"),
    "a fork that exits": fair(
        "import os\nif os.fork() == 0:\n    os._exit(0)\nos.wait()"
    ),
    "a thread that outlives": fair(
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(1e6,)).start()"
    ),
    "a process that outlives": fair(
        "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; "
        f"time.sleep(1e6)', '{MARKER}'], start_new_session=True)"
    ),
    # disk, output
    "a large file": lost("open('x', 'wb').write(bytes(10**7))", error="OSError"),
    "many files": lost(
        "for i in range(100):\n    open(str(i), 'wb').write(bytes(10**6))",
        error="No space",
        needs="files",
    ),
    "all open files": lost("x = [open('/dev/null') for _ in range(10**5)]"),
    "20 MB of output": fair("for _ in range(2000):\n    print('x' * 10_000)"),
    "output past Python": fair("import os\nos.write(1, b'x' * 10**6)\nos.system('ls')"),
    "warnings": fair(
        "import warnings\nwarnings.warn('watch out')\nimport sys\n"
        "print('on stderr', file=sys.stderr)"
    ),
    "warnings as errors": fair("import warnings\nwarnings.simplefilter('error')"),
    "a surrogate printed": fair("print('\\ud800')"),
    "output closed": fair("import sys\nsys.stdout.close()\nsys.stderr = None"),
    "1 GB returned": lost("def double(x):\n    return bytes(10**9)"),
    "too much returned": lost("def double(x):\n    return [0] * 10**7", status="any"),
    "nested too deeply": lost(
        "def double(x):\n    y = []\n    for _ in range(99): y = [y]\n    return y"
    ),
    # what is not theirs
    "the network": fair(
        "import socket\ntry:\n    socket.create_connection(('127.0.0.1', @PORT@), 2)\n"
        "    del double\nexcept OSError:\n    pass",
        needs="network",
    ),
    "reads what is not theirs": fair(
        "import os\nfor path in ['@MASTER@', '@IN@', '@OUT@', '/etc/shadow']:\n"
        "    if os.path.exists(path):\n        del double",
        needs="files",
    ),
    "writes what is not theirs": fair(
        "import os\nfor path in ['@MASTER@', '@OUT@/marks.csv', torch.__file__]:\n"
        "    try:\n        open(path, 'w').write('5')\n        del double\n"
        "    except OSError:\n        pass",
        needs="files",
    ),
    "deletes what is not theirs": fair("!rm -rf @IN@ @OUT@ @MASTER@", needs="files"),
    "kills its parent": code(
        f"{RIGHT}\nimport os\nos.kill(os.getppid(), 9)",
        None,
        status="any",
        needs="processes",
    ),
    "kills all": code(
        f"{RIGHT}\nimport os\nos.kill(-1, 9)", None, status="any", needs="processes"
    ),
    "sees other processes": fair(
        "import psutil\nif len(psutil.pids()) > 5:\n    del double", needs="processes"
    ),
    "becomes root": fair(
        "import os\ntry:\n    os.setuid(0)\n    del double\nexcept OSError:\n    pass",
        needs="files",
    ),
    "goes elsewhere": fair(
        "import os, sys\nos.chdir('/')\nos.environ.clear()\nsys.path.clear()\n"
        "sys.argv.clear()\nos.umask(0o777)"
    ),
    "installs": fair("%pip install torch==1.0\n!pip install torch==1.0"),
    # marks that are not theirs
    "a patched torch": code(
        CHEAT + "torch.allclose = lambda *a, **k: True",
        3,
        noticed="torch.allclose was replaced",
    ),
    "a patched math": code(
        CHEAT + "math.isclose = lambda *a, **k: True",
        3,
        noticed="math.isclose was replaced",
    ),
    "patched builtins": code(
        CHEAT + "import builtins\nbuiltins.abs = lambda x: 0\n"
        "builtins.AssertionError = KeyError",
        3,
        noticed="builtins.abs was replaced",
    ),
    "a value that equals all": lost(
        "class Yes:\n    def __eq__(self, other): return True\n"
        "    def __abs__(self): return 0\n"
        "def double(x):\n    return Yes()"
    ),
    "a number that equals all": lost(
        "class Yes(float):\n    def __eq__(self, other): return True\n"
        "def double(x):\n    return Yes(x)"
    ),
    "a float that pickles badly": lost(
        "class Bad:\n    def __reduce__(self): return (exec, ('1/0',))\n"
        "def double(x):\n    return Bad()"
    ),
    "a patched grader": code(
        "import classroom.inside as s\ns.Desk.run = lambda self, source: None\n"
        "s.Desk.replaced = lambda self: []",
        total=1,
    ),
    "all verdicts imitated": lost(
        "import gc, json\nfor o in gc.get_objects():\n"
        "    if type(o).__name__ in ('Verdict', 'Record', 'Judge', 'Sitting'):\n"
        "        o.status = 'passed'",
    ),
    "rubbish in the pipe": code(
        f"{RIGHT}\nimport os\nfor fd in range(3, 64):\n"
        "    try: os.write(fd, b'rubbish' * 9)\n    except OSError: pass",
        0,
        "tampered",
    ),
    "a forged reply": code(
        f"""{RIGHT}
import gc
from multiprocessing.connection import Connection
from classroom.values import pack
forged = {{"error": None, "output": "", "values": {{"four": 4}}}}
for found in gc.get_objects():
    if isinstance(found, Connection):
        for turn in range(40):
            try:
                found.send_bytes(pack({{"turn": turn, **forged}}))
            except OSError:
                pass
""",
        0,
        "tampered",
    ),
    "half a message": code(
        f"{RIGHT}\nimport os\nfor fd in range(3, 64):\n"
        "    try: os.write(fd, bytes([0, 0, 0, 9, 1]))\n    except OSError: pass",
        0,
        "tampered",
    ),
    "the pipe closed": lost("import os\nos.closerange(3, 64)", "died"),
}

KINDS = {**FILES, **SOURCES}


def write_odd_files(folder: Path, master: Path) -> dict[str, tuple[str, int | None]]:
    """What a folder can hold that is no plain notebook; how each must end."""
    good = as_bytes(solved())
    (folder / "odd link").mkdir()
    (folder / "odd link" / "homework.ipynb").symlink_to(master)
    (folder / "odd folder").symlink_to(master.parent)
    (folder / "odd pipe").mkdir()
    os.mkfifo(folder / "odd pipe" / "homework.ipynb")
    (folder / "odd script").mkdir()
    (folder / "odd script" / "homework.py").write_text(RIGHT)
    (folder / "odd huge").mkdir()
    with open(folder / "odd huge" / "homework.ipynb", "wb") as file:
        file.truncate(60 * 2**20)
    for name in (
        "odd é ☃ 'quoted' \"twice\"",
        "odd\nline",
        "=odd()",
        "odd" + "x" * 200,
    ):
        (folder / name).mkdir()
        (folder / name / "homework.ipynb").write_bytes(good)
    raw = os.fsencode(folder) + b"/odd \xff"
    os.mkdir(raw)
    (Path(os.fsdecode(raw)) / "homework.ipynb").write_bytes(good)
    (folder / "odd two").mkdir()
    (folder / "odd two" / "homework.ipynb").write_bytes(good)
    wrong = as_bytes(solved(double="double = 2"))
    (folder / "odd two" / "homework (1).ipynb").write_bytes(wrong)
    return {
        "odd link/homework.ipynb": ("unreadable", None),
        "odd folder": ("unreadable", None),
        "odd pipe/homework.ipynb": ("unreadable", None),
        "odd script/homework.py": ("unreadable", None),
        "odd huge/homework.ipynb": ("unreadable", None),
        "odd é ☃ 'quoted' \"twice\"/homework.ipynb": ("graded", 5),
        "odd\nline/homework.ipynb": ("graded", 5),
        "=odd()/homework.ipynb": ("graded", 5),
        "odd" + "x" * 200 + "/homework.ipynb": ("graded", 5),
        "odd \\xff/homework.ipynb": ("graded", 5),
        "odd two/homework.ipynb": ("graded", 5),
        "odd two/homework (1).ipynb": ("graded", 3),
    }


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The folder, the results of all hand-ins in it, and what odd files must give."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "in").mkdir()
    odd = write_odd_files(folder / "in", folder / "master" / "homework.ipynb")
    return folder, graded(folder, "in", KINDS, LIMITS), odd


@pytest.mark.parametrize("kind", KINDS)
def test_each_bad_hand_in_has_its_fair_mark(kind, course):
    if KINDS[kind].needs in missing():
        pytest.skip(f"this system does not isolate {KINDS[kind].needs}")
    check_fair(KINDS[kind], result_of(course[1], kind))


@pytest.mark.parametrize("kind", KINDS)
def test_the_next_student_has_all_marks(kind, course):
    if KINDS[kind].needs in missing():
        pytest.skip(f"this system does not isolate {KINDS[kind].needs}")
    check_good(result_of(course[1], kind, behind=" next"))


def test_odd_files_are_graded_or_unreadable(course):
    _, results, odd = course
    for file, (status, total) in odd.items():
        assert (results[file].status, results[file].total) == (status, total), file


def test_nothing_is_left_running(course):
    left = [p for p in psutil.process_iter(["cmdline"]) if MARKER in str(p.info)]
    assert left == []


def test_nothing_is_left_behind_or_changed(course):
    check_folder(course[0], "in")
