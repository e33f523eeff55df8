"""Convolutional networks with few weights, or with many branches and norms."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.shared.zoo.exhibit import Exhibit, normal
from tests.shared.zoo.parts import (
    Squeeze,
    conv_norm,
    fan_out_,
    narrow,
    pooled_head,
    small_,
)
from tests.shared.zoo.residual import resnet50
from tests.shared.zoo.tasks import black, digits


class InvertedResidual(nn.Module):
    """Expand, look at each channel by itself, project; the gate is optional."""

    def __init__(
        self,
        n_in: int,
        n_out: int,
        expand: int,
        size: int,
        stride: int,
        act: type[nn.Module],
        gate: bool,
    ):
        super().__init__()
        inner = n_in * expand
        layers: list[nn.Module] = []
        if expand > 1:
            layers += [conv_norm(n_in, inner, 1, act=act)]
        layers += [conv_norm(inner, inner, size, stride, groups=inner, act=act)]
        if gate:
            layers += [Squeeze(inner, 8, act)]
        self.branch = nn.Sequential(*layers, conv_norm(inner, n_out, 1, act=None))
        self.shortcut = stride == 1 and n_in == n_out

    def forward(self, x: Tensor) -> Tensor:
        return x + self.branch(x) if self.shortcut else self.branch(x)


def inverted(
    rows: list[tuple[int, ...]], stem: int, last: int, act: type[nn.Module], gate: bool
) -> nn.Module:
    """A stem, rows of (expand, width, count, stride, size), a wide 1x1, a head."""
    layers: list[nn.Module] = [conv_norm(3, stem, 3, 2, act=act)]
    n_in = stem
    for expand, width, count, stride, size in rows:
        for i in range(count):
            step = stride if i == 0 else 1
            args = n_in, width, expand, size, step, act, gate
            layers += [InvertedResidual(*args)]
            n_in = width
    layers += [conv_norm(n_in, last, 1, act=act)]
    return nn.Sequential(*layers, pooled_head(last))


def mobilenet_v2() -> nn.Module:
    """17 inverted residuals at a quarter of the widths, by fan-out, head N(0, 0.01)."""
    rows = [(1, 4, 1, 1, 3), (6, 6, 2, 2, 3), (6, 8, 3, 2, 3), (6, 16, 4, 2, 3)]
    rows += [(6, 24, 3, 1, 3), (6, 40, 3, 2, 3), (6, 80, 1, 1, 3)]
    model = fan_out_(inverted(rows, 8, 320, nn.ReLU6, gate=False))
    nn.init.normal_(model[-1][-1].weight, std=0.01)
    return model


def efficientnet_b0() -> nn.Module:
    """16 gated inverted residuals with silu at a quarter of the widths, by fan-out."""
    rows = [(1, 4, 1, 1, 3), (6, 6, 2, 2, 3), (6, 10, 2, 2, 5), (6, 20, 3, 2, 3)]
    rows += [(6, 28, 3, 1, 5), (6, 48, 4, 2, 5), (6, 80, 1, 1, 3)]
    return fan_out_(inverted(rows, 8, 320, nn.SiLU, gate=True))


class Dense(nn.Module):
    """Norm, relu, 1x1, norm, relu, 3x3; what it finds is added to what it reads."""

    def __init__(self, n_in: int, growth: int):
        super().__init__()
        self.norm1, self.norm2 = nn.BatchNorm2d(n_in), nn.BatchNorm2d(4 * growth)
        self.conv1 = nn.Conv2d(n_in, 4 * growth, 1, bias=False)
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv1(F.relu(self.norm1(x)))
        return torch.cat([x, self.conv2(F.relu(self.norm2(h)))], 1)


def densenet121(growth: int = 4) -> nn.Module:
    """6 + 12 + 24 + 16 dense layers, He's weights by fan-in."""
    width = 2 * growth
    layers: list[nn.Module] = [conv_norm(3, width, 7, 2), nn.MaxPool2d(3, 2, 1)]
    for stage, count in enumerate((6, 12, 24, 16)):
        for _ in range(count):
            layers += [Dense(width, growth)]
            width += growth
        if stage < 3:
            half = nn.Conv2d(width, width // 2, 1, bias=False)
            layers += [nn.BatchNorm2d(width), nn.ReLU(), half, nn.AvgPool2d(2, 2)]
            width //= 2
    layers += [nn.BatchNorm2d(width), nn.ReLU(), pooled_head(width)]
    model = nn.Sequential(*layers)
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
    return model


class Shuffle(nn.Module):
    """Half of the channels pass, half are looked at; then they are shuffled."""

    def __init__(self, n_in: int, n_out: int, stride: int):
        super().__init__()
        half = n_out // 2
        self.down = nn.Identity()
        if stride > 1:
            self.down = nn.Sequential(
                conv_norm(n_in, n_in, 3, stride, groups=n_in, act=None),
                conv_norm(n_in, half, 1),
            )
        self.branch = nn.Sequential(
            conv_norm(n_in if stride > 1 else half, half, 1),
            conv_norm(half, half, 3, stride, groups=half, act=None),
            conv_norm(half, half, 1),
        )
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        left, right = (x, x) if self.stride > 1 else x.chunk(2, 1)
        h = torch.stack([self.down(left), self.branch(right)], 2)
        return h.flatten(1, 2)


def shufflenet_v2() -> nn.Module:
    """16 shuffled blocks, PyTorch's weights."""
    layers: list[nn.Module] = [conv_norm(3, 12, 3, 2)]
    n_in = 12
    for count, n_out in ((4, 24), (8, 48), (4, 96)):
        layers += [Shuffle(n_in, n_out, 2)]
        layers += [Shuffle(n_out, n_out, 1) for _ in range(count - 1)]
        n_in = n_out
    return nn.Sequential(*layers, conv_norm(n_in, 128, 1), pooled_head(128))


class RegBlock(nn.Module):
    """1x1, grouped 3x3, a gate, 1x1, and a shortcut."""

    def __init__(self, n_in: int, n_out: int, stride: int, group: int):
        super().__init__()
        self.a = conv_norm(n_in, n_out, 1)
        self.b = conv_norm(n_out, n_out, 3, stride, groups=n_out // group)
        self.se = Squeeze(n_out, max(n_in // 4, 8))
        self.c = conv_norm(n_out, n_out, 1, act=None)
        self.proj = nn.Identity()
        if stride > 1 or n_in != n_out:
            self.proj = conv_norm(n_in, n_out, 1, stride, act=None)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.proj(x) + self.c(self.se(self.b(self.a(x)))))


def regnet_y_400mf() -> nn.Module:
    """Stages of 1, 3, 6 and 6 blocks, by fan-out without groups, head N(0, 0.01)."""
    stages, n_in = [], 8
    for count, n_out in ((1, 12), (3, 24), (6, 52), (6, 110)):
        group = 2 if n_out > 12 else 4
        blocks = [RegBlock(n_in, n_out, 2, group)]
        blocks += [RegBlock(n_out, n_out, 1, group) for _ in range(count - 1)]
        stages += [nn.Sequential(*blocks)]
        n_in = n_out
    model = nn.Sequential(conv_norm(3, 8, 3, 2), *stages, pooled_head(n_in))
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            fan = module.out_channels * module.kernel_size[0] ** 2
            nn.init.normal_(module.weight, std=(2 / fan) ** 0.5)
    nn.init.normal_(model[-1][-1].weight, std=0.01)
    return model


class DeepLab(nn.Module):
    """ResNet-50 without its last strides, and pyramids of wide 3x3 above it."""

    def __init__(self):
        super().__init__()
        self.backbone = resnet50(strides=(1, 2, 1, 1))[:-1]
        self.pyramid = nn.ModuleList(
            [conv_norm(256, 16, 1)]
            + [conv_norm(256, 16, dilation=rate) for rate in (2, 4, 6)]
        )
        self.pool = conv_norm(256, 16, 1)
        self.project = nn.Sequential(conv_norm(80, 16, 1), conv_norm(16, 16))
        self.head = nn.Conv2d(16, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.backbone(x)
        whole = self.pool(h.mean((2, 3), keepdim=True)).expand(-1, -1, *h.shape[2:])
        h = torch.cat([*(branch(h) for branch in self.pyramid), whole], 1)
        h = self.head(self.project(h))
        return F.interpolate(h, x.shape[2:], mode="bilinear", align_corners=False)


class ConvNeXtBlock(nn.Module):
    """A wide look at each channel, norm, two linear layers, a scale of 1e-6."""

    def __init__(self, width: int):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.scale = nn.Parameter(1e-6 * torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        h = self.norm(self.conv(x).permute(0, 2, 3, 1))
        h = self.scale * self.down(F.gelu(self.up(h)))
        return x + h.permute(0, 3, 1, 2)


class ChannelNorm(nn.LayerNorm):
    """Layer norm over channels that come second."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def convnext_tiny() -> nn.Module:
    """Stages of 3, 3, 9 and 3 blocks, cut normal 0.02 for a twelfth of the widths."""
    layers: list[nn.Module] = [nn.Conv2d(3, 8, 4, 4), ChannelNorm(8)]
    width = 8
    for stage, count in enumerate((3, 3, 9, 3)):
        if stage:
            layers += [ChannelNorm(width), nn.Conv2d(width, 2 * width, 2, 2)]
            width *= 2
        layers += [ConvNeXtBlock(width) for _ in range(count)]
    head = [nn.AdaptiveAvgPool2d(1), ChannelNorm(width), nn.Flatten()]
    model = small_(nn.Sequential(*layers, *head, nn.Linear(width, 10)), cut=True)
    for module in model.modules():
        if isinstance(module, nn.Linear) or getattr(module, "stride", 0) == (2, 2):
            module.weight.data *= narrow(1.0, 96, 8)
    return model


EXHIBITS = [
    Exhibit(
        "mobilenet_v2",
        mobilenet_v2,
        normal(8, 3, 64, 64),
        digits(64),
        "hint",
        "Sandler et al. (2018), torchvision's start",
        "trains, Adam 0.001: 2.3 to 1.15 in 192 steps, a guess has 2.3",
    ),
    Exhibit(
        "efficientnet_b0",
        efficientnet_b0,
        normal(8, 3, 64, 64),
        digits(64),
        "healthy",
        "Tan & Le (2019), torchvision's start",
        "trains, Adam 0.001: 2.3 to 1.14 in 57 steps, a guess has 2.3",
    ),
    Exhibit(
        "densenet121",
        densenet121,
        normal(8, 3, 64, 64),
        digits(64),
        "healthy",
        "Huang et al. (2017), torchvision's start",
        "trains, Adam 0.001: 2.33 to 1.14 in 88 steps, a guess has 2.3",
    ),
    Exhibit(
        "shufflenet_v2",
        shufflenet_v2,
        normal(8, 3, 64, 64),
        digits(64),
        "healthy",
        "Ma et al. (2018), torchvision's start",
        "trains, Adam 0.001: 2.28 to 1.15 in 197 steps, a guess has 2.3",
    ),
    Exhibit(
        "regnet_y_400mf",
        regnet_y_400mf,
        normal(8, 3, 64, 64),
        digits(64),
        "hint",
        "Radosavovic et al. (2020), torchvision's start",
        "trains, SGD 0.01: 2.2 to 1.12 in 95 steps, a guess has 2.3",
    ),
    Exhibit(
        "deeplab_v3_resnet50",
        lambda: fan_out_(DeepLab()),
        normal(4, 3, 32, 32),
        black(32, 3, 4),
        "hint",
        "Chen et al. (2017), torchvision's start",
        "best of six, SGD 0.1: 1.34 to 0.342 in 200 steps, a guess has 0.6",
    ),
    Exhibit(
        "convnext_tiny",
        convnext_tiny,
        normal(8, 3, 64, 64),
        digits(64),
        "healthy",
        "Liu et al. (2022), torchvision's start",
        "trains, Adam 0.001: 2.23 to 1.14 in 42 steps, a guess has 2.3",
    ),
]
