"""Convolutional networks, as they were published, at a fraction of their widths."""

import itertools

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
    zero_bias_,
)
from tests.shared.zoo.residual import resnet50
from tests.shared.zoo.tasks import black, digits, of_set

IMAGES = normal(8, 3, 32, 32)
DIGITS = digits(32)


def lenet(act: type[nn.Module] = nn.Tanh) -> nn.Module:
    """Two convolutions with pooling, three linear layers, PyTorch's weights."""
    return nn.Sequential(
        *[nn.Conv2d(1, 6, 5, padding=2), act(), nn.AvgPool2d(2)],
        *[nn.Conv2d(6, 16, 5), act(), nn.AvgPool2d(2), nn.Flatten()],
        *[nn.Linear(16 * 25, 120), act(), nn.Linear(120, 84), act()],
        nn.Linear(84, 10),
    )


def alexnet() -> nn.Module:
    """Five convolutions and three linear layers, PyTorch's weights."""
    return nn.Sequential(
        *[nn.Conv2d(3, 16, 11, 4, 2), nn.ReLU(True), nn.MaxPool2d(3, 2)],
        *[nn.Conv2d(16, 48, 5, padding=2), nn.ReLU(True), nn.MaxPool2d(3, 2)],
        *[nn.Conv2d(48, 96, 3, padding=1), nn.ReLU(True)],
        *[nn.Conv2d(96, 64, 3, padding=1), nn.ReLU(True)],
        *[nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(True), nn.AdaptiveAvgPool2d(2)],
        *[nn.Flatten(), nn.Linear(256, 256), nn.ReLU(True)],
        *[nn.Linear(256, 256), nn.ReLU(True), nn.Linear(256, 10)],
    )


VGG16 = (2, 2, 3, 3, 3)
VGG19 = (2, 2, 4, 4, 4)


def vgg(counts: tuple[int, ...], norm: bool = False, width: int = 8) -> nn.Module:
    """Five stages of convolutions, three linear layers, PyTorch's weights."""
    layers: list[nn.Module] = []
    n_in = 3
    for stage, count in enumerate(counts):
        n_out = width * min(2**stage, 8)
        for _ in range(count):
            layers += [nn.Conv2d(n_in, n_out, 3, padding=1)]
            layers += [nn.BatchNorm2d(n_out)] * norm + [nn.ReLU(True)]
            n_in = n_out
        layers += [nn.MaxPool2d(2)]
    head = [nn.Linear(n_in, 64), nn.ReLU(True), nn.Linear(64, 64), nn.ReLU(True)]
    return nn.Sequential(*layers, nn.Flatten(), *head, nn.Linear(64, 10))


def torchvision_vgg(counts: tuple[int, ...], norm: bool = False) -> nn.Module:
    """Convolutions by fan-out, linear layers N(0, 0.01) for 4096 units."""
    model = fan_out_(vgg(counts, norm))
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=narrow(0.01, 4096, 64))
            zero_bias_(module)
    return model


class Inception(nn.Module):
    """Four branches side by side; 3x3 stands for 5x5 as well, as in torchvision."""

    def __init__(self, n_in: int, sizes: tuple[int, ...], norm: bool):
        super().__init__()
        one, three_in, three, five_in, five, pool = sizes
        unit = conv_norm if norm else bare
        self.branch1 = unit(n_in, one, 1)
        self.branch2 = nn.Sequential(unit(n_in, three_in, 1), unit(three_in, three, 3))
        self.branch3 = nn.Sequential(unit(n_in, five_in, 1), unit(five_in, five, 3))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1), unit(n_in, pool, 1))

    def forward(self, x: Tensor) -> Tensor:
        branches = self.branch1, self.branch2, self.branch3, self.branch4
        return torch.cat([branch(x) for branch in branches], 1)


