"""Residual networks, with norms and without."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.shared.zoo.exhibit import Exhibit, normal
from tests.shared.zoo.parts import conv_norm, fan_out_, pooled_head, zero_
from tests.shared.zoo.tasks import digits, pixels

IMAGES = normal(8, 3, 32, 32)
DIGITS = digits(32)


class Basic(nn.Module):
    """Two 3x3 convolutions and a shortcut."""

    def __init__(self, n_in: int, n_out: int, stride: int):
        super().__init__()
        self.conv1, self.bn1 = conv_norm(n_in, n_out, 3, stride, act=None)
        self.conv2, self.bn2 = conv_norm(n_out, n_out, 3, act=None)
        self.downsample = shortcut(n_in, n_out, stride)

    def forward(self, x: Tensor) -> Tensor:
        h = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(h + self.downsample(x))


class Bottleneck(nn.Module):
    """1x1 to a quarter of the width, 3x3, 1x1 back, and a shortcut."""

    def __init__(self, n_in: int, n_out: int, stride: int, inner: int, groups: int):
        super().__init__()
        self.conv1, self.bn1 = conv_norm(n_in, inner, 1, act=None)
        self.conv2, self.bn2 = conv_norm(inner, inner, 3, stride, groups, act=None)
        self.conv3, self.bn3 = conv_norm(inner, n_out, 1, act=None)
        self.downsample = shortcut(n_in, n_out, stride)

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(self.bn1(self.conv1(x)))
        h = F.relu(self.bn2(self.conv2(h)))
        return F.relu(self.bn3(self.conv3(h)) + self.downsample(x))


def shortcut(n_in: int, n_out: int, stride: int) -> nn.Module:
    """What a block's input passes on its way around the block."""
    if stride == 1 and n_in == n_out:
        return nn.Identity()
    return conv_norm(n_in, n_out, 1, stride, act=None)


def resnet18(width: int = 8) -> nn.Module:
    """Four stages of two basic blocks, torchvision's weights."""
    layers: list[nn.Module] = [conv_norm(3, width, 7, 2), nn.MaxPool2d(3, 2, 1)]
    n_in = width
    for stage in range(4):
        n_out = width * 2**stage
        layers += [Basic(n_in, n_out, 1 + (stage > 0)), Basic(n_out, n_out, 1)]
        n_in = n_out
    return fan_out_(nn.Sequential(*layers, pooled_head(n_in)))


def bottlenecks(
    counts: tuple[int, ...],
    width: int = 8,
    groups: int = 1,
    strides: tuple[int, ...] = (1, 2, 2, 2),
) -> nn.Sequential:
    """Four stages of bottlenecks, torchvision's weights."""
    layers: list[nn.Module] = [conv_norm(3, width, 7, 2), nn.MaxPool2d(3, 2, 1)]
    n_in = width
    for stage, (count, stride) in enumerate(zip(counts, strides, strict=True)):
        n_out = 4 * width * 2**stage
        inner = n_out // (4 if groups == 1 else 2)
        layers += [Bottleneck(n_in, n_out, stride, inner, groups)]
        layers += [Bottleneck(n_out, n_out, 1, inner, groups) for _ in range(count - 1)]
        n_in = n_out
    model = nn.Sequential(*layers, pooled_head(n_in))
    fan_out_(model)
    return model


def resnet50(strides: tuple[int, ...] = (1, 2, 2, 2)) -> nn.Sequential:
    """16 bottlenecks."""
    return bottlenecks((3, 4, 6, 3), strides=strides)


def zero_gamma_(model: nn.Module) -> nn.Module:
    """The gain of the last norm of every branch at 0 (Goyal et al., 2017)."""
    for block in model.modules():
        if isinstance(block, Basic):
            nn.init.zeros_(block.bn2.weight)
        if isinstance(block, Bottleneck):
            nn.init.zeros_(block.bn3.weight)
    return model


