"""What of a master would reach students though it is not meant for them.

A release takes out what stands between marks that are spelt exactly. So a line that
only looks like a mark is a mistake, and so is what lies where no marks can be: below
the answer, in pictures that no text shows, in metadata, in outputs.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches

from classroom.notebook import HIDDEN, SOLUTION, Cell, Master, cell_of

REGIONS = ("SOLUTION", "HIDDEN TESTS", "MARK SCHEME", "ANSWER", "TESTS")
SPELT = [
    re.sub(r"\W", "", f"{edge}{region}")
    for edge in ("BEGIN", "START", "END", "STOP")
    for region in REGIONS
]
ALONE = {"SOLUTION", "SOLUTIONS", "HIDDENTEST", "HIDDENTESTS", "HIDDEN", "ANSWERKEY"}
INSIDE = re.compile(  # a longer line
    r"\b(begin|end)[\s_-]*(solution|hidden[\s_-]*test|mark(ing)?[\s_-]*scheme)",
    re.IGNORECASE,
)
OTTERS = re.compile(r"#\s*(SOLUTION|HIDDEN)\b")  # at the end of a line, in otter-grader
RUBRIC = re.compile(r"\W*(rubric|mark(ing)? scheme)\b\W*(\d|$)", re.IGNORECASE)
ALIKE = 0.8  # of two spellings, as difflib measures it

NOTEBOOK = {
    "celltoolbar": None,
    "kernelspec": {"display_name", "language", "name"},
    "language_info": {
        "codemirror_mode",
        "file_extension",
        "mimetype",
        "name",
        "nbconvert_exporter",
        "pygments_lexer",
        "version",
    },
    "orig_nbformat": None,
}
CELL = {"collapsed", "deletable", "editable", "format", "id", "jupyter", "name"}
CELL |= {"nbgrader", "scrolled", "slideshow", "tags", "trusted"}
NBGRADER = {"cell_type", "checksum", "grade", "grade_id", "locked", "points"}
NBGRADER |= {"schema_version", "solution", "task"}


def leaks(master: Master) -> Iterator[str]:
    """What students would get, one sentence each.

    Raises:
        NotebookError: if marks are not in pairs.
    """
    metadata = master.notebook.metadata
    for key in metadata:
        known = NOTEBOOK.get(key, set())
        more = set(metadata[key]) - known if known is not None else set()
        if key not in NOTEBOOK or more:
            where = f"{key!r}" if key not in NOTEBOOK else f"{key!r}: {min(more)!r}"
            yield f"students would get the notebook's metadata {where}: take them out"
    for raw in master.notebook.cells:
        cell = cell_of(raw)
        at = f"cell {cell.grade_id or cell.id!r}: "
        yield from (at + text for text in [*leaks_of_cell(raw, cell)])


def leaks_of_cell(raw: dict, cell: Cell) -> Iterator[str]:
    """What students would get of one cell: its text, and what is kept beside it."""
    for number, line in visible_lines(cell):
        if looks_like_a_mark(line):
            yield (
                f"line {number}: students would get {line.strip()[:60]!r}; "
                "marks are spelt '### BEGIN SOLUTION' or '### BEGIN HIDDEN TESTS', "
                "and END likewise"
            )
    for number in below_the_answer(cell):
        yield (
            f"line {number}: students would get it, for it stands below "
            "'### END SOLUTION': put it above"
        )
    for name in raw.get("attachments", {}):
        if f"attachment:{name}" not in cell.public:
            yield f"a picture {name!r} that the students' text does not show"
    metadata = raw.get("metadata", {})
    nbgrader = metadata.get("nbgrader", {})
    more = [*(metadata.keys() - CELL), *(nbgrader.keys() - NBGRADER)]
    for key in sorted(more):
        yield f"students would get its metadata {key!r}: take them out"
    if nbgrader.get("task"):
        yield (
            "a task cell of nbgrader's: make it a Markdown answer that is graded, "
            "its mark scheme between the solution marks"
        )
    if raw.get("outputs"):
        yield "has outputs: clear them"
    if raw.get("execution_count"):
        yield f"has run, as number {raw['execution_count']}: clear its outputs"


def visible_lines(cell: Cell) -> Iterator[tuple[int, str]]:
    """Lines that students get as they are, and their numbers in the master."""
    regions = [HIDDEN, SOLUTION] if cell.solution else [HIDDEN]
    inside = ""
    for number, line in enumerate(cell.source.split("\n"), 1):
        opened = next((r for r in regions if f"BEGIN {r}" in line), "")
        if not (inside or opened):
            yield number, line
        inside = inside or opened
        if inside and f"END {inside}" in line:
            inside = ""


def looks_like_a_mark(line: str) -> bool:
    """Whether somebody may have meant it as one."""
    if INSIDE.search(line) or OTTERS.search(line) or RUBRIC.match(line):
        return True
    text = line.strip()
    if not text or not (text == text.upper() or re.match(r"\W", text)):
        return False  # code or prose
    letters = re.sub(r"[^A-Z]", "", text.upper())
    return letters in ALONE or bool(get_close_matches(letters, SPELT, 1, ALIKE))


def below_the_answer(cell: Cell) -> Iterator[int]:
    """Lines of words below an answer: a rubric, as a rule."""
    lines = cell.source.split("\n")
    ends = [n for n, line in enumerate(lines, 1) if f"END {SOLUTION}" in line]
    if not (cell.solution and ends):
        return
    for number, line in visible_lines(cell):
        words = line.strip() and (
            cell.type != "code" or line.strip().startswith(("#", '"', "'"))
        )
        if number > ends[-1] and words:
            yield number
