"""What a model is given and what it returns, in whatever form. No lesson needs this."""

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

PLAIN = (str, bytes, int, float, complex, bool, type(None), torch.dtype, torch.device)


def found_in(values: Any, depth: int = 6) -> Iterator[Tensor]:
    """The tensors in nested tuples, lists, dicts, dataclasses and other objects."""
    if isinstance(values, Tensor):
        yield values
        return
    if depth == 0 or isinstance(values, PLAIN) or isinstance(values, type):
        return
    parts: Any = getattr(values, "__dict__", {}).values()
    if isinstance(values, Mapping):
        parts = values.values()
    elif isinstance(values, tuple | list):
        parts = values
    for part in parts:
        yield from found_in(part, depth - 1)


def called(model: nn.Module, inputs: Any) -> Any:
    """What a model returns for inputs: a tuple, or by name a mapping."""
    return model(**inputs) if isinstance(inputs, Mapping) else model(*inputs)


def ends(output: Any) -> list[Tensor]:
    """The outputs that have a slope, and that no other output was computed from.

    A transformer may return all its hidden states: a gradient sent into each of them
    would hide that none of it comes through.
    """
    slopes = [t for t in found_in(output) if t.requires_grad and t.grad_fn is not None]
    slopes = list({id(t): t for t in slopes}.values())
    below = _below([t.grad_fn for t in slopes])
    return [t for t in slopes if t.grad_fn not in below] or slopes[:1]


def _below(nodes: list[Any]) -> set[Any]:
    """Every node of the graph that some of these were computed from."""
    if len(nodes) < 2:
        return set()
    seen: set[Any] = set()
    waiting = [node for start in nodes for node, _ in start.next_functions]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            waiting += [following for following, _ in node.next_functions]
    return seen


def without_inference(values: Any) -> Any:
    """Inputs with copies of the tensors that ``torch.inference_mode`` has made."""
    if isinstance(values, Tensor):
        return values.clone() if values.is_inference() else values
    if isinstance(values, Mapping):
        return {key: without_inference(part) for key, part in values.items()}
    if type(values) in (tuple, list):
        return type(values)(map(without_inference, values))
    return values
