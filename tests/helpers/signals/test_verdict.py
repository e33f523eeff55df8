"""The verdict on networks as people build them: no false alarm, nothing missed.

Every network is drawn from twenty seeds. The healthy ones are known to train at these
depths with these weights; the others are ill by construction.
"""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from helpers.networks import mlp
from helpers.signals import probe
from helpers.signals.modules import probe_module
from helpers.signals.roles import role
from helpers.signals.unroll import unroll_
from tests.shared.networks import (
    GPT,
    VGG,
    OwnLSTM,
    Reader,
    ResNet,
    TorchAttention,
    TorchLSTM,
    ViT,
    constant_,
    gpt2_,
    he_,
    remember_,
    times_,
    zero_branches_,
)

SEEDS = range(20)


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def images(seed, size=16, batch=16):
    return torch.randn(batch, 3, size, size, generator=seeded(100 + seed))


def sequences(seed, steps=12):
    return torch.randn(16, steps, 8, generator=seeded(100 + seed))


def tokens(seed):
    return torch.randint(50, (16, 16), generator=seeded(100 + seed))


def measured(make, seed, x):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = make()
    return probe(unroll_(model), x)


def thin():
    """No pooling before the last: each of 1024 positions gets a 1024th."""
    return he_(VGG((16,) * 8))


def one_sequence():
    """All in one nn.Sequential, as the known false alarm was."""
    return nn.Sequential(
        *thin().features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10)
    )


class OwnNames(nn.Module):
    """Every layer has a role of its own, and pooling lies between the ends."""

    def __init__(self):
        super().__init__()
        self.stem, self.body = nn.Conv2d(3, 32, 3, 1, 1), nn.Conv2d(32, 32, 3, 1, 1)
        self.head = nn.Linear(32, 10)

    def forward(self, x):
        return self.head(F.relu(self.body(F.relu(self.stem(x)))).mean((2, 3)))


HEALTHY = {
    "ResNet": (lambda: he_(ResNet()), images),
    "ResNet, PyTorch's default": (ResNet, images),
    "ResNet, eval": (lambda: he_(ResNet()).eval(), images),
    "ResNet, 30 convolutions": (lambda: he_(ResNet((5, 5, 5))), images),
    "ResNet, branches from 0": (lambda: zero_branches_(he_(ResNet())), images),
    "ResNet without norm, branches from 0": (
        lambda: zero_branches_(he_(ResNet(norm=False))),
        images,
    ),
    "VGG": (lambda: he_(VGG()), images),
    "VGG with batch norm": (lambda: he_(VGG(norm=True)), images),
    "1024 positions pooled": (thin, lambda seed: images(seed, 32, 8)),
    "the same in one Sequential": (one_sequence, lambda seed: images(seed, 32, 8)),
    "layers with names of their own": (
        lambda: he_(OwnNames()),
        lambda seed: images(seed, 32, 8),
    ),
    "ViT": (lambda: gpt2_(ViT()), images),
    "ViT, PyTorch's default": (ViT, images),
    "ViT, mean of the tokens": (lambda: gpt2_(ViT(pool="mean")), images),
    "ViT, nn.MultiheadAttention": (
        lambda: gpt2_(ViT(attention=TorchAttention)),
        images,
    ),
    "GPT": (lambda: gpt2_(GPT()), tokens),
    "GPT, PyTorch's default": (GPT, tokens),
    "GPT, 12 blocks": (lambda: gpt2_(GPT(12)), tokens),
    "LSTM": (lambda: remember_(OwnLSTM(), 3.0), sequences),
    "nn.LSTM": (lambda: remember_(TorchLSTM(), 3.0), sequences),
    "nn.LSTM, two layers": (lambda: remember_(TorchLSTM(layers=2), 3.0), sequences),
    "nn.GRU": (lambda: Reader(nn.GRU), lambda seed: sequences(seed, 6)),
}


@pytest.mark.parametrize("kind", HEALTHY)
def test_healthy_networks_raise_no_alarm(kind):
    make, batch = HEALTHY[kind]
    for seed in SEEDS:
        signal = measured(make, seed, batch(seed))
        assert signal.verdict().startswith("healthy: over"), (seed, signal.verdict())
        assert signal.healthy


