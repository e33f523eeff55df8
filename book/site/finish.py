"""Finished pages are read once, repaired, and written once.

A repair that finds nothing to repair in the whole book fails the build with its name:
the theme has changed, and the repair has ended in silence or is needed no more.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from sphinx.application import Sphinx

from book.site import alone, policy, search
from book.site.theme import Site, icons, mends, previews, prune, report, scripts


class Step(NamedTuple):
    """What is done to all pages together, and why it stands where it stands."""

    repair: Callable[[Site], Iterable[str]]  # returns the names of what was idle
    why: str


STEPS = [
    Step(mends.mend_pages, "what is not mended would count for those after it"),
    Step(scripts.without_work, "it reads what the templates and the hooks have left"),
    Step(search.write_index, "pages say all that they will; no icon is a word"),
    Step(icons.draw, "the mends have taken out the script that would draw them"),
    Step(previews.carry, "what is shown beside a link has been mended"),
    Step(prune.prune_sheets, "it keeps the styles of all that is on a page by now"),
    Step(alone.write, "a figure is taken out of a page that is finished"),
    Step(policy.state, "no script of a page changes any more, and no page is added"),
]


def finish(app: Sphinx, failure: Exception | None) -> None:
    """Take every page of the site through all steps."""
    if failure or app.builder.format != "html":
        return
    site = Site(Path(app.outdir), pages_of(Path(app.outdir)))
    written = dict(site.pages)
    for step in STEPS:
        report(app.config, step.repair(site))
    for name, page in site.pages.items():
        if page != written.get(name):
            path = site.folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(page, encoding="utf-8")


def pages_of(folder: Path) -> dict[str, str]:
    """The pages of a site by their addresses; what lies in _static are templates."""
    paths = [path.relative_to(folder) for path in sorted(folder.rglob("*.html"))]
    return {
        path.as_posix(): (folder / path).read_text(encoding="utf-8")
        for path in paths
        if path.parts[0] != "_static"
    }
