"""The probe: one run forward and one backward, every layer measured."""

from torch import Generator, Tensor, nn
from torch.nn.parameter import is_lazy

from helpers.checks import fresh
from helpers.signals.chain import plain_chain, probe_chain
from helpers.signals.errors import ProbeTypeError, ProbeValueError
from helpers.signals.layers import LAYERS
from helpers.signals.modules import probe_module
from helpers.signals.signal import Signal


def probe(
    model: nn.Module,
    x: Tensor | tuple[Tensor, ...],
    *,
    cotangent: Tensor | None = None,
    generator: Generator | None = None,
) -> Signal:
    """Measure every linear and convolutional layer of a model, both ways.

    Runs the model once forward on ``x`` and once backward from ``cotangent``. The
    model is left as it was: weights, gradients, batch-norm statistics and the global
    random state do not change. Train or eval mode is the caller's choice. Layers are
    ``nn.Linear`` and ``nn.Conv*`` modules (subclasses too) that run; one that runs
    twice has two entries. What ``nn.LSTM`` or ``nn.MultiheadAttention`` multiply by
    is no layer; ``Signal.unmeasured`` names it, ``unroll_`` makes layers of it.

    Args:
        model: any module that returns a float tensor, or a tuple, list, dict or
            dataclass whose first float tensor counts.
        x: a batch, shape (batch, ...), batch at least 2: statistics over one input
            say nothing about inputs becoming alike. A tuple of batches if the model
            takes several.
        cotangent: dLoss/d(output), the shape of the output; None draws it
            from the standard normal distribution.
        generator: source of that draw and of dropout; None means seed 0.

    Returns:
        A ``Signal``.

    Raises:
        TypeError: ``model`` is no module, ``x`` or ``cotangent`` no tensor, or the
            output no float tensor.
        ValueError: a batch of one, an input that does not fit, no linear or
            convolutional layer, a lazy layer without a shape yet, a cotangent of
            another shape.

    Source:
        Glorot & Bengio (2010), section 4.2, measure the same sizes.

    >>> from helpers.networks import mlp
    >>> probe(mlp(3, 64, "linear", "orthogonal"), torch.randn(8, 64)).names
    ('0', '2', '4')
    """
    _check(model, x, cotangent)
    generator = fresh(generator)
    if isinstance(x, tuple):
        return probe_module(model, x, cotangent, generator)
    chain = plain_chain(model, x)
    if chain:
        return probe_chain(chain, x, cotangent, generator)
    return probe_module(model, (x,), cotangent, generator)


def _check(model: object, x: object, cotangent: object) -> None:
    """Raise unless all this can be measured."""
    if not isinstance(model, nn.Module):
        raise ProbeTypeError(
            f"model must be a torch.nn.Module, got {type(model).__name__}"
        )
    for batch in x if isinstance(x, tuple) and x else (x,):
        if not isinstance(batch, Tensor):
            raise ProbeTypeError(f"x must be a tensor, got {type(batch).__name__}")
        if batch.dim() < 2 or batch.shape[0] < 2:
            raise ProbeValueError(
                "x must be a batch of at least 2 inputs, got shape "
                f"{tuple(batch.shape)}"
            )
    if not any(isinstance(m, LAYERS) for m in model.modules()):
        raise ProbeValueError(
            f"{type(model).__name__} has no linear or convolutional layer to probe"
        )
    lazy = [n for n, p in model.named_parameters() if is_lazy(p)]
    if lazy:
        raise ProbeValueError(
            f"{lazy[0]} has no shape yet: call the model once, then probe"
        )
    if cotangent is not None and not isinstance(cotangent, Tensor):
        raise ProbeTypeError(
            f"cotangent must be a tensor, got {type(cotangent).__name__}"
        )
