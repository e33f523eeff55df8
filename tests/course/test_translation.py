"""A made-up language, with each message between « and », reaches every word."""

import json
import re

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from bs4 import BeautifulSoup, NavigableString

from book import language
from book.project import COURSE, Project
from tests.shared.render import NOTEBOOKS, PAGES, assemble, render

MADE_UP = "xx"
CHAPTER = "chapters/00_start"
# Where no message is: names, and signs of a keyboard or a kind of file.
NAMES = {
    "First Weights",
    "— First Weights",
    "The First Weights authors",
    "© Copyright 2026.",
    "Ctrl",
    "K",
    ".ipynb",
    ".pdf",
}
# What the themes write without asking any catalogue, and theme/mends.py after them.
FIXED = {
    "Book",
    "Main",
    "Page",
    "Search this book...",
    "Toggle primary sidebar",
    "Toggle secondary sidebar",
}
# What Sphinx and the themes say, each from a catalogue of its own.
THEME = {
    "sphinx": (
        "Skip to main content",
        "Back to top",
        "Search",
        "next",
        "next page",
        "Link to this heading",
        "Index",
        "Light",
        "Dark",
        "System Settings",
        "Color mode",
        "Version warning",
    ),
    "booktheme": (
        "Contents",
        "By",
        "all chapters, .zip",
        "Download all chapters with the code they need",
        "Download this page",
        "Download source file",
        "Print to PDF",
        "Fullscreen mode",
    ),
}


@pytest.fixture(scope="module")
def templates(tmp_path_factory):
    """The folder with what every page says, as translators get it."""
    folder = tmp_path_factory.mktemp("messages")
    assemble(folder / "source", PAGES)
    gettext = ["--builder", "custom", "--custom-builder", "gettext"]
    done = render(folder / "source", folder, *gettext)
    assert done.returncode == 0, done.stderr
    return folder / "_build" / "gettext"


def messages(templates, page):
    with (templates / page).with_suffix(".pot").open("rb") as file:
        return [message.id for message in read_po(file) if message.id]


@pytest.mark.parametrize("page", NOTEBOOKS, ids=lambda page: page.stem)
def test_what_is_written_as_html_or_metadata_is_in_the_catalogue(templates, page):
    cells = json.loads((COURSE.root / page).read_text(encoding="utf-8"))["cells"]
    prose = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
    answers = re.findall(r"<summary>(.*?)</summary>", "\n".join(prose))
    asides = re.findall(r'<div class="margin".*?>\n\n(.*?)\n\n', "\n".join(prose), re.S)
    about = [cell["metadata"].get("mystnb", {}) for cell in cells]
    alts = [options["image"]["alt"] for options in about if "image" in options]
    folds = [o["code_prompt_show"] for o in about if "code_prompt_show" in o]
    known = messages(templates, page)
    assert len(answers) >= 11 and asides
    for text in [*answers, *asides, *alts, *folds]:
        assert " ".join(text.split()) in known
    assert sum(text.count('<details class="answer') for text in prose) == len(answers)
    assert sum(text.count('class="margin"') for text in prose) == len(asides)


def test_the_alt_text_of_an_image_is_in_the_catalogue(templates):
    page = next(page for page in PAGES if page.stem == "audit")
    [alt] = re.findall(
        r"^!\[(.+?)\]", (COURSE.root / page).read_text(encoding="utf-8"), re.M
    )
    assert alt in messages(templates, page)


def test_a_formula_is_in_the_catalogue_if_it_has_words(templates):
    known = messages(templates, NOTEBOOKS[0])
    formula = (
        r"\text{standard deviation of } W = \frac{\text{gain}}{\sqrt{n_\text{in}}}"
    )
    assert formula in known
    assert not any(message.startswith("z^{(l)}") for message in known)


def marked(message):
    """A message in the made-up language; of a formula, its words."""
    if "\\text{" in message and "$" not in message:
        return re.sub(r"\\text\{(.*?)\}", r"\\text{«\1»}", message)
    return f"«{message}»"


@pytest.fixture(scope="module")
def page(templates, tmp_path_factory):
    """The chapter in the made-up language."""
    folder = tmp_path_factory.mktemp("made-up")
    target = folder / "locales" / MADE_UP / "LC_MESSAGES"
    said = {name: messages(templates, name) for name in (CHAPTER, "after")} | THEME
    for name in said:
        catalogue = Catalog()
        for message in said[name]:
            catalogue.add(message, marked(message))
        path = (target / name).with_suffix(".po")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue)
    assemble(folder / "source", [NOTEBOOKS[0]], MADE_UP)
    for compiled, name in language.catalogues(Project(folder, MADE_UP)):
        (folder / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "source" / name).write_bytes(compiled)
    done = render(folder / "source", folder)
    assert done.returncode == 0, done.stderr
    path = (folder / "_build" / "html" / CHAPTER).with_suffix(".html")
    html = path.read_text(encoding="utf-8")
    return BeautifulSoup(html, "html.parser")


SILENT = {"code", "pre", "math", "script", "style", "noscript", "template"}


def texts(tag, silent):
    """The texts of an element, but for those in some elements."""
    for child in tag.children:
        if type(child) is NavigableString:  # a comment is of a type of its own
            yield str(child)
        elif child.name and child.name not in silent:
            yield from texts(child, silent)


def unmarked(tag, silent=SILENT):
    """The texts of an element that stand outside « and », if they have letters."""
    depth, found = 0, []
    for text in texts(tag, silent):
        outside = ""
        for letter in text:
            depth += {"«": 1, "»": -1}.get(letter, 0)
            outside += letter if depth == 0 and letter != "»" else ""
        if re.search(r"[^\W\d_]", outside):
            found.append(" ".join(outside.split()))
    assert depth == 0
    return found


def test_no_word_of_a_chapter_is_left_in_english(page):
    assert unmarked(page.article) == []


def test_no_word_around_a_chapter_is_left_in_english(page):
    assert set(unmarked(page, SILENT | {"article"})) - NAMES == set()


def test_what_is_only_heard_is_not_left_in_english(page):
    heard = ("alt", "aria-label", "title", "placeholder")
    said = [tag[name] for tag in page.find_all(True) for name in heard if tag.get(name)]
    assert len(said) > 20
    assert {text for text in said if "«" not in text} - NAMES == FIXED


def test_the_words_of_a_formula_are_not_left_in_english(page):
    said = [tag.get_text() for tag in page.select("div.math mtext")]
    assert "«gain»" in said
    assert all(text[0] == "«" for text in said)


def test_the_course_can_be_followed_in_any_language(page):
    assert page.html["lang"] == MADE_UP
    assert page.find(id="check-yourself").h2.get_text().startswith("«Check yourself»")
    assert page.find(id="by-hand-figure")
    answers = page.select("details.answer > summary")
    assert len(answers) == 11
    assert all("«" in answer.get_text() for answer in answers)
