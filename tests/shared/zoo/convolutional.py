"""Convolutional networks, as they were published, at a fraction of their widths."""

import itertools

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.shared.zoo.exhibit import Exhibit, normal
from tests.shared.zoo.parts import (
    conv_norm,
    fan_out_,
    narrow,
    pooled_head,
    small_,
    zero_bias_,
)
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
        "trains, Adam 0.001: 2.28 to 1.15 in 39 steps, a guess has 2.3",
    ),
    Exhibit(
        "alexnet",
        alexnet,
        normal(8, 3, 64, 64),
        digits(64),
        "hint",
        "Krizhevsky et al. (2012), torchvision's start",
        "trains, Adam 0.001: 2.3 to 1.14 in 143 steps, a guess has 2.3",
    ),
    Exhibit(
        "vgg16",
        lambda: torchvision_vgg(VGG16),
        IMAGES,
        DIGITS,
        "healthy",
        "Simonyan & Zisserman (2015), torchvision's start",
        "trains, Adam 0.001: 2.3 to 1.11 in 116 steps, a guess has 2.3",
    ),
    Exhibit(
        "vgg19",
        lambda: torchvision_vgg(VGG19),
        IMAGES,
        DIGITS,
        "healthy",
        "Simonyan & Zisserman (2015), torchvision's start",
        "trains, Adam 0.0001: 2.31 to 1.15 in 156 steps, a guess has 2.3",
    ),
    Exhibit(
        "vgg19_bn",
        lambda: torchvision_vgg(VGG19, norm=True),
        IMAGES,
        DIGITS,
        "healthy",
        "Simonyan & Zisserman (2015), torchvision's start",
        "trains, Adam 0.001: 2.37 to 1.15 in 58 steps, a guess has 2.3",
    ),
    Exhibit(
        "googlenet",
        lambda: small_(googlenet(), 0.01, cut=True),
        normal(8, 3, 64, 64),
        digits(64),
        "healthy",
        "Szegedy et al. (2015), torchvision's start",
        "trains, Adam 0.001: 2.31 to 1.13 in 75 steps, a guess has 2.3",
    ),
    Exhibit(
        "squeezenet",
        squeezenet,
        normal(8, 3, 64, 64),
        digits(64),
        "healthy",
        "Iandola et al. (2016), torchvision's start",
        "best of six, Adam 0.001: 2.3 to 2.02 in 200 steps, a guess has 2.3",
    ),
    Exhibit(
        "unet",
        unet,
        normal(4, 1, 32, 32),
        black(32),
        "healthy",
        "Ronneberger et al. (2015)",
        "trains, Adam 0.001: 0.748 to 0.297 in 66 steps, a guess has 0.6",
    ),
    Exhibit(
        "pointnet",
        PointNet,
        normal(8, 3, 64),
        of_set(64, channels_first=True),
        "healthy",
        "Qi et al. (2017)",
        "trains, Adam 0.001: 0.778 to 0.476 in 20 steps, a guess has 1",
    ),
]
