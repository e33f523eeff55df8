"""The whole book as one page that a browser can print: cover, contents, pages, answers.

Links between pages become links inside it, figures say what they are drawn for, and
the answers of quizzes stand at the back. Chromium numbers its sheets, and names them in
the head, but cannot tell on which sheet a link leads: that is known from a first print.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path
from posixpath import dirname, normpath
from urllib.parse import urlsplit

from book.project import Project
from book.site.state import Widgets, family
from helpers.live.contract import STATE
from helpers.live.svg import inline
from helpers.words import say

SITE = "../html/"  # as seen from the page that is printed
SHEET = Path(__file__).with_name("templates") / "paper.css"
COVER = Path("chapters/first-fan.svg")
ANSWER = re.compile(
    r'<details class="answer( right)?"[^>]*>\s*<summary>(.*?)</summary>(.*?)</details>',
    re.S,
)
QUESTION = re.compile(
    r"(<p><strong>(\d+)\. (?:(?!</p>).)*</p>\s*)"
    r'((?:<details class="answer.*?</details>\s*)+)',
    re.S,
)
HEADING = re.compile(
    r'<section\b[^>]*\bid="([^"]+)"[^>]*>\s*(?:<span[^>]*></span>\s*)*'
    r"<h([12])[^>]*>(.*?)</h\2>",
    re.S,
)
# A PDF keeps a place for each tag, for screen readers: code keeps the colours of what
# is said in words, and half of all tags are gone.
PLAIN = re.compile(r'<span class="(?!c|k|s2|sd)[a-z]{1,2}\d?">([^<]*)</span>')
SHELL = re.compile(r'(class="live-shell[^>]*data-model="(\w+)">.*?</svg>)', re.S)


@dataclass
class Print:
    """What a print needs to know of the one before it.

    Attributes:
        sheets: The sheet of each place that a link leads to; unknown at first.
        tight: By how many percent a page of the book is smaller, so that its last sheet
            does not hold two lines.
    """

    sheets: Mapping[str, int] = field(default_factory=dict)
    tight: Mapping[str, int] = field(default_factory=dict)

    def sheet(self, place: str) -> str:
        """The number of a sheet, or as much room as it will take."""
        return str(self.sheets.get(place, "000"))


def join(project: Project, known: Print | None = None) -> str:
    """All pages of the site as one, in the order of the book."""
    known = known or Print()
    names = project.addresses()
    texts = {name: (project.html / name).read_text("utf-8") for name in names}
    # scripts bring figures to life and close folds: paper needs only the styles
    links = re.findall(r'<link [^>]*rel="stylesheet"[^>]*>', "".join(texts.values()))
    styles = dict.fromkeys(
        found[1]
        for link in links
        if (found := re.search(r'href="(?:\.\./)?(_static/[^"?]+)', link))
    )
    head = "".join(f'<link rel="stylesheet" href="{SITE}{style}">' for style in styles)
    bodies = {place(name): article(name, texts[name], set(names)) for name in names}
    answers = {name: list(solved(body)) for name, body in bodies.items()}
    bodies |= {name: asked(body, known) for name, body in bodies.items()}
    titles = {name: title(body) for name, body in bodies.items()}
    bodies["answers"] = back(answers, titles)
    titles["answers"] = say("Answers")
    heads = "".join(running_head(n, words) for n, words in enumerate(titles.values()))
    pages = "".join(
        f'<article class="bd-article" id="{name}" style="page: p{number}; '
        f'zoom: {100 - known.tight.get(name, 0)}%">{body}</article>'
        for number, (name, body) in enumerate(bodies.items())
    )
    return (
        f'<!DOCTYPE html><html lang="{project.language or "en"}" '
        'data-theme="light" data-mode="light"><head>'
        f'<meta charset="utf-8"><title>First Weights</title>{head}'
        f"<style>{SHEET.read_text(encoding='utf-8')}{heads}</style></head><body>"
        f"{cover(project)}{contents(bodies, known)}{pages}</body></html>"
    )


# What stands before the pages, around them and after them -----------------------------


def cover(project: Project) -> str:
    """The first sheet; its title is no heading, which bookmarks would repeat."""
    picture = project.root / COVER
    drawn = inline(picture.read_text(encoding="utf-8"), "cover-", "")
    drawn = drawn.replace('role="img" aria-label=""', 'aria-hidden="true"')
    author = project.settings("_config.yml").get("author", "")
    return (
        '<section class="cover"><p class="title">First Weights</p>'
        f'<p class="line">{escape(say("How a deep network starts"))}</p>{drawn}'
        f"<p>{escape(author)}</p></section>"
    )


def contents(bodies: Mapping[str, str], known: Print) -> str:
    """Every page and its sections, with the sheets on which they begin."""
    entries = ""
    for name, body in bodies.items():
        sections = "".join(
            f"<li>{entry(place, words, known)}</li>"
            for place, level, words in headings(body)
            if level == "2"
        )
        entries += f"<li>{entry(name, title(body), known)}<ol>{sections}</ol></li>"
    return (
        f'<nav class="sheets"><p class="title">{escape(say("Contents"))}</p>'
        f"<ol>{entries}</ol></nav>"
    )


def entry(place: str, words: str, known: Print) -> str:
    """A line of the contents."""
    return (
        f'<a href="#{place}"><span>{escape(words)}</span>'
        f'<span class="sheet">{known.sheet(place)}</span></a>'
    )


def headings(body: str) -> Iterator[tuple[str, str, str]]:
    """The place, the level and the words of each heading of a page."""
    for found in HEADING.finditer(body):
        yield f"{found[1]}-heading", found[2], text(found[3])


def title(body: str) -> str:
    """What a page is called."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", body, re.S)
    return text(found[1]) if found else ""


