"""Commands that write into the build folder take turns."""

import contextlib
from collections.abc import Iterator

from filelock import FileLock, Timeout

from book.project import Project


@contextlib.contextmanager
def turn(project: Project) -> Iterator[None]:
    """Wait until no other command builds this course, and keep others waiting.

    A turn ends with its process, however that ends. In all languages there is one.
    """
    folder = project.root / "_build"
    folder.mkdir(exist_ok=True)
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print(f"another command is at work in {folder}; waiting for it", flush=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
