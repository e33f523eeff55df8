"""What tests of the probe share: an oracle without hooks, and models it can look at."""

import copy

import torch
from torch import nn
from torch.nn import functional as F

from helpers.activations import ACTIVATIONS
from helpers.signals import (
    LAYERS,
    probe,
)
from helpers.signals.modules import probe_module
from tests.shared.seeds import seeded

NAMES = list(ACTIVATIONS)


EPS = {t: torch.finfo(t).eps for t in (torch.float16, torch.float32, torch.float64)}


TENSORS = (
    "q",
    "h_mean",
    "h2",
    "unit_var",
    "grad2",
    "weight_grad2",
    "saturated",
    "dead",
    "unit_spread",
)


def normal(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=seeded(seed), dtype=torch.float64).to(dtype)


def drawn(make, seed=0, dtype=torch.float64):
    """A model with the weights that PyTorch gives it, from a seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make().to(dtype)


def general(model, x, *, cotangent=None):
    """The probe without its short cut for plain chains."""
    return probe_module(model, (x,), cotangent, seeded())


def images(seed, size=16, batch=16):
    return torch.randn(batch, 3, size, size, generator=seeded(100 + seed))


def sequences(seed, steps=12):
    return torch.randn(16, steps, 8, generator=seeded(100 + seed))


def tokens(seed):
    return torch.randint(50, (16, 16), generator=seeded(100 + seed))


# The oracle: layers report to ``see``, and autograd goes back -------------------------


def silent(name, layer, h):
    return layer(h)


class Witness:
    """Runs a layer and keeps what entered it and what came out."""

    def __init__(self):
        self.names, self.layers, self.inputs, self.outputs = [], [], [], []

    def __call__(self, name, layer, h):
        self.names.append(name)
        self.layers.append(layer)
        # Copied: an in-place activation may overwrite them.
        self.inputs.append(h.detach().clone())
        z = layer(h)
        self.outputs.append(z)
        return z * 1  # so that what follows cannot overwrite z


def witnessed(model, x, cotangent):
    """The promised statistics, by their definitions, without hooks."""
    model = copy.deepcopy(model)
    for p in model.parameters():
        p.requires_grad_()
    see = Witness()
    with torch.random.fork_rng(devices=[]):
        out = model(x, see)
    weights = [layer.weight for layer in see.layers]
    z = see.outputs
    gradients = torch.autograd.grad(out, z + weights, cotangent.to(out))
    to_z, to_W = gradients[: len(z)], gradients[len(z) :]
    entering = [*see.inputs[1:], out.detach()]

    def unit_dim(layer):
        return -1 if isinstance(layer, nn.Linear) else 1

    def dead(h, layer):
        return (h.transpose(unit_dim(layer), 0).flatten(1) == 0).all(1)

    following = [*see.layers[1:], see.layers[-1]]

    def stack(values):
        return torch.stack([v.detach().double() for v in values])

    def spread(z, layer):
        return 1 - z.mean(unit_dim(layer)).square().mean() / z.square().mean()

    return see.names, {
        "q": stack(t.double().square().mean() for t in z),
        "h_mean": stack(h.double().mean() for h in entering),
        "h2": stack(h.double().square().mean() for h in entering),
        "unit_var": stack(t.double().var(0, unbiased=False).mean() for t in z),
        "grad2": stack(t.double().square().mean() for t in to_z),
        "weight_grad2": stack(t.double().square().mean() for t in to_W),
        "dead": stack(
            dead(h, layer).double().mean()
            for h, layer in zip(entering, following, strict=True)
        ),
        "unit_spread": stack(
            spread(t.double(), layer) for t, layer in zip(z, see.layers, strict=True)
        ),
    }


def assert_agrees(signal, names, expected, eps):
    assert list(signal.names) == names
    for key, value in expected.items():
        measured = getattr(signal, key)
        assert measured.dtype == torch.float64 and measured.shape == (len(names),)
        # The same passes with the same arithmetic; sums of up to 1e5 numbers in
        # another order, through tens of operations: a few hundred roundings. A mean
        # and a spread are differences: their error is relative to what was summed.
        scale = {"h_mean": expected["h2"].max() ** 0.5, "unit_spread": 1.0}.get(key, 0)
        torch.testing.assert_close(
            measured, value, rtol=500 * eps, atol=float(50 * eps * scale), msg=key
        )


def check(model, x, seed=1, run=probe):
    out = copy.deepcopy(model)(x).detach()
    cotangent = normal(*out.shape, seed=seed)
    names, expected = witnessed(model, x, cotangent)
    signal = run(model, x, cotangent=cotangent)
    assert_agrees(signal, names, expected, torch.finfo(x.dtype).eps)
    return signal


def assert_same(one, other, exact=False, dtype=torch.float64):
    assert one.names == other.names
    assert one.first_overflow == other.first_overflow
    assert one.first_underflow == other.first_underflow
    # Two orders of the same sums, through a few layers.
    rtol, atol = (0, 0) if exact else (500 * EPS[dtype], 50 * EPS[dtype])
    for key in TENSORS:
        a, b = getattr(one, key), getattr(other, key)
        absolute = atol if key in ("h_mean", "unit_spread", "saturated") else 0
        torch.testing.assert_close(
            a, b, rtol=rtol, atol=absolute, equal_nan=True, msg=key
        )


# Models, written so that a witness can look on ----------------------------------------


class Chain(nn.Sequential):
    """A plain chain that a witness can look at."""

    def forward(self, x, see=silent):
        names = {id(module): name for name, module in self.named_modules()}
        for module in self:
            watched = isinstance(module, LAYERS)
            x = see(names[id(module)], module, x) if watched else module(x)
        return x


class Convolutional(nn.Module):
    def __init__(self, inplace=False):
        super().__init__()
        self.c1, self.n1 = nn.Conv2d(2, 6, 3, padding=1), nn.BatchNorm2d(6)
        self.c2 = nn.Conv2d(6, 4, 3, stride=2, bias=False)
        self.n2, self.phi = nn.BatchNorm2d(4), nn.ReLU(inplace)
        self.out = nn.Linear(4 * 3 * 3, 5)

    def forward(self, x, see=silent):
        x = self.phi(self.n1(see("c1", self.c1, x)))
        x = self.phi(self.n2(see("c2", self.c2, x)))
        return see("out", self.out, x.flatten(1))


class Residual(nn.Module):
    def __init__(self, width=7, blocks=3):
        super().__init__()
        self.up = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(blocks))
        self.down = nn.ModuleList(nn.Linear(2 * width, width) for _ in range(blocks))

    def forward(self, x, see=silent):
        for i, (up, down) in enumerate(zip(self.up, self.down, strict=True)):
            x = x + see(f"down.{i}", down, torch.tanh(see(f"up.{i}", up, x)))
        return x


class Attention(nn.Module):
    """A transformer block with its own projections, pre-norm, two heads."""

    def __init__(self, width=8):
        super().__init__()
        for name in ("q", "k", "v", "o"):
            setattr(self, name, nn.Linear(width, width))
        self.n1, self.n2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, see=silent):
        h = self.n1(x)
        q, k, v = (
            see(name, getattr(self, name), h).unflatten(-1, (2, -1)).transpose(1, 2)
            for name in ("q", "k", "v")
        )
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        x = x + see("o", self.o, mixed)
        return x + see("down", self.down, F.gelu(see("up", self.up, self.n2(x))))


class Tied(nn.Module):
    """One layer that runs twice."""

    def __init__(self):
        super().__init__()
        self.layer, self.out = nn.Linear(6, 6), nn.Linear(6, 2)

    def forward(self, x, see=silent):
        h = F.relu(see("layer", self.layer, x))
        return see("out", self.out, F.relu(see("layer", self.layer, h)))
