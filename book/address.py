"""What depends on where the book will stand: one setting says it, ``repository.url``.

With it in _config.yml, pages get buttons for Colab, Binder, the source and issues, name
their own address for search engines and messengers, and a sitemap lists them. Without
it the book is complete but for these, since they need a whole address.
"""

import re
from collections.abc import Iterable
from html import escape
from pathlib import Path
from string import Template

from sphinx.application import Sphinx
from sphinx.config import Config

from book.download import ZIP

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
REDIRECT = Path(__file__).with_name("templates") / "redirect.html"
NOT_FOUND = Path(__file__).with_name("templates") / "not_found.html"


def pages_of(repository: str) -> str:
    """Where GitHub shows the site of a repository; nothing if it is not on GitHub.

    >>> pages_of("https://github.com/someone/first-weights")
    'https://someone.github.io/first-weights/'
    """
    found = re.fullmatch(
        r"https://github\.com/([\w.-]+)/([\w.-]+?)(\.git)?/?", repository
    )
    return f"https://{found[1].lower()}.github.io/{found[2]}/" if found else ""


def redirect(to: str) -> str:
    """A page that leads on to another one, for those too whom no browser leads."""
    return Template(REDIRECT.read_text(encoding="utf-8")).substitute(to_uri=to)


def not_found(base: str, titles: Iterable[tuple[str, str]]) -> str:
    """The page for an address that is none; it is shown at any depth.

    Args:
        base: the address of the site, or nothing if it is not known.
        titles: the address of each page within the site, and its title.
    """
    root = re.sub(r"^https?://[^/]+", "", base) or "/"
    items = "".join(
        f'<li><a href="{root}{escape(address)}">{escape(title)}</a></li>'
        for address, title in titles
    )
    text = NOT_FOUND.read_text(encoding="utf-8")
    return Template(text).substitute(root=root, items=items)


def sitemap(base: str, addresses: Iterable[str]) -> str:
    """The list of pages for search engines, https://www.sitemaps.org."""
    urls = "".join(f"<url><loc>{base}{address}</loc></url>\n" for address in addresses)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n'
    )


def configure(app: Sphinx, config: Config) -> None:
    """Offer the buttons, and know the address, if the repository is known."""
    config.redirect_html_template_file = str(REDIRECT)
    options = config.html_theme_options
    if repository := options.get("repository_url", ""):
        options |= BUTTONS
        options["repository_branch"] = options.get("repository_branch") or "main"
        options["launch_buttons"] = LAUNCH
        config.html_baseurl = config.html_baseurl or pages_of(repository)


def add_buttons(
    app: Sphinx, pagename: str, template: str, context: dict, doctree: object
) -> None:
    """Offer the whole course, and let Colab open copies that fetch its code."""
    branch = app.config.html_theme_options.get("repository_branch", "")
    for group in context.get("header_buttons", []):
        if group.get("label") == "download-buttons":
            group["buttons"].append(
                {
                    "type": "link",
                    "url": context["pathto"](ZIP, resource=True),
                    "text": "all chapters, .zip",
                    "icon": "fas fa-file-zipper",
                    "tooltip": "Download all chapters with the code they need",
                    "label": "download-all-button",
                }
            )
        for button in group.get("buttons", []):
            if button.get("text") == "Colab":
                here, there = f"/blob/{branch}/", f"/blob/{NOTEBOOKS}/"
                button["url"] = button["url"].replace(here, there)


def write_files(app: Sphinx, failure: Exception | None) -> None:
    """Write the page for wrong addresses, and the sitemap."""
    if failure or app.builder.format != "html":
        return
    base = app.config.html_baseurl
    titles = [
        (app.builder.get_target_uri(name), app.env.titles[name].astext())
        for name in app.env.collect_relations()  # in the order of the book
    ]
    Path(app.outdir, "404.html").write_text(not_found(base, titles), encoding="utf-8")
    if base:
        text = sitemap(base, [address for address, _ in titles])
        Path(app.outdir, "sitemap.xml").write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Add what stands at addresses of its own."""
    app.setup_extension("sphinx_reredirects")
    app.connect("config-inited", configure)
    # After the theme has made its buttons (priority 501), before it lays them out.
    app.connect("html-page-context", add_buttons, priority=502)
    app.connect("build-finished", write_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
