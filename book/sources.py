"""What the book is made of: the pages in _toc.yml, and how to tell when one changed."""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
# What is built in another language lies in a folder of its own: book/language.py.
BUILD = ROOT / "_build" / os.environ.get("FIRST_WEIGHTS_LANG", "")
EXECUTED = BUILD / "executed"
# What decides, besides this repository's own files, how a result or a page looks.
TOOLS = ("torch", "numpy", "matplotlib", "ipywidgets", "jupyter-book", "myst-nb")


class BookError(Exception):
    """Something an author or a reader can mend; its message says what."""


def pages() -> list[Path]:
    """The files in _toc.yml in their order, relative to the root."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [find_page(name) for name in named(toc)]


def named(toc: object) -> Iterator[str]:
    """Every ``root`` and ``file`` in a table of contents, in reading order."""
    if isinstance(toc, dict):
        for key, value in toc.items():
            if key in ("root", "file"):
                yield value
            else:
                yield from named(value)
    elif isinstance(toc, list):
        for item in toc:
            yield from named(item)


def find_page(name: str) -> Path:
    """The notebook or Markdown file that a table of contents means by ``name``."""
    for suffix in (".ipynb", ".md"):
        if (ROOT / f"{name}{suffix}").is_file():
            return Path(f"{name}{suffix}")
    raise BookError(f"_toc.yml names {name}, but there is no {name}.ipynb or {name}.md")


def chapters() -> list[Path]:
    """The pages that are notebooks."""
    return [page for page in pages() if page.suffix == ".ipynb"]


def own_files(*folders: Path) -> list[Path]:
    """The files in some folders, without what Python leaves there."""
    return sorted(
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )


def digest(files: Iterable[Path], *more: str) -> str:
    """A key that changes with any of these files, with ``more``, or with the tools."""
    key = hashlib.sha256()
    for path in files:
        key.update(f"{path.relative_to(ROOT)}\0".encode())
        key.update(path.read_bytes())
    for text in (*more, *map(installed, TOOLS)):
        key.update(f"\0{text}".encode())
    return key.hexdigest()


def installed(tool: str) -> str:
    """The version of a package here."""
    try:
        return f"{tool} {version(tool)}"
    except PackageNotFoundError as error:
        raise BookError(
            f"{tool} is not installed; run: python -m pip install -r requirements.txt"
        ) from error


def program(notebook: Path) -> str:
    """What a notebook does: its code, not its words or the results stored in it."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return json.dumps(
        [
            ["".join(cell["source"]), cell["metadata"].get("tags", [])]
            for cell in cells
            if cell["cell_type"] == "code"
        ]
    )


def plain(text: str) -> str:
    """Text without the colours of a terminal."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
