"""The policy of a page: its own scripts by their hashes, and nobody else's."""

import re
from base64 import b64encode
from hashlib import sha256
from html import unescape

from book.site import policy
from book.site.theme import Site

PAGE = """<!DOCTYPE html>
<html><head>
  <meta charset="utf-8" />
  <script src="a.js"></script>
  <script>let a = "<b>";</script>
  <script type="module">import "./a.js"</script>
  <script type="application/json">{"onclick": "1"}</script>
</head><body><button class="x" onclick="f(&quot;a&quot;)">go</button>
<p>an attribute onclick="no()" of nothing</p></body></html>"""


def hashed(text):
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def test_scripts_and_handlers_are_named_by_what_they_are():
    sources = policy.policy_of(PAGE).split("script-src ")[1].split(";")[0].split()
    assert set(sources) == {
        "'self'",
        "file:",
        "blob:",
        "'wasm-unsafe-eval'",
        "'unsafe-hashes'",
        hashed('let a = "<b>";'),
        hashed('import "./a.js"'),
        hashed('f("a")'),
    }


def test_a_page_without_handlers_allows_none():
    assert "unsafe-hashes" not in policy.policy_of("<script>1</script>")


def test_the_policy_stands_before_what_it_holds_for_and_after_the_encoding(tmp_path):
    site = Site(tmp_path, {"a.html": PAGE})
    assert policy.state(site) == []
    made = site.pages["a.html"]
    written = re.search(r'Security-Policy" content="([^"]*)"', made)
    assert unescape(written[1]) == policy.policy_of(PAGE)
    assert made.index("charset") < written.start() < made.index("<script")


def test_a_book_whose_pages_have_another_head_is_told(tmp_path):
    assert policy.state(Site(tmp_path, {"a.html": "<html></html>"})) == ["policy"]
