"""A student's process as seen from outside: what uses too much is ended, fairly.

Each group of bad hand-ins is held by one limit; the others are far from what any
machine needs. A good one stands behind each.
"""

import pytest

from classroom.sandbox import Limits
from tests.shared.bad_hand_ins import (
    check_fair,
    check_folder,
    check_good,
    fair,
    graded,
    lost,
    result_of,
)

HUNGRY = Limits(cpu=60, wall=300, total=900, memory=1024, processes=40)
SLEEPERS = Limits(cpu=60, wall=20, total=900)

EATING = {
    "many forks": lost(
        "import os, time\nfor _ in range(7):\n    os.fork()\ntime.sleep(1000)",
        "died",
        noticed="more than 40 processes",
    ),
    "100 GB at once": lost("x = bytearray(10**11)", error="MemoryError"),
    "memory bit by bit": lost(
        "x = []\nwhile True:\n    x.append(bytearray(50_000_000))", error="MemoryError"
    ),
    "memory in many processes": lost(
        "import os, time\nfor _ in range(3):\n    os.fork()\n"
        "x = bytearray(b'x') * 250_000_000\ntime.sleep(1000)",
        "died",
        noticed="1024 MiB of memory",
    ),
    "memory in ten processes, each below what one begins with": lost(
        "import os, time\nfor _ in range(9):\n    if os.fork() == 0: break\n"
        "x = bytearray(b'x') * 150_000_000\ntime.sleep(1000)",
        "died",
        noticed="1024 MiB of memory",
    ),
    "memory in files without a name": lost(
        "import os, time\nfor n in range(25):\n"
        "    os.write(os.memfd_create(str(n)), bytes(60_000_000))\ntime.sleep(1000)",
        "died",
        noticed="1024 MiB of memory",
    ),
    "a process nobody can look into, with such files": lost(
        "import ctypes, os, time\nctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\n"
        "for n in range(25):\n"
        "    os.write(os.memfd_create(str(n)), bytes(60_000_000))\ntime.sleep(1000)",
        "died",
        noticed="1024 MiB of memory",
        needs="calls",
    ),
    "memory that ten processes share": fair(
        "import mmap, os, time\nx = mmap.mmap(-1, 300_000_000)\n"
        "x.write(b'x' * 300_000_000)\nfor _ in range(9):\n    if os.fork() == 0:\n"
        "        sum(x[::4096])\n        time.sleep(3)\n        os._exit(0)\n"
        "for _ in range(9):\n    os.wait()"
    ),
}

SLEEPING = {
    "sleeps": lost("import time\ntime.sleep(1e6)", "timeout", noticed="more than 20 s"),
    "waits for itself": lost(
        "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()",
        "timeout",
    ),
    "promises a message": lost(
        "import os\nfor fd in range(3, 64):\n"
        "    try: os.write(fd, bytes([0, 9, 9, 9]))\n    except OSError: pass",
        "timeout",
    ),
    "stops itself": lost("import os\nos.kill(os.getpid(), 19)", "timeout"),
}

KINDS = {**EATING, **SLEEPING}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The folder, and the results of all hand-ins in it."""
    folder = tmp_path_factory.mktemp("course")
    hungry = graded(folder, "hungry", EATING, HUNGRY)
    return folder, hungry | graded(folder, "slow", SLEEPING, SLEEPERS)


@pytest.mark.parametrize("kind", KINDS)
def test_each_has_its_fair_mark(kind, course):
    check_fair(KINDS[kind], result_of(course[1], kind))


@pytest.mark.parametrize("kind", KINDS)
def test_the_next_student_has_all_marks(kind, course):
    check_good(result_of(course[1], kind, behind=" next"))


def test_nothing_is_left_behind_or_changed(course):
    check_folder(course[0], "hungry", "slow")
