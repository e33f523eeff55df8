"""Unrolled attention and recurrence against PyTorch's own, forward and backward."""

import pytest
import torch
from torch import nn

from helpers.signals import probe
from helpers.signals.unroll import unroll_
from tests.shared.seeds import seeded


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=seeded(seed), dtype=torch.float64)


def drawn(make, seed=0):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make().double()


def tensors(output):
    """All tensors of a nested tuple."""
    if isinstance(output, torch.Tensor):
        return [output]
    return [t for part in output or () for t in tensors(part)]


def assert_the_same(make, *inputs, **options):
    """Both compute the same outputs and the same gradients for their inputs."""
    results = []
    for model in (drawn(make), unroll_(drawn(make))):
        leaves = [i.clone().requires_grad_() for i in inputs]
        out = tensors(model(*leaves, **options))
        loss = sum((o * normal(*o.shape, seed=i)).sum() for i, o in enumerate(out))
        results.append(out + list(torch.autograd.grad(loss, leaves)))
    for one, other in zip(*results, strict=True):
        # A few dozen float64 operations on numbers of size 1.
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_recurrence_is_the_same(kind, batch_first, bidirectional, bias):
    def make():
        how = dict(batch_first=batch_first, bidirectional=bidirectional, bias=bias)
        return getattr(nn, kind)(4, 6, 2, **how)

    assert_the_same(make, normal(3, 5, 4))


def test_a_relu_recurrence_is_the_same():
    assert_the_same(lambda: nn.RNN(4, 6, nonlinearity="relu"), normal(3, 5, 4))


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_a_first_state_and_a_missing_batch_are_understood(kind):
    def make():
        return getattr(nn, kind)(4, 6, 2)

    def call(model, x, *state):
        return model(x, state if kind == "LSTM" else state[0])

    for shape, state in (((5, 3, 4), (2, 3, 6)), ((5, 4), (2, 6))):
        outs = [
            tensors(
                call(
                    model,
                    normal(*shape),
                    normal(*state, seed=1),
                    normal(*state, seed=2),
                )
            )
            for model in (drawn(make), unroll_(drawn(make)))
        ]
        for one, other in zip(*outs, strict=True):
            assert one.shape == other.shape
            torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("batch_first", [True, False])
def test_attention_is_the_same(batch_first, bias):
    def make():
        return nn.MultiheadAttention(8, 2, bias=bias, batch_first=batch_first)

    x = normal(3, 5, 8)
    assert_the_same(make, x, x, x)
    assert_the_same(make, x, x, x, average_attn_weights=False)
    assert_the_same(make, x[0], x[0], x[0], need_weights=False)


def test_attention_to_other_sizes_is_the_same():
    def make():
        return nn.MultiheadAttention(8, 2, kdim=6, vdim=4, batch_first=True)

    assert_the_same(make, normal(3, 5, 8), normal(3, 7, 6), normal(3, 7, 4))


@pytest.mark.parametrize("float_mask", [True, False])
def test_masks_are_the_same(float_mask):
    x = normal(3, 5, 8)
    causal = torch.ones(5, 5, dtype=torch.bool).triu(1)
    padding = torch.zeros(3, 5, dtype=torch.bool)
    padding[1, 3:] = True
    if float_mask:
        causal, padding = (
            torch.zeros(m.shape, dtype=torch.float64).masked_fill(m, -torch.inf)
            for m in (causal, padding)
        )

    def make():
        return nn.MultiheadAttention(8, 2, batch_first=True)

    for mask in (causal, causal.expand(6, 5, 5)):
        assert_the_same(make, x, x, x, attn_mask=mask, key_padding_mask=padding)


@pytest.mark.parametrize("training", [True, False])
def test_a_transformer_is_the_same_and_its_projections_are_seen(training):
    def make():
        layer = nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True)
        model = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        return model.train(training)

    assert_the_same(make, normal(3, 5, 8))
    signal = probe(unroll_(drawn(make)), normal(3, 5, 8))
    of_a_layer = [
        *(f"self_attn.{n}" for n in ("q", "k", "v", "out_proj")),
        "linear1",
        "linear2",
    ]
    assert signal.names == tuple(
        f"layers.{i}.{name}" for i in range(2) for name in of_a_layer
    )
    assert signal.unmeasured == ()
    assert (signal.weight_grad2 > 0).all()


def test_unmeasured_weights_are_named_before():
    lstm = nn.Sequential(nn.Linear(4, 4), nn.LSTM(4, 6, batch_first=True))
    signal = probe(lstm, torch.zeros(3, 5, 4) + 1.0)
    assert signal.unmeasured == ("1.weight_ih_l0", "1.weight_hh_l0")
    assert "not measured: 1.weight_ih_l0, 1.weight_hh_l0" in signal.verdict()
    assert probe(unroll_(lstm), torch.ones(3, 5, 4)).unmeasured == ()


def test_weights_are_the_same_memory():
    lstm, attention = nn.LSTM(4, 6), nn.MultiheadAttention(8, 2)
    W, packed = lstm.weight_hh_l0, attention.in_proj_weight
    W.requires_grad_(False)
    unroll_(nn.ModuleList([lstm, attention]))
    assert lstm.hh_l0.weight.data_ptr() == W.data_ptr()
    assert not lstm.hh_l0.weight.requires_grad
    assert attention.k.weight.data_ptr() == packed[8:].data_ptr()
    assert attention.k.weight.requires_grad


def test_what_it_cannot_unroll_is_left_alone_and_named():
    for module in (
        nn.LSTM(4, 6, proj_size=3, batch_first=True),
        nn.MultiheadAttention(4, 2, add_bias_kv=True, batch_first=True),
    ):
        before = list(module.state_dict())
        assert list(unroll_(module).state_dict()) == before


def test_packed_sequences_are_refused_in_words():
    packed = nn.utils.rnn.pack_sequence([torch.ones(3, 4), torch.ones(2, 4)])
    with pytest.raises(ValueError, match="no packed sequences"):
        unroll_(nn.LSTM(4, 6))(packed)
