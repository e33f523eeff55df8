"""The book as a PDF: one page (paper.py), printed by a browser until its numbers are
right, and then offered by every page of the site.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from html import escape
from pathlib import Path

from pypdf import PageObject, PdfReader

from book.build import build
from book.paper import Print, join, place
from book.project import BookError, Project
from helpers.words import say

PDF = "first-weights.pdf"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run
    --disable-background-networking --disable-component-update --disable-sync
    --no-proxy-server""".split()
PRINTS = 5  # at most: one for the numbers, one with them, and for short last sheets
STEP = 2  # percent by which a page with a short last sheet is set smaller
SHORT = 0.07  # the part of a sheet, three lines, that is too little for a last one
MARGIN = 60.0  # points, above and below: the room of running heads and numbers
TWICE = re.compile(r"^([\d.]+\s+)?(.{4,})\2$")
BUTTON = re.compile(
    r'<li>\s*<button onclick="window\.print\(\)".*?</button>\s*</li>', re.S
)


def find_browser() -> str | None:
    """Where a Chromium is, if there is one."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def make_pdf(project: Project, target: Path | None = None) -> None:
    """Build the site and print it into one file; without a name, pages offer it.

    Raises:
        BookError: If there is no Chromium or Chrome, or it fails.
    """
    build(project)
    browser = find_browser()
    if browser is None:
        raise BookError("Chromium or Chrome prints the PDF; install one of them")
    file = target or project.html / PDF
    names = [*map(place, project.addresses()), "answers"]
    known = Print()
    for _ in range(PRINTS):
        print_once(browser, project, known, file)
        made = PdfReader(file)
        sheets = sheets_of(made)
        tight = dict(known.tight)
        for name in short(made, [sheets[name] for name in names], names):
            tight[name] = tight.get(name, 0) + STEP
        if (sheets, tight) == (known.sheets, known.tight):
            break
        known = Print(sheets, tight)
    shrink(file)
    if target is None:
        offer(project)
    print(f"The whole book is in {file}")


def print_once(browser: str, project: Project, known: Print, file: Path) -> None:
    """Let the browser print the whole book."""
    joined = project.build / "print" / "book.html"
    joined.parent.mkdir(exist_ok=True)
    joined.write_text(join(project, known), encoding="utf-8")
    command = [
        browser,
        *FLAGS,
        "--no-pdf-header-footer",
        "--generate-pdf-document-outline",
        f"--print-to-pdf={file}",
        joined.as_uri(),
    ]
    file.unlink(missing_ok=True)
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if not file.is_file():
        raise BookError(f"{done.stderr.strip()}\n\nThe PDF was not made.")


def shrink(file: Path) -> None:
    """Pack what screen readers need, which Chromium writes out at length.

    It also writes a bookmark twice over whose heading the end of a sheet has moved.
    """
    import pikepdf  # only who makes the PDF waits for it

    with pikepdf.open(file, allow_overwriting_input=True) as made:
        for item in made.objects:
            if isinstance(item, pikepdf.Dictionary) and {"/Title", "/Parent"} <= {
                *item
            }:
                item.Title = TWICE.sub(r"\1\2", str(item.Title))
        made.save(object_stream_mode=pikepdf.ObjectStreamMode.generate)


def sheets_of(made: PdfReader) -> dict[str, int]:
    """The sheet of each place that a link of a PDF leads to, counted from 1."""
    places = made.named_destinations.items()
    return {
        name.lstrip("/"): number + 1
        for name, place in places
        if (number := made.get_destination_page_number(place)) is not None
    }


def short(made: PdfReader, starts: list[int], names: list[str]) -> Iterator[str]:
    """The pages of the book whose last sheet holds next to nothing."""
    ends = [start - 1 for start in starts[1:]] + [len(made.pages)]
    for name, start, end in zip(names, starts, ends, strict=True):
        if end > start and filled(made.pages[end - 1]) < SHORT:
            yield name


def filled(sheet: PageObject) -> float:
    """How far down the words of a sheet reach, from 0 to 1."""
    height = float(sheet.mediabox.height)
    low = [height - MARGIN]

    def note(words: str, cm: list[float], tm: list[float], *_: object) -> None:
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        if words.strip() and MARGIN < y < height - MARGIN:
            low.append(y)

    sheet.extract_text(visitor_text=note)
    return 1 - (min(low) - MARGIN) / (height - 2 * MARGIN)


def offer(project: Project) -> None:
    """Put the PDF into the menu of every page, above what prints the page alone."""
    for path in project.html.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        if "-book-button" in page or not (found := BUTTON.search(page)):
            continue
        up = "../" * (len(path.relative_to(project.html).parts) - 1)
        words = escape(say("the whole book, .pdf"))
        tip = escape(say("Download the whole book as one PDF"))
        link = f'<a href="{up}{PDF}" download'
        item = found[0].replace('<button onclick="window.print()"', link)
        item = item.replace("</button>", "</a>").replace("-pdf-button", "-book-button")
        item = re.sub(r'title="[^"]*"', f'title="{tip}"', item)
        item = re.sub(r'(text-container">)[^<]*', rf"\g<1>{words}", item)
        page = f"{page[: found.start()]}{item}\n{page[found.start() :]}"
        path.write_text(page, encoding="utf-8")
