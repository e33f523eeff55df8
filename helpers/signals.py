"""The signal probe: what each layer does to the signal, forward and backward.

``probe`` runs any model once forward and once backward and measures every linear and
convolutional layer. Conventions: z is a layer's output (the pre-activation), h is
what enters the next layer, sizes are mean squares pooled over batch and units unless
said otherwise. Statistics are float64 whatever the model computes in; they measure
the model's own arithmetic, so its overflow and underflow show.

``sweep`` measures whole grids of plain networks at once. ``python -m helpers.signals``
is the probe as a command: see ``helpers.audit``.
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, is_dataclass

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F
from torch.nn.parameter import is_lazy
from torch.overrides import TorchFunctionMode

from helpers.activations import ACTIVATIONS, Activation, steepest_slope
from helpers.activations import activation as find_activation
from helpers.schemes import SCHEMES, check_count, check_gain, fresh

LAYERS = (nn.Linear, nn.modules.conv._ConvNd)
SATURATED = 0.06  # of the steepest slope: for tanh it is abs(h) > 0.97
# A verdict speaks up when a size changes by this factor from one end to the other.
FAR = 100.0
NAN, ZERO, ONE = torch.tensor([math.nan, 0.0, 1.0], dtype=torch.float64)


@dataclass(frozen=True, eq=False)
class Signal:
    """What the probe measured: one entry per layer, in the order of execution.

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
        unmeasured: names of the weights (parameters of two or more dimensions, look-up
            tables apart) that belong to no layer measured, such as those that
            ``nn.LSTM`` holds; ``helpers.unroll`` makes layers of these.
        measured: the share of the weights, by count, that belongs to layers measured.
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
    first_overflow: int | None
    first_underflow: int | None
    kinds: tuple[str, ...]
    reached: Tensor
    unmeasured: tuple[str, ...]
    measured: float

    def frame(self) -> "Frame":
        """The measurements as a table: one row, a dict, per layer."""
        columns = {name: getattr(self, name).tolist() for name in COLUMNS}
        rows = [
            {"layer": name, **{c: columns[c][i] for c in COLUMNS}}
            for i, name in enumerate(self.names)
        ]
        return Frame(rows)

    @property
    def healthy(self) -> bool:
        """Whether there are no ``complaints``."""
        return not self.complaints()

    def complaints(self) -> list[str]:
        """What is wrong, each as "kind: what and where"; see ``verdict``."""
        return list(_complaints(self))

    def verdict(self) -> str:
        """What is wrong, in words, with the layer where it shows; or "healthy".

        *Vanishing, exploding*: a size that changes 100-fold in root mean square from
        the first to the last layer of one role. Layers have one role if they are of
        one class and their names differ only in the numbers that count depth: a
        query projection is compared with the next block's, not with the head. A
        small head scales all gradients alike, which says nothing about depth. Layers
        that all have roles of their own are compared from end to end.

        The size of a gradient is not its mean square, which shrinks by itself where
        numbers become more: behind global average pooling each of P positions gets
        1/P of the gradient. It is ``grad_norm2``, which an orthogonal matrix of any
        shape keeps, or ``grad_shift2``, which pooling keeps, whichever changed less:
        a gradient has vanished only if neither kind of push is felt any more.

        *Collapsed*: inputs differ by less than 1 % of the signal, from some layer on
        to the last that has others of its role: a head behind pooling sees averages,
        which differ less by themselves. *Exactly 0* counts if it lasts to the end, or
        back to the first layer: a branch or a head that starts at 0 is a choice, and
        only mentioned.

        Source:
            Saxe, McClelland & Ganguli (2014): orthogonal matrices keep the length of
            a gradient.
        """
        return "; ".join([*(self.complaints() or _praise(self)), *_remarks(self)])

    def __repr__(self) -> str:
        """The sizes at both ends, forward and backward."""
        first, last = self.q[[0, -1]].sqrt().tolist()
        start, end = self.grad2[[0, -1]].sqrt().tolist()
        return (
            f"Signal({len(self.names)} layers: rms of z {first:#.3g} to {last:#.3g}, "
            f"rms of dLoss/dz {start:#.3g} to {end:#.3g})"
        )


COLUMNS = (
    "q",
    "h_mean",
    "h2",
    "unit_var",
    "grad2",
    "grad_norm2",
    "weight_grad2",
    "saturated",
    "dead",
)