def bare(n_in: int, n_out: int, size: int, stride: int = 1) -> nn.Sequential:
    """A convolution and relu, without norm."""
    return nn.Sequential(nn.Conv2d(n_in, n_out, size, stride, size // 2), nn.ReLU())


INCEPTIONS = (
    *[(64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64), None],
    *[(192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64)],
    *[(128, 128, 256, 24, 64, 64), (112, 144, 288, 32, 64, 64)],
    *[(256, 160, 320, 32, 128, 128), None],
    *[(256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)],
)


def googlenet(norm: bool = True) -> nn.Module:
    """Nine inception blocks at an eighth of their widths, PyTorch's weights."""
    unit = conv_norm if norm else bare
    layers = [unit(3, 8, 7, 2), nn.MaxPool2d(3, 2, 1), unit(8, 8, 1), unit(8, 24, 3)]
    n_in = 24
    for row in INCEPTIONS:
        if row is None:
            layers += [nn.MaxPool2d(3, 2, 1)]
        else:
            sizes = tuple(max(size // 8, 4) for size in row)
            layers += [Inception(n_in, sizes, norm)]
            n_in = sizes[0] + sizes[2] + sizes[4] + sizes[5]
    return nn.Sequential(*layers, pooled_head(n_in))


class Fire(nn.Module):
    """Squeeze to few channels, expand by 1x1 and 3x3."""

    def __init__(self, n_in: int, squeezed: int, n_out: int):
        super().__init__()
        self.squeeze = nn.Conv2d(n_in, squeezed, 1)
        self.expand1 = nn.Conv2d(squeezed, n_out, 1)
        self.expand3 = nn.Conv2d(squeezed, n_out, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.squeeze(x))
        return F.relu(torch.cat([self.expand1(x), self.expand3(x)], 1))


def squeezenet() -> nn.Module:
    """Eight fire blocks; He's uniform weights, the last convolution N(0, 0.01)."""
    fires = [(16, 4, 16), (32, 4, 16), None, (32, 8, 32), (64, 8, 32), None]
    fires += [(64, 12, 48), (96, 12, 48), (96, 16, 64), (128, 16, 64)]
    pool = nn.MaxPool2d(3, 2, 1)
    blocks = [Fire(*row) if row else pool for row in fires]
    last = nn.Conv2d(128, 10, 1)
    model = nn.Sequential(
        *[nn.Conv2d(3, 16, 3, 2, 1), nn.ReLU(), pool, *blocks, last, nn.ReLU()],
        *[nn.AdaptiveAvgPool2d(1), nn.Flatten()],
    )
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_uniform_(module.weight)
            zero_bias_(module)
    nn.init.normal_(last.weight, std=narrow(0.01, 512, 128))
    return model


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


class UNet(nn.Module):
    """Down four times and up again, each height joined to the other side."""

    def __init__(self, width: int = 8, depth: int = 4):
        super().__init__()
        sizes = [width * 2**i for i in range(depth + 1)]
        self.down = nn.ModuleList(
            self.double(n_in, n_out)
            for n_in, n_out in zip([1, *sizes[:-1]], sizes, strict=True)
        )
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(2 * n, n, 2, 2) for n in reversed(sizes[:-1])
        )
        self.join = nn.ModuleList(self.double(2 * n, n) for n in reversed(sizes[:-1]))
        self.head = nn.Conv2d(width, 2, 1)

    @staticmethod
    def double(n_in: int, n_out: int) -> nn.Sequential:
        """Two convolutions with relu."""
        return nn.Sequential(bare(n_in, n_out, 3), bare(n_out, n_out, 3))

    def forward(self, x: Tensor) -> Tensor:
        heights = [self.down[0](x)]
        for down in self.down[1:]:
            heights.append(down(F.max_pool2d(heights[-1], 2)))
        x = heights.pop()
        for up, join in zip(self.up, self.join, strict=True):
            x = join(torch.cat([heights.pop(), up(x)], 1))
        return self.head(x)


def unet() -> nn.Module:
    """With N(0, 2 / fan-in), as the paper draws it."""
    model = UNet()
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            zero_bias_(module)
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


class PointNet(nn.Module):
    """The same layers for every point, the largest of each channel, a head."""

    def __init__(self):
        super().__init__()
        self.points = nn.Sequential(*self.rows(nn.Conv1d, (3, 16, 16, 16, 32, 128), 1))
        self.head = nn.Sequential(*self.rows(nn.Linear, (128, 64, 32)))
        self.out = nn.Linear(32, 4)

    @staticmethod
    def rows(kind: type[nn.Module], sizes: tuple[int, ...], *args: int) -> list:
        """Layers with batch norm and relu."""
        layers: list[nn.Module] = []
        for n_in, n_out in itertools.pairwise(sizes):
            layers += [kind(n_in, n_out, *args), nn.BatchNorm1d(n_out), nn.ReLU()]
        return layers

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.head(self.points(x).amax(2)))


EXHIBITS = [
    Exhibit(
        "lenet",
        lenet,
        normal(16, 1, 28, 28),
        digits(28, 1),
        "healthy",
        "LeCun et al. (1998)",
    ),
    Exhibit(
        "alexnet",
        alexnet,
        normal(8, 3, 64, 64),
        digits(64),
        "healthy",
        "Krizhevsky et al. (2012), torchvision's start",
    ),
    Exhibit(
        "vgg16",
        lambda: torchvision_vgg(VGG16),
        IMAGES,
        DIGITS,
        "healthy",
        "Simonyan & Zisserman (2015), torchvision's start",
    ),
    Exhibit(
        "vgg19",
        lambda: torchvision_vgg(VGG19),
        IMAGES,
        DIGITS,
        "healthy",
        "Simonyan & Zisserman (2015), torchvision's start",
    ),
    Exhibit(
        "vgg19_bn",
        lambda: torchvision_vgg(VGG19, norm=True),
        IMAGES,
        DIGITS,
        "healthy",
        "Simonyan & Zisserman (2015), torchvision's start",
    ),
    Exhibit(
        "googlenet",
        lambda: small_(googlenet(), 0.01, cut=True),
        normal(8, 3, 64, 64),
        digits(64),
        "healthy",
        "Szegedy et al. (2015), torchvision's start",
    ),
    Exhibit(
        "squeezenet",
        squeezenet,
        normal(8, 3, 64, 64),
        digits(64),
        "healthy",
        "Iandola et al. (2016), torchvision's start",
    ),
    Exhibit(
        "mobilenet_v2",
        mobilenet_v2,
        normal(8, 3, 64, 64),
        digits(64),
        "healthy",
        "Sandler et al. (2018), torchvision's start",
    ),
    Exhibit(
        "efficientnet_b0",
        efficientnet_b0,
        normal(8, 3, 64, 64),
        digits(64),
        "healthy",
        "Tan & Le (2019), torchvision's start",
    ),
    Exhibit(
        "densenet121",
        densenet121,
        normal(8, 3, 64, 64),
        digits(64),
        "healthy",
        "Huang et al. (2017), torchvision's start",
    ),
    Exhibit(
        "shufflenet_v2",
        shufflenet_v2,
        normal(8, 3, 64, 64),
        digits(64),
        "healthy",
        "Ma et al. (2018), torchvision's start",
    ),
    Exhibit(
        "regnet_y_400mf",
        regnet_y_400mf,
        normal(8, 3, 64, 64),
        digits(64),
        "hint",
        "Radosavovic et al. (2020), torchvision's start",
    ),
    Exhibit(
        "unet",
        unet,
        normal(4, 1, 32, 32),
        black(32),
        "healthy",
        "Ronneberger et al. (2015)",
    ),
    Exhibit(
        "deeplab_v3_resnet50",
        lambda: fan_out_(DeepLab()),
        normal(4, 3, 32, 32),
        black(32, 3, 4),
        "hint",
        "Chen et al. (2017), torchvision's start",
    ),
    Exhibit(
        "convnext_tiny",
        convnext_tiny,
        normal(8, 3, 64, 64),
        digits(64),
        "healthy",
        "Liu et al. (2022), torchvision's start",
    ),
    Exhibit(
        "pointnet",
        PointNet,
        normal(8, 3, 64),
        of_set(64, channels_first=True),
        "healthy",
        "Qi et al. (2017)",
    ),
]
