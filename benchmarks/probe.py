"""The probe of a plain network, against its matrix products and other ways to measure.

The products are the floor: whoever runs a network forward and backward computes them.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from benchmarks.timing import Line, Task, compared, race
from helpers.checks import fresh
from helpers.networks import mlp, weights
from helpers.signals import probe
from helpers.signals.modules import probe_module

DEPTH, WIDTH, BATCH = 50, 128, 256
# Gains at which fifty layers neither vanish nor explode: subnormal numbers are slow.
GAINS = {"tanh": 1.0, "relu": 2**0.5}
FORMATS = (torch.float64, torch.float32)


def bare_products(model: nn.Sequential, x: Tensor) -> Task:
    """The three products of each layer, on memory that is there already."""
    W = weights(model)
    hs = [torch.randn_like(x) for _ in W]
    z, delta, back = (torch.randn_like(x) for _ in range(3))
    gradient = torch.empty_like(W[0])

    def run() -> None:
        for w, h in zip(W, hs, strict=True):
            torch.mm(h, w.T, out=z)
        for w, h in zip(reversed(W), reversed(hs), strict=True):
            torch.mm(delta.T, h, out=gradient)
            torch.mm(delta, w, out=back)

    return run


def hooks(model: nn.Sequential, x: Tensor, cotangent: Tensor) -> Task:
    """What tutorials write: hooks on every layer, and ``.std().item()`` in each."""

    def run() -> tuple[list[float], list[float]]:
        forward, backward = [], []

        def on_forward(layer: nn.Module, args: tuple, z: Tensor) -> None:
            forward.append(z.std().item())

        def on_backward(layer: nn.Module, inputs: tuple, outputs: tuple) -> None:
            backward.append(outputs[0].std().item())

        handles = []
        for layer in model:
            if isinstance(layer, nn.Linear):
                handles.append(layer.register_forward_hook(on_forward))
                handles.append(layer.register_full_backward_hook(on_backward))
        model(x.clone().requires_grad_()).backward(cotangent)
        for handle in handles:
            handle.remove()
        model.zero_grad()
        return forward, backward

    return run


def retained(model: nn.Sequential, x: Tensor, cotangent: Tensor) -> Task:
    """Plain autograd that keeps each z's gradient, and the two sizes of each layer."""

    def run() -> list[tuple[Tensor, Tensor]]:
        kept, h = [], x
        for layer in model:
            h = layer(h)
            if isinstance(layer, nn.Linear):
                h.retain_grad()
                kept.append(h)
        h.backward(cotangent)
        model.zero_grad()
        return [(z.detach().square().mean(), z.grad.square().mean()) for z in kept]

    return run


def measure(quick: bool) -> Iterator[Line]:
    """The lines of this part."""
    for activation, gain in GAINS.items():
        for dtype in FORMATS:
            generator = torch.Generator().manual_seed(0)
            model = mlp(DEPTH, WIDTH, activation, gain=gain, generator=generator)
            model.to(dtype)
            x = torch.randn(BATCH, WIDTH, generator=generator, dtype=dtype)
            v = torch.randn(BATCH, WIDTH, generator=generator, dtype=dtype)
            taken = race(
                {
                    "probe": lambda m=model, x=x, v=v: probe(m, x, cotangent=v),
                    "its matrix products alone": bare_products(model, x),
                    "hooks and .std().item()": hooks(model, x, v),
                    "autograd with retain_grad": retained(model, x, v),
                    "probe's way for any module": lambda m=model, x=x, v=v: (
                        probe_module(m, (x,), v, fresh(None))
                    ),
                },
                rounds=10 if quick else 100,
            )
            name = f"probe, {activation}, {str(dtype).removeprefix('torch.')}"
            for other in list(taken)[1:]:
                yield compared(name, taken["probe"], other, taken[other])
