"""The probe against plain autograd, against theory, and on models of every kind."""

import copy
import dataclasses
import inspect
import math
import re

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from helpers.activations import ACTIVATIONS, activation, steepest_slope
from helpers.networks import linears, mlp, weights
from helpers.signals import LAYERS, Signal, probe, sweep
from helpers.signals.chain import plain_chain
from helpers.signals.modules import probe_module

NAMES = list(ACTIVATIONS)
EPS = {t: torch.finfo(t).eps for t in (torch.float16, torch.float32, torch.float64)}
TENSORS = (
    "q",
    "h_mean",
    "h2",
    "unit_var",
    "grad2",
    "weight_grad2",
    "saturated",
    "dead",
    "unit_spread",
)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=seeded(seed), dtype=torch.float64).to(dtype)


def general(model, x, *, cotangent=None):
    """The probe without its short cut for plain chains."""
    return probe_module(model, (x,), cotangent, seeded())


# The oracle: layers report to ``see``, and autograd goes back -------------------------


def silent(name, layer, h):
    return layer(h)


class Witness:
    """Runs a layer and keeps what entered it and what came out."""

    def __init__(self):
        self.names, self.layers, self.inputs, self.outputs = [], [], [], []

    def __call__(self, name, layer, h):
        self.names.append(name)
        self.layers.append(layer)
        # Copied: an in-place activation may overwrite them.
        self.inputs.append(h.detach().clone())
        z = layer(h)
        self.outputs.append(z)
        return z * 1  # so that what follows cannot overwrite z


def witnessed(model, x, cotangent):
    """The promised statistics, by their definitions, without hooks."""
    model = copy.deepcopy(model)
    for p in model.parameters():
        p.requires_grad_()
    see = Witness()
    with torch.random.fork_rng(devices=[]):
        out = model(x, see)
    weights = [layer.weight for layer in see.layers]
    z = see.outputs
    gradients = torch.autograd.grad(out, z + weights, cotangent.to(out))
    to_z, to_W = gradients[: len(z)], gradients[len(z) :]
    entering = [*see.inputs[1:], out.detach()]

    def unit_dim(layer):
        return -1 if isinstance(layer, nn.Linear) else 1

    def dead(h, layer):
        return (h.transpose(unit_dim(layer), 0).flatten(1) == 0).all(1)

    following = [*see.layers[1:], see.layers[-1]]

    def stack(values):
        return torch.stack([v.detach().double() for v in values])

    def spread(z, layer):
        return 1 - z.mean(unit_dim(layer)).square().mean() / z.square().mean()

    return see.names, {
        "q": stack(t.double().square().mean() for t in z),
        "h_mean": stack(h.double().mean() for h in entering),
        "h2": stack(h.double().square().mean() for h in entering),
        "unit_var": stack(t.double().var(0, unbiased=False).mean() for t in z),
        "grad2": stack(t.double().square().mean() for t in to_z),
        "weight_grad2": stack(t.double().square().mean() for t in to_W),
        "dead": stack(
            dead(h, layer).double().mean()
            for h, layer in zip(entering, following, strict=True)
        ),
        "unit_spread": stack(
            spread(t.double(), layer) for t, layer in zip(z, see.layers, strict=True)
        ),
    }


def assert_agrees(signal, names, expected, eps):
    assert list(signal.names) == names
    for key, value in expected.items():
        measured = getattr(signal, key)
        assert measured.dtype == torch.float64 and measured.shape == (len(names),)
        # The same passes with the same arithmetic; sums of up to 1e5 numbers in
        # another order, through tens of operations: a few hundred roundings. A mean
        # and a spread are differences: their error is relative to what was summed.
        scale = {"h_mean": expected["h2"].max() ** 0.5, "unit_spread": 1.0}.get(key, 0)
        torch.testing.assert_close(
            measured, value, rtol=500 * eps, atol=float(50 * eps * scale), msg=key
        )


def check(model, x, seed=1, run=probe):
    out = copy.deepcopy(model)(x).detach()
    cotangent = normal(*out.shape, seed=seed)
    names, expected = witnessed(model, x, cotangent)
    signal = run(model, x, cotangent=cotangent)
    assert_agrees(signal, names, expected, torch.finfo(x.dtype).eps)
    return signal


# Models, written so that a witness can look on ----------------------------------------


class Chain(nn.Sequential):
    """A plain chain that a witness can look at."""

    def forward(self, x, see=silent):
        names = {id(module): name for name, module in self.named_modules()}
        for module in self:
            watched = isinstance(module, LAYERS)
            x = see(names[id(module)], module, x) if watched else module(x)
        return x


