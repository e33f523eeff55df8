"""The whole book on paper: its pages joined into one, and printed by a browser.

Links between pages become links inside the PDF, headings its outline, descriptions of
figures stay with them for screen readers, and folds are open.
"""

import re
import shutil
import subprocess
from pathlib import Path
from posixpath import dirname, normpath
from urllib.parse import urlsplit

from book.build import build
from book.project import BookError, Project

PDF = "first-weights.pdf"
SITE = "../html/"  # as seen from the page that is printed
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run
    --disable-background-networking --disable-component-update --disable-sync
    --no-proxy-server""".split()
# Scripts bring figures to life and close folds: paper needs neither.
STYLES = (
    "basic.css",
    "pydata-sphinx-theme",
    "sphinx-book-theme",
    "pygments",
    "mystnb",
    "book.css",
    "live.css",
    "widgets.css",
)
PAPER = """
@page { size: A4; margin: 18mm 16mm 20mm;
        @bottom-center { content: counter(page); font: 9pt sans-serif; } }
html { font-size: 12px; }
body { padding: 0; }
article { max-width: none; break-before: page; }
article:first-of-type { break-before: auto; }
a.headerlink, .live-ghost, noscript, button { display: none !important; }
a { color: inherit; }
h1, h2, h3 { break-after: avoid; }
.live-shell, .fw-figure, figure, img, div.highlight, details { break-inside: avoid; }
div.highlight pre { white-space: pre-wrap; }
div.math { overflow: visible; }
table { break-inside: auto; }
.fw-figure { max-height: 22cm; }
* { animation: none !important; } /* a fold that fades in is printed before it has */
details.hide > summary { display: none !important; }
"""


def find_browser() -> str | None:
    """Where a Chromium is, if there is one."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def make_pdf(project: Project, target: Path | None = None) -> None:
    """Build the site and print it into one file, beside the pages if none is named.

    Raises:
        BookError: If there is no Chromium or Chrome, or it fails.
    """
    build(project)
    browser = find_browser()
    if browser is None:
        raise BookError("Chromium or Chrome prints the PDF; install one of them")
    target = target or project.html / PDF
    joined = project.build / "print" / "book.html"
    joined.parent.mkdir(exist_ok=True)
    joined.write_text(join(project), encoding="utf-8")
    command = [
        browser,
        *FLAGS,
        "--no-pdf-header-footer",
        "--generate-pdf-document-outline",
        f"--print-to-pdf={target}",
        joined.as_uri(),
    ]
    target.unlink(missing_ok=True)
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if not target.is_file():
        raise BookError(f"{done.stderr.strip()}\n\nThe PDF was not made.")
    print(f"The whole book is in {target}")


def join(project: Project) -> str:
    """All pages of the site as one, in the order of the book."""
    names = project.addresses()
    texts = [(project.html / name).read_text(encoding="utf-8") for name in names]
    links = re.findall(r'<link [^>]*rel="stylesheet"[^>]*>', "".join(texts))
    sheets = dict.fromkeys(
        f"_static/{found[1]}"
        for link in links
        if (found := re.search(r'href="(?:\.\./)?_static/([^"?]+)', link))
        and any(name in found[1] for name in STYLES)
    )
    head = "".join(f'<link rel="stylesheet" href="{SITE}{sheet}">' for sheet in sheets)
    body = "".join(
        article(name, text, set(names)) for name, text in zip(names, texts, strict=True)
    )
    return (
        f'<!DOCTYPE html><html lang="{project.language or "en"}" '
        'data-theme="light" data-mode="light"><head>'
        f'<meta charset="utf-8"><title>First Weights</title>{head}'
        f"<style>{PAPER}</style></head><body>{body}</body></html>"
    )


def article(name: str, text: str, names: set[str]) -> str:
    """What a page says, with names and links that are unique in the whole book."""
    _, _, rest = text.partition('<article class="bd-article"')
    body = rest.partition(">")[2].partition("</article>")[0]
    body = re.sub(r"<script.*?</script>", "", body, flags=re.S)
    body = re.sub(r"<details(?! open)", "<details open", body)
    body = re.sub(r'(?<=\sid=")([^"]+)', lambda id: place(name, id[1]), body)
    body = re.sub(r"url\(#([^)]+)\)", lambda id: f"url(#{place(name, id[1])})", body)
    body = re.sub(r'(src=")(?:\.\./)*', rf"\1{SITE}", body)
    body = re.sub(r'href="([^"]*)"', lambda link: led(name, link[1], names), body)
    return f'<article id="{place(name)}">{body}</article>'


def place(page: str, name: str = "") -> str:
    """The name in the whole book of a place in a page.

    >>> place("chapters/03_symmetry.html", "check-rows")
    'chapters-03_symmetry--check-rows'
    """
    return f"{page.removesuffix('.html').replace('/', '-')}--{name}".rstrip("-")


def led(page: str, link: str, names: set[str]) -> str:
    """The attribute of a link that leads to the same place in the whole book.

    >>> names = {"chapters/01.html", "chapters/02.html"}
    >>> led("chapters/02.html", "01.html#why", names)
    'href="#chapters-01--why"'
    >>> led("chapters/02.html", "../first-weights.zip", names)
    ''
    """
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return f'href="{link}"'
    target = (
        normpath(f"{dirname(page)}/{parts.path}").lstrip("/") if parts.path else page
    )
    if target not in names:
        return ""  # a file beside the pages: not on paper
    return f'href="#{place(target, parts.fragment)}"'
