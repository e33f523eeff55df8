"""Code cells and formulas with words can be translated, and stay what they were."""

from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.parsers.rst import Parser
from docutils.utils import new_document

from book.site.figures import code_cells
from book.site.translatable import Reachable, code_cell, worded_formula


def page(*content):
    document = new_document("one.ipynb", get_default_settings(Parser))
    document += content
    document.settings.env = None
    Reachable(document).apply()
    return document


def cell(**about):
    return nodes.container(
        "", nodes.paragraph("", "x = 1"), nb_element="cell_code", **about
    )


def translate(node, words):
    """As Sphinx does it: keep the messages, get them, give them back translated."""
    node.preserve_original_messages()
    said = node.extract_original_messages()
    for message in said:
        node.apply_translated_message(message, words[message])
    return said


def test_the_words_of_a_code_cell_are_its_description_and_its_fold():
    about = {"mystnb": {"image": {"alt": "What one sees."}}}
    folds = {"prompt_show": "Open it", "prompt_hide": "Close it"}
    [found] = code_cells(page(cell(cell_metadata=about, **folds)))
    assert isinstance(found, code_cell) and found.astext() == "x = 1"
    german = {
        "What one sees.": "Was man sieht.",
        "Open it": "Aufklappen",
        "Close it": "Zuklappen",
    }
    assert translate(found, german) == list(german)
    assert found["cell_metadata"]["mystnb"]["image"]["alt"] == "Was man sieht."
    assert (found["prompt_show"], found["prompt_hide"]) == ("Aufklappen", "Zuklappen")


def test_a_code_cell_need_not_say_anything():
    [found] = code_cells(page(cell(cell_metadata={})))
    assert translate(found, {}) == []


def test_a_formula_is_translatable_if_it_has_words():
    worded, plain = r"\text{gain} = 1", r"\text{i} + x"
    first, second = page(
        nodes.math_block(worded, worded, number=7), nodes.math_block(plain, plain)
    ).children
    assert isinstance(first, worded_formula) and first["number"] == 7
    said = translate(first, {worded: r"\text{Faktor} = 1"})
    assert said == [worded] and first.astext() == r"\text{Faktor} = 1"
    assert type(second) is nodes.math_block and second["translatable"] is False
