"""The verdict on networks as people build them: no false alarm, nothing missed.

Every network is drawn from twenty seeds. The healthy ones are known to train at these
depths with these weights; the others are ill by construction.
"""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from helpers.networks import linears, mlp
from helpers.signals import Outcome, probe, unroll_
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
from tests.shared.probed import (
    NAMES,
    drawn,
    general,
    images,
    normal,
    sequences,
    tokens,
)
from tests.shared.seeds import seeded

# make quick takes the first of twenty seeds, make test three, make long the others.
SEEDS = pytest.mark.parametrize(
    "seeds",
    [
        [0],
        pytest.param(range(1, 3), marks=pytest.mark.slow),
        pytest.param(range(3, 20), marks=[pytest.mark.slow, pytest.mark.long]),
    ],
)


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


@SEEDS
@pytest.mark.parametrize("kind", HEALTHY)
def test_healthy_networks_raise_no_alarm(kind, seeds):
    make, batch = HEALTHY[kind]
    for seed in seeds:
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
        "batch norm, 100 layers": (lambda: he_(VGG((8,) * 100, norm=True)), images),
        "ViT without shortcuts": (lambda: gpt2_(ViT(12, shortcut=False)), images),
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


@SEEDS
@pytest.mark.parametrize(
    ("words", "kind"), [(words, kind) for words in ILL for kind in ILL[words]]
)
def test_ill_networks_are_caught(words, kind, seeds):
    make, batch = ILL[words][kind]
    opposite = {
        "vanishing: the gradient": "exploding: the gradient",
        "vanishing: the signal": "exploding: the signal",
    }
    opposite |= {after: before for before, after in opposite.items()}
    for seed in seeds:
        signal = measured(make, seed, batch(seed))
        assert words in signal.verdict(), (seed, signal.verdict())
        kind = words.partition(":")[0]
        assert kind in [complaint.kind for complaint in signal.complaints()]
        assert opposite.get(words, "healthy") not in signal.verdict(), seed
        assert not signal.healthy


@SEEDS
def test_a_gpt_without_shortcuts_is_ill_one_way_or_the_other(seeds):
    for seed in seeds:
        signal = measured(lambda: gpt2_(GPT(12, shortcut=False)), seed, tokens(seed))
        assert signal.outcome == Outcome.ILL
        assert "the gradient at" in signal.verdict(), (seed, signal.verdict())


# Plain networks -----------------------------------------------------------------------


FEW = range(5)


def verdict(seed, depth, name, scheme, dtype=torch.float32, width=100, batch=64, **how):
    x = normal(batch, width, seed=100 + seed, dtype=dtype)
    model = mlp(depth, width, name, scheme, generator=seeded(seed), **how).to(dtype)
    return probe(model, x).verdict()


@pytest.mark.parametrize("seed", FEW)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_healthy_networks_are_called_healthy(seed, dtype):
    assert verdict(seed, 50, "linear", "orthogonal", dtype).startswith("healthy")
    assert verdict(seed, 30, "tanh", "xavier_normal", dtype).startswith("healthy")
    assert verdict(seed, 10, "relu", "he_normal", dtype).startswith("healthy")
    assert verdict(seed, 30, "relu", "he_normal", dtype).startswith("healthy")
    assert verdict(seed, 1, "linear", "lecun", dtype).startswith("healthy")


@pytest.mark.parametrize("seed", FEW)
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


@pytest.mark.parametrize("seed", FEW)
def test_networks_that_grow_are_called_exploding(seed):
    words = verdict(seed, 20, "linear", "orthogonal", gain=2.0)
    assert "exploding: the signal at layer 20 of 20 (38)" in words
    assert "exploding: the gradient at layer 1 of 20 (0)" in words
    assert "vanishing" not in words
    # tanh at gain 3 grows backward only: about 1.36 a layer, 1e4 over 30.
    words = verdict(seed, 30, "tanh", "xavier_normal", gain=3.0)
    assert "exploding: the gradient at layer 1 of 30 (0)" in words
    assert "the signal at" not in words


@pytest.mark.parametrize("seed", FEW)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_default_collapses_the_inputs_of_a_deep_relu_network(seed, dtype):
    words = verdict(seed, 30, "relu", "pytorch_default", dtype, bias=True)
    assert "collapsed inputs: they differ by less than 0.3 %" in words
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
@pytest.mark.parametrize("seed", FEW)
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


def test_a_single_step_of_recurrence_has_not_collapsed():
    torch.manual_seed(0)
    lstm = nn.LSTM(16, 16, batch_first=True)
    signal = probe(unroll_(lstm), normal(8, 1, 16, dtype=torch.float32))
    assert signal.names == ("ih_l0", "hh_l0")
    assert signal.outcome == Outcome.HEALTHY, signal.verdict()


