"""The rehearsal of a master: what the reference shows, and what cheats find."""

import pytest

from classroom.forms import Numbers
from classroom.notebook import NotebookError
from classroom.rehearsal import rehearse, weaknesses
from classroom.trial import checked, rehearsed
from tests.shared.homework import MASTER, changed

PUBLIC = 'four = double(2)\nassert four == 4, "twice two is four"\n'
BEGIN, END = "### BEGIN HIDDEN TESTS\n", "\n### END HIDDEN TESTS"


def hidden(source):
    """The small master with these hidden tests of the answer to "double"."""
    return changed("test-double", source=PUBLIC + BEGIN + source + END)


def test_the_form_of_each_value_is_found_out():
    forms = rehearse(MASTER, 0)
    assert forms["test-double"] == [{"four": Numbers(())}, {"doubled": Numbers((3,))}]
    assert forms == rehearsed(MASTER, 0)


def test_no_cheat_passes_the_small_master():
    assert list(weaknesses(MASTER)) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (
            "got = [abs(double(n) - 2 * n) for n in (1, 2)]\n"
            'assert all(x < 1e-6 for x in got), "near"',
            "hidden tests hold for zeros",
        ),
        (
            'ok = [double(n) == 2 * n for n in (1, 2)]\nassert all(ok), "equal"',
            "hidden tests hold for ones",
        ),
        (
            "pairs = [(double(n), 2 * n) for n in (1, 2)]\n"
            'assert all(f == t for f, t in pairs), "twice"',
            "hidden tests hold for zeros",
        ),
        (
            "theory = 10 + torch.arange(3.0)\n"
            "got = [double(5 + n) - 0 * theory for n in (0, 0.5, 1)][0] + theory - 10\n"
            'assert torch.equal(got, theory), "sent"',
            "hidden tests hold for what it was sent",
        ),
        (
            'got = [double(n) for n in (1, 2)]\nassert not max(got) > 9, "small"',
            "hidden tests hold for zeros",
        ),
        ('six = double(3)\nassert six == 5, "wrong"', "the reference answer fails"),
    ],
)
def test_a_weak_test_is_found(source, found):
    assert any(
        f"cell 'test-double': {found}" in text for text in checked(hidden(source))
    )


def test_a_test_that_is_public_alone_is_not_blamed():
    assert list(weaknesses(changed("test-double", source=PUBLIC))) == []


def test_a_setup_that_does_not_run_is_named():
    broken = changed("setup", source="SEED = 0\nimport math\nopen('data.csv')")
    assert "not run: cell 'setup', line 3: FileNotFoundError" in checked(broken)[0]
    with pytest.raises(NotebookError, match="cannot be rehearsed: cell 'setup', line"):
        rehearsed(broken, 0)


@pytest.mark.parametrize(
    ("master", "words"),
    [
        (
            changed("setup", source="SEED = 0\nimport no_such"),
            "'setup', line 2: Module",
        ),
        (changed("setup", source="SEED = 0\nraise SystemExit"), "line 2: SystemExit"),
        (
            changed(
                "size", source="### BEGIN SOLUTION\nsize = 1 / 0\n### END SOLUTION"
            ),
            "'size', line 2: ZeroDivisionError",
        ),
        (hidden("n = 1 / 0\ngot = double(n)\nassert got"), "'test-double': ZeroDiv"),
    ],
)
def test_what_does_not_run_is_named_with_cell_and_line(master, words):
    (text,) = checked(master)
    assert words in text


def test_a_file_beside_the_master_is_none_that_students_have(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.csv").write_text("1")
    needs = changed("setup", source="SEED = 0\nimport torch, math\nopen('data.csv')")
    assert "line 3: FileNotFoundError" in checked(needs)[0]
