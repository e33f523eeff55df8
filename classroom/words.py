"""Answers in words, found where students write them.

The cell that a master keeps for an answer may have lost its name, on Kaggle and others,
or stay as it was with the answer in a new cell beside it, or be gone. What lies between
the question and the next cell of the teacher's is then the answer.
"""

import ast
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from classroom.notebook import STUBS, Cell, Master
from classroom.slices import LONGEST

NOT_FOUND = "(not found, look yourself)"
QUOTED = 30  # letters of a master's text, by which a part of it is known
REMARK = 40  # letters of a text that could be an answer, wherever it stands


@dataclass(frozen=True)
class Words:
    """An answer in words; ``text`` is empty if its cell is there and was left empty."""

    text: str
    note: str = ""  # what a teacher should know


def words_of(answer: Cell, master: Master, cells: list[Cell]) -> Words:
    """A student's answer to a question in words.

    Args:
        answer: the master's cell for it.
        master: the homework.
        cells: the hand-in's.
    """
    others = [cell for cell in master.cells if cell is not answer and not cell.by_hand]
    above = master.cells[: master.cells.index(answer)]
    asked = [cell for cell in reversed(above) if cell in others]
    own = [i for i, cell in enumerate(cells) if bears(cell, answer)]
    found = set(own)
    for start in own:
        found |= set(below(start, cells, others))
    for start, original in places(asked, cells):
        around = [other for other in others if other is not original]
        found |= set(below(start, cells, around))
    texts = [students_part(cells[i], others) for i in sorted(found)]
    written = [text for text in texts if not is_stub(text, answer)]
    if written:
        moved = (
            "" if any(bears(cells[i], answer) for i in found) else "found by its place"
        )
        return Words("\n\n".join(written), moved)
    elsewhere = any(
        len(students_part(cell, [*others, *master.by_hand]).strip()) > REMARK
        for cell in cells
        if cell.type == "markdown"
    )
    if (own or any(plain(text) for text in texts)) and not elsewhere:
        return Words("")
    return Words(NOT_FOUND, "not found, look yourself")


def places(asked: list[Cell], cells: list[Cell]) -> list[tuple[int, Cell]]:
    """Where the nearest of some cells of the teacher's is: the last copy, if any."""
    for original in asked:
        if found := [i for i, cell in enumerate(cells) if is_from(cell, original)]:
            return [(found[-1], original)]
    return []


def below(start: int, cells: list[Cell], others: list[Cell]) -> list[int]:
    """Cells with words from one on to the next of the teacher's."""
    after = takewhile(
        lambda i: not any(begins(cells[i], other) for other in others),
        range(start + 1, len(cells)),
    )
    return [i for i in (start, *after) if has_words(cells[i])]


def has_words(cell: Cell) -> bool:
    """Whether a cell is text, or code that is none: a new cell is one of code, unless
    one says otherwise.
    """
    if cell.type != "code":
        return True
    if len(cell.source) > LONGEST:
        return False
    try:
        body = ast.parse(cell.source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "import " not in cell.source
    return bool(cell.source.strip()) and all(
        isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)
        for part in body
    )


def students_part(cell: Cell, others: list[Cell]) -> str:
    """What of a cell is not the teacher's."""
    text = plain(cell.source)
    for other in others:
        known = plain(other.public)
        if text == known or is_quoted(cell, other):
            return ""
        if known and other.type == "markdown" and text.startswith(known):
            return rest(cell.source, known)
    return cell.source


def is_stub(text: str, answer: Cell) -> bool:
    """Whether a text is what students find in the cell, or nothing."""
    return plain(text) in ("", plain(answer.public), plain(STUBS["markdown"]))


def begins(cell: Cell, other: Cell) -> bool:
    """Whether a cell is one of the teacher's, or a part of it."""
    return is_from(cell, other) or is_quoted(cell, other)


def is_from(cell: Cell, original: Cell) -> bool:
    """Whether a cell is the teacher's, perhaps with more below, perhaps edited."""
    if bears(cell, original):
        return True
    text, known = plain(cell.source), plain(original.public)
    if text == known:
        return bool(known)
    if original.type != "markdown" or not known:
        return False
    return text.startswith(known) or heading(cell) == heading(original) != ""


def is_quoted(cell: Cell, other: Cell) -> bool:
    """Whether a cell is a part of the teacher's: Deepnote splits by paragraphs."""
    text = plain(cell.source)
    is_part = text in plain(other.public)
    return is_part and (len(text) >= QUOTED or text.startswith("#"))


def bears(cell: Cell, original: Cell) -> bool:
    """Whether a cell has the teacher's name or, if it has none, the teacher's id."""
    if original.grade_id and cell.grade_id:
        return cell.grade_id == original.grade_id
    return bool(cell.id) and cell.id == original.id


def heading(cell: Cell) -> str:
    """The heading that a text begins with, "" if it begins with none."""
    first = cell.source.strip().partition("\n")[0]
    return plain(first) if first.startswith("#") else ""


@lru_cache(maxsize=200)
def plain(text: str) -> str:
    """Text without what makes no difference."""
    return " ".join(text.split()).casefold()


def rest(source: str, known: str) -> str:
    """What comes after a text that a source begins with, whatever its spaces."""
    letters = len(known.replace(" ", ""))
    for at, letter in enumerate(source):
        if not letters:
            return source[at:].strip()
        letters -= len(letter.casefold()) * (not letter.isspace())
    return ""
