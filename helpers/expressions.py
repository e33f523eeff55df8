"""One expression in z, as a reader types it, as a function of tensors.

What is typed is data: it is read as Python's grammar reads it, and only numbers, the
names below, arithmetic, one comparison at a time and calls of the functions below mean
anything. Nothing of it is run as Python. The book's page knows the same names
(book/assets/own/expression.js).
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

LONGEST = 200  # characters
NO_NUMBER = "a comparison is no number: write where(z > 0, z, 0)"
CONSTANTS = {"pi": math.pi, "e": math.e}
UNARY = "exp expm1 log log1p sqrt abs sign sin cos sinh cosh tanh atan erf relu sigmoid"
FUNCTIONS: dict[str, tuple[Callable[..., Tensor], int]] = {
    **{name: (getattr(torch, name), 1) for name in UNARY.split()},
    "softplus": (nn.functional.softplus, 1),
    "maximum": (torch.maximum, 2),
    "minimum": (torch.minimum, 2),
    "where": (torch.where, 3),
}
OPERATIONS: dict[type, Callable] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def expression(text: str) -> Callable[[Tensor], Tensor]:
    """The function of z, elementwise, that a text stands for; torch has its slope.

    Args:
        text: at most 200 characters, like ``z * sigmoid(1.7 * z)``.

    Returns:
        a function of a tensor of any shape and floating dtype, which gives the same.

    Raises:
        ValueError: the text is no such expression; the message says what is wrong.

    >>> expression("where(z > 0, z, 0.1 * z)")(torch.tensor([-2.0, 3.0]))
    tensor([-0.2000,  3.0000])
    """
    if len(text) > LONGEST:
        raise ValueError(f"at most {LONGEST} characters, got {len(text)}")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        why = error.msg if isinstance(error, SyntaxError) else str(error)
        raise ValueError(f"{text!r} is no expression: {why}") from None
    _number(tree)

    def phi(z: Tensor) -> Tensor:
        value = _value(tree, {"z": z})
        return torch.broadcast_to(value.to(z.dtype), z.shape)

    return phi


def _check(node: ast.AST) -> bool:
    """Refuse what means nothing here; whether this is a comparison, no number.

    Raises:
        ValueError: at the first part that is not one of those above.
    """
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            return False
        case ast.Name(id=name) if name == "z" or name in CONSTANTS:
            return False
        case ast.UnaryOp(op=sign, operand=inner) if type(sign) in OPERATIONS:
            _number(inner)
            return False
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            if all([_check(left), _check(right)]):  # z * (z > 0) is a number
                raise ValueError(NO_NUMBER)
            return False
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in OPERATIONS:
            _number(left)
            _number(right)
            return False
        case ast.Compare(left=left, ops=[sign], comparators=[right]):
            if type(sign) in OPERATIONS:
                _number(left)
                _number(right)
                return True
        case ast.Call(func=ast.Name(id=name), args=given, keywords=[]):
            if name in FUNCTIONS:
                return _check_call(name, given)
        case ast.Name(id=name) if name in FUNCTIONS:
            raise ValueError(f"{name} is a function: write {name}(z)")
    names = ", ".join(["z", *CONSTANTS, *FUNCTIONS])
    raise ValueError(f"{ast.unparse(node)!r} means nothing here; there are {names}")


def _number(node: ast.AST) -> None:
    """Refuse what is no number."""
    if _check(node):
        raise ValueError(NO_NUMBER)


def _check_call(name: str, given: list[ast.expr]) -> bool:
    """Refuse a call with other arguments than the function takes."""
    _, count = FUNCTIONS[name]
    if len(given) != count:
        raise ValueError(f"{name} takes {count}, not {len(given)}")
    if name == "where" and not _check(given[0]):
        raise ValueError("the first part of where must be a comparison")
    for part in given[name == "where" :]:
        _number(part)
    return False


def _value(node: ast.AST, names: Mapping[str, Tensor]) -> Tensor:
    """A checked expression's value; numbers are tensors without a dimension."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return _constant(value)
        case ast.Name(id=name):
            return names[name] if name in names else _constant(CONSTANTS[name])
        case ast.UnaryOp(op=sign, operand=inner):
            return OPERATIONS[type(sign)](_value(inner, names))
        case ast.BinOp(left=left, op=sign, right=right):
            return OPERATIONS[type(sign)](_value(left, names), _value(right, names))
        case ast.Compare(left=left, ops=[sign], comparators=[right]):
            return OPERATIONS[type(sign)](_value(left, names), _value(right, names))
        case ast.Call(func=ast.Name(id=name), args=given):
            f, _ = FUNCTIONS[name]
            return f(*(_value(part, names) for part in given))
    raise AssertionError(f"{ast.dump(node)} has not been checked")


def _constant(value: float) -> Tensor:
    """A number without a dimension: beside a tensor it takes that one's dtype."""
    try:
        return torch.tensor(float(value), dtype=torch.float64, device="cpu")
    except OverflowError:
        return torch.tensor(math.inf, dtype=torch.float64, device="cpu")


def slope_of(phi: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """The slope of an elementwise function, by automatic differentiation."""

    def dphi(z: Tensor) -> Tensor:
        with torch.inference_mode(False), torch.enable_grad():
            z = z.detach().clone().requires_grad_()
            value = phi(z)
            if not value.requires_grad:  # a constant, or a comparison alone
                return torch.zeros_like(z)
            [slope] = torch.autograd.grad(value.sum(), z)
        return slope

    return dphi
