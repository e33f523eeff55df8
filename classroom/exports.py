"""What each system's export looks like, and so whose a file in it is.

Where a system names files and folders by what only it writes, each file says whose it
is. Where anybody could have chosen such names (Canvas, ILIAS, clones), all of them must
look alike.
"""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from classroom.notebook import NotebookError
from classroom.tree import File

# lib/content_zipper.rb in github.com/instructure/canvas-lms: the sortable name without
# what is no letter, digit or underscore, LATE, the number of the student, that of the
# upload, the file's own name. Text typed in is ``_text.html``, a link ``_link.html``.
# Of an anonymous assignment LATE comes first, then anon_ and a code.
CANVAS = re.compile(
    r"((?P<name>(?!LATE_).+?)(?P<late>_LATE)?_(?P<number>[1-9]\d*)"
    r"|(?P<too_late>LATE_)?(?P<code>anon_[0-9A-Za-z]+))"
    r"_((?P<upload>[1-9]\d*)_(?P<own>.+)|(text|link)\.html)"
)
COUNTED = 3  # digits of numbers that people count with
# mod/assign/classes/downloader.php in github.com/moodle/moodle: the full name without
# underscores, the number of the participant (of a group: its own, or none), the kind of
# submission; that is a folder's name (until Moodle 4.2 with an underscore at its end),
# or what a file's begins with.
MOODLE = re.compile(
    r"(?P<name>[^/]+?)(_(?P<number>\d+))?_assignsubmission_(file|onlinetext)"
    r"(_?/(?P<own>.*)|_(?P<flat>[^/]+))"
)
# class.ilExSubmission.php in github.com/ILIAS-eLearning/ILIAS, Modules/Exercise:
# last name, first name, login, number; above it perhaps a team's folder, and those of
# the download. A late file begins with the words for that in the teacher's language.
ILIAS = re.compile(
    r"((?P<above>[^/]+)/)?(?!multi_feedback)(?P<last>[^/_]+)_(?P<first>[^/_]+)_(?P<login>[^/]+)"
    r"_(?P<number>[1-9]\d*)/(?P<own>.*)"
)
ILIAS_LATE = re.compile(r"(Late Submission|Versp(ae|a|ä)tete Abgabe) - ", re.IGNORECASE)
# Gradescope's "Export submissions": a folder submission_98765 for each, and a table of
# who they are, whose keys are Ruby's symbols. help.gradescope.com, "Exporting".
GRADESCOPE = re.compile(r"(?P<folder>submission_\d+)/(?P<own>.*)")
GRADESCOPE_TABLE = "submission_metadata.yml"
# cmd/gh-classroom/clone/student-repos in github.com/github/gh-classroom clones into
# <assignment>-submissions; cli/gh-teacher in github.com/foundation50/classroom50 into
# <classroom>-<assignment>_submissions_<time>. Repositories are <assignment>-<user> and
# <classroom>-<assignment>-<user>.
CLONES = re.compile(r"(?P<slug>.+)[-_]submissions([-_].*)?", re.IGNORECASE)
TEAM = re.compile(r"(Team|Gruppe) .*")
WRAPPERS = re.compile(
    r"submitted|(.*[-_ ])?submissions([-_ ].*)?|abgaben|hand-?ins|multi_feedback.*|"
    r"assignment_\d+_export",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Owner:
    """Whose a file is."""

    student: str
    own: str  # the file's path among this student's
    number: str = ""  # the student's in the system
    keys: tuple[str, ...] = ()  # other names of theirs: login, address
    late: bool = False  # whether the system says so
    system: str = ""


Owners = dict[File, list[Owner]]  # a team hands in one file for several


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
        files = [file for file in files if len(file.parts) > depth + 1]
    called = same_beginning([file.parts[depth] for file in flat])
    return {file: [named(file, depth, cloned, assignment, called)] for file in files}


def is_flat(file: File, depth: int) -> bool:
    """Whether a file lies beside the others, in no folder of a student's."""
    return len(file.parts) == depth + 1


def named(file: File, depth: int, prefix: str, assignment: str, called="") -> Owner:
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


def moodle(files: list[File]) -> Owners:
    """Owners in a download from Moodle, nothing if this is none."""
    found: Owners = {}
    for file in files:
        if match := inside(MOODLE, file.name):
            own = match["own"] if match["own"] is not None else match["flat"]
            number = match["number"] or ""
            owner = Owner(match["name"], own, number, system="moodle")
            found[file] = [owner]
    return found


def canvas(files: list[File]) -> Owners:
    """Owners in a download from Canvas, nothing if this is none.

    ``lab_5_10_jane.ipynb`` has the form of Canvas's names; but each upload has its own
    number there, each student one name, and numbers are long.
    """
    matches = {f: m for f in files if (m := CANVAS.fullmatch(f.parts[-1]))}
    uploads = [m["upload"] for m in matches.values() if m["upload"]]
    students = {(m["name"] or m["code"], m["number"]) for m in matches.values()}
    numbers = [number for _, number in students if number]
    if len(set(uploads)) < len(uploads) or len(set(numbers)) < len(numbers):
        return {}
    short = all(len(number) <= COUNTED for number in uploads)
    if len({name for name, _ in students}) == 1 < len(matches) and short:
        return {}
    return {
        file: [
            Owner(
                student=match["name"] or match["code"],
                own=match["own"] or file.parts[-1],
                number=match["number"] or "",
                late=bool(match["late"] or match["too_late"]),
                system="canvas",
            )
        ]
        for file, match in matches.items()
    }


def ilias(files: list[File]) -> Owners:
    """Owners in a download from ILIAS, nothing if this is none."""
    found: Owners = {}
    folders: dict[str, str] = {}
    sure = True
    for file in files:
        match = inside(ILIAS, file.name)
        if not match and is_teachers(file):
            continue  # what ILIAS lays beside the folders
        if not match:
            return {}
        own, above = match["own"], match["above"] or ""
        folder = match.group().removesuffix(own)
        if folders.setdefault(match["number"], folder) != folder:
            return {}
        sure &= not above or bool(WRAPPERS.fullmatch(above) or TEAM.fullmatch(above))
        late = ILIAS_LATE.match(own.rpartition("/")[2]) is not None
        name, keys = f"{match['first']} {match['last']}", (match["login"],)
        found[file] = [Owner(name, own, match["number"], keys, late, "ilias")]
    return found if sure or len(folders) > 1 else {}


def is_teachers(file: File) -> bool:
    """Whether it is a table, such as systems lay beside what was handed in."""
    return file.name.lower().endswith((".xlsx", ".xls", ".csv", GRADESCOPE_TABLE))


def gradescope(files: list[File]) -> Owners:
    """Owners in an export from Gradescope, nothing if this is none."""
    table = next((f for f in files if f.parts[-1] == GRADESCOPE_TABLE), None)
    if table is None or len(table.parts) > 2:
        return {}
    submissions = submitters(table)
    found: Owners = {}
    for file in files:
        if match := inside(GRADESCOPE, file.name):
            people = submissions.get(match["folder"]) or [Owner(match["folder"], "")]
            found[file] = [
                Owner(p.student, match["own"], p.number, p.keys, system="gradescope")
                for p in people
            ]
    return found


def submitters(table: File) -> dict[str, list[Owner]]:
    """Who handed in what, by the folder's name.

    Raises:
        NotebookError: if the table is no YAML of this kind.
    """
    try:
        rows = yaml.safe_load(table.read())
        return {
            str(folder): [submitter(person) for person in row[":submitters"]]
            for folder, row in rows.items()
        }
    except (yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise NotebookError(f"{table.name} cannot be read: {error}") from None


def submitter(person: dict[str, Any]) -> Owner:
    """A student in Gradescope's table."""
    name, sid, address = (
        str(person.get(key) or "") for key in (":name", ":sid", ":email")
    )
    return Owner(name or address or sid, "", sid, tuple(filter(None, (address, sid))))


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
    """How many folders there are around all the others: those that are called so, or
    like the zip that they are in.
    """
    depth = 0
    while True:
        tops = {file.parts[depth] for file in files if len(file.parts) > depth + 1}
        if len(tops) != 1 or any(len(file.parts) == depth + 1 for file in files):
            return depth
        [top] = tops
        same = source.is_file() and top.casefold() == source.stem.casefold()
        if not same and not WRAPPERS.fullmatch(top):
            return depth
        depth += 1


def inside(pattern: re.Pattern, name: str) -> re.Match | None:
    """Where a path, or a path below some of its folders, has a form."""
    while True:
        if match := pattern.fullmatch(name):
            return match
        _, slash, name = name.partition("/")
        if not slash:
            return None
