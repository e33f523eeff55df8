"""The site in another language: catalogues of what the course says.

``FIRST_WEIGHTS_LANG=de`` builds it with the .po files in ``locales/de/LC_MESSAGES``:
one for each page, ``helpers.po`` for what helpers and figures say, and, where the
theme's own translation lacks something, ``sphinx.po`` and ``booktheme.po``.
"""

import io
import json
import os
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import yaml
from babel.core import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from sphinx.application import Sphinx

from book.sources import BookError, own_files
from helpers import words

LOCALES = "locales"  # where Sphinx looks, if it is told of no other place
DOMAIN = "LC_MESSAGES"
THEME = "booktheme"  # what the theme calls its catalogue


def language() -> str:
    """The language to build in; empty for English, in which the course is written."""
    return os.environ.get("FIRST_WEIGHTS_LANG", "")


def settings(config: bytes) -> bytes:
    """The settings of Jupyter Book with the language to build in."""
    if not language():
        return config
    read = yaml.safe_load(config)
    read["sphinx"]["config"]["language"] = language()
    return yaml.safe_dump(read, allow_unicode=True).encode()


def catalogues(root: Path) -> Iterator[tuple[bytes, Path]]:
    """Each catalogue of the language as Sphinx reads it, and where Sphinx looks for it.

    Raises:
        BookError: If there is none.
    """
    if not language():
        return
    folder = root / LOCALES / language() / DOMAIN
    found = [path for path in own_files(folder) if path.suffix == ".po"]
    if not found:
        raise BookError(
            f"FIRST_WEIGHTS_LANG asks for {language()!r}, but there is no .po file in "
            f"{folder}; run: python -m book messages {language()}"
        )
    for path in found:
        with path.open("rb") as file:
            catalogue = read_po(file)
        compiled = io.BytesIO()
        write_mo(compiled, catalogue)
        yield compiled.getvalue(), path.relative_to(root).with_suffix(".mo")


def spoken(root: Path) -> list[Path]:
    """The catalogue that what a chapter shows was computed with, if there is one."""
    path = root / LOCALES / language() / DOMAIN / "helpers.po"
    return [path] if path.exists() else []


def write_template(path: Path, results: list[Path]) -> None:
    """Write what helpers say, and what the figures of executed chapters say."""
    catalogue = Catalog(project="First Weights")
    for message in words.messages():
        catalogue.add(message)
    for result in results:
        for text in in_figures(result.read_text(encoding="utf-8")):
            catalogue.add(text)
    with path.open("wb") as file:
        write_po(file, catalogue, width=0)


def in_figures(notebook: str) -> Iterator[str]:
    """The texts of the figures of an executed notebook, as catalogues have them."""
    for cell in json.loads(notebook)["cells"]:
        for output in cell.get("outputs", []):
            forms = output.get("data", {})
            svg = "".join(
                [*forms.get("image/svg+xml", []), *forms.get("text/html", [])]
            )
            for text in re.findall(r"<text\b[^>]*>([^<]+)</text>", svg):
                if re.search(r"[^\W\d_]{2}", text):
                    yield words.general(unescape(text))


def update(templates: Path, language: str, root: Path) -> None:
    """Bring the catalogues of a language up to date; what is translated stays.

    Args:
        templates: the folder of .pot files, with all that the course says now.
        language: its code, like ``de`` or ``zh_CN``.
        root: the folder of the course.

    Raises:
        BookError: If there is no such language.
    """
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError) as error:
        raise BookError(f"{language!r} is the code of no language") from error
    for template in sorted(templates.rglob("*.pot")):
        path = root / LOCALES / language / DOMAIN / template.relative_to(templates)
        path = path.with_suffix(".po")
        catalogue = Catalog(locale, project="First Weights", fuzzy=False)
        if path.exists():
            with path.open("rb") as file:
                catalogue = read_po(file)
        with template.open("rb") as file:
            catalogue.update(read_po(file))
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=0)
        done = sum(bool(message.string) for message in catalogue if message.id)
        print(f"{path.relative_to(root)}: {done} of {len(catalogue)} translated")


def setup(app: Sphinx) -> dict[str, bool]:
    """Let the catalogues of the language complete the theme's own."""
    app.add_message_catalog(THEME, str(Path(app.srcdir, LOCALES)))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
