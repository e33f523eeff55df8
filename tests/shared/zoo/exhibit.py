"""What a row of the zoo says of a network, and the inputs that networks take."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from tests.shared.zoo.tasks import Task

KINDS = {"exploding", "vanishing", "collapsed inputs", "symmetric", "dead"}

Inputs = Callable[[Generator], tuple[Tensor, ...]]


@dataclass(frozen=True)
class Exhibit:
    """A network with its published start, and what is known of it.

    Attributes:
        make: the model, drawn with torch's global generator, as libraries do.
        inputs: a batch of noise or of evenly drawn tokens, as the audit makes it.
        task: what ``evidence`` trains it on.
        expected: "healthy"; "hint", a remarkable number in a network that trains; or
            "ill".
        kinds: of an ill one, each word that would be a true complaint.
        source: who described it, or reported it.
        evidence: what training showed: see ``evidence``.
    """

    name: str
    make: Callable[[], nn.Module]
    inputs: Inputs
    task: Task
    expected: str
    source: str
    evidence: str = ""
    kinds: frozenset[str] = frozenset()


# Inputs -------------------------------------------------------------------------------


def normal(*shape: int) -> Inputs:
    """Standard normal noise."""
    return lambda generator: (torch.randn(*shape, generator=generator),)


def uniform(*shape: int) -> Inputs:
    """Coordinates between -1 and 1."""
    return lambda generator: (2 * torch.rand(*shape, generator=generator) - 1,)


def tokens(vocabulary: int, *shape: int) -> Inputs:
    """Tokens, drawn evenly."""
    return lambda generator: (torch.randint(vocabulary, shape, generator=generator),)


def together(*parts: Inputs) -> Inputs:
    """The inputs of a model that takes several."""
    return lambda generator: sum((part(generator) for part in parts), ())
