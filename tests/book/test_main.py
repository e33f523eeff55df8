"""What an author can mend is told in a message, not in a traceback."""

import subprocess
import sys

import pytest

from book.__main__ import main
from book.project import COURSE


def test_a_chapter_that_does_not_exist_is_told(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["book", "notebooks", "99"])
    assert main() == 1
    told = capsys.readouterr().err
    assert "there is no chapter '99'" in told and "Traceback" not in told


def test_a_folder_that_cannot_be_written_to_is_told(monkeypatch, capsys, project):
    (project.root / "_build").write_text("a file in its way")
    monkeypatch.setattr("book.__main__.COURSE", project)
    monkeypatch.setattr(sys, "argv", ["book", "build"])
    assert main() == 1
    told = capsys.readouterr().err
    assert f"{project.root / '_build'}: " in told and "Traceback" not in told


def test_commands_are_told_to_those_who_ask():
    command = [sys.executable, "-m", "book", "--help"]
    told = subprocess.run(command, cwd=COURSE.root, capture_output=True, text=True)
    for name in ("build", "serve", "pdf", "links", "copies", "notebooks"):
        assert name in told.stdout


def test_no_command_is_a_mistake(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["book"])
    with pytest.raises(SystemExit):
        main()
