"""The search finds what people ask for: sections, terms, names, numbers and papers.

It runs in the browser alone, from a folder as from a host, and comes when it is used.
"""

import re

import pytest

from book.site.search import INDEX
from tests.shared.barriers import VIEWS, violations
from tests.shared.built import HTML, page

CHAPTER = "chapters/05_xavier.html"
# What people type, and the place that must be among the first three.
ASKED = {
    # names of PyTorch, whole, in a path, half typed
    "xavier_uniform_": "05_xavier.html#the-two-formulas-and-pytorch-s-two-calls",
    "torch.nn.init.xavier_normal_": "05_xavier.html#the-two-formulas-and-pytorch-s",
    "kaiming_normal_": "06_gains.html#he-s-rule-by-the-mean-square",
    "nn.init.orthogonal_": "glossary.html#term-orthogonal-initialization",
    "trunc_normal": "myths.html#e20",
    "kaiming_uniform_(a=sqrt(5))": "04_defaults.html#what-the-5-means",
    "clip_grad_norm_": "02_exploding.html#what-clipping-hides",
    # numbers, as they are typed
    "2.303": "07_training.html#the-first-loss",
    "5/3": "myths.html#e13b",
    "5 / 3 tanh": "myths.html#e13b",
    "√5": "04_defaults.html#what-the-5-means",
    "sqrt(5)": "04_defaults.html#what-the-5-means",
    "1e-3": "07_training.html#one-rate-for-all",
    "0.001": "07_training.html#one-rate-for-all",
    "10^-3": "07_training.html#one-rate-for-all",
    "0.02": "10_transformers.html#what-0-02-is-worth",
    "2/n_in": "glossary.html#term-He-initialization",
    "attention 1/√d": "10_transformers.html#how-large-are-attention-s-logits",
    "1.414 relu": "06_gains.html#he-s-rule-by-the-mean-square",
    # misconceptions, by number and by words
    "E9": "myths.html#e9",
    "e13b": "myths.html#e13b",
    "dropout breaks symmetry": "myths.html#e5",
    "eigenvalues": "myths.html#e21",
    "decide eigenvalues": "myths.html#e21",
    # terms
    "fan-in": "glossary.html#term-fan-in",
    "what is fan-out": "glossary.html#term-fan-out",
    "dynamical isometry": "glossary.html#term-dynamical-isometry",
    "warmup": "glossary.html#term-warm-up",
    "dead relu": "glossary.html#term-dead-unit",
    "batch norm": "glossary.html#term-batch-normalization",
    "LSTM": "glossary.html#term-LSTM",
    # papers
    "glorot 2010": "references.html#glorot2010",
    "2014 saxe": "references.html#saxe2014",
    "delving deep into rectifiers": "references.html#",
    # questions
    "why do gradients vanish": "01_vanishing.html#vanishing-gradients",
    "does clipping cure exploding gradients": "myths.html#e23",
    "what does pytorch do by default": "04_defaults.html#what-pytorch-does-by-default",
    "why is my first loss 2.3": "07_training.html#the-first-loss",
    "gain for gelu": "06_gains.html#gelu-and-silu-with-biases",
    "forget gate bias": "11_recurrent.html#the-forget-gate-and-its-bias",
    "does warm-up help": "07_training.html#does-a-warm-up-help",
    "edge of chaos": "08_beyond_variance.html#between-order-and-chaos",
    # while one types
    "symm": "03_symmetry.html#symmetry",
    "orthog": "glossary.html#term-orthogonal-initialization",
    # typos
    "vanshing": "01_vanishing.html#vanishing-gradients",
    "xaiver": "glossary.html#term-Xavier-initialization",
    "symetry breaking": "glossary.html#term-symmetry-breaking",
    "orthogonal initalization": "glossary.html#term-orthogonal-initialization",
}
FOUND = ".search-found li"


@pytest.fixture
def opened(show):
    """The page of the search, open from one question to the next."""
    page = show.look("search.html", "search")
    page.wait_for_function("window.firstWeights?.search")
    return page


def field(opened):
    return opened.locator("#search-page input")


def ask(opened, query):
    """Type something in place of what was there; the addresses that it finds."""
    field(opened).fill("")
    opened.locator(FOUND).first.wait_for(state="detached")
    field(opened).fill(query)
    opened.locator(FOUND).first.wait_for()
    hrefs = "links => links.map((link) => link.getAttribute('href'))"
    return opened.locator(f"{FOUND} a").evaluate_all(hrefs)


def said(opened):
    return opened.locator("#search-page [role=status]").inner_text()


def test_there_are_forty_questions():
    assert len(ASKED) >= 40


@pytest.mark.parametrize("query", ASKED)
def test_what_people_ask_for_is_among_the_first_three(opened, query):
    found = ask(opened, query)[:3]
    assert any(place.startswith(f"./chapters/{ASKED[query]}") for place in found), found
    assert opened.watch.complaints == []


def test_a_place_has_its_page_and_its_words_are_marked(opened):
    ask(opened, "clipping hides")
    first = opened.locator(FOUND).first
    assert first.locator("a").inner_text() == "What clipping hides"
    assert "Exploding gradients" in first.locator(".search-where").inner_text()
    marked = {mark.lower() for mark in first.locator("p mark").all_inner_texts()}
    assert marked and all(re.match("clip|hid", mark) for mark in marked)


def test_words_in_any_order_find_the_same(opened):
    assert ask(opened, "symmetry dropout") == ask(opened, "dropout symmetry")


def test_how_many_places_there_are_is_said(opened):
    found = ask(opened, "LSUV")
    assert said(opened) == f"{len(found)} places."
    ask(opened, "gradient")
    assert re.fullmatch(r"\d+ places, of which these are the first 30\.", said(opened))
    assert opened.locator(FOUND).count() == 30


