"""The door: what it promises, what it leaves alone, what it refuses."""

import dataclasses
import inspect
import math

import pytest
import torch
from torch import nn

from helpers.networks import linears, mlp
from helpers.signals import Signal, probe
from tests.shared.probed import (
    EPS,
    TENSORS,
    Attention,
    Convolutional,
    assert_same,
    drawn,
    normal,
    silent,
)
from tests.shared.seeds import seeded


def test_the_signature_and_the_fields_are_the_promised_ones():
    assert list(inspect.signature(probe).parameters) == [
        "model",
        "x",
        "cotangent",
        "generator",
    ]
    kinds = {p.name: p.kind.name for p in inspect.signature(probe).parameters.values()}
    assert kinds["cotangent"] == kinds["generator"] == "KEYWORD_ONLY"
    promised = {"names", *TENSORS, "first_overflow", "first_underflow"}
    assert promised <= {f.name for f in dataclasses.fields(Signal)}


def test_the_cotangent_is_standard_normal_unless_given():
    model = mlp(3, 6, "tanh", generator=seeded()).double()
    x = normal(5, 6)
    v = torch.randn(5, 6, generator=seeded(), dtype=torch.float64)
    assert_same(probe(model, x), probe(model, x, cotangent=v), exact=True)
    assert_same(
        probe(model, x, generator=seeded(7)),
        probe(model, x, cotangent=normal(5, 6, seed=7)),
        exact=True,
    )
    assert probe(model, x, generator=seeded(7)).grad2[0] != probe(model, x).grad2[0]


def test_the_backward_pass_is_linear_in_the_cotangent():
    model = mlp(6, 9, "gelu", generator=seeded()).double()
    x, v = normal(5, 9), normal(5, 9, seed=1)
    one, four = probe(model, x, cotangent=v), probe(model, x, cotangent=4 * v)
    # A power of two is exact in binary.
    assert torch.equal(16 * one.grad2, four.grad2)
    assert torch.equal(16 * one.weight_grad2, four.weight_grad2)
    assert torch.equal(one.q, four.q)


# Exact identities ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["linear", "relu", "leaky_relu"])
@pytest.mark.parametrize("gain", [0.5, 2.0, 3.0])
def test_a_gain_multiplies_homogeneous_networks_once_a_layer(name, gain):
    depth, x = 12, normal(8, 16)
    one, other = (
        probe(mlp(depth, 16, name, gain=g, generator=seeded()).double(), x)
        for g in (1.0, gain)
    )
    layer = torch.arange(1, depth + 1)
    # Weights are drawn in float32, where a gain of 3 rounds each of them; depth
    # factors, squared.
    rtol = (4 * depth + 500) * EPS[torch.float32 if gain == 3 else torch.float64]
    torch.testing.assert_close(
        other.q, one.q * gain ** (2.0 * layer), rtol=rtol, atol=0
    )
    torch.testing.assert_close(
        other.grad2, one.grad2 * gain ** (2.0 * (depth - layer)), rtol=rtol, atol=0
    )


def test_he_is_xavier_times_the_root_of_two_at_every_layer():
    depth, x = 30, normal(16, 64)
    he, xavier = (
        probe(mlp(depth, 64, "relu", s, generator=seeded()).double(), x)
        for s in ("he_normal", "xavier_normal")
    )
    # 2 ** 30 forward and 2 ** 29 back; float32 weights: two roundings a layer.
    rtol = 4 * depth * EPS[torch.float32]
    assert (he.q[-1] / xavier.q[-1]).item() == pytest.approx(2**depth, rel=rtol)
    ratio = (he.grad2[0] / xavier.grad2[0]).item()
    assert ratio == pytest.approx(2 ** (depth - 1), rel=rtol)