class Convolutional(nn.Module):
    def __init__(self, inplace=False):
        super().__init__()
        self.c1, self.n1 = nn.Conv2d(2, 6, 3, padding=1), nn.BatchNorm2d(6)
        self.c2 = nn.Conv2d(6, 4, 3, stride=2, bias=False)
        self.n2, self.phi = nn.BatchNorm2d(4), nn.ReLU(inplace)
        self.out = nn.Linear(4 * 3 * 3, 5)

    def forward(self, x, see=silent):
        x = self.phi(self.n1(see("c1", self.c1, x)))
        x = self.phi(self.n2(see("c2", self.c2, x)))
        return see("out", self.out, x.flatten(1))


class Residual(nn.Module):
    def __init__(self, width=7, blocks=3):
        super().__init__()
        self.up = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(blocks))
        self.down = nn.ModuleList(nn.Linear(2 * width, width) for _ in range(blocks))

    def forward(self, x, see=silent):
        for i, (up, down) in enumerate(zip(self.up, self.down, strict=True)):
            x = x + see(f"down.{i}", down, torch.tanh(see(f"up.{i}", up, x)))
        return x


class Attention(nn.Module):
    """A transformer block with its own projections, pre-norm, two heads."""

    def __init__(self, width=8):
        super().__init__()
        for name in ("q", "k", "v", "o"):
            setattr(self, name, nn.Linear(width, width))
        self.n1, self.n2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, see=silent):
        h = self.n1(x)
        q, k, v = (
            see(name, getattr(self, name), h).unflatten(-1, (2, -1)).transpose(1, 2)
            for name in ("q", "k", "v")
        )
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        x = x + see("o", self.o, mixed)
        return x + see("down", self.down, F.gelu(see("up", self.up, self.n2(x))))


class Tied(nn.Module):
    """One layer that runs twice."""

    def __init__(self):
        super().__init__()
        self.layer, self.out = nn.Linear(6, 6), nn.Linear(6, 2)

    def forward(self, x, see=silent):
        h = F.relu(see("layer", self.layer, x))
        return see("out", self.out, F.relu(see("layer", self.layer, h)))


