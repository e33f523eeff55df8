"""Networks of blocks side by side are what each is alone, and a sample of them."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from helpers.records.blocks import Blocks, logits, normalized
from helpers.records.catalogue import RECORDS
from helpers.records.store import load
from helpers.training import digits

SMALL = Blocks(
    {"chain": ("none", "none"), "small": ("1/sqrt(L)", "batch")},
    {"a": 0.5, "b": 1.5},
    {"slow": ("sgd", 0.1), "quick": ("adam", 0.003)},
    blocks=3,
    steps=6,
    every=2,
    seeds=2,
    width=8,
)


def test_normalizations_are_those_of_pytorch():
    h = torch.randn(3, 20, 8, generator=torch.Generator().manual_seed(0))
    assert normalized(h, "none") is h
    for one, ours in zip(h, normalized(h, "batch"), strict=True):
        theirs = nn.functional.batch_norm(one, None, None, training=True)
        torch.testing.assert_close(ours, theirs)
    theirs = nn.functional.layer_norm(h, [8])
    torch.testing.assert_close(normalized(h, "layer"), theirs)


def test_a_block_is_a_shortcut_and_a_branch():
    weights = [W[:1] for W in SMALL.weights()]
    x = digits().x[:5]
    h = x @ weights[0][0].T
    for W in weights[1:-1]:
        h = h + torch.relu(nn.functional.layer_norm(h, [8])) @ W[0].T / 3**0.5
    out = torch.relu(nn.functional.layer_norm(h, [8])) @ weights[-1][0].T
    torch.testing.assert_close(logits(weights, x, "1/sqrt(L)", "layer")[0], out)
    plain = logits(weights, x, "plain", "none")
    chain = logits(weights, x, "none", "none")
    assert not torch.allclose(plain, chain)


def test_gains_multiply_the_same_draw():
    for W in SMALL.weights():
        torch.testing.assert_close(W[2:], 3 * W[:2])


@pytest.mark.parametrize("way", SMALL.ways)
def test_networks_side_by_side_learn_as_each_does_alone(way):
    many = SMALL.run("small", way)
    alone = replace(SMALL, gains={"b": 1.5}, seeds=1).run("small", way)
    torch.testing.assert_close(many["loss"][1, 0], alone["loss"][0, 0])
    assert many["right"][1, 0] == alone["right"][0, 0]


def test_what_is_kept_has_the_shape_that_is_promised():
    kept = SMALL.compute()
    assert kept["loss"].shape == (2, 2, 2, 3)
    assert kept["right"].shape == (2, 2, 2, 2)


@pytest.mark.slow
def test_the_beginning_of_the_stored_run_comes_out_the_same():
    whole = RECORDS["blocks"]
    few = replace(whole, steps=whole.every)
    ways = list(whole.ways)
    loss = few.run("shortcut, divided", ways[0])["loss"].median(1).values
    place = list(whole.kinds).index("shortcut, divided")
    # Stored to three digits; other processors add in another order.
    torch.testing.assert_close(
        loss, load("blocks")["loss"][place, 0, :, :1], rtol=0.02, atol=0
    )
