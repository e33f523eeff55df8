"""The page's arithmetic for an activation of one's own, in a real browser."""

import pytest

from book.project import COURSE
from book.tools.picture import double_precision
from tests.shared.browser import chromium

OWN = COURSE.root / "book" / "assets" / "own"
BEGIN = """() => {
  window.parts = {};
  for (const name of ["expression", "network", "theory"])
    parts[name] = firstWeights[name]();
  parts.cobweb = firstWeights.cobweb(parts.theory);
}"""


@pytest.fixture(scope="package")
def arithmetic():
    """A page with the four parts as ``parts``; its worker has them likewise."""
    with chromium() as browser:
        page = browser.new_page()
        for name in ("expression", "network", "theory", "cobweb"):
            page.add_script_tag(path=OWN / f"{name}.js")
        page.evaluate(BEGIN)
        yield page


@pytest.fixture(autouse=True)
def float64():
    with double_precision():
        yield
