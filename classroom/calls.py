"""Calls of the kernel that a student's code may not make: a filter it cannot lift.

They go past what namespaces shut in: sockets that belong to no network namespace (of
virtual machines, for one), ``io_uring``, which makes sockets without asking a filter,
other processes' memory, new namespaces, and memory that nobody counts. The filter is a
program for the kernel's own small machine (seccomp, in "classic" BPF).
"""

import ctypes
import struct
from errno import EAFNOSUPPORT, ENOSYS, EPERM
from socket import AF_UNIX

from classroom.linux import DUMPABLE, MACHINE, SECCOMP, Libc

# Of linux/audit.h; and numbers of calls, in the order x86_64, aarch64.
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
COLUMN = list(ARCHITECTURES)
SOCKET, CLONE, CLONE3, PRCTL = (41, 198), (56, 220), (435, 435), (157, 167)
FORBIDDEN = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
}
NAMESPACES = 0x7E020000  # of clone's flags, those that ask for a new one
X32 = 0x40000000  # from here on, numbers of another set of calls on x86_64

# What the kernel's machine can do, of linux/bpf_common.h and linux/seccomp.h.
LOAD, EQUAL, AT_LEAST, HAS_BIT, ANSWER = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # where they lie in memory
ALLOW, ERROR = 0x7FFF0000, 0x00050000
FILTER = 2

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, number


def program(machine: str) -> list[Instruction]:
    """The filter: for each call, "go on", or the error that it raises.

    Raises:
        OSError: if the numbers of this machine's calls are not known.
    """
    if machine not in ARCHITECTURES:
        raise OSError(f"the calls of {machine} are unknown")
    column = COLUMN.index(machine)

    def refuse(error: int) -> Instruction:
        return ANSWER, 0, 0, ERROR | error

    def at(call: tuple[int, int], *lines: Instruction) -> list[Instruction]:
        """What is done at one call; at others these lines are jumped over."""
        return [(EQUAL, 0, len(lines), call[column]), *lines]

    go_on, argument = (ANSWER, 0, 0, ALLOW), (LOAD, 0, 0, FIRST_ARGUMENT)
    only_local = [(EQUAL, 1, 0, AF_UNIX), refuse(EAFNOSUPPORT), go_on]
    no_namespace = [(HAS_BIT, 0, 1, NAMESPACES), refuse(EPERM), go_on]
    stay_open = [(EQUAL, 0, 1, DUMPABLE), refuse(EPERM), go_on]
    return [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, ARCHITECTURES[machine]),
        refuse(ENOSYS),
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 0, 1, X32),
        refuse(ENOSYS),
        *at(CLONE3, refuse(ENOSYS)),  # its flags are out of sight; C then uses clone
        *(line for call in FORBIDDEN.values() for line in at(call, refuse(EPERM))),
        *at(SOCKET, argument, *only_local),
        *at(CLONE, argument, *no_namespace),
        *at(PRCTL, argument, *stay_open),  # or nobody could see what it uses
        go_on,
    ]


def refuse_calls(libc: Libc) -> None:
    """Put the filter on this process and on all that it will start.

    Raises:
        OSError: if the kernel has no such filters, or new rights are not given up yet.
    """
    lines = program(MACHINE)
    code = b"".join(struct.pack("HBBI", *line) for line in lines)
    held = ctypes.create_string_buffer(code, len(code))
    whole = struct.pack("H6xP", len(lines), ctypes.addressof(held))
    libc.prctl(SECCOMP, FILTER, ctypes.create_string_buffer(whole, len(whole)), 0, 0)
