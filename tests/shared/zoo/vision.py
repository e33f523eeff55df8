"""Transformers, and perceptrons over patches, that look at images."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.shared.zoo.exhibit import Exhibit, normal, together
from tests.shared.zoo.parts import (
    Attention,
    Patches,
    PreNorm,
    mlp,
    narrow,
    sinusoids,
    small_,
    waves_of,
    xavier_,
    zero_,
)
from tests.shared.zoo.tasks import (
    digits,
    noise_of_digits,
)

IMAGES = normal(8, 3, 32, 32)


DIGITS = digits(32)


class ViT(nn.Module):
    """Patches, a class token, pre-norm blocks, a head."""

    def __init__(self, depth: int = 12, width: int = 48):
        super().__init__()
        self.patches = Patches(width, 8, 16)
        self.cls = nn.Parameter(torch.zeros(1, 1, width))
        self.blocks = nn.ModuleList(PreNorm(width) for _ in range(depth))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x)
        x = torch.cat([self.cls.expand(len(x), -1, -1), x], 1)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x)[:, 0])


def vit() -> nn.Module:
    """timm's: cut normal 0.02, and a head at 0."""
    model = small_(ViT(), narrow(0.02, 768, 48), cut=True)
    zero_(model.head)
    return model


def vit_torchvision() -> nn.Module:
    """torchvision's: Glorot's weights in attention, tiny biases, a head at 0."""
    model = xavier_(ViT())
    for module in model.modules():
        if isinstance(module, nn.Sequential):
            nn.init.normal_(module[0].bias, std=1e-6)
            nn.init.normal_(module[2].bias, std=1e-6)
    fan_in = model.patches.proj.weight[0].numel()
    nn.init.trunc_normal_(model.patches.proj.weight, std=math.sqrt(1 / fan_in))
    zero_(model.head)
    return model


class Scaled(nn.Module):
    """A branch with a norm before it and a small gain for each channel after it."""

    def __init__(self, width: int, branch: nn.Module, scale: float):
        super().__init__()
        self.norm, self.branch = nn.LayerNorm(width), branch
        self.gamma = nn.Parameter(scale * torch.ones(width))

    def forward(self, x: Tensor, *rest: Tensor) -> Tensor:
        return self.gamma * self.branch(self.norm(x), *rest)


class ClassAttention(nn.Module):
    """One token looks at all."""

    def __init__(self, width: int):
        super().__init__()
        self.attn = Attention(width)

    def forward(self, x: Tensor) -> Tensor:
        return self.attn(x[:, :1], x)


class CaiT(nn.Module):
    """24 blocks of patches, then two in which a class token looks at them."""

    def __init__(self, depth: int = 24, width: int = 48, scale: float = 1e-5):
        super().__init__()
        self.patches = Patches(width, 8, 16)
        self.cls = nn.Parameter(0.02 * torch.randn(1, 1, width))

        def block(attn: nn.Module) -> nn.ModuleList:
            inner = mlp(width, 4 * width, width, act=nn.GELU)
            return nn.ModuleList(Scaled(width, b, scale) for b in (attn, inner))

        self.blocks = nn.ModuleList(block(Attention(width)) for _ in range(depth))
        self.last = nn.ModuleList(block(ClassAttention(width)) for _ in range(2))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x)
        for attn, inner in self.blocks:
            x = x + attn(x)
            x = x + inner(x)
        cls = self.cls.expand(len(x), -1, -1)
        for attn, inner in self.last:
            cls = cls + attn(torch.cat([cls, x], 1))
            cls = cls + inner(cls)
        return self.head(self.norm(cls)[:, 0])


