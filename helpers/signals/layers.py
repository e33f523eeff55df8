"""What may enter a layer, and what an output sends back. No lesson needs this."""

import torch
from torch import Generator, Tensor, nn

from helpers.signals.errors import ProbeTypeError, ProbeValueError

LAYERS = (nn.Linear, nn.modules.conv._ConvNd)  # PyTorch has no public name for all


def check_input(name: str, layer: nn.Linear, h: Tensor) -> None:
    """Raise unless h can enter a linear layer.

    Raises:
        ProbeValueError: the wrong number of inputs.
        ProbeTypeError: another number format than the layer's.
    """
    if h.dim() < 2 or h.shape[-1] != layer.in_features:
        raise wrong_shape(name, layer.in_features, "inputs (last dimension)", h)
    if h.dtype != layer.weight.dtype:
        raise wrong_format(name, layer.weight, h)


def wrong_shape(name: str, count: int, what: str, h: Tensor) -> ProbeValueError:
    """What is wrong with something that is too wide or too narrow for a layer."""
    return ProbeValueError(
        f"layer {name!r} takes {count} {what}, got a tensor of shape {tuple(h.shape)}"
    )


def wrong_format(name: str, weight: Tensor, h: Tensor) -> ProbeTypeError:
    """What is wrong with numbers of another format than a layer's."""
    return ProbeTypeError(
        f"layer {name!r} computes in {weight.dtype}, got {h.dtype} numbers"
    )


def cotangent_of(output: Tensor, given: Tensor | None, generator: Generator) -> Tensor:
    """What to send back from an output: what is given, else standard normal numbers.

    A single number, such as a loss, is not one of several: it gets a 1.

    Raises:
        ProbeValueError: what is given has another shape than the output.
    """
    if given is None and output.dim() == 0:
        return torch.ones_like(output)
    if given is None:
        v = torch.randn(output.shape, generator=generator, dtype=torch.float64)
        return v.to(output)
    if given.shape != output.shape:
        raise ProbeValueError(
            f"cotangent must have the output's shape {tuple(output.shape)}, "
            f"got {tuple(given.shape)}"
        )
    return given.to(output)
