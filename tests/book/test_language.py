"""The site in another language: its settings, and its catalogues for Sphinx."""

import io

import pytest
import yaml
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import write_po

from book import language
from book.project import COURSE, BookError, Project


@pytest.fixture
def german(tmp_path):
    """A course to be built in German."""
    (tmp_path / "_config.yml").write_bytes((COURSE.root / "_config.yml").read_bytes())
    return Project(tmp_path, "de")


def test_what_is_built_in_a_language_has_a_folder_of_its_own(german):
    assert german.build == german.root / "_build" / "de"
    assert Project(german.root).build == german.root / "_build"


def test_the_catalogues_are_compiled_for_sphinx(german):
    path = language.folder(german, "de") / "chapters" / "one.po"
    path.parent.mkdir(parents=True)
    catalogue = Catalog("de")
    catalogue.add("A layer.", "Eine Schicht.")
    catalogue.add("Two layers.")
    with path.open("wb") as file:
        write_po(file, catalogue)
    [(compiled, name)] = language.catalogues(german)
    assert name == path.relative_to(german.root).with_suffix(".mo")
    said = {m.id: m.string for m in read_mo(io.BytesIO(compiled)) if m.id}
    assert said == {"A layer.": "Eine Schicht."}


def test_a_language_without_catalogues_is_refused(german):
    with pytest.raises(BookError, match="no .po file .* python -m book messages de"):
        list(language.catalogues(german))


def test_english_needs_no_catalogue(german):
    english = Project(german.root)
    assert list(language.catalogues(english)) == []
    written = (german.root / "_config.yml").read_bytes()
    assert language.settings(english) == written


def test_the_settings_have_the_language(german):
    settings = yaml.safe_load(language.settings(german))
    assert settings["sphinx"]["config"].pop("language") == "de"
    english = german.settings("_config.yml")
    assert english["sphinx"]["config"].pop("language") == "en"
    assert settings == english


def test_results_belong_to_the_catalogue_that_they_were_computed_with(german):
    assert language.spoken(german) == []
    path = language.folder(german, "de") / "helpers.po"
    path.parent.mkdir(parents=True)
    path.write_text("", encoding="utf-8")
    assert language.spoken(german) == [path]
    assert language.spoken(Project(german.root)) == []
