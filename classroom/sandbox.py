"""Where a student's code runs: a process that sees little and can do no harm.

Limits on memory, file size and open files hold everywhere, and so does an end that
leaves nothing running. Where Linux allows user namespaces, without root and without
containers, four more things hold: no network, no file but Python, the course and an
empty folder, no sight of other processes, no shared memory. On Linux, a filter of
calls shuts what leads past these. What could be had is reported, never assumed.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

from classroom.calls import refuse_calls
from classroom.linux import (
    CAPABILITY_VERSION,
    DEATH_SIGNAL,
    DUMPABLE,
    JOIN_SESSION_KEYRING,
    KEYCTL,
    NEWIPC,
    NEWNET,
    NEWNS,
    NEWPID,
    NEWUSER,
    NO_NEW_PRIVILEGES,
    SUBREAPER,
    Libc,
)
from classroom.root import see_only, visible

NAMESPACES = ("network", "files", "processes", "memory")
ISOLATION = (*NAMESPACES, "calls")
MiB = 2**20


@dataclass(frozen=True)
class Limits:
    """What one hand-in may use; sizes in MiB, times in seconds."""

    cpu: float = 20  # one cell, all its processes together
    wall: float = 120  # one cell
    total: float = 300  # all cells, wall time
    memory: int = 2048  # beyond what Python and torch take themselves
    file: int = 64
    disk: int = 256
    processes: int = 64
    open_files: int = 512


def confine(limits: Limits, isolate: bool) -> list[str]:
    """Shut this freshly forked process in; only its grandchild returns.

    The caller's process stays as a guard, which ends when the grandchild ends or when
    it gets SIGTERM, and takes everything with it. Returns which of ``ISOLATION`` hold.
    """
    libc = Libc()
    taken = psutil.Process().memory_info().vms
    os.setsid()
    forget_keys(libc)
    active = unshared(libc) if isolate else []
    alone = "processes" in active
    guard(libc, alone)  # from here on, the first process of its own namespace
    if "files" in active:
        try:
            see_only(visible(), libc, limits.disk)
        except OSError:  # then /proc still shows all that runs
            active = [name for name in active if name not in ("files", "processes")]
    drop_capabilities(libc)
    guard(libc, alone)
    if isolate:
        with contextlib.suppress(OSError):  # a kernel without such filters
            refuse_calls(libc)
            active.append("calls")
    limit(limits, taken, alone)
    return active


def forget_keys(libc: Libc) -> None:
    """Leave the session's keyring, with tickets and keys of disks, for an empty one."""
    with contextlib.suppress(OSError):  # a kernel without keyrings
        if KEYCTL and sys.platform == "linux":
            libc.syscall(KEYCTL, JOIN_SESSION_KEYRING, None)


def guard(libc: Libc, alone: bool) -> None:
    """Go on in a child; the parent ends as it ends, and then nothing of it is left.

    Alone in a namespace, the kernel sees to that when the first process ends; what
    /proc says may be about other processes of the same numbers.
    """
    die_with_parent(libc)
    adopt_orphans(libc)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    child = os.fork()
    if child == 0:
        die_with_parent(libc)
        return
    with contextlib.suppress(OSError):  # no other process may write to its memory
        libc.prctl(DUMPABLE, 0, 0, 0, 0)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGKILL))
    os.closerange(0, 4096)
    status = None
    while status is None:
        pid, found = os.wait()
        status = found if pid == child else None
    if not alone:
        with contextlib.suppress(Exception):
            end_descendants()
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def end_descendants() -> None:
    """Kill and reap whatever this process has started or adopted."""
    while left := psutil.Process().children(recursive=True):
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def die_with_parent(libc: Libc) -> None:
    """Be killed when the parent is; where the system has no such thing, go on."""
    with contextlib.suppress(OSError):
        libc.prctl(DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)


def adopt_orphans(libc: Libc) -> None:
    """Become the parent of descendants that lose theirs, to end them later."""
    with contextlib.suppress(OSError):
        libc.prctl(SUBREAPER, 1, 0, 0, 0)


def unshared(libc: Libc) -> list[str]:
    """Leave the machine's namespaces; returns what that isolates."""
    user, group = os.geteuid(), os.getegid()
    try:
        libc.unshare(NEWUSER | NEWNS | NEWPID | NEWIPC | NEWNET)
        # Not as root: what it starts then has no rights over the namespaces.
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"1000 {user} 1")
        Path("/proc/self/gid_map").write_text(f"1000 {group} 1")
    except OSError:
        return []
    return list(NAMESPACES)


def drop_capabilities(libc: Libc) -> None:
    """Give up what the new namespaces gave, and what set-user-id programs would."""
    with contextlib.suppress(OSError):
        libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        version = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
        libc.capset(version, (ctypes.c_uint32 * 6)())


def limit(limits: Limits, taken: int, alone: bool) -> None:
    """The kernel's limits for this process and what it starts.

    Args:
        limits: what a hand-in may use.
        taken: bytes of address space that this process has already.
        alone: whether no other process of the same user counts as this one's.
    """
    wanted = {
        "RLIMIT_AS": taken + limits.memory * MiB,
        "RLIMIT_FSIZE": limits.file * MiB,
        "RLIMIT_NOFILE": limits.open_files,
        "RLIMIT_CPU": int(limits.total) + 1,
        "RLIMIT_CORE": 0,
    }
    if alone:  # else the user's other processes count too
        wanted["RLIMIT_NPROC"] = limits.processes
    for name, value in wanted.items():
        with contextlib.suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (value, value))
    with contextlib.suppress(OSError):  # where memory runs out, end this one first
        Path("/proc/self/oom_score_adj").write_text("1000")
