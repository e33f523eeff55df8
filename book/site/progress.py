"""What a reader has read, kept in the reader's own browser by assets/progress.js.

Here the script is given to each page, with its words in the reader's language.
"""

from pathlib import Path

from sphinx.application import Sphinx

from book.site.state import as_script
from helpers.words import said, translations

SCRIPT = Path(__file__).parents[1] / "assets" / "progress.js"


def remember(
    app: Sphinx, pagename: str, template: str, context: dict, doctree: object
) -> None:
    """Add the script to a page, and what it says where that is not English."""
    if words := translations(said(SCRIPT)):
        table = as_script(words)
        app.add_js_file(None, body=f"(window.firstWeights ??= {{}}).words = {table};")
    app.add_js_file(SCRIPT.name, defer="defer")
