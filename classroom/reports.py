"""What comes out: a table of marks, a page for each student, a summary."""

import csv
import hashlib
import io
import json
import re
from collections import Counter
from pathlib import Path

from jinja2 import Environment, PackageLoader

from classroom.course import Graded, Order
from classroom.files import rows_of, write
from classroom.hand_ins import Roster, left_out
from classroom.notebook import Master, NotebookError
from classroom.sandbox import ISOLATION

BY_HAND = " (by hand)"
PAGES = Environment(loader=PackageLoader("classroom", "."), autoescape=True)


def write_reports(
    order: Order, graded: list[Graded], roster: Roster, gradescope: bool
) -> str:
    """Write all files; returns the summary."""
    out, master = order.out, order.homework
    rows = marks(master, graded, roster)
    keep_marks_by_hand(rows, out / "marks.csv")
    write(out / "marks.csv", table(rows))
    pages = out / "feedback"
    pages.mkdir(exist_ok=True)
    for item in graded:
        write(pages / f"{file_name(item)}.html", page(master, item))
    if gradescope:
        write_gradescope(out, graded)
    return summary(rows, graded, out)


def write_gradescope(out: Path, graded: list[Graded]) -> None:
    """One student's best file as results.json; of a class, a file for each hand-in."""
    if len({item.hand_in.student for item in graded}) > 1:
        for item in graded:
            text = json.dumps(for_gradescope(item), indent=1)
            write(out / f"{file_name(item)}.results.json", text)
        return
    best = max(graded, key=total_of, default=None)
    nothing = {"score": 0, "output": "no file was handed in"}
    found = for_gradescope(best) if best else nothing
    write(out / "results.json", json.dumps(found, indent=1))


def total_of(item: Graded) -> float:
    """By which files compare; one that was not run is worth less than nothing."""
    return -1 if item.result.total is None else item.result.total


def marks(master: Master, graded: list[Graded], roster: Roster) -> list[dict]:
    """A row for each file that was handed in, and for each student who did not."""
    rows = []
    seen = Counter(roster.name_of(g.hand_in) or g.hand_in.student for g in graded)
    for item in graded:
        name = roster.name_of(item.hand_in)
        row = row_of(master, name or item.hand_in.student, item)
        if roster.students and name is None:
            row["noticed"] = joined(roster.why_not(item.hand_in), row["noticed"])
        if (count := seen[row["student"]]) > 1:
            row["noticed"] = joined(f"handed in {count} files", row["noticed"])
        rows.append(row)
    for name in roster.students.keys() - seen.keys():
        rows.append(empty_row(master, name, "", "missing"))
    return sorted(rows, key=lambda row: (row["student"], row["file"]))


def keep_marks_by_hand(rows: list[dict], path: Path) -> None:
    """Take over what somebody wrote into the empty columns of an older table.

    Raises:
        NotebookError: if there is one that cannot be read.
    """
    if not path.exists():
        return
    try:
        head, *old = rows_of(path) or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NotebookError(f"{path} holds marks and cannot be read: {error}") from None
    known = [dict(zip(head, row, strict=False)) for row in old]
    by_name: dict[object, dict[str, str]] = {
        (row.get("student"), row.get("file")): row for row in known
    }
    for row in rows:
        before = by_name.get((harmless(row["student"]), harmless(row["file"])), {})
        row |= {k: before[k] for k in row.keys() & before.keys() if BY_HAND in k}


def joined(*notes: str) -> str:
    """Notes in one cell of a table."""
    return "; ".join(filter(None, notes))


def empty_row(master: Master, student: str, file: str, status: str) -> dict:
    """A row without marks."""
    questions = [cell.grade_id for cell in master.answers]
    by_hand = [cell.grade_id for cell in master.by_hand]
    columns = ["student", "file", "status", "total", *questions]
    columns += [name + BY_HAND for name in by_hand]
    columns += ["seconds", "cpu_seconds", "noticed", "sandbox"]
    row = dict.fromkeys(columns, "")
    return {**row, "student": student, "file": file, "status": status}