class WindowAttention(nn.Module):
    """Attention in windows of 2 by 2; the weights enter a function, not a layer."""

    def __init__(self, width: int, shift: int, heads: int = 2):
        super().__init__()
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.shift, self.heads = shift, heads
        self.bias = nn.Parameter(0.02 * torch.randn(heads, 4, 4))

    def forward(self, x: Tensor) -> Tensor:
        count, height, breadth, width = x.shape
        x = x.roll((-self.shift, -self.shift), (1, 2))
        x = x.view(count, height // 2, 2, breadth // 2, 2, width)
        x = x.transpose(2, 3).reshape(-1, 4, width)
        qkv = F.linear(x, self.qkv.weight, self.qkv.bias)
        q, k, v = qkv.unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) + self.bias
        x = (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)
        x = F.linear(x, self.proj.weight, self.proj.bias)
        x = x.view(count, height // 2, breadth // 2, 2, 2, width)
        x = x.transpose(2, 3).reshape(count, height, breadth, width)
        return x.roll((self.shift, self.shift), (1, 2))


class SwinBlock(nn.Module):
    """Pre-norm, attention in windows, two linear layers."""

    def __init__(self, width: int, shift: int):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = WindowAttention(width, shift)
        self.mlp = mlp(width, 4 * width, width, act=nn.GELU)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Swin(nn.Module):
    """Stages of 2, 2, 6 and 2 blocks; between stages four neighbours become one."""

    def __init__(self, width: int = 24):
        super().__init__()
        self.patch = nn.Conv2d(3, width, 4, 4)
        self.stages, self.merge = nn.ModuleList(), nn.ModuleList()
        for stage, count in enumerate((2, 2, 6)):
            n = width * 2**stage
            self.stages.append(
                nn.Sequential(*[SwinBlock(n, i % 2) for i in range(count)])
            )
            norm, less = nn.LayerNorm(4 * n), nn.Linear(4 * n, 2 * n, bias=False)
            self.merge.append(nn.Sequential(norm, less))
        self.norm, self.head = nn.LayerNorm(8 * width), nn.Linear(8 * width, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patch(x).permute(0, 2, 3, 1)
        for stage, merge in zip(self.stages, self.merge, strict=True):
            x = stage(x).unflatten(1, (-1, 2)).unflatten(3, (-1, 2))
            x = merge(x.transpose(2, 3).flatten(3))
        return self.head(self.norm(x).mean((1, 2)))


class Mixer(nn.Module):
    """A perceptron over positions, one over channels, each with norm and shortcut."""

    def __init__(self, width: int, count: int):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.tokens = mlp(count, width // 2, count, act=nn.GELU)
        self.channels = mlp(width, 4 * width, width, act=nn.GELU)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.tokens(self.norm1(x).transpose(1, 2)).transpose(1, 2)
        return x + self.channels(self.norm2(x))


class OfPatches(nn.Module):
    """Patches, blocks, a norm, the mean, a head."""

    def __init__(self, blocks: list[nn.Module], width: int, norm: nn.Module):
        super().__init__()
        self.patch = nn.Conv2d(3, width, 8, 8)
        self.blocks = nn.Sequential(*blocks)
        self.norm, self.head = norm, nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(self.patch(x).flatten(2).transpose(1, 2))
        return self.head(self.norm(x).mean(1))


def mixer() -> nn.Module:
    """8 blocks, Glorot's weights, biases of 1e-6, a head at 0."""
    blocks = [Mixer(64, 16) for _ in range(8)]
    model = xavier_(OfPatches(blocks, 64, nn.LayerNorm(64)))
    for module in model.blocks.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.bias, std=1e-6)
    zero_(model.head)
    return model


class Affine(nn.Module):
    """A gain and a bias for each channel, in place of a norm."""

    def __init__(self, width: int):
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(width))
        self.beta = nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        return self.alpha * x + self.beta


class ResMLPBlock(nn.Module):
    """A linear layer over positions, a perceptron over channels, small gains."""

    def __init__(self, width: int, count: int, scale: float = 1e-4):
        super().__init__()
        self.norm1, self.norm2 = Affine(width), Affine(width)
        self.tokens = nn.Linear(count, count)
        self.channels = mlp(width, 4 * width, width, act=nn.GELU)
        self.gamma1 = nn.Parameter(scale * torch.ones(width))
        self.gamma2 = nn.Parameter(scale * torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        mixed = self.tokens(self.norm1(x).transpose(1, 2)).transpose(1, 2)
        x = x + self.gamma1 * mixed
        return x + self.gamma2 * self.channels(self.norm2(x))


def resmlp() -> nn.Module:
    """12 blocks, cut normal 0.02, a head at 0."""
    blocks = [ResMLPBlock(64, 16) for _ in range(12)]
    model = small_(OfPatches(blocks, 64, Affine(64)), narrow(0.02, 384, 64), cut=True)
    zero_(model.head)
    return model


class SpatialGate(nn.Module):
    """Half of the channels, times a layer over positions of the others."""

    def __init__(self, width: int, count: int):
        super().__init__()
        self.norm, self.proj = nn.LayerNorm(width), nn.Linear(width, 2 * width)
        self.inner, self.mix = nn.LayerNorm(width), nn.Linear(count, count)
        self.out = nn.Linear(width, width)
        nn.init.normal_(self.mix.weight, std=1e-6)
        nn.init.ones_(self.mix.bias)

    def forward(self, x: Tensor) -> Tensor:
        u, v = F.gelu(self.proj(self.norm(x))).chunk(2, -1)
        v = self.mix(self.inner(v).transpose(1, 2)).transpose(1, 2)
        return x + self.out(u * v)


def gmlp() -> nn.Module:
    """12 blocks; the gates begin at 1."""
    blocks = [SpatialGate(64, 16) for _ in range(12)]
    return OfPatches(blocks, 64, nn.LayerNorm(64))


def modulated(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """Scaled and shifted, the same for all tokens of an input."""
    return x * (1 + scale.unsqueeze(1)) + shift.unsqueeze(1)


class DiTBlock(nn.Module):
    """Branches whose scales, shifts and gates come from the condition, from 0."""

    def __init__(self, width: int):
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False, eps=1e-6)
        self.attn = Attention(width)
        self.mlp = mlp(width, 4 * width, width, act=nn.GELU)
        self.adapt = nn.Sequential(nn.SiLU(), nn.Linear(width, 6 * width))

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        shift1, scale1, gate1, shift2, scale2, gate2 = self.adapt(condition).chunk(
            6, -1
        )
        x = x + gate1.unsqueeze(1) * self.attn(modulated(self.norm(x), shift1, scale1))
        h = self.mlp(modulated(self.norm(x), shift2, scale2))
        return x + gate2.unsqueeze(1) * h


class DiT(nn.Module):
    """Noisy images and the time, 12 blocks; adaptation and the last layer from 0."""

    def __init__(self, depth: int = 12, width: int = 48):
        super().__init__()
        self.patches = Patches(width, 4, 16, 1)
        self.time = mlp(16, width, width, act=nn.SiLU)
        self.blocks = nn.ModuleList(DiTBlock(width) for _ in range(depth))
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.adapt = nn.Sequential(nn.SiLU(), nn.Linear(width, 2 * width))
        self.out = nn.Linear(width, 16)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        condition = self.time(waves_of(time, 16))
        h = self.patches(x)
        for block in self.blocks:
            h = block(h, condition)
        h = self.out(modulated(self.norm(h), *self.adapt(condition).chunk(2, -1)))
        return F.fold(h.transpose(1, 2), (16, 16), 4, stride=4)


def dit() -> nn.Module:
    """Glorot's weights, the time's N(0, 0.02); adaLN-Zero."""
    model = xavier_(DiT())
    small_(model.time)
    for module in model.modules():
        if isinstance(module, DiT | DiTBlock):
            zero_(module.adapt)
    zero_(model.out)
    return model


class Cross(nn.Module):
    """Queries look at a memory, pre-norm, with a perceptron after it."""

    def __init__(self, width: int):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.lnm, self.attn = nn.LayerNorm(width), Attention(width, 1)
        self.mlp = mlp(width, width, width, act=nn.GELU)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        x = x + self.attn(self.ln1(x), self.lnm(memory))
        return x + self.mlp(self.ln2(x))


class Perceiver(nn.Module):
    """A few latents that look at all pixels, then at one another, twice."""

    def __init__(self, width: int = 48):
        super().__init__()
        self.latents = nn.Parameter(torch.randn(8, width))
        self.pixel = nn.Linear(1 + width, width)
        self.cross = nn.ModuleList(Cross(width) for _ in range(2))
        self.blocks = nn.ModuleList(
            nn.Sequential(*[PreNorm(width) for _ in range(4)]) for _ in range(2)
        )
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 10)
        self.register_buffer("where", sinusoids(64, width))

    def forward(self, x: Tensor) -> Tensor:
        pixels = x.flatten(1).unsqueeze(-1)
        where = self.where.expand(len(x), -1, -1)
        memory = self.pixel(torch.cat([pixels, where], -1))
        h = self.latents.expand(len(x), -1, -1)
        for cross, block in zip(self.cross, self.blocks, strict=True):
            h = block(cross(h, memory))
        return self.head(self.norm(h.mean(1)))


class LinearAttention(nn.Module):
    """Queries and keys as positive features; no softmax over tokens."""

    def __init__(self, width: int, heads: int = 4):
        super().__init__()
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.heads = heads

    def forward(self, x: Tensor) -> Tensor:
        qkv = self.qkv(x).unflatten(-1, (3, self.heads, -1))
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        q, k = F.elu(q) + 1, F.elu(k) + 1
        total = torch.einsum("bhnd,bhne->bhde", k, v)
        share = torch.einsum("bhnd,bhd->bhn", q, k.sum(2)).unsqueeze(-1)
        mixed = torch.einsum("bhnd,bhde->bhne", q, total) / share
        return self.out(mixed.transpose(1, 2).flatten(2))


def linear_transformer() -> nn.Module:
    """8 pre-norm blocks of linear attention, PyTorch's weights."""
    blocks = [PreNorm(64) for _ in range(8)]
    for block in blocks:
        block.attn = LinearAttention(64)
    return OfPatches(blocks, 64, nn.LayerNorm(64))


EXHIBITS = [
    Exhibit(
        "vit",
        vit,
        IMAGES,
        DIGITS,
        "healthy",
        "Dosovitskiy et al. (2021), timm",
        "best of six, SGD 0.01: 2.3 to 1.61 in 200 steps, a guess has 2.3",
    ),
    Exhibit(
        "vit_torchvision",
        vit_torchvision,
        IMAGES,
        DIGITS,
        "healthy",
        "Dosovitskiy et al. (2021), torchvision",
        "trains, SGD 0.01: 2.3 to 1.13 in 153 steps, a guess has 2.3",
    ),
    Exhibit(
        "cait_xxs24",
        lambda: small_(CaiT(), narrow(0.02, 192, 48), cut=True),
        IMAGES,
        DIGITS,
        "hint",
        "Touvron et al. (2021), timm's start",
        "Adam 0.001: 2.25 to 1.69 in 200 steps, a guess has 2.3",
    ),
    Exhibit(
        "swin_t",
        lambda: small_(Swin(), narrow(0.02, 96, 24), cut=True),
        IMAGES,
        DIGITS,
        "healthy",
        "Liu et al. (2021), torchvision's start",
        "trains, Adam 0.001: 2.68 to 1.13 in 20 steps, a guess has 2.3",
    ),
    Exhibit(
        "mlp_mixer",
        mixer,
        IMAGES,
        DIGITS,
        "healthy",
        "Tolstikhin et al. (2021)",
        "trains, Adam 0.001: 2.3 to 1.13 in 70 steps, a guess has 2.3",
    ),
    Exhibit(
        "resmlp_12",
        resmlp,
        IMAGES,
        DIGITS,
        "healthy",
        "Touvron et al. (2021)",
        "trains, Adam 0.01: 2.3 to 1.12 in 73 steps, a guess has 2.3",
    ),
    Exhibit(
        "gmlp",
        gmlp,
        IMAGES,
        DIGITS,
        "healthy",
        "Liu et al. (2021)",
        "trains, Adam 0.001: 2.56 to 1.13 in 88 steps, a guess has 2.3",
    ),
    Exhibit(
        "dit",
        dit,
        together(normal(8, 1, 16, 16), normal(8)),
        noise_of_digits(16, 16),
        "healthy",
        "Peebles & Xie (2023)",
        "trains, Adam 0.001: 1.02 to 0.496 in 43 steps, a guess has 1",
    ),
    Exhibit(
        "perceiver",
        Perceiver,
        normal(8, 1, 8, 8),
        digits(8, 1),
        "hint",
        "Jaegle et al. (2021), PyTorch's start",
        "best of four, Adam 0.001: 2.12 to 1.85 in 200 steps, a guess has 2.3",
    ),
    Exhibit(
        "linear_transformer",
        linear_transformer,
        IMAGES,
        DIGITS,
        "healthy",
        "Katharopoulos et al. (2020)",
        "best of six, Adam 0.0001: 2.17 to 1.33 in 200 steps, a guess has 2.3",
    ),
]
