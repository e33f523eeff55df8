"""A zip is read where it is, within bounds; what lies in a folder is listed."""

import os
import stat
import zipfile

import pytest

from classroom import tree
from classroom.notebook import NotebookError
from classroom.tree import listed


def zipped(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


def test_a_zip_reads_like_the_folder_it_was_made_from(tmp_path):
    entries = [("ada/hw.ipynb", "{}"), ("ada/.secret/x", ""), ("bob/work/a.py", "1")]
    entries += [
        ("__MACOSX/ada/._hw.ipynb", "x"),
        (".DS_Store", ""),
        (".eve/hw.ipynb", ""),
    ]
    folder = tmp_path / "in"
    for name, data in entries:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(data)
    names = [".eve/hw.ipynb", "ada/hw.ipynb", "bob/work/a.py"]
    for source in (folder, zipped(tmp_path / "in.zip", entries)):
        found = listed(source)
        assert [file.name for file in found] == names
        assert [file.read() for file in found] == [b"", b"{}", b"1"]


@pytest.mark.parametrize(
    "name", ["../../evil", "/etc/evil", "C:\\evil", "a/../../evil"]
)
def test_a_name_that_leads_out_of_a_zip_leads_nowhere(tmp_path, name):
    place = tmp_path / "deep" / "er"
    place.mkdir(parents=True)
    [file] = listed(zipped(place / "in.zip", [(name, "x")]))
    assert ".." not in file.parts and not file.name.startswith("/")
    with pytest.raises(NotebookError, match="leads out"):
        file.read()
    assert [p.name for p in tmp_path.rglob("*evil*")] == []


def test_links_in_a_zip_are_not_followed(tmp_path):
    info = zipfile.ZipInfo("ada/hw.ipynb")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    [file] = listed(zipped(tmp_path / "in.zip", [(info, "/etc/passwd")]))
    with pytest.raises(NotebookError, match="link"):
        file.read()


def test_a_zip_bomb_is_no_notebook(tmp_path):
    """51 MiB of zeros are 52 kB in the zip; a zip that lies of its sizes is cut."""
    path = zipped(tmp_path / "in.zip", [("ada/hw.ipynb", bytes(51 * 2**20))])
    [file] = listed(path)
    with pytest.raises(NotebookError, match="51 MiB"):
        file.read()


@pytest.mark.parametrize(
    ("bound", "words"), [("ENTRIES", "entries"), ("UNPACKED", "GiB")]
)
def test_a_zip_has_bounds(tmp_path, monkeypatch, bound, words):
    path = zipped(tmp_path / "in.zip", [("a", "xx"), ("b", "yy")])
    monkeypatch.setattr(tree, bound, 1)
    with pytest.raises(NotebookError, match=words):
        listed(path)


def test_a_zip_that_is_damaged_or_locked_says_so(tmp_path):
    (tmp_path / "no.zip").write_bytes(b"PK\3\4 and no more")
    with pytest.raises(NotebookError, match="no zip"):
        listed(tmp_path / "no.zip")
    with pytest.raises(NotebookError, match="no folder and no zip"):
        listed(tmp_path / "nowhere")
    path = zipped(tmp_path / "in.zip", [("ada/hw.ipynb", "x" * 1000)])
    data = bytearray(path.read_bytes())
    data[45] ^= 255  # in the compressed data
    path.write_bytes(data)
    [file] = listed(path)
    with pytest.raises(NotebookError, match="in the zip"):
        file.read()
    data[6] |= 1  # locked by a password, in both places
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(NotebookError, match="in the zip"):
        listed(path)[0].read()


def test_of_a_folder_without_files_there_is_one_entry(tmp_path):
    for name in ("empty", "deep/er", "tools/.git/objects", "venv/lib"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "tools/.git/HEAD").touch()
    (tmp_path / "venv/pyvenv.cfg").touch()
    (tmp_path / "venv/lib/a.py").touch()
    found = {file.name: file.problem for file in listed(tmp_path)}
    names = ["deep/", "empty/", "tools/", "venv/"]
    assert found == dict.fromkeys(names, "a folder without files")
    path = zipped(tmp_path / "in.zip", [("empty/", ""), ("ada/x.ipynb", "")])
    assert [file.name for file in listed(path)] == ["ada/x.ipynb", "empty/"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read all")
def test_a_folder_that_may_not_be_read_is_an_entry_that_says_so(tmp_path):
    (tmp_path / "ada").mkdir(mode=0)
    assert [f.problem for f in listed(tmp_path)] == [
        "a folder that cannot be read: Permission denied"
    ]


def test_a_folder_that_cannot_be_read_is_an_entry_that_says_so(tmp_path, monkeypatch):
    """As root may read all, the system's answer is made here."""
    (tmp_path / "ada").mkdir()
    (tmp_path / "bob").mkdir()
    (tmp_path / "bob" / "hw.ipynb").touch()
    real = os.scandir

    def scandir(path):
        if os.path.basename(path) == "ada":
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = [(file.name, file.problem) for file in listed(tmp_path)]
    told = "a folder that cannot be read: Permission denied"
    assert found == [("ada/", told), ("bob/hw.ipynb", "")]


def test_of_very_many_files_not_all_are_listed(tmp_path, monkeypatch):
    monkeypatch.setattr(tree, "IN_FOLDER", 10)
    names = [f"ada/{n}.py" for n in range(30)] + ["bob/hw.ipynb"]
    for name in names:
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).touch()
    for source in (
        tmp_path / "in",
        zipped(tmp_path / "in.zip", [(name, "") for name in names]),
    ):
        found = [file.name for file in listed(source)]
        assert len(found) == 12 and found[0] == "ada/" and found[-1] == "bob/hw.ipynb"


def test_a_name_that_nobody_can_see_is_written_out(tmp_path):
    names = [b"\x07\x1b", b"a\xff", "\u202eb".encode(), b"c\nd", b"\n"]
    for name in names:
        (tmp_path / os.fsdecode(name)).touch()
    found = sorted(file.name for file in listed(tmp_path))
    assert found == sorted(["\\x07\\x1b", "a\\xff", "\\u202eb", "c\nd", "\\n"])