class Frame(list):
    """A list of rows that prints as an aligned table."""

    def __repr__(self) -> str:
        """The table as text, three significant digits."""
        head = ["layer", *COLUMNS]
        body = [[r["layer"], *(f"{r[c]:#.3g}" for c in COLUMNS)] for r in self]
        widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
        return "\n".join(
            "  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True))
            for row in [head, *body]
        )


# The verdict -------------------------------------------------------------------------


def _role(name: str, kind: str) -> tuple[str, str]:
    """What layers of one role have in common: their class, and their name but depth.

    >>> _role("layer2.0.conv1", "Conv2d") == _role("layer4.1.conv1", "Conv2d")
    True
    >>> _role("blocks.0.mlp.0", "Linear") == _role("blocks.0.mlp.2", "Linear")
    False
    """
    *containers, own = name.split(".")
    if own.isdigit() and not re.search(r"\d", "".join(containers)):
        return kind, "#"  # a plain chain, whatever its container is called
    # Numbers count depth, but inside a numbered block they tell its layers apart.
    outer = re.sub(r"\d+", "#", ".".join(containers))
    return kind, f"{outer}.{own}" if "#" in outer else re.sub(r"\d+", "#", name)


def _roles(s: Signal) -> list[list[int]]:
    """The layers of each role that has several; all layers if there is none."""
    roles: dict[tuple[str, str], list[int]] = {}
    for i, role in enumerate(map(_role, s.names, s.kinds)):
        roles.setdefault(role, []).append(i)
    several = [layers for layers in roles.values() if len(layers) > 1]
    return several or [list(range(len(s.names)))]


def _ends(s: Signal, size: Tensor) -> Iterator[tuple[int, int]]:
    """The first and the last layer of each role whose size is a number above 0."""
    usable = ((size > 0) & size.isfinite()).tolist()
    for layers in _roles(s):
        layers = [i for i in layers if usable[i]]
        if len(layers) > 1:
            yield layers[0], layers[-1]


def _worst(s: Signal, what: str) -> tuple[float, int, int]:
    """The largest change of a size along its way: the factor, and from where to where.

    The factor is one of root mean squares, 1 if no two layers can be compared.
    """
    if what == "signal":
        changes = [(_factor(s.q, a, b), a, b) for a, b in _ends(s, s.q)]
    else:
        changes = [
            (
                min(
                    (_factor(size, b, a) for size in (s.grad_norm2, s.grad_shift2)),
                    key=_far,
                ),
                b,
                a,
            )
            for a, b in _ends(s, s.grad_norm2)
        ]
    return max(changes, key=lambda change: _far(change[0]), default=(1.0, 0, 0))


def _factor(size: Tensor, start: int, end: int) -> float:
    return (size[end] / size[start]).sqrt().item()


def _far(factor: float) -> float:
    """How far from 1 a factor is, up or down; farthest where it is no number."""
    return abs(math.log(factor)) if 0 < factor < math.inf else math.inf


def _from_here_to_the_end(marked: Tensor) -> int | None:
    """Where the marks begin that last to the end, or None."""
    if not marked[-1]:
        return None
    gaps = (~marked).nonzero()
    return int(gaps[-1]) + 1 if len(gaps) else 0


def _complaints(s: Signal) -> Iterator[str]:
    """Each thing that is wrong, the most basic first."""
    last = len(s.names) - 1
    if s.first_overflow is not None:
        where = _layer(s, s.first_overflow)
        yield f"exploding: numbers are no longer finite at {where}"
        return
    hidden = slice(0, max(last, 1))
    # Units that say the same about every input are no copies: a gate, all biases 1.
    copies = ((s.unit_spread < 1e-12) & ~_constant(s))[hidden].nonzero()
    dead = (s.dead[:-1] == 1).nonzero()
    if len(dead):
        where = _layer(s, int(dead[0]))
        yield f"dead: every unit is 0 for the whole batch after {where}"
    elif len(copies):
        where = _layer(s, int(copies[0]))
        yield f"symmetric: units are copies of one another in {where}"
    stopped = _stopped(s)
    if stopped:
        what, where = stopped
        yield f"vanishing: the {what} is exactly 0 at {_layer(s, where)}"
        return
    # The inputs' difference as a share of the signal, in root mean square.
    compared = sorted(sum(_roles(s), []))
    alike = _from_here_to_the_end((s.unit_var < 1e-4 * s.q)[compared])
    if alike is not None:
        yield (
            "collapsed inputs: they differ by less than 1 % of the signal "
            f"from {_layer(s, compared[alike])} on"
        )
    for what in ("signal", "gradient"):
        factor, start, end = _worst(s, what)
        if _far(factor) > math.log(FAR):
            word = "exploding" if factor > 1 else "vanishing"
            other = "the other end" if {start, end} == {0, last} else _layer(s, start)
            yield (
                f"{word}: the {what} at {_layer(s, end)} is {factor:.2g} times "
                f"its size at {other}"
            )


