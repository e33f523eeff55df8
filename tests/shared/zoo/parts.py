"""What many networks of the zoo are made of, and how their libraries draw weights."""

import itertools
import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


def conv_norm(
    n_in: int,
    n_out: int,
    size: int = 3,
    stride: int = 1,
    groups: int = 1,
    dilation: int = 1,
    act: type[nn.Module] | None = nn.ReLU,
) -> nn.Sequential:
    """A convolution, batch norm, an activation."""
    padding = dilation * (size - 1) // 2
    conv = nn.Conv2d(n_in, n_out, size, stride, padding, dilation, groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(n_out), *([act()] if act else []))


def pooled_head(width: int, classes: int = 10) -> nn.Sequential:
    """Global average pooling and a linear layer."""
    return nn.Sequential(
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, classes)
    )


class Squeeze(nn.Module):
    """Squeeze and excitation: a gate for each channel (Hu et al., 2018)."""

    def __init__(self, width: int, squeezed: int, act: type[nn.Module] = nn.ReLU):
        super().__init__()
        self.fc1, self.act = nn.Conv2d(width, squeezed, 1), act()
        self.fc2 = nn.Conv2d(squeezed, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        gate = self.fc2(self.act(self.fc1(x.mean((2, 3), keepdim=True))))
        return x * torch.sigmoid(gate)


class RMSNorm(nn.Module):
    """Division by the root mean square, and a gain."""

    def __init__(self, width: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return self.weight * x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6)


class Attention(nn.Module):
    """Heads of queries, keys and values, each with a layer of its own."""

    def __init__(
        self,
        width: int,
        heads: int = 4,
        causal: bool = False,
        bias: bool = True,
        scale: float | None = None,
    ):
        super().__init__()
        self.q = nn.Linear(width, width, bias)
        self.k = nn.Linear(width, width, bias)
        self.v = nn.Linear(width, width, bias)
        self.out = nn.Linear(width, width, bias)
        self.heads, self.causal, self.scale = heads, causal, scale

    def forward(self, x: Tensor, memory: Tensor | None = None) -> Tensor:
        memory = x if memory is None else memory
        q, k, v = (
            layer(t).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for layer, t in ((self.q, x), (self.k, memory), (self.v, memory))
        )
        mixed = F.scaled_dot_product_attention(
            q, k, v, is_causal=self.causal, scale=self.scale
        )
        return self.out(mixed.transpose(1, 2).flatten(2))


def mlp(
    *sizes: int, act: type[nn.Module] = nn.ReLU, bias: bool = True
) -> nn.Sequential:
    """Linear layers with an activation between each two."""
    layers: list[nn.Module] = []
    for n_in, n_out in itertools.pairwise(sizes):
        layers += [nn.Linear(n_in, n_out, bias), act()]
    return nn.Sequential(*layers[:-1])


class PreNorm(nn.Module):
    """Norm before each branch, sums untouched."""

    def __init__(self, width: int, causal: bool = False):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = Attention(width, causal=causal)
        self.mlp = mlp(width, 4 * width, width, act=nn.GELU)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.ln1(x))
        return x + self.mlp(self.ln2(x))


class PostNorm(nn.Module):
    """Norm after each sum; the first may be weighted (DeepNorm)."""

    def __init__(self, width: int, act: type[nn.Module] = nn.ReLU, weight: float = 1):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = Attention(width)
        self.mlp = mlp(width, 4 * width, width, act=act)
        self.weight = weight

    def forward(self, x: Tensor) -> Tensor:
        x = self.ln1(self.weight * x + self.attn(x))
        return self.ln2(self.weight * x + self.mlp(x))


class Patches(nn.Module):
    """An image as a row of tokens, with a position added to each."""

    def __init__(self, width: int, patch: int, count: int, channels: int = 3):
        super().__init__()
        self.proj = nn.Conv2d(channels, width, patch, patch)
        self.positions = nn.Parameter(torch.zeros(1, count, width))
        nn.init.trunc_normal_(self.positions, std=0.02)

    def forward(self, x: Tensor) -> Tensor:
        return self.proj(x).flatten(2).transpose(1, 2) + self.positions


# How weights are drawn ----------------------------------------------------------------


@torch.no_grad()
def fan_out_(model: nn.Module) -> nn.Module:
    """He's weights by fan-out for convolutions, as torchvision draws its ResNets."""
    for module in model.modules():
        if isinstance(module, CONVOLUTIONS):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                module.bias.zero_()
    return model


@torch.no_grad()
def small_(model: nn.Module, std: float = 0.02, cut: bool = False) -> nn.Module:
    """One standard deviation for all matrices, kernels and tables; biases 0."""
    for module in model.modules():
        if isinstance(module, (nn.Linear, nn.Embedding, *CONVOLUTIONS)):
            if cut:
                nn.init.trunc_normal_(module.weight, std=std, a=-2 * std, b=2 * std)
            else:
                module.weight.normal_(0, std)
            zero_bias_(module)
    return model


def narrow(std: float, wide: int, width: int) -> float:
    """The deviation with which a narrow layer keeps as much as the published one."""
    return std * (wide / width) ** 0.5


@torch.no_grad()
def zero_bias_(module: nn.Module) -> None:
    """The bias at 0, if there is one."""
    if getattr(module, "bias", None) is not None:
        module.bias.zero_()


@torch.no_grad()
def zero_(module: nn.Module) -> nn.Module:
    """All of a module's parameters at 0."""
    for p in module.parameters():
        p.zero_()
    return module


@torch.no_grad()
def xavier_(model: nn.Module) -> nn.Module:
    """Glorot's uniform weights for linear layers and convolutions, biases 0."""
    for module in model.modules():
        if isinstance(module, (nn.Linear, *CONVOLUTIONS)):
            nn.init.xavier_uniform_(module.weight)
            zero_bias_(module)
    return model


def sinusoids(length: int, width: int) -> Tensor:
    """The positions of Vaswani et al. (2017)."""
    rates = torch.exp(-math.log(1e4) * torch.arange(0, width, 2) / width)
    angles = torch.arange(length)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(1)


def waves_of(time: Tensor, width: int) -> Tensor:
    """Times as sines and cosines of several rates."""
    rates = 1000 * torch.exp(-math.log(1e4) * torch.arange(width // 2) / (width // 2))
    angles = time.view(-1, 1) * rates
    return torch.cat([angles.cos(), angles.sin()], -1)
