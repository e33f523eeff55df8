"""What a process and all its descendants use, as the system tells it from outside."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass
class Use:
    """What some processes use together."""

    cpu: float = 0.0  # seconds
    memory: int = 0  # bytes
    processes: int = 0


def used_by(family: list[psutil.Process], enough: int = 0) -> Use:
    """What these processes use; who ends meanwhile is left out.

    Memory that several of them share counts once, and so do files that exist in memory
    alone, whether a process has them in its address space or not.

    Args:
        family: the processes.
        enough: bytes of memory up to which a rough number will do, which is never too
            small: to count exactly takes the kernel a hundredth of a second for each.
    """
    use = Use()
    files: dict[tuple[int, int], int] = {}
    for process in family:
        use.processes += 1
        with contextlib.suppress(psutil.Error):
            use.cpu += sum(process.cpu_times()[:4])
            use.memory += process.memory_info().rss
            files |= dict(memory_files(process.pid))
    use.memory += sum(files.values())
    if use.memory > enough:
        use.memory = exactly(family, sum(files.values()))
    return use


def exactly(family: list[psutil.Process], files: int) -> int:
    """Bytes of memory that these processes and their files in memory take."""
    own, shared = 0, 0
    for process in family:
        with contextlib.suppress(psutil.Error):
            whole, part = proportional(process.pid) or (process.memory_info().rss, 0)
            own += whole - part
            shared += part
    return own + max(shared, files)


def descendants(pid: int) -> list[psutil.Process]:
    """The processes that a process has started, and those that these have."""
    try:
        found, waiting = [], [pid]
        while waiting:
            new = list(children(waiting.pop()))
            found += new
            waiting += new
    except OSError:  # no such lists here, or somebody ended while they were read
        with contextlib.suppress(psutil.Error):
            return psutil.Process(pid).children(recursive=True)
        return []
    family = []
    for number in found:
        with contextlib.suppress(psutil.Error):
            family.append(psutil.Process(number))
    return family


def children(pid: int) -> Iterator[int]:
    """Whom a process has started, thread by thread.

    Raises:
        OSError: if the system does not say.
    """
    folder = f"/proc/{pid}/task"
    for thread in os.listdir(folder):
        yield from map(int, Path(folder, thread, "children").read_text().split())


def proportional(pid: int) -> tuple[int, int] | None:
    """Bytes of a process's memory, each divided by how many processes share it: all,
    and those shared with others by intent. None where the system does not tell.
    """
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return None
    fields = dict(line.split(":", 1) for line in text.splitlines()[1:])
    if "Pss_Shmem" not in fields:  # before Linux 5.4
        return None
    whole, shared = (int(fields[key].split()[0]) for key in ("Pss", "Pss_Shmem"))
    return 1024 * whole, 1024 * shared


def memory_files(pid: int) -> Iterable[tuple[tuple[int, int], int]]:
    """Open files that have no place but memory: which, and how many bytes they take."""
    try:
        opened = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return
    for number in opened:
        place = f"/proc/{pid}/fd/{number}"
        try:
            if os.readlink(place).startswith("/memfd:"):
                found = os.stat(place)
                yield (found.st_dev, found.st_ino), 512 * found.st_blocks
        except OSError:
            continue