def _praise(s: Signal) -> Iterator[str]:
    seen = f" as far as measured, {s.measured:.0%} of the weights"
    seen = seen if s.measured < 0.9 else ""
    layers = f"{len(s.names)} layer{'s' if len(s.names) > 1 else ''}"
    yield (
        f"healthy{seen}: over {layers} the signal changes by a factor of "
        f"{_worst(s, 'signal')[0]:.2g}, the gradient going back by "
        f"{_worst(s, 'gradient')[0]:.2g}"
    )


def _stopped(s: Signal) -> tuple[str, int] | None:
    """Where a signal becomes exactly 0 and stays so to the end of its way."""
    last = len(s.names) - 1
    zero = _from_here_to_the_end(s.q == 0)
    if zero is not None and (zero < last or last == 0):
        return "signal", zero
    back = _from_here_to_the_end(((s.grad2 == 0) & s.reached).flip(0))
    if back is not None and not _closed(s):
        return "gradient", last - back
    return None


def _constant(s: Signal) -> Tensor:
    """Layers that give one and the same to all inputs, up to rounding."""
    return s.unit_var <= 1e-12 * s.q


def _closed(s: Signal) -> bool:
    """Whether the last layer alone ignores its input: a head that starts at 0.

    It passes no gradient on before its first step.
    """
    return len(s.names) > 1 and _constant(s)[-2:].tolist() == [False, True]


def _remarks(s: Signal) -> Iterator[str]:
    """What there is to know and is no fault."""
    if not s.reached.any() or s.first_overflow is not None:
        return
    if _closed(s):
        yield (
            f"{_layer(s, len(s.names) - 1)} starts at 0: before its first step no "
            "gradient passes it, so none was judged"
        )
    elif not _stopped(s) and len(waiting := (s.grad2 == 0).nonzero()):
        yield "no gradient yet at " + _some([s.names[int(i)] for i in waiting])
    if s.unmeasured:
        yield "not measured: " + _some(s.unmeasured)


def _some(names: Sequence[str], most: int = 3) -> str:
    """Some names, and how many more there are."""
    names = list(dict.fromkeys(names))
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _layer(s: Signal, i: int) -> str:
    return f"layer {i + 1} of {len(s.names)} ({s.names[i]})"


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
    is no layer; ``Signal.unmeasured`` names it, ``helpers.unroll`` makes layers of it.

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
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, got {type(model).__name__}")
    for batch in x if isinstance(x, tuple) and x else (x,):
        if not isinstance(batch, Tensor):
            raise TypeError(f"x must be a tensor, got {type(batch).__name__}")
        if batch.dim() < 2 or batch.shape[0] < 2:
            raise ValueError(
                "x must be a batch of at least 2 inputs, got shape "
                f"{tuple(batch.shape)}"
            )
    if not any(isinstance(m, LAYERS) for m in model.modules()):
        raise ValueError(
            f"{type(model).__name__} has no linear or convolutional layer to probe"
        )
    lazy = [n for n, p in model.named_parameters() if is_lazy(p)]
    if lazy:
        raise ValueError(f"{lazy[0]} has no shape yet: call the model once, then probe")
    if cotangent is not None and not isinstance(cotangent, Tensor):
        raise TypeError(f"cotangent must be a tensor, got {type(cotangent).__name__}")
    plain = _plain_chain(model, x)
    run = _probe_chain if plain else _probe_module
    return run(plain or model, x, cotangent, fresh(generator))


# What both ways of probing share ---------------------------------------------------


COUNTS = ("z", "unit_mean", "units", "h", "h_units", "weight")


