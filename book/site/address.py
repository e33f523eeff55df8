"""What depends on where the book will stand: one setting says it, ``repository.url``.

With it in _config.yml, pages get buttons for Colab, Binder, the source and issues, name
their own address for search engines and messengers, and a sitemap lists them. Without
it the book is complete but for these, since they need a whole address.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from sphinx.application import Sphinx
from sphinx.config import Config

from book.download import ZIP
from book.site.numbers import called, parts
from helpers.words import say

# The branch with chapters that fetch the course's own code, for Colab:
# .github/workflows/publish.yml writes it.
NOTEBOOKS = "notebooks"
BUTTONS = {
    "use_repository_button": True,
    "use_issues_button": True,
    "use_source_button": True,
}
LAUNCH = {
    "notebook_interface": "jupyterlab",
    "binderhub_url": "https://mybinder.org",
    "colab_url": "https://colab.research.google.com",
}
NOT_FOUND = "404"
NO_CONTENT = ["search.html", "genindex.html", f"{NOT_FOUND}.html"]


def pages_of(repository: str) -> str:
    """Where GitHub shows the site of a repository; nothing if it is not on GitHub.

    >>> pages_of("https://github.com/someone/first-weights")
    'https://someone.github.io/first-weights/'
    """
    found = re.fullmatch(
        r"https://github\.com/([\w.-]+)/([\w.-]+?)(\.git)?/?", repository
    )
    return f"https://{found[1].lower()}.github.io/{found[2]}/" if found else ""


def configure(app: Sphinx, config: Config) -> None:
    """Offer the buttons and a sitemap, if the repository is known."""
    options = config.html_theme_options
    if repository := options.get("repository_url", ""):
        options |= BUTTONS
        options["repository_branch"] = options.get("repository_branch") or "main"
        options["launch_buttons"] = LAUNCH
        config.html_baseurl = config.html_baseurl or pages_of(repository)
    if config.html_baseurl:  # without one, sphinx-sitemap does nothing but warn
        app.setup_extension("sphinx_sitemap")
        config.sitemap_url_scheme = "{link}"
        config.sitemap_excludes = NO_CONTENT


def not_found(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The page for an address that is none; it is shown at any depth."""
    root = urlsplit(app.config.html_baseurl).path or "/"
    existing = [
        (
            part,
            [
                (app.builder.get_target_uri(name), called(app.env, name))
                for name in names
            ],
        )
        for part, names in parts(app.env, app.config.root_doc)
    ]
    said = {"say": say, "root": root, "existing": existing}
    yield NOT_FOUND, said, "not_found.html"


def add_buttons(
    app: Sphinx,
    pagename: str,
    template: str,
    context: dict[str, Any],
    doctree: object,
) -> None:
    """Offer the whole course, and let Colab open copies that fetch its code.

    The theme calls what prints the page ".pdf"; book/pdf.py offers the PDF of the book
    where it has made one.
    """
    branch = app.config.html_theme_options.get("repository_branch", "")
    for group in context.get("header_buttons", []):
        if group.get("label") == "download-buttons":
            group["buttons"].append(
                {
                    "type": "link",
                    "url": context["pathto"](ZIP, resource=True),
                    "text": say("all chapters, .zip"),
                    "icon": "fas fa-file-zipper",
                    "tooltip": say("Download all chapters with the code they need"),
                    "label": "download-all-button",
                }
            )
        for button in group.get("buttons", []):
            if button.get("label") == "download-pdf-button":
                button["text"] = say("print")
                button["tooltip"] = say("Print this page")
            if button.get("text") == "Colab":
                here, there = f"/blob/{branch}/", f"/blob/{NOTEBOOKS}/"
                button["url"] = button["url"].replace(here, there)
