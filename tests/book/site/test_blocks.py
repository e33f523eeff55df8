"""Answers and asides are nodes; what is malformed is told with its file and line."""

import logging

import nbformat
import pytest
from docutils import nodes
from nbformat.v4 import new_markdown_cell, new_notebook

from book.site.blocks import answer, aside, enclose, phrase, summary
from tests.shared.toys import build_toy

ANSWER = '<details class="answer right"><summary>It grows, $2^{10}$ &lt; x.</summary>\n'


def page(*parts):
    """A section of paragraphs and, where it begins with <, blocks of HTML."""
    section = nodes.section("", nodes.title("", "Check yourself"))
    for line, part in enumerate(parts, start=30_001):
        kind = nodes.raw if part.startswith("<") else nodes.paragraph
        node = kind("", part, **{"format": "html"} if kind is nodes.raw else {})
        node.source, node.line = "one.ipynb", line
        section += node
    return section


def enclosed(*parts):
    section = page(*parts)
    enclose(section)
    return section


@pytest.fixture
def said(caplog):
    """What is wrong, and where, as Sphinx is told."""

    def all_of_it():
        return [(r.getMessage(), r.location) for r in caplog.records]

    with caplog.at_level(logging.WARNING, logger="sphinx"):
        logger = logging.getLogger("sphinx")
        logger.addHandler(caplog.handler)
        yield all_of_it
        logger.removeHandler(caplog.handler)


def test_an_answer_has_a_summary_and_what_is_said_about_it(said):
    section = enclosed("**1. What?**", ANSWER, "Yes.", "</details>", "More.")
    _, question, node, more = section.children
    assert (question.astext(), more.astext()) == ("**1. What?**", "More.")
    assert isinstance(node, answer) and node["classes"] == ["answer", "right"]
    words, feedback = node.children
    assert isinstance(words, summary) and feedback.astext() == "Yes."
    assert words.rawsource == "It grows, $2^{10}$ &lt; x."
    assert words.astext() == "It grows, 2^{10} < x."
    assert (words.source, words.line) == ("one.ipynb", 30_002)
    assert said() == []


def test_one_block_may_close_an_answer_and_open_the_next(said):
    section = enclosed(ANSWER, "Yes.", f"</details>\n{ANSWER}", "No.", "</details>\n")
    first, second = section.children[1:]
    assert [first[1].astext(), second[1].astext()] == ["Yes.", "No."]
    assert second.line == 30_004, "one line below the end of the first"
    assert said() == []


def test_an_aside_has_all_that_stands_in_it(said):
    section = enclosed('<div class="margin" role="note">', "One.", "Two.", "</div>")
    [_, node] = section.children
    assert isinstance(node, aside)
    assert [child.astext() for child in node] == ["One.", "Two."]
    assert said() == []


def test_other_html_stays_as_it_is(said):
    parts = ["<p>one</p>", '<div class="wide">', "Two.", "</div>"]
    section = enclosed(*parts[:3], "<hr>")
    assert [child.astext() for child in section[1:]] == [*parts[:3], "<hr>"]
    assert said() == []


@pytest.mark.parametrize(
    ("parts", "what", "line"),
    [
        ([ANSWER, "Yes."], "this answer is not closed", 1),
        (['<div class="margin" role="note">', "One."], "this aside is not closed", 1),
        (["One.", "</details>"], "</details> closes nothing here", 2),
        (["</details>\n</details>", "One."], "</details> closes nothing here", 2),
        ([ANSWER, "Yes.", "</div>", "</details>"], "</div> closes nothing here", 3),
        (
            ['<details class="answer"><summary>Two', "blocks</summary>"],
            "an answer is",
            1,
        ),
        (['<details class="answer">\n', "One."], "an answer is <details", 1),
        (['<details class="wrong"><summary>x</summary>'], "an answer is <details", 1),
        (['<details class="answer"><summary><b>x</b></summary>'], "words and form", 1),
        ([f"{ANSWER}Yes.", "More."], "a blank line, what to say about it", 1),
        ([ANSWER, "Yes.", "</details>\n**2. What?**"], "on a line of its own", 3),
        (['<div class="margin">', "One."], 'an aside is <div class="margin" role', 1),
    ],
)
def test_what_is_malformed_is_told_with_its_line(said, parts, what, line):
    enclosed(*parts)
    places = [
        place if isinstance(place, str) else f"{place.source}:{place.line}"
        for message, place in said()
        if what in message
    ]
    assert f"one.ipynb:{30_000 + line}" in places


def test_a_formula_of_a_summary_is_one():
    kinds = [type(part) for part in phrase("$2^{32}$, four &amp; $x$.")]
    assert kinds == [nodes.math, nodes.Text, nodes.math, nodes.Text]
    assert phrase("costs $5 &amp; more") == [nodes.Text("costs $5 & more")]


@pytest.mark.slow
def test_a_malformed_quiz_fails_the_build_with_its_place(tmp_path):
    quiz = new_markdown_cell(f"# Quiz\n\n{ANSWER}\nYes.\n\n{ANSWER}\nNo.\n\n</details>")
    nbformat.write(new_notebook(cells=[quiz]), tmp_path / "index.ipynb")
    done = build_toy(tmp_path)
    assert done.returncode == 1
    assert "index.ipynb: cell 1, line 3: WARNING: this answer is" in done.stderr
    assert done.stderr.count("not closed") == 1
