"""The loss before the first step, beside that of a guess. No lesson needs this."""

import math
from collections.abc import Iterable

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from helpers.signals.audit import Batch, probing
from helpers.signals.errors import AuditError, said
from helpers.signals.factories import find
from helpers.signals.outputs import called, found_in
from helpers.signals.signal import Signal
from helpers.words import say

IGNORED = -100  # as in torch.nn.functional.cross_entropy


@torch.no_grad()
def first_loss(
    model: nn.Module,
    inputs: Batch,
    signal: Signal,
    classes: int | None = None,
    targets: Tensor | None = None,
    seed: int = 0,
) -> list[str]:
    """What the loss is before the first step, and why, if it is far from a guess's.

    Args:
        model: it returns logits, for each input or for each place of one.
        inputs: what it is called with.
        signal: what the probe measured in it.
        classes: how many logits a place has; None means as many as the targets' have.
        targets: the class at each place, -100 where there is none; None draws them
            evenly.
        seed: of that draw.

    Raises:
        AuditError: no output has so many logits or places, or a target is no class.
    """
    with probing(model, inputs):
        outputs = list(found_in(called(model, inputs)))
    logits = logits_in(outputs, classes, targets)
    known = targets is not None
    targets = checked(logits, drawn(logits, seed) if targets is None else targets)
    loss = F.cross_entropy(logits, targets, ignore_index=IGNORED).item()
    guess = math.log(logits.shape[1])
    fields = {
        "loss": f"{loss:.3g}",
        "guess": f"{guess:.3g}",
        "classes": logits.shape[1],
        "spread": f"{logits.std(-1, correction=0).mean().item():.2g}",
        "known": f"{_entropy(targets):.3g}",
    }
    notes = [_compared(loss > 2 * guess, fields)]
    if known:
        notes.append(
            say(
                "note: a guess that knows how often each of these targets comes has "
                "{known}",
                **fields,
            )
        )
    if loss > 2 * guess:
        notes += _cause(model, signal, logits.shape[1])
    return notes


def _compared(far: bool, fields: dict[str, object]) -> str:
    # A loss of twice a guess takes logits of a spread near 2.
    if far:
        return say(
            "note: the first loss is {loss}, and a guess among {classes} classes has "
            "{guess}: the logits begin with a spread of {spread}, where it is well "
            "below 1 in a network that does not know yet",
            **fields,
        )
    return say(
        "note: the first loss is {loss}, a guess among {classes} classes has {guess}",
        **fields,
    )


def _entropy(targets: Tensor) -> float:
    """The loss of a guess that knows the classes' frequencies, in nats."""
    counts = targets[targets != IGNORED].bincount().double()
    share = counts[counts > 0] / counts.sum()
    return -(share * share.log()).sum().item()


def _cause(model: nn.Module, signal: Signal, classes: int) -> list[str]:
    """What makes the logits large: a head whose weights are, or a table that is one."""
    name = signal.names[-1]
    weights = dict(model.named_parameters(remove_duplicate=False))
    head = weights.get(f"{name}.weight", weights.get(name))
    if head is None or classes not in head.shape:
        return []
    fan_in = head.numel() // classes
    rms = head.detach().double().square().mean().sqrt().item()
    if rms * fan_in**0.5 < 2:
        return []
    tables = [
        place
        for place, module in model.named_modules()
        if isinstance(module, nn.Embedding) and module.weight is head
    ]
    fields = {"rms": f"{rms:.2g}", "even": f"{fan_in**-0.5:.2g}", "fan_in": fan_in}
    if tables:
        return [
            say(
                "note: the likely cause: {table} is a table and the head at once, and "
                "its numbers have a root mean square of {rms}; {even}, one over the "
                "root of {fan_in}, would do for a head",
                table=tables[0],
                **fields,
            )
        ]
    return [
        say(
            "note: the likely cause: the weights of the head, {name}, have a root mean "
            "square of {rms}; {even}, one over the root of {fan_in}, would do",
            name=name,
            **fields,
        )
    ]


# Logits and targets -------------------------------------------------------------------


def logits_in(
    outputs: Iterable[Tensor], classes: int | None, targets: Tensor | None
) -> Tensor:
    """The first output with logits of so many classes, as (places, classes), float64.

    Raises:
        AuditError: there is none.
    """
    outputs = list(outputs)
    for t in outputs:
        if not t.is_floating_point() or t.dim() < 2:
            continue
        for logits in (t, t.movedim(1, -1)):  # the last dimension, or channels
            places = targets is None or logits.shape[:-1] == targets.shape
            if places and logits.shape[-1] == (classes or logits.shape[-1]):
                return logits.double().flatten(0, -2)
    shapes = " and ".join(str(tuple(t.shape)) for t in outputs)
    what = f"{classes} logits" if classes else "logits"
    if targets is not None:
        what += f" for targets of shape {tuple(targets.shape)}"
    raise AuditError(f"no output has {what}: {shapes}")


def drawn(logits: Tensor, seed: int) -> Tensor:
    """Targets, drawn evenly, shape (places,)."""
    places, classes = logits.shape
    generator = Generator().manual_seed(seed + 1)  # other numbers than the inputs'
    return torch.randint(classes, (places,), generator=generator)


def checked(logits: Tensor, targets: Tensor) -> Tensor:
    """Targets of shape (places,), where logits are.

    Raises:
        AuditError: one of them is no class, or none is there.
    """
    targets = targets.detach().to(logits.device).long().flatten()
    there = targets[targets != IGNORED]
    classes = logits.shape[1]
    if not len(there):
        raise AuditError(f"every target is {IGNORED}, which means none")
    if there.min() < 0 or there.max() >= classes:
        raise AuditError(
            f"targets must be from 0 to {classes - 1}, got {there.min().item()} to "
            f"{there.max().item()}"
        )
    return targets


def targets_at(where: str) -> Tensor:
    """Targets from ``module:name``: a tensor or list, or a function that returns one.

    Raises:
        AuditError: nothing there, or no whole numbers.
    """
    found = find(where)
    if callable(found) and not isinstance(found, Tensor):
        with said(f"{where} raised"):
            found = found()
    with said(f"{where} holds no targets:"):
        targets = torch.as_tensor(found)
    if targets.dtype.is_floating_point or targets.dtype.is_complex:
        raise AuditError(
            f"targets must be whole numbers, {where} has {targets.dtype} ones"
        )
    return targets
