"""Which units are copies of one another.

Two units of a layer are copies if they have the same incoming weights (and bias): they
then compute the same number for every input. If they also feed the next layer alike
they get the same gradient, and stay copies. Renaming the units of a layer never changes
what a network computes; units that are copies can be told apart by nothing at all.

Conventions: a weight matrix is (units, inputs), as in ``torch.nn.Linear``: a unit is a
row, and its outgoing weights are a column of the next layer's matrix. Layers are
counted from 1.
"""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from helpers.checks import check_count, check_scale
from helpers.networks import linears


def _matrix(name: str, W: Tensor, exactly_two: bool = False) -> Tensor:
    if not isinstance(W, Tensor):
        raise TypeError(f"{name} must be a tensor, got {type(W).__name__}")
    wanted = W.ndim == 2 if exactly_two else W.ndim >= 2
    if not wanted or 0 in W.shape[-2:]:
        raise ValueError(
            f"{name} must have shape (units, inputs), got {tuple(W.shape)}"
        )
    if not W.isfinite().all():
        raise ValueError(f"{name} must be finite")
    return W.detach().double()


def row_spread(W: Tensor) -> Tensor:
    """The largest difference between two units in one of their incoming weights.

    It is 0 exactly if all rows are equal; unlike a rank it has no tolerance, and
    unlike a standard deviation it notices a single unit that has left.

    Args:
        W: incoming weights (units, inputs), or a stack of them (..., units, inputs).

    Returns:
        float64, one number for each matrix, (...).

    Raises:
        TypeError: if W is no tensor.
        ValueError: if W is no matrix, is empty, or holds an infinity or a NaN.

    >>> row_spread(torch.tensor([[1.0, 5.0], [1.0, 5.0], [1.25, 5.0]])).item()
    0.25
    """
    W = _matrix("W", W)
    return (W.amax(-2) - W.amin(-2)).amax(-1)


def copies(
    W: Tensor,
    bias: Tensor | None = None,
    outgoing: Tensor | None = None,
    tolerance: float = 0.0,
) -> list[list[int]]:
    """The units of a layer in groups of copies, each group and each list in order.

    Units belong together if no number of theirs differs by more than the tolerance;
    so do two units that both belong to a third.

    Args:
        W: incoming weights (units, inputs).
        bias: biases (units,), if the layer has any.
        outgoing: weights of the next layer (outputs, units). With them, units are
            copies only if they are also *used* alike; only these stay copies in
            training.
        tolerance: largest absolute difference, finite and at least 0.

    Raises:
        TypeError: a weight that is no tensor, a tolerance that is no number.
        ValueError: shapes that do not fit, numbers that are not finite.

    >>> copies(torch.tensor([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0]]))
    [[0, 2], [1]]
    """
    tolerance = check_scale("tolerance", tolerance)
    numbers = [_matrix("W", W, exactly_two=True)]
    units = len(W)
    if bias is not None:
        if not isinstance(bias, Tensor) or bias.shape != (units,):
            raise ValueError(f"bias must be a tensor of shape ({units},), got {bias!r}")
        numbers.append(_matrix("bias", bias.unsqueeze(1)))
    if outgoing is not None:
        numbers.append(_matrix("outgoing", outgoing, exactly_two=True).T)
        if outgoing.shape[1] != units:
            raise ValueError(
                f"outgoing must have shape (outputs, {units}), "
                f"got {tuple(outgoing.shape)}"
            )
    rows = torch.cat(numbers, dim=1)
    groups: list[list[int]] = []
    for unit in range(units):
        near = (rows - rows[unit]).abs().amax(1) <= tolerance
        ours = [group for group in groups if near[group].any()]
        groups = [group for group in groups if not near[group].any()]
        groups.append(sorted(sum(ours, [unit])))
    return sorted(groups)


def distinct_units(
    W: Tensor,
    bias: Tensor | None = None,
    outgoing: Tensor | None = None,
    tolerance: float = 0.0,
) -> int:
    """How many different units a layer has: copies count once.

    Arguments and errors are those of ``copies``.

    >>> distinct_units(torch.tensor([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0]]))
    2
    """
    return len(copies(W, bias, outgoing, tolerance))


