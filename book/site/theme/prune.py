"""Others' style sheets without what no page of this book can use.

They hold all of Bootstrap, which a phone would load before it shows a word. A rule
stays if each class and id that it needs stands in some page or some script; what a
selector says inside ``:not(...)`` and the like is not looked at: more stays than must.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from itertools import chain

import tinycss2
from tinycss2.ast import Node

from book.site.theme import Site

# The theme's sheets, Sphinx's and MyST-NB's
OTHERS = ("styles/*.css", "basic.css", "pygments.css", "mystnb.*.css")
GROUPS = {"media", "supports", "layer"}  # what holds rules of its own


def names_in(site: Site) -> set[str]:
    """Every class and id of the pages of a site, and every word of its scripts."""
    names: set[str] = set()
    for page in site.pages.values():
        for words in re.findall(r'(?:class|id)="([^"]*)"', page):
            names.update(words.split())
        for script in re.findall(r"<script[^>]*>(.*?)</script>", page, re.S):
            names.update(re.findall(r"[\w-]+", script[:10_000]))
    for script in site.static.rglob("*.js"):
        names.update(re.findall(r"[\w-]+", script.read_text(encoding="utf-8")))
    return names


def needs(selector: list[Node]) -> Iterator[str]:
    """The classes and ids without which a selector finds nothing."""
    for before, node in zip([None, *selector], selector, strict=False):
        if node.type == "hash":
            yield node.value
        elif node.type == "ident" and before is not None and before == ".":
            yield node.value


def selectors(prelude: Iterable[Node]) -> Iterator[list[Node]]:
    """The selectors of a rule, which stand between commas."""
    parts: list[list[Node]] = [[]]
    for node in prelude:
        if node == ",":
            parts.append([])
        else:
            parts[-1].append(node)
    yield from parts


def prune(rules: Iterable[Node], names: set[str]) -> str:
    """The rules that can find something on a page with these classes and ids.

    >>> css = "a.b, #c { x: y }@media print { .d { x: y } }.b:not(.d) { z: y }"
    >>> prune(tinycss2.parse_stylesheet(css), {"b"})
    'a.b{ x: y }.b:not(.d){ z: y }'
    """
    kept = ""
    for rule in rules:
        if rule.type == "qualified-rule":
            found = [s for s in selectors(rule.prelude) if names.issuperset(needs(s))]
            if found:
                head = ",".join(tinycss2.serialize(s).strip() for s in found)
                kept += f"{head}{{{tinycss2.serialize(rule.content)}}}"
        elif rule.type == "at-rule" and rule.at_keyword in GROUPS and rule.content:
            inner = prune(tinycss2.parse_blocks_contents(rule.content), names).strip()
            if inner:
                head = tinycss2.serialize(rule.prelude)
                kept += f"@{rule.at_keyword}{head}{{{inner}}}"
        elif rule.type != "comment" and not is_icon_font(rule):
            kept += rule.serialize()
    return kept


def is_icon_font(rule: Node) -> bool:
    """Whether this brings the font of icons, which icons.py draws without it.

    A page whose style sheets come late would ask for it before it knows that.
    """
    face = rule.type == "at-rule" and rule.at_keyword == "font-face"
    return face and "fontawesome" in tinycss2.serialize(rule.content)


def prune_sheets(site: Site) -> list[str]:
    """Prune others' sheets, and let each page ask for them by what is in them."""
    names, marks, pruned = names_in(site), {}, False
    for sheet in chain.from_iterable(map(site.static.glob, OTHERS)):
        css = sheet.read_text(encoding="utf-8")
        lean = prune(tinycss2.parse_stylesheet(css, skip_comments=True), names)
        theme = sheet.parent.name == "styles"
        pruned |= theme and len(lean) < len(css) / 2
        sheet.write_text(lean, encoding="utf-8")
        marks[sheet.name] = hashlib.sha256(lean.encode()).hexdigest()[:8]
    if not marks:
        return ["styles"]
    asked = re.compile(rf"/({'|'.join(map(re.escape, marks))})(\?\w+=\w+)?(?=\")")
    for address, page in site.pages.items():
        site.pages[address] = asked.sub(lambda a: f"/{a[1]}?v={marks[a[1]]}", page)
    return [] if pruned else ["styles"]
