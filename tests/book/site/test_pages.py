"""The pages as files: nothing from elsewhere, nothing twice, all named and linked.

What takes a browser to see is in tests/book/browser.
"""

import re
from collections import Counter
from pathlib import PurePosixPath
from posixpath import normpath
from urllib.parse import unquote, urlsplit

import pytest

from tests.shared.built import CONTENT, HTML, LEADS_ON, html_pages, page, site
from tests.shared.fetched import in_css, sources


@pytest.fixture(scope="module", autouse=True)
def built():
    site()


# Nothing from elsewhere ---------------------------------------------------------------


def test_no_page_fetches_anything_from_another_host():
    found = [
        (name, url)
        for name in html_pages()
        for tag, attributes in page(name).elements
        for url in [*sources(tag, attributes), *in_css(attributes.get("style", ""))]
        if re.match(r"\s*([a-z]+:)?//", url)
    ]
    assert not found


def test_no_style_sheet_or_script_fetches_anything_from_another_host():
    found = []
    for path in HTML.rglob("*"):
        if path.suffix == ".css":
            text = path.read_text(encoding="utf-8")
            found += [(path.name, url) for url in in_css(text) if "//" in url[:8]]
        if path.suffix == ".js":
            # An address in a comment is no request; to be one, it must be given to
            # something that fetches.
            text = path.read_text(encoding="utf-8")
            fetch = r"(?:import|importScripts|fetch|Worker|open|src\s*=|href\s*=)"
            text = re.sub(r"http://www\.w3\.org/[\w/]+", "", text)  # names, not places
            pattern = rf"{fetch}[\s(]*[\"'`](?:https?:)?//[^\"'`]+"
            found += [(path.name, url) for url in re.findall(pattern, text)]
    assert not found


def test_no_page_loads_mathjax_or_jupyters_widget_scripts():
    # Formulas are MathML, widgets are drawn by book/assets/widgets.js.
    banned = re.compile(r"mathjax|require|embed-amd|html-manager|unpkg|jsdelivr|thebe")
    found = [
        (name, script["src"])
        for name in html_pages()
        for script in page(name).all("script")
        if banned.search(script.get("src", "").lower())
    ]
    assert not found
    assert not [path for path in HTML.rglob("*.js") if banned.search(path.name.lower())]
    assert any(page(name).all("math") for name in CONTENT), "formulas are MathML"


# Nothing is missing -------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", [*CONTENT, *LEADS_ON, "404.html", "search.html", "genindex.html"]
)
def test_every_link_of_a_page_leads_somewhere(name):
    missing = []
    here = PurePosixPath(name).parent
    for tag, attributes in page(name).elements:
        urls = list(sources(tag, attributes))
        if tag in ("a", "area", "link") and "href" in attributes:
            urls.append(attributes["href"])
        for url in urls:
            parts = urlsplit(url)
            if parts.scheme or parts.netloc:
                continue  # a link to the world; fetching from there is tested above
            path = normpath((here / unquote(parts.path)).as_posix()).lstrip("/")
            path = path if parts.path else name
            target, anchor = HTML / path, unquote(parts.fragment)
            if path.startswith("..") or not target.is_file():
                missing.append(url)
            elif anchor and target.suffix == ".html" and anchor not in page(path).ids:
                missing.append(url)
    assert not missing


@pytest.mark.parametrize("name", CONTENT)
def test_a_page_has_a_title_and_one_heading_above_all_others(name):
    this = page(name)
    title = " ".join("".join(this.texts["title"]).split())
    assert title.endswith("First Weights") and len(title) > len("First Weights")
    headings = [
        place
        for place, (tag, _) in enumerate(this.elements)
        if tag == "h1"
        # the theme has another one, for paper only
        and "article" in [this.elements[outer][0] for outer in this.parents[place]]
    ]
    assert len(headings) == 1
    assert len({page(other).texts["title"][0] for other in CONTENT}) == len(CONTENT)


@pytest.mark.parametrize("name", CONTENT)
def test_every_image_of_a_page_has_its_size(name):
    for image in page(name).all("img"):
        assert int(image["width"]) > 0 and int(image["height"]) > 0


@pytest.mark.parametrize("name", CONTENT)
def test_every_picture_of_a_page_is_put_into_words(name):
    this = page(name)
    for image in this.all("img"):
        assert len(image.get("alt", "")) > 20, image.get("src")
    pictures = this.all("svg")
    for svg in pictures:
        assert svg.get("role") == "img", "an SVG that is no picture for a reader"
        words = svg.get("aria-label", "")
        assert len(words.split()) >= 6, f"{words!r} describes no picture"
        assert not re.search(r"\.(svg|png)\b|^(figure|image|plot)\b", words, re.I)
    once = [svg for svg in pictures if "fw-narrow" not in svg.get("class", "")]
    words = Counter(svg["aria-label"] for svg in once)
    repeated = [text for text, times in words.items() if times > 1]
    assert not repeated, "two pictures, the same words"
    assert len(pictures) >= len(this.figures)


@pytest.mark.parametrize("name", CONTENT)
def test_no_id_is_used_twice_on_a_page_and_every_one_that_is_used_is_there(name):
    this = page(name)
    twice = [id for id, times in Counter(this.ids).items() if times > 1]
    assert not twice
    used = set()
    for _, attributes in this.elements:
        used |= set(re.findall(r"url\(#([^)]+)\)", " ".join(attributes.values())))
        used |= set(re.findall("^#(.+)", attributes.get("xlink:href", "")))
        used |= set(attributes.get("aria-labelledby", "").split())
        used |= set(attributes.get("aria-controls", "").split())
    assert used - set(this.ids) == set()