BARE = dict(norm=False, shortcut=False)
ILL = {
    "vanishing: the signal": {
        "VGG, small weights": (lambda: he_(VGG((16,) * 12), 0.4), images),
        "plain ResNet, small": (lambda: he_(ResNet((4, 4, 4), **BARE), 0.5), images),
        "GPT without norms": (lambda: gpt2_(GPT(12, **BARE)), tokens),
        "ViT without norms": (lambda: gpt2_(ViT(12, **BARE)), images),
    },
    "vanishing: the gradient": {
        "VGG, small weights": (lambda: he_(VGG((16,) * 12), 0.4), images),
        "VGG, default": (lambda: VGG((8,) * 20), images),
        "plain ResNet, default": (lambda: ResNet((5, 5, 5), **BARE), images),
        "ViT without norms": (lambda: ViT(12, **BARE), images),
        "GPT without norms": (lambda: GPT(12, **BARE), tokens),
        "LSTM that forgets": (lambda: remember_(OwnLSTM(), -3.0), sequences),
        "nn.LSTM that forgets": (lambda: remember_(TorchLSTM(), -3.0), sequences),
        "LSTM, 40 steps": (OwnLSTM, lambda seed: sequences(seed, 40)),
        "nn.LSTM, 40 steps": (TorchLSTM, lambda seed: sequences(seed, 40)),
        "nn.RNN, 40 steps": (Reader, lambda seed: sequences(seed, 40)),
    },
    "exploding: the signal": {
        "VGG, large weights": (lambda: he_(VGG((16,) * 12), 3.0), images),
        "ResNet without norm": (lambda: he_(ResNet((4, 4, 4), norm=False), 2), images),
    },
    "exploding: the gradient": {
        "VGG, large weights": (lambda: he_(VGG((16,) * 12), 3.0), images),
        "ResNet without norm": (lambda: he_(ResNet((4, 4, 4), norm=False), 2), images),
        "batch norm, 60 layers": (lambda: he_(VGG((8,) * 60, norm=True)), images),
        "ViT without shortcuts": (lambda: gpt2_(ViT(12, shortcut=False)), images),
        "GPT without shortcuts": (lambda: gpt2_(GPT(12, shortcut=False)), tokens),
        "LSTM, 80 steps, hidden weights times 12": (
            lambda: remember_(times_(OwnLSTM(), 12, "hh"), 3.0),
            lambda seed: 0.1 * sequences(seed, 80),
        ),
        "nn.RNN, 40 steps, hidden weights times 4": (
            lambda: times_(Reader(), 4, "hh"),
            lambda seed: sequences(seed, 40),
        ),
    },
    "exploding: numbers are no longer finite": {
        "GPT without norms": (lambda: times_(GPT(12, norm=False), 3), tokens),
        "ViT without norms": (lambda: times_(ViT(12, norm=False), 3), images),
    },
    "collapsed inputs": {
        "VGG, default": (lambda: VGG((8,) * 20), images),
        "plain ResNet, default": (lambda: ResNet((5, 5, 5), **BARE), images),
        "ViT without norms": (lambda: ViT(12, **BARE), images),
        "GPT without norms": (lambda: GPT(12, **BARE), tokens),
        "nn.LSTM, 8 layers": (lambda: TorchLSTM(layers=8), sequences),
    },
    "symmetric": {
        "ResNet": (lambda: constant_(ResNet()), images),
        "VGG": (lambda: constant_(VGG()), images),
        "ViT": (lambda: constant_(ViT()), images),
        "ViT, nn.MultiheadAttention": (
            lambda: constant_(ViT(attention=TorchAttention)),
            images,
        ),
        "GPT without norms": (lambda: constant_(GPT(2, norm=False)), tokens),
        "LSTM": (lambda: constant_(OwnLSTM()), sequences),
        "nn.LSTM": (lambda: constant_(TorchLSTM()), sequences),
    },
}


@pytest.mark.parametrize(
    ("words", "kind"), [(words, kind) for words in ILL for kind in ILL[words]]
)
def test_ill_networks_are_caught(words, kind):
    make, batch = ILL[words][kind]
    opposite = {
        "vanishing: the gradient": "exploding: the gradient",
        "vanishing: the signal": "exploding: the signal",
    }
    opposite |= {after: before for before, after in opposite.items()}
    for seed in SEEDS:
        signal = measured(make, seed, batch(seed))
        assert words in signal.verdict(), (seed, signal.verdict())
        assert opposite.get(words, "healthy") not in signal.verdict(), seed
        assert not signal.healthy


# Why the sizes are these --------------------------------------------------------------


def test_a_mean_square_would_call_a_healthy_convolutional_network_vanishing():
    signal = measured(thin, 0, images(0, 32, 8))
    first_to_last = (signal.grad2[0] / signal.grad2[-1]).sqrt()
    assert first_to_last < 1e-2, "what the verdict compared once"
    assert "healthy" in signal.verdict()


