"""The search: what stands in each section and entry of the book, as a script.

Sphinx's own search finds pages, by whole words alone, and no formula. Here a reader
finds the section, the term or the paper. assets/search/search.js reads the index and
asks MiniSearch; both come when a search field is first used (assets/page.js), as
scripts, since a page that was opened from a folder may read no other file.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString
from sphinx.application import Sphinx
from sphinx.locale import _

from book.site.theme import Site, previews
from helpers.words import said, say, translations

SCRIPT = Path(__file__).parents[1] / "assets" / "search" / "search.js"
# Beside the pages, not in _static: its words are no names of styles (prune.py).
INDEX = "searchindex.js"
# What Sphinx's own search needs, and nothing else does.
SPHINXS = ("searchtools.js", "language_data.js", "sphinx_highlight.js")

# Where no words of the book are.
SILENT = {"script", "style", "template", "noscript", "svg", "button", "nav"}
SILENT_CLASSES = {"headerlink", "eqno", "live-shell", "onlyprint", "search-found"}
# What a parser need not read; it is most of a page: figures, and the colours of code.
LONG = re.compile(r"<(script|svg|template)\b.*?</\1>", re.S)
CODE = re.compile(r"(?<=<pre>).*?(?=</pre>)", re.S)
TAG = re.compile(r"<[^>]+>")
INLINE = set("a abbr b cite code em i kbd q s small span strong sub sup u".split())
# In a formula, what has room on both sides; and what is there but not seen.
RELATIONS = set("=≈≠<>≤≥≪≫→←↔⇒⟹⟺∼≡∈∝↦+−×⋅·")
UNSEEN = dict.fromkeys(map(ord, "\u2061\u2062\u2063\u2064"))


@dataclass
class Passage:
    """What a reader can be led to: a section without those inside it, or an entry."""

    anchor: str
    title: str = ""
    text: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)

    def row(self, page: int) -> list[Any]:
        """Itself in the index."""
        said = (" ".join("".join(part).split()) for part in (self.text, self.code))
        return [page, self.anchor, self.title, *said]


# The page of the search ---------------------------------------------------------------


def replace_sphinxs(app: Sphinx) -> None:
    """Keep Sphinx from writing an index and a page of its own."""
    app.builder.search = False  # type: ignore[attr-defined]  # the HTML builders have it


def page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The page of the search, which the theme's fields lead to."""
    yield "search", {"title": _("Search"), "say": say}, "search.html"


# Its index ----------------------------------------------------------------------------


def write_index(site: Site) -> list[str]:
    """Write the index; return what of Sphinx's search was not there to be deleted."""
    pages: list[list[str]] = []
    rows: list[list[Any]] = []
    looked_up = []
    for address, html in site.pages.items():
        title, found = read(html)
        if found:
            if PurePosixPath(address).stem in previews.PAGES:
                looked_up.append(len(pages))
            rows += [passage.row(len(pages)) for passage in found]
            pages.append([address, title])
    index = {
        "words": translations(said(SCRIPT)),
        "pages": pages,
        "lookedUp": looked_up,
        "passages": rows,
    }
    packed = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
    script = f"(window.firstWeights ??= {{}}).searchIndex = {packed};\n"
    (site.folder / INDEX).write_text(script, encoding="utf-8")
    gone = [name for name in SPHINXS if not (site.static / name).is_file()]
    for name in SPHINXS:
        (site.static / name).unlink(missing_ok=True)
    return [f"Sphinx's search: {name}" for name in gone]


def read(html: str) -> tuple[str, list[Passage]]:
    """The title of a page and its passages; none if it is no page of the book.

    >>> html = '<section id="a"><h1>A</h1><p>B</p><section id="c"><h2>C</h2></section>'
    >>> title, [a, c] = read(f'<article class="bd-article">{html}</section></article>')
    >>> title, a.row(0), c.row(0)
    ('A', [0, 'a', 'A', 'B', ''], [0, 'c', 'C', '', ''])
    """
    begin, end = html.find('<article class="bd-article"'), html.find("</article>")
    article = html[begin:end] if begin >= 0 else ""
    article = CODE.sub(lambda code: TAG.sub("", code[0]), LONG.sub("", article))
    soup = BeautifulSoup(article, "html.parser")
    found: list[Passage] = []
    for section in soup.select("section[id]"):
        passage = Passage(anchor_of(section))
        heading = section.find(["h1", "h2", "h3", "h4", "h5", "h6"], recursive=False)
        if isinstance(heading, Tag):
            passage.title = text_of(heading)
            heading.extract()
        found.append(passage)
        gather(section, passage, found)
    return (found[0].title if found else ""), found


