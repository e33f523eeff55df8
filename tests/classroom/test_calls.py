"""The filter of system calls: what it says to each, and that it holds."""

from errno import EAFNOSUPPORT, ENOSYS, EPERM
from socket import AF_INET, AF_UNIX

import pytest

from classroom.calls import (
    ALLOW,
    ANSWER,
    ARCHITECTURE,
    ARCHITECTURES,
    AT_LEAST,
    EQUAL,
    ERROR,
    FIRST_ARGUMENT,
    HAS_BIT,
    LOAD,
    NUMBER,
    program,
)
from tests.shared.grading import graded, missing
from tests.shared.homework import ANSWERS, FULL, as_bytes, solved

AF_VSOCK = 40
FORK, NEW_USER = 0x01200011, 0x10000000


def answer(machine, number, argument=0, architecture=None):
    """What the kernel's machine makes of a call: None, or the number of an error."""
    architecture = ARCHITECTURES[machine] if architecture is None else architecture
    memory = {NUMBER: number, ARCHITECTURE: architecture, FIRST_ARGUMENT: argument}
    lines, at, held = program(machine), 0, 0
    while True:
        code, yes, no, k = lines[at]
        at += 1
        match code:
            case _ if code == LOAD:
                held = memory[k]
            case _ if code == ANSWER:
                return None if k == ALLOW else k - ERROR
            case _:
                holds = {EQUAL: held == k, AT_LEAST: held >= k, HAS_BIT: held & k}
                at += yes if holds[code] else no


@pytest.mark.parametrize(
    ("call", "x86_64", "aarch64", "argument", "error"),
    [
        ("read", 0, 63, 0, None),
        ("socket of its own", 41, 198, AF_UNIX, None),
        ("socket of the network", 41, 198, AF_INET, EAFNOSUPPORT),
        ("socket of the machine around it", 41, 198, AF_VSOCK, EAFNOSUPPORT),
        ("two sockets", 53, 199, AF_UNIX, None),
        ("fork", 56, 220, FORK, None),
        ("fork into a namespace", 56, 220, FORK | NEW_USER, EPERM),
        ("clone3", 435, 435, 0, ENOSYS),
        ("unshare", 272, 97, NEW_USER, EPERM),
        ("ptrace", 101, 117, 16, EPERM),
        ("io_uring", 425, 425, 8, EPERM),
        ("keyctl", 250, 219, 0, EPERM),
        ("hide from the watcher", 157, 167, 4, EPERM),
        ("name a thread", 157, 167, 15, None),
    ],
)
def test_what_the_filter_says(call, x86_64, aarch64, argument, error):
    assert answer("x86_64", x86_64, argument) == error
    assert answer("aarch64", aarch64, argument) == error


def test_calls_of_another_kind_of_program_are_refused():
    assert answer("x86_64", 0, architecture=0x40000003) == ENOSYS, "of 32 bits"
    assert answer("x86_64", 0x40000000 + 41) == ENOSYS, "x32"


def test_a_machine_whose_numbers_are_unknown_has_no_filter():
    with pytest.raises(OSError, match="the calls of pdp11 are unknown"):
        program("pdp11")


TRY_ALL = """
import ctypes, os, socket, subprocess
for family in range(1, 46):
    for kind in (1, 2, 3, 5):
        try:
            with socket.socket(family, kind):
                print("socket", family)
        except OSError:
            pass
libc = ctypes.CDLL(None)
if libc.ptrace(16, os.getppid(), 0, 0) == 0:
    print("guard traced")
try:
    open(f"/proc/{os.getppid()}/mem", "r+b").close()
    print("guard written to")
except OSError:
    pass
if libc.unshare(0x10000000) == 0:
    print("namespace")
left, right = socket.socketpair()
left.send(b"well")
print(right.recv(4).decode())
"""


def test_a_hand_in_has_local_sockets_and_nothing_else():
    if "calls" in missing():
        pytest.skip("this system has no filters of calls")
    result = graded(as_bytes(solved(double=f"{ANSWERS['double']}{TRY_ALL}")))
    said = [line for line in result.outputs["double"].split("\n") if line]
    assert {*said} == {"socket 1", "well"}
    assert (result.status, result.total) == ("graded", FULL)
