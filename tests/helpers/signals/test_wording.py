"""The sentences of a verdict, word for word; and each is whole for a translator."""

import re
from itertools import permutations
from types import SimpleNamespace

import pytest

from helpers.signals import wording
from helpers.signals.wording import Kind
from helpers.words import messages

THREE = SimpleNamespace(names=("a", "b", "c"), measured=1.0)
LAYER = "layer 2 of 3 (b)"


@pytest.mark.parametrize(
    ("complaint", "kind", "text"),
    [
        (wording.not_finite, "exploding", "numbers are no longer finite at {}"),
        (wording.dead, "dead", "every unit is 0 for the whole batch after {}"),
        (wording.copies, "symmetric", "units are copies of one another in {}"),
        (
            wording.same_weights,
            "symmetric",
            "all units have the same weights in {}; only biases tell them apart",
        ),
        (
            wording.collapsed,
            "collapsed inputs",
            "they differ by less than 0.3 % of the signal from {} on",
        ),
        (wording.signal_stopped, "vanishing", "the signal is exactly 0 at {}"),
        (wording.gradient_stopped, "vanishing", "the gradient is exactly 0 at {}"),
    ],
)
def test_a_complaint_says_its_kind_and_the_layer(complaint, kind, text):
    said = complaint(THREE, 1)
    assert said.kind == kind
    assert str(said) == said.text == f"{kind}: {text.format(LAYER)}"


@pytest.mark.parametrize("what", ["signal", "gradient"])
@pytest.mark.parametrize(
    ("factor", "kind", "number"),
    [(250.4, "exploding", "2.5e+02"), (0.001, "vanishing", "0.001")],
)
def test_a_change_says_how_large_it_is_and_since_where(what, factor, kind, number):
    changed = getattr(wording, f"{what}_changed")
    names = {0: "layer 1 of 3 (a)", 1: LAYER, 2: "layer 3 of 3 (c)"}
    for start, end in permutations(range(3), 2):
        other = "the other end" if {start, end} == {0, 2} else names[start]
        said = changed(THREE, factor, start, end)
        size = f"is {number} times its size at {other}"
        assert said.text == f"{kind}: the {what} at {names[end]} {size}"
        assert said.kind == kind


@pytest.mark.parametrize(
    ("measured", "text"),
    [
        (1.0, "healthy: "),
        (0.9, "healthy: "),
        (0.5, "healthy as far as measured, 50% of the weights: "),
    ],
)
def test_praise_says_how_much_was_seen(measured, text):
    m = SimpleNamespace(names=("a", "b", "c"), measured=measured)
    assert wording.healthy(m, (1.26, 0.5)) == (
        f"{text}over 3 layers the signal changes by a factor of 1.3, the gradient "
        "going back by 0.5"
    )
    assert wording.healthy(m, None) == (
        f"{text}inputs and units stay apart; no two layers of one kind are there to "
        "compare"
    )


def test_what_could_not_be_judged_says_why():
    m = SimpleNamespace(names=("a",), measured=0.06, heard=0.3)
    assert wording.too_little(m).startswith("could not be judged: only 6% of the")
    assert wording.too_little_gradient(m).endswith("came to only 30% of the weights")


def test_names_are_listed_once_and_three_at_most():
    assert wording.waiting(["a", "b", "a"]).startswith(
        "no gradient yet at a, b, behind"
    )
    assert wording.unmeasured("abcde") == "not measured: a, b, c and 2 more"
    assert wording.dead_branch(THREE, 1) == (
        f"note: every unit is 0 for the whole batch after {LAYER}; the signal goes "
        "past it"
    )
    assert wording.closed(THREE).startswith("layer 3 of 3 (c) starts at 0 and passes")


def test_a_picture_is_called_what_is_wrong_with_it():
    assert wording.title([]) == "healthy"
    assert wording.title([Kind.DEAD, Kind.VANISHING]) == "dead, vanishing"
    assert wording.title(list(Kind)) == ", ".join(Kind)


def test_every_kind_is_said_in_whole_sentences():
    said = [m for m in messages() if re.match(rf"({'|'.join(Kind)}): ", m)]
    assert len(said) == 8 + 8
