"""What a link into the glossary, the misconceptions, the references shows beside it."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from book.site.theme import Site
from book.site.theme.previews import carry, entry
from tests.shared.built import CONTENT
from tests.shared.looked_up import carried, entries, soup


def test_most_chapters_have_links_to_look_up():
    assert sum(any(entries(name)) for name in CONTENT) >= 10


@pytest.mark.parametrize("name", CONTENT)
def test_a_page_carries_what_its_links_lead_to_and_nothing_else(name):
    previews, targets = carried(name), {}
    for address, target, place in entries(name):
        found = soup(target).find(id=place)
        if found.name not in ("dt", "section"):
            found = found.find_next("h3")
        elif found.name == "section":
            found = found.find(["h2", "h3"])
        targets[address] = found.get_text().rstrip("#")
    assert previews.keys() == targets.keys()
    for address, heading in targets.items():
        assert previews[address].startswith(heading)
        assert len(previews[address]) > len(heading) + 20, "it says something"
        assert "#" not in previews[address], "no sign for a link of its own"


def test_nothing_in_a_preview_can_be_reached_or_named():
    for name in CONTENT:
        for template in soup(name).select("template[data-preview]"):
            assert not template.select("a, button, input, [id], [tabindex]")


GLOSSARY = """<h1>Words</h1><dl><dt id="term-fan">fan</dt><dd>Inputs.</dd></dl>
<span id="e1"></span><section id="one"><h3>One</h3><p>First.</p><ul></ul><p>Later.</p>
</section><p id="p">Nothing with a name.</p></body>"""


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("term-fan", ["fan", "Inputs."]),
        ("e1", ["One", "First."]),
        ("one", ["One", "First."]),
        ("p", []),
        ("nowhere", []),
    ],
)
def test_an_entry_is_a_name_and_what_is_said_of_it_up_to_a_list(place, said):
    found = entry(BeautifulSoup(GLOSSARY, "html.parser"), place)
    assert [tag.get_text() for tag in found] == said


def test_what_is_carried_is_carried_once_however_often_a_page_is_finished(tmp_path):
    link = '<a class="reference internal" href="glossary.html#term-fan">fan</a></body>'
    site = Site(tmp_path, {"one.html": link, "glossary.html": GLOSSARY})
    assert carry(site) == []
    once = site.pages["one.html"]
    assert once.count("<template") == 1 and "Inputs." in once
    carry(site)
    assert site.pages["one.html"] == once


def test_a_book_without_links_to_look_up_is_told():
    assert carry(Site(Path(), {"one.html": "<body></body>"})) == ["previews"]
