"""The coordinate check as it is asked for in a shell. No lesson needs this."""

import argparse
from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer

from helpers.signals.audit import probing
from helpers.signals.errors import AuditError, said
from helpers.signals.factories import find, model_for
from helpers.signals.first_loss import (
    IGNORED,
    checked,
    drawn,
    logits_in,
    targets_at,
)
from helpers.signals.inputs import batch_for
from helpers.signals.outputs import found_in
from helpers.signals.widths import Coordinates, adam, coordinate_check


def by_width(wanted: argparse.Namespace) -> Coordinates:
    """The coordinate check of a factory that takes the width.

    The loss is the cross-entropy if classes or targets are asked for, else the model's
    own if it returns a single number, else the mean square of the difference from
    normal targets.

    Raises:
        AuditError: the models cannot be made, called or trained.
    """
    name, widths = wanted.widths

    def make(width: int) -> nn.Module:
        return model_for(wanted, **{name: width})

    with torch.random.fork_rng():
        torch.manual_seed(wanted.seed)
        first = make(widths[0])
    batch = batch_for(first, wanted.input_shape, wanted.batch, wanted.seed)
    targets = targets_at(wanted.targets) if wanted.targets else None
    optimizer = _optimizer_at(wanted.optimizer) if wanted.optimizer else adam
    with probing(first, batch):
        return coordinate_check(
            make,
            widths,
            batch,
            _loss_for(wanted.classes, targets, wanted.seed),
            optimizer=optimizer,
            seeds=range(wanted.seed, wanted.seed + (wanted.seeds or 4)),
        )


def _loss_for(
    classes: int | None, targets: Tensor | None, seed: int
) -> Callable[[Any], Tensor]:
    """The loss of what a model returns; the same targets each time."""

    def loss(output: Any) -> Tensor:
        outputs = list(found_in(output))
        if classes or targets is not None:
            logits = logits_in(outputs, classes, targets)
            at = drawn(logits, seed) if targets is None else targets
            return F.cross_entropy(logits, checked(logits, at), ignore_index=IGNORED)
        first = next((t for t in outputs if t.is_floating_point()), None)
        if first is None:
            raise AuditError("the model returns no float tensor to compute a loss from")
        if first.numel() == 1:
            return first.sum()
        generator = Generator().manual_seed(seed + 1)
        target = torch.randn(first.shape, generator=generator).to(first)
        return F.mse_loss(first, target)

    return loss


def _optimizer_at(where: str) -> Callable[[nn.Module], Optimizer]:
    """The function at ``module:name``, from a model to its optimizer."""
    make = find(where)

    def optimizer(model: nn.Module) -> Optimizer:
        with said(f"{where} raised"):
            made = make(model)
        if not isinstance(made, Optimizer):
            raise AuditError(f"{where} returned no optimizer but {type(made).__name__}")
        return made

    return optimizer