def anchor_of(section: Tag) -> str:
    """The name of a section: the one that its author gave it, if there is one."""
    first = section.find(True, recursive=False)
    named = isinstance(first, Tag) and first.name == "span" and first.get("id")
    return str(named or section["id"])


def text_of(tag: Tag) -> str:
    """The words of an element, on one line."""
    passage = Passage("")
    gather(tag, passage, [])
    return " ".join("".join(passage.text).split())


def gather(tag: Tag, passage: Passage, entries: list[Passage]) -> None:
    """Add an element's words to a passage; the entries inside are passages."""
    for child in tag.children:
        if type(child) is NavigableString:  # a comment is of a type of its own
            passage.text.append(child)
        elif not isinstance(child, Tag) or is_silent(child):
            continue
        elif child.name == "math":
            passage.text.append(linear(child))
        elif child.name == "section":
            continue  # it is a passage of its own
        elif child.name == "details" and "hide" in classes_of(child):
            # a proof, or the code of a figure: of these, what the fold says
            for summary in child.find_all("summary"):
                passage.text += [" ", text_of(summary), " "]
        elif child.name == "pre":
            passage.code += [child.get_text(), " "]
        elif child.name == "dt" and child.get("id"):
            entries.append(Passage(str(child["id"]), text_of(child)))
        elif (
            child.name == "dd"
            and entries
            and child.find_previous_sibling("dt", id=True)
        ):
            gather(child, entries[-1], [])
        elif "citation" in classes_of(child) and child.get("id"):
            label, *said = child.find_all(True, recursive=False)
            entry = Passage(str(child["id"]), text_of(label).strip("[]"))
            entries.append(entry)
            for part in said:
                gather(part, entry, [])
        else:
            around = "" if child.name in INLINE else " "
            passage.text.append(around)
            gather(child, passage, entries)
            passage.text.append(around)


def is_silent(tag: Tag) -> bool:
    """Whether an element has no words of the book."""
    return tag.name in SILENT or not SILENT_CLASSES.isdisjoint(classes_of(tag))


def classes_of(tag: Tag) -> list[str]:
    """The classes of an element."""
    return list(tag.get("class") or ())


def linear(math: Tag) -> str:
    """A formula on one line, as one would type it.

    >>> html = "<math><mi>a</mi><mo>=</mo><msqrt><mfrac><mn>2</mn><mi>n</mi></mfrac>"
    >>> linear(BeautifulSoup(f"{html}</msqrt></math>", "html.parser").math)
    'a = √(2/n)'
    """
    parts = [child for child in math.children if isinstance(child, Tag)]
    if not parts:
        text = math.get_text().translate(UNSEEN).strip()
        between = math.find_previous_sibling() and math.get("form") != "prefix"
        return f" {text} " if between and text in RELATIONS else text
    match math.name, [linear(part) for part in parts]:
        case "mfrac", [over, under]:
            text = f"{closed(over)}/{closed(under)}"
        case "msqrt", inside:
            text = f"√{closed(''.join(inside))}"
        case "mroot", [inside, degree]:
            text = f"{closed(inside)}^(1/{degree})"
        case "msup" | "mover", [base, high]:
            text = f"{base}^{closed(high)}"
        case "msub" | "munder", [base, low]:
            text = f"{base}_{closed(low)}"
        case "msubsup" | "munderover", [base, low, high]:
            text = f"{base}_{closed(low)}^{closed(high)}"
        case "mtr" | "mtable", inside:
            text = " ".join(inside)
        case _, inside:
            text = "".join(inside)
    return " ".join(text.split()) if math.name == "math" else text


def closed(text: str) -> str:
    """A part of a formula in brackets, if it needs them.

    >>> closed("-1"), closed("n_in"), closed("(l)"), closed("2/n")
    ('-1', 'n_in', '(l)', '(2/n)')
    """
    text = text.strip()
    return text if re.fullmatch(r"[-−]?[\w.]+|\([^()]*\)", text) else f"({text})"
