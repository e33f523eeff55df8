"""What lies in a folder or in a zip: listed and read with bounds, never unpacked.

So no name in a zip can lead anywhere: what it holds is read where it is.
"""

import os
import stat
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from classroom.matching import LARGEST
from classroom.notebook import NotebookError

ENTRIES = 200_000  # in a zip
UNPACKED = 20 * 2**30  # bytes that a zip may say it holds
IN_FOLDER = 2000  # files that are looked at in one student's folder
TOO_MANY = f"more than {IN_FOLDER:,} files: not all were looked at"
EMPTY = "a folder without files"
TOOLS = {
    "__MACOSX",
    "__pycache__",
    "Thumbs.db",
    "desktop.ini",
    ".DS_Store",
    ".git",
    ".github",
    ".idea",
    ".ipynb_checkpoints",
    ".vscode",
}


@dataclass(frozen=True)
class File:
    """A file, or a folder in which there is none."""

    name: str  # its path below the folder or in the zip, as text; a folder's ends in /
    path: Path  # the file itself, or the zip
    member: str = ""  # its name in the zip
    problem: str = ""  # why it cannot be read

    @property
    def parts(self) -> list[str]:
        """The folders that it lies in, and its own name, "" for a folder."""
        return self.name.split("/")

    def read(self) -> bytes:
        """What is in the file.

        Raises:
            NotebookError: if it is no regular file, too large or cannot be read.
        """
        if self.problem:
            raise NotebookError(self.problem)
        try:
            return self.unzipped() if self.member else self.plain()
        except OSError as error:
            raise NotebookError(f"cannot be read: {error.strerror}") from None

    def plain(self) -> bytes:
        """What is in a file of its own."""
        status = self.path.lstat()
        if stat.S_ISLNK(status.st_mode):
            raise NotebookError("a link to another file, which is not followed")
        if not stat.S_ISREG(status.st_mode):
            raise NotebookError("no regular file")
        if status.st_size > LARGEST:
            raise too_large(status.st_size)
        return self.path.read_bytes()

    def unzipped(self) -> bytes:
        """What is in a file in a zip, whatever the zip says of its size."""
        try:
            with zipfile.ZipFile(self.path) as archive:
                info = archive.getinfo(self.member)
                if stat.S_ISLNK(info.external_attr >> 16):
                    raise NotebookError("a link to another file, which is not followed")
                with archive.open(info) as file:
                    data = file.read(LARGEST + 1)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as e:
            raise NotebookError(f"cannot be read in the zip: {e}") from None
        except Exception as error:  # zlib's own, lzma's own
            if isinstance(error, OSError | NotebookError):
                raise
            raise NotebookError(f"cannot be read in the zip: {error}") from None
        if len(data) > LARGEST:
            raise too_large(max(info.file_size, len(data)))
        return data


def too_large(size: int) -> NotebookError:
    """The error for a file of so many bytes."""
    return NotebookError(f"{size / 2**20:.0f} MiB; at most {LARGEST >> 20}")


def listed(source: Path) -> list[File]:
    """The files in a folder or a zip, in order of their names.

    What tools leave behind is nobody's. Of a folder without files, or that may not be
    read, there is one entry that says so.

    Raises:
        NotebookError: if there is no such folder or zip, or if the zip is no zip, has
            too many entries, or would be too large if unpacked.
    """
    if source.is_dir():
        found = list(in_folder(source))
    elif source.is_file():
        found = list(in_zip(source))
    else:
        raise NotebookError(f"{source} is no folder and no zip")
    return sorted(found, key=lambda file: file.name)


