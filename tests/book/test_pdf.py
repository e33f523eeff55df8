"""The whole book as one PDF: every page in it, contents that are right, answers."""

import json
import re
import subprocess
import unicodedata
from functools import cache
from html import unescape
from itertools import pairwise

import nbformat
import pytest
from pypdf import PdfReader

from book import pdf as printer
from book.paper import asked, drawn_for, join, solved
from book.pdf import FLAGS, filled, make_pdf, offer, short
from book.project import COURSE, Project
from helpers.live.contract import STATE
from tests.shared.browser import chromium_path
from tests.shared.built import CONTENT, page, site

# an answer that begins with words alone
PLAIN_ANSWER = re.compile(
    r'<details class="answer[^>]*>\s*<summary>([^<]{9,})</summary>\s*<p>([^<]{30,})'
)
QUIZ = """<p><strong>1. What <em>is</em> it?</strong></p>
<details class="answer"><summary>This.</summary>
<p>No: it is not.</p></details>
<details class="answer right"><summary>That.</summary>
<p>Yes, it is.</p></details>
<p>Then a word.</p>"""


@pytest.fixture(scope="module")
def pdf(tmp_path_factory):
    site()
    chromium_path()
    target = tmp_path_factory.mktemp("pdf") / "book.pdf"
    make_pdf(COURSE, target)
    return PdfReader(target)


def title_of(name):
    """The heading of a page, as its head says it."""
    [title] = [
        m["content"] for m in page(name).all("meta") if m.get("property") == "og:title"
    ]
    return title


def squeezed(words):
    """Words without blanks and ligatures: how a line is set is of no interest."""
    return unicodedata.normalize("NFKC", "".join(words.split()))


@cache
def said_on(pdf, number):
    """What a sheet says, counted from 1, without blanks."""
    return squeezed(pdf.pages[number - 1].extract_text())


def bookmarks(pdf):
    """The title and the sheet of each page of the book, as the outline has them."""
    return [
        (entry.title, pdf.get_destination_page_number(entry) + 1)
        for entry in pdf.outline
        if not isinstance(entry, list)
    ]


def test_the_outline_has_every_page_in_order_and_its_sections(pdf):
    titles, starts = zip(*bookmarks(pdf), strict=True)
    assert list(titles) == [*map(title_of, CONTENT), "Answers"]
    assert list(starts) == sorted(set(starts)), "each page of the book begins a sheet"
    sections = [entry for entry in pdf.outline if isinstance(entry, list)]
    assert len(sections) >= len(CONTENT) - 1
    assert pdf.metadata.title == "First Weights"


def test_the_contents_name_the_sheet_of_each_page_and_section(pdf):
    entries = bookmarks(pdf)
    first = entries[0][1]
    contents = "".join(said_on(pdf, number) for number in range(2, first))
    for title, sheet in entries:
        assert f"{squeezed(title)}{sheet}" in contents
    sections = [e for entry in pdf.outline if isinstance(entry, list) for e in entry]
    listed = [
        squeezed(e.title) + str(pdf.get_destination_page_number(e) + 1)
        for e in sections
        if not isinstance(e, list)
    ]
    assert len(listed) > 100
    assert [words for words in listed if words not in contents] == []


def test_each_sheet_says_where_one_is(pdf):
    entries = [*bookmarks(pdf), ("", len(pdf.pages) + 1)]
    for (title, start), (_, end) in pairwise(entries):
        for number in range(start, end):
            said = said_on(pdf, number)
            assert said.count(squeezed(title)) > (number == start), number
            assert str(number) in said
    assert said_on(pdf, 1).startswith("FirstWeightsHow"), "no head on the cover"


def test_no_page_of_the_book_ends_in_a_sheet_of_two_lines(pdf):
    starts = [sheet for _, sheet in bookmarks(pdf)]
    assert list(short(pdf, starts, [*CONTENT, "answers"])) == []


