"""The plain network is an ordinary module with exactly the promised weights."""

import inspect
import math

import pytest
import torch
from torch import nn

from helpers.activations import ACTIVATIONS
from helpers.networks import linears, mlp, patient, weights
from helpers.schemes import SCHEMES
from tests.shared.seeds import seeded

EPS = torch.finfo(torch.float32).eps


def test_the_signature_is_the_promised_one():
    parameters = inspect.signature(mlp).parameters
    assert {name: p.default for name, p in parameters.items()} == {
        "depth": inspect.Parameter.empty,
        "width": inspect.Parameter.empty,
        "activation": "tanh",
        "scheme": "xavier_normal",
        "gain": 1.0,
        "bias": False,
        "generator": None,
        "fan_in": None,
        "fan_out": None,
    }


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_activation_follows_every_layer_but_the_last(name, bias):
    model = mlp(3, 4, name, bias=bias, fan_in=2, fan_out=5)
    assert type(model) is nn.Sequential
    module = ACTIVATIONS[name].module
    assert [type(m) for m in model] == [nn.Linear, module, nn.Linear, module, nn.Linear]
    assert [tuple(W.shape) for W in weights(model)] == [(4, 2), (4, 4), (5, 4)]
    assert all((layer.bias is not None) == bias for layer in linears(model))
    x = torch.randn(6, 2, generator=seeded())
    h = x
    for layer in linears(model)[:-1]:
        h = ACTIVATIONS[name].phi(layer(h))
    # The same operations in the same order.
    assert torch.equal(model(x), linears(model)[-1](h))
    assert model(x).shape == (6, 5)


@pytest.mark.parametrize("gain", [1.0, 0.3])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_weights_are_draws_of_the_scheme_in_order(scheme, gain):
    model = mlp(3, 4, "relu", scheme, gain, False, seeded(3), 2, 5)
    g = seeded(3)
    for W, (fan_out, fan_in) in zip(
        weights(model), [(4, 2), (4, 4), (5, 4)], strict=True
    ):
        assert torch.equal(W, SCHEMES[scheme](fan_out, fan_in, gain, g))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_deep_network_begins_with_the_shallow_one(scheme):
    shallow, deep = (mlp(d, 4, scheme=scheme, generator=seeded(1)) for d in (2, 5))
    for W, V in zip(weights(shallow), weights(deep), strict=False):
        assert torch.equal(W, V)


def test_the_default_network_is_what_a_stack_of_new_linear_layers_is():
    ours = mlp(3, 4, "relu", "pytorch_default", 1.0, True, seeded(5), 2, 5)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        theirs = [nn.Linear(2, 4), nn.Linear(4, 4), nn.Linear(4, 5)]
    for a, b in zip(linears(ours), theirs, strict=True):
        # The same stream; the bounds agree up to rounding in float64.
        for p, q in ((a.weight, b.weight), (a.bias, b.bias)):
            size = EPS / math.sqrt(b.in_features)
            torch.testing.assert_close(p, q, rtol=2 * EPS, atol=size)


@pytest.mark.parametrize("scheme", [s for s in SCHEMES if s != "pytorch_default"])
def test_biases_start_at_zero_and_take_nothing_from_the_generator(scheme):
    model = mlp(3, 4, scheme=scheme, bias=True, generator=seeded(2))
    assert all((layer.bias == 0).all() for layer in linears(model))
    without = mlp(3, 4, scheme=scheme, generator=seeded(2))
    for W, V in zip(weights(model), weights(without), strict=True):
        assert torch.equal(W, V)


def test_all_parameters_are_trainable_and_no_two_layers_share_one():
    model = mlp(4, 3, bias=True)
    parameters = list(model.parameters())
    assert len(parameters) == 8
    assert all(p.requires_grad and p.is_leaf for p in parameters)
    assert len({p.data_ptr() for p in parameters}) == 8
    model(torch.ones(2, 3)).sum().backward()
    assert all(p.grad is not None for p in parameters)


def test_the_global_random_state_is_neither_read_nor_moved():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        before = torch.get_rng_state()
        first = mlp(2, 3, scheme="pytorch_default", bias=True)
        assert torch.equal(torch.get_rng_state(), before)
    again = mlp(2, 3, scheme="pytorch_default", bias=True, generator=seeded(0))
    for p, q in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(p, q), "None means seed 0"


def test_the_patient_is_what_a_student_writes():
    torch.manual_seed(3)
    layers = []
    for _ in range(19):
        layers.append(nn.Linear(64, 64))
        layers.append(nn.Sigmoid())
    layers.append(nn.Linear(64, 10))
    state = torch.get_rng_state()
    model = patient(nn.Sigmoid, seed=3)
    assert torch.equal(torch.get_rng_state(), state), "and nothing else is drawn"
    assert str(model) == str(nn.Sequential(*layers))
    assert len({id(layer) for layer in model}) == 39, "no two layers are one"
    ours = [p for layer in layers for p in layer.parameters()]
    for p, q in zip(model.parameters(), ours, strict=True):
        assert torch.equal(p, q)


def test_the_network_computes_in_the_default_type():
    torch.set_default_dtype(torch.float64)
    try:
        model = mlp(2, 3, bias=True, scheme="pytorch_default")
    finally:
        torch.set_default_dtype(torch.float32)
    assert {p.dtype for p in model.parameters()} == {torch.float64}


def test_weights_are_the_matrices_of_any_model_without_gradients():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.last = nn.Linear(3, 1)
            self.inner = nn.Sequential(nn.Conv1d(1, 1, 1), nn.Linear(2, 3))

    model = Odd()
    assert linears(model) == [model.last, model.inner[1]]
    assert [W.requires_grad for W in weights(model)] == [False, False]
    assert weights(model)[0].data_ptr() == model.last.weight.data_ptr()


# Bad input ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["depth", "width", "fan_in", "fan_out"])
def test_a_count_that_cannot_be_is_named(name):
    good = {"depth": 2, "width": 3}
    for value in (0, -2):
        with pytest.raises(ValueError, match=f"{name} must be at least 1, got {value}"):
            mlp(**(good | {name: value}))
    for value in (2.0, "2", True):
        with pytest.raises(TypeError, match=f"{name} .* whole number, got {value!r}"):
            mlp(**(good | {name: value}))


@pytest.mark.parametrize("gain", [-1.0, math.inf, math.nan])
def test_a_gain_that_cannot_be_is_named(gain):
    with pytest.raises(ValueError, match=f"gain .* finite and at least 0, got {gain}"):
        mlp(2, 3, gain=gain)


def test_unknown_names_are_told_with_those_that_exist():
    with pytest.raises(ValueError, match="unknown activation 'swish'; known: .*selu"):
        mlp(2, 3, "swish")
    with pytest.raises(ValueError, match="unknown scheme 'he'; known: .*orthogonal"):
        mlp(2, 3, "relu", "he")
