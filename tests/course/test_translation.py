"""A made-up language, with each message between « and », reaches every word.

One chapter is executed and built in it, and looked at as a file and in a browser.
"""

import json
import re
import shutil

import nbformat
import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from bs4 import BeautifulSoup, NavigableString

from book import build
from book.execute import execute_for_site
from book.language import folder
from book.messages import in_spec, write_template
from book.project import COURSE, Project
from book.site import search
from book.store import current_keys, stale
from helpers import words
from helpers.live.contract import STATE
from tests.shared.browser import chromium
from tests.shared.render import NOTEBOOKS, PAGES, assemble, render

pytestmark = pytest.mark.slow
MADE_UP = "xx"
DRAWINGS = COURSE.root / "chapters" / "drawings"
BOOK = COURSE.root / "book"
CHAPTER = "chapters/00_start"
# Where no message is: names, and signs of a keyboard or a kind of file.
NAMES = {
    "First Weights",
    "— First Weights",
    "0 — First Weights",  # and the number of the chapter
    "The First Weights authors",
    "© Copyright 2026.",
    "Ctrl",
    "K",
    ".ipynb",
}
PANELS = set("ABCD")  # names of pictures, which the text uses too
# What the themes write without asking any catalogue.
FIXED = {
    "Main",
    "Page",
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
        "Download this page",
        "Download source file",
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
    captions = [options["caption"] for options in about if "caption" in options]
    captions += re.findall(r"^!\[.*\)\n\n\*(.+)\*$", "\n".join(prose), re.M)
    folds = [o["code_prompt_show"] for o in about if "code_prompt_show" in o]
    known = messages(templates, page)
    assert len(answers) >= 11 and asides and len(captions) >= 3
    for text in [*answers, *asides, *alts, *captions, *folds]:
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
def site(templates, tmp_path_factory):
    """The chapter alone as a book in the made-up language: the folder of its pages."""
    project = Project(tmp_path_factory.mktemp("made-up"), MADE_UP)
    gather(project)
    write_template(templates / "helpers.pot", [in_english()], DRAWINGS)
    said = {name: messages(templates, name) for name in (CHAPTER, "after", "helpers")}
    for name, known in (said | THEME).items():
        catalogue = Catalog()
        for message in known:
            catalogue.add(message, marked(message))
        path = (folder(project, MADE_UP) / name).with_suffix(".po")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue)
    execute_for_site(project, {NOTEBOOKS[0]: ""})
    build.assemble(project)
    build.render(project)
    return project.html


def gather(project):
    """A course of the chapter and a last page, with all the code that it needs."""
    assemble(project.root, [NOTEBOOKS[0]])
    for name in ("book", "helpers"):
        away = shutil.ignore_patterns("__pycache__")
        shutil.copytree(COURSE.root / name, project.root / name, ignore=away)
    for name in ("constraints.txt", "pyproject.toml", "LICENSE", "LICENSE-TEXT"):
        shutil.copy(COURSE.root / name, project.root / name)
    # Few gains and steps: it is about words, and does not take half a minute.
    chapter = project.root / NOTEBOOKS[0]
    notebook = nbformat.read(chapter, as_version=4)
    long = ("check-patient", "check-training", "check-diseases", "check-distances")
    notebook.cells = [cell for cell in notebook.cells if cell.id not in long]
    nbformat.write(notebook, chapter)
    exchange(chapter, "steps=200", "steps=20")
    exchange(project.root / "helpers" / "controls.py", "step=0.05", "step=0.5")


def exchange(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path} has {old!r} once"
    path.write_text(text.replace(old, new), encoding="utf-8")


def in_english():
    """The chapter's result in English: the one that is kept, if it is still true."""
    chapter, keys = NOTEBOOKS[0], current_keys(COURSE)
    if chapter in stale(COURSE, {chapter: keys[chapter]}):
        execute_for_site(COURSE, {chapter: keys[chapter]})
    return COURSE.executed / chapter


@pytest.fixture(scope="module")
def page(site):
    """The chapter's page."""
    html = (site / CHAPTER).with_suffix(".html").read_text(encoding="utf-8")
    return BeautifulSoup(html, "html.parser")


SILENT = {"code", "pre", "math", "script", "style", "template"}


def texts(tag, silent):
    """The texts of an element, but for those in some elements."""
    for child in tag.children:
        if type(child) is NavigableString:  # a comment is of a type of its own
            yield str(child)
        elif child.name and child.name not in silent:
            yield from texts(child, silent)


