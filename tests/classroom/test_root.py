"""What a student's code sees of the file system."""

import sys
from pathlib import Path

import pytest

from classroom.notebook import NotebookError
from classroom.root import check_unseen


def test_other_places_are_unseen(tmp_path):
    check_unseen(tmp_path, tmp_path / "marks", Path("relative"))


@pytest.mark.parametrize("folder", ["/usr/src/course", f"{sys.prefix}/course"])
def test_what_lies_below_a_folder_that_is_seen_is_refused(folder, tmp_path):
    with pytest.raises(NotebookError, match="course lies in .* put it elsewhere"):
        check_unseen(tmp_path, Path(folder))


def test_a_link_into_such_a_folder_is_refused(tmp_path):
    (tmp_path / "hand-ins").symlink_to("/usr/src")
    with pytest.raises(NotebookError, match="hand-ins lies in /usr"):
        check_unseen(tmp_path / "hand-ins")