@pytest.mark.parametrize("gain", [0.5, 1.0, 2.0])
def test_orthogonal_linear_networks_keep_every_length(gain):
    depth, x = 50, normal(16, 64, dtype=torch.float32)
    signal = probe(mlp(depth, 64, "linear", "orthogonal", gain, False, seeded()), x)
    layer = torch.arange(1, depth + 1, dtype=torch.float64)
    q = x.double().square().mean() * gain ** (2 * layer)
    # Each layer's matrix is orthogonal to a few float32 eps: results.md has 2e-4 for
    # fifty of them, squared and cubed roundings included.
    torch.testing.assert_close(signal.q, q, rtol=2e-4, atol=0)
    ratio = signal.grad2 / signal.grad2[-1]
    torch.testing.assert_close(ratio, gain ** (2 * (depth - layer)), rtol=2e-4, atol=0)


def test_rectangular_xavier_keeps_neither_direction():
    x, v = normal(64, 100, seed=100), normal(64, 300, seed=101)
    forward, backward = [], []
    for seed in range(10):
        layer = mlp(1, 100, "linear", generator=seeded(seed), fan_out=300).double()
        forward.append((layer(x).square().mean() / x.square().mean()).item())
        identity = nn.Linear(100, 100, bias=False).double()
        identity.weight.data = torch.eye(100, dtype=torch.float64)
        below = probe(nn.Sequential(identity, *layer), x, cotangent=v).grad2
        backward.append((below[0] / below[1]).item())
    # 100 -> 300: forward 2 n_in / (n_in + n_out) = 0.5, backward 1.5. One draw has a
    # relative sd of at most sqrt(2 / 30,000 + 2 / (64 * 100)) = 0.02 (the weights and
    # the batch, were it drawn anew); ten draws, five of them.
    for ratios, expected in ((forward, 0.5), (backward, 1.5)):
        mean = math.fsum(ratios) / len(ratios)
        assert abs(mean / expected - 1) < 5 * 0.02 / math.sqrt(10)


def test_a_residual_network_of_unit_branches_doubles_at_each_block():
    class Blocks(nn.Module):
        def __init__(self, scale):
            super().__init__()
            self.scale = scale
            self.layers = nn.ModuleList(
                linears(mlp(10, 64, "linear", "orthogonal", generator=seeded()))
            )

        def forward(self, x):
            for layer in self.layers:
                x = x + self.scale * layer(x)
            return x

    x = normal(200, 64, dtype=torch.float32)
    for scale, growth in ((1.0, 2.0), (10**-0.5, 1.1)):
        signal = probe(Blocks(scale), x)
        # x + s U x has mean square (1 + s^2) plus 2 s x.U x, whose mean over 200 inputs
        # has sd 2 s sqrt(1 / 64 / 200), and a trace term 2 s tr(U) / 64 of sd 2 s / 64;
        # ten independent blocks, five sd.
        sd = 2 * scale * math.sqrt(1 / 64 / 200 + 1 / 64**2) / (1 + scale**2)
        total = math.log(signal.h2[-1] / x.square().mean())
        assert abs(total - 10 * math.log(growth)) < 5 * sd * math.sqrt(10)


# Left as it was -----------------------------------------------------------------------


def state_of(model):
    return (
        {k: (v.clone(), v.data_ptr()) for k, v in model.state_dict().items()},
        [(p.requires_grad, p.grad) for p in model.parameters()],
        [m.training for m in model.modules()],
        [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()],
    )


def assert_same_state(before, after):
    assert before[0].keys() == after[0].keys()
    for key, (value, place) in before[0].items():
        assert torch.equal(value, after[0][key][0]), key
        assert place == after[0][key][1], key
    for (switch, grad), (switch_after, grad_after) in zip(
        before[1], after[1], strict=True
    ):
        assert switch == switch_after and grad is grad_after
    assert before[2:] == after[2:]