class Gated(nn.Module):
    """A residual block whose branch is scaled by a gate of few units."""

    def __init__(self):
        super().__init__()
        self.squeeze, self.excite = nn.Linear(16, 2), nn.Linear(2, 16)
        self.branch = nn.Linear(16, 16)

    def forward(self, h):
        gate = torch.sigmoid(self.excite(torch.relu(self.squeeze(h))))
        return h + gate * self.branch(h)


def test_a_dead_gate_among_many_blocks_is_mentioned_and_no_complaint():
    torch.manual_seed(0)
    model = nn.Sequential(*[Gated() for _ in range(20)], nn.Linear(16, 4))
    for block in model[:-1]:
        block.squeeze.bias.data[:] = 5.0
    model[2].squeeze.bias.data[:] = -1e6
    x = normal(64, 16, dtype=torch.float32)
    signal = probe(model, x)
    assert "dead" not in {complaint.kind for complaint in signal.complaints()}
    words = signal.verdict()
    assert "is 0 for the whole batch after layer 7 of 61 (2.squeeze)" in words
    assert "the signal goes past it" in words
    for block in model[3:6]:
        block.squeeze.bias.data[:] = -1e6
    kinds = {complaint.kind for complaint in probe(model, x).complaints()}
    assert "dead" in kinds, "four of twenty are no exception"


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


@pytest.mark.parametrize(("share", "collapsed"), [(0.0029, True), (0.0031, False)])
def test_inputs_that_differ_by_three_thousandths_are_where_a_verdict_speaks_up(
    share, collapsed
):
    x = torch.ones(2, 4, dtype=torch.float64) * torch.tensor([[1.0], [-1.0]])
    x = torch.tensor([1.0, 2.0, 3.0, 4.0]) + share * 7.5**0.5 * x  # its rms is sqrt 7.5
    model = drawn(lambda: nn.Sequential(nn.Linear(4, 4, False)))
    model[0].weight.data = torch.eye(4, dtype=torch.float64)
    assert ("collapsed" in probe(model, x).verdict()) == collapsed


# Why the sizes are these --------------------------------------------------------------


def test_a_mean_square_would_call_a_healthy_convolutional_network_vanishing():
    signal = measured(thin, 0, images(0, 32, 8))
    first_to_last = (signal.grad2[0] / signal.grad2[-1]).sqrt()
    assert first_to_last < 1e-2, "what the verdict compared once"
    assert "healthy" in signal.verdict()


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


# What is no fault ---------------------------------------------------------------------


def test_a_small_head_is_no_vanishing_gradient():
    model = lambda: times_(he_(ResNet()), 1e-4, "fc")  # noqa: E731
    assert measured(model, 0, images(0)).healthy


@pytest.mark.parametrize("bias", [0.0, 0.3])
def test_a_head_of_zeros_is_mentioned_and_hides_nothing(bias):
    model = he_(VGG())
    nn.init.zeros_(model.classifier[0].weight)
    nn.init.constant_(model.classifier[0].bias, bias)
    signal = probe(model, images(0, batch=10))
    assert signal.healthy
    assert "layer 7 of 7 (classifier.0) starts at 0" in signal.verdict()
    times_(model, 0.1, "features")
    assert "vanishing: the gradient" in probe(model, images(0, batch=10)).verdict()


class TwoHeads(nn.Module):
    """A body and two heads, the second of which need not be returned."""

    def __init__(self, both):
        super().__init__()
        self.body = mlp(3, 16, generator=seeded(0))
        self.one, self.two = nn.Linear(16, 2), nn.Linear(16, 2)
        self.both = both

    def forward(self, x):
        h = self.body(x)
        one, two = self.one(h), self.two(h)
        return (one, two) if self.both else one


def test_a_gradient_enters_at_every_output():
    signal = probe(TwoHeads(both=True), torch.randn(8, 16, generator=seeded(1)))
    assert signal.reached.all() and signal.heard == 1
    assert signal.healthy and "no gradient" not in signal.verdict()


def test_layers_without_a_way_to_the_output_are_mentioned_and_not_judged():
    signal = probe(TwoHeads(both=False), torch.randn(8, 16, generator=seeded(1)))
    assert signal.reached.tolist() == [True] * 4 + [False]
    assert signal.heard == 1 - 32 / (3 * 256 + 64)
    assert signal.healthy
    assert "no gradient at two: the output does not use it" in signal.verdict()


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
    assert signal.heard == 0.5
    assert signal.healthy and "no gradient at teacher.0" in signal.verdict()


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
    assert signal.outcome == Outcome.UNJUDGED and not signal.healthy
    assert signal.verdict().startswith(
        "could not be judged: only 6% of the weights were measured"
    )
    assert signal.verdict().endswith(
        "not measured: lstm.weight_ih_l0, lstm.weight_hh_l0"
    )
    gpt = probe(GPT(), tokens(0))
    assert gpt.unmeasured == () and gpt.measured == 1, "tables are looked up"
