"""How much of a homework a file answers, whether its answers are right or not.

A student's file is looked into in a process of its own: it may be made to use up time
and memory.
"""

from multiprocessing.connection import Connection

from classroom.choosing import ANOTHER, UNREADABLE
from classroom.matching import answering, is_another, plain, plan, read
from classroom.notebook import Master, NotebookError
from classroom.processes import elsewhere, end_with_parent
from classroom.words import NOT_FOUND

COUNTER = "classroom.answers:counter"
PATIENCE = 60  # seconds for one file


def answered(master: Master, data: bytes) -> int:
    """How many questions a file answers; ``ANOTHER`` if it is another homework,
    ``UNREADABLE`` if it is no notebook.
    """
    try:
        cells = read(data)
        if is_another(master, cells):
            return ANOTHER
        words = plan(master, cells).words.values()
    except NotebookError:
        return UNREADABLE
    stubs = {plain(cell.public) for cell in master.answers}
    sources = (
        [plain(cells[i].source) for i in answering(answer, cells, set())]
        for answer in master.answers
    )
    code = sum(any(source not in stubs for source in found) for found in sources)
    return code + sum(text not in ("", NOT_FOUND) for text in words)


def answered_apart(master: Master, data: bytes) -> int:
    """The same, found out in a process of its own; ``UNREADABLE`` if that ends."""
    try:
        return elsewhere(COUNTER, (master.name, master.text, data), PATIENCE)
    except RuntimeError:
        return UNREADABLE


def counter(channel: Connection) -> None:
    """Be that process."""
    end_with_parent()
    name, text, data = channel.recv()
    channel.send(answered(Master(name, text), data))
