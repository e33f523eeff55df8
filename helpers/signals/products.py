"""Where a weight multiplies a signal: how each operation says it. No lesson needs this.

``read`` knows PyTorch's operations by name, whether they are called as functions, as
methods or by an operator, and says what enters, what multiplies, and how both become
tensors of the shape (inputs, positions, units), or (inputs, channels, positions) for a
convolution.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

Arrange = Callable[[Tensor], Tensor]

CONVOLUTIONS = {f"conv{kind}{d}d" for kind in ("", "_transpose") for d in (1, 2, 3)}
# The names of the two factors of a matrix product; before them may be what is added.
MATRICES: dict[str, tuple[str, ...]] = {
    "matmul": ("input", "other"),
    "__matmul__": ("input", "other"),
    "__rmatmul__": ("other", "input"),
    "mm": ("input", "mat2"),
    "bmm": ("input", "mat2"),
    "mv": ("input", "vec"),
    "addmm": ("+", "mat1", "mat2"),
    "addmm_": ("+", "mat1", "mat2"),
    "addmv": ("+", "mat", "vec"),
    "baddbmm": ("+", "batch1", "batch2"),
    "baddbmm_": ("+", "batch1", "batch2"),
}
NAMES = {"linear", "bilinear", "einsum", *CONVOLUTIONS, *MATRICES}


@dataclass(frozen=True)
class Product:
    """A weight and the signal that it multiplies.

    Attributes:
        signal: what enters, as the operation was given it.
        weight: what multiplies.
        h_of: brings what enters to (inputs, ..., units).
        z_of: the same for what comes out, and for its gradient.
        unit_dim: where units lie then: the last dimension, or 1 for a convolution.
        units: the weights of each unit, shape (..., units, what they multiply).
        takes: how many inputs or channels the weight multiplies; 0 if that is not
            checked beforehand.
    """

    signal: Tensor
    weight: Tensor
    h_of: Arrange
    z_of: Arrange
    units: Tensor
    unit_dim: int = -1
    takes: int = 0


def read(
    name: str,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    is_weight: Callable[[Any], bool],
    is_matrix: Callable[[Any], bool],
    is_signal: Callable[[Any], bool],
) -> Product | None:
    """The product that an operation computes, or None if it is none of the two.

    Args:
        name: of the operation, one of ``NAMES``.
        args: what it is called with.
        kwargs: the same by name.
        is_weight: whether something is a weight, or was made of weights alone.
        is_matrix: whether that is a matrix too, wherever it stands.
        is_signal: whether something depends on the inputs.
    """
    if name in MATRICES:
        return _matrices(_named(MATRICES[name], args, kwargs), is_matrix, is_signal)
    if name == "einsum":
        return _einsum(args, is_matrix, is_signal)
    if name == "bilinear":
        *_, h, _, weight = _named(("input1", "input2", "weight"), args, kwargs)
    else:
        h, weight = _named(("input", "weight"), args, kwargs)
    # Here the place says which is the signal; one that is constant is one all the same.
    if not is_weight(weight) or not isinstance(h, Tensor) or is_weight(h):
        return None
    if name in CONVOLUTIONS:
        return _convolution(name, h, weight, args, kwargs)
    if name == "bilinear":
        return Product(h, weight, _rows, _rows, units=weight.flatten(1))
    return Product(h, weight, _rows, _rows, units=weight, takes=weight.shape[-1])


def _named(
    names: Sequence[str], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> list[Any]:
    """What an operation is given under each of these names, in their order."""
    found = dict(zip(names, args, strict=False)) | dict(kwargs)
    return [found.get(name) for name in names]


def _rows(t: Tensor) -> Tensor:
    """At least one row: a single input becomes a batch of one."""
    return t if t.dim() > 1 else t.reshape(1, -1)


def _convolution(
    name: str,
    h: Tensor,
    weight: Tensor,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> Product:
    alone = h.dim() < weight.dim()  # no batch

    def batch(t: Tensor) -> Tensor:
        return t.unsqueeze(0) if alone else t

    if "transpose" in name:
        units, takes = weight.transpose(0, 1), weight.shape[0]
    else:
        groups = kwargs.get("groups", args[6] if len(args) > 6 else 1)
        units, takes = weight, weight.shape[1] * groups
    return Product(h, weight, batch, batch, units.flatten(1), 1, takes)


# Matrix products ----------------------------------------------------------------------


def _matrices(
    named: Sequence[Any],
    is_matrix: Callable[[Any], bool],
    is_signal: Callable[[Any], bool],
) -> Product | None:
    a, b = named[-2:]
    if is_signal(a) and is_matrix(b):
        if b.dim() == 1:  # one unit
            return Product(a, b, _rows, _one_unit, units=b.unsqueeze(0))
        return _grouped(a, b, b.mT, lambda t: t)
    if is_matrix(a) and is_signal(b):
        if b.dim() == 1:
            return Product(b, a, _rows, _rows, units=a)
        if a.dim() == 1:
            return Product(b, a, _turned, _one_unit, units=a.unsqueeze(0))
        return _grouped(b, a, a, _turned)
    return None


def _turned(t: Tensor) -> Tensor:
    """Inputs as rows where the operation has them as columns."""
    return t.mT if t.dim() > 1 else t


def _one_unit(t: Tensor) -> Tensor:
    return t.reshape(-1, 1) if t.dim() < 2 else t.unsqueeze(-1)


def _grouped(h: Tensor, weight: Tensor, units: Tensor, turn: Arrange) -> Product:
    """A product with one matrix, or with one for each group, such as experts."""
    groups = weight.dim() - 2

    def arrange(t: Tensor) -> Tensor:
        # (..., groups, inputs, units) to (..., inputs, groups and units)
        t = _rows(turn(t))
        count = min(groups, t.dim() - 2)
        return t.movedim(-2, -2 - count).flatten(-1 - count) if count else t

    return Product(h, weight, arrange, arrange, units=units)


# Einstein's sums ----------------------------------------------------------------------


def _einsum(
    args: Sequence[Any],
    is_matrix: Callable[[Any], bool],
    is_signal: Callable[[Any], bool],
) -> Product | None:
    equation, *operands = args
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = list(operands[0])
    weights = [i for i, t in enumerate(operands) if is_matrix(t)]
    signals = [i for i, t in enumerate(operands) if is_signal(t)]
    if not isinstance(equation, str) or len(weights) != 1 or not signals:
        return None
    parts, out = _labels(equation, operands)
    of_weight = parts[weights[0]]
    # with several signals, the one that shares what is summed over
    place = max(signals, key=lambda i: len(set(parts[i]) & set(of_weight) - set(out)))
    h, weight, of_h = operands[place], operands[weights[0]], parts[place]
    summed = [label for label in of_weight if label in of_h and label not in out]
    if not summed:
        return None  # each number is multiplied by one of its own
    groups = [label for label in of_weight if label in of_h and label in out]
    units = [label for label in of_weight if label not in of_h and label in out]
    inputs = [label for label in out if label not in of_weight]
    ordered = _arranged(of_weight, [*groups, *units], summed)(weight)
    return Product(
        h,
        weight,
        _arranged(of_h, [x for x in of_h if x not in of_weight], [*groups, *summed]),
        _arranged(out, inputs, [*groups, *units]),
        units=ordered.flatten(len(groups), -2),
    )


def _labels(
    equation: str, operands: Sequence[Tensor]
) -> tuple[list[list[str]], list[str]]:
    """The labels of each operand and of the result; an ellipsis has numbers."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    parts, wide = [], 0
    for text, t in zip(left.split(","), operands, strict=True):
        hidden = t.dim() - len(text.replace("...", "")) if "..." in text else 0
        wide = max(wide, hidden)
        parts.append(_spelled(text, hidden))
    if arrow:
        return parts, _spelled(right, wide if "..." in right else 0)
    every = [label for part in parts for label in part]
    once = sorted(x for x in set(every) if every.count(x) == 1 and x.isalpha())
    return parts, [*map(str, range(-wide, 0)), *once]


def _spelled(text: str, hidden: int) -> list[str]:
    before, dots, after = text.partition("...")
    return [*before, *map(str, range(-hidden, 0)), *after] if dots else list(text)


def _arranged(
    labels: Sequence[str], first: Sequence[str], last: Sequence[str]
) -> Arrange:
    """Brings a tensor with these labels to the shape (first..., all of last)."""
    order = [labels.index(label) for label in (*first, *last)]

    def arrange(t: Tensor) -> Tensor:
        t = t.permute(order)
        t = t.flatten(len(first)) if last else t.unsqueeze(-1)
        return _rows(t)

    return arrange
