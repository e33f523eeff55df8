"""Networks that do not train as they start, or only with luck.

Each is a mistake that people make: a default in a deep network without norm, weights of
the wrong size, symmetric or dead units, sums or products that grow.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations

from tests.shared.zoo.convolutional import VGG16, VGG19, googlenet, lenet, vgg
from tests.shared.zoo.exhibit import Exhibit, normal, tokens, uniform
from tests.shared.zoo.functional import OwnWeights
from tests.shared.zoo.generative import siren
from tests.shared.zoo.graphs import ON_NODES, gcn, neighbours
from tests.shared.zoo.language import Transposed, gpt2
from tests.shared.zoo.parts import PostNorm, mlp, small_, zero_, zero_bias_
from tests.shared.zoo.recurrent import CellLoop, LastState, PlainLoop
from tests.shared.zoo.tasks import (
    WORDS,
    digits,
    each_step,
    first_word,
    pixels,
    recall,
    waves,
)
from tests.shared.zoo.transformers import Encoder

PIXELS = normal(16, 64)
IMAGES = normal(8, 3, 32, 32)

DEAD = frozenset({"dead"})
VANISHING = frozenset({"vanishing"})
COLLAPSED = frozenset({"vanishing", "collapsed inputs"})
EXPLODING = frozenset({"exploding"})
SYMMETRIC = frozenset({"symmetric"})


def plain(
    depth: int, act: type[nn.Module], draw: Callable | None = None, width: int = 64
) -> nn.Sequential:
    """Hidden layers of one width and a head, PyTorch's weights or others."""
    model = mlp(64, *[width] * depth, 10, act=act)
    for layer in model[::2]:
        if draw:
            draw(layer.weight)
            zero_bias_(layer)
    return model


def zero_head() -> nn.Module:
    """20 tanh layers as PyTorch draws them, and a head at 0 that hides it."""
    model = plain(20, nn.Tanh)
    zero_(model[-1])
    return model


def normal_layers() -> nn.Module:
    """Ten relu layers with N(0, 1) weights."""
    return plain(10, nn.ReLU, nn.init.normal_)


def normal_parameters() -> nn.Module:
    """Twelve tanh layers with N(0, 1) weights as bare parameters."""
    return OwnWeights(12, torch.randn, torch.tanh)


def normal_transposed() -> nn.Module:
    """Twelve tanh layers with N(0, 1) weights, (inputs, outputs)."""
    layers: list[nn.Module] = []
    for _ in range(12):
        layers += [Transposed(64, 64, std=1.0), nn.Tanh()]
    return nn.Sequential(*layers, nn.Linear(64, 10))


class PlainExperts(nn.Module):
    """Layers of eight experts, one 3-D parameter each; one reads each input."""

    def __init__(self, depth: int = 6, count: int = 8, std: float = 1.0):
        super().__init__()
        self.experts = nn.ParameterList(
            [nn.Parameter(std * torch.randn(count, 32, 32)) for _ in range(depth)]
        )
        self.stem, self.head = nn.Linear(64, 32), nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        h = self.stem(x)
        for experts in self.experts:
            chosen = h[:, : len(experts)].argmax(1)
            h = F.relu(torch.einsum("bi,bio->bo", h, experts[chosen]))
        return self.head(h)


@torch.no_grad()
def constant_(model: nn.Module, value: float) -> nn.Module:
    """Every matrix one number; biases stay as they are."""
    for p in model.parameters():
        if p.dim() > 1:
            p.fill_(value)
    return model


def zero_blocks() -> nn.Module:
    """GPT-2 with all matrices of its blocks at 0: both factors of every product."""
    model = gpt2(6)
    for block in model.blocks:
        for name, p in block.named_parameters():
            if name.startswith("c_") and p.dim() > 1:
                nn.init.zeros_(p)
    return model


def norm_chain(depth: int) -> nn.Module:
    """Linear layers, batch norm, relu, one after the other, without shortcuts."""
    layers: list[nn.Module] = []
    for _ in range(depth):
        layer = nn.Linear(64, 64, bias=False)
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        layers += [layer, nn.BatchNorm1d(64), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(64, 10))


