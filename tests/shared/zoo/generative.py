"""Networks that make things: images, densities, functions of coordinates."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations

from tests.shared.zoo.exhibit import Exhibit, normal, together, uniform
from tests.shared.zoo.parts import mlp, waves_of, xavier_, zero_
from tests.shared.zoo.recurrent import Wrapper, old
from tests.shared.zoo.tasks import (
    density,
    digits,
    echo_digits,
    noise_of_digits,
    own_loss,
    pixels,
    real_or_noise,
    shifted,
    teacher,
    waves,
)


def dcgan_(model: nn.Module) -> nn.Module:
    """Convolutions N(0, 0.02), gains of norms N(1, 0.02)."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)
    return model


def generator(noise: int = 100, width: int = 16) -> nn.Module:
    """Five transposed convolutions from noise to an image of 64 by 64."""
    layers: list[nn.Module] = []
    n_in = noise
    for i in range(4):
        n_out = width * 2 ** (3 - i)
        stride, padding = (2, 1) if i else (1, 0)
        layers += [nn.ConvTranspose2d(n_in, n_out, 4, stride, padding, bias=False)]
        layers += [nn.BatchNorm2d(n_out), nn.ReLU(True)]
        n_in = n_out
    last = nn.ConvTranspose2d(n_in, 3, 4, 2, 1, bias=False)
    return dcgan_(nn.Sequential(*layers, last, nn.Tanh()))


def discriminator(width: int = 16) -> nn.Module:
    """Five convolutions from an image to one number."""
    layers: list[nn.Module] = [nn.Conv2d(3, width, 4, 2, 1, bias=False)]
    layers += [nn.LeakyReLU(0.2, True)]
    for i in range(3):
        n_in, n_out = width * 2**i, width * 2 ** (i + 1)
        layers += [nn.Conv2d(n_in, n_out, 4, 2, 1, bias=False)]
        layers += [nn.BatchNorm2d(n_out), nn.LeakyReLU(0.2, True)]
    return dcgan_(nn.Sequential(*layers, nn.Conv2d(8 * width, 1, 4, 1, 0, bias=False)))


def spectral(wrap: Wrapper, width: int = 16) -> nn.Module:
    """Seven convolutions and a linear layer, each divided by its largest stretch."""
    layers: list[nn.Module] = []
    n_in = 3
    for i, (size, stride) in enumerate([(3, 1), (4, 2)] * 3 + [(3, 1)]):
        n_out = width * 2 ** ((i + 1) // 2)
        conv = nn.Conv2d(n_in, n_out, size, stride, 1)
        layers += [wrap(conv), nn.LeakyReLU(0.1)]
        n_in = n_out
    head = wrap(nn.Linear(n_in * 16, 1))
    return nn.Sequential(*layers, nn.Flatten(), head)


class VAE(nn.Module):
    """Two heads say where a digit may lie; a decoder draws it."""

    def __init__(self, hidden: int = 64, code: int = 8):
        super().__init__()
        self.encoder = nn.Linear(64, hidden)
        self.mean, self.spread = nn.Linear(hidden, code), nn.Linear(hidden, code)
        self.decoder = mlp(code, hidden, 64)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.encoder(x))
        mean, log_var = self.mean(h), self.spread(h)
        noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(0))
        return self.decoder(mean + (log_var / 2).exp() * noise), mean, log_var


