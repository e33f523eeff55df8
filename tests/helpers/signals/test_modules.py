"""Models of every kind against plain autograd."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from helpers.activations import activation, steepest_slope
from helpers.networks import linears, mlp, weights
from helpers.signals import probe
from tests.shared.probed import (
    EPS,
    NAMES,
    Attention,
    Chain,
    Convolutional,
    Residual,
    Tied,
    assert_agrees,
    assert_same,
    check,
    drawn,
    general,
    images,
    normal,
    tokens,
    witnessed,
)
from tests.shared.seeds import seeded


def as_chain(model):
    return Chain(*model)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("run", [probe, general])
def test_a_plain_network_is_measured_as_autograd_says(name, bias, dtype, run):
    model = mlp(5, 12, name, "pytorch_default", 2.0, bias, seeded(), 7, 4).to(dtype)
    x = normal(9, 7, dtype=dtype)
    cotangent = normal(9, 4, seed=1)
    names, expected = witnessed(as_chain(model), x, cotangent)
    signal = run(model, x, cotangent=cotangent)
    assert_agrees(signal, names, expected, EPS[dtype])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("run", [probe, general])
def test_saturation_is_the_share_of_flat_slopes(name, run):
    # Weights of gain 4: several activations do saturate.
    model = mlp(3, 40, name, "normal", 1.0, generator=seeded()).double()
    x = normal(30, 40)
    share, h = [], x
    for W in weights(model):
        z = h @ W.T
        h = activation(name).phi(z)
        flat = activation(name).dphi(z).abs() < 0.06 * steepest_slope(name)
        share.append(flat.double().mean().item())
    measured = run(model, x).saturated
    if name == "linear" and run is general:
        assert measured.isnan().all(), "nothing follows that it could know"
        return
    # Counts: exact.
    assert measured[:2].tolist() == pytest.approx(share[:2], abs=1e-12)
    if name in ("relu", "tanh", "sigmoid", "gelu"):
        assert 0 < share[0] < 1, "both kinds occur, so the test sees something"


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("inplace", [False, True])
@pytest.mark.parametrize("training", [True, False])
def test_a_cnn_with_batch_norm_is_measured_as_autograd_says(training, inplace, dtype):
    model = drawn(lambda: Convolutional(inplace), dtype=dtype)
    model(normal(8, 2, 8, 8, seed=5, dtype=dtype))  # running statistics to tell apart
    check(model.train(training), normal(6, 2, 8, 8, dtype=dtype))


def test_train_and_eval_mode_are_the_callers_choice():
    model = drawn(Convolutional)
    x = normal(6, 2, 8, 8)
    cotangent = normal(6, 5)
    train = probe(model.train(), x, cotangent=cotangent)
    evaluated = probe(model.eval(), x, cotangent=cotangent)
    # Batch statistics against the running ones of a new layer (0 and 1).
    assert abs(train.q[1] / evaluated.q[1] - 1) > 0.1


def test_a_residual_network_is_measured_as_autograd_says():
    check(drawn(Residual), normal(10, 7))


def test_a_transformer_block_is_measured_as_autograd_says():
    signal = check(drawn(Attention), normal(4, 5, 8))
    assert signal.names == ("q", "k", "v", "o", "up", "down")


@pytest.mark.parametrize("training", [True, False])
def test_torchs_own_transformer_layer_is_measured_where_it_uses_linear_layers(training):
    layer = drawn(lambda: nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True))
    layer.train(training)
    x, cotangent = normal(4, 5, 8), normal(4, 5, 8, seed=1)
    signal = probe(layer, x, cotangent=cotangent)
    # Its attention multiplies by bare parameters, not by modules: not seen.
    assert signal.names == ("linear1", "linear2")
    h = layer.norm1(x + layer.self_attn(x, x, x, need_weights=False)[0])
    up = layer.linear1(h)
    down = layer.linear2(torch.relu(up))
    out = layer.norm2(h + down)
    gradients = torch.autograd.grad(
        out, [up, down, layer.linear1.weight, layer.linear2.weight], cotangent
    )
    sizes = [g.square().mean().item() for g in gradients]
    # As in assert_agrees.
    rel = 500 * EPS[torch.float64]
    assert signal.q.tolist() == pytest.approx(
        [up.square().mean().item(), down.square().mean().item()], rel=rel
    )
    measured = [*signal.grad2.tolist(), *signal.weight_grad2.tolist()]
    assert measured == pytest.approx(sizes, rel=rel)


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_convolutions_of_every_dimension_are_seen(kind):
    conv = [nn.Conv1d, nn.Conv2d, nn.Conv3d][kind - 1]
    turned = [nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d][kind - 1]
    model = drawn(lambda: Chain(conv(2, 4, 3), nn.Tanh(), turned(4, 3, 2)))
    check(model, normal(3, 2, *[5] * kind))


def test_a_layer_that_runs_twice_has_two_entries():
    signal = check(drawn(Tied), normal(9, 6))
    assert signal.names == ("layer", "layer", "out")


@pytest.mark.parametrize("name", [n for n in NAMES if n != "linear"])
def test_functional_activations_are_seen_like_modules(name):
    class Functional(nn.Module):
        def __init__(self, linears):
            super().__init__()
            self.layers = nn.ModuleList(linears)

        def forward(self, x):
            for layer in self.layers[:-1]:
                x = phi(layer(x))
            return self.layers[-1](x)

    model = mlp(3, 20, name, "normal", generator=seeded()).double()
    phi = getattr(torch, name, None) or getattr(F, name)
    x = normal(8, 20)
    ours = probe(Functional(linears(model)), x)
    # The mode that watches sees the same tensors: exact counts.
    assert ours.saturated[:2].tolist() == probe(model, x).saturated[:2].tolist()
    assert ours.saturated[2].isnan()


def test_an_unknown_activation_leaves_saturation_open():
    model = drawn(
        lambda: nn.Sequential(nn.Linear(4, 4), nn.Hardtanh(), nn.Linear(4, 2))
    )
    assert probe(model, normal(5, 4)).saturated.isnan().all()


@pytest.mark.parametrize("wrap", [tuple, list, lambda o: {"a": o[0], "b": o[1]}])
def test_the_first_tensor_of_several_outputs_counts(wrap):
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 2)

        def forward(self, x):
            h = self.a(x)
            return wrap([h, self.b(h)])

    signal = probe(drawn(Two), normal(5, 3), cotangent=torch.ones(5, 3))
    assert signal.names == ("a", "b")
    # The norm of 15 ones, squared: two roundings.
    assert signal.grad2.tolist() == [pytest.approx(1, rel=4 * EPS[torch.float64]), 0]
    assert signal.weight_grad2[0] > 0 and signal.weight_grad2[1] == 0


def test_a_model_whose_layers_do_not_run_is_refused():
    class Idle(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(4, 4)

        def forward(self, x):
            return x

    with pytest.raises(ValueError, match="no weight multiplied anything on this input"):
        probe(Idle(), torch.zeros(2, 4))


@pytest.mark.parametrize("output", ["text", None, torch.ones(2, dtype=torch.long), ()])
def test_a_model_that_returns_no_float_tensor_is_refused(output):
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(4, 4)

        def forward(self, x):
            self.layer(x)
            return output

    with pytest.raises(TypeError, match="must return a float tensor"):
        probe(Odd(), torch.zeros(2, 4))


# Several inputs, several outputs ------------------------------------------------------


def test_a_model_of_several_inputs_is_measured():
    class Pair(nn.Module):
        def __init__(self):
            super().__init__()
            self.image, self.text = nn.Conv2d(3, 8, 4, 4), nn.Embedding(50, 8)
            self.out = nn.Linear(8, 4)

        def forward(self, image, tokens):
            h = self.image(image).mean((2, 3)) + self.text(tokens).mean(1)
            return {"ids": tokens, "logits": self.out(torch.relu(h))}

    signal = probe(Pair(), (images(0), tokens(0)))
    assert signal.names == ("image", "out") and signal.grad2[0] > 0
    with pytest.raises(
        TypeError, match="x must be a tensor, or have one in it; got tuple"
    ):
        probe(Pair(), ())
    with pytest.raises(ValueError, match=r"shape \(16, 3, 16, 16\).*shape \(15, 16\)"):
        probe(Pair(), (images(0), tokens(0)[1:]))


def test_a_dataclass_counts_by_its_first_float_tensor():
    @dataclass
    class Output:
        loss: None
        logits: torch.Tensor

    class Model(nn.Module):
        def __init__(self, wrap):
            super().__init__()
            self.layer, self.wrap = nn.Linear(4, 3), wrap

        def forward(self, x):
            return self.wrap(None, self.layer(x))

    assert probe(Model(Output), torch.ones(2, 4)).q.shape == (1,)
    other = Model(lambda loss, logits: SimpleNamespace(logits=logits))
    assert probe(other, torch.ones(2, 4)).q.shape == (1,), "any object will do"
    empty = Model(lambda loss, logits: SimpleNamespace(logits=str(logits)))
    with pytest.raises(TypeError, match="or dataclass with one; got SimpleNamespace"):
        probe(empty, torch.ones(2, 4))


def test_a_layer_may_be_called_by_keyword():
    class Keyword(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = nn.Linear(6, 5), nn.Conv1d(5, 3, 1)

        def forward(self, x):
            h = torch.tanh(self.one(input=x)).unsqueeze(-1)
            return self.two(input=h)

    class Positional(Keyword):
        def forward(self, x):
            return self.two(torch.tanh(self.one(x)).unsqueeze(-1))

    by_keyword, by_position = drawn(Keyword), drawn(Positional)
    assert_same(
        probe(by_keyword, normal(4, 6)), probe(by_position, normal(4, 6)), exact=True
    )
