"""Where a student's code runs: a process that sees little and can do no harm.

Limits on memory, file size and open files hold everywhere, and so does an end that
leaves nothing running. Where Linux allows user namespaces, without root and without
containers, four more things hold: no network, no file but Python, the course and an
empty folder, no sight of other processes, no shared memory.
What could be had is reported, never assumed.
"""

import contextlib
import ctypes
import os
import platform
import resource
import signal
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

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
KEYCTL = {"x86_64": 250, "aarch64": 219}
JOIN_SESSION_KEYRING = 1
CAPABILITY_VERSION = 0x20080522

DEVICES = ("null", "zero", "full", "random", "urandom")
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store")
SETTINGS = ("ld.so.cache", "localtime", "passwd", "group", "nsswitch.conf", "fonts")
HOME = "/home/student"
WRITABLE = [Path(name) for name in (HOME, "/tmp", "/dev/shm")]
ROOTS = [Path(name) for name in ("/mnt", "/media", "/srv", "/opt")]


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
            see_only(visible(), libc, limits)
        except OSError:  # then /proc still shows all that runs
            active = [name for name in active if name not in ("files", "processes")]
    drop_capabilities(libc)
    guard(libc, alone)
    limit(limits, taken, alone)
    return active


def forget_keys(libc: Libc) -> None:
    """Leave the session's keyring, with tickets and keys of disks, for an empty one."""
    with contextlib.suppress(OSError):  # a kernel without keyrings
        if (number := KEYCTL.get(platform.machine())) and sys.platform == "linux":
            libc.syscall(number, JOIN_SESSION_KEYRING, None)


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
    return list(ISOLATION)


def visible() -> list[Path]:
    """The system's programs, Python, its packages and the course's helpers."""
    import helpers

    settings = [f"/etc/{name}" for name in SETTINGS]
    places: list[str | Path] = [
        *SYSTEM,
        *settings,
        sys.prefix,
        sys.base_prefix,
        Path(helpers.__file__).parent,
    ]
    packages = [p for p in sys.path if p.endswith(("-packages", ".zip", "-dynload"))]
    found: dict[Path, None] = {}
    for place in map(Path, [*places, *packages]):
        for path in (place, place.resolve()):
            if path.exists() and not any(path.is_relative_to(p) for p in found):
                found[path] = None
    return list(found)


def hidden(paths: list[Path]) -> Path:
    """A folder that nobody misses while a new root lies on it.

    Raises:
        OSError: if some of these paths is in each of them.
    """
    for root in ROOTS:
        if root.is_dir() and not any(path.is_relative_to(root) for path in paths):
            return root
    raise OSError("no place for a new root")


def see_only(paths: list[Path], libc: Libc, limits: Limits) -> None:
    """Make a new root of some folders, read-only, and of an empty home.

    Raises:
        OSError: if the kernel refuses; then the old root is still there.
    """
    libc.attach("none", Path("/"), flags=REC | PRIVATE)
    root = hidden(paths)
    libc.attach("tmpfs", root, "tmpfs", NOSUID | NODEV, "size=1m,mode=755")
    for folder in (root / "proc", root / "old"):
        folder.mkdir()
    room = f"size={limits.disk}m,mode=1777"
    for name in WRITABLE:  # before what may lie in one of them
        folder = root / name.relative_to("/")
        folder.mkdir(parents=True)
        libc.attach("tmpfs", folder, "tmpfs", NOSUID | NODEV, room)
    for path in [*paths, *(Path("/dev", name) for name in DEVICES)]:
        target = root / path.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if stat.S_ISDIR(path.stat().st_mode):
            target.mkdir(exist_ok=True)
        else:
            target.touch()
        libc.attach(str(path), target, flags=BIND | REC)
        libc.make_read_only(target, RECURSIVE)
    libc.make_read_only(root)
    with contextlib.suppress(OSError):  # in some containers; then there is no /proc
        libc.attach("proc", root / "proc", "proc", NOSUID | NODEV)
    os.chdir(root)
    pivot = PIVOT_ROOT.get(platform.machine())
    if pivot is None:
        raise OSError(f"pivot_root is unknown on {platform.machine()}")
    libc.syscall(pivot, b".", b"old")
    os.chdir("/")
    libc.umount2(b"/old", DETACH)


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