class Coupling(nn.Module):
    """Half of the numbers scale and shift the other half; it begins as nothing."""

    def __init__(self, size: int, flip: bool):
        super().__init__()
        self.net = mlp(size // 2, 64, 64, size, act=nn.Tanh)
        self.flip = flip
        zero_(self.net[-1])

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        a, b = x.chunk(2, -1)
        if self.flip:
            a, b = b, a
        scale, shift = self.net(a).chunk(2, -1)
        scale = torch.tanh(scale)
        b = b * scale.exp() + shift
        return torch.cat([b, a] if self.flip else [a, b], -1), scale.sum(-1)


class RealNVP(nn.Module):
    """Eight couplings; says the noise behind an input, and the volume."""

    def __init__(self, size: int = 8):
        super().__init__()
        self.layers = nn.ModuleList(Coupling(size, bool(i % 2)) for i in range(8))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        volume = x.new_zeros(len(x))
        for layer in self.layers:
            x, more = layer(x)
            volume = volume + more
        return x, volume


class NeRF(nn.Module):
    """Waves of a position through eight layers; they enter again at the fifth."""

    def __init__(self, width: int = 64, rates: int = 6):
        super().__init__()
        size = 3 * 2 * rates
        self.layers = nn.ModuleList(
            nn.Linear(size if i == 0 else width + size * (i == 4), width)
            for i in range(8)
        )
        self.density, self.colour = nn.Linear(width, 1), mlp(width, width // 2, 3)
        self.rates = 2.0 ** torch.arange(rates) * math.pi
        xavier_(self)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        angles = (x.unsqueeze(-1) * self.rates).flatten(1)
        waves = torch.cat([angles.sin(), angles.cos()], -1)
        h = waves
        for i, layer in enumerate(self.layers):
            h = F.relu(layer(torch.cat([h, waves], -1) if i == 4 else h))
        return self.colour(h), F.relu(self.density(h))


class Sine(nn.Module):
    """sin(30 x)."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.sin(30 * x)


def siren(own: bool = True, width: int = 64) -> nn.Module:
    """Sines with weights +-sqrt(6 / n) / 30, the first +-1 / n; or PyTorch's."""
    model = mlp(2, width, width, width, width, 1, act=Sine)
    for i, layer in enumerate(model[::2]):
        bound = (6 / layer.in_features) ** 0.5 / 30 if i else 1 / layer.in_features
        if own:
            nn.init.uniform_(layer.weight, -bound, bound)
    return model


def pinn() -> nn.Module:
    """Eight tanh layers, Glorot's weights."""
    return xavier_(mlp(2, *[20] * 8, 1, act=nn.Tanh))


class NeuralODE(nn.Module):
    """Twenty steps of Euler along a field; its weights N(0, 0.1)."""

    def __init__(self, width: int = 32):
        super().__init__()
        self.up, self.down = nn.Linear(64, width), nn.Linear(width, 10)
        self.field = mlp(width, 50, width, act=nn.Tanh)
        for layer in (self.field[0], self.field[2]):
            nn.init.normal_(layer.weight, std=0.1)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        h = self.up(x)
        for _ in range(20):
            h = h + self.field(h) / 20
        return self.down(h)


class NoiseBlock(nn.Module):
    """Two convolutions with group norm, the time between them; the second from 0."""

    def __init__(self, n_in: int, n_out: int, time: int):
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(4, n_in), nn.GroupNorm(4, n_out)
        self.conv1 = nn.Conv2d(n_in, n_out, 3, padding=1)
        self.conv2 = zero_(nn.Conv2d(n_out, n_out, 3, padding=1))
        self.time = nn.Linear(time, n_out)
        self.skip = nn.Conv2d(n_in, n_out, 1) if n_in != n_out else nn.Identity()

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x)))
        h = h + self.time(F.silu(time))[:, :, None, None]
        return self.skip(x) + self.conv2(F.silu(self.norm2(h)))


class NoiseUNet(nn.Module):
    """Down twice and up again; every branch and the last convolution from 0."""

    def __init__(self, width: int = 16):
        super().__init__()
        time = 2 * width
        self.time = mlp(width, time, time, act=nn.SiLU)
        self.stem = nn.Conv2d(1, width, 3, padding=1)
        self.down1 = NoiseBlock(width, width, time)
        self.less1 = nn.Conv2d(width, width, 3, 2, 1)
        self.down2 = NoiseBlock(width, 2 * width, time)
        self.less2 = nn.Conv2d(2 * width, 2 * width, 3, 2, 1)
        self.middle = NoiseBlock(2 * width, 2 * width, time)
        self.up2 = NoiseBlock(4 * width, 2 * width, time)
        self.up1 = NoiseBlock(3 * width, width, time)
        self.norm = nn.GroupNorm(4, width)
        self.head = zero_(nn.Conv2d(width, 1, 3, padding=1))
        self.width = width

    def forward(self, x: Tensor, strength: Tensor) -> Tensor:
        time = self.time(waves_of(strength, self.width))
        a = self.down1(self.stem(x), time)
        b = self.down2(self.less1(a), time)
        h = self.middle(self.less2(b), time)
        h = F.interpolate(h, scale_factor=2.0)
        h = self.up2(torch.cat([h, b], 1), time)
        h = F.interpolate(h, scale_factor=2.0)
        h = self.up1(torch.cat([h, a], 1), time)
        return self.head(F.silu(self.norm(h)))