def row_of(master: Master, student: str, item: Graded) -> dict:
    """A row of marks."""
    result = item.result
    row = empty_row(master, student, item.hand_in.file, result.status)
    row["noticed"] = joined(*item.hand_in.noticed, *result.noticed)
    if not result.has_run:
        return row
    for question in (cell.grade_id for cell in master.answers):
        row[question] = sum(test.marks for test in result.tests_of(question))
    empty = [name for name, text in result.words.items() if not text.strip()]
    row["noticed"] = joined(row["noticed"], *(f"{name}: empty" for name in empty))
    row["total"] = result.total
    row["seconds"], row["cpu_seconds"] = result.seconds, result.cpu
    row["sandbox"] = " ".join(result.sandbox) or "none"
    return row


def table(rows: list[dict]) -> str:
    """Rows as CSV that a spreadsheet shows and does not run."""
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys() if rows else ["student"])
    writer.writeheader()
    for row in rows:
        writer.writerow({key: harmless(value) for key, value in row.items()})
    return text.getvalue()


def harmless(value: object) -> object:
    """Text that no spreadsheet takes for a formula."""
    if not isinstance(value, str):
        return value
    line = " ".join(value.split())
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line


def file_name(item: Graded) -> str:
    """A name for a file, safe and different for each hand-in."""
    file = item.hand_in.file
    digest = hashlib.sha256(file.encode("utf-8", "replace")).hexdigest()[:6]
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', file).strip('-')[:60]}-{digest}"


def page(master: Master, item: Graded) -> str:
    """What a student gets to read: marks and messages, and no hidden test.

    What a cell printed after one had run could tell of it, so that is left out.
    """
    result = item.result
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
    return PAGES.get_template("feedback.html").render(
        master=master.name,
        hand_in=item.hand_in,
        result=result,
        questions=questions,
        points=sum(question["points"] for question in questions),
        by_hand=[(cell, result.words.get(cell.grade_id)) for cell in master.by_hand],
    )


def for_gradescope(item: Graded) -> dict:
    """The result as Gradescope reads it from ``results/results.json``.

    ``output`` is shown to the student, and tests that are ``hidden`` to teachers only:
    Gradescope, *Autograder specifications*, gradescope-autograders.readthedocs.io.
    """
    result = item.result
    if not result.has_run:
        return {"score": 0, "output": joined(result.status, *result.noticed)}
    tests = [
        {
            "name": f"{test.question}: {test.test}",
            "score": test.marks,
            "max_score": test.points,
            "output": test.message or test.status,
            "visibility": "after_published",
        }
        for test in result.tests
    ]
    if result.noticed:
        note = {"name": "noticed", "score": 0, "max_score": 0, "visibility": "hidden"}
        tests.append({**note, "output": joined(*result.noticed)})
    return {
        "execution_time": result.seconds,
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def summary(rows: list[dict], graded: list[Graded], out: Path) -> str:
    """What a teacher wants to know at once."""
    counts = Counter(row["status"] for row in rows)
    totals = [row["total"] for row in rows if row["total"] != ""]
    lines = [f"{len(rows)} rows: " + ", ".join(f"{n} {s}" for s, n in counts.items())]
    if totals:
        mean, most = sum(totals) / len(totals), max(totals)
        cpu = sum(r["cpu_seconds"] for r in rows if r["cpu_seconds"] != "")
        lines.append(f"marks: mean {mean:.1f}, {min(totals):g} to {most:g}")
        lines.append(f"processor time: {cpu / len(totals):.2f} s a hand-in")
    active = [g.result.sandbox for g in graded if g.result.has_run]
    if exposed := sum(len(names) < len(ISOLATION) for names in active):
        lines.append(f"{exposed} ran without full isolation: see the column 'sandbox'")
    lines += left_out(g.hand_in for g in graded)
    if failed := [g for g in graded if g.result.status == "failed"]:
        lines.append(f"NOT GRADED: {len(failed)}; run again with --resume")
    lines.append(f"{out / 'marks.csv'} and {out / 'feedback'}")
    return "\n".join(lines)