MODELS = {
    "mlp": lambda: (mlp(3, 7, bias=True).double(), normal(4, 7)),
    "cnn": lambda: (drawn(Convolutional), normal(4, 2, 8, 8)),
    "inplace": lambda: (drawn(lambda: Convolutional(True)), normal(4, 2, 8, 8)),
    "transformer": lambda: (drawn(Attention), normal(4, 5, 8)),
    "dropout": lambda: (
        drawn(lambda: nn.Sequential(nn.Linear(5, 5), nn.Dropout(0.5), nn.Linear(5, 2))),
        normal(4, 5),
    ),
}


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("kind", MODELS)
def test_the_probe_leaves_no_trace(kind, training):
    model, x = MODELS[kind]()
    model.train(training)
    frozen = list(model.parameters())[0]
    frozen.requires_grad_(False)
    list(model.parameters())[-1].grad = torch.zeros_like(list(model.parameters())[-1])
    x_before, before = x.clone(), state_of(model)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        random = torch.get_rng_state()
        probe(model, x)
        assert torch.equal(torch.get_rng_state(), random)
    assert torch.equal(x, x_before)
    assert_same_state(before, state_of(model))
    assert torch.is_grad_enabled()


def test_a_probe_that_fails_leaves_no_trace_either():
    class Fails(Convolutional):
        def forward(self, x, see=silent):
            super().forward(x)
            raise RuntimeError("on purpose")

    model = drawn(Fails)
    list(model.parameters())[0].requires_grad_(False)
    before = state_of(model)
    with pytest.raises(ValueError, match="on purpose"):
        probe(model, normal(4, 2, 8, 8))
    assert_same_state(before, state_of(model))


def test_buffers_that_a_model_replaces_are_put_back():
    class Counts(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(3, 2)
            self.register_buffer("calls", torch.zeros(()))

        def forward(self, x):
            self.calls = self.calls + 1
            return self.layer(x)

    model = Counts()
    probe(model, torch.ones(2, 3))
    assert model.calls == 0


def test_dropout_follows_the_generator_of_the_probe():
    model, x = MODELS["dropout"]()
    first, again, other = (probe(model, x, generator=seeded(s)) for s in (1, 1, 2))
    assert_same(first, again, exact=True)
    assert (first.q != other.q).any()


def test_frozen_weights_are_measured_like_others():
    model, x = MODELS["cnn"]()
    free = probe(model, x)
    for p in model.parameters():
        p.requires_grad_(False)
    assert_same(probe(model, x), free, exact=True)


def test_the_probe_works_where_gradients_are_switched_off():
    model, x = MODELS["transformer"]()
    free = probe(model, x)
    with torch.no_grad():
        assert_same(probe(model, x), free, exact=True)
        assert not torch.is_grad_enabled()


def test_inputs_that_want_gradients_get_none():
    for kind in ("mlp", "cnn"):
        model, x = MODELS[kind]()
        x.requires_grad_()
        probe(model, x)
        assert x.grad is None


# Bad input ----------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 4), (4,), (0, 4), ()])
def test_a_batch_of_less_than_two_is_refused(shape):
    with pytest.raises(ValueError) as error:
        probe(mlp(2, 4), torch.zeros(shape))
    assert "at least 2 inputs" in str(error.value) and str(shape) in str(error.value)


def test_what_is_no_model_and_no_tensor_is_refused():
    with pytest.raises(TypeError, match="model must be a torch.nn.Module, got int"):
        probe(3, torch.zeros(2, 4))
    with pytest.raises(
        TypeError, match="x must be a tensor, or have one in it; got list"
    ):
        probe(mlp(2, 4), [[1.0] * 4] * 2)
    with pytest.raises(TypeError, match="cotangent must be a tensor, got float"):
        probe(mlp(2, 4), torch.zeros(2, 4), cotangent=1.0)


@pytest.mark.parametrize(
    "model", [nn.ReLU(), nn.Sequential(), nn.Sequential(nn.Tanh())]
)
def test_a_model_without_weights_is_refused(model):
    with pytest.raises(ValueError, match="has no weights: nothing to probe") as error:
        probe(model, torch.zeros(2, 4))
    assert type(model).__name__ in str(error.value)


def test_a_lazy_layer_is_refused_until_it_has_a_shape():
    model = nn.Sequential(nn.LazyLinear(4), nn.ReLU(), nn.Linear(4, 2))
    with pytest.raises(ValueError, match="0.weight has no shape yet: call the model"):
        probe(model, torch.ones(3, 5))
    model(torch.ones(3, 5))
    assert probe(model, torch.ones(3, 5)).names == ("0", "2")
