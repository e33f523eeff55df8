"""Which of a student's files counts: the notebook with most answers, and no other."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from classroom.notebook import NotebookError
from classroom.tree import File

LOOKED_AT = 20  # notebooks of one student
NAMED = 5  # files that are no notebooks, in one note
MAYBE = re.compile(r"\.ipynb|\.json$")  # as browsers save notebooks
ANOTHER, UNREADABLE = -1, -2  # answers of another homework, and of no notebook


@dataclass(frozen=True)
class Choice:
    """The files that count, and what a teacher should know of the others."""

    files: list[File]  # more than one if they differ and answer equally much
    left_out: tuple[str, ...] = ()
    noticed: tuple[str, ...] = ()


def choice_of(
    files: dict[File, str],
    assignment: str,
    answered: Callable[[bytes], int] | None = None,
) -> Choice:
    """Which of a student's files count.

    Args:
        files: all of them, with their paths in the student's folder.
        assignment: the master's name, without ``.ipynb``.
        answered: how many answers a file gives, ``ANOTHER`` if it is another homework,
            ``UNREADABLE`` if it is no notebook. Without it the names decide.
    """
    called = re.compile(rf"{re.escape(assignment)}(?![^\W_])")
    real = {file: own for file, own in files.items() if not is_folder(file)}
    wrong = [f"{file.name}: {file.problem}" for file in files if is_folder(file)]
    notebooks = [file for file in real if file.name.lower().endswith(".ipynb")]
    notebooks = notebooks or [f for f in real if MAYBE.search(f.name.lower())]
    if not notebooks:
        return Choice([none_of(files)])
    named = [f for f in notebooks if any(map(called.match, real[f].split("/")))]
    notebooks = [*named, *(file for file in notebooks if file not in named)]
    if answered is None or len(real) == 1:
        counting = named or notebooks
        out = [real[file] for file in notebooks if file not in counting]
        return Choice(counting, tuple(out), noticed(out, wrong))
    answers, contents = looked_at(notebooks[:LOOKED_AT], answered)
    most = max(answers.values())
    best = [file for file, count in answers.items() if count == most]
    best = [file for file in best if file in named] or best
    if most <= 0:  # blank, of another homework, or unreadable: one will do
        best = best[:1]
    counting = list({contents[file]: file for file in reversed(best)}.values())[::-1]
    out = [
        real[file]
        for file in notebooks
        if file not in counting and answers.get(file) != ANOTHER
    ]
    if most <= 0:  # then the answers may be in a file of another kind
        out += [own for file, own in real.items() if file not in notebooks]
    if len(notebooks) > LOOKED_AT:
        wrong.append(f"{len(notebooks)} notebooks: {LOOKED_AT} were looked at")
    return Choice(counting, tuple(out), noticed(out, wrong))


def looked_at(
    notebooks: list[File], answered: Callable[[bytes], int]
) -> tuple[dict[File, int], dict[File, bytes]]:
    """How many answers notebooks give, and by what equal ones are known."""
    answers, contents = {}, {}
    for file in notebooks:
        try:
            data = file.read()
            answers[file] = answered(data)
            contents[file] = hashlib.sha256(data).digest()
        except NotebookError:
            answers[file], contents[file] = UNREADABLE, file.name.encode()
    return answers, contents


def none_of(files: dict[File, str]) -> File:
    """What stands for files none of which is a notebook."""
    names = [own for file, own in files.items() if not is_folder(file)]
    wrong = [file.problem for file in files if is_folder(file)]
    first = next(iter(files))
    if len(names) == 1 and not wrong:
        return first
    place = first.name.removesuffix(files[first]).rstrip("/") or first.name
    told = [f"no notebook among {some(names, NAMED)}"] if names else []
    return File(place, first.path, problem="; ".join([*wrong, *told]))


def noticed(out: Sequence[str], wrong: Sequence[str]) -> tuple[str, ...]:
    """What a teacher should know of files that do not count."""
    return (*([f"left out: {some(out, LOOKED_AT)}"] if out else []), *wrong)


def some(names: Sequence[str], most: int) -> str:
    """Names, the first of them if they are many."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def is_folder(file: File) -> bool:
    """Whether this stands for a folder, and says what is wrong with it."""
    return file.name.endswith("/")
