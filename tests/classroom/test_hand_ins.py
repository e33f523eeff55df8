"""What lies in the folder, and whose it is."""

import os

import pytest

from classroom.hand_ins import find
from classroom.notebook import NotebookError


def put(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    return [(found.file, found.student) for found in find(folder, "hw")]


def test_one_folder_a_student(tmp_path):
    found = put(
        tmp_path, "ada/hw.ipynb", "ada/data.csv", "bob/work/hw (2).ipynb", "eve/hw.py"
    )
    assert found == [
        ("ada/hw.ipynb", "ada"),
        ("bob/work/hw (2).ipynb", "bob"),
        ("eve/hw.py", "eve"),
    ]


def test_of_several_assignments_the_one_of_this_name_counts(tmp_path):
    names = [
        "ada/hw/hw.ipynb",
        "ada/other/other.ipynb",
        "bob/hw-2.ipynb",
        "bob/x.ipynb",
    ]
    found = put(tmp_path, *names)
    assert found == [("ada/hw/hw.ipynb", "ada"), ("bob/hw-2.ipynb", "bob")]


def test_all_files_in_one_folder(tmp_path):
    found = put(tmp_path, "ada_hw.ipynb", "bob.ipynb", "eve_LATE_12_345_hw.ipynb")
    assert [student for _, student in found] == ["ada", "bob", "eve"]


def test_hidden_files_and_checkpoints_are_nobodys(tmp_path):
    found = put(
        tmp_path,
        "ada/hw.ipynb",
        "ada/.ipynb_checkpoints/hw-checkpoint.ipynb",
        ".DS_Store",
        "__MACOSX/ada/hw.ipynb",
        "_ben/hw.ipynb",
    )
    assert [student for _, student in found] == ["_ben", "ada"]


def test_links_are_seen_and_not_followed(tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_text("{}")
    folder = tmp_path / "in"
    (folder / "eve").mkdir(parents=True)
    (folder / "eve" / "hw.ipynb").symlink_to(secret)
    (folder / "fay").symlink_to(tmp_path)
    found = find(folder, "hw")
    assert [hand_in.student for hand_in in found] == ["eve", "fay"]
    for hand_in in found:
        with pytest.raises(NotebookError, match="link"):
            hand_in.read()


def test_what_is_no_regular_file_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.ipynb")
    [hand_in] = find(tmp_path, "hw")
    with pytest.raises(NotebookError, match="no regular file"):
        hand_in.read()
