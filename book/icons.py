"""The icons of the theme's buttons: only those that some page shows, as a style sheet.

The theme draws them with a script of 1.5 MB that holds all of Font Awesome. Here each
becomes a mask over the colour of its text: nothing to run, nothing that moves.
"""

import re
from pathlib import Path

import pydata_sphinx_theme
from sphinx.application import Sphinx
from sphinx.util import logging

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


def used(outdir: Path) -> set[str]:
    """The names of the icons on the pages of a site and in the theme's own script."""
    names = {"xmark"}  # the theme's script adds it to announcements
    for page in outdir.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for classes in re.findall(
            r'<(?:i|span) class="([^"]*\bfa[srb]?\b[^"]*)"', text
        ):
            names |= {
                c[3:] for c in classes.split() if c.startswith("fa-") and c not in LOOKS
            }
    return names


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


def write_sheet(app: Sphinx, failure: Exception | None) -> None:
    """Write the style sheet beside the finished pages; name an icon that is unknown."""
    if failure or app.builder.format != "html":
        return
    icons = ALL.read_text(encoding="utf-8")
    rules = []
    for name in sorted(used(Path(app.outdir))):
        rules.append(rule(name, icons))
        if not rules[-1]:
            log.warning("Font Awesome Free has no icon named %r", name)
    sheet = HEAD + "\n".join(rules) + "\n"
    Path(app.outdir, "_static", SHEET).write_text(sheet, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Load the sheet in every page, and write it when all pages are known."""
    app.add_css_file(SHEET)
    app.connect("build-finished", write_sheet)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
