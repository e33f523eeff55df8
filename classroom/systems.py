"""What each course system writes when it exports what was handed in.

Each function knows one system and returns nothing for an export that is another's.
Moodle and Gradescope name files as only they do. Names like those of Canvas and ILIAS
anybody could have chosen: there all of them must look alike.
"""

import re
from dataclasses import dataclass
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


def inside(pattern: re.Pattern, name: str) -> re.Match | None:
    """Where a path, or a path below some of its folders, has a form."""
    while True:
        if match := pattern.fullmatch(name):
            return match
        _, slash, name = name.partition("/")
        if not slash:
            return None