class PreActivation(nn.Module):
    """Norm and relu before each convolution: nothing lies on the shortcut."""

    def __init__(self, n_in: int, n_out: int, stride: int):
        super().__init__()
        self.bn1, self.bn2 = nn.BatchNorm2d(n_in), nn.BatchNorm2d(n_out)
        self.conv1 = nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False)
        self.proj = nn.Identity()
        if n_in != n_out or stride > 1:
            self.proj = nn.Conv2d(n_in, n_out, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(self.bn1(x))
        around = x if isinstance(self.proj, nn.Identity) else self.proj(h)
        return around + self.conv2(F.relu(self.bn2(self.conv1(h))))


def thirds(kind: type[nn.Module], count: int, stem: nn.Module, width: int, wide: int):
    """Three stages of blocks for small images, as for CIFAR."""
    layers, n_in = [stem], width
    for stage in range(3):
        n_out = width * wide * 2**stage
        layers += [kind(n_in, n_out, 1 + (stage > 0))]
        layers += [kind(n_out, n_out, 1) for _ in range(count - 1)]
        n_in = n_out
    return layers, n_in


def resnet56() -> nn.Module:
    """27 basic blocks for small images."""
    layers, width = thirds(Basic, 9, conv_norm(3, 8), 8, 1)
    return fan_out_(nn.Sequential(*layers, pooled_head(width)))


def preactivation(count: int, wide: int, width: int = 4) -> nn.Module:
    """Pre-activation blocks, a last norm and relu."""
    stem = nn.Conv2d(3, width, 3, padding=1, bias=False)
    layers, n_in = thirds(PreActivation, count, stem, width, wide)
    end = [nn.BatchNorm2d(n_in), nn.ReLU()]
    return fan_out_(nn.Sequential(*layers, *end, pooled_head(n_in)))


class CentredConv(nn.Conv2d):
    """A convolution whose weights are centred and scaled in every pass."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.gain = nn.Parameter(torch.ones(self.out_channels, 1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        var, mean = torch.var_mean(self.weight, (1, 2, 3), keepdim=True)
        fan_in = self.weight[0].numel()
        weight = self.gain * (self.weight - mean) * torch.rsqrt(var * fan_in + 1e-4)
        return F.conv2d(x, weight, self.bias, self.stride, self.padding, 1, self.groups)


def scaled_relu(x: Tensor) -> Tensor:
    """Relu that keeps the variance of normal noise."""
    return 1.7139588594436646 * F.relu(x)


class NormFree(nn.Module):
    """A bottleneck without norm: scaled in, scaled out, a skip gain of 0."""

    def __init__(self, n_in: int, n_out: int, stride: int, beta: float):
        super().__init__()
        inner = n_out // 4
        self.conv1 = CentredConv(n_in, inner, 1)
        self.conv2 = CentredConv(inner, inner, 3, stride, 1)
        self.conv3 = CentredConv(inner, n_out, 1)
        self.proj = None
        if n_in != n_out or stride > 1:
            self.proj = CentredConv(n_in, n_out, 1, stride)
        self.beta, self.skip_gain = beta, nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        h = self.beta * scaled_relu(x)
        around = x if self.proj is None else self.proj(h)
        h = self.conv2(scaled_relu(self.conv1(h)))
        h = self.conv3(scaled_relu(h))
        return around + 0.2 * self.skip_gain * h


def nf_resnet26() -> nn.Module:
    """Stages of two blocks each; expected variances count up inside a stage."""
    layers: list[nn.Module] = [CentredConv(3, 8, 7, 2, 3), nn.MaxPool2d(3, 2, 1)]
    n_in, variance = 8, 1.0
    for stage in range(4):
        n_out = 32 * 2**stage
        for i in range(2):
            stride = 2 if stage and i == 0 else 1
            layers += [NormFree(n_in, n_out, stride, variance**-0.5)]
            variance = 1.04 if i == 0 else variance + 0.04
            n_in = n_out
    model = nn.Sequential(*layers, nn.ReLU(), pooled_head(n_in))
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="linear")
            nn.init.zeros_(module.bias)
    nn.init.normal_(model[-1][-1].weight, std=0.01)
    return model


class Unnormalized(nn.Module):
    """Two convolutions without norm, biases around them and one gain, a shortcut."""

    def __init__(self, n_in: int, n_out: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False)
        self.biases = nn.Parameter(torch.zeros(4))
        self.gain = nn.Parameter(torch.ones(()))
        self.proj = nn.Identity()
        if n_in != n_out or stride > 1:
            self.proj = nn.Conv2d(n_in, n_out, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        a, b, c, d = self.biases
        h = F.relu(self.conv1(x + a) + b)
        return F.relu(self.gain * self.conv2(h + c) + d + self.proj(x))


def fixup56() -> nn.Module:
    """Branches end in 0, begin with He's weights times 27**-0.5; a zero head."""
    stem = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU())
    layers, width = thirds(Unnormalized, 9, stem, 8, 1)
    model = fan_out_(nn.Sequential(*layers, pooled_head(width)))
    for block in model.modules():
        if isinstance(block, Unnormalized):
            block.conv1.weight.data *= 27**-0.5
            zero_(block.conv2)
    zero_(model[-1][-1])
    return model


def skipinit56() -> nn.Module:
    """Branches with He's weights, times a gain that starts at 0."""
    stem = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU())
    layers, width = thirds(Unnormalized, 9, stem, 8, 1)
    model = fan_out_(nn.Sequential(*layers, pooled_head(width)))
    for block in model.modules():
        if isinstance(block, Unnormalized):
            nn.init.zeros_(block.gain)
    return model


class ReZero(nn.Module):
    """x plus a layer of x times a gain that starts at 0."""

    def __init__(self, width: int):
        super().__init__()
        self.layer = nn.Linear(width, width)
        self.gain = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.gain * F.relu(self.layer(x))


