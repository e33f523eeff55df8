"""Copies are found, counted and renamed as brute force and PyTorch say."""

import itertools
import math

import pytest
import torch
from torch import nn

from helpers.activations import ACTIVATIONS
from helpers.networks import linears, mlp
from helpers.symmetry import (
    copies,
    distinct_units,
    effective_rank,
    permute_units,
    row_spread,
)
from tests.shared.seeds import seeded


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=seeded(seed), dtype=torch.float64)


# Spread -------------------------------------------------------------------------------


def test_the_spread_is_the_largest_difference_by_brute_force():
    W = normal(5, 7)
    pairs = itertools.combinations(W, 2)
    assert row_spread(W) == max((a - b).abs().max() for a, b in pairs)


def test_the_spread_of_copies_is_exactly_0_and_one_bit_is_seen():
    W = normal(1, 6).repeat(4, 1)
    assert row_spread(W) == 0
    W[2, 3] = torch.nextafter(W[2, 3], torch.tensor(9.0, dtype=torch.float64))
    assert 0 < row_spread(W) < 1e-15


def test_the_spread_of_a_stack_is_that_of_each():
    W = normal(2, 3, 4, 5)
    each = [[row_spread(W[i, j]) for j in range(3)] for i in range(2)]
    assert torch.equal(row_spread(W), torch.tensor(each, dtype=torch.float64))


def test_one_unit_has_no_spread():
    assert row_spread(normal(1, 4)) == 0


# Copies -------------------------------------------------------------------------------


def test_copies_are_found_in_order():
    a, b, c = normal(3, 4)
    assert copies(torch.stack([a, b, a, c, b, a])) == [[0, 2, 5], [1, 4], [3]]
    assert distinct_units(torch.stack([a, b, a, c, b, a])) == 3


def test_without_tolerance_copies_are_what_unique_finds():
    W = torch.randint(0, 2, (40, 3), generator=seeded()).double()
    assert distinct_units(W) == len(W.unique(dim=0))


def test_a_bias_and_outgoing_weights_tell_units_apart():
    W = torch.ones(3, 2)
    assert distinct_units(W) == 1
    assert copies(W, torch.tensor([0.0, 1.0, 0.0])) == [[0, 2], [1]]
    assert copies(W, outgoing=torch.tensor([[1.0, 1.0, 2.0]])) == [[0, 1], [2]]
    both = copies(W, torch.tensor([0.0, 1.0, 0.0]), torch.tensor([[1.0, 1.0, 2.0]]))
    assert both == [[0], [1], [2]]


@pytest.mark.parametrize(
    ("tolerance", "expected"),
    [(0.0, 4), (0.09, 4), (0.11, 3), (0.21, 2), (10.0, 1)],
)
def test_within_a_tolerance_units_belong_together(tolerance, expected):
    W = torch.tensor([[0.0], [0.1], [0.3], [9.0]], dtype=torch.float64)
    assert distinct_units(W, tolerance=tolerance) == expected
    assert distinct_units(W, tolerance=10**20) == 1, "more than an int64 holds"


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_what_belongs_to_a_third_belongs_together(order):
    W = torch.tensor([[0.0], [1.0], [2.0]])[list(order)]
    assert distinct_units(W, tolerance=1.0) == 1


def test_copies_compute_the_same_for_every_input():
    W = normal(3, 5)[[0, 1, 0, 2]]
    h = normal(50, 5, seed=1) @ W.T
    for one, other in itertools.combinations(range(4), 2):
        together = any(one in g and other in g for g in copies(W))
        assert together == torch.equal(h[:, one], h[:, other])


# Rank ---------------------------------------------------------------------------------


@pytest.mark.parametrize("rank", [1, 2, 5, 8])
def test_the_rank_is_torchs(rank):
    W = normal(8, rank) @ normal(rank, 12, seed=1)
    assert effective_rank(W) == torch.linalg.matrix_rank(W) == rank
    for tolerance in (1e-10, 1e-3, 0.1, 0.5):
        torchs = torch.linalg.matrix_rank(W, rtol=tolerance)
        assert effective_rank(W, tolerance) == torchs


def test_the_rank_counts_singular_values_above_the_tolerance():
    W = torch.diag(torch.tensor([1.0, 0.5, 1e-3, 1e-9], dtype=torch.float64))
    found = [int(effective_rank(W, t)) for t in (1e-12, 1e-6, 0.01, 0.7)]
    assert found == [4, 3, 2, 1]
    assert effective_rank(W) == effective_rank(1e-200 * W) == 3, "scale is no matter"


def test_zeros_have_rank_0_and_copies_rank_1():
    assert effective_rank(torch.zeros(3, 4)) == 0
    assert effective_rank(normal(1, 9).repeat(6, 1)) == 1
    assert effective_rank(normal(5, 1) @ normal(1, 9)) == 1, "multiples are no copies"


def test_the_rank_of_a_stack_is_that_of_each():
    W = torch.stack([torch.zeros(3, 4), torch.ones(3, 4), torch.eye(3, 4)])
    assert effective_rank(W).tolist() == [0, 1, 3]
    assert effective_rank(W.float()).dtype == torch.int64


