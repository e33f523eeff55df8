"""The index of the search: each section and each entry is a place that one can find."""

import hashlib
import json

import pytest

from book.site.search import INDEX, SCRIPT, SPHINXS, read, write_index
from book.site.theme import Site
from helpers import words

PAGE = """
<p>outside</p><article class="bd-article">
<section id="a-title"><span id="e1"></span>
<h1>A <em>title</em><a class="headerlink">#</a></h1>
<p>Before <a href="#">link</a>ed, <code>name_</code>.</p>
<script>let no = 1</script><svg><text>no</text></svg><noscript>no</noscript>
<div class="live-shell"><button>no</button></div>
<div class="highlight"><pre><span>x</span> &lt; <span>y</span>
</pre></div>
<details class="hide"><summary>A proof</summary><pre>no</pre></details>
<section id="words"><h2>Words</h2>
<p>Inner.</p>
<dl class="glossary">
<dt id="term-fan-in">fan-in<a class="headerlink">#</a></dt><dd><p>Inputs.</p></dd>
<dt id="term-gain">gain</dt><dd><p>A factor.</p></dd></dl>
<div class="citation" id="id9">
<span class="label"><span>[</span>He, 2015<span>]</span></span>
<p>Delving deep.</p></div>
</section></section></article>
"""


def test_a_passage_is_a_section_without_those_inside_it_or_an_entry():
    title, found = read(PAGE)
    assert title == "A title"
    rows = [passage.row(7) for passage in found]
    assert rows == [
        [7, "e1", "A title", "Before linked, name_. A proof", "x < y"],
        [7, "words", "Words", "Inner.", ""],
        [7, "term-fan-in", "fan-in", "Inputs.", ""],
        [7, "term-gain", "gain", "A factor.", ""],
        [7, "id9", "He, 2015", "Delving deep.", ""],
    ]


def test_what_is_no_page_of_the_book_has_no_passage():
    assert read("<article>A</article>") == ("", [])
    assert read('<article class="bd-article"><h1>Search</h1></article>') == ("", [])


@pytest.mark.parametrize(
    ("mathml", "typed"),
    [
        ("<msqrt><mn>5</mn></msqrt>", "√5"),
        ("<mfrac><mn>5</mn><mn>3</mn></mfrac>", "5/3"),
        (
            "<mn>2</mn><mo>⋅</mo><msup><mn>10</mn><mrow><mo>−</mo><mn>3</mn></mrow></msup>",
            "2 ⋅ 10^−3",
        ),
        ("<msub><mi>n</mi><mtext>in</mtext></msub>", "n_in"),
        ("<mo>(</mo><mo form='prefix'>−</mo><mi>a</mi><mo>)</mo>", "(−a)"),
        ("<mi>ln</mi><mo>\u2061</mo><mn>10</mn>", "ln10"),
    ],
)
def test_a_formula_is_found_as_one_would_type_it(mathml, typed):
    html = f'<section id="a"><h1>A</h1><math>{mathml}</math></section>'
    _, [passage] = read(f'<article class="bd-article">{html}</article>')
    assert passage.row(0)[3] == typed


@pytest.fixture
def site(tmp_path):
    (tmp_path / "_static").mkdir()
    for name in SPHINXS:
        (tmp_path / "_static" / name).write_text("")
    return Site(tmp_path, {"chapters/glossary.html": PAGE, "search.html": "<p></p>"})


def test_the_engine_is_the_one_that_its_readme_names():
    folder = SCRIPT.parent
    readme = (folder / "README.md").read_text(encoding="utf-8")
    digest = hashlib.sha256((folder / "minisearch.js").read_bytes()).hexdigest()
    assert f"sha256: `{digest}`" in readme
    assert (folder / "LICENSE.txt").is_file()


def index(site):
    script = (site.folder / INDEX).read_text(encoding="utf-8")
    return json.loads(script.removesuffix(";\n").split(".searchIndex = ")[1])


def test_the_index_takes_the_place_of_sphinxs(site):
    assert write_index(site) == []
    assert not list(site.static.iterdir())
    written = index(site)
    assert written["pages"] == [["chapters/glossary.html", "A title"]]
    assert written["lookedUp"] == [0] and len(written["passages"]) == 5
    idle = write_index(site)
    assert len(idle) == len(SPHINXS), "there is no search of Sphinx's to be replaced"


def test_the_script_has_its_sentences_in_the_language_of_the_pages(site, monkeypatch):
    monkeypatch.setattr(words, "catalogue", lambda: {"One place.": "Eine Stelle."})
    write_index(site)
    assert index(site)["words"] == {"One place.": "Eine Stelle."}
