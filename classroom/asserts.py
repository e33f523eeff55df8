"""What an assert of a test says about a student's values: always something, never all.

An assert that holds whatever came gives its points to everybody; one that calls what
came calls nothing, for functions do not travel.
"""

import ast
import builtins
from collections.abc import Iterator

from classroom.slices import Statement

SAME = ast.Eq | ast.Is | ast.LtE | ast.GtE  # between a thing and itself


def idle(cell: ast.Module) -> Iterator[tuple[int, str]]:
    """Asserts of a test cell that cannot fail: line, and why."""
    callables = functions(cell)
    for node in ast.walk(cell):
        if not isinstance(node, ast.Assert):
            continue
        if always(node.test, callables):
            yield node.lineno, f"an assert that always holds, {source(node.test)}"
        elif not any(isinstance(part, ast.Name) for part in ast.walk(node.test)):
            yield node.lineno, f"an assert that looks at nothing, {source(node.test)}"


def source(node: ast.AST) -> str:
    """Code, short enough to be shown."""
    return repr(ast.unparse(node)[:60])


def functions(cell: ast.Module) -> set[str]:
    """Names of what can be called, and so is true by itself: Python's, what is imported
    and what is defined here; none that is bound to something else.
    """
    found, bound = set(dir(builtins)), set()
    for node in ast.walk(cell):
        match node:
            case ast.Import() | ast.ImportFrom():
                found |= {a.asname or a.name.split(".")[0] for a in node.names}
            case ast.FunctionDef() | ast.ClassDef():
                found.add(node.name)
            case ast.Name(ctx=ast.Store()):
                bound.add(node.id)
    return found - bound - {"False", "None", "NotImplemented", "__debug__"}


def always(test: ast.expr, callables: set[str]) -> bool:
    """Whether an expression is true whatever its names are bound to."""
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return any(not isinstance(part, ast.Starred) for part in parts)
        case ast.Dict(keys=keys):
            return any(key is not None for key in keys)
        case ast.JoinedStr(values=parts):
            return any(isinstance(part, ast.Constant) for part in parts)
        case ast.Lambda() | ast.GeneratorExp():
            return True
        case ast.Name(id=name):
            return name in callables
        case ast.BoolOp(op=ast.Or(), values=parts):
            return any(always(part, callables) for part in parts)
        case ast.BoolOp(values=parts):
            return all(always(part, callables) for part in parts)
        case ast.UnaryOp(op=ast.Not(), operand=part):
            return never(part)
        case ast.IfExp(body=first, orelse=second):
            return always(first, callables) and always(second, callables)
        case ast.NamedExpr(value=part):
            return always(part, callables)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return isinstance(op, SAME) and ast.dump(left) == ast.dump(right)
    return False


def never(test: ast.expr) -> bool:
    """Whether an expression is false whatever happens."""
    match test:
        case ast.Constant(value=value):
            return not value
        case ast.Tuple(elts=[]) | ast.List(elts=[]) | ast.Dict(keys=[]):
            return True
    return False


def called(
    cell: list[Statement], names: frozenset[str], functions: frozenset[str]
) -> Iterator[tuple[int, str]]:
    """Functions of a student's that an assert mentions, by whatever name, and values
    that it calls: line, and the name.

    Args:
        cell: the statements of a test cell.
        names: what a student's answers bind.
        functions: those that they define.
    """
    aliases, values = set(functions), set(names)
    for part in cell:
        node = ast.parse(part.source).body[0]
        if part.kind == "call":
            values |= part.binds
            aliases -= part.binds
            aliases |= names_for(node, aliases)
        elif part.kind == "assert":
            found = {*(part.reads & aliases)}
            for call in ast.walk(node):
                if isinstance(call, ast.Call):
                    found |= {root(call.func)} & values
            yield from ((part.line, name) for name in sorted(found))


def names_for(node: ast.stmt, known: set[str]) -> set[str]:
    """Names that a statement gives to functions that have one of the known names."""
    match node:
        case ast.FunctionDef() | ast.ClassDef():
            return {node.name}
        case ast.Assign(targets=targets, value=ast.Tuple(elts=values)):
            named: set[str] = set()
            for target in targets:
                if isinstance(target, ast.Tuple) and len(target.elts) == len(values):
                    for left, right in zip(target.elts, values, strict=True):
                        named |= names_for(ast.Assign([left], right), known)
            return named
        case ast.Assign(targets=targets, value=value):
            is_one = isinstance(value, ast.Lambda) or root(value) in known
            return {t.id for t in targets if isinstance(t, ast.Name) and is_one}
    return set()


def root(node: ast.expr) -> str:
    """The name in ``f``, ``f[0]``, ``f[0]["a"]``; otherwise nothing."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
