"""A page of feedback for each hand-in, and none for what is not handed in any more."""

import re
from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, PackageLoader

from classroom.files import write
from classroom.hand_ins import HandIn
from classroom.journal import name_of, short_digest
from classroom.marks import Line
from classroom.notebook import Master

PAGES = Environment(loader=PackageLoader("classroom", "."), autoescape=True)
OURS = re.compile(r"([A-Za-z0-9-]+-)?[0-9a-f]{6}\.html")


def file_name(hand_in: HandIn) -> str:
    """A name for a page, safe and different for each hand-in."""
    name = f"{name_of(hand_in.file)}-{short_digest(hand_in.file)}"
    return f"{name.strip('-')}.html"


def write_page(folder: Path, master: Master, line: Line) -> None:
    """Write the page of a hand-in."""
    if line.item is not None:
        write(folder / file_name(line.item.hand_in), page(master, line))


def forget_pages(folder: Path, hand_ins: Iterable[HandIn]) -> None:
    """Delete pages of what is not handed in any more."""
    there = {file_name(hand_in) for hand_in in hand_ins}
    for path in folder.iterdir():
        if OURS.fullmatch(path.name) and path.name not in there:
            path.unlink()


def page(master: Master, line: Line) -> str:
    """What a student gets to read: marks and messages, and no hidden test.

    What a cell printed after one had run could tell of it, so that is left out.
    """
    if line.item is None:
        raise ValueError(f"{line.student} has handed in nothing")
    result = line.item.result
    questions = []
    for name in (cell.grade_id for cell in master.answers):
        tests = result.tests_of(name)
        error = result.errors.get(name, "")
        saw_hidden = name in result.after_hidden
        questions.append(
            {
                "name": name,
                "tests": tests,
                "marks": sum(test.marks for test in tests),
                "points": sum(test.points for test in tests),
                "error": error.partition(":")[0] if saw_hidden else error,
                "output": "" if saw_hidden else result.outputs.get(name, ""),
            }
        )
    by_hand = [
        (cell, result.words.get(cell.grade_id), line.mark_of(cell.grade_id))
        for cell in master.by_hand
    ]
    return PAGES.get_template("feedback.html").render(
        master=master.name,
        hand_in=line.item.hand_in,
        result=result,
        questions=questions,
        points=sum(question["points"] for question in questions),
        by_hand=by_hand,
        comment=line.comment,
    )
