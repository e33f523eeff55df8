"""The verdict on published networks, each drawn from twenty seeds."""

from dataclasses import dataclass

import pytest
import torch

from helpers.signals import probe, unroll_
from tests.shared.seeds import seeded
from tests.shared.zoo import EXHIBITS, FAMILIES, KINDS
from tests.shared.zoo.tasks import floats

# Twenty seeds: make quick takes the first, make test two more, make long the others.
SEEDS = pytest.mark.parametrize(
    "seeds",
    [
        [0],
        pytest.param([1, 2], marks=pytest.mark.slow),
        pytest.param(range(3, 20), marks=[pytest.mark.slow, pytest.mark.long]),
    ],
)
EACH = pytest.mark.parametrize("name", EXHIBITS)


@dataclass(frozen=True)
class Found:
    """What is said of a network: "healthy" or "ill", what kinds, in what words."""

    outcome: str
    kinds: frozenset[str]
    words: str


def verdict_of(model, inputs):
    """What the probe says."""
    signal = probe(unroll_(model), inputs)
    kinds = frozenset(complaint.kind for complaint in signal.complaints())
    return Found(signal.outcome, kinds, signal.verdict())


def drawn(exhibit, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return exhibit.make()


@EACH
@SEEDS
def test_the_verdict_is_what_training_shows(name, seeds):
    exhibit = EXHIBITS[name]
    # A hint is no complaint: the network trains.
    expected = exhibit.expected.replace("hint", "healthy")
    for seed in seeds:
        inputs = exhibit.inputs(seeded(100 + seed))
        found = verdict_of(drawn(exhibit, seed), inputs)
        assert found.outcome == expected, (seed, found.words)
        assert found.kinds <= exhibit.kinds, (seed, found.words)


@EACH
def test_it_runs_both_ways_and_says_numbers(name):
    exhibit = EXHIBITS[name]
    model = drawn(exhibit, 0)
    outputs = list(floats(model(*exhibit.inputs(seeded(100)))))
    assert outputs
    sum(output.float().square().sum() for output in outputs).backward()
    trained = [p for p in model.parameters() if p.requires_grad]
    assert any(p.grad is not None for p in trained)


@EACH
def test_its_task_fits(name):
    exhibit = EXHIBITS[name]
    model = drawn(exhibit, 0)
    inputs, target = exhibit.task.batch(seeded())
    loss = exhibit.task.loss(model(*inputs), target)
    assert loss.shape == () and loss.requires_grad
    assert exhibit.task.guess > 0


@EACH
def test_its_row_is_filled_in(name):
    exhibit = EXHIBITS[name]
    assert exhibit.expected in ("healthy", "hint", "ill", "unjudged")
    assert exhibit.kinds <= KINDS
    assert bool(exhibit.kinds) == (exhibit.expected == "ill")
    assert exhibit.source and exhibit.evidence


def test_the_zoo_is_large_and_names_are_unique():
    rows = [exhibit for family in FAMILIES for exhibit in family.EXHIBITS]
    assert len(rows) == len(EXHIBITS) >= 60
    assert sum(exhibit.expected == "ill" for exhibit in rows) >= 16
