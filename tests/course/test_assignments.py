"""Every master keeps the rules, gives nothing away, and tells right from wrong.

The answers in ``tests/course/answers`` are what students write. The k-th answers to all
questions of a master are one hand-in, and the real grader marks it.
"""

import html
import re
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout, suppress
from dataclasses import replace
from functools import cache
from io import StringIO

import pytest

from classroom.__main__ import arguments
from classroom.check import problems
from classroom.forms import Forms
from classroom.grading import Job, grade
from classroom.matching import is_another, read
from classroom.notebook import Master
from classroom.processes import SERVER, WARM
from classroom.result import Result
from classroom.sandbox import Limits
from classroom.trial import checked, rehearsed
from tests.shared.assignments import (
    NAMES,
    answers,
    filled,
    hand_ins,
    master,
    reference,
    released,
)
from tests.shared.built import site
from tests.shared.grading import ROOT
from tests.shared.homework import as_bytes

SEEDS = (0, 1, 2)
PRIVATE_SEEDS = (20261126, 2**32 - 1)  # such as a teacher takes

for_every_master = pytest.mark.parametrize("name", NAMES)


@cache
def forms(name: str, seed: int) -> Forms:
    """Which forms values must have, found out once for a whole class."""
    return rehearsed(replace(master(name), seed=seed), seed)


def graded(name: str, given: dict[str, str], seed: int = 0) -> Result:
    """The result of a hand-in with these answers."""
    hand_in = as_bytes(filled(name, given))
    job = Job(name, master(name).text, seed, hand_in, forms=forms(name, seed))
    result = grade(job)
    assert result.status == "graded", result.noticed
    return result


def lost(result: Result) -> dict[str, str]:
    """The tests that gave no marks, and what they said."""
    return {t.test: t.message for t in result.tests if not t.marks}


def cells_of(name: str, question: str) -> set[str]:
    """The test cells of one question."""
    whole = master(name)
    return {t.grade_id for t in whole.tests if whole.question_of(t).id == question}


def test_every_chapter_has_homework():
    chapters = {path.stem for path in (ROOT / "chapters").glob("[0-9]*.ipynb")}
    assert chapters <= set(NAMES)
    assert NAMES == sorted(
        p.stem for p in (ROOT / "tests" / "course" / "answers").glob("*.py")
    )


@for_every_master
def test_a_master_keeps_the_rules(name):
    assert problems(master(name)) == []
    assert {cell.id for cell in master(name).cells} == {
        cell.grade_id for cell in master(name).cells
    }


@for_every_master
def test_no_cheat_passes_a_hidden_test(name):
    """Emptiness, nan, constants, what was sent: from every test of every master."""
    assert checked(master(name)) == []


@for_every_master
def test_a_master_has_ten_marks_and_two_by_hand(name):
    whole = master(name)
    assert sum(test.points for test in whole.tests) == 10
    assert [cell.points for cell in whole.by_hand] == [2]
    assert "12 points" in whole.cells[0].source
    assert len(whole.answers) in (4, 5)
    assert all("**Rubric.**" in cell.source for cell in whole.by_hand)
    for answer in whole.answers:
        points = [t.points for t in whole.tests if whole.question_of(t) == answer]
        text = whole.cells[whole.cells.index(answer) - 1]
        if text.type == "code":  # something to work on stands between
            text = whole.cells[whole.cells.index(answer) - 2]
        assert f"({sum(points):g} points)" in text.source.partition("\n")[0]


def run_all(text: str) -> None:
    """Run a master as a kernel does: from top to bottom, in one scope."""
    scope = {"__name__": "__main__"}
    with redirect_stdout(StringIO()):
        for cell in Master("master", text).cells:
            if cell.type == "code":
                exec(compile(cell.source, cell.grade_id, "exec"), scope)


@for_every_master
def test_a_master_runs_from_top_to_bottom(name):
    SERVER.set_forkserver_preload(WARM)
    with ProcessPoolExecutor(1, mp_context=SERVER) as process:
        process.submit(run_all, master(name).text).result()


@for_every_master
@pytest.mark.parametrize("seed", (0, *PRIVATE_SEEDS))
def test_the_reference_answers_get_all_marks(name, seed):
    result = graded(name, reference(name), seed)
    assert lost(result) == {}
    assert result.total == 10
    assert result.noticed == []


@for_every_master
def test_no_answer_gets_no_marks(name):
    assert graded(name, {}).total == 0


