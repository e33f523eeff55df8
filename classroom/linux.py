"""Calls of Linux that Python does not have, and the numbers of its headers."""

import ctypes
import os
import platform
from collections.abc import Callable
from pathlib import Path

# sched.h, mount.h, prctl.h, capability.h
NEWNS, NEWIPC, NEWUSER = 0x00020000, 0x08000000, 0x10000000
NEWPID, NEWNET = 0x20000000, 0x40000000
NOSUID, NODEV, BIND, REC, PRIVATE = 2, 4, 4096, 16384, 1 << 18
DETACH = 2
DEATH_SIGNAL, DUMPABLE, SECCOMP, SUBREAPER, NO_NEW_PRIVILEGES = 1, 4, 22, 36, 38
MOUNT_SETATTR, RECURSIVE, READ_ONLY = 442, 0x8000, 1
JOIN_SESSION_KEYRING = 1
CAPABILITY_VERSION = 0x20080522

MACHINE = platform.machine()
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}.get(MACHINE)
KEYCTL = {"x86_64": 250, "aarch64": 219}.get(MACHINE)


class Libc:
    """System calls that Python does not have; each raises OSError if it fails."""

    def __init__(self):
        self.library = ctypes.CDLL(None, use_errno=True)

    def __getattr__(self, name: str) -> Callable[..., int]:
        """A function of the library."""
        function = getattr(self.library, name, None)
        if function is None:
            raise OSError(f"this system has no {name}")

        def call(*arguments) -> int:
            result = function(*arguments)
            if result == -1:
                number = ctypes.get_errno()
                raise OSError(number, f"{name}: {os.strerror(number)}")
            return result

        return call

    def attach(self, source: str, target: Path, kind="", flags=0, options="") -> None:
        """Mount something."""
        where = os.fsencode(target)
        self.mount(source.encode(), where, kind.encode(), flags, options.encode())

    def make_read_only(self, target: Path, flags=0) -> None:
        """Forbid to write through a mount; with ``RECURSIVE``, what is on it too."""
        attributes = (ctypes.c_uint64 * 4)(READ_ONLY, 0, 0, 0)
        where = os.fsencode(target)
        self.syscall(MOUNT_SETATTR, -100, where, flags, attributes, 32)
