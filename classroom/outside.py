"""A student's process as seen from outside: asked, watched, and ended.

Limits on processor time, time, memory and processes are kept from here, where nothing
that runs inside can lift them.
"""

import multiprocessing
import os
import shutil
import signal
import socket
import struct
import tempfile
import time
from dataclasses import asdict

import psutil

from classroom import inside, shell
from classroom.sandbox import Limits, MiB
from classroom.usage import Use, descendants, used_by
from classroom.values import BadValue, pack, unpack

LOOK = 0.2  # seconds between two looks at what is used
MESSAGE = 64 * MiB  # bytes of one reply
FORK = multiprocessing.get_context("fork")


class Ended(Exception):
    """A student's process is no more; the text says why.

    ``kind`` is "died", "timeout" or "tampered".
    """

    def __init__(self, kind: str, text: str):
        super().__init__(text)
        self.kind = kind


class Student:
    """A process in which one student's code runs. Use it in a ``with`` statement.

    It is a copy of this process, memory and all: make it before this one knows
    anything that students must not see.
    """

    def __init__(self):
        """Start the process; it waits."""
        self.folder = tempfile.mkdtemp(prefix="hand-in-")
        self.channel, students_end = FORK.Pipe()
        arguments = (students_end, self.folder)
        self.process = FORK.Process(target=inside.live, args=arguments)
        self.process.start()
        students_end.close()

    def confine(self, limits: Limits, isolate: bool) -> list[str]:
        """Have it shut itself in; returns what of ``ISOLATION`` holds."""
        self.limits, self.turn, self.usual = limits, 0, 0
        self.patience = limits.wall  # seconds for one reply
        self.deadline = time.monotonic() + self.patience
        with socket.socket(fileno=os.dup(self.channel.fileno())) as channel:
            patience = struct.pack("ll", int(limits.wall) + 1, 0)
            channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)
        self.channel.send_bytes(pack({"limits": asdict(limits), "isolate": isolate}))
        sandbox = self.reply()["sandbox"]
        self.usual = max((p.memory_info().rss for p in self.family()), default=0)
        return sandbox

    def __enter__(self) -> "Student":
        return self

    def __exit__(self, *_) -> None:
        """End the process and all it has started."""
        self.channel.close()
        self.process.terminate()
        self.process.join(10)
        self.process.kill()
        self.process.join()
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, do: str, **request) -> dict:
        """One request and its reply.

        Raises:
            Ended: if there will be none.
        """
        if self.channel.poll():
            raise self.died() if self.is_closed() else spoke_out_of_turn()
        self.turn += 1
        self.deadline = time.monotonic() + self.patience
        try:
            self.channel.send_bytes(pack({"do": do, "turn": self.turn, **request}))
        except OSError:
            raise self.died() from None
        reply = self.reply()
        if not is_well_formed(reply):
            raise Ended("tampered", "a reply of a form that the grader does not send")
        return reply

    def reply(self) -> dict:
        """Wait for an answer, and see that nothing is used too much meanwhile."""
        self.before: Use | None = None
        try:
            size = int.from_bytes(self.read(4), "big", signed=True)
            if not 0 <= size <= MESSAGE:
                raise BadValue(f"a message of {size} bytes")
            reply = unpack(self.read(size))
        except BadValue:
            raise spoke_out_of_turn() from None
        except (EOFError, OSError):
            raise self.died() from None
        if not isinstance(reply, dict) or reply.get("turn") != self.turn:
            raise spoke_out_of_turn()
        return reply

    def read(self, size: int) -> bytes:
        """Some bytes of a message, which somebody may have begun and never end.

        Raises:
            EOFError: if the other end is closed.
        """
        found = bytearray()
        while len(found) < size:
            while not self.channel.poll(LOOK):
                now = self.use()
                self.before = self.before or now
                self.hold_to_limits(now, self.before)
            part = os.read(self.channel.fileno(), min(size - len(found), MiB))
            if not part:
                raise EOFError
            found += part
        return bytes(found)

    def hold_to_limits(self, now: Use, before: Use) -> None:
        """Raise Ended if something is used up."""
        limits = self.limits
        if now.cpu - before.cpu > limits.cpu:
            raise Ended("timeout", f"more than {limits.cpu:g} s of processor time")
        if time.monotonic() > self.deadline:
            raise Ended("timeout", f"more than {self.patience:.3g} s")
        if now.memory > limits.memory * MiB:
            raise Ended("died", f"more than {limits.memory} MiB of memory")
        if now.processes > limits.processes:
            raise Ended("died", f"more than {limits.processes} processes")

    def family(self) -> list[psutil.Process]:
        """The process and its descendants, without the guards that shut them in."""
        assert self.process.pid is not None  # it was started
        return descendants(self.process.pid)[1:]

    def use(self) -> Use:
        """What they use now; memory beyond what the process began with."""
        enough = self.usual + self.limits.memory * MiB
        now = used_by(self.family(), enough)
        now.memory = max(0, now.memory - self.usual)
        return now

    def died(self) -> Ended:
        """How the process ended by itself."""
        self.process.join(10)
        code = self.process.exitcode
        if code is None:
            return Ended("died", "its process no longer answers")
        try:
            how = signal.Signals(code - 128).name  # as shells write it
        except ValueError:
            how = f"exit code {code}"
        return Ended("died", f"its process ended ({how})")

    def is_closed(self) -> bool:
        """Whether the other end is."""
        try:
            return not os.read(self.channel.fileno(), 1)
        except OSError:
            return True


def is_well_formed(reply: dict) -> bool:
    """Whether a reply is what ``inside.Desk`` answers: its output, what was raised (a
    kind and a message, or None) and values by name, none of them longer than there.
    """
    match reply:
        case {"output": str(output), "error": error, "values": dict(values)}:
            short = len(output) < 2 * shell.OUTPUT
        case _:
            return False
    match error:
        case None:
            pass
        case [str(kind), str(message)]:
            short &= len(kind) <= 80 and len(message) <= inside.MESSAGE
        case _:
            return False
    return short and all(isinstance(name, str) for name in values)


def spoke_out_of_turn() -> Ended:
    """What arrives is no reply to what was asked."""
    return Ended(
        "tampered", "something spoke in the grader's name, in between or out of turn"
    )
