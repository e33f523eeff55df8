"""What is made of weights alone, and what has the inputs in it. No lesson needs this.

A transposed weight, a slice of one, a weight divided by its norm, a product of two:
each is a weight too. Everything else that an operation returns has the inputs in it,
unless it was made of constants.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from torch.utils.weak import WeakTensorKeyDictionary

from helpers.signals.outputs import found_in
from helpers.signals.products import NAMES

# The names under which modules keep what they multiply by
PLAIN = re.compile(r"weight(_v|_g|_orig)?|original[01]?")
# Operations by which a weight meets the signal number by number, or is looked up
GENTLE = re.compile(
    r"_*[ri]?(add|sub|mul|div|truediv|rsub|pow|lerp|where|cat|concat|stack|copy|setitem"
    r"|maximum|minimum|addcmul|addcdiv|masked_\w+|index_\w+|gather|embedding(_bag)?"
    r"|(batch|layer|group|instance|rms)_norm|prelu|expand|gt|lt|ge|le|eq|ne|neg|exp"
    r"|scaled_dot_product_attention|to|type_as|clamp|fmod|remainder|outer|cdist)_*"
)
# Operations that only look at numbers from elsewhere: what is 0 stays 0
SELECTS = {
    *("chunk", "split", "unbind", "tensor_split", "__getitem__", "narrow", "select"),
    *("view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "expand"),
    *("transpose", "permute", "movedim", "contiguous", "clone", "repeat", "expand_as"),
    *("to", "float", "type_as", "__get__", "mT", "T", "repeat_interleave", "neg"),
}


@dataclass(frozen=True)
class Origin:
    """The weights that a tensor was made of, by ``id``; none for a constant."""

    weights: frozenset[int] = frozenset()
    multiplied: bool = False  # with one another


CONSTANT = Origin()


@dataclass(frozen=True)
class Weight:
    """A parameter of a model: its name, and the class of the module that has it."""

    tensor: Tensor
    name: str
    kind: str
    is_zero: bool


class Origins:
    """What is known of the tensors that come by while a model runs."""

    def __init__(self, model: nn.Module, inputs: Iterable[Tensor]) -> None:
        self.weights: dict[int, Weight] = {}
        self.met: dict[int, set[str]] = {}  # in which operations, the inputs
        self.inputs = {id(t) for t in inputs}
        self.known: Any = WeakTensorKeyDictionary()
        self.zeros: Any = WeakTensorKeyDictionary()
        for weight in _weights(model):
            self._add(weight)
        for buffer in model.buffers():
            self.known[buffer] = CONSTANT

    def _add(self, weight: Weight) -> None:
        self.weights[id(weight.tensor)] = weight
        self.known[weight.tensor] = Origin(frozenset([id(weight.tensor)]))

    def of(self, t: Tensor) -> Origin | None:
        """Where a tensor comes from, if not from the inputs."""
        found = self.known.get(t)
        if found is None and t.is_leaf and t.requires_grad and id(t) not in self.inputs:
            # a weight that its module did not register
            self._add(Weight(t, f"tensor of shape {tuple(t.shape)}", "Tensor", False))
            found = self.known[t]
        return found

    def is_weight(self, t: Any) -> bool:
        """Whether something is a weight, or was made of weights and constants."""
        origin = self.of(t) if isinstance(t, Tensor) and t.dim() else None
        return origin is not None and bool(origin.weights)

    def is_matrix(self, t: Any) -> bool:
        """Whether a weight is a matrix or a stack of them, as it was learned.

        Learned queries of attention become a stack by being multiplied and repeated.
        """
        if not self.is_weight(t):
            return False
        origin = self.known[t]
        size = sum(self.weights[i].tensor.numel() for i in origin.weights)
        return t.numel() <= size and not (origin.multiplied and t.dim() > 2)

    def is_signal(self, t: Any) -> bool:
        """Whether something has the inputs in it."""
        return isinstance(t, Tensor) and self.of(t) is None

    def is_zero(self, t: Any) -> bool:
        """Whether something is known to be 0 everywhere, as a weight that starts so."""
        if not isinstance(t, Tensor):
            return False
        origin = self.known.get(t)
        if origin is None:
            return t in self.zeros
        # 1 + weight is none, so what was computed has to be looked at
        made_of_zeros = any(self.weights[i].is_zero for i in origin.weights)
        return made_of_zeros and not bool(t.detach().any())

    def named(self, t: Tensor) -> Weight:
        """The largest of the weights that a tensor was made of."""
        origin = self.known[t]
        return max(
            (self.weights[i] for i in origin.weights), key=lambda w: w.tensor.numel()
        )

    def note(
        self, name: str, args: tuple, kwargs: Mapping[str, Any], result: Any
    ) -> None:
        """Remember what an operation made of what."""
        given = list(found_in((args, kwargs)))
        made = list(found_in(result))
        if not given and not made:
            return
        origins = [self.of(t) for t in given]
        weights = frozenset(i for o in origins if o for i in o.weights)
        if all(origins):
            multiplied = name in NAMES or any(o.multiplied for o in origins if o)
            for t in made:
                self.known[t] = Origin(weights, multiplied)
            return
        for i in weights:
            self.met.setdefault(i, set()).add(name)
        if name == "__setitem__" or re.fullmatch(r"\w*[a-z]_|__i\w+__", name):
            self.known.pop(given[0], None)  # the inputs are in it now
        if name in SELECTS and given and given[0] in self.zeros:
            for t in made:
                self.zeros[t] = True

    def unmeasured(self, measured: set[int]) -> dict[str, int]:
        """Names and sizes of the weights that multiply, and were not seen to.

        Weights have two dimensions and more. What is added, looked up, or scales each
        number by itself (positions, tables, layer scales) is no matrix.
        """
        missed = {}
        for i, weight in self.weights.items():
            met = self.met.get(i, set())
            gentle = bool(met) and all(map(GENTLE.fullmatch, met))
            if weight.tensor.dim() > 1 and i not in measured and not gentle:
                missed[weight.name] = weight.tensor.numel()
        return missed


def _weights(model: nn.Module) -> Iterator[Weight]:
    """The parameters of a model, each once, by the names that readers know them by."""
    seen: set[int] = set()
    modules = dict(model.named_modules())
    for place, module in modules.items():
        for own, p in module._parameters.items():
            if p is None or id(p) in seen or isinstance(p, nn.UninitializedParameter):
                continue
            seen.add(id(p))
            home, _, part = place.partition(".parametrizations.")
            if place.startswith("parametrizations."):
                home, part = "", place.removeprefix("parametrizations.")
            kind = type(modules.get(home, module)).__name__
            kind = kind.removeprefix("Parametrized")
            words = [] if PLAIN.fullmatch(part or own) else [part or own]
            name = ".".join(filter(None, [home, *words])).replace("_orig_mod.", "")
            is_zero = p.numel() > 0 and not p.is_meta and not bool(p.detach().any())
            yield Weight(p, name or kind, kind, is_zero)