@for_every_master
def test_the_answers_are_many_and_of_this_master(name):
    right, wrong, loses = (
        answers(name).get(k, {}) for k in ("RIGHT", "WRONG", "LOSES")
    )
    questions = set(reference(name))
    assert set(right) == set(wrong) == questions
    assert all(len(right[q]) >= 2 and len(wrong[q]) >= 3 for q in questions)
    for q, labels in loses.items():
        assert labels.keys() <= wrong[q].keys()
        assert all(set() < tests <= cells_of(name, q) for tests in labels.values())


@for_every_master
@pytest.mark.parametrize("seed", SEEDS)
def test_right_answers_get_all_marks(name, seed):
    table = answers(name)["RIGHT"]
    for labels in hand_ins(table):
        given = {q: table[q][label] for q, label in labels.items()}
        result = graded(name, given, seed)
        asked = set().union(*(cells_of(name, q) for q in given))
        surprises = {t: text for t, text in lost(result).items() if t in asked}
        assert surprises == {}, labels


@for_every_master
@pytest.mark.parametrize("seed", SEEDS)
def test_wrong_answers_lose_marks(name, seed):
    table, loses = answers(name)["WRONG"], answers(name).get("LOSES", {})
    for labels in hand_ins(table):
        given = {q: table[q][label] for q, label in labels.items()}
        result = graded(name, given, seed)
        missed = lost(result).keys()
        for q, label in labels.items():
            every = cells_of(name, q)
            expected = loses.get(q, {}).get(label, every)
            assert missed & every == expected, (q, label)


def secrets(whole: Master) -> set[str]:
    """Lines of reference answers and hidden tests, those left out that all can see."""
    seen, secret = set(), set()
    for cell in whole.cells:
        inside = False
        for line in map(str.strip, cell.source.split("\n")):
            inside = inside or line.startswith("### BEGIN ")
            (secret if inside else seen).add(line)
            inside = inside and not line.startswith("### END ")
    return {line for line in secret - seen if len(line) > 20}


@for_every_master
def test_the_students_version_gives_nothing_away(name):
    text = "\n".join(cell.source for cell in released(name).cells)
    assert len(secrets(master(name))) > 40
    assert [line for line in secrets(master(name)) if line in text] == []
    assert "### " not in text.replace("####", "")
    assert all(not cell.get("outputs") for cell in released(name).cells)


@cache
def published() -> str:
    """All words of the built site, and of the sources that it hands out."""
    words = [re.sub(r"<[^>]*>", "", text) for text in texts(site().rglob("*.html"))]
    sources = texts(site().joinpath("_sources").rglob("*.*"))
    words += [text.replace('\\"', '"') for text in sources]
    return html.unescape("\n".join(words))


@cache
def taught() -> str:
    """All that chapters and helpers say, which is no secret."""
    files = [p for kind in ("chapters/*.*", "helpers/**/*.py") for p in ROOT.glob(kind)]
    return "\n".join(text.replace('\\"', '"') for text in texts(files))


def texts(files) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in files]


@for_every_master
def test_another_homework_is_told_from_this_one(name):
    for other in NAMES:
        for notebook in (released(other), filled(other, reference(other))):
            cells = read(as_bytes(notebook))
            assert is_another(master(name), cells) == (name != other), other


@for_every_master
def test_the_site_gives_nothing_away(name):
    assert "The root mean square" in published()
    own = {line for line in secrets(master(name)) if line not in taught()}
    assert len(own) > 40
    assert [line for line in own if line in published()] == []


def test_the_page_for_teachers_says_what_the_commands_do():
    text = (ROOT / "chapters" / "teaching.md").read_text(encoding="utf-8")
    commands = re.findall(r"python -m classroom (\w+ .*)", text.replace("\\\n", " "))
    assert {words.split()[0] for words in commands} == {"check", "release", "grade"}
    for words in commands:
        arguments().parse_args(words.split())
    rows = re.findall(r"^\| (`--[^|]+) \|", text, flags=re.M)
    explained = set(re.findall(r"`(--[\w-]+)", " ".join(rows)))
    every = set(re.findall(r"--[a-z0-9-]+", help_of_grade())) - {"--help", "--roster"}
    assert explained == every
    assert (Limits.cpu, Limits.wall, Limits.total) == (20, 120, 300)
    assert "20 seconds of processor time and two minutes, a whole hand-in five" in text


def help_of_grade() -> str:
    """What ``python -m classroom grade --help`` prints."""
    with redirect_stdout(StringIO()) as printed, suppress(SystemExit):
        arguments().parse_args(["grade", "--help"])
    return printed.getvalue()