@pytest.mark.parametrize("positions", [4, 64, 1024])
def test_average_pooling_keeps_one_size_and_shrinks_the_others(positions):
    model = nn.Sequential(
        nn.Conv1d(6, 6, 1, bias=False),
        nn.AdaptiveAvgPool1d(1),
        nn.Conv1d(6, 6, 1, bias=False),
    ).double()
    for layer in model[::2]:
        nn.init.eye_(layer.weight.data[..., 0])
    x = torch.randn(4, 6, positions, generator=seeded(0), dtype=torch.float64)
    signal = probe(model, x)
    for size, kept in (
        ("grad2", positions**-2),
        ("grad_norm2", positions**-1),
        ("grad_shift2", 1),
    ):
        before, after = getattr(signal, size).tolist()
        # Sums of some thousand float64 numbers.
        assert before / after == pytest.approx(kept, rel=1e-12), size
    assert signal.healthy


def test_the_length_of_a_gradient_is_what_an_orthogonal_matrix_keeps():
    layers = [nn.Linear(n, m, bias=False) for n, m in ((64, 256), (256, 256))]
    for layer in layers:
        nn.init.orthogonal_(layer.weight, generator=seeded(0))
    model = nn.Sequential(*layers, nn.Linear(256, 4, bias=False)).double()
    signal = probe(model, torch.randn(8, 64, generator=seeded(1), dtype=torch.float64))
    # float32 orthogonal matrices are so to a few eps.
    assert signal.grad_norm2[0].item() == pytest.approx(
        signal.grad_norm2[1].item(), rel=1e-5
    )
    assert torch.equal(signal.grad_norm2, signal.grad_shift2), "no positions here"


def test_both_gradients_of_a_convolution_are_the_slopes_of_a_push():
    model = nn.Sequential(
        nn.Conv2d(2, 3, 3, padding=1), nn.Tanh(), nn.Conv2d(3, 4, 3, stride=2)
    ).double()
    x = torch.randn(5, 2, 7, 7, generator=seeded(0), dtype=torch.float64)
    v = torch.randn(5, 4, 3, 3, generator=seeded(1), dtype=torch.float64)
    signal = probe(model, x, cotangent=v)
    for shape, size in (((5, 3, 7, 7), "grad_norm2"), ((5, 3, 1, 1), "grad_shift2")):
        push = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
        loss = (v * model[2](torch.tanh(model[0](x) + push))).sum()
        (slope,) = torch.autograd.grad(loss, push)
        expected = slope.square().sum().item() / 5
        assert getattr(signal, size)[0].item() == pytest.approx(expected, rel=1e-10)


def test_a_network_is_called_vanishing_only_if_neither_push_is_felt():
    """Instance norm takes every shift away, and is healthy all the same."""
    blocks = [
        m
        for i in range(6)
        for m in (
            nn.Conv2d(3 if i == 0 else 8, 8, 3, padding=1),
            nn.InstanceNorm2d(8),
            nn.ReLU(),
        )
    ]
    signal = measured(lambda: he_(nn.Sequential(*blocks)), 0, images(0))
    shift = (signal.grad_shift2 / signal.grad_norm2)[:-1]
    assert (shift < 1e-6).all(), "slopes add up to 0 over the positions"
    assert signal.healthy


# Which layers are compared ------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("0", "14", True),
        ("features.0", "classifier.3", True),
        ("fc1", "fc3", True),
        ("layer1.0.conv1", "layer4.2.conv1", True),
        ("layer1.0.conv1", "layer1.0.conv2", False),
        ("layer2.0.downsample.0", "layer3.0.downsample.0", True),
        ("blocks.0.attn.q", "blocks.11.attn.q", True),
        ("blocks.0.attn.q", "blocks.0.attn.k", False),
        ("blocks.0.mlp.0", "blocks.3.mlp.2", False),
        ("cell.ih", "cell.ih", True),
        ("lstm.hh_l0", "lstm.hh_l1", True),
        ("stem.conv", "head.conv", False),
    ],
)
def test_a_role_is_a_name_without_what_counts_depth(one, other, same):
    assert (role(one, "Linear") == role(other, "Linear")) == same
    assert role(one, "Linear") != role(one, "Conv2d")


def test_a_small_head_is_no_vanishing_gradient():
    model = lambda: times_(he_(ResNet()), 1e-4, "fc")  # noqa: E731
    assert measured(model, 0, images(0)).healthy


@pytest.mark.parametrize("bias", [0.0, 0.3])
def test_a_head_of_zeros_is_mentioned_and_not_judged(bias):
    model = he_(VGG())
    nn.init.zeros_(model.classifier[0].weight)
    nn.init.constant_(model.classifier[0].bias, bias)
    signal = probe(model, images(0, batch=10))
    assert signal.healthy
    assert "layer 7 of 7 (classifier.0) starts at 0" in signal.verdict()


