"""The site in another language, with the catalogues that translators have written.

``FIRST_WEIGHTS_LANG=de`` builds it with the .po files in ``locales/de/LC_MESSAGES``:
one for each page, ``helpers.po`` for what helpers, figures and the site itself say,
and, where the theme's own translation lacks something, ``sphinx.po`` and
``booktheme.po``.
"""

import io
from collections.abc import Iterator
from pathlib import Path

import yaml
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from book.project import BookError, Project, own_files
from helpers.words import LANGUAGE


def folder(project: Project, language: str) -> Path:
    """Where the catalogues of a language are; Sphinx looks there by itself."""
    return project.root / "locales" / language / "LC_MESSAGES"


def settings(project: Project) -> bytes:
    """The settings of Jupyter Book, with the language to build in."""
    written = (project.root / "_config.yml").read_bytes()
    if not project.language:
        return written
    read = yaml.safe_load(written)
    read["sphinx"]["config"]["language"] = project.language
    return yaml.safe_dump(read, allow_unicode=True).encode()


def catalogues(project: Project) -> Iterator[tuple[bytes, Path]]:
    """Each catalogue of the language as Sphinx reads it, and where Sphinx looks for it.

    Raises:
        BookError: If there is none.
    """
    if not project.language:
        return
    there = folder(project, project.language)
    found = [path for path in own_files(there) if path.suffix == ".po"]
    if not found:
        raise BookError(
            f"{LANGUAGE} asks for {project.language!r}, but there is no .po file in "
            f"{there}; run: python -m book messages {project.language}"
        )
    for path in found:
        with path.open("rb") as file:
            catalogue = read_po(file)
        compiled = io.BytesIO()
        write_mo(compiled, catalogue)
        yield compiled.getvalue(), path.relative_to(project.root).with_suffix(".mo")


def spoken(project: Project) -> list[Path]:
    """The catalogue that what a chapter shows was computed with, if there is one."""
    path = folder(project, project.language) / "helpers.po"
    return [path] if project.language and path.exists() else []