def printed(folder, body):
    """The sheets of a few words."""
    source, target = folder / "one.html", folder / "one.pdf"
    source.write_text(f'<meta charset="utf-8">{body}', encoding="utf-8")
    command = [chromium_path(), *FLAGS, f"--print-to-pdf={target}", source.as_uri()]
    subprocess.run(command, check=True, capture_output=True)
    return PdfReader(target)


def test_two_lines_are_too_little_for_a_last_sheet(tmp_path):
    next_sheet = '<p style="break-before: page">'
    body = (
        f"<p>a</p>{next_sheet}b<br>c</p>{next_sheet}d</p><p style='margin: 9cm'>e</p>"
    )
    made = printed(tmp_path, body)
    few, more = filled(made.pages[1]), filled(made.pages[2])
    assert few < printer.SHORT < more < 1
    assert list(short(made, [1, 3], ["ab", "de"])) == ["ab"]
    assert list(short(made, [1, 2], ["a", "bde"])) == []


def test_it_is_small_enough_to_send(pdf):
    assert pdf.stream.seek(0, 2) < 10e6


def test_answers_are_at_the_back_and_questions_in_their_place(pdf):
    (_, back) = bookmarks(pdf)[-1]
    book = "".join(said_on(pdf, n) for n in range(1, back))
    answers = "".join(said_on(pdf, n) for n in range(back, len(pdf.pages) + 1))
    count = 0
    for name in CONTENT:
        html = (site() / name).read_text(encoding="utf-8")
        for summary, feedback in PLAIN_ANSWER.findall(html):
            count += 1
            assert squeezed(unescape(summary)) in book
            assert squeezed(unescape(feedback)) in answers
            assert squeezed(unescape(feedback)) not in book
    assert count > 30
    assert f"Answers:page{back}" in book


def test_a_question_is_asked_with_letters_and_answered_with_one():
    [answer] = solved(QUIZ)
    assert "<strong>1. b</strong>" in answer
    assert answer.count("<li>") == 2 and "Yes, it is." in answer
    question = asked(QUIZ, printer.Print({"answers": 77}))
    assert "What <em>is</em> it?" in question and "Then a word." in question
    assert question.count("<li>") == 2 and "Yes, it is." not in question
    assert question.index("page 77") < question.index("Then a word.")


def test_a_live_figure_says_what_it_is_drawn_for():
    shown = [name for name in CONTENT if page(name).figures]
    assert len(shown) > 9
    for name in shown:
        html = (site() / name).read_text(encoding="utf-8")
        shells = re.findall(r'data-model="(\w+)"', html)
        assert shells
        for model in shells:
            words = drawn_for(model, html)
            family = [model, *children(page(name).widgets, model)]
            states = [page(name).widgets[member]["state"] for member in family]
            labels = [s["description"] for s in states if "description" in s]
            assert all(f"{label} " in words for label in labels)
    state = {"description": "depth", "value": 20, "readout_format": "d"}
    saved = f'{{"state": {{"ab": {{"state": {json.dumps(state)}}}}}}}'
    html = f'<script type="{STATE}">{saved}</script>'
    assert drawn_for("ab", html) == '<p class="setting">Drawn for depth 20.</p>'


def children(widgets, model):
    """The widgets inside another one."""
    for reference in widgets[model]["state"].get("children", []):
        name = reference.removeprefix("IPY_MODEL_")
        yield from (name, *children(widgets, name))


def test_a_pdf_that_was_made_is_offered_by_every_page(tmp_path):
    project = Project(tmp_path)
    names = ["intro.html", "chapters/myths.html"]
    # this site may offer one already
    offered = re.compile(rf'<li><a href="[^"]*{printer.PDF}.*?</li>\n', re.S)
    for name in names:
        text = (site() / name).read_text(encoding="utf-8")
        copy = project.html / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(offered.sub("", text), encoding="utf-8")
    offer(project)
    offer(project)
    for name, up in zip(names, ("", "../"), strict=True):
        text = (project.html / name).read_text(encoding="utf-8")
        [link] = re.findall(r'<a href="([^"]*)" download\b[^>]*dropdown-item', text)
        assert link == f"{up}{printer.PDF}"
        assert text.count("window.print()") == 1, "the page alone can be printed too"