def test_layers_without_a_way_to_the_output_are_mentioned_and_not_judged():
    class TwoHeads(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = mlp(3, 16, generator=seeded(0))
            self.one, self.two = nn.Linear(16, 2), nn.Linear(16, 2)

        def forward(self, x):
            h = self.body(x)
            return self.one(h), self.two(h)

    signal = probe(TwoHeads(), torch.randn(8, 16, generator=seeded(1)))
    assert signal.reached.tolist() == [True] * 4 + [False]
    assert signal.healthy and "no gradient yet at two" in signal.verdict()


def test_a_teacher_without_gradients_is_no_vanishing_network():
    class Taught(nn.Module):
        def __init__(self):
            super().__init__()
            self.teacher = mlp(3, 16, generator=seeded(0))
            self.pupil = mlp(3, 16, generator=seeded(1))

        def forward(self, x):
            with torch.no_grad():
                target = self.teacher(x)
            return self.pupil(x) - target

    signal = probe(Taught(), torch.randn(8, 16, generator=seeded(2)))
    assert signal.healthy and "no gradient yet at teacher.0" in signal.verdict()


def test_a_first_state_of_zeros_is_neither_dead_nor_collapsed_nor_vanishing():
    model = OwnLSTM()
    nn.init.zeros_(model.cell.hh.bias)  # then the first hh gives exactly 0
    signal = probe(remember_(model, 3.0), sequences(0))
    assert signal.unit_var[1] == 0 and signal.dead[0].isnan()
    assert signal.healthy, signal.verdict()


def test_a_gate_that_starts_with_equal_biases_is_not_symmetric():
    class Gated(nn.Module):
        def __init__(self):
            super().__init__()
            self.gate, self.body = nn.Linear(16, 16), nn.Linear(16, 16)
            nn.init.zeros_(self.gate.weight)
            nn.init.ones_(self.gate.bias)

        def forward(self, x):
            return torch.sigmoid(self.gate(x)) * self.body(x)

    signal = probe(Gated(), torch.randn(8, 16, generator=seeded(1)))
    assert signal.unit_spread[0] < 1e-12 and "symmetric" not in signal.verdict()


def test_what_was_not_measured_is_said():
    signal = probe(TorchLSTM(), sequences(0))
    assert signal.unmeasured == ("lstm.weight_ih_l0", "lstm.weight_hh_l0")
    # 320 of 320 + 128 * (8 + 32) weights.
    assert signal.measured == pytest.approx(320 / 5440, rel=1e-12)
    assert signal.verdict().startswith("healthy as far as measured, 6% of the weights:")
    assert signal.verdict().endswith(
        "not measured: lstm.weight_ih_l0, lstm.weight_hh_l0"
    )
    gpt = probe(GPT(), tokens(0))
    assert gpt.unmeasured == () and gpt.measured == 1, "tables are looked up"


# Both ways of probing -----------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["xavier_normal", "pytorch_default", "constant"])
@pytest.mark.parametrize("name", ["tanh", "relu", "sigmoid", "gelu"])
def test_the_short_cut_and_the_general_way_agree(name, scheme):
    model = mlp(
        12,
        40,
        name,
        scheme,
        0.1 if scheme == "constant" else 1.0,
        bias=True,
        generator=seeded(0),
        fan_out=10,
    ).double()
    x = torch.randn(16, 40, generator=seeded(1), dtype=torch.float64)
    fast, slow = probe(model, x), probe_module(model, (x,), None, seeded(0))
    for key in ("grad_norm2", "grad_shift2"):
        one, other = getattr(fast, key), getattr(slow, key)
        torch.testing.assert_close(one, other, rtol=1e-10, atol=0)
    for key in ("kinds", "unmeasured", "measured"):
        assert getattr(fast, key) == getattr(slow, key)
    assert torch.equal(fast.reached, slow.reached)
    assert fast.verdict() == slow.verdict()


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
    with pytest.raises(TypeError, match="x must be a tensor, got tuple"):
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
    odd = Model(lambda loss, logits: SimpleNamespace(logits=logits))
    with pytest.raises(TypeError, match="or dataclass with one; got SimpleNamespace"):
        probe(odd, torch.ones(2, 4))


def test_a_lazy_layer_is_refused_until_it_has_a_shape():
    model = nn.Sequential(nn.LazyLinear(4), nn.ReLU(), nn.Linear(4, 2))
    with pytest.raises(ValueError, match="0.weight has no shape yet: call the model"):
        probe(model, torch.ones(3, 5))
    model(torch.ones(3, 5))
    assert probe(model, torch.ones(3, 5)).names == ("0", "2")
