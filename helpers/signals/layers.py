"""What the probe calls a layer, and what may go through it. Machinery."""

import torch
from torch import Generator, Tensor, nn

from helpers.signals.errors import ProbeTypeError, ProbeValueError

LAYERS = (nn.Linear, nn.modules.conv._ConvNd)  # PyTorch has no public name for all
Layer = nn.Linear | nn.modules.conv._ConvNd


def unit_dim(layer: nn.Module) -> int:
    """The dimension that counts units: the last, or the channels of a convolution."""
    return -1 if isinstance(layer, nn.Linear) else 1


def check_input(name: str, layer: Layer, h: Tensor) -> None:
    """Raise unless h can enter the layer.

    Raises:
        ProbeValueError: the wrong number of inputs or channels.
        ProbeTypeError: another number format than the layer's.
    """
    if isinstance(layer, nn.Linear):
        count, what = layer.in_features, "inputs (last dimension)"
    else:
        count, what = layer.in_channels, "channels (dimension 1)"
    if h.dim() < 2 or h.shape[unit_dim(layer)] != count:
        raise ProbeValueError(
            f"layer {name!r} takes {count} {what}, "
            f"got a tensor of shape {tuple(h.shape)}"
        )
    dtype = layer.weight.dtype
    if h.dtype != dtype:
        raise ProbeTypeError(
            f"layer {name!r} computes in {dtype}, got {h.dtype} numbers"
        )


def cotangent_of(output: Tensor, given: Tensor | None, generator: Generator) -> Tensor:
    """What to send back from an output: what is given, else standard normal numbers.

    Raises:
        ProbeValueError: what is given has another shape than the output.
    """
    if given is None:
        v = torch.randn(output.shape, generator=generator, dtype=torch.float64)
        return v.to(output)
    if given.shape != output.shape:
        raise ProbeValueError(
            f"cotangent must have the output's shape {tuple(output.shape)}, "
            f"got {tuple(given.shape)}"
        )
    return given.to(output)
