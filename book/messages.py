"""What the course says, as translators get it, and their catalogues brought up to date.

Sphinx extracts what pages say. What helpers and the site say is found in their code,
and what figures say in the executed chapters.
"""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from babel.core import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from book.build import assemble, jupyter_book
from book.language import folder
from book.project import BookError, Project, uncoloured
from book.site.figures import DRAWINGS
from book.store import bring_up_to_date
from helpers import words
from helpers.live.contract import STATE
from helpers.live.svg import said

BOOK = Path(__file__).parent


def write_messages(project: Project, languages: Sequence[str]) -> None:
    """Write what the course says as templates, and bring catalogues up to date with it.

    Raises:
        BookError: If a page cannot be read, or a language is none.
    """
    project = replace(project, language="")  # the course as it is written
    bring_up_to_date(project)
    assemble(project)
    output = project.build / "messages"
    shutil.rmtree(output, ignore_errors=True)
    gettext = ["--builder", "custom", "--custom-builder", "gettext"]
    done = jupyter_book(project, output, "-W", *gettext)
    if done.returncode:
        raise BookError(uncoloured(done.stderr).strip())
    templates = output / "_build" / "gettext"
    results = [project.executed / chapter for chapter in project.chapters()]
    drawings = project.root / "chapters" / DRAWINGS
    write_template(templates / "helpers.pot", results, drawings)
    for language in languages:
        update(project, templates, language)
    print(f"What the course says is in {templates}")


def write_template(path: Path, results: Sequence[Path], drawings: Path) -> None:
    """Write what helpers and the site say, the figures of executed chapters, and the
    drawings of a folder.
    """
    catalogue = Catalog(project="First Weights")
    for message in [*words.messages(), *words.messages(BOOK)]:
        catalogue.add(message)
    for result in results:
        for text in in_figures(json.loads(result.read_text(encoding="utf-8"))):
            catalogue.add(words.general(text))
    for drawing in sorted(drawings.glob("*.svg")):
        for text in said(drawing.read_text(encoding="utf-8")):
            catalogue.add(words.general(text))
    with path.open("wb") as file:
        write_po(file, catalogue, width=0)


def in_figures(notebook: Mapping[str, Any]) -> Iterator[str]:
    """The words of the figures of an executed notebook, drawn ones and live ones."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            forms = output.get("data", {})
            svg = "".join(
                [*forms.get("image/svg+xml", []), *forms.get("text/html", [])]
            )
            yield from said(svg)
    saved = notebook.get("metadata", {}).get("widgets", {}).get(STATE, {"state": {}})
    for widget in saved["state"].values():
        if spec := widget["state"].get("spec"):
            yield from in_spec(spec)


def in_spec(spec: Mapping[str, Any]) -> Iterator[str]:
    """The words that a live figure was given; contract.py has the others."""
    if spec["alt"]:
        yield spec["alt"]
    for control in spec["controls"]:
        yield control["label"]
        yield from control.get("options", [])
    for curve in spec["curves"]:
        if about := curve["say"]:
            yield about["words"]
            if about["thing"]:
                yield about["thing"]
    for label, _ in spec["presets"]:
        yield label


def update(project: Project, templates: Path, language: str) -> None:
    """Bring the catalogues of a language up to date; what is translated stays.

    Args:
        project: the course.
        templates: the folder of .pot files, with all that the course says now.
        language: its code, like ``de`` or ``zh_CN``.

    Raises:
        BookError: If there is no such language.
    """
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError) as error:
        raise BookError(f"{language!r} is the code of no language") from error
    for template in sorted(templates.rglob("*.pot")):
        path = folder(project, language) / template.relative_to(templates)
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
        name = path.relative_to(project.root)
        print(f"{name}: {done} of {len(catalogue)} translated")