class Highway(nn.Module):
    """A gate between a layer and its input; it begins nearly closed."""

    def __init__(self, width: int, bias: float):
        super().__init__()
        self.layer, self.gate = nn.Linear(width, width), nn.Linear(width, width)
        nn.init.constant_(self.gate.bias, bias)

    def forward(self, x: Tensor) -> Tensor:
        open_ = torch.sigmoid(self.gate(x))
        return open_ * F.relu(self.layer(x)) + (1 - open_) * x


def between(blocks: list[nn.Module], width: int = 64, n_in: int = 64) -> nn.Module:
    """A linear layer, blocks of one width, a linear head."""
    return nn.Sequential(nn.Linear(n_in, width), *blocks, nn.Linear(width, 10))


def highway50() -> nn.Module:
    """50 layers, gates biased to -3."""
    return between([Highway(50, -3.0) for _ in range(50)], 50)


EXHIBITS = [
    Exhibit(
        "resnet18",
        resnet18,
        IMAGES,
        DIGITS,
        "healthy",
        "He et al. (2016), torchvision's start",
        "trains, Adam 0.001: 2.67 to 1.15 in 57 steps, a guess has 2.3",
    ),
    Exhibit(
        "resnet50",
        resnet50,
        normal(8, 3, 64, 64),
        digits(64),
        "hint",
        "He et al. (2016), torchvision's start",
        "trains, Adam 0.001: 2.26 to 1.15 in 169 steps, a guess has 2.3",
    ),
    Exhibit(
        "resnet50_zero_gamma",
        lambda: zero_gamma_(resnet50()),
        normal(8, 3, 64, 64),
        digits(64),
        "healthy",
        "Goyal et al. (2017)",
        "trains, Adam 0.001: 2.28 to 1.12 in 69 steps, a guess has 2.3",
    ),
    Exhibit(
        "resnet152",
        lambda: bottlenecks((3, 8, 36, 3), 4),
        normal(8, 3, 64, 64),
        digits(64),
        "hint",
        "He et al. (2016), torchvision's start",
        "trains, SGD 0.01: 2.19 to 1.15 in 154 steps, a guess has 2.3",
    ),
    Exhibit(
        "resnext50",
        lambda: bottlenecks((3, 4, 6, 3), groups=4),
        normal(8, 3, 64, 64),
        digits(64),
        "hint",
        "Xie et al. (2017), torchvision's start",
        "trains, Adam 0.001: 2.51 to 1.15 in 142 steps, a guess has 2.3",
    ),
    Exhibit(
        "resnet56",
        resnet56,
        normal(8, 3, 16, 16),
        digits(16),
        "healthy",
        "He et al. (2016), section 4.2",
        "trains, Adam 0.001: 2.72 to 1.15 in 61 steps, a guess has 2.3",
    ),
    Exhibit(
        "preactivation110",
        lambda: preactivation(18, 1),
        normal(8, 3, 16, 16),
        digits(16),
        "healthy",
        "He et al. (2016), Identity mappings",
        "trains, Adam 0.01: 2.26 to 1.13 in 87 steps, a guess has 2.3",
    ),
    Exhibit(
        "wide_resnet28",
        lambda: preactivation(4, 4),
        normal(8, 3, 16, 16),
        digits(16),
        "healthy",
        "Zagoruyko & Komodakis (2016)",
        "trains, Adam 0.001: 2.33 to 1.14 in 55 steps, a guess has 2.3",
    ),
    Exhibit(
        "nf_resnet26",
        nf_resnet26,
        normal(8, 3, 64, 64),
        digits(64),
        "healthy",
        "Brock et al. (2021), timm's start",
        "trains, Adam 0.001: 2.3 to 1.09 in 83 steps, a guess has 2.3",
    ),
    Exhibit(
        "fixup56",
        fixup56,
        normal(8, 3, 16, 16),
        digits(16),
        "healthy",
        "Zhang et al. (2019)",
        "trains, Adam 0.001: 2.3 to 1.15 in 155 steps, a guess has 2.3",
    ),
    Exhibit(
        "skipinit56",
        skipinit56,
        normal(8, 3, 16, 16),
        digits(16),
        "healthy",
        "De & Smith (2020)",
        "trains, Adam 0.001: 2.26 to 1.12 in 129 steps, a guess has 2.3",
    ),
    Exhibit(
        "rezero32",
        lambda: between([ReZero(64) for _ in range(32)]),
        normal(16, 64),
        pixels(),
        "healthy",
        "Bachlechner et al. (2021)",
        "trains, Adam 0.001: 2.4 to 1.13 in 51 steps, a guess has 2.3",
    ),
    Exhibit(
        "highway50",
        highway50,
        normal(16, 64),
        pixels(),
        "healthy",
        "Srivastava et al. (2015)",
        "trains, Adam 0.001: 2.28 to 1.15 in 66 steps, a guess has 2.3",
    ),
]
