"""Results on disk: found by what they are made from, and named after whose they are."""

import json
from pathlib import Path

import pytest

from classroom.hand_ins import HandIn
from classroom.journal import Journal
from classroom.result import Outcome, Result

GRADED = Result(
    "graded",
    [],
    tests=[Outcome("t", "q", 2, 2, "passed", "")],
    total=2,
    words={"why": ""},
)
A, B = "a" * 32, "b" * 32
JANE = HandIn(Path(), "jane doe/05.ipynb", "jane doe")
BOB = HandIn(Path(), "bob/05.ipynb", "bob")


def test_a_result_is_kept_under_the_name_of_its_hand_in(tmp_path):
    journal = Journal(tmp_path)
    assert not journal and journal.get(A) is None
    journal.put(A, JANE, GRADED)
    journal.put(B, BOB, Result("unreadable", ["not JSON"]))
    path = tmp_path / "results" / f"jane-doe-05-ipynb-{A}.json"
    written = json.loads(path.read_text())
    assert written == {"student": "jane doe", "file": JANE.file} | GRADED.as_json()
    again = Journal(tmp_path)
    assert again and again.get(A) == GRADED
    assert again.get(B) == Result("unreadable", ["not JSON"])


def test_a_journal_of_an_older_grader_is_read(tmp_path):
    (tmp_path / "results").mkdir()
    path = tmp_path / "results" / f"{A}.json"
    path.write_text(json.dumps(GRADED.as_json()))
    journal = Journal(tmp_path)
    assert journal and journal.get(A) == GRADED
    journal.forget([])  # whose it is, it does not say
    assert path.exists()


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"\xff\xfe\x00", b"[]", b"null", b'{"status": "graded"}', b'"text"'],
)
def test_what_cannot_be_read_is_named_and_set_aside(tmp_path, damage):
    Journal(tmp_path).put(A, JANE, GRADED)
    [path] = (tmp_path / "results").iterdir()
    path.write_bytes(damage)
    said = []
    journal = Journal(tmp_path, said.append)
    assert journal.get(A) is None
    assert "jane-doe" in said[0] and "graded again" in said[0] and len(said) == 1
    assert path.with_suffix(".unreadable").read_bytes() == damage
    journal.put(A, JANE, GRADED)
    assert Journal(tmp_path).get(A) == GRADED


def test_what_is_not_handed_in_any_more_is_forgotten(tmp_path):
    journal = Journal(tmp_path)
    journal.put(A, JANE, GRADED)
    journal.put(B, BOB, GRADED)
    journal.forget([BOB])
    assert [path.name for path in journal.folder.iterdir()] == [
        f"bob-05-ipynb-{B}.json"
    ]
    assert journal.get(A) is None and journal.get(B) == GRADED