def test_the_rank_is_never_above_the_number_of_distinct_units():
    for seed in range(20):
        W = torch.randint(0, 2, (6, 4), generator=seeded(seed)).double()
        assert effective_rank(W) <= distinct_units(W)


# Permuting ----------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("layer", [1, 2, 3])
def test_permuting_leaves_the_function_and_moves_the_units(activation, bias, layer):
    model = mlp(4, 6, activation, "pytorch_default", bias=bias, fan_in=5, fan_out=3)
    model.double()
    order = torch.randperm(6, generator=seeded(layer))
    other = permute_units(model, layer, order)
    x = normal(20, 5)
    torch.testing.assert_close(model(x), other(x), rtol=1e-12, atol=1e-14)
    first, second = model[: 2 * layer](x), other[: 2 * layer](x)
    torch.testing.assert_close(first[:, order], second, rtol=1e-12, atol=1e-14)
    assert not torch.equal(
        linears(model)[layer - 1].weight, other[2 * layer - 2].weight
    )


def test_permuting_leaves_the_model_alone_and_can_be_undone():
    model = mlp(3, 5, bias=True)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    order = torch.tensor([3, 0, 4, 1, 2])
    back = permute_units(permute_units(model, 2, order), 2, order.argsort())
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])
        assert torch.equal(value, back.state_dict()[name])


def test_dropout_may_stand_in_between_and_lists_are_orders():
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Dropout(), nn.Linear(3, 1))
    x = torch.ones(4, 2)
    other = permute_units(model.eval(), 1, [2, 1, 0])
    torch.testing.assert_close(model(x), other(x))


def test_permuting_only_the_rows_would_change_the_function():
    model = mlp(2, 6).double()
    x = normal(5, 6)
    before = model(x)
    with torch.no_grad():
        model[0].weight.copy_(model[0].weight.flip(0))
    assert (model(x) - before).abs().max() > 0.1


# Errors -------------------------------------------------------------------------------

W = torch.ones(3, 2)
NET = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: row_spread([[1.0]]), TypeError, "W must be a tensor, got list"),
        (lambda: row_spread(torch.ones(3)), ValueError, r"\(units, inputs\), got \(3,"),
        (lambda: row_spread(torch.ones(0, 3)), ValueError, r"got \(0, 3\)"),
        (lambda: row_spread(W * math.nan), ValueError, "finite"),
        (lambda: effective_rank(W * math.inf), ValueError, "finite"),
        (lambda: effective_rank(W, 1), ValueError, "below 1, got 1"),
        (lambda: effective_rank(W, 10**20), ValueError, "below 1, got 1e.20"),
        (lambda: effective_rank(W, -1e-9), ValueError, "at least 0, got -1e-09"),
        (lambda: effective_rank(W, "1"), TypeError, "a number, got '1'"),
        (lambda: effective_rank(W, True), TypeError, "a number, got True"),
        (lambda: copies(W, tolerance=math.inf), ValueError, "finite"),
        (lambda: copies(W, tolerance=10**400), ValueError, "finite"),
        (lambda: copies(torch.ones(2, 3, 4)), ValueError, r"got \(2, 3, 4\)"),
        (lambda: copies(W, torch.ones(2)), ValueError, r"shape \(3,\)"),
        (lambda: copies(W, 0.0), ValueError, r"shape \(3,\), got 0.0"),
        (lambda: copies(W, outgoing=torch.ones(3, 2)), ValueError, r"outputs, 3\)"),
        (lambda: distinct_units(W, torch.ones(3) * math.nan), ValueError, "bias must"),
        (lambda: permute_units(nn.Linear(2, 3), 1, [0]), TypeError, "nn.Sequential"),
        (lambda: permute_units(NET, 0, [0, 1, 2]), ValueError, "at least 1, got 0"),
        (lambda: permute_units(NET, 2, [0]), ValueError, "from 1 to 1, .*; got 2"),
        (lambda: permute_units(NET, 1.0, [0, 1, 2]), TypeError, "whole number"),
        (lambda: permute_units(NET, 1, [0, 1]), ValueError, "0 to 2 once, got"),
        (lambda: permute_units(NET, 1, [0, 1, 1]), ValueError, r"got \[0, 1, 1\]"),
        (lambda: permute_units(NET, 1, [0.0, 1.0, 2.0]), ValueError, "once"),
        (lambda: permute_units(nn.Sequential(NET), 1, [0]), ValueError, "itself"),
    ],
)
def test_bad_input_is_refused_in_words(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_module_with_numbers_for_each_unit_is_refused():
    norm = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
    with pytest.raises(ValueError, match="BatchNorm1d after layer 1"):
        permute_units(norm, 1, [0, 1, 2])


def test_layers_that_do_not_fit_are_refused():
    halves = nn.Sequential(nn.Linear(2, 4), nn.GLU(), nn.Linear(2, 1))
    with pytest.raises(ValueError, match="4 units and the next takes 2"):
        permute_units(halves, 1, [0, 1, 2, 3])