def norm_convolutions(depth: int) -> nn.Module:
    """Convolutions, batch norm, relu, without shortcuts, on small images."""
    layers: list[nn.Module] = []
    n_in = 3
    for _ in range(depth):
        conv = nn.Conv2d(n_in, 12, 3, padding=1, bias=False)
        nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
        layers += [conv, nn.BatchNorm2d(12), nn.ReLU()]
        n_in = 12
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 10)
    )


def loud_post_norm(depth: int = 24, gain: float = 4.0) -> nn.Module:
    """Post-norm blocks whose values and perceptrons are drawn four times too large."""
    blocks = [PostNorm(48) for _ in range(depth)]
    for block in blocks:
        for layer in (block.attn.v, block.attn.out, block.mlp[0], block.mlp[2]):
            nn.init.xavier_uniform_(layer.weight, gain)
    return Encoder(blocks, 48)


def dead() -> nn.Module:
    """Six relu layers of He's; the biases of the third are -10."""
    model = plain(6, nn.ReLU, lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu"))
    nn.init.constant_(model[4].bias, -10.0)
    return model


def normalized(depth: int, gain: float, act: type[nn.Module]) -> nn.Module:
    """Weight norm with one length for all rows."""
    layers: list[nn.Module] = []
    for _ in range(depth):
        layer = parametrizations.weight_norm(nn.Linear(64, 64))
        nn.init.constant_(layer.parametrizations.weight.original0, gain)
        layers += [layer, act()]
    return nn.Sequential(*layers, nn.Linear(64, 10))


def in_place(depth: int = 20) -> nn.Module:
    """Relu in place on tokens, PyTorch's weights."""
    layers: list[nn.Module] = []
    for _ in range(depth):
        layers += [nn.Linear(32, 32), nn.ReLU(inplace=True)]
    return nn.Sequential(nn.Linear(8, 32), *layers, nn.Linear(32, 4))


class InHalf(nn.Module):
    """Twelve relu layers in float16, four times He's weights."""

    def __init__(self):
        super().__init__()
        layers = plain(12, nn.ReLU, self.draw)
        self.layers = layers.to(torch.float16)

    @staticmethod
    def draw(weight: Tensor) -> None:
        """N(0, 32 / fan-in)."""
        nn.init.normal_(weight, std=4 * (2 / weight.shape[1]) ** 0.5)

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x.to(torch.float16))


def normal_words() -> nn.Module:
    """Twelve blocks of attention and perceptrons, without shortcuts and norms."""
    return small_(Encoder([Bare(48) for _ in range(12)], 48, norm=False))


class Bare(PostNorm):
    """A block without its norms and shortcuts."""

    def forward(self, x: Tensor) -> Tensor:
        return self.mlp(self.attn(x))


def loud_loop() -> nn.Module:
    """A tanh cell over 40 steps whose matrix is N(0, 9 / n)."""
    model = PlainLoop(torch.tanh)
    nn.init.normal_(model.U, std=3 / 64**0.5)
    return model