class _Record:
    """Collects the raw numbers of each layer and turns them into a ``Signal``.

    Sums of squares stay norms until the end: one operation for all layers then,
    where one per layer would cost as much as the layer's matrix product.
    """

    def __init__(self, inputs: int) -> None:
        self.inputs = inputs
        self.names: list[str] = []
        self.kinds: list[str] = []
        self.rows: list[dict[str, Tensor]] = []
        self.counts: list[list[int]] = []  # in the order of COUNTS

    def output(
        self, name: str, layer: nn.Module, z: Tensor, scratch: Tensor | None = None
    ) -> None:
        """Begin the row of a layer with output z."""
        z, unit_dim = _exact(z), _unit_dim(layer)
        units = z.shape[unit_dim]
        unit_mean = z.mean(unit_dim, keepdim=True)
        self.names.append(name)
        self.kinds.append(type(layer).__name__)
        self.rows.append(dict.fromkeys(("h_mean", "h", "live", "saturated"), NAN))
        self.rows[-1] |= {
            "z": _norm(z),
            # Centred first: E z^2 - (E z)^2 would lose inputs that are nearly alike.
            "centred": _norm(torch.sub(z, z.mean(0), out=scratch)),
            "unit_mean": _norm(unit_mean),
            "apart": NAN,
            "grad": ZERO,
            "shift": NAN,
            "reached": ZERO,
            "weight_grad": ZERO,
        }
        self.counts.append([z.numel(), z.numel() // units, units, 1, 1, 1])
        size, alike = self.rows[-1]["z"].item(), self.rows[-1]["unit_mean"].item()
        if alike * alike * units > 0.999 * size * size:
            # Units that are nearly copies: what is left would be lost in rounding.
            self.rows[-1]["apart"] = _norm(z - unit_mean)

    def entering(
        self,
        h: Tensor,
        unit_dim: int,
        scratch: Tensor | None = None,
        passed_on: bool = True,
    ) -> None:
        """Add what enters the next layer, and whether a layer passed it on."""
        h = _exact(h)
        others = [d for d in range(h.dim()) if d != unit_dim % h.dim()]
        size = torch.abs(h, out=scratch).sum(others)  # 0 only for a dead unit
        self.rows[-1] |= {
            "h_mean": h.mean(),
            "h": _norm(h),
            "live": torch.count_nonzero(size) if passed_on else NAN,
        }
        self.counts[-1][3:5] = h.numel(), h.shape[unit_dim]

    def slope(
        self, i: int, slope: Tensor, steepest: float, scratch: Tensor | None = None
    ) -> None:
        """Add the saturation of the activation that follows layer i."""
        flat = torch.abs(slope, out=scratch)
        # Into numbers, not bools: summing bools takes twice as long.
        self.rows[i]["saturated"] = flat.lt_(SATURATED * steepest).mean()

    def gradient(self, i: int, delta: Tensor, unit_dim: int = -1) -> None:
        """Add dLoss/dz of layer i."""
        self.rows[i] |= {"grad": _norm(delta), "reached": ONE}
        positions = [d for d in range(1, delta.dim()) if d != unit_dim % delta.dim()]
        if positions:
            self.rows[i]["shift"] = _norm(_exact(delta).sum(positions))

    def weight_grad(self, i: int, gradient: Tensor) -> None:
        """Add dLoss/dW of layer i."""
        self.rows[i]["weight_grad"] = _norm(gradient)
        self.counts[i][5] = gradient.numel()

    def signal(self, unmeasured: Sequence[str] = (), measured: float = 1.0) -> Signal:
        """The finished measurements."""
        raw = {
            key: torch.stack([row[key].double().cpu() for row in self.rows])
            for key in self.rows[0]
        }
        n = dict(zip(COUNTS, torch.tensor(self.counts).T, strict=True))
        q = raw["z"].square() / n["z"]
        grad2 = raw["grad"].square() / n["z"]
        spread = 1 - raw["unit_mean"].square() / n["unit_mean"] / q
        apart = raw["apart"].square() / n["z"] / q
        spread = spread.where(apart.isnan(), apart)
        grad_norm2 = raw["grad"].square() / self.inputs
        grad_shift2 = raw["shift"].square() / self.inputs
        return Signal(
            names=tuple(self.names),
            kinds=tuple(self.kinds),
            unmeasured=tuple(unmeasured),
            measured=measured,
            q=q,
            h_mean=raw["h_mean"],
            h2=raw["h"].square() / n["h"],
            unit_var=raw["centred"].square() / n["z"],
            grad2=grad2,
            grad_norm2=grad_norm2,
            grad_shift2=grad_shift2.where(~grad_shift2.isnan(), grad_norm2),
            reached=raw["reached"] > 0,
            weight_grad2=raw["weight_grad"].square() / n["weight"],
            saturated=raw["saturated"],
            dead=1 - raw["live"] / n["h_units"],
            unit_spread=spread.where(n["units"] > 1, math.nan),
            first_overflow=_first(~q.isfinite(), ~grad2.isfinite()),
            first_underflow=_first(raw["z"] == 0, raw["grad"] == 0),
        )


def _first(forward: Tensor, backward: Tensor) -> int | None:
    """The first layer that the travelling signal finds marked."""
    if forward.any():
        return int(forward.nonzero()[0])
    return int(backward.nonzero()[-1]) if backward.any() else None


def _exact(t: Tensor) -> Tensor:
    """The tensor, detached; half precision as float32, enough for its own range."""
    t = t.detach()
    return t if t.dtype.itemsize >= 4 else t.float()


def _norm(t: Tensor) -> Tensor:
    """Root of the sum of squares, right for every number the format can hold."""
    if t.dtype == torch.float32:
        # Squares leave float32's range 15 decades before the numbers themselves.
        norm = torch.linalg.vector_norm(t)
        if 1e-12 < norm.item() < 1e12:
            return norm
    return torch.linalg.vector_norm(t, dtype=torch.float64)


def _unit_dim(layer: nn.Module) -> int:
    """The dimension that counts units: the last, or the channels of a convolution."""
    return -1 if isinstance(layer, nn.Linear) else 1


def _check_input(name: str, layer: nn.Module, h: Tensor) -> None:
    dim, dtype = _unit_dim(layer), layer.weight.dtype
    linear = dim == -1
    count = layer.in_features if linear else layer.in_channels
    if h.dim() < 2 or h.shape[dim] != count:
        what = "inputs (last dimension)" if linear else "channels (dimension 1)"
        raise ValueError(
            f"layer {name!r} takes {count} {what}, "
            f"got a tensor of shape {tuple(h.shape)}"
        )
    if h.dtype != dtype:
        raise TypeError(f"layer {name!r} computes in {dtype}, got {h.dtype} numbers")


def _check_cotangent(
    output: Tensor, cotangent: Tensor | None, generator: Generator
) -> Tensor:
    if cotangent is None:
        v = torch.randn(output.shape, generator=generator, dtype=torch.float64)
        return v.to(output)
    if cotangent.shape != output.shape:
        raise ValueError(
            f"cotangent must have the output's shape {tuple(output.shape)}, "
            f"got {tuple(cotangent.shape)}"
        )
    return cotangent.to(output)


# Any module: hooks see the layers, autograd goes back --------------------------------

PHI_OF: dict[Callable, Activation] = {
    function: ACTIVATIONS[name]
    for name, functions in {
        "relu": (torch.relu, F.relu, Tensor.relu, torch.relu_, Tensor.relu_),
        "leaky_relu": (F.leaky_relu,),
        "tanh": (torch.tanh, F.tanh, Tensor.tanh, Tensor.tanh_),
        "sigmoid": (torch.sigmoid, F.sigmoid, Tensor.sigmoid, Tensor.sigmoid_),
        "softsign": (F.softsign,),
        "gelu": (F.gelu,),
        "silu": (F.silu,),
        "selu": (F.selu, torch.selu),
    }.items()
    for function in functions
}


class _WatchActivations(TorchFunctionMode):
    """Notes the saturation of each activation that follows a layer.

    It sees ``torch.tanh(z)`` in a forward method as well as an ``nn.Tanh``.
    """

    def __init__(self, record: _Record) -> None:
        super().__init__()
        self.record = record

    def __torch_function__(self, func, types, args=(), kwargs=None):
        phi = PHI_OF.get(func)
        if phi and self.record.rows and args:
            if self.record.rows[-1]["saturated"].isnan():
                slope = phi.dphi(args[0].detach().clone())
                self.record.slope(-1, slope, steepest_slope(phi.name))
        return func(*args, **(kwargs or {}))


@contextmanager
def _left_as_it_was(model: nn.Module, generator: Generator) -> Iterator[None]:
    """Keep buffers, the gradient switch of every weight and the random state."""
    buffers = [
        (module._buffers, name, buffer, buffer.clone())
        for module in model.modules()
        for name, buffer in module._buffers.items()
        if buffer is not None
    ]
    frozen = [p for p in model.parameters() if not p.requires_grad]
    cuda = sorted({p.device.index for p in model.parameters() if p.is_cuda})
    with torch.random.fork_rng(devices=cuda), torch.enable_grad():
        torch.manual_seed(generator.initial_seed())
        try:
            for p in frozen:
                p.requires_grad_(p.is_floating_point())
            yield
        finally:
            for p in frozen:
                p.requires_grad_(False)
            with torch.no_grad():
                for home, name, buffer, saved in buffers:
                    home[name] = buffer.copy_(saved)  # a model may have replaced it


def _probe_module(
    model: nn.Module,
    x: Tensor | tuple[Tensor, ...],
    cotangent: Tensor | None,
    generator: Generator,
) -> Signal:
    inputs = x if isinstance(x, tuple) else (x,)
    record = _Record(len(inputs[0]))
    executed: list[nn.Module] = []

    def before(name: str):
        def hook(layer: nn.Module, args: tuple) -> None:
            _check_input(name, layer, args[0])
            if record.rows:
                h = args[0]
                record.entering(h, _unit_dim(layer), passed_on=h.requires_grad)

        return hook

    def after(name: str):
        def hook(layer: nn.Module, args: tuple, z: Tensor) -> None:
            record.output(name, layer, z)
            i, dim = len(executed), _unit_dim(layer)
            executed.append(layer)
            if z.requires_grad:
                z.register_hook(lambda delta: record.gradient(i, delta, dim))

        return hook

    with ExitStack() as stack:
        stack.enter_context(_left_as_it_was(model, generator))
        for name, layer in model.named_modules():
            if isinstance(layer, LAYERS):
                name = name or type(layer).__name__  # a model that is one layer
                for handle in (
                    layer.register_forward_pre_hook(before(name)),
                    layer.register_forward_hook(after(name)),
                ):
                    stack.callback(handle.remove)
        try:
            with _WatchActivations(record):
                output = _first_tensor(model(*inputs))
        except RuntimeError as error:
            called = " and ".join(
                f"shape {tuple(i.shape)} and type {i.dtype}" for i in inputs
            )
            raise ValueError(
                f"the model cannot be called with an input of {called}: {error}"
            ) from error
        if not record.rows:
            raise ValueError("no linear or convolutional layer ran on this input")
        record.entering(output, _unit_dim(executed[-1]))
        v = _check_cotangent(output, cotangent, generator)
        if not output.requires_grad:
            raise ValueError("no gradient can flow: the output depends on no weight")
        weights = [layer.weight for layer in executed]
        gradients = torch.autograd.grad(output, weights, v, allow_unused=True)
        for i, gradient in enumerate(gradients):
            if gradient is not None:
                record.weight_grad(i, gradient)
    return record.signal(*_seen(model, executed))


def _seen(model: nn.Module, executed: list[nn.Module]) -> tuple[list[str], float]:
    """Names of the weights that belong to no layer executed; the share of the others.

    Weights multiply: no biases, and no tables that are looked up.
    """
    tables = (m for m in model.modules() if isinstance(m, nn.Embedding))
    seen = {id(p) for layer in executed for p in layer.parameters()}
    looked_up = {id(p) for table in tables for p in table.parameters()} - seen
    weights = {
        name: p
        for name, p in model.named_parameters()
        if p.dim() > 1 and id(p) not in looked_up
    }
    missed = {name: p.numel() for name, p in weights.items() if id(p) not in seen}
    total = sum(p.numel() for p in weights.values())
    return list(missed), 1 - sum(missed.values()) / max(total, 1)


def _first_tensor(output: object) -> Tensor:
    parts = output
    if is_dataclass(output):
        parts = vars(output)
    if isinstance(parts, dict):
        parts = list(parts.values())
    parts = parts if isinstance(parts, tuple | list) else [parts]
    for part in parts:
        if isinstance(part, Tensor) and part.is_floating_point():
            return part
    raise TypeError(
        "the model must return a float tensor, or a tuple, list, dict or dataclass "
        f"with one; got {type(output).__name__}"
    )


# A plain chain of linear layers: the same numbers at the speed of its products ------

Chain = list[tuple[str, nn.Linear, Activation]]


def _plain_chain(model: nn.Module, x: Tensor | tuple) -> Chain | None:
    """The layers of an MLP, each with the activation after it; else None."""
    if type(model) is not nn.Sequential or not isinstance(x, Tensor):
        return None
    if x.dim() != 2 or not x.is_floating_point():
        return None
    by_module = {a.module: a for a in ACTIVATIONS.values()}
    chain: Chain = []
    open_layer = False
    for name, module in model._modules.items():  # named_children skips what comes twice
        if module._forward_hooks or module._forward_pre_hooks:
            return None
        if type(module) is nn.Linear and module.weight.dtype.itemsize >= 4:
            chain.append((name, module, ACTIVATIONS["linear"]))
            open_layer = True
        elif open_layer and _is_default(module) and type(module) in by_module:
            chain[-1] = (*chain[-1][:2], by_module[type(module)])
            open_layer = False
        else:
            return None
    shared = len({id(layer) for _, layer, _ in chain}) < len(chain)
    return None if shared else chain


def _is_default(module: nn.Module) -> bool:
    """Whether an activation module computes what its bare class computes."""
    changed = getattr(module, "approximate", "none") != "none"
    return not changed and getattr(module, "negative_slope", 0.01) == 0.01


# Between calls, the memory of the last one: fresh memory costs more than the
# arithmetic on it. Taken out while in use, so two threads never share it.
_BUFFERS: dict[tuple, dict[tuple[str | int, int], Tensor]] = {}
KEEP = 2**26  # bytes at most


@torch.no_grad()
def _probe_chain(
    chain: Chain, x: Tensor, cotangent: Tensor | None, generator: Generator
) -> Signal:
    key = len(x), x.dtype, x.device
    buffers = _BUFFERS.pop(key, {})

    def buffer(role: str | int, units: int) -> Tensor:
        if (role, units) not in buffers:
            buffers[role, units] = x.new_empty(len(x), units)
        return buffers[role, units]

    record = _Record(len(x))
    h, entered, kept = x, [], []
    for i, (name, layer, phi) in enumerate(chain):
        _check_input(name, layer, h)
        entered.append(h)
        units = layer.out_features
        needs_z = phi.h_to_slope is None
        z = torch.mm(h, layer.weight.T, out=None if needs_z else buffer("z", units))
        if layer.bias is not None:
            z += layer.bias
        h = buffer(i, units).copy_(phi.phi(z))
        kept.append(z if needs_z else h)
        record.output(name, layer, z, buffer("sizes", units))
        record.entering(h, -1, buffer("sizes", units))
    delta = _check_cotangent(h, cotangent, generator)
    for i in reversed(range(len(chain))):
        _, layer, phi = chain[i]
        units = layer.out_features
        if phi.h_to_slope is None:
            slope = phi.dphi(kept[i])
        else:
            slope = phi.h_to_slope(buffer("slope", units).copy_(kept[i]))
        record.slope(i, slope, steepest_slope(phi.name), buffer("sizes", units))
        delta = torch.mul(delta, slope, out=slope)
        record.gradient(i, delta)
        record.weight_grad(i, delta.T @ entered[i])
        if i:
            delta = torch.mm(
                delta, layer.weight, out=buffer("delta", layer.in_features)
            )
    _BUFFERS.clear()
    if sum(b.nbytes for b in buffers.values()) <= KEEP:
        _BUFFERS[key] = buffers
    return record.signal()


# Whole grids of plain networks ------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Sweep:
    """Sizes in a grid of plain networks; float64, root mean squares.

    Attributes:
        forward: rms of z, shape (gains, depth): layer by layer. It does not depend
            on how many layers follow.
        backward: rms of dLoss/dz, shape (gains, depth, depth): [gain, d - 1, l - 1]
            is layer l of the network with d layers; nan where l > d.
        lost: share of the entries of dLoss/dz whose size is at most a floor, shape
            (floors, gains, depth, depth); nan where l > d.
    """

    forward: Tensor
    backward: Tensor
    lost: Tensor


@torch.no_grad()
def sweep(
    activation: str,
    gains: Sequence[float],
    depth: int,
    x: Tensor,
    *,
    scheme: str = "xavier_normal",
    cotangent: Tensor | None = None,
    generator: Generator | None = None,
    floors: Sequence[float] = (),
) -> Sweep:
    """Sizes in square plain networks of every depth up to ``depth`` and every gain.

    The same numbers as ``probe(mlp(d, width, activation, scheme, g), x)`` for each
    d and g, much faster: a network is the beginning of a deeper one, so one forward
    pass per gain is enough, and the backward passes of all depths and gains advance
    together, one product per layer. The backward signal is kept at unit scale and its
    logarithm added up, so 1e-300 is still right.

    Args:
        activation: a name in ``ACTIVATIONS``.
        gains: gains, each finite and at least 0.
        depth: the largest number of layers, at least 1.
        x: inputs, shape (batch, width), batch at least 2.
        scheme: a name in ``SCHEMES``.
        cotangent: dLoss/d(output), the shape of x; None draws it as ``probe`` does.
        generator: source of the weights; None means a new one with seed 0.
        floors: sizes at or below which a gradient counts as lost, for example half of
            the smallest number of a number format, which rounds to 0.

    Raises:
        ValueError: unknown name, or a value out of its range.
        TypeError: a value of the wrong type.
    """
    phi = find_activation(activation)
    check_count("depth", depth)
    for g in gains:
        check_gain(g)
    if scheme not in SCHEMES:
        raise ValueError(f"unknown scheme {scheme!r}; known: {', '.join(SCHEMES)}")
    if not isinstance(x, Tensor) or x.dim() != 2 or len(x) < 2:
        raise ValueError("x must be a tensor of shape (batch, width), batch at least 2")
    if phi.homogeneous and list(gains) != [1.0] and not floors:
        return _rescaled(
            sweep(
                activation,
                [1.0],
                depth,
                x,
                scheme=scheme,
                cotangent=cotangent,
                generator=generator,
            ),
            gains,
        )
    x = x.double()
    batch, width = x.shape
    generator = fresh(generator)
    start = generator.get_state()
    v = _check_cotangent(x, cotangent, fresh(None))

    def weights(gain: float) -> list[Tensor]:
        generator.set_state(start)
        draw = SCHEMES[scheme]
        return [draw(width, width, gain, generator).double() for _ in range(depth)]

    # Forward one network at a time, with the very operations of the probe: in a chaotic
    # network the last bit of a product decides about all that follows.
    z = torch.empty(len(gains), depth, batch, width, dtype=torch.float64)
    for of_gain, gain in zip(z, gains, strict=True):
        h = x
        for of_layer, W in zip(of_gain, weights(gain), strict=True):
            of_layer.copy_(torch.mm(h, W.T))
            h = phi.phi(of_layer)
    scale = torch.tensor(gains, dtype=torch.float64).reshape(-1, 1, 1, 1)
    slopes = phi.dphi(z) * scale
    W = weights(1.0)
    rows = len(gains), batch, width

    backward = torch.full((depth, depth, len(gains)), math.nan, dtype=torch.float64)
    lost = backward.expand(len(floors), -1, -1, -1).clone()
    # deltas[k] belongs to the network whose last layer is the k-th from the end.
    deltas = torch.empty(depth, *rows, dtype=torch.float64)
    spare = torch.empty_like(deltas)
    log_size = torch.zeros(depth, len(gains), dtype=torch.float64)
    for i in reversed(range(depth)):
        live = depth - i
        deltas[live - 1] = v
        if live > 1:
            deeper = slice(0, live - 1)
            torch.mm(
                deltas[deeper].view(-1, width),
                W[i + 1],
                out=spare[deeper].view(-1, width),
            )
            spare[deeper].mul_(slopes[:, i])
            spare[live - 1] = v
            deltas, spare = spare, deltas
        for share, floor in zip(lost, floors, strict=True):
            seen = (floor / log_size[:live].exp())[..., None, None]
            share[i:, i] = (deltas[:live].abs() <= seen).double().mean((-1, -2)).flip(0)
        size = _rms(deltas[:live])
        log_size[:live] += size.log()
        backward[i:, i] = log_size[:live].flip(0).exp()
        # A signal that is 0 or not finite stays as it is.
        usable = (size > 0) & size.isfinite()
        deltas[:live] /= size.where(usable, 1.0)[..., None, None]
    return Sweep(
        _rms(z),
        backward.permute(2, 0, 1).contiguous(),
        lost.permute(0, 3, 1, 2).contiguous(),
    )


def _rms(t: Tensor) -> Tensor:
    """Root mean square over the last two dimensions."""
    norm = torch.linalg.vector_norm(t.flatten(-2), dim=-1)
    return norm / math.sqrt(t.shape[-1] * t.shape[-2])


def _rescaled(unit: Sweep, gains: Sequence[float]) -> Sweep:
    """The sweep of a homogeneous activation at other gains, from the one at gain 1.

    Each layer multiplies by the gain: once for every layer that a signal has passed.
    """
    gain = torch.tensor(gains, dtype=torch.float64).unsqueeze(-1)
    layer = torch.arange(1, unit.forward.shape[-1] + 1)
    passed = layer.unsqueeze(-1) - layer
    return Sweep(
        unit.forward * gain**layer,
        unit.backward * gain.unsqueeze(-1) ** passed.clamp(min=0),
        unit.lost.expand(-1, len(gain), -1, -1),
    )


if __name__ == "__main__":
    import sys

    from helpers.audit import main

    sys.exit(main())
