"""A hook that speaks up when the gradients of a run start to vanish or explode.

How a network starts, ``probe`` tells before the first step. This looks on afterwards,
at what is there anyway: the gradients of the weights, after the backward pass and
before the step. It compares a run with its own beginning and with its own recent past,
because gradients of different layers have different sizes in healthy networks too, and
all of them shrink as a network learns.
"""

import logging
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.hooks import RemovableHandle

from helpers.signals.wording import Kind
from helpers.words import say

# A gradient is called exploding when it is so many times as long as it lately was. Of
# 132 networks of the zoo that train, VGG-16 comes nearest in its first 100 steps, where
# it leaves a plateau, with 120.
LOUD = 1000.0
FAINT = 0.01  # the part of its first share at which a layer's gradient has vanished
BEGINNING = 10  # looks that say what a layer's share of the gradient is at first
PATIENCE = 10  # looks in a row in which a share is far below that
RECENT = 50  # looks that say how long the gradient usually is


@dataclass(frozen=True)
class Alarm:
    """What a run began to do: at which step, counted from 1, where, and in words."""

    step: int
    kind: Kind
    layer: str
    text: str

    def __str__(self) -> str:
        return self.text


class Monitor:
    """Looks at a model's gradients once a step, and speaks up when they go wrong.

    *Exploding*: a gradient that is not finite, or 1000 times as long as the median
    of the 50 before it. *Vanishing*: the share of a layer in the whole gradient stays
    below a hundredth of what it was in the first ten steps, for ten steps in a row, or
    is exactly 0 for as long. Of each layer each is said once.

    What a model computes is left alone. A look costs a pass over the gradients, as
    clipping does, and one number for each weight. Call ``look`` between the backward
    pass and the step, after gradients are unscaled and before they are clipped; or
    ``attach`` it to the optimizer once.

    Args:
        model: whose weights, parameters of two dimensions and more, are looked at.
        tell: gets each alarm; None hands it to ``logging`` as a warning.

    Attributes:
        step: how many looks there were.
        alarms: all that was said so far.

    >>> from torch import nn
    >>> model = nn.Linear(2, 1)
    >>> monitor = Monitor(model, tell=lambda alarm: print(alarm.kind, alarm.layer))
    >>> model.weight.grad = torch.full((1, 2), torch.nan)
    >>> alarms = monitor.look()
    exploding weight
    """

    def __init__(
        self, model: nn.Module, tell: Callable[[Alarm], object] | None = None
    ) -> None:
        if not isinstance(model, nn.Module):
            raise TypeError(
                f"model must be a torch.nn.Module, got {type(model).__name__}"
            )
        self.model = model
        self.tell = tell or _warn
        self.step = 0
        self.alarms: list[Alarm] = []
        self._recent: deque[float] = deque(maxlen=RECENT)
        self._layers: dict[str, _Layer] = {}

    def attach(self, optimizer: Optimizer) -> RemovableHandle:
        """Look before each step of an optimizer; the handle's ``remove`` ends that."""

        def before(*step: object) -> None:
            self.look()

        return optimizer.register_step_pre_hook(before)

    @torch.no_grad()
    def look(self) -> list[Alarm]:
        """Look at the gradients that are there now; returns what is new."""
        self.step += 1
        lengths = _lengths(self.model)
        new = list(filter(None, [self._exploding(lengths), *self._vanishing(lengths)]))
        self.alarms += new
        for alarm in new:
            self.tell(alarm)
        return new

    def _exploding(self, lengths: dict[str, float]) -> Alarm | None:
        """A gradient that is no number, or far longer than it was lately."""
        total = math.hypot(*lengths.values())
        usual = median(self._recent) if len(self._recent) >= BEGINNING else math.inf
        if not math.isfinite(total):
            # Backward the last layers come first.
            worst = [n for n, size in lengths.items() if not math.isfinite(size)][-1]
            return self._once(
                worst,
                Kind.EXPLODING,
                say(
                    "step {step}: exploding: the gradient is no longer finite at "
                    "{layer}",
                    step=self.step,
                    layer=worst,
                ),
            )
        self._recent.append(total)
        if total <= LOUD * usual:
            return None
        worst = max(lengths, key=lambda name: lengths[name])
        return self._once(
            worst,
            Kind.EXPLODING,
            say(
                "step {step}: exploding: the gradient is {factor} times as long as it "
                "lately was, most of it at {layer}",
                step=self.step,
                layer=worst,
                factor=f"{total / usual:.2g}" if usual else "inf",
            ),
        )

    def _vanishing(self, lengths: dict[str, float]) -> list[Alarm | None]:
        """Layers that get ever less of the gradient."""
        total = math.hypot(*lengths.values())
        if not 0 < total < math.inf:
            return []
        return [self._shrinking(name, size / total) for name, size in lengths.items()]

    def _shrinking(self, name: str, share: float) -> Alarm | None:
        layer = self._layers.setdefault(name, _Layer([]))
        if share > 0 and len(layer.first) < BEGINNING:
            layer.first.append(share)
        usual = median(layer.first) if len(layer.first) == BEGINNING else 0.0
        is_low = share == 0 or share < usual * FAINT
        layer.low = layer.low + 1 if is_low else 0
        if layer.low < PATIENCE:
            return None
        if share == 0:
            text = say(
                "step {step}: vanishing: the gradient at {layer} has been exactly 0 "
                "for {count} steps",
                step=self.step,
                layer=name,
                count=layer.low,
            )
        else:
            text = say(
                "step {step}: vanishing: {layer} gets {factor} of the share of the "
                "gradient that it had at first, and less than a hundredth for {count} "
                "steps",
                step=self.step,
                layer=name,
                factor=f"{share / usual:.2g}",
                count=layer.low,
            )
        return self._once(name, Kind.VANISHING, text)

    def _once(self, layer: str, kind: Kind, text: str) -> Alarm | None:
        if any((a.layer, a.kind) == (layer, kind) for a in self.alarms):
            return None
        return Alarm(self.step, kind, layer, text)


@dataclass
class _Layer:
    """The shares of the gradient that a layer had at first; how long it has less."""

    first: list[float]
    low: int = 0


def _lengths(model: nn.Module) -> dict[str, float]:
    """The length of each weight's gradient, by the layer's name; all at once."""
    gradients = {
        name.removesuffix(".weight"): p.grad
        for name, p in model.named_parameters()
        if p.grad is not None and p.dim() > 1
    }
    if not gradients:
        return {}
    lengths = [_length(gradient) for gradient in gradients.values()]
    return dict(zip(gradients, torch.stack(lengths).tolist(), strict=True))


def _length(gradient: Tensor) -> Tensor:
    if gradient.is_sparse:
        gradient = gradient.coalesce().values()
    length = torch.linalg.vector_norm(gradient, dtype=_wide(gradient.dtype))
    return length.double().cpu()


def _wide(dtype: torch.dtype) -> torch.dtype:
    """A format in which squares of a gradient's numbers can be added."""
    if dtype.is_complex:
        return torch.complex128
    return torch.float32 if dtype.itemsize < 4 else dtype


def _warn(alarm: Alarm) -> None:
    logging.getLogger(__name__).warning(alarm.text)