def drawn(make, seed=0, dtype=torch.float64):
    """A model with the weights that PyTorch gives it, from a seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make().to(dtype)


# The probe against the oracle ---------------------------------------------------------


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


def test_saturated_tanh_units_are_those_beyond_97_percent():
    model = mlp(2, 50, "tanh", "normal", generator=seeded()).double()
    x = normal(40, 50)
    h = torch.tanh(x @ weights(model)[0].T)
    # 1 - 0.97 ** 2 = 0.0591: between the two thresholds lie few units, here none.
    low, high = ((h.abs() > t).double().mean().item() for t in (0.9695, 0.9703))
    assert low >= probe(model, x).saturated[0].item() >= high > 0.5


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


def test_a_chain_that_uses_a_layer_twice_is_measured_as_autograd_says():
    def make():
        layer = nn.Linear(6, 6)
        return Chain(layer, nn.Tanh(), layer, nn.Tanh(), nn.Linear(6, 3))

    model = drawn(make)
    check(model, normal(9, 6))
    # nn.Sequential itself may take the short cut: same numbers.
    assert_same(
        probe(nn.Sequential(*model), normal(9, 6)), general(model, normal(9, 6))
    )


def test_a_chain_that_shares_one_activation_module_is_measured_as_autograd_says():
    def make():
        phi = nn.ReLU()
        return Chain(nn.Linear(6, 8), phi, nn.Linear(8, 8), phi, nn.Linear(8, 3))

    model = drawn(make)
    check(model, normal(9, 6))
    plain, x = nn.Sequential(*model), normal(9, 6)
    for key in TENSORS:
        fast, slow = (getattr(run(plain, x), key)[:2] for run in (probe, general))
        # Two orders of the same sums.
        torch.testing.assert_close(
            fast, slow, rtol=500 * EPS[torch.float64], atol=1e-14
        )
    assert probe(plain, x).saturated[1] > 0, "its relu is seen twice"


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


# The definitions, on numbers small enough for the head --------------------------------


def test_the_sizes_of_two_layers_by_hand():
    model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.ReLU(), nn.Linear(2, 1))
    model[0].weight.data = torch.tensor([[1.0, 1.0], [-1.0, 0.0]])
    model[2].weight.data = torch.tensor([[2.0, 3.0]])
    model[2].bias.data = torch.tensor([1.0])
    x = torch.tensor([[1.0, 2.0], [3.0, 0.0]])
    # z = [[3, -1], [3, -3]], h = [[3, 0], [3, 0]], out = [[7], [7]]
    signal = probe(model, x, cotangent=torch.tensor([[1.0], [-2.0]]))
    expected = {
        "q": [(9 + 1 + 9 + 9) / 4, 49],
        "h_mean": [1.5, 7],
        "h2": [4.5, 49],
        "unit_var": [(0 + 1) / 2, 0],  # units: (3, 3) and (-1, -3)
        "grad2": [(4 + 0 + 16 + 0) / 4, 2.5],  # W.T v, where relu is on
        # dW1 = [[2*1 - 4*3, 2*2 - 0], [0, 0]]; dW2 = [[3 - 6, 0]]
        "weight_grad2": [(100 + 16) / 4, 9 / 2],
        "saturated": [0.5, 0],
        "dead": [0.5, 0],
        # for one input, units differ by (3 + 1) / 2 = 2 and (3 + 3) / 2 = 3 from
        # their mean: (4 + 9) / 2 of a mean square of 7
        "unit_spread": [6.5 / 7, math.nan],
    }
    assert signal.names == ("0", "2")
    for key, value in expected.items():
        measured = getattr(signal, key).tolist()
        # Small whole numbers: float32 loses at most a few roundings in norms.
        assert measured == pytest.approx(value, rel=8 * EPS[torch.float32], nan_ok=True)
    assert signal.first_overflow is None and signal.first_underflow is None


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


class Dropping(nn.Sequential):
    pass


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


# The short cut ------------------------------------------------------------------------


def assert_same(one, other, exact=False, dtype=torch.float64):
    assert one.names == other.names
    assert one.first_overflow == other.first_overflow
    assert one.first_underflow == other.first_underflow
    # Two orders of the same sums, through a few layers.
    rtol, atol = (0, 0) if exact else (500 * EPS[dtype], 50 * EPS[dtype])
    for key in TENSORS:
        a, b = getattr(one, key), getattr(other, key)
        absolute = atol if key in ("h_mean", "unit_spread", "saturated") else 0
        torch.testing.assert_close(
            a, b, rtol=rtol, atol=absolute, equal_nan=True, msg=key
        )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("scheme", ["normal", "xavier_normal", "constant", "zeros"])
@pytest.mark.parametrize("name", [n for n in NAMES if n != "linear"])
def test_the_short_cut_gives_the_same_numbers(name, scheme, dtype):
    model = mlp(4, 10, name, scheme, 0.1, True, seeded(), 7, 3).to(dtype)
    x = normal(6, 7, dtype=dtype)
    fast, slow = probe(model, x), general(model, x)
    # The last layer is followed by nothing: linear for one, unknown for the other.
    assert fast.saturated[-1] == 0 and slow.saturated[-1].isnan()
    fast, slow = (
        dataclasses.replace(s, saturated=s.saturated[:-1]) for s in (fast, slow)
    )
    assert_same(fast, slow, dtype=dtype)


def taken(model, x=None):
    """Whether the probe takes its short cut."""
    x = torch.ones(2, 4) if x is None else x
    return plain_chain(model, x) is not None


def test_the_short_cut_is_taken_for_plain_networks_only():
    linear = nn.Linear(4, 4)
    for name in NAMES:
        assert taken(mlp(3, 4, name))
    assert taken(nn.Sequential(linear))
    assert taken(nn.Sequential(linear, nn.Tanh(), nn.Linear(4, 2), nn.Tanh()))
    assert taken(nn.Sequential(linear, nn.ReLU(inplace=True)))
    for model in (
        nn.Sequential(nn.Tanh(), linear),
        nn.Sequential(linear, nn.Tanh(), nn.Tanh()),
        nn.Sequential(linear, nn.Dropout()),
        nn.Sequential(linear, nn.LeakyReLU(0.2)),
        nn.Sequential(linear, nn.GELU("tanh")),
        nn.Sequential(linear, nn.BatchNorm1d(4)),
        nn.Sequential(nn.Sequential(linear)),
        nn.Sequential(linear, nn.Tanh(), linear),
        nn.utils.parametrizations.weight_norm(nn.Linear(4, 4)),
        nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(4, 4))),
        nn.Sequential(nn.Linear(4, 4).half()),
        Chain(nn.Linear(4, 4)),
    ):
        assert not taken(model), model
    assert not taken(mlp(3, 4), torch.ones(2, 3, 4))


@pytest.mark.parametrize(
    "phi", [nn.LeakyReLU(0.3), nn.GELU("tanh"), nn.SELU(inplace=True)]
)
def test_activations_with_options_keep_them(phi):
    model = drawn(lambda: Chain(nn.Linear(5, 6), phi, nn.Linear(6, 4)))
    x, v = normal(7, 5), normal(7, 4, seed=1)
    names, expected = witnessed(model, x, v)
    plain = nn.Sequential(*model)
    assert_agrees(probe(plain, x, cotangent=v), names, expected, EPS[torch.float64])


def test_a_reader_s_own_hooks_still_act():
    model = mlp(2, 4, generator=seeded()).double()
    x = normal(5, 4)
    before = probe(model, x)
    handle = model[0].register_forward_hook(lambda module, args, z: 2 * z)
    after = probe(model, x)
    handle.remove()
    assert after.h2[0] > 1.5 * before.h2[0]


def test_one_probe_after_another_shares_no_memory_with_its_results():
    small, x = mlp(4, 6, "tanh", generator=seeded()).double(), normal(5, 6)
    first = probe(small, x)
    kept = {key: getattr(first, key).clone() for key in TENSORS}
    other = probe(mlp(6, 9, "gelu").double(), normal(5, 9))
    assert other.q.shape == (6,)
    for key, value in kept.items():
        torch.testing.assert_close(
            getattr(first, key), value, rtol=0, atol=0, equal_nan=True
        )
    assert_same(probe(small, x), first, exact=True)


# Number formats -----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", ["tanh", "relu", "gelu"])
def test_half_precision_networks_are_measured(name, dtype):
    model = mlp(4, 32, name, "he_normal", generator=seeded())
    x = normal(16, 32, dtype=torch.float32)
    exact, half = probe(model, x), probe(model.to(dtype), x.to(dtype))
    # Each of about ten operations rounds every number by eps / 2, independently:
    # means over 512 numbers are far closer than this.
    rtol = 10 * torch.finfo(dtype).eps
    for key in ("q", "h2", "grad2", "weight_grad2"):
        torch.testing.assert_close(
            getattr(half, key), getattr(exact, key), rtol=rtol, atol=0
        )
        assert (getattr(half, key) != getattr(exact, key)).all(), "its own arithmetic"
    assert half.q.dtype == torch.float64


@pytest.mark.parametrize(
    ("dtype", "layer"), [(torch.float32, 32), (torch.bfloat16, 32), (torch.float16, 4)]
)
@pytest.mark.parametrize("run", [probe, general])
def test_standard_normal_weights_overflow_where_arithmetic_says(dtype, layer, run):
    # Each of 256 inputs wide multiplies by 16 = 2 ** 4: 2 ** 128 is too much for
    # float32 and bfloat16, 2 ** 16 for float16.
    model = mlp(layer + 8, 256, "linear", "normal", generator=seeded()).to(dtype)
    x = normal(16, 256, dtype=dtype)
    signal = run(model, x)
    assert signal.first_overflow == layer - 1
    assert signal.q[: layer - 1].isfinite().all()
    assert not signal.q[layer - 1 :].isfinite().any()
    # At layer l the mean square is 256 ** l, give or take its spread over seeds:
    # sd of its logarithm at most sqrt(2 l / 256) (results.md), four of them.
    logs = signal.q[: layer - 1].log() - torch.arange(1, layer) * math.log(256)
    assert logs.abs().max() < 4 * math.sqrt(2 * layer / 256)
    assert f"layer {layer} of" in signal.verdict()
    assert signal.verdict().startswith("exploding")


def test_float32_sizes_are_right_wherever_float32_is():
    # Squares leave float32 at 1e-23 and 1e19; the numbers do not.
    for size in (1e-40, 1e-30, 1e-20, 1e20, 1e30, 1e37):
        model = nn.Sequential(nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False))
        model[0].weight.data = torch.eye(4) * size
        model[1].weight.data = torch.eye(4)
        x = torch.ones(3, 4)
        for run in (probe, general):
            q = run(model, x).q
            # One rounding of the size itself; below 1e-38 numbers have fewer digits.
            rel = 1e-4 if size < 1e-38 else 4 * EPS[torch.float32]
            assert q.sqrt().tolist() == pytest.approx([size, size], rel=rel)
            assert run(model, x).first_overflow is None
            assert run(model, x).first_underflow is None


def test_a_gradient_that_overflows_names_the_layer_it_meets_first():
    # Some 6-fold a layer (64 sqrt(E phi'^2) at q = 4096): 1e55 over seventy.
    model = mlp(70, 256, "tanh", "normal", gain=4.0, generator=seeded())
    signal = probe(model, normal(16, 256, dtype=torch.float32))
    assert signal.q.isfinite().all(), "tanh keeps the forward signal in bounds"
    overflow = signal.first_overflow
    assert overflow is not None
    assert not signal.grad2[overflow].isfinite()
    assert signal.grad2[overflow + 1 :].isfinite().all()


def test_a_gradient_that_underflows_names_the_layer_it_meets_first():
    depth = 100
    model = mlp(depth, 256, "sigmoid", generator=seeded())
    for run in (probe, general):
        signal = run(model, normal(16, 256, dtype=torch.float32))
        # sqrt(0.0557) a layer; the largest of 4096 numbers, some 4 sigma, rounds to 0
        # below 2 ** -150: after 72 layers, give or take the spread over seeds.
        factor = math.log(0.0557207) / 2
        layers = (-150 * math.log(2) - math.log(4)) / factor
        assert abs((depth - 1 - signal.first_underflow) - layers) <= 2
        zero = signal.first_underflow
        assert (signal.grad2[: zero + 1] == 0).all()
        assert (signal.grad2[zero + 1 :] > 0).all()
        assert (signal.q > 0).all()
        assert "vanishing" in signal.verdict()


def test_a_forward_signal_that_underflows_names_the_first_layer_that_is_zero():
    model = mlp(12, 16, "linear", "orthogonal", gain=1e-5, generator=seeded())
    signal = probe(model, normal(8, 16, dtype=torch.float32))
    # 1e-5 a layer: 1e-45 is float32's last number, so layer 9 or 10 is 0.
    assert signal.first_underflow in (8, 9)
    assert signal.q[signal.first_underflow] == 0
    assert signal.q[signal.first_underflow - 1] > 0
    assert "vanishing" in signal.verdict() and "exactly 0" in signal.verdict()


# The verdict --------------------------------------------------------------------------

SEEDS = range(5)


def verdict(seed, depth, name, scheme, dtype=torch.float32, width=100, batch=64, **how):
    x = normal(batch, width, seed=100 + seed, dtype=dtype)
    model = mlp(depth, width, name, scheme, generator=seeded(seed), **how).to(dtype)
    return probe(model, x).verdict()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_healthy_networks_are_called_healthy(seed, dtype):
    assert verdict(seed, 50, "linear", "orthogonal", dtype).startswith("healthy")
    assert verdict(seed, 30, "tanh", "xavier_normal", dtype).startswith("healthy")
    assert verdict(seed, 10, "relu", "he_normal", dtype).startswith("healthy")
    assert verdict(seed, 30, "relu", "he_normal", dtype).startswith("healthy")
    assert verdict(seed, 1, "linear", "lecun", dtype).startswith("healthy")


@pytest.mark.parametrize("seed", SEEDS)
def test_networks_that_lose_their_signals_are_called_vanishing(seed):
    # 0.5 a layer both ways: 2 ** -19; no inputs collapse in a linear network.
    words = verdict(seed, 20, "linear", "orthogonal", gain=0.5)
    assert "vanishing: the signal at layer 20 of 20 (38)" in words
    assert "vanishing: the gradient at layer 1 of 20 (0)" in words
    assert "exploding" not in words and "collapsed" not in words
    # Xavier sigmoid: 0.236 a layer backward only.
    words = verdict(seed, 10, "sigmoid", "xavier_normal")
    assert "vanishing: the gradient at layer 1 of 10 (0)" in words
    assert "the signal at" not in words
    assert "symmetric" not in words and "dead" not in words


@pytest.mark.parametrize("seed", SEEDS)
def test_networks_that_grow_are_called_exploding(seed):
    words = verdict(seed, 20, "linear", "orthogonal", gain=2.0)
    assert "exploding: the signal at layer 20 of 20 (38)" in words
    assert "exploding: the gradient at layer 1 of 20 (0)" in words
    assert "vanishing" not in words
    # tanh at gain 3 grows backward only: about 1.36 a layer, 1e4 over 30.
    words = verdict(seed, 30, "tanh", "xavier_normal", gain=3.0)
    assert "exploding: the gradient at layer 1 of 30 (0)" in words
    assert "the signal at" not in words


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_default_collapses_the_inputs_of_a_deep_relu_network(seed, dtype):
    words = verdict(seed, 30, "relu", "pytorch_default", dtype, bias=True)
    assert "collapsed inputs: they differ by less than 1 %" in words
    assert "vanishing: the gradient at layer 1 of 30 (0)" in words
    assert "symmetric" not in words


@pytest.mark.parametrize("width", [3, 64, 100, 128, 300])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", NAMES)
def test_constant_weights_make_symmetric_networks(name, dtype, width):
    for seed in (0, 1):
        gain = 1 / width
        words = verdict(seed, 4, name, "constant", dtype, width, gain=gain)
        assert words.startswith("symmetric: units are copies of one another in layer 1")


@pytest.mark.parametrize("noise", [1e-3, 1e-4])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_little_noise_is_not_called_symmetric(noise, seed):
    model = mlp(4, 100, "tanh", "constant", gain=0.01)
    for layer in linears(model):
        layer.weight.data += noise * 0.01 * normal(100, 100, seed=seed)
    # Units differ by noise, squared: 1e-8 at least; a copy stays below 1e-12.
    signal = probe(model, normal(64, 100, seed=9, dtype=torch.float32))
    assert "symmetric" not in signal.verdict()
    share = signal.unit_spread[0].item()
    # z is 0.01 (sum x + noise sum of 100 normal terms times x): ratio noise ** 2,
    # a mean over 64 inputs and 100 units; four standard errors of 64 squares' ratio.
    assert share == pytest.approx(noise**2, rel=4 * math.sqrt(4 / 64))


@pytest.mark.parametrize("run", [probe, general])
def test_dead_units_are_counted_and_a_dead_layer_is_named(run):
    model = mlp(4, 50, "relu", "he_normal", bias=True, generator=seeded())
    x = normal(64, 50, dtype=torch.float32)
    model[2].bias.data[:10] = -1e6
    share, h = [], x
    for layer in linears(model):
        h = torch.relu(layer(h))
        share.append((h == 0).all(0).double().mean().item())
    assert share[1] == 0.2
    # Counts, divided: exact up to one rounding. Nothing follows the last layer.
    measured = run(model, x).dead.tolist()
    assert measured == pytest.approx([*share[:3], 0], abs=1e-15)
    assert "dead" not in run(model, x).verdict()
    model[2].bias.data[:] = -1e6
    signal = run(model, x)
    assert signal.dead[1] == 1
    words = signal.verdict()
    assert "dead: every unit is 0 for the whole batch after layer 2 of 4 (2)" in words


def test_zero_weights_are_found():
    x = normal(16, 8, dtype=torch.float32)
    words = probe(mlp(3, 8, "tanh", "zeros"), x).verdict()
    assert "layer 1 of 3 (0)" in words and "exactly 0" in words


def test_inputs_that_are_copies_count_as_collapsed():
    x = normal(1, 20, dtype=torch.float64).expand(8, 20) + 1e-3 * normal(8, 20, seed=1)
    signal = probe(mlp(3, 20, "tanh", "orthogonal", generator=seeded()).double(), x)
    assert "collapsed inputs" in signal.verdict()
    assert "from layer 1 of 3 (0) on" in signal.verdict()
    # An orthogonal layer keeps the inputs' own variance: exact up to rounding.
    own = x.var(0, unbiased=False).mean().item()
    assert signal.unit_var[0].item() == pytest.approx(own, rel=1e-6)  # float32 weights


@pytest.mark.parametrize(
    ("size", "word"),
    [(99, "healthy"), (101, "exploding"), (1 / 99, "healthy"), (1 / 101, "vanishing")],
)
def test_a_hundredfold_change_is_where_a_verdict_speaks_up(size, word):
    model = drawn(lambda: nn.Sequential(nn.Linear(4, 4, False), nn.Linear(4, 4, False)))
    model[0].weight.data = torch.eye(4, dtype=torch.float64)
    model[1].weight.data = size * torch.eye(4, dtype=torch.float64)
    assert probe(model, normal(8, 4)).verdict().startswith(word)


@pytest.mark.parametrize(("share", "collapsed"), [(0.009, True), (0.011, False)])
def test_inputs_that_differ_by_one_percent_are_where_a_verdict_speaks_up(
    share, collapsed
):
    x = torch.ones(2, 4, dtype=torch.float64) * torch.tensor([[1.0], [-1.0]])
    x = torch.tensor([1.0, 2.0, 3.0, 4.0]) + share * 7.5**0.5 * x  # its rms is sqrt 7.5
    model = drawn(lambda: nn.Sequential(nn.Linear(4, 4, False)))
    model[0].weight.data = torch.eye(4, dtype=torch.float64)
    assert ("collapsed" in probe(model, x).verdict()) == collapsed


def test_nearly_equal_inputs_keep_their_variance_in_float32():
    # E z^2 - (E z)^2 would return noise of 1e-7 in place of 1e-10.
    base = normal(1, 20, dtype=torch.float32)
    x = base + 1e-5 * normal(64, 20, seed=1, dtype=torch.float32)
    model = mlp(1, 20, "linear", "orthogonal", generator=seeded())
    exact = copy.deepcopy(model).double()(x.double()).var(0, unbiased=False).mean()
    for run in (probe, general):
        # Numbers of size 1 are rounded by 6e-8, a hundredth of what is measured.
        measured = run(model, x).unit_var[0].item()
        assert measured == pytest.approx(exact.item(), rel=0.05)


# The table and the words --------------------------------------------------------------


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


def test_the_frame_is_a_table_of_one_row_per_layer():
    signal = probe(
        mlp(3, 8, "relu", "he_normal", generator=seeded()).double(), normal(4, 8)
    )
    table = signal.frame()
    assert [row["layer"] for row in table] == ["0", "2", "4"]
    for key in ("q", "h_mean", "h2", "unit_var", "grad2", "weight_grad2", "dead"):
        assert [row[key] for row in table] == getattr(signal, key).tolist()
    lines = repr(table).splitlines()
    assert len(lines) == 4 and len({len(line) for line in lines}) == 1
    assert lines[0].split()[:2] == ["layer", "q"]
    assert f"{signal.q[0]:#.3g}" in lines[1]


def test_a_signal_shows_its_two_ends():
    x = torch.eye(4, dtype=torch.float64)
    model = nn.Sequential(nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False))
    model = model.double()
    for layer, size in zip(model, (2.0, 10.0), strict=True):
        layer.weight.data = torch.eye(4, dtype=torch.float64) * size
    text = repr(probe(model, x, cotangent=torch.ones(4, 4)))
    assert "2 layers" in text
    numbers = [float(n) for n in re.findall(r"\d+(?:\.\d*)?", text)]
    # rms of the identity is 1/2: z is 1 and 10; gradients are 10 and 1.
    assert numbers == [2, 1, 10, 10, 1]


# Bad input ----------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 4), (4,), (0, 4), ()])
def test_a_batch_of_less_than_two_is_refused(shape):
    with pytest.raises(ValueError) as error:
        probe(mlp(2, 4), torch.zeros(shape))
    assert "at least 2 inputs" in str(error.value) and str(shape) in str(error.value)


@pytest.mark.parametrize("run", ["fast", "general"])
def test_an_input_of_the_wrong_width_is_refused(run):
    model = mlp(2, 4) if run == "fast" else nn.Sequential(mlp(2, 4))
    with pytest.raises(ValueError, match=r"takes 4 inputs .* shape \(3, 5\)"):
        probe(model, torch.zeros(3, 5))


def test_an_input_with_the_wrong_channels_is_refused():
    with pytest.raises(ValueError, match=r"'c1' takes 2 channels .* \(4, 3, 8, 8\)"):
        probe(Convolutional(), torch.zeros(4, 3, 8, 8))


def test_an_image_of_the_wrong_size_is_refused_where_it_stops_fitting():
    with pytest.raises(ValueError, match=r"'out' takes 36 inputs .* shape \(4, 64\)"):
        probe(Convolutional(), torch.zeros(4, 2, 10, 10))


@pytest.mark.parametrize("run", ["fast", "general"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.long])
def test_an_input_of_the_wrong_type_is_refused(run, dtype):
    model = mlp(2, 4) if run == "fast" else nn.Sequential(mlp(2, 4))
    with pytest.raises(TypeError) as error:
        probe(model, torch.zeros(3, 4).to(dtype))
    assert str(dtype) in str(error.value) and "torch.float32" in str(error.value)


def test_what_is_no_model_and_no_tensor_is_refused():
    with pytest.raises(TypeError, match="model must be a torch.nn.Module, got int"):
        probe(3, torch.zeros(2, 4))
    with pytest.raises(TypeError, match="x must be a tensor, got list"):
        probe(mlp(2, 4), [[1.0] * 4] * 2)
    with pytest.raises(TypeError, match="cotangent must be a tensor, got float"):
        probe(mlp(2, 4), torch.zeros(2, 4), cotangent=1.0)


@pytest.mark.parametrize(
    "model", [nn.ReLU(), nn.Sequential(), nn.Sequential(nn.Tanh())]
)
def test_a_model_without_linear_layers_is_refused(model):
    with pytest.raises(ValueError, match="no linear or convolutional layer") as error:
        probe(model, torch.zeros(2, 4))
    assert type(model).__name__ in str(error.value)


def test_a_model_whose_layers_do_not_run_is_refused():
    class Idle(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(4, 4)

        def forward(self, x):
            return x

    with pytest.raises(ValueError, match="no linear or convolutional layer ran"):
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


@pytest.mark.parametrize("run", ["fast", "general"])
def test_a_cotangent_of_the_wrong_shape_is_refused(run):
    model = (
        mlp(2, 4, fan_out=3) if run == "fast" else nn.Sequential(mlp(2, 4, fan_out=3))
    )
    with pytest.raises(ValueError, match=r"output's shape \(5, 3\), got \(5, 4\)"):
        probe(model, torch.zeros(5, 4), cotangent=torch.zeros(5, 4))


# Sweeps -------------------------------------------------------------------------------

GAINS = (0.3, 1.0, 2.5)


@pytest.mark.parametrize("scheme", ["xavier_normal", "orthogonal", "pytorch_default"])
@pytest.mark.parametrize("name", NAMES)
def test_a_sweep_gives_what_the_probe_gives(name, scheme):
    depth, width = 7, 10
    x = normal(6, width)
    swept = sweep(name, GAINS, depth, x, scheme=scheme, generator=seeded(3))
    assert swept.forward.shape == (3, depth)
    assert swept.backward.shape == (3, depth, depth)
    for i, gain in enumerate(GAINS):
        for d in (1, 2, 4, depth):
            model = mlp(d, width, name, scheme, gain, False, seeded(3)).double()
            signal = probe(model, x)
            # Weights are drawn in float32, where the model's gain rounds each of
            # them once: up to d layers, squared and amplified by slopes.
            rtol = 20 * d * EPS[torch.float32]
            forward, backward = swept.forward[i, :d], swept.backward[i, d - 1, :d]
            torch.testing.assert_close(forward, signal.q.sqrt(), rtol=rtol, atol=0)
            torch.testing.assert_close(backward, signal.grad2.sqrt(), rtol=rtol, atol=0)
            assert swept.backward[i, d - 1, d:].isnan().all()


@pytest.mark.parametrize("name", ["tanh", "relu", "silu"])
def test_a_sweep_in_float64_gives_the_probe_to_the_last_digits(name):
    torch.set_default_dtype(torch.float64)
    try:
        x, v = normal(6, 10), normal(6, 10, seed=8)
        swept = sweep(name, GAINS, 9, x, generator=seeded(3), cotangent=v)
        model = mlp(9, 10, name, gain=2.5, generator=seeded(3))
    finally:
        torch.set_default_dtype(torch.float32)
    signal = probe(model, x, cotangent=v)
    # Two orders of the same sums in float64; a chaotic net doubles errors a layer.
    rtol = 500 * 2**9 * EPS[torch.float64]
    torch.testing.assert_close(swept.forward[2], signal.q.sqrt(), rtol=rtol, atol=0)
    torch.testing.assert_close(
        swept.backward[2, -1], signal.grad2.sqrt(), rtol=rtol, atol=0
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_sweep_does_not_depend_on_what_else_is_in_it(name):
    x = normal(6, 10)
    whole = sweep(name, GAINS, 8, x)
    one = sweep(name, GAINS[1:2], 5, x)
    # The same sums, perhaps in other blocks.
    rtol = 500 * EPS[torch.float64]
    torch.testing.assert_close(whole.forward[1:2, :5], one.forward, rtol=rtol, atol=0)
    torch.testing.assert_close(
        whole.backward[1:2, :5, :5], one.backward, rtol=rtol, atol=0, equal_nan=True
    )


def test_a_sweep_keeps_gradients_far_below_the_range_of_squares():
    # An orthogonal linear chain at gain 1e-3 over 100 layers: 1e-297 exactly.
    x = normal(4, 8)
    swept = sweep("linear", [1e-3], 100, x, scheme="orthogonal", cotangent=x)
    ratio = swept.backward[0, 99, 0] / swept.backward[0, 99, 99]
    # A hundred float32 orthogonal matrices, each off by a few eps.
    assert ratio.log10().item() == pytest.approx(-297, abs=100 * 4e-7)
    tiny = sweep("tanh", [1e-3], 100, x, scheme="orthogonal", cotangent=x)
    ratio = tiny.backward[0, 99, 0] / tiny.backward[0, 99, 99]
    # tanh of 1e-3 and less is linear to 3e-7, once: all later layers are smaller.
    assert ratio.log10().item() == pytest.approx(-297, abs=1e-4)


def test_a_dead_sweep_is_zero_and_not_nan():
    x = normal(4, 6)
    swept = sweep("relu", [0.0, 1.0], 3, x)
    assert (swept.forward[0] == 0).all()
    lower = torch.ones(3, 3).tril().bool()
    assert not swept.backward[:, lower].isnan().any()
    swept = sweep("tanh", [1.0], 3, normal(4, 6), scheme="zeros", cotangent=2 * x)
    assert (swept.forward == 0).all()
    last = (2 * x).square().mean().sqrt().item()
    # The network's last layer receives the cotangent itself, the others nothing.
    expected = [0, 0, pytest.approx(last, rel=4 * EPS[torch.float64])]
    assert swept.backward[0, 2].tolist() == expected


def test_a_sweep_refuses_what_cannot_be():
    x = normal(4, 6)
    with pytest.raises(ValueError, match="unknown activation 'swish'; known: .*selu"):
        sweep("swish", [1.0], 3, x)
    with pytest.raises(ValueError, match="unknown scheme 'he'; known: .*orthogonal"):
        sweep("tanh", [1.0], 3, x, scheme="he")
    with pytest.raises(ValueError, match="depth must be at least 1, got 0"):
        sweep("tanh", [1.0], 0, x)
    with pytest.raises(TypeError, match="depth must be a whole number, got 2.0"):
        sweep("tanh", [1.0], 2.0, x)
    for gain in (-1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match=f"at least 0, got {gain}"):
            sweep("tanh", [1.0, gain], 3, x)
    for wrong in (x[0], x[:1], [[1.0, 2.0]] * 2):
        with pytest.raises(ValueError, match="batch at least 2"):
            sweep("tanh", [1.0], 3, wrong)
    with pytest.raises(ValueError, match=r"shape \(4, 6\), got \(4, 5\)"):
        sweep("tanh", [1.0], 3, x, cotangent=normal(4, 5))


def test_a_sweep_neither_reads_nor_moves_the_global_random_state():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        before = torch.get_rng_state()
        first = sweep("tanh", [1.0], 3, normal(4, 6))
        assert torch.equal(torch.get_rng_state(), before)
        torch.manual_seed(2)
        assert torch.equal(first.forward, sweep("tanh", [1.0], 3, normal(4, 6)).forward)
