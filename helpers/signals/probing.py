"""The probe: one run forward and one backward, every layer measured."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn.parameter import is_lazy

from helpers.checks import fresh
from helpers.signals.chain import plain_chain, probe_chain
from helpers.signals.errors import ProbeTypeError, ProbeValueError
from helpers.signals.modules import probe_module
from helpers.signals.outputs import found_in, without_inference
from helpers.signals.signal import Signal

Inputs = Tensor | Sequence[Any] | Mapping[str, Any]


def probe(
    model: nn.Module,
    x: Inputs,
    *,
    cotangent: Tensor | None = None,
    generator: Generator | None = None,
) -> Signal:
    """Measure every layer of a model, both ways.

    Runs the model once forward on ``x`` and once backward from ``cotangent``. The
    model is left as it was: weights, gradients, batch-norm statistics and the global
    random state do not change. Train or eval mode is the caller's choice.

    A layer is wherever a parameter, or what is computed from parameters alone,
    multiplies the signal: a linear or convolutional module, ``x @ W``, an einsum, a
    stack of experts. One that runs twice has two entries. What ``nn.LSTM`` multiplies
    by cannot be seen; ``Signal.unmeasured`` names it, ``unroll_`` makes layers of it.
    ``torch.compile`` and checkpoints are left out for the while.

    Args:
        model: any module that returns a float tensor, or any number of them in tuples,
            lists, dicts and dataclasses; a loss too. A gradient enters at each that no
            other was computed from.
        x: a batch, shape (batch, ...), batch at least 2: statistics over one input
            say nothing about inputs becoming alike. A tuple if the model takes
            several, a dict if it takes them by name; what is in them may be nested.
        cotangent: dLoss/d(first output), the shape of that output, and no gradient
            at others; None draws one for each from the standard normal distribution
            (a single number, such as a loss, gets a 1).
        generator: source of that draw and of dropout; None means seed 0.

    Returns:
        A ``Signal``.

    Raises:
        TypeError: ``model`` is no module, ``x`` or ``cotangent`` no tensor, or the
            output no float tensor.
        ValueError: a batch of one, an input that does not fit, a model in which no
            weight multiplies anything, a lazy layer without a shape yet, weights on
            the meta device or of a script, a cotangent of another shape.

    Source:
        Glorot & Bengio (2010), section 4.2, measure the same sizes.

    >>> import torch
    >>> from helpers.networks import mlp
    >>> probe(mlp(3, 64, "linear", "orthogonal"), torch.randn(8, 64)).names
    ('0', '2', '4')
    """
    _check(model, x, cotangent)
    generator = fresh(generator)
    with torch.inference_mode(False):
        x = without_inference(x)
        if isinstance(x, Tensor):
            chain = plain_chain(model, x)
            if chain:
                return probe_chain(chain, x, cotangent, generator)
            x = (x,)
        return probe_module(model, x, cotangent, generator)


def _check(model: object, x: object, cotangent: object) -> None:
    """Raise unless all this can be measured."""
    if not isinstance(model, nn.Module):
        raise ProbeTypeError(
            f"model must be a torch.nn.Module, got {type(model).__name__}"
        )
    _check_inputs(x)
    _check_weights(model)
    if cotangent is not None and not isinstance(cotangent, Tensor):
        raise ProbeTypeError(
            f"cotangent must be a tensor, got {type(cotangent).__name__}"
        )


def _check_inputs(x: object) -> None:
    """Raise unless there is a batch of several inputs."""
    if not isinstance(x, Tensor | tuple | list | Mapping):
        raise ProbeTypeError(f"x must be a tensor, got {type(x).__name__}")
    batches = list(found_in(x))
    if not batches:
        raise ProbeTypeError(
            f"x must be a tensor, or have one in it; got {type(x).__name__}"
        )
    if not any(b.dim() > 1 and len(b) > 1 for b in batches):
        raise ProbeValueError(
            "x must be a batch of at least 2 inputs, got shape "
            f"{tuple(batches[0].shape)}"
        )


def _check_weights(model: nn.Module) -> None:
    """Raise unless a model has weights with values that can be looked at."""
    name = type(model).__name__
    if any(isinstance(m, torch.jit.ScriptModule) for m in model.modules()):
        raise ProbeValueError(
            f"{name} is compiled to TorchScript, which nothing can look into: probe "
            "the module that it was made of"
        )
    weights = dict(model.named_parameters())
    if not weights:
        raise ProbeValueError(f"{name} has no weights: nothing to probe")
    for where, p in weights.items():
        if is_lazy(p):
            raise ProbeValueError(
                f"{where} has no shape yet: call the model once, then probe"
            )
        if p.is_meta:
            raise ProbeValueError(f"{where} is on the meta device: it has no values")
        if p.is_inference():
            raise ProbeValueError(
                f"{where} was made in inference mode and takes no gradient"
            )