def outside(said):
    """What of some texts stands outside « and », if it has letters."""
    depth, found = 0, []
    for text in said:
        left = ""
        for letter in text:
            depth += {"«": 1, "»": -1}.get(letter, 0)
            left += letter if depth == 0 and letter != "»" else ""
        if any(map(str.isalpha, left)):
            found.append(" ".join(left.split()))
    assert depth == 0
    return found


def unmarked(tag, silent=SILENT):
    return outside(texts(tag, silent))


def test_no_word_of_a_chapter_is_left_in_english(page):
    assert set(unmarked(page.article)) == PANELS


def test_no_word_of_a_figure_is_left_in_english(page):
    drawn = page.article.select("svg text")
    said = [text.get_text() for text in drawn if "«" in text.get_text()]
    assert len(page.article.select("svg")) >= 4 and len(said) >= 15
    # a title that is too long for a phone has several lines, each a text of its own
    pictures = page.article.select("svg")
    assert {found for picture in pictures for found in unmarked(picture)} == PANELS


def test_no_word_that_a_live_figure_will_say_is_left_in_english(page):
    saved = json.loads(page.find("script", type=STATE).get_text())
    states = [widget["state"] for widget in saved["state"].values()]
    specs = [state["spec"] for state in states if "spec" in state]
    given = [text for spec in specs for text in in_spec(spec)]
    labels = [state["description"] for state in states if state.get("description")]
    options = [text for s in states for text in s.get("_options_labels", [])]
    axes = [curve["axis"] for spec in specs for curve in spec["curves"]]
    said = [*given, *labels, *options, *axes, *saved["words"].values()]
    assert len(given) > 15 and len(labels) == 6 and len(options) == 17
    assert outside(said) == []
    own = BOOK / "assets" / "own"
    scripts = [words.HERE / "live" / "live.js", BOOK / "assets" / "widgets.js"]
    scripts += [own / "own.js", own / "expression.js"]
    assert set(saved["words"]) == {m for path in scripts for m in words.said(path)}
    assert all("words" not in spec for spec in specs), "the page has them once"


def test_no_word_around_a_chapter_is_left_in_english(page):
    assert set(unmarked(page, SILENT | {"article"})) - NAMES == set()


def test_what_is_only_heard_is_not_left_in_english(page):
    heard = ("alt", "aria-label", "title", "placeholder")
    said = [tag[name] for tag in page.find_all(True) for name in heard if tag.get(name)]
    assert len(said) > 20
    assert {text for text in said if "«" not in text} - NAMES == FIXED
    about = page.find("meta", attrs={"name": "description"})["content"]
    assert about.startswith("«")


def test_the_page_for_wrong_addresses_is_not_left_in_english(site):
    html = (site / "404.html").read_text(encoding="utf-8")
    page = BeautifulSoup(html, "html.parser")
    assert page.html["lang"] == MADE_UP
    assert set(unmarked(page)) - NAMES == {"- First Weights"}


def test_the_search_has_the_words_of_its_pages(site):
    script = (site / search.INDEX).read_text(encoding="utf-8")
    index = json.loads(script.removesuffix(";\n").split(".searchIndex = ")[1])
    titles = [title for _, _, title, *_ in index["passages"]]
    assert len(titles) > 10 and outside(titles) == []
    assert set(index["words"]) == set(words.said(search.SCRIPT))
    assert outside(index["words"].values()) == []


def test_the_words_of_a_formula_are_not_left_in_english(page):
    said = [tag.get_text() for tag in page.select("div.math mtext")]
    assert "«gain»" in said
    assert all(text[0] == "«" for text in said)


def test_the_course_can_be_followed_in_any_language(page):
    assert page.html["lang"] == MADE_UP
    assert "«Check yourself»" in page.find(id="check-yourself").h2.get_text()
    assert page.find(id="patient-fan")
    answers = page.select("details.answer > summary")
    assert len(answers) == 15
    assert all("«" in answer.get_text() for answer in answers)


def test_a_live_figure_speaks_the_language_of_its_page(site):
    address = (site / CHAPTER).with_suffix(".html").as_uri()
    with chromium() as browser:
        tab = browser.new_page()
        tab.goto(address)
        figure = tab.locator("#first-figure .live-shell.live-on")
        status = figure.locator(".live-status")
        assert outside([figure.inner_text()]) == []
        assert status.inner_text().startswith("«signal at the last layer»: ")
        figure.get_by_role("button", name="«vanish»").click()
        below = "«The «gradient» is «below float16’s smallest number «"
        status.filter(has_text=below).wait_for()
        assert outside([status.inner_text()]) == []
        figure.get_by_role("button", name="«Copy link»").click()
        figure.get_by_role("button", name=re.compile("«(Link|See)")).wait_for()
