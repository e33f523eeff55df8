"""A class that several files of tests look at is graded once."""

import pytest

from classroom.__main__ import main
from tests.shared.grading import CLASS, write_class
from tests.shared.homework import MASTER


@pytest.fixture(scope="session")
def graded_class(tmp_path_factory):
    """A class that was graded from the command line, and how."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "homework.ipynb").write_text(MASTER.text)
    (folder / "roster.csv").write_text("name,id\nAda,ada\nbob,b\nZoe,z\n")
    write_class(folder / "in", CLASS)
    words = [folder / "homework.ipynb", folder / "in", folder / "out", "--jobs", 2]
    words += ["--roster", folder / "roster.csv", "--seed", 3]
    words = ["grade", *map(str, words)]
    assert main(words) == 0
    return folder, words
