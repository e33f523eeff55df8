"""A course in a folder: where its parts are, which pages it has, what decides a result.

A ``Project`` is handed on from the command to whatever needs a place in it; ``COURSE``
is the one of this checkout.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yaml

from helpers.words import LANGUAGE

# What decides, besides a project's own files, how a result or a page looks.
TOOLS = ("torch", "numpy", "matplotlib", "ipywidgets", "jupyter-book", "myst-nb")


class BookError(Exception):
    """Something an author or a reader can mend; its message says what."""


@dataclass(frozen=True)
class Project:
    """The course in the folder ``root``, in a language; empty for English, its own."""

    root: Path
    language: str = ""

    @property
    def build(self) -> Path:
        """The folder of all that is made, and can be made again."""
        return self.root / "_build" / self.language

    @property
    def home(self) -> Path:
        """The home folder of whatever makes the book; nothing in it is a reader's."""
        return self.root / "_build" / "home"

    @property
    def executed(self) -> Path:
        """The chapters with their results, each beside its key."""
        return self.build / "executed"

    @property
    def source(self) -> Path:
        """What Jupyter Book reads."""
        return self.build / "source"

    @property
    def html(self) -> Path:
        """The site."""
        return self.build / "html"

    @property
    def first_page(self) -> Path:
        """The page of the site that leads on to the first one of the book."""
        return self.html / "index.html"

    def pages(self) -> list[Path]:
        """The files in _toc.yml in their order, relative to the root."""
        return [self.find_page(name) for name in listed(self.settings("_toc.yml"))]

    def chapters(self) -> list[Path]:
        """The pages that are notebooks."""
        return [page for page in self.pages() if page.suffix == ".ipynb"]

    def attachments(self) -> list[Path]:
        """What lies beside the pages of a folder: drawings, and what pages cite."""
        folders = {page.parent for page in self.pages()} - {Path()}
        return [
            path.relative_to(self.root)
            for path in own_files(*(self.root / folder for folder in folders))
            if path.suffix not in (".ipynb", ".md")
        ]

    def addresses(self) -> list[str]:
        """Where each page stands in the site, in the order of the book."""
        return [page.with_suffix(".html").as_posix() for page in self.pages()]

    def settings(self, name: str) -> Any:
        """What a YAML file at the root says.

        Raises:
            BookError: If it is missing or no YAML.
        """
        try:
            return yaml.safe_load((self.root / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise BookError(f"there is no {name} in {self.root}") from None
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise BookError(f"{name} cannot be read: {error}") from None

    def notebook(self, chapter: Path) -> dict[str, Any]:
        """A chapter as it is written.

        Raises:
            BookError: If it is no notebook; the message says where it stops to be one.
        """
        text = (self.root / chapter).read_bytes()
        marks = re.search(rb"^(<{7}|={7}|>{7})( |\r?$)", text, re.M)
        if not text.strip():
            why = "it is empty"
        elif marks:
            line = text[: marks.start()].count(b"\n") + 1
            why = f"line {line} is the mark of a conflict that git left there"
        else:
            try:
                # utf-8-sig: some editors put a mark of the encoding first
                read = json.loads(text.decode("utf-8-sig"))
                if isinstance(read, dict) and isinstance(read.get("cells"), list):
                    return read
                why = "it has no cells"
            except json.JSONDecodeError as error:
                why = f"line {error.lineno} is not JSON: {error.msg}"
            except UnicodeDecodeError:
                why = "it is not encoded in UTF-8"
        raise BookError(f"{chapter} is no notebook: {why}")

    def find_page(self, name: str) -> Path:
        """The notebook or Markdown file that a table of contents means by ``name``.

        Raises:
            BookError: If there is neither.
        """
        for suffix in (".ipynb", ".md"):
            if (self.root / f"{name}{suffix}").is_file():
                return Path(f"{name}{suffix}")
        raise BookError(
            f"_toc.yml names {name}, but there is no {name}.ipynb or {name}.md"
        )

    def find_chapter(self, name: str) -> Path:
        """The chapter with this number, name or path, like ``03`` or ``03_symmetry``.

        Raises:
            BookError: If there is none; the message has those that there are.
        """
        wanted, chapters = Path(name).stem, self.chapters()
        for path in chapters:
            if wanted in (path.stem, path.stem[:2]):
                return path
        known = ", ".join(path.stem for path in chapters)
        raise BookError(f"there is no chapter {name!r}; the chapters are {known}")

    def digest(self, files: Iterable[Path], *more: str) -> str:
        """A key that changes with any of these files, ``more``, or with the tools."""
        key = hashlib.sha256()
        for path in files:
            key.update(f"{path.relative_to(self.root)}\0".encode())
            key.update(path.read_bytes())
        for text in (*more, *map(installed, TOOLS)):
            key.update(f"\0{text}".encode())
        return key.hexdigest()


COURSE = Project(Path(__file__).resolve().parents[1], os.environ.get(LANGUAGE, ""))


def listed(toc: object) -> Iterator[str]:
    """Every ``root`` and ``file`` in a table of contents, in reading order."""
    if isinstance(toc, dict):
        for key, value in toc.items():
            if key in ("root", "file"):
                yield value
            else:
                yield from listed(value)
    elif isinstance(toc, list):
        for item in toc:
            yield from listed(item)


def own_files(*folders: Path) -> list[Path]:
    """The files in some folders, without what Python leaves there."""
    return sorted(
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )


def installed(tool: str) -> str:
    """The version of a package here."""
    try:
        return f"{tool} {version(tool)}"
    except PackageNotFoundError as error:
        raise BookError(
            f"{tool} is not installed; run: python -m pip install -r requirements.txt"
        ) from error


def uncoloured(text: str) -> str:
    """Text without the colours of a terminal."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