def in_folder(folder: Path) -> Iterator[File]:
    """The files in a folder and the folders in it, links not followed."""
    closed: list[OSError] = []
    seen, tops, full = Counter[str](), set[str](), set[str]()
    for place, folders, names in os.walk(folder, onerror=closed.append):
        inside = [text(part) for part in Path(place).relative_to(folder).parts]
        links = [name for name in folders if Path(place, name).is_symlink()]
        folders[:] = [f for f in folders if f not in links]
        kept = [f for f in folders if not is_nobodys([*inside, f], is_folder=True)]
        folders[:] = sorted(kept)
        tops |= set() if inside else {text(name) for name in folders}
        if inside and "pyvenv.cfg" in names:  # Python and its packages
            folders.clear()
            continue
        for name in sorted(names + links):
            parts = [*inside, text(name)]
            if is_nobodys(parts):
                continue
            seen[parts[0]] += 1
            if inside and seen[inside[0]] > IN_FOLDER:
                full.add(inside[0])
                folders.clear()
                break
            yield File("/".join(parts), Path(place, name))
    for top in full:
        yield File(f"{top}/", folder, problem=TOO_MANY)
    for error in closed:
        if (at := Path(error.filename)) == folder:
            raise NotebookError(f"{folder} cannot be read: {error.strerror}")
        name = "/".join(text(part) for part in at.relative_to(folder).parts)
        tops.discard(name.split("/")[0])
        problem = f"a folder that cannot be read: {error.strerror}"
        yield File(f"{name}/", at, problem=problem)
    for top in tops - seen.keys():
        yield File(f"{top}/", folder, problem=EMPTY)


def in_zip(path: Path) -> Iterator[File]:
    """The files in a zip."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise NotebookError(f"{path} is no folder and no zip: {error}") from None
    size = sum(info.file_size for info in infos)
    if len(infos) > ENTRIES:
        raise NotebookError(f"{path} has {len(infos):,} entries; at most {ENTRIES:,}")
    if size > UNPACKED:
        raise NotebookError(
            f"{path} says that it holds {size / 2**30:.0f} GiB; at most "
            f"{UNPACKED >> 30}"
        )
    seen, members, empty = Counter[str](), dict[str, str](), set[str]()
    for info in infos:
        raw = info.filename.replace("\\", "/").split("/")
        parts = [text(part) for part in raw if part not in ("", ".", "..")]
        if not parts or is_nobodys(parts, is_folder=info.is_dir()):
            continue
        if info.is_dir():
            empty.add(parts[0])
            continue
        name, top = "/".join(parts), parts[0]
        if members.get(name) == info.filename:  # the same once more; the last counts
            continue
        seen[top] += 1
        if name in members:
            name = f"{name} (entry {seen[top]})"
        members[name] = info.filename
        if len(parts) == 1 or seen[top] <= IN_FOLDER:
            outside = ".." in raw or raw[0] == "" or raw[0].endswith(":")
            problem = "its name leads out of the zip" if outside else ""
            yield File(name, path, info.filename, problem)
    for top, count in seen.items():
        if count > IN_FOLDER:
            yield File(f"{top}/", path, problem=TOO_MANY)
    for top in empty - seen.keys():
        yield File(f"{top}/", path, problem=EMPTY)


def is_nobodys(parts: list[str], is_folder: bool = False) -> bool:
    """Whether a file or folder was left by a tool, or is hidden in a student's folder.

    A student's own folder may begin with a dot, and so may a notebook beside others.
    """
    name = parts[-1]
    if any(part in TOOLS for part in parts) or name.startswith("._"):
        return True
    hidden = [part.startswith(".") for part in parts]
    if len(parts) > 1:
        return any(hidden[1:])
    return hidden[0] and not is_folder and not name.lower().endswith(".ipynb")


def text(name: str) -> str:
    """A file's name as text that can be seen and written, whatever bytes it is of."""
    known = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    known = unicodedata.normalize("NFC", known)
    return "".join(
        letter if is_seen(letter, known) else code(letter) for letter in known
    )


def is_seen(letter: str, name: str) -> bool:
    """Whether a letter of a name shows, or keeps others apart that do."""
    return letter.isprintable() or (letter.isspace() and not name.isspace())


def code(letter: str) -> str:
    """A letter that nobody can see, written out."""
    return letter.encode("unicode_escape").decode()