def autoencoder() -> nn.Module:
    """Down to eight numbers and up again, PyTorch's weights."""
    return mlp(64, 64, 32, 8, 32, 64, 64)


class Spectral(nn.Module):
    """The lowest frequencies, each times a complex matrix of its own."""

    def __init__(self, width: int, modes: int = 6):
        super().__init__()
        scale = 1 / width**2
        self.weight = nn.Parameter(
            scale * torch.rand(width, width, modes, dtype=torch.cfloat)
        )
        self.modes = modes

    def forward(self, x: Tensor) -> Tensor:
        waves = torch.fft.rfft(x)
        low = torch.einsum("bik,iok->bok", waves[..., : self.modes], self.weight)
        padded = F.pad(low, (0, waves.shape[-1] - self.modes))
        return torch.fft.irfft(padded, n=x.shape[-1])


class FNO(nn.Module):
    """A Fourier neural operator on a line: four spectral layers beside 1x1 ones.

    As wide as published: at a quarter of it draws differ by a factor of five.
    """

    def __init__(self, width: int = 64):
        super().__init__()
        self.lift = nn.Conv1d(1, width, 1)
        self.spectral = nn.ModuleList(Spectral(width) for _ in range(4))
        self.local = nn.ModuleList(nn.Conv1d(width, width, 1) for _ in range(4))
        self.project = nn.Sequential(
            nn.Conv1d(width, 32, 1), nn.GELU(), nn.Conv1d(32, 1, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        h = self.lift(x)
        for i, (far, near) in enumerate(zip(self.spectral, self.local, strict=True)):
            h = far(h) + near(h)
            h = F.gelu(h) if i < 3 else h
        return self.project(h)


def squashed(x: Tensor) -> Tensor:
    """A vector whose length lies between 0 and 1."""
    square = x.square().sum(-1, keepdim=True)
    return x * square.sqrt() / (1 + square)


class Capsules(nn.Module):
    """Small capsules agree by routing on which of ten large ones is there."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 5), nn.Conv2d(32, 32, 5, 2)
        self.W = nn.Parameter(0.1 * torch.randn(10, 100, 8, 4))
        self.sharpness = 8.0  # logits from lengths between 0 and 1

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv2(F.relu(self.conv1(x)))
        small = squashed(h.view(len(x), 8, -1).transpose(1, 2))
        votes = torch.einsum("bni,jnio->bjno", small, self.W)
        agreement = torch.zeros(votes.shape[:3])
        for _ in range(3):
            share = agreement.softmax(1).unsqueeze(-1)
            large = squashed((share * votes).sum(2))
            agreement = agreement + (votes * large.unsqueeze(2)).sum(-1).detach()
        return self.sharpness * large.norm(dim=-1)


def likelihood() -> nn.Module:
    """The flow as a model that returns what is to become small."""
    return Likelihood(RealNVP())


class Likelihood(nn.Module):
    """Minus the log density of numbers that hang together, less that of noise."""

    def __init__(self, flow: nn.Module):
        super().__init__()
        self.flow = flow

    def forward(self, x: Tensor) -> Tensor:
        z, volume = self.flow(0.25 * (x + x.flip(-1)))
        return (0.5 * z.square().sum(-1) - volume).mean() + 8


EXHIBITS = [
    Exhibit(
        "dcgan_generator",
        generator,
        normal(8, 100, 1, 1),
        teacher(normal(8, 100, 1, 1), 3, 64, 64),
        "healthy",
        "Radford et al. (2016), PyTorch's example",
        "best of six, Adam 0.001: 1.01 to 0.936 in 200 steps, a guess has 1",
    ),
    Exhibit(
        "dcgan_discriminator",
        discriminator,
        normal(8, 3, 64, 64),
        real_or_noise(64),
        "healthy",
        "Radford et al. (2016), PyTorch's example",
        "trains, Adam 0.001: 0.742 to 0.0582 in 20 steps, a guess has 0.693",
    ),
    Exhibit(
        "sngan_discriminator",
        lambda: spectral(parametrizations.spectral_norm),
        normal(8, 3, 32, 32),
        real_or_noise(32),
        "healthy",
        "Miyato et al. (2018)",
        "trains, Adam 0.001: 0.692 to 0.312 in 22 steps, a guess has 0.693",
    ),
    Exhibit(
        "sngan_old_spectral_norm",
        lambda: spectral(old(nn.utils.spectral_norm)),
        normal(8, 3, 32, 32),
        real_or_noise(32),
        "healthy",
        "Miyato et al. (2018)",
        "trains, Adam 0.001: 0.696 to 0.34 in 20 steps, a guess has 0.693",
    ),
    Exhibit(
        "vae",
        VAE,
        normal(16, 64),
        echo_digits(),
        "healthy",
        "Kingma (2014)",
        "trains, Adam 0.001: 0.761 to 0.149 in 168 steps, a guess has 0.3",
    ),
    Exhibit(
        "autoencoder",
        autoencoder,
        normal(16, 64),
        echo_digits(),
        "hint",
        "Hinton & Salakhutdinov (2006), PyTorch's start",
        "best of six, Adam 0.001: 0.736 to 0.21 in 200 steps, a guess has 0.3",
    ),
    Exhibit(
        "real_nvp",
        RealNVP,
        normal(16, 8),
        density(8),
        "healthy",
        "Dinh et al. (2017)",
        "trains, Adam 0.001: 8.49 to 3.83 in 21 steps, a guess has 8.5",
    ),
    Exhibit(
        "flow_likelihood",
        likelihood,
        normal(16, 8),
        own_loss(normal(64, 8), 8.5),
        "healthy",
        "Dinh et al. (2017), loss inside",
        "trains, Adam 0.001: 8.49 to 3.83 in 21 steps, a guess has 8.5",
    ),
    Exhibit(
        "nerf",
        NeRF,
        uniform(64, 3),
        waves(3, 3),
        "healthy",
        "Mildenhall et al. (2020)",
        "trains, Adam 0.01: 1.02 to 0.498 in 107 steps, a guess has 1",
    ),
    Exhibit(
        "siren",
        siren,
        uniform(64, 2),
        waves(2),
        "healthy",
        "Sitzmann (2020)",
        "trains, Adam 0.001: 1.01 to 0.402 in 20 steps, a guess has 1",
    ),
    Exhibit(
        "pinn",
        pinn,
        uniform(64, 2),
        waves(2),
        "healthy",
        "Raissi et al. (2019)",
        "trains, Adam 0.001: 1.08 to 0.476 in 132 steps, a guess has 1",
    ),
    Exhibit(
        "neural_ode",
        NeuralODE,
        normal(16, 64),
        pixels(),
        "healthy",
        "Chen et al. (2018)",
        "trains, Adam 0.001: 2.32 to 1.13 in 63 steps, a guess has 2.3",
    ),
    Exhibit(
        "diffusion_unet",
        NoiseUNet,
        together(normal(8, 1, 16, 16), normal(8)),
        noise_of_digits(16),
        "healthy",
        "Ho et al. (2020)",
        "trains, Adam 0.001: 1.07 to 0.497 in 27 steps, a guess has 1",
    ),
    Exhibit(
        "fno",
        FNO,
        normal(16, 1, 32),
        shifted(32),
        "healthy",
        "Li et al. (2021)",
        "trains, Adam 0.001: 1.01 to 0.474 in 20 steps, a guess has 1",
    ),
    Exhibit(
        "capsules",
        Capsules,
        normal(8, 1, 17, 17),
        digits(17, 1),
        "healthy",
        "Sabour et al. (2017)",
        "trains, Adam 0.001: 2.3 to 1.1 in 38 steps, a guess has 2.3",
    ),
]
