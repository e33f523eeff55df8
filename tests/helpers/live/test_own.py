"""In Jupyter the menu's last entry is an expression of the reader's own."""

import pytest
import torch

from helpers.activations import ACTIVATIONS
from helpers.controls import activation_menu, depth_slider
from helpers.fan import fan, sizes
from helpers.live.own import OWN, described, offer
from tests.shared.lines import toy

LAST = len(ACTIVATIONS)
QUESTION = {
    "from": "here",
    "setting": {"depth": 6, "gain": 1.0, "activation": LAST},
    "seed": 1,
}


def test_the_menu_has_it_and_its_field_is_seen_while_it_is_chosen():
    figure = fan(depth=5, activation="relu")
    menu, [*_, text, _] = figure.controls["activation"], figure.children
    assert menu.value == "relu" and text.layout.display == "none"
    assert figure.view.spec["controls"][2]["options"][-1] == "your own"
    menu.value = OWN
    assert text.layout.display is None and text.description == "φ(z) ="


def test_torch_answers_what_is_typed():
    figure = fan(depth=5)
    text = figure.children[-2]
    for typed in ("tanh(z)", "z * tanh(softplus(z))"):
        text.value = typed
        assert figure.view.typed == typed
        answer, [buffer] = figure.answer(QUESTION)
        codes = torch.frombuffer(bytearray(buffer), dtype=torch.int32)
        expected = [
            figure.traces[name].encode(row.numpy())
            for name, row in sizes(6, 1.0, typed, seed=1).items()
        ]
        assert dict(answer["sizes"]).keys() == figure.traces.keys()
        assert codes.tolist() == [code for row in expected for code in row.tolist()]
        assert answer["words"] == described(typed)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("z *", "no expression"),
        ("__import__('os')", "means nothing here"),
        ("z" * 300, "at most 200 characters"),
        ("tanh", "write tanh"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_of_before_is_answered(typed, words):
    figure = fan(depth=5)
    figure.children[-2].value = typed
    answer, buffers = figure.answer(QUESTION)
    assert words in answer["error"] and len(answer["error"]) < 400 and not buffers


def test_a_built_in_one_has_no_more_words_than_before():
    figure = fan(depth=5)
    setting = QUESTION["setting"] | {"activation": 0}
    answer, _ = figure.answer(QUESTION | {"setting": setting})
    assert "words" not in answer


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("tanh(z)", "Unit-variance gain 1.593; critical gain 1."),
        ("maximum(z, 0)", "Unit-variance gain 1.414; critical gain 1.414."),
        ("z * sigmoid(z)", "Unit-variance gain 1.677; no critical gain"),
        ("relu(z) ** 2", "no critical gain"),
        ("exp(z)", "no critical gain"),
        ("0 * z", "No gain keeps"),
    ],
)
def test_its_gains_are_said(typed, words):
    assert words in described(typed)


def test_for_the_book_the_menu_is_as_it_was(monkeypatch):
    monkeypatch.setenv("FIRST_WEIGHTS_BOOK", "1")
    figure = toy(own=True)
    options = figure.view.spec["controls"][-1]["options"]
    assert OWN not in options and len(figure.children) == 4


def test_without_a_menu_there_is_nothing_to_offer():
    with pytest.raises(ValueError, match="own needs a menu.*'activation'"):
        offer({"depth": depth_slider()})
    assert OWN not in activation_menu().options
