"""What comes out, as it grows: the table of marks, a page for each file, a summary."""

import time
from collections import Counter
from typing import Protocol

from classroom.by_hand import ByHand, Place
from classroom.course import Graded, Onlooker, Order
from classroom.files import write
from classroom.hand_ins import HandIn, left_out
from classroom.marks import WAITING, Line, lines_of, table, written_columns
from classroom.pages import forget_pages, write_page
from classroom.result import Result
from classroom.sandbox import ISOLATION

SHARE = 20  # between two tables passes this many times what writing one takes
LEAST = 2.0  # seconds between two tables


class Outlet(Protocol):
    """A system that marks go to."""

    def check(self, order: Order, lines: list[Line]) -> None:
        """Before anything is written, refuse what it would not take.

        Raises:
            NotebookError: if there is any.
        """

    def write(self, order: Order, lines: list[Line]) -> list[str]:
        """Write its files; returns what a teacher should know."""

    def fail(self, order: Order) -> None:
        """Say that there are no marks."""


class Reports(Onlooker):
    """Writes all files of a course, and at last its summary."""

    def __init__(self, order: Order, outlets: tuple[Outlet, ...] = ()):
        """Nothing is written before it begins."""
        self.order, self.outlets = order, outlets
        self.hand_ins: list[HandIn] = []
        self.results: dict[HandIn, Result] = {}
        self.pages = order.out / "feedback"
        self.by_hand: dict[Place, dict[str, str]] = {}
        self.added: tuple[str, ...] = ()
        self.next = 0.0  # when the table is written again
        self.summary = ""

    def begin(self, hand_ins: list[HandIn]) -> None:
        """Find a place for all that was written by hand, and keep a copy of it.

        Raises:
            NotebookError: if there is none, or an outlet refuses.
        """
        self.hand_ins = hand_ins
        path, master = self.order.out / "marks.csv", self.order.homework
        older = ByHand.read(path, written_columns(master))
        self.added = older.own
        self.by_hand = older.placed([line.place for line in self.lines()])
        for outlet in self.outlets:
            outlet.check(self.order, self.lines())
        older.back_up()
        self.pages.mkdir(exist_ok=True)
        self.next = time.monotonic() + LEAST

    def take(self, item: Graded) -> None:
        """Write a page, and the table if it is time.

        A table grows with the class; so that all of them together take a twentieth of
        the time at most, the next one waits the longer the longer this one took.
        """
        self.results[item.hand_in] = item.result
        student = self.order.roster.name_of(item.hand_in) or item.hand_in.student
        line = Line(student, item)
        line.by_hand.update(self.by_hand.get(line.place, {}))
        write_page(self.pages, self.order.homework, line)
        begun = time.monotonic()
        if begun > self.next:
            self.write_table()
            now = time.monotonic()
            self.next = now + max(LEAST, SHARE * (now - begun))

    def stop(self) -> None:
        """Leave a table of what is graded."""
        self.write_table()

    def end(self, graded: list[Graded]) -> None:
        """Write all that there is, and drop pages of what is not handed in any more."""
        lines = self.lines()
        for line in lines:
            write_page(self.pages, self.order.homework, line)
        forget_pages(self.pages, self.hand_ins)
        self.write_table()
        said = [text for o in self.outlets for text in o.write(self.order, lines)]
        self.summary = "\n".join([*summary(lines), *self.places(), *said])

    def lines(self) -> list[Line]:
        """The lines of the class as far as it is known."""
        items = [Graded(h, self.results.get(h, WAITING)) for h in self.hand_ins]
        return lines_of(items, self.order.roster, self.by_hand)

    def write_table(self) -> None:
        """Write marks.csv."""
        text = table(self.order.homework, self.lines(), self.added)
        write(self.order.out / "marks.csv", text)

    def places(self) -> list[str]:
        """Where to look."""
        return [f"{self.order.out / 'marks.csv'} and {self.pages}"]


def summary(lines: list[Line]) -> list[str]:
    """What a teacher wants to know at once."""
    results = [line.result for line in lines]
    counts = Counter("missing" if r is None else r.status for r in results)
    said = [f"{len(lines)} rows: " + ", ".join(f"{n} {s}" for s, n in counts.items())]
    ran = [r for r in results if r and r.total is not None]
    if ran:
        totals = [r.total for r in ran if r.total is not None]
        mean, most = sum(totals) / len(totals), max(totals)
        said.append(f"marks: mean {mean:.1f}, {min(totals):g} to {most:g}")
        cpu = sum(r.cpu for r in ran) / len(ran)
        said.append(f"processor time: {cpu:.2f} s a hand-in")
    if exposed := sum(len(r.sandbox) < len(ISOLATION) for r in ran):
        said.append(f"{exposed} ran without full isolation: see the column 'sandbox'")
    said += left_out(line.item.hand_in for line in lines if line.item)
    if counts["failed"]:
        said.append(f"NOT GRADED: {counts['failed']}; run again with --resume")
    return said
