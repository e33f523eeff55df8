"""The links of the built book into the glossary and its like, and their previews."""

from functools import cache
from pathlib import PurePosixPath
from posixpath import normpath
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

from book.site.theme.previews import PAGES
from tests.shared.built import page, site

LOOKED_UP = {f"chapters/{name}.html" for name in PAGES}


@cache
def soup(name):
    return BeautifulSoup((site() / name).read_text(encoding="utf-8"), "html.parser")


def carried(name):
    """What each preview of a page says, by the address in its link."""
    found = soup(name).find_all("template", attrs={"data-preview": True})
    return {template["data-preview"]: template.get_text() for template in found}


def entries(name):
    """A page's links to an entry of another page: address, that page, place in it."""
    for has in page(name).all("a"):
        address = urlsplit(has.get("href", ""))
        target = normpath((PurePosixPath(name).parent / address.path).as_posix())
        in_text = "reference internal" == has.get("class")
        if in_text and address.fragment and address.path and target in LOOKED_UP:
            yield has["href"], target, address.fragment
