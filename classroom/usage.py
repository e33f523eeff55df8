"""What a process and all its descendants use, as the system tells it from outside."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass
class Use:
    """What some processes use together."""

    cpu: float = 0.0  # seconds
    memory: int = 0  # bytes
    processes: int = 0


def used_by(family: Iterable[psutil.Process]) -> Use:
    """What these processes use; who ends meanwhile is left out.

    Memory that several of them share counts once, and so do files that exist in memory
    alone, whether a process has them in its address space or not.
    """
    use, shared = Use(), 0
    files: dict[tuple[int, int], int] = {}
    for process in family:
        use.processes += 1
        try:
            use.cpu += sum(process.cpu_times()[:4])
            here = proportional(process.pid)
            if here is None:
                use.memory += process.memory_info().rss
                continue
            use.memory += here[0] - here[1]
            shared += here[1]
            files |= dict(memory_files(process.pid))
        except psutil.Error:
            continue
    use.memory += max(shared, sum(files.values()))
    return use


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
