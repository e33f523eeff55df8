"""A test of one's own network: it fails with the words of the verdict."""

import copy
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from helpers.networks import mlp
from helpers.signals import assert_healthy
from tests.shared.seeds import seeded

ROOT = Path(__file__).resolve().parents[3]
X = torch.randn(16, 32, generator=seeded())


def default():
    hidden = [m for _ in range(20) for m in (nn.Linear(32, 32), nn.ReLU())]
    return nn.Sequential(*hidden, nn.Linear(32, 10))


def sound():
    return nn.Sequential(nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 10))


def test_a_network_that_starts_well_passes_and_is_left_as_it_is():
    assert_healthy(sound, X, seeds=3)
    lstm = nn.LSTM(32, 32, batch_first=True)
    before = copy.deepcopy(lstm.state_dict())
    assert_healthy(lstm, X.unsqueeze(1))
    assert type(lstm) is nn.LSTM and list(lstm.state_dict()) == list(before)


def test_an_ill_one_fails_with_the_words_of_the_verdict():
    with pytest.raises(AssertionError, match="seed 0: collapsed inputs: .*vanishing"):
        assert_healthy(default, X, seeds=2)
    with pytest.raises(AssertionError, match="^collapsed inputs: "):
        assert_healthy(default(), X)


def test_kinds_can_be_allowed_and_only_those():
    assert_healthy(default, X, allow={"vanishing", "collapsed inputs"})
    with pytest.raises(AssertionError, match="vanishing"):
        assert_healthy(default, X, allow={"collapsed inputs"})


class Plain(nn.Module):
    """Weights that are picked for each input, which the probe cannot see."""

    def __init__(self):
        super().__init__()
        self.stack = nn.Parameter(torch.randn(4, 32, 32))
        self.head = nn.Linear(32, 4)

    def forward(self, x):
        picked = self.stack[(x[:, 0] > 0).long()]
        return self.head(torch.einsum("bi,bij->bj", x, picked))


def test_what_could_not_be_judged_is_a_failure_unless_it_is_allowed():
    with pytest.raises(AssertionError, match="could not be judged"):
        assert_healthy(Plain, X)
    assert_healthy(Plain, X, allow={"unjudged"})


def test_each_seed_draws_the_same_again_and_the_global_state_stays():
    drawn = []

    def make():
        drawn.append(sound())
        return drawn[-1]

    state = torch.get_rng_state()
    assert_healthy(make, X, seeds=2)
    assert_healthy(make, X, seeds=2)
    first, second, again, _ = (model[0].weight for model in drawn)
    assert torch.equal(first, again) and not torch.equal(first, second)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    ("make", "options", "error", "words"),
    [
        (sound(), {"seeds": 2}, ValueError, "give a factory to try several seeds"),
        (sound, {"seeds": 0}, ValueError, "seeds must be at least 1"),
        (sound, {"allow": {"sick"}}, ValueError, "allow must be of .*got 'sick'"),
        (lambda: "net", {}, TypeError, "make returned no nn.Module but str"),
    ],
)
def test_what_is_asked_wrongly_is_named(make, options, error, words):
    with pytest.raises(error, match=words):
        assert_healthy(make, X, **options)


def test_a_chain_is_taken_as_it_comes():
    assert_healthy(mlp(10, 64, "relu", "he_normal", generator=seeded()), X.repeat(1, 2))


def pytest_in(folder, *files):
    for name, text in files:
        (folder / name).write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short"],
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": ""},
    ).stdout


@pytest.mark.slow
def test_the_fixture_fails_a_users_test_with_the_verdict(tmp_path):
    said = pytest_in(
        tmp_path,
        ("conftest.py", 'pytest_plugins = ["helpers.signals.pytest_plugin"]\n'),
        (
            "test_net.py",
            "import torch\nfrom torch import nn\n"
            "def deep():\n"
            "    return nn.Sequential(*[m for _ in range(20) for m in "
            "(nn.Linear(32, 32), nn.Tanh())])\n"
            "def test_deep(audit):\n    audit(deep, torch.randn(16, 32), seeds=2)\n"
            "def test_flat(audit):\n"
            "    audit(lambda: nn.Linear(32, 4), torch.randn(16, 32))\n",
        ),
    )
    assert "1 failed, 1 passed" in said
    assert "AssertionError: seed 0: collapsed inputs: they differ" in said
    assert "starting.py" not in said, "the failure is shown at the user's line"
