"""What a student's code sees of the file system: a new root, and little in it."""

import contextlib
import os
import stat
import sys
from functools import cache
from pathlib import Path

from classroom.linux import (
    BIND,
    DETACH,
    MACHINE,
    NODEV,
    NOSUID,
    PIVOT_ROOT,
    PRIVATE,
    REC,
    RECURSIVE,
    Libc,
)
from classroom.notebook import NotebookError

DEVICES = ("null", "zero", "full", "random", "urandom")
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store")
SETTINGS = ("ld.so.cache", "localtime", "passwd", "group", "nsswitch.conf", "fonts")
HOME = "/home/student"
WRITABLE = [Path(name) for name in (HOME, "/tmp", "/dev/shm")]
ROOTS = [Path(name) for name in ("/mnt", "/media", "/srv", "/opt")]


@cache
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


def see_only(paths: list[Path], libc: Libc, disk: int) -> None:
    """Make a new root of some folders, read-only, and of an empty home.

    Args:
        paths: the folders, and files.
        libc: to mount with.
        disk: MiB for each place that can be written to.

    Raises:
        OSError: if the kernel refuses; then the old root is still there.
    """
    libc.attach("none", Path("/"), flags=REC | PRIVATE)
    root = hidden(paths)
    libc.attach("tmpfs", root, "tmpfs", NOSUID | NODEV, "size=1m,mode=755")
    for folder in (root / "proc", root / "old"):
        folder.mkdir()
    room = f"size={disk}m,mode=1777"
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
    if PIVOT_ROOT is None:
        raise OSError(f"pivot_root is unknown on {MACHINE}")
    libc.syscall(PIVOT_ROOT, b".", b"old")
    os.chdir("/")
    libc.umount2(b"/old", DETACH)


def check_unseen(*places: Path) -> None:
    """See that students' code will not see what lies at these places.

    Raises:
        NotebookError: if one of them lies in a folder that it needs, such as /usr.
    """
    seen = visible()
    for place in places:
        for folder in seen:
            if place.resolve().is_relative_to(folder):
                raise NotebookError(
                    f"{place} lies in {folder}, which students' code can read: "
                    "put it elsewhere"
                )
