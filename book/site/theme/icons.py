"""The icons of the theme's buttons: only those that some page shows, as a style sheet.

The theme draws them with a script of 1.5 MB that holds all of Font Awesome. Here each
becomes a mask over the colour of its text: nothing to run, nothing that moves.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import pydata_sphinx_theme
from sphinx.util import logging

from book.site.theme import Site

log = logging.getLogger(__name__)
SHEET = "icons.css"
ALL = Path(pydata_sphinx_theme.__file__).parent.joinpath(
    "theme", "pydata_sphinx_theme", "static", "scripts", "fontawesome.js"
)
# Classes that say how large an icon is or from which set it comes.
LOOKS = {"fa-solid", "fa-regular", "fa-brands", "fa-lg", "fa-fw", "fa-xs", "fa-sm"}
HEAD = """/* Icons of Font Awesome Free, https://fontawesome.com, CC BY 4.0 */
.fa-solid, .fas, .fa-regular, .far, .fa-brands, .fab {
  display: inline-block;
  font-family: inherit; /* the theme's is a font of 157 kB, which nothing here draws */
}
a.github::before, a.gitlab::before { content: none; } /* letters of that font */
[class*=" fa-"]::before, [class^="fa-"]::before {
  content: "" !important;
  display: inline-block;
  width: var(--wide, 1em);
  height: 1em;
  vertical-align: -0.125em;
  background: currentColor;
  mask: var(--icon) center / contain no-repeat;
}
@media (forced-colors: active) {
  [class*=" fa-"]::before, [class^="fa-"]::before {
    forced-color-adjust: none;
    background: CanvasText;
  }
}
"""


ALWAYS = {"xmark"}  # the theme's script adds it to announcements


def used(pages: Iterable[str]) -> set[str]:
    """The names of the icons on some pages.

    >>> used(['<i class="fa-solid fa-bars fa-lg"></i>'])
    {'bars'}
    """
    classes = {
        name
        for page in pages
        for words in re.findall(r'<(?:i|span) class="([^"]*\bfa[srb]?\b[^"]*)"', page)
        for name in words.split()
    }
    return {name[3:] for name in classes - LOOKS if name.startswith("fa-")}


def rule(name: str, icons: str) -> str:
    """The style of one icon, or nothing if Font Awesome does not have it."""
    found = re.search(rf'[{{,"]{name}"?:\[(\d+),(\d+),\[[^]]*\],"\w+","([^"]+)"', icons)
    if not found:
        return ""
    width, height, path = found.groups()
    svg = (
        (
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}'>"
            f"<path d='{path}'/></svg>"
        )
        .replace("<", "%3C")
        .replace(">", "%3E")
    )
    wide = f"{int(width) / int(height):.3g}em"
    return f'.fa-{name} {{ --wide: {wide}; --icon: url("data:image/svg+xml,{svg}"); }}'


def draw(site: Site) -> list[str]:
    """Write the style sheet; tell of an icon that is unknown."""
    icons = ALL.read_text(encoding="utf-8")
    found = used(site.pages.values())
    rules = []
    for name in sorted(found | ALWAYS):
        rules.append(rule(name, icons))
        if not rules[-1]:
            log.warning("Font Awesome Free has no icon named %r", name)
    sheet = HEAD + "\n".join(rules) + "\n"
    (site.static / SHEET).write_text(sheet, encoding="utf-8")
    return [] if found else ["icons"]
