"""The task of one bit, its networks, and a sample of what is stored."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from helpers.records.catalogue import RECORDS
from helpers.records.memory import KINDS, Memory, Reader, recurrent, sequences
from helpers.records.store import load


def test_the_first_number_is_the_bit_and_the_rest_is_noise():
    x, bit = sequences(4000, 5, torch.Generator().manual_seed(0))
    assert x.shape == (4000, 5, 1)
    assert ((x[:, 0, 0] > 0) == (bit > 0.5)).all()
    assert (x[:, 0].abs() == 1).all()
    # The standard error of the deviation of 16,000 numbers is 0.6 %.
    assert abs(x[:, 1:].std() / 0.5 - 1) < 0.03
    assert 0.45 < bit.mean() < 0.55


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_answers_with_one_logit_for_each_sequence(kind):
    x, _ = sequences(7, 20, torch.Generator().manual_seed(0))
    assert Reader(recurrent(kind, 20, 6), 6)(x).shape == (7,)


def test_the_starts_are_what_their_names_say():
    W = recurrent("orthogonal", 20, 8).weight_hh_l0.detach()
    torch.testing.assert_close(W @ W.T, torch.eye(8))
    identity = recurrent("identity", 20, 8)
    assert torch.equal(identity.weight_hh_l0.detach(), torch.eye(8))
    assert identity.nonlinearity == "relu"
    one = recurrent("LSTM, bias 1", 20, 8)
    gates = (one.bias_ih_l0 + one.bias_hh_l0).detach().view(4, 8)
    assert gates.sum(1).tolist() == [0, 8, 0, 0]
    chrono = recurrent("LSTM, chrono", 20, 8)
    gates = (chrono.bias_ih_l0 + chrono.bias_hh_l0).detach().view(4, 8)
    torch.testing.assert_close(gates[0], -gates[1])
    assert (gates[1] >= 0).all() and (gates[1] <= math.log(19)).all()
    assert isinstance(recurrent("LSTM", 20, 8), nn.LSTM)


def test_a_short_memory_is_learnt_and_leaves_the_global_numbers_alone():
    memory = Memory((3,), {"Adam": ("adam", 0.01)}, ("orthogonal",), 200, 20, 2)
    before = torch.get_rng_state()
    kept = memory.compute()
    assert torch.equal(torch.get_rng_state(), before)
    assert kept["needed"].shape == (1, 1, 1, 2)
    assert (kept["needed"] <= 200).all()
    never = replace(memory, ways={"SGD": ("sgd", 1e-9)}, steps=20)
    assert never.run("orthogonal", 3, "SGD", 0) == math.inf


@pytest.mark.slow
def test_a_sample_of_what_is_stored_comes_out_the_same():
    whole = RECORDS["memory"]
    needed = load("memory")["needed"]
    places = whole.lengths.index(20), whole.kinds.index("orthogonal")
    for k, way in enumerate(whole.ways):
        assert whole.run("orthogonal", 20, way, 0) == needed[*places, k, 0]