def effective_rank(W: Tensor, tolerance: float = 1e-6) -> Tensor:
    r"""The number of directions that a layer's units really look in.

    It is the numerical rank: of the singular values s_1 >= s_2 >= ..., those above
    a share of the largest.

    .. math:: \#\{ k : s_k > \text{tolerance} \cdot s_1 \}

    Units that are copies make it 1; so do units that are multiples of one another, so
    it is never above the number of distinct units. A matrix of zeros has rank 0. It is
    a whole number, unlike the exponential of an entropy of the singular values, which
    Roy & Vetterli (2007) call effective rank.

    Args:
        W: incoming weights (units, inputs), or a stack of them (..., units, inputs).
        tolerance: from 0 to below 1. The default is far above rounding; 0.01 asks
            which directions are at least a hundredth as strong as the strongest.

    Returns:
        Whole numbers, one for each matrix, (...).

    Raises:
        TypeError: if W is no tensor, or the tolerance no number.
        ValueError: if W is no matrix, is empty, or holds an infinity or a NaN; if the
            tolerance is out of its range.

    Source:
        Golub & Van Loan, *Matrix computations*, on numerical rank determination; with
        a tolerance of rounding size it is ``torch.linalg.matrix_rank``.

    >>> effective_rank(torch.tensor([[1.0, 2.0], [3.0, 6.0]]))
    tensor(1)
    """
    tolerance = check_scale("tolerance", tolerance)
    if tolerance >= 1:
        raise ValueError(f"tolerance must be below 1, got {tolerance}")
    s = torch.linalg.svdvals(_matrix("W", W))
    return (s > tolerance * s[..., :1]).sum(-1)


def permute_units(
    model: nn.Sequential, layer: int, order: Sequence[int] | Tensor
) -> nn.Sequential:
    """The same function by other names: a copy with one layer's units in a new order.

    Unit ``order[i]`` becomes unit i: rows of the layer's weights, its biases, and
    columns of the next layer's weights move together.

    Args:
        model: linear layers in a row; between this one and the next only functions
            that treat every unit alike, such as activations and dropout.
        layer: the linear layer whose units move, from 1; not the last, whose units
            are the network's outputs.
        order: every unit's number once, from 0.

    Raises:
        TypeError: a model that is no ``nn.Sequential``, a layer that is no whole
            number.
        ValueError: no such layer, an order that is no permutation, or a module in
            between that has numbers of its own, such as batch normalization.

    >>> net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    >>> other, x = permute_units(net, 1, [2, 0, 1]), torch.ones(2)
    >>> torch.allclose(net(x), other(x))
    True
    """
    if not isinstance(model, nn.Sequential):
        raise TypeError(f"model must be an nn.Sequential, got {type(model).__name__}")
    check_count("layer", layer)
    layers = linears(model)
    places = [i for i, m in enumerate(model) if isinstance(m, nn.Linear)]
    if len(places) != len(layers):
        raise ValueError("the linear layers must stand in the nn.Sequential itself")
    if layer >= len(places):
        raise ValueError(
            f"layer must be from 1 to {len(places) - 1}, before the last of "
            f"{len(places)} linear layers; got {layer}"
        )
    for between in list(model)[places[layer - 1] + 1 : places[layer]]:
        if [*between.parameters(), *between.buffers()]:
            raise ValueError(
                f"{type(between).__name__} after layer {layer} has numbers of its own "
                "for each unit; only activations and dropout may stand there"
            )
    units, inputs = layers[layer - 1].out_features, layers[layer].in_features
    order = torch.as_tensor(order)
    if order.is_floating_point() or sorted(order.tolist()) != list(range(units)):
        raise ValueError(
            f"order must hold each unit from 0 to {units - 1} once, "
            f"got {order.tolist()}"
        )
    if inputs != units:
        raise ValueError(
            f"layer {layer} has {units} units and the next takes {inputs} inputs"
        )
    other = copy.deepcopy(model)
    here, there = linears(other)[layer - 1 : layer + 1]
    with torch.no_grad():
        here.weight.copy_(here.weight[order])
        if here.bias is not None:
            here.bias.copy_(here.bias[order])
        there.weight.copy_(there.weight[:, order])
    return other