def elements(node):
    """The elements of a PDF's structure: what screen readers read of it."""
    waiting = [node]
    while waiting:
        found = waiting.pop().get_object()
        if isinstance(found, list):
            waiting += [part for part in found if hasattr(part, "get_object")]
        elif hasattr(found, "get"):
            yield found
            waiting += [found["/K"]] if "/K" in found else []


def test_every_figure_is_there_and_put_into_words(pdf):
    tree = pdf.trailer["/Root"]["/StructTreeRoot"]
    tagged = [e for e in elements(tree) if e.get("/S") == "/Figure"]
    shown = [e["/Alt"] for e in tagged if "/Alt" in e]
    # the others are cards, each with a picture and its caption
    cards = [has for name in CONTENT for has in page(name).all("figure")]
    assert len(tagged) - len(shown) == len(cards)
    expected = [
        " ".join(words.split())
        for name in CONTENT
        for words in (
            *(has["aria-label"] for has in page(name).all("svg") if is_wide(has)),
            *(image["alt"] for image in page(name).all("img")),
        )
    ]
    assert sorted(" ".join(words.split()) for words in shown) == sorted(expected)


def is_wide(svg):
    """Whether a picture is not the one for phones."""
    return "fw-narrow" not in svg.get("class", "")


def test_the_solutions_that_pages_fold_are_printed(pdf):
    # Each line of code, without its blanks: a line may be broken where it is long.
    text = "".join(said_on(pdf, n) for n in range(1, len(pdf.pages) + 1))
    lines = [
        "".join(line.split())
        for chapter in COURSE.chapters()
        for cell in nbformat.read(COURSE.root / chapter, as_version=4).cells
        if "hide-cell" in cell.metadata.get("tags", ())
        for line in cell.source.splitlines()
        if line.strip()
    ]
    assert len(lines) > 100
    missing = [line for line in lines if line not in text]
    assert not missing, missing[:5]


def missing_glyphs(pdf):
    """The fonts that lack a letter of the text, and the sheets: there is glyph 0."""
    for number, sheet in enumerate(pdf.pages, start=1):
        fonts = {
            name: font.get_object()
            for name, font in sheet["/Resources"].get("/Font", {}).items()
        }
        content = sheet.get_contents().get_data().decode("latin-1")
        font = None
        for name, codes in re.findall(r"/(F\d+) [\d.]+ Tf|<([0-9A-F]+)>", content):
            if name:
                font = fonts[f"/{name}"]
            elif font["/Subtype"] == "/Type0" and "0000" in re.findall("....", codes):
                yield number, font["/BaseFont"]


def test_no_glyph_is_missing(pdf):
    assert list(missing_glyphs(pdf)) == []


def test_links_lead_into_the_book_or_to_the_world(pdf):
    inside, outside = 0, []
    for sheet in pdf.pages:
        for note in map(lambda n: n.get_object(), sheet.get("/Annots", [])):
            if "/A" in note and "/URI" in note["/A"]:
                outside.append(note["/A"]["/URI"])
            else:
                inside += 1
    assert outside and all(link.startswith(("https://", "http://")) for link in outside)
    assert inside > len(CONTENT)
    joined = join(COURSE)
    names = set(re.findall(r'\sid="([^"]+)"', joined))
    assert not set(re.findall(r'href="#([^"]+)"', joined)) - names


def test_a_letter_that_no_font_has_would_be_found(tmp_path):
    assert list(missing_glyphs(printed(tmp_path, "<p>a\U0010fffd</p>")))
