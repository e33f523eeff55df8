"""Whether a network starts well, as a test asks it. No lesson needs this."""

import copy
from collections.abc import Callable, Collection

import torch
from torch import nn

from helpers.checks import check_count
from helpers.signals.probing import Inputs, probe
from helpers.signals.signal import Signal
from helpers.signals.unroll import unroll_
from helpers.signals.verdict import Outcome
from helpers.signals.wording import Kind


def assert_healthy(
    make: nn.Module | Callable[[], nn.Module],
    x: Inputs,
    *,
    seeds: int = 1,
    allow: Collection[str] = (),
) -> None:
    """Fail with the verdict's words unless a network starts well.

    Args:
        make: a factory, called once for each seed; or a model, which is left as it is.
        x: a batch, as ``probe`` takes it.
        seeds: how many draws of the factory, from seed 0 on, at least 1.
        allow: what is no failure: kinds of complaint, such as "collapsed inputs", and
            "unjudged", too little to tell.

    Raises:
        AssertionError: something is wrong, or too little could be measured to tell.
        ValueError: several seeds for a model that is drawn already, or an unknown word.
        TypeError: ``make`` returns no model.

    >>> from helpers.networks import mlp
    >>> x = torch.randn(8, 64, generator=torch.Generator().manual_seed(0))
    >>> assert_healthy(mlp(3, 64, "linear", "orthogonal"), x)
    """
    __tracebackhide__ = True  # in pytest, the failure is the test's
    known = {*map(str, Kind), str(Outcome.UNJUDGED)}
    if not known >= set(allow):
        wrong = min(set(allow) - known)
        raise ValueError(f"allow must be of {', '.join(sorted(known))}, got {wrong!r}")
    check_count("seeds", seeds)
    if isinstance(make, nn.Module) and seeds > 1:
        raise ValueError("a model has one draw: give a factory to try several seeds")
    for seed in range(seeds):
        signal = _drawn(make, x, seed)
        kinds = {str(complaint.kind) for complaint in signal.complaints()}
        unjudged = signal.outcome == Outcome.UNJUDGED
        if kinds - set(allow) or unjudged and "unjudged" not in allow:
            of = f"seed {seed}: " if seeds > 1 else ""
            raise AssertionError(of + signal.verdict())


def _drawn(make: nn.Module | Callable[[], nn.Module], x: Inputs, seed: int) -> Signal:
    if isinstance(make, nn.Module):
        return probe(unroll_(copy.deepcopy(make)), x)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = make()
        if not isinstance(model, nn.Module):
            raise TypeError(f"make returned no nn.Module but {type(model).__name__}")
        return probe(unroll_(model), x)
