"""The students' version of a master."""

import nbformat
import pytest

from classroom.notebook import NotebookError
from classroom.release import release, students_version
from tests.shared.homework import MASTER, RELEASED, changed


def test_release_has_no_answer_and_no_hidden_test():
    text = nbformat.writes(RELEASED)
    for secret in ("return 2 * x", "SOLUTION", "HIDDEN", "geometric", "Because."):
        assert secret not in text
    assert "def double(x):" in text and 'assert four == 4, \\"twice' in text


def test_a_master_that_breaks_a_rule_is_not_released():
    with pytest.raises(NotebookError, match="message"):
        students_version(changed("test-double", source="x = double(1)\nassert x"))


def test_release_does_not_write_over_the_master(tmp_path):
    path = tmp_path / "homework.ipynb"
    path.write_text(MASTER.text)
    with pytest.raises(NotebookError, match="master itself"):
        release(path, tmp_path)
    assert release(path, tmp_path / "out") == tmp_path / "out" / "homework.ipynb"
    assert release(path, tmp_path / "a" / "b.ipynb").exists()
    assert path.read_text() == MASTER.text


def test_a_file_is_written_over_only_when_told(tmp_path):
    path = tmp_path / "homework.ipynb"
    path.write_text(MASTER.text)
    written = release(path, tmp_path / "out")
    written.write_text("mine")
    with pytest.raises(NotebookError, match="is there already; --force writes over it"):
        release(path, tmp_path / "out")
    assert written.read_text() == "mine"
    release(path, tmp_path / "out", force=True)
    assert "def double" in written.read_text()


def test_what_check_refuses_is_not_released(tmp_path):
    path = tmp_path / "homework.ipynb"
    path.write_text(changed("setup", source="SEED = 0\n1 / 0").text)
    with pytest.raises(NotebookError, match="'setup', line 2: ZeroDivisionError"):
        release(path, tmp_path / "out")
    leaky = changed("why", attachments={"a.png": {"image/png": "aGk="}})
    path.write_text(leaky.text)
    with pytest.raises(NotebookError, match="picture 'a.png'"):
        release(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