def text(html: str) -> str:
    """The words of a piece of HTML, without the link to itself that headings have."""
    html = re.sub(r'<a class="headerlink".*?</a>', "", html, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def running_head(number: int, words: str) -> str:
    """What stands above each sheet of a page.

    >>> print(running_head(3, 'the "best" gain').split('content: ')[2])
    "the \\"best\\" gain"; font: 9pt sans-serif; } }
    """
    quoted = re.sub(r'(["\\])', r"\\\1", words)
    return (
        f'@page p{number} {{ @top-left {{ content: "First Weights"; '
        "font: 9pt sans-serif; } "
        f'@top-right {{ content: "{quoted}"; font: 9pt sans-serif; }} }}'
    )


# The pages ----------------------------------------------------------------------------


def article(name: str, page: str, names: set[str]) -> str:
    """What a page says, with names and links that are unique in the whole book."""
    _, _, rest = page.partition('<article class="bd-article"')
    body = rest.partition(">")[2].partition("</article>")[0]
    body = SHELL.sub(lambda shell: f"{shell[1]}{drawn_for(shell[2], page)}", body)
    body = re.sub(r"<script.*?</script>", "", body, flags=re.S)
    body = re.sub(r"<details(?! open)", "<details open", body)
    body = body.replace('<details open class="answer', '<details class="answer')
    body = PLAIN.sub(r"\1", body)
    body = re.sub(r'(?<=\sid=")([^"]+)', lambda id: place(name, id[1]), body)
    body = re.sub(r"url\(#([^)]+)\)", lambda id: f"url(#{place(name, id[1])})", body)
    body = re.sub(r'(src=")(?:\.\./)*', rf"\1{SITE}", body)
    body = re.sub(r'href="([^"]*)"', lambda link: led(name, link[1], names), body)
    return HEADING.sub(named, body)


def named(found: re.Match[str]) -> str:
    """A section whose heading has a name: it may stand a sheet behind its beginning."""
    tag = f"<h{found[2]}"
    return found[0].replace(tag, f'{tag} id="{found[1]}-heading"', 1)


def drawn_for(model: str, page: str) -> str:
    """Where the controls of a live figure stand, in words."""
    saved = page.partition(f'<script type="{STATE}">')[2].partition("</script>")[0]
    widgets: Widgets = json.loads(saved)["state"] if saved else {}
    parts = []
    for member in family(model, widgets) if model in widgets else []:
        state = widgets[member]["state"]
        if labels := state.get("_options_labels"):
            parts.append(f"{state['description']} {labels[state['index']]}")
        elif "readout_format" in state:
            value = format(state["value"], state["readout_format"])
            parts.append(f"{state['description']} {value}")
    if not parts:
        return ""
    words = say("Drawn for {setting}.", setting=", ".join(parts))
    return f'<p class="setting">{escape(words)}</p>'


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


# Quizzes: asked in their place, answered at the back ----------------------------------


def asked(body: str, known: Print) -> str:
    """A page whose questions have no answers, but the sheet where they are."""

    def question(found: re.Match[str]) -> str:
        choices = "".join(f"<li>{words}</li>" for _, words, _ in answers(found))
        return f'{found[1]}<ol class="choices">{choices}</ol>'

    if not (last := list(QUESTION.finditer(body))):
        return body
    where = say("Answers: page {page}", page=known.sheet("answers"))
    end = last[-1].end()
    at = f'<p class="answers-at"><a href="#answers">{escape(where)}</a></p>'
    return QUESTION.sub(question, f"{body[:end]}{at}{body[end:]}")


def answers(question: re.Match[str]) -> list[tuple[str, str, str]]:
    """For each choice of a question: whether it is right, its words, what is said."""
    return ANSWER.findall(question[3])


def solved(body: str) -> Iterator[str]:
    """The answers to the questions of a page."""
    for found in QUESTION.finditer(body):
        given = answers(found)
        right = ", ".join(
            letter for letter, (sign, *_) in zip(LETTERS, given, strict=False) if sign
        )
        said = "".join(f"<li>{feedback}</li>" for *_, feedback in given)
        yield (
            f'<div class="answered"><p><strong>{found[2]}. {right}</strong></p>'
            f'<ol class="choices">{said}</ol></div>'
        )


LETTERS = "abcdefgh"


def back(answered: Mapping[str, list[str]], titles: Mapping[str, str]) -> str:
    """The answers to all quizzes of the book."""
    chapters = "".join(
        f'<section id="answers--{name}">'
        f'<h2><a href="#{name}">{escape(titles[name])}</a></h2>'
        f"{''.join(found)}</section>"
        for name, found in answered.items()
        if found
    )
    heading = escape(say("Answers"))
    body = f'<section id="answers--all"><h1>{heading}</h1>{chapters}</section>'
    return HEADING.sub(named, body)
