"""What a page says of itself in its head."""

import re

import pytest
from docutils import nodes
from docutils.utils import new_document

from book.site.head import cut, description
from tests.shared.built import CONTENT, page


def head(name):
    """What the head of a page says, by name or property."""
    return {
        meta.get("name") or meta.get("property"): meta["content"]
        for meta in page(name).all("meta")
        if "content" in meta
    }


@pytest.mark.parametrize("name", CONTENT)
def test_a_page_says_of_itself_what_it_is(name):
    said, title = head(name), "".join(page(name).texts["title"])
    assert 50 <= len(said["description"]) <= 160
    assert not re.search(r"[\\$<>]|  ", said["description"])
    assert said["og:description"] == said["description"]
    assert said["og:title"] in title
    assert said["og:site_name"] == "First Weights"
    assert said["viewport"] == "width=device-width, initial-scale=1.0"
    others = [head(other)["description"] for other in CONTENT if other != name]
    assert said["description"] not in others


def test_a_description_is_made_of_whole_sentences_without_formulas():
    document = new_document("toy")
    for words in (
        "Short.",
        "A formula",
        "One sentence of more than fifty letters, say.",
    ):
        document += nodes.paragraph("", words)
    document[1] += nodes.math("", "x")
    said = "Short. One sentence of more than fifty letters, say."
    assert description(document) == said


def test_a_long_sentence_is_cut_between_words():
    text = cut("word " * 40)
    assert len(text) <= 160 and text.endswith("word…")
