"""The numbers that the probe measures at each layer, and what each of them means.

Conventions: z is a layer's output (the pre-activation), h is what enters the next
layer, sizes are mean squares pooled over batch and units unless said otherwise.
Statistics are float64 whatever the model computes in; they measure the model's own
arithmetic, so its overflow and underflow show.
"""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, eq=False)
class Measured:
    """What was measured: one entry per layer, in the order of execution.

    All tensors are float64 of shape (layers,).

    Attributes:
        names: the layers' names in the model.
        q: mean square of the layer's output z, the pre-activation.
        h_mean: mean of what enters the next layer (last: the model's output).
        h2: mean square of what enters the next layer.
        unit_var: variance of each unit of z over the batch, averaged over units: how
            different the inputs still look. Population variance.
        grad2: mean square of dLoss/dz.
        grad_norm2: squared length of dLoss/dz, all numbers of a layer for one input,
            averaged over inputs: what a push at each number by itself does to the loss.
        grad_shift2: the same if all positions of a unit are pushed alike (pixels of a
            channel, tokens): slopes are added over positions, then squared. Equal to
            ``grad_norm2`` where a unit has one position.
        weight_grad2: mean square of dLoss/dW; of weights that several layers share,
            the sum of all their uses.
        saturated: share of z where the slope of the activation that follows is below
            6 % of its steepest; nan where no known activation follows.
        dead: share of units that pass on exactly 0 for the whole batch; nan where
            what enters the next layer is a constant, as a first hidden state is.
        unit_spread: how much units of one layer differ for one input, as a share
            of q; 0 if they are copies of one another, nan for a single unit.
        first_overflow: index of the layer where the signal first holds a number that
            is not finite: the lowest index going forward or, if the forward
            signal is finite, the highest one, which the gradient meets first. None
            if there is none.
        first_underflow: the same for a signal that is exactly 0 everywhere.
        kinds: the class of each layer, by name.
        reached: whether a gradient came to the layer at all, bool: none does where
            the measured output does not depend on it.
        units: how many units a layer has, int.
        weight2: mean square of the weights of a layer.
        same_weights: whether all units of a layer have the same weights, bool.
        waiting: whether no gradient comes to the layer before the first step, because
            a weight further on is exactly 0, bool. What ``grad2``, ``grad_norm2`` and
            ``grad_shift2`` have is then a random gradient that was sent in where that
            weight stands.
        norms: how many normalizations ran before the layer, int.
        unmeasured: names of the weights (parameters of two or more dimensions that
            multiply: no tables, positions or scales) that belong to no layer measured,
            such as those that ``nn.LSTM`` holds; ``helpers.signals.unroll_`` makes
            layers of these.
        measured: the share of the weights, by count, that belongs to layers measured.
        heard: the share of the weights, by count, at whose layers a gradient was
            measured.
    """

    names: tuple[str, ...]
    q: Tensor
    h_mean: Tensor
    h2: Tensor
    unit_var: Tensor
    grad2: Tensor
    grad_norm2: Tensor
    grad_shift2: Tensor
    weight_grad2: Tensor
    saturated: Tensor
    dead: Tensor
    unit_spread: Tensor
    units: Tensor
    weight2: Tensor
    same_weights: Tensor
    waiting: Tensor
    norms: Tensor
    first_overflow: int | None
    first_underflow: int | None
    kinds: tuple[str, ...]
    reached: Tensor
    unmeasured: tuple[str, ...]
    measured: float
    heard: float
