"""Results on disk, one file each, so that nothing is graded twice."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

from classroom.files import write
from classroom.hand_ins import HandIn
from classroom.result import Result

DIGEST = 32  # letters of a digest in a name


def name_of(file: str) -> str:
    """A hand-in's file as part of another file's name: letters, digits and dashes."""
    return re.sub(r"[^A-Za-z0-9]+", "-", file).strip("-")[:60]


def short_digest(file: str) -> str:
    """Six letters that tell files of like names apart."""
    return hashlib.sha256(file.encode("utf-8", "replace")).hexdigest()[:6]


class Journal:
    """Results of one course, by the digest of all that each was made from.

    A file is named after the hand-in, and says whose it is.
    """

    def __init__(self, out: Path, say: Callable[[str], None] = lambda text: None):
        """Find what is there.

        Args:
            out: where the folder ``results`` is.
            say: told of a result that cannot be read.
        """
        self.folder, self.say = out / "results", say
        self.folder.mkdir(exist_ok=True)
        self.paths = {p.stem[-DIGEST:]: p for p in self.folder.glob("*.json")}

    def __bool__(self) -> bool:
        """Whether it has any result."""
        return bool(self.paths)

    def get(self, digest: str) -> Result | None:
        """The result that was made from this, None if there is none yet.

        One that is cut or empty is set aside under another name.
        """
        path = self.paths.get(digest)
        if path is None:
            return None
        try:
            return Result.of(read(path)).bounded()
        except (ValueError, TypeError, AttributeError) as error:
            aside = path.replace(path.with_suffix(".unreadable"))
            self.say(f"{aside} cannot be read ({error}); that hand-in is graded again")
            del self.paths[digest]
            return None

    def put(self, digest: str, hand_in: HandIn, result: Result) -> None:
        """Write a result, wholly or not at all."""
        name = f"{name_of(hand_in.file)}-{digest}".strip("-")
        path = self.paths.setdefault(digest, self.folder / f"{name}.json")
        whose = {"student": hand_in.student, "file": hand_in.file}
        write(path, json.dumps(whose | result.as_json(), indent=1))

    def forget(self, hand_ins: list[HandIn]) -> None:
        """Drop the results of files that are not handed in any more."""
        there = {hand_in.file for hand_in in hand_ins}
        for digest, path in list(self.paths.items()):
            try:
                file = json.loads(path.read_text("utf-8")).get("file")
            except (ValueError, AttributeError):
                continue
            if file is not None and file not in there:
                path.unlink()
                del self.paths[digest]


def read(path: Path) -> dict:
    """What a file of the journal says of the result."""
    found = json.loads(path.read_text("utf-8"))
    return {k: v for k, v in found.items() if k not in ("student", "file")}