def test_a_typo_is_told_with_what_was_meant(opened):
    ask(opened, "vanshing gradient")
    assert said(opened).startswith("Nothing has “vanshing”; this is for “vanishing”.")


@pytest.mark.parametrize("query", ["神经网络", "qqqq", "9.87654321"])
def test_what_is_nowhere_is_told_with_pages_to_look_it_up(opened, query):
    found = ask(opened, query)
    assert said(opened).startswith("Nothing has “")
    assert {link.rsplit("/", 1)[1] for link in found} == {
        "glossary.html",
        "myths.html",
        "references.html",
    }


def test_every_place_is_there(opened):
    rows = opened.evaluate("firstWeights.searchIndex.passages.map(([p, a]) => [p, a])")
    pages = opened.evaluate("firstWeights.searchIndex.pages")
    assert len(rows) > 400
    missing = [
        (pages[place][0], anchor)
        for place, anchor in rows
        if anchor not in page(pages[place][0]).ids
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1e-03", "10⁻³"),
        ("4.9e-3", "4.9 × 10^{-3}"),
        ("√(2/n)", "sqrt(2 / n)"),
        ("2**0.5", "√2"),
        ("65,536", "65536"),
        ("½", "1/2"),
        ("root 2", "\\sqrt{2}"),
        ("fan_in", "Fan-in"),
        ("ﬁn", "fin"),
    ],
)
def test_one_thing_is_one_word_however_it_is_typed(opened, one, other):
    first = "text => firstWeights.search.wordsOf(text)[0]"
    assert opened.evaluate(first, one) == opened.evaluate(first, other)


def test_writing_without_spaces_is_cut_into_words(opened):
    words = opened.evaluate("firstWeights.search.wordsOf('梯度消失 and 方差')")
    assert len(words) >= 4 and {"and", "消失"} <= set(words)


def test_the_address_keeps_what_was_asked(show):
    opened = show("search.html", {"q": "sigmoid"})
    opened.locator(FOUND).first.wait_for()
    field(opened).fill("selu")
    opened.wait_for_url("**?q=selu")
    opened.locator(f"{FOUND} a").first.click()
    opened.wait_for_url("**/chapters/*#*")
    assert "Hide" not in opened.locator("main").inner_text()
    assert opened.evaluate("localStorage.getItem('sphinx_highlight_terms')") is None
    opened.go_back()
    opened.locator(FOUND).first.wait_for()
    assert field(opened).input_value() == "selu"


@pytest.mark.parametrize("from_folder", [False, True])
def test_a_chapter_brings_the_search_when_it_is_opened_and_keys_lead_on(
    show, from_folder
):
    base = f"{HTML.as_uri()}/" if from_folder else None
    opened = show(CHAPTER, base=base)
    opened.wait_for_load_state("networkidle")
    before = list(opened.watch.requests)
    assert not any(url.endswith(INDEX) for url in before), "nobody has searched yet"
    assert not any("_static/search/" in url for url in before)
    opened.keyboard.press("Control+k")
    opened.keyboard.type("eigenvalues")
    dialog = opened.locator("#pst-search-dialog")
    dialog.locator(FOUND).first.wait_for()
    assert any(url.endswith(INDEX) for url in opened.watch.requests)
    opened.keyboard.press("ArrowDown")
    opened.keyboard.press("ArrowDown")
    opened.keyboard.press("ArrowUp")
    opened.keyboard.press("Enter")
    opened.wait_for_url("**/chapters/02_exploding.html#eigenvalues-mislead")
    assert opened.watch.complaints == []


def test_a_place_of_the_same_page_closes_the_search(show):
    opened = show(CHAPTER)
    opened.keyboard.press("Control+k")
    opened.keyboard.type("factors telescope")
    opened.locator(f"#pst-search-dialog {FOUND} a").first.click()
    opened.wait_for_url("**#factors-telescope")
    assert opened.locator("dialog[open]").count() == 0


def test_enter_leads_to_the_page_of_the_search(show):
    opened = show(CHAPTER)
    opened.keyboard.press("Control+k")
    opened.keyboard.type("selu")
    opened.keyboard.press("Enter")
    opened.wait_for_url("**/search.html?q=selu")
    opened.locator(FOUND).first.wait_for()


def test_without_javascript_the_page_says_so(show):
    opened = show("search.html", java_script_enabled=False)
    assert "needs JavaScript" in opened.locator("#search-page").inner_text()
    assert not opened.locator("#search-page form").is_visible()


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("query", ["vanshing gradient", "qqqq"])
def test_what_was_found_has_no_barrier(show, axe, view, query):
    opened = show("search.html", {"q": query}, **VIEWS[view])
    opened.locator(FOUND).first.wait_for()
    found = violations(opened, axe)
    assert not found, "\n".join(found)
    width = opened.evaluate("document.documentElement.scrollWidth")
    assert width <= opened.viewport_size["width"]


@pytest.mark.parametrize("view", VIEWS)
def test_the_search_over_a_page_has_no_barrier(show, axe, view):
    opened = show(CHAPTER, **VIEWS[view])
    opened.wait_for_load_state("networkidle")
    opened.keyboard.press("Control+k")
    opened.keyboard.type("nn.init.xavier_normal_")
    opened.locator(f"#pst-search-dialog {FOUND}").first.wait_for()
    found = violations(opened, axe)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("width", [320, 390])
def test_long_names_stay_inside_a_narrow_window(show, width):
    query = {"q": "nn.init.xavier_normal_ helpers.activations.unit_variance_gain"}
    opened = show("search.html", query, viewport={"width": width, "height": 700})
    opened.locator(FOUND).first.wait_for()
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
