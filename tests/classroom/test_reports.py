"""What comes out of a class, as it grows."""

import csv
import time
from dataclasses import replace
from pathlib import Path

import pytest

from classroom.course import Graded, Order
from classroom.hand_ins import HandIn, Roster
from classroom.notebook import NotebookError
from classroom.reports import Reports
from classroom.result import Outcome, Result
from classroom.sandbox import ISOLATION
from tests.shared.grading import CLASS, missing, rows
from tests.shared.homework import ANSWERS, MASTER


def hand_in(name, student="", **more):
    return HandIn(Path(), f"{name}/homework.ipynb", student or name, **more)


def result(total=5, **more):
    tests = [Outcome("test-double", "double", 5, total, "passed", "")]
    return Result("graded", [], tests=tests, total=total, **more)


@pytest.fixture
def order(tmp_path):
    (tmp_path / "homework.ipynb").write_text(MASTER.text)
    (tmp_path / "out").mkdir()
    return Order(tmp_path / "homework.ipynb", tmp_path / "in", tmp_path / "out")


def report(order, results, *outlets):
    """Write the reports of these results, by hand-in."""
    reports = Reports(order, outlets)
    reports.begin(list(results))
    graded = [Graded(*item) for item in results.items()]
    for item in graded:
        reports.take(item)
    reports.end(graded)
    return reports


def pages(order):
    return {p.name[:3]: p.read_text() for p in (order.out / "feedback").iterdir()}


def test_every_student_and_every_file_has_a_row(graded_class):
    found = rows(graded_class[0] / "out")
    marks = {name: (row["status"], row["total"]) for name, row in found.items()}
    assert marks == {
        "ada/homework.ipynb": ("graded", "5"),
        "bob/homework.ipynb": ("graded", "3"),
        "cleo/homework.ipynb": ("graded", "0"),
        "dan/homework.ipynb": ("died", "3"),
        "eve/homework.ipynb": ("unreadable", ""),
        "fay/homework.ipynb": ("another", ""),
        "Zoe": ("missing", ""),
    }
    ada, bob = found["ada/homework.ipynb"], found["bob/homework.ipynb"]
    assert ada["student"] == "Ada" and ada["noticed"] == "" == ada["why (by hand)"]
    assert [bob[name] for name in ANSWERS] == ["0", "2", "1"]
    assert bob["noticed"] == "why: empty"
    assert "not on the roster" in found["dan/homework.ipynb"]["noticed"]
    assert "exit code 3" in found["dan/homework.ipynb"]["noticed"]
    assert float(ada["seconds"]) > 0 and float(ada["cpu_seconds"]) > 0
    active = [name for name in ISOLATION if name not in missing()]
    assert ada["sandbox"] == (" ".join(active) or "none")


def test_feedback_has_messages_and_no_hidden_test(graded_class):
    feedback = graded_class[0] / "out" / "feedback"
    found = {p.name[:3]: p.read_text() for p in feedback.iterdir()}
    assert len(found) == len(CLASS)
    assert "twice the number, whatever its sign and size" in found["bob"]
    assert "Because it is." in found["ada"] and "NotImplementedError" in found["cle"]
    for text in found.values():
        assert "1e300" not in text and "HIDDEN" not in text


def test_late_is_said_where_the_system_says_so(order):
    ada, bob = hand_in("ada", late=True), hand_in("bob")
    report(order, {ada: result(), bob: result()})
    assert [row["late"] for row in rows(order.out).values()] == ["late", ""]
    assert ", late" in pages(order)["ada"] and ", late" not in pages(order)["bob"]


def mark(out, mark="1,5", comment="Well <seen>.", **more):
    """Write by hand into each row of a table, as a spreadsheet with semicolons does."""
    path = out / "marks.csv"
    with open(path, newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    for row in found:
        row |= {"why (by hand)": mark, "comment": comment} | more
    with open(path, "w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, found[0].keys(), delimiter=";")
        writer.writeheader()
        writer.writerows(found)


def test_what_is_written_by_hand_stays_and_reaches_the_student(order):
    results = {hand_in("0042"): result(words={"why": "So."})}
    report(order, results)
    mark(order.out, student="42", team="red; =1", comment="Well <seen>.\nGo on")
    roster = Roster({"Ada": frozenset({"ada", "0042"})})
    for _ in range(2):
        report(replace(order, roster=roster), results)
        [row] = rows(order.out).values()
        assert row["student"] == "Ada" and row["total"] == "5"
        assert row["why (by hand)"] == "1,5" and row["team"] == "red; =1"
        assert row["comment"] == "Well <seen>.\nGo on"
        text = pages(order)["004"]
        assert "Well &lt;seen&gt;.\nGo on" in text and "1,5 of 2 points" in text
    copies = sorted((order.out / "older").iterdir())
    assert ";1,5;" in copies[0].read_text("utf-8-sig")


def test_a_mark_that_finds_no_place_stops_it_before_anything_is_written(order):
    report(order, {hand_in("ada"): result(), hand_in("bob"): result()})
    mark(order.out)
    before = {p: p.read_bytes() for p in order.out.rglob("*") if p.is_file()}
    with pytest.raises(NotebookError, match="bob bob/homework.ipynb"):
        report(order, {hand_in("ada"): result(1)})
    assert before == {p: p.read_bytes() for p in order.out.rglob("*") if p.is_file()}


def test_a_table_grows_with_the_class_and_takes_little_of_its_time(order, monkeypatch):
    """A clock is turned: one second a hand-in, and half a second for each table."""
    now, written = [0.0], []
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    hand_ins = [hand_in(f"{number:03}") for number in range(100)]
    reports = Reports(order)
    monkeypatch.setattr(reports, "write_table", lambda: write_slowly())

    def write_slowly():
        now[0] += 0.5
        written.append(len(reports.results))

    reports.begin(hand_ins)
    for item in hand_ins:
        now[0] += 1
        reports.take(Graded(item, result()))
    assert written[0] <= 3 and written[-1] > 80, "not as it grows"
    assert len(written) <= 10, "too often"


def test_a_run_that_is_stopped_leaves_a_table_of_what_is_done(order):
    reports = Reports(order)
    ada, bob = hand_in("ada"), hand_in("bob")
    reports.begin([ada, bob])
    reports.take(Graded(ada, result()))
    reports.stop()
    found = [(row["status"], row["total"]) for row in rows(order.out).values()]
    assert found == [("graded", "5"), ("waiting", "")]
    assert [*pages(order)] == ["ada"]


def test_pages_of_what_was_renamed_do_not_stay(order):
    report(order, {hand_in("ada"): result(), hand_in("bob"): result()})
    (order.out / "feedback" / "my notes.html").write_text("a teacher's own")
    report(order, {hand_in("ada"): result(), hand_in("cleo"): result()})
    assert sorted(pages(order)) == ["ada", "cle", "my "]


def test_a_summary_counts_and_names_what_is_not_graded(order):
    failed = Result("failed", ["the grader failed: so"])
    reports = report(order, {hand_in("ada"): result(3), hand_in("bob"): failed})
    assert "1 graded, 1 failed" in reports.summary
    assert "NOT GRADED: 1" in reports.summary and "mean 3.0" in reports.summary
