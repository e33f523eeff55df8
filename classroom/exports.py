"""Whose each file in a folder or zip is: as a course system says, or by its name."""

import json
import os
import re
from pathlib import Path

from classroom.systems import (
    WRAPPERS,
    Owner,
    Owners,
    canvas,
    gradescope,
    ilias,
    is_teachers,
    moodle,
)
from classroom.tree import File

# cmd/gh-classroom/clone/student-repos in github.com/github/gh-classroom clones into
# <assignment>-submissions; cli/gh-teacher in github.com/foundation50/classroom50 into
# <classroom>-<assignment>_submissions_<time>. Repositories are <assignment>-<user> and
# <classroom>-<assignment>-<user>.
CLONES = re.compile(r"(?P<slug>.+)[-_]submissions([-_].*)?", re.IGNORECASE)


def owners_of(files: list[File], source: Path, assignment: str) -> Owners:
    """Whose each file is; files that a system adds for the teacher are nobody's.

    Args:
        files: what lies in a folder or a zip.
        source: that folder or zip.
        assignment: the master's name, without ``.ipynb``.
    """
    if is_one_students(source):
        name = uploader(source.parent) or source.name
        return {file: [Owner(name, file.name)] for file in files}
    depth = wrappers(files, source)
    flat = [file for file in files if is_flat(file, depth)]
    for found in (gradescope(files), moodle(files), ilias(files), canvas(flat)):
        if found:
            others = [f for f in files if f not in found and not is_teachers(f)]
            return found | {f: [named(f, 0, "", assignment)] for f in others}
    cloned = prefix_of_clones(files, source, assignment, depth)
    if cloned:
        files = [file for file in files if file not in flat or not is_teachers(file)]
    called = same_beginning([file.parts[depth] for file in flat])
    return {file: [named(file, depth, cloned, assignment, called)] for file in files}


def is_flat(file: File, depth: int) -> bool:
    """Whether a file lies beside the others, in no folder of a student's."""
    return len(file.parts) == depth + 1


def named(
    file: File, depth: int, prefix: str, assignment: str, called: str = ""
) -> Owner:
    """Whose a file is by its folder, or by its own name if it lies in none."""
    first, *rest = file.parts[depth:]
    if rest:
        return Owner(first.removeprefix(prefix), "/".join(rest))
    stem = Path(first).stem if not first.startswith(".") else first
    student = re.sub(rf"[-_ ]*{re.escape(assignment)}$", "", stem)
    short = re.sub(r"^(\d+[-_ ])*", "", student.removeprefix(called)) if called else ""
    return Owner(student or stem, first, keys=(short,) if short else ())


def same_beginning(names: list[str]) -> str:
    """With what all of several files begin that is no name: "lab_05_" of
    "lab_05_10_jane" and "lab_05_11_john".
    """
    shared = os.path.commonprefix(names) if len(names) > 1 else ""
    shared = re.sub(r"[^-_ ]*$", "", shared)
    return shared if re.search(r"\d", shared) else ""


def is_one_students(source: Path) -> bool:
    """Whether a folder is what one student handed in, as Gradescope's autograder has
    it: ``/autograder/submission``, with ``submission_metadata.json`` beside it.

    gradescope-autograders.readthedocs.io, *Autograder specifications*.
    """
    beside = (source.parent / "submission_metadata.json").is_file()
    return (
        source.is_dir()
        and source.name == "submission"
        and (beside or source.parent.name == "autograder")
    )


def uploader(autograder: Path) -> str:
    """Who Gradescope says that handed in, "" if it does not."""
    try:
        text = (autograder / "submission_metadata.json").read_text(encoding="utf-8")
        return " and ".join(str(user["name"]) for user in json.loads(text)["users"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def prefix_of_clones(
    files: list[File], source: Path, assignment: str, depth: int
) -> str:
    """What names of cloned repositories begin with; "" if these are none."""
    tops = sorted({file.parts[depth] for file in files if len(file.parts) > depth + 1})
    slugs = [re.sub(r"[^0-9a-z]+", "-", assignment.lower()).strip("-"), assignment]
    around = [source.stem if source.is_file() else source.name]
    around += [file.parts[depth - 1] for file in files[:1] if depth]
    slugs += [found["slug"] for name in around if (found := CLONES.fullmatch(name))]
    for name in slugs:
        if name and tops and all(top.startswith(f"{name}-") for top in tops):
            return f"{name}-"
    if len(tops) > 1 and all((source / top / ".git").exists() for top in tops):
        return re.sub(r"[^-]*$", "", os.path.commonprefix(tops))
    return ""


def wrappers(files: list[File], source: Path) -> int:
    """How many folders there are around all the others: those that are called so, and
    the one that a zip was made of.
    """
    depth = 0
    while True:
        tops = {file.parts[depth] for file in files if len(file.parts) > depth + 1}
        if len(tops) != 1 or any(len(file.parts) == depth + 1 for file in files):
            return depth
        [top] = tops
        zipped = source.is_file() and depth == 0
        if not zipped and not WRAPPERS.fullmatch(top):
            return depth
        depth += 1
