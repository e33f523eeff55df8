"""The coordinate check, beside what theory says about powers of the width."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from helpers.networks import mlp
from helpers.signals import Outcome, coordinate_check
from helpers.signals.widths import power
from helpers.training import digits
from tests.shared.seeds import seeded

WIDTHS = (64, 128, 256, 512)
IMAGES, LABELS = digits().x[:128], digits().y[:128]


def standard(width):
    generator = seeded(torch.initial_seed())
    sizes = {"fan_in": 64, "fan_out": 10}
    return mlp(4, width, "relu", "he_normal", generator=generator, **sizes)


def mup(width):
    model = standard(width)
    model[6].weight.data /= (width / 64) ** 0.5
    return model


def mup_rates(model):
    """Yang and others (2022), table 3, for Adam."""
    first, *others = (model[i].weight for i in (0, 2, 4, 6))
    narrow = {"params": others, "lr": 1e-3 * 64 / len(first)}
    return torch.optim.Adam([{"params": [first], "lr": 1e-3}, narrow])


def loss(logits):
    return F.cross_entropy(logits, LABELS)


def test_the_standard_rule_is_not_level_and_mup_is():
    found = coordinate_check(standard, WIDTHS, IMAGES, loss)
    assert found.outcome == Outcome.ILL
    (words,) = found.sentences()
    assert "the output of 6 moves farther in a wider network" in words
    found = coordinate_check(mup, WIDTHS, IMAGES, loss, optimizer=mup_rates)
    assert found.outcome == Outcome.HEALTHY
    level, note = found.sentences()
    assert level.startswith("level: from width 64 to 512")
    assert "the last layer, 6, starts smaller" in note


def test_one_step_of_sgd_moves_what_theory_says():
    """A linear layer on fixed inputs: the move is lr * (x x') * gradient, exactly."""
    x, target = torch.randn(8, 4, generator=seeded()).double(), torch.ones(8, 1)

    def make(width):
        return nn.Linear(4, width, bias=False).double()

    found = coordinate_check(
        make,
        (2, 4),
        x,
        lambda z: (z * target).sum(),
        optimizer=lambda model: torch.optim.SGD(model.parameters(), 0.1),
        steps=1,
        seeds=[0],
    )
    move = 0.1 * (x @ x.T @ target.double()).square().mean().sqrt()
    assert found.moved[0].tolist() == pytest.approx([move.item()] * 2, rel=1e-12)
    assert found.moved_power.item() == pytest.approx(0, abs=1e-12)


def test_a_power_is_recovered_and_a_size_of_zero_has_none():
    sizes = torch.tensor([[3 * n**0.7 for n in WIDTHS], [0, 1, 1, 1]])
    first, second = power(WIDTHS, sizes).tolist()
    # In float32: seven digits of the sizes.
    assert first == pytest.approx(0.7, abs=1e-6) and math.isnan(second)


def test_weights_of_one_size_at_all_widths_grow_at_the_start():
    def make(width):
        model = standard(width)
        for i in (2, 4):
            nn.init.normal_(model[i].weight, 0, 0.1)
        return model

    found = coordinate_check(make, WIDTHS, IMAGES, loss)
    assert found.start_power[1].item() == pytest.approx(0.5, abs=0.1)
    assert "at the start the output of 4 grows with the width" in found.verdict()


def test_what_never_moves_is_not_judged_and_what_overflows_is_ill():
    def frozen(model):
        return torch.optim.SGD(model.parameters(), 0.0)

    found = coordinate_check(standard, (64, 128), IMAGES, loss, optimizer=frozen)
    assert found.outcome == Outcome.UNJUDGED

    def wild(model):
        return torch.optim.SGD(model.parameters(), 1e30)

    found = coordinate_check(standard, (64, 128), IMAGES, loss, optimizer=wild)
    assert found.outcome == Outcome.ILL and "no longer finite" in found.verdict()


def test_recurrence_is_seen_and_the_random_state_stays():
    class Reader(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.lstm, self.head = nn.LSTM(4, width), nn.Linear(width, 2)

        def forward(self, x):
            return self.head(self.lstm(x)[0][-1])

    state = torch.get_rng_state()
    x = torch.randn(5, 8, 4, generator=seeded())
    found = coordinate_check(Reader, (8, 16), x, lambda y: y.square().mean())
    assert found.names == ("lstm.ih_l0", "lstm.hh_l0", "head")
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    ("widths", "seeds", "words"),
    [
        ((64,), [0], "takes two widths or more"),
        ((64, 64), [0], "takes two widths or more"),
        ((64, 128), [], "and a seed"),
        ((0, 64), [0], "width must be"),
    ],
)
def test_what_cannot_be_compared_is_refused(widths, seeds, words):
    with pytest.raises(ValueError, match=words):
        coordinate_check(standard, widths, IMAGES, loss, seeds=seeds)


def test_layers_that_differ_by_more_than_their_width_are_refused():
    def deeper(width):
        return mlp(width // 32, width, fan_in=64, fan_out=10)

    with pytest.raises(ValueError, match="at width 128 there are 0, 2, 4, 6"):
        coordinate_check(deeper, (64, 128), IMAGES, loss)
