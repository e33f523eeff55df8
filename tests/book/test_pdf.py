"""The whole book as one PDF: every page in it, an outline, links, figures in words."""

import re
import subprocess

import nbformat
import pytest
from pypdf import PdfReader

from book.pdf import FLAGS, join, make_pdf
from book.project import COURSE
from tests.shared.browser import chromium_path
from tests.shared.built import CONTENT, page, site


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


def test_the_outline_has_every_page_in_order_and_its_sections(pdf):
    outline = pdf.outline
    titles = [entry.title for entry in outline if not isinstance(entry, list)]
    assert titles == [title_of(name) for name in CONTENT]
    starts = [
        pdf.get_destination_page_number(entry)
        for entry in outline
        if not isinstance(entry, list)
    ]
    assert starts == sorted(set(starts)), "each page of the book begins a sheet"
    assert sum(isinstance(entry, list) for entry in outline) >= len(CONTENT) - 1
    assert pdf.metadata.title == "First Weights"


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
    shown = [e.get("/Alt") for e in elements(tree) if e.get("/S") == "/Figure"]
    expected = [
        " ".join(words.split())
        for name in CONTENT
        for words in (
            *(svg["aria-label"] for svg in page(name).all("svg")),
            *(image["alt"] for image in page(name).all("img")),
        )
    ]
    assert sorted(" ".join(words.split()) for words in shown) == sorted(expected)


def test_the_solutions_that_pages_fold_are_printed(pdf):
    # Each line of code, without its blanks: a line may be broken where it is long.
    text = "".join("".join(sheet.extract_text().split()) for sheet in pdf.pages)
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
    source, target = tmp_path / "one.html", tmp_path / "one.pdf"
    source.write_text('<meta charset="utf-8"><p>a\U0010fffd</p>', encoding="utf-8")
    command = [chromium_path(), *FLAGS, f"--print-to-pdf={target}", source.as_uri()]
    subprocess.run(command, check=True, capture_output=True)
    assert list(missing_glyphs(PdfReader(target)))