EXHIBITS = [
    Exhibit(
        "vgg16_default",
        lambda: vgg(VGG16),
        IMAGES,
        digits(32),
        "ill",
        "Simonyan & Zisserman (2015); forums.fast.ai/t/48936",
        "best of six, SGD 0.001: 2.33 to 2.3 in 200 steps, a guess has 2.3",
        kinds=COLLAPSED,
    ),
    Exhibit(
        "vgg19_default",
        lambda: vgg(VGG19),
        IMAGES,
        digits(32),
        "ill",
        "Simonyan & Zisserman (2015), PyTorch's start",
        "best of six, Adam 0.001: 2.28 to 2.3 in 200 steps, a guess has 2.3",
        kinds=COLLAPSED,
    ),
    Exhibit(
        "vgg19_small",
        lambda: small_(vgg(VGG19), 0.01),
        IMAGES,
        digits(32),
        "ill",
        "Simonyan & Zisserman (2015), section 3.1: N(0, 0.01)",
        "best of six, SGD 0.01: 2.3 to 2.3 in 200 steps, a guess has 2.3",
        kinds=COLLAPSED,
    ),
    Exhibit(
        "googlenet_without_norm",
        lambda: googlenet(norm=False),
        normal(8, 3, 64, 64),
        digits(64),
        "ill",
        "soumith/imagenet-multiGPU.torch issue 2, PyTorch's start",
        "best of six, SGD 0.001: 2.32 to 2.3 in 200 steps, a guess has 2.3",
        kinds=COLLAPSED | {"dead"},
    ),
    Exhibit(
        "relu20_default",
        lambda: plain(20, nn.ReLU),
        PIXELS,
        pixels(),
        "ill",
        "torch/nn issue 449, PyTorch's start",
        "best of six, Adam 0.0001: 2.31 to 2.3 in 200 steps, a guess has 2.3",
        kinds=COLLAPSED,
    ),
    Exhibit(
        "elu50_default",
        lambda: plain(50, nn.ELU),
        PIXELS,
        pixels(),
        "ill",
        "Clevert et al. (2016), PyTorch's start",
        "best of six, SGD 0.01: 2.32 to 2.3 in 200 steps, a guess has 2.3",
        kinds=COLLAPSED,
    ),
    Exhibit(
        "gelu20_default",
        lambda: plain(20, nn.GELU),
        PIXELS,
        pixels(),
        "ill",
        "Hendrycks & Gimpel (2016), PyTorch's start",
        "best of six, Adam 0.01: 2.3 to 2.15 in 200 steps, a guess has 2.3",
        kinds=COLLAPSED,
    ),
    Exhibit(
        "tanh20_zero_head",
        zero_head,
        PIXELS,
        pixels(),
        "ill",
        "Glorot & Bengio (2010), PyTorch's start, head 0",
        "best of six, Adam 0.0001: 2.3 to 2.29 in 200 steps, a guess has 2.3",
        kinds=COLLAPSED,
    ),
    Exhibit(
        "sigmoid12_xavier",
        lambda: plain(12, nn.Sigmoid, nn.init.xavier_normal_),
        PIXELS,
        pixels(),
        "ill",
        "Glorot & Bengio (2010)",
        "best of six, SGD 0.001: 2.77 to 2.3 in 200 steps, a guess has 2.3",
        kinds=COLLAPSED,
    ),
    Exhibit(
        "lenet_sigmoid",
        lambda: lenet(nn.Sigmoid),
        normal(16, 1, 28, 28),
        digits(28, 1),
        "ill",
        "LeCun et al. (1998), sigmoid, PyTorch's start",
        "best of six, Adam 0.001: 2.26 to 1.96 in 200 steps, a guess has 2.3",
        kinds=COLLAPSED,
    ),
    Exhibit(
        "normal_layers",
        normal_layers,
        PIXELS,
        pixels(),
        "ill",
        "pytorch/pytorch issue 3121: N(0, 1)",
        "best of six, Adam 0.01: 1.57e+08 to 4.89e+05 in 200 steps, a guess has 2.3",
        kinds=EXPLODING,
    ),
    Exhibit(
        "normal_parameters",
        normal_parameters,
        PIXELS,
        pixels(),
        "ill",
        "torch.randn as it comes",
        "best of six, SGD 0.001: 2.42 to 2.31 in 200 steps, a guess has 2.3",
        kinds=EXPLODING,
    ),
    Exhibit(
        "normal_transposed",
        normal_transposed,
        PIXELS,
        pixels(),
        "ill",
        "torch.randn as it comes",
        "best of six, Adam 0.001: 2.41 to 2.28 in 200 steps, a guess has 2.3",
        kinds=EXPLODING,
    ),
    Exhibit(
        "normal_experts",
        PlainExperts,
        PIXELS,
        pixels(),
        "unjudged",  # matrices that are picked for each input
        "torch.randn as it comes",
        "best of six, Adam 0.01: 1.43e+03 to 2.88 in 200 steps, a guess has 2.3",
    ),
    Exhibit(
        "constant_layers",
        lambda: constant_(plain(4, nn.ReLU), 0.02),
        PIXELS,
        pixels(),
        "ill",
        "Goodfellow et al. (2016), section 8.4",
        "best of six, Adam 0.001: 2.32 to 2.3 in 200 steps, a guess has 2.3",
        kinds=SYMMETRIC,
    ),
    Exhibit(
        "constant_parameters",
        lambda: constant_(OwnWeights(4, torch.empty, torch.tanh), 0.02),
        PIXELS,
        pixels(),
        "ill",
        "Goodfellow et al. (2016), section 8.4",
        "best of six, SGD 0.1: 1.66 in 200 steps; own_weights has 1.13 in 54",
        kinds=SYMMETRIC,
    ),
    Exhibit(
        "zero_layers",
        lambda: zero_(plain(4, nn.ReLU)),
        PIXELS,
        pixels(),
        "ill",
        "Goodfellow et al. (2016), section 8.4",
        "best of six, SGD 0.01: 2.3 to 2.3 in 200 steps, a guess has 2.3",
        kinds=VANISHING | {"symmetric", "dead"},
    ),
    Exhibit(
        "gpt2_zero_blocks",
        zero_blocks,
        tokens(WORDS, 8, 16),
        first_word(WORDS, 6),
        "ill",
        "Radford et al. (2019), every block matrix 0",
        "block weights still 0, Adam 0.001: 3.72, a guess has 3.47; gpt2: 1.71",
        kinds=DEAD,
    ),
    Exhibit(
        "transformer_bare",
        normal_words,
        tokens(WORDS, 8, 16),
        first_word(WORDS, 6),
        "ill",
        "Dong et al. (2021)",
        "best of six, SGD 0.001: 4.16 to 4.16 in 200 steps, a guess has 3.47",
        kinds=COLLAPSED,
    ),
    Exhibit(
        "post_norm24_loud",
        loud_post_norm,
        tokens(WORDS, 8, 16),
        first_word(WORDS, 6),
        "ill",
        "Liu et al. (2020)",
        "best of six, Adam 0.01: 4.31 to 4.17 in 200 steps, a guess has 3.47",
        kinds=EXPLODING,
    ),
    Exhibit(
        "batch_norm20",
        lambda: norm_chain(20),
        normal(32, 64),
        pixels(64),
        "hint",
        "Yang et al. (2019)",
        "trains, SGD 0.01: 2.36 to 1.13 in 95 steps, a guess has 2.3",
    ),
    Exhibit(
        "batch_norm34",
        lambda: norm_chain(34),
        normal(32, 64),
        pixels(64),
        "hint",
        "Yang et al. (2019)",
        "best of six, Adam 0.01: 2.42 to 1.19 in 200 steps, a guess has 2.3",
    ),
    Exhibit(
        "batch_norm56",
        lambda: norm_chain(56),
        normal(32, 64),
        pixels(64),
        "ill",
        "Yang et al. (2019)",
        "best of six, SGD 0.01: 2.46 to 2.2 in 200 steps, a guess has 2.3",
        kinds=EXPLODING,
    ),
    Exhibit(
        "batch_norm100",
        lambda: norm_chain(100),
        normal(32, 64),
        pixels(64),
        "ill",
        "Yang et al. (2019)",
        "best of six, SGD 0.01: 2.4 to 2.31 in 200 steps, a guess has 2.3",
        kinds=EXPLODING,
    ),
    Exhibit(
        "batch_norm_conv20",
        lambda: norm_convolutions(20),
        normal(8, 3, 8, 8),
        digits(8, 3, 32),
        "hint",
        "Yang et al. (2019); He et al. (2016), plain networks",
        "trains, Adam 0.01: 2.32 to 1.15 in 76 steps, a guess has 2.3",
    ),
    Exhibit(
        "batch_norm_conv34",
        lambda: norm_convolutions(34),
        normal(8, 3, 8, 8),
        digits(8, 3, 32),
        "hint",
        "Yang et al. (2019); He et al. (2016), plain networks",
        "trains, Adam 0.01: 2.36 to 1.15 in 165 steps, a guess has 2.3",
    ),
    Exhibit(
        "batch_norm_conv56",
        lambda: norm_convolutions(56),
        normal(8, 3, 8, 8),
        digits(8, 3, 32),
        "hint",
        "Yang et al. (2019); He et al. (2016), plain networks",
        "best of six, Adam 0.01: 2.35 to 1.86 in 200 steps, a guess has 2.3",
    ),
    Exhibit(
        "batch_norm_conv100",
        lambda: norm_convolutions(100),
        normal(8, 3, 8, 8),
        digits(8, 3, 32),
        "ill",
        "Yang et al. (2019); He et al. (2016), plain networks",
        "Adam 0.01, best for 56: 2.39 to 2.26 in 200 steps, a guess has 2.3",
        kinds=EXPLODING,
    ),
    Exhibit(
        "rnn60_default",
        lambda: LastState(nn.RNN(8, 32, batch_first=True)),
        normal(16, 60, 8),
        recall(60, 8),
        "ill",
        "Bengio et al. (1994), PyTorch's start",
        "best of six, Adam 0.001: 2.32 to 2.09 in 200 steps, a guess has 2.08",
        kinds=VANISHING,
    ),
    Exhibit(
        "rnn40_loud",
        loud_loop,
        normal(16, 40, 8),
        recall(40, 8),
        "ill",
        "Pascanu et al. (2013)",
        "best of six, SGD 0.01: 2.23 to 2.18 in 200 steps, a guess has 2.08",
        kinds=EXPLODING,
    ),
    Exhibit(
        "lstm_cell60_default",
        lambda: CellLoop(nn.LSTMCell(8, 32)),
        normal(16, 60, 8),
        recall(60, 8),
        "ill",
        "Jozefowicz et al. (2015), PyTorch's start",
        "best of six, Adam 0.001: 2.3 to 2.08 in 200 steps, a guess has 2.08",
        kinds=VANISHING,
    ),
    Exhibit(
        "siren_default",
        lambda: siren(own=False),
        uniform(64, 2),
        waves(2),
        "ill",
        "Sitzmann et al. (2020), PyTorch's start",
        "best of six, SGD 0.001: 1.09 to 0.966 in 200 steps, a guess has 1",
        kinds=EXPLODING,
    ),
    Exhibit(
        "dead_relu",
        dead,
        PIXELS,
        pixels(),
        "ill",
        "Lu et al. (2020)",
        "best of six, SGD 0.01: 2.3 to 2.3 in 200 steps, a guess has 2.3",
        kinds=VANISHING | {"dead", "collapsed inputs", "symmetric"},
    ),
    Exhibit(
        "weight_norm_small",
        lambda: normalized(30, 0.5, nn.Tanh),
        PIXELS,
        pixels(),
        "ill",
        "Salimans & Kingma (2016), lengths of 0.5",
        "best of six: 2.28 to 2.3 in 200 steps, a guess has 2.3",
        kinds=COLLAPSED,
    ),
    Exhibit(
        "weight_norm_large",
        lambda: normalized(20, 5.0, nn.Tanh),
        PIXELS,
        pixels(),
        "ill",
        "Salimans & Kingma (2016), lengths of 5",
        "best of six, Adam 0.001: 2.6 to 2.29 in 200 steps, a guess has 2.3",
        kinds=EXPLODING,
    ),
    Exhibit(
        "in_place20_default",
        in_place,
        normal(8, 6, 8),
        each_step(6, 8, 4),
        "ill",
        "torch/nn issue 449, on tokens",
        "best of six, Adam 0.001: 1.07 to 1.02 in 200 steps, a guess has 1",
        kinds=COLLAPSED,
    ),
    Exhibit(
        "half_overflow",
        InHalf,
        PIXELS,
        pixels(),
        "ill",
        "Micikevicius et al. (2018)",
        "the loss is no number before the first step",
        kinds=EXPLODING,
    ),
    Exhibit(
        "gcn32",
        lambda: gcn(32),
        ON_NODES,
        neighbours(),
        "ill",
        "Li et al. (2018)",
        "best of six, Adam 0.0001: 1.39 to 1.37 in 200 steps, a guess has 1.39",
        kinds=COLLAPSED,
    ),
]
