"""A master's own answers, handed in."""

import pytest

from classroom.__main__ import main
from classroom.trial import faults
from tests.shared.grading import missing
from tests.shared.homework import MASTER, changed


def test_the_small_master_has_no_fault():
    assert faults(MASTER) == []


def test_a_file_that_students_code_does_not_see_is_found(tmp_path):
    if "files" in missing():
        pytest.skip("this system does not isolate files")
    data = tmp_path / "data.csv"
    data.write_text("1")
    source = f"SEED = 0\nimport math, torch\ndata = open({str(data)!r}).read()"
    (text,) = faults(changed("setup", source=source))
    assert text.startswith("cell 'setup' does not run where students' code does: File")


def test_an_answer_that_needs_what_only_the_teacher_has_is_found():
    if "calls" in missing():
        pytest.skip("this system has no filters of calls")
    answer = (
        "import socket\ntry:\n    socket.socket(socket.AF_INET).close()\n"
        "    limit = 2.0\nexcept OSError:\n    limit = 1.0"
    )
    master = changed("limit", source=f"### BEGIN SOLUTION\n{answer}\n### END SOLUTION")
    (text,) = faults(master)
    assert text == (
        "cell 'test-limit': the reference answer fails where students' code runs: "
        "a geometric series"
    )


def test_the_command_says_it(tmp_path, capsys):
    path = tmp_path / "broken.ipynb"
    path.write_text(changed("setup", source="SEED = 0\n1 / 0").text)
    assert main(["check", str(path)]) == 1
    assert "cell 'setup', line 2: ZeroDivisionError" in capsys.readouterr().out
