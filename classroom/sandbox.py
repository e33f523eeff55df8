"""Where a student's code runs: a process that sees little and can do no harm.

Two things hold everywhere: limits on memory, file size, processes and open files, and an
end that leaves nothing running. Where Linux allows user namespaces, without root and
without containers, four more do: no network, no file but Python, the course and an
empty folder, no sight of other processes, no shared memory.
What could be had is reported, never assumed.
"""

import ctypes
import os
import platform
import resource
import signal
import stat
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

ISOLATION = ("network", "files", "processes", "memory")
MiB = 2**20

# From Linux's headers: sched.h, mount.h, prctl.h; numbers of system calls.
NEWNS, NEWIPC, NEWUSER = 0x00020000, 0x08000000, 0x10000000
NEWPID, NEWNET = 0x20000000, 0x40000000
NOSUID, NODEV, BIND, REC, PRIVATE = 2, 4, 4096, 16384, 1 << 18
DETACH = 2
DEATH_SIGNAL, NO_NEW_PRIVILEGES, SUBREAPER = 1, 38, 36
MOUNT_SETATTR, RECURSIVE, READ_ONLY = 442, 0x8000, 1
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
CAPABILITY_VERSION = 0x20080522

DEVICES = ("null", "zero", "full", "random", "urandom")
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/opt", "/nix")
HOME = "/home/student"


@dataclass(frozen=True)
class Limits:
    """What one hand-in may use; sizes in MiB, times in seconds."""

    cpu: float = 20  # one cell, all its processes together
    wall: float = 60  # one cell
    total: float = 240  # all cells, wall time
    memory: int = 4096
    file: int = 64
    disk: int = 256
    processes: int = 64
    open_files: int = 512

    def as_json(self) -> dict:
        """By name."""
        return asdict(self)


class Libc:
    """System calls that Python does not have; each raises OSError if it fails."""

    def __init__(self):
        """Open the C library of this process."""
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

    def attach(self, source: str, target: Path, kind: str = "", flags: int = 0, options: str = "") -> None:
        """Mount something."""
        self.mount(
            source.encode(), os.fsencode(target), kind.encode(), flags, options.encode()
        )


def confine(limits: Limits, isolate: bool) -> list[str]:
    """Shut this freshly forked process in; only its grandchild returns.

    The caller's process stays as a guard that ends when the grandchild ends and takes
    everything with it. Returns which of ``ISOLATION`` hold.
    """
    libc = Libc()
    os.setsid()
    die_with_parent(libc)
    active = unshared(libc) if isolate else []
    guard(libc)  # from here on, the first process of its own namespace
    if "files" in active:
        try:
            see_only(visible(), libc, limits)
        except OSError:
            active.remove("files")
    drop_capabilities(libc)
    guard(libc)
    limit(limits)
    return active


def guard(libc: Libc) -> None:
    """Go on in a child; the parent ends as it ends, having reaped what it left."""
    child = os.fork()
    if child == 0:
        die_with_parent(libc)
        return
    for fd in range(3):
        os.close(fd)
    os.closerange(3, 4096)
    status = 0
    while True:
        try:
            pid, found = os.wait()
        except ChildProcessError:
            break
        if pid == child:
            status = found
            break
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def die_with_parent(libc: Libc) -> None:
    """Be killed when the parent is; where the system has no such thing, go on."""
    try:
        libc.prctl(DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    except OSError:
        pass


def adopt_orphans() -> None:
    """Become the parent of descendants that lose theirs, to end them later."""
    try:
        Libc().prctl(SUBREAPER, 1, 0, 0, 0)
    except OSError:
        pass


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
    return list(ISOLATION)


def visible() -> list[Path]:
    """The system's programs, Python, its packages and the course's helpers."""
    import helpers

    places = [*SYSTEM, sys.prefix, sys.base_prefix, Path(helpers.__file__).parent]
    packages = [p for p in sys.path if p.endswith(("-packages", ".zip", "-dynload"))]
    found: dict[Path, None] = {}
    for place in map(Path, [*places, *packages]):
        for path in (place, place.resolve()):
            if path.exists() and not any(path.is_relative_to(p) for p in found):
                found[path] = None
    return list(found)


def see_only(paths: list[Path], libc: Libc, limits: Limits) -> None:
    """Make a new root of some folders, read-only, and of an empty home.

    Raises:
        OSError: if the kernel refuses; then the old root is still there.
    """
    root = Path("/tmp")  # hidden under the new root in this namespace alone
    libc.attach("none", Path("/"), flags=REC | PRIVATE)
    libc.attach("tmpfs", root, "tmpfs", NOSUID | NODEV, "size=1m,mode=755")
    for path in [*paths, *(Path("/dev", name) for name in DEVICES)]:
        target = root / path.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if stat.S_ISDIR(path.stat().st_mode):
            target.mkdir(exist_ok=True)
        else:
            target.touch()
        libc.attach(str(path), target, flags=BIND | REC)
    empty = [root / "proc", root / "old", root / HOME[1:], root / "tmp", root / "dev/shm"]
    for folder in empty:
        folder.mkdir(parents=True, exist_ok=True)
    attributes = (ctypes.c_uint64 * 4)(READ_ONLY, 0, 0, 0)
    libc.syscall(MOUNT_SETATTR, -100, os.fsencode(root), RECURSIVE, attributes, 32)
    room = f"size={limits.disk}m,mode=1777"
    for folder in empty[2:]:
        libc.attach("tmpfs", folder, "tmpfs", NOSUID | NODEV, room)
    try:
        libc.attach("proc", root / "proc", "proc", NOSUID | NODEV)
    except OSError:
        pass  # in some containers; then there is no /proc
    os.chdir(root)
    pivot = PIVOT_ROOT.get(platform.machine())
    if pivot is None:
        raise OSError(f"pivot_root is unknown on {platform.machine()}")
    libc.syscall(pivot, b".", b"old")
    os.chdir("/")
    libc.umount2(b"/old", DETACH)


def drop_capabilities(libc: Libc) -> None:
    """Give up what the new namespaces gave, and what set-user-id programs would."""
    try:
        libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        version = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
        libc.capset(version, (ctypes.c_uint32 * 6)())
    except OSError:
        pass


def limit(limits: Limits) -> None:
    """Limits of the kernel's for this process and what it starts."""
    wanted = {
        "RLIMIT_AS": limits.memory * MiB,
        "RLIMIT_FSIZE": limits.file * MiB,
        "RLIMIT_NPROC": limits.processes,
        "RLIMIT_NOFILE": limits.open_files,
        "RLIMIT_CPU": int(limits.total) + 1,
        "RLIMIT_CORE": 0,
    }
    for name, value in wanted.items():
        which = getattr(resource, name, None)
        if which is None:
            continue
        try:
            resource.setrlimit(which, (value, value))
        except (ValueError, OSError):
            pass  # a lower limit is in force, or this system has none
