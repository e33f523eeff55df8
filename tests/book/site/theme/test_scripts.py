"""A page loads what it needs, and its scripts wait until it has been read."""

from types import SimpleNamespace

import pytest

from book.site.theme import Site
from book.site.theme.scripts import LAYOUT, NEEDED_BY, defer, leave_out, without_work
from tests.shared.built import CONTENT, page

COPY = "copybutton.js"


def script(filename, **attributes):
    return SimpleNamespace(filename=filename, priority=500, attributes=attributes)


def test_a_page_without_code_loads_nothing_to_copy_it():
    files = {"script_files": [script(COPY), script("page.js")], "css_files": []}
    leave_out(None, "a", "", files | {"body": '<div class="highlight">'}, None)
    bare = {**files, "body": "<p>Words.</p>"}
    leave_out(None, "a", "", bare, None)
    assert [file.filename for file in bare["script_files"]] == ["page.js"]


def test_a_page_with_code_can_have_it_copied():
    context = {"script_files": [script(COPY)], "body": '<div class="highlight">'}
    leave_out(None, "a", "", context, None)
    assert [file.filename for file in context["script_files"]] == [COPY]


def test_scripts_wait_and_those_that_are_urgent_come_first():
    class Script(SimpleNamespace):
        def __init__(self, filename, *, priority, **attributes):
            super().__init__(
                filename=filename, priority=priority, attributes=attributes
            )

    first = Script("live.js", priority=1, fetchpriority="high")
    late, free = Script("a.js", priority=1), Script("b.js", priority=2, **{"async": ""})
    words = Script("", priority=3, body="let a = 1")
    search = Script("", priority=3, body="DOCUMENTATION_OPTIONS.a = 1")
    context = {"script_files": [late, words, first, free, words, search]}
    defer(None, "a", "", context, None)
    assert context["first_words"] == ["let a = 1"]
    assert context["first_scripts"] == [first]
    assert [file.filename for file in context["script_files"]] == ["a.js", "b.js"]
    assert context["script_files"][0].attributes == {"defer": "defer"}
    assert late.attributes == {}, "Sphinx shares it with other pages"


@pytest.mark.parametrize("name", CONTENT)
def test_every_script_of_a_page_waits_for_it(name):
    for has in page(name).all("script"):
        assert "src" not in has or has.keys() & {"defer", "async"}, has["src"]


def test_a_site_in_which_nothing_was_changed_is_told(tmp_path):
    idle = without_work(Site(tmp_path, {"index.html": "<html></html>"}))
    assert len(idle) == len(NEEDED_BY) + len(LAYOUT) + 1
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / COPY).write_text("")
    (tmp_path / "_static" / "scripts").mkdir()
    theme = tmp_path / "_static" / "scripts" / "theme.js"
    theme.write_text("if (DOCUMENTATION_OPTIONS.search_as_you_type) {}")
    now = without_work(Site(tmp_path, {}))
    gone = {"where it is needed: copybutton", "settings of a search while typing"}
    assert set(idle) - set(now) == gone
