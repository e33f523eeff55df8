"""The small GPT is a GPT, and it starts as it is told."""

import pytest
import torch
from torch import nn

from helpers.gpt import GPT, Attention, start_
from tests.shared.seeds import seeded


def small(**switches):
    model = GPT(11, 16, 3, 4, 8, **switches)
    return start_(model, seeded(0), gain=1.0)


def codes(seed=0):
    return torch.randint(11, (5, 8), generator=seeded(seed))


def test_attention_is_pytorchs():
    part = Attention(16, 4)
    h = torch.randn(2, 8, 16, generator=seeded(0))
    rows = [part.split(layer(h)) for layer in (part.query, part.key, part.value)]
    theirs = nn.functional.scaled_dot_product_attention(*rows, is_causal=True)
    torch.testing.assert_close(part(h), part.project(theirs.transpose(1, 2).flatten(2)))


@pytest.mark.parametrize("place", ["pre", "post"])
def test_no_position_sees_what_comes_after_it(place):
    model, x = small(place=place), codes()
    changed = x.clone()
    changed[:, 5:] = (changed[:, 5:] + 1) % 11
    before, after = model(x), model(changed)
    torch.testing.assert_close(before[:, :5], after[:, :5])
    assert not torch.allclose(before[:, 5:], after[:, 5:])


def test_the_stream_leads_from_the_embedding_to_the_logits():
    model, x = small(), codes()
    stream = model.stream(x)
    assert len(stream) == 4
    rows = model.tokens(x) + model.positions(torch.arange(8))
    torch.testing.assert_close(stream[0], rows)
    torch.testing.assert_close(model.head(model.norm(stream[-1])), model(x))


def test_a_post_norm_stream_has_size_one_behind_every_block():
    for h in small(place="post").stream(codes())[1:]:
        assert abs(h.square().mean() - 1) < 1e-3


def test_qk_norm_makes_the_logits_blind_to_the_gain():
    h = torch.randn(2, 8, 16, generator=seeded(1))
    part = small(qk_norm=True).blocks[0].attention
    before = part.logits(h)
    part.query.weight.data *= 7
    torch.testing.assert_close(part.logits(h), before, rtol=1e-4, atol=1e-5)
    # At most the root of a head's size: 4 numbers.
    assert part.logits(h).abs().max() <= 2 + 1e-5


def test_a_tied_head_is_the_embedding():
    model = small()
    assert model.head.weight is model.tokens.weight
    assert small(tied=False).head.weight.shape == (11, 16)


@pytest.mark.parametrize("scaled", [True, False])
def test_it_starts_with_the_gain_and_the_factor(scaled):
    model = start_(GPT(50, 64, 2, 4, 8, tied=False), seeded(0), 0.5, scaled)
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear):
            law = 0.5 / module.in_features**0.5
            if scaled and name.endswith("project"):
                law /= 2
            # Relative sd of the std of 3200 draws or more: 1.3 %.
            assert abs(module.weight.std() / law - 1) < 0.06, name
            assert module.bias is None or not module.bias.any()
    assert abs(model.tokens.weight.std() * 8 - 1) < 0.06
    wide = start_(GPT(50, 64, 1), seeded(0), embedding=1.0)
    assert abs(wide.positions.weight.std() - 1) < 0.08


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"place": "mid"}, "place"), ({"activation": "sine"}, "activation")],
)
def test_what_is_unknown_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        small(**wrong)


def test_a_count_is_at_least_one():
    with pytest.raises(ValueError, match="blocks"):
        GPT(11, 16, 0)
