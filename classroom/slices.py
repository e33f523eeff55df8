"""The three parts of a test cell, and what each needs: inputs, calls, asserts.

A test cell is plain Python that runs from top to bottom in a kernel. The grader runs
its statements in two processes, so that a student's code decides about no mark:

- *inputs* mention nothing of the student's; both processes run them, and what is data
  is taken from the judge's;
- *calls* mention a student's name, or a name that came from one; they run in the
  student's process, and what they bind and is data travels to the judge;
- *asserts* run in the judge's process only, on values.
"""

import ast
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

LONGEST = 100_000  # letters of a cell that is looked into
BEGIN, END = "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"


@dataclass
class Names(ast.NodeVisitor):
    """What a piece of code reads from outside, and what it binds there."""

    reads: set[str] = field(default_factory=set)
    binds: set[str] = field(default_factory=set)
    local: frozenset[str] = frozenset()

    def inside(self, names: Iterable[str], nodes: Iterable[ast.AST]) -> None:
        """Visit nodes in a scope that has names of its own."""
        inner = Names(local=self.local | frozenset(names))
        for node in nodes:
            inner.visit(node)
        self.reads |= inner.reads

    def visit_Name(self, node: ast.Name) -> None:
        """A name is read or bound."""
        if node.id not in self.local:
            into = self.reads if isinstance(node.ctx, ast.Load) else self.binds
            into.add(node.id)

    def changed(self, node: ast.Subscript | ast.Attribute) -> None:
        """``a[0] = 1`` and ``a.b = 1`` change what ``a`` is bound to."""
        self.generic_visit(node)
        root: ast.expr = node
        while isinstance(root, ast.Subscript | ast.Attribute):
            root = root.value
        if not isinstance(node.ctx, ast.Load) and isinstance(root, ast.Name):
            self.binds |= {root.id} - self.local

    visit_Subscript = visit_Attribute = changed

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """``a += 1`` reads what it binds."""
        self.generic_visit(node)
        if isinstance(node.target, ast.Name):
            self.reads |= {node.target.id} - self.local

    def imported(self, node: ast.Import | ast.ImportFrom) -> None:
        """An import binds the first part of a name, or what stands after ``as``."""
        self.binds |= {a.asname or a.name.split(".")[0] for a in node.names}

    visit_Import = visit_ImportFrom = imported

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Arguments are local; their defaults are not."""
        for default in [*node.args.defaults, *filter(None, node.args.kw_defaults)]:
            self.visit(default)
        self.inside(arguments(node.args), [node.body])

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """What a function assigns is its own."""
        self.binds.add(node.name)
        for outside in [
            *node.decorator_list,
            *node.args.defaults,
            *filter(None, node.args.kw_defaults),
        ]:
            self.visit(outside)
        body = Names()
        for statement in node.body:
            body.visit(statement)
        self.inside({*arguments(node.args), *body.binds}, node.body)

    visit_FunctionDef = visit_AsyncFunctionDef = function

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """A class binds its name; what it assigns is its own."""
        self.binds.add(node.name)
        for outside in [*node.decorator_list, *node.bases, *node.keywords]:
            self.visit(outside)
        body = Names()
        for statement in node.body:
            body.visit(statement)
        self.inside(body.binds, node.body)

    def comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
    ) -> None:
        """What a comprehension runs over is local to it."""
        targets = Names()
        for generator in node.generators:
            targets.visit(generator.target)
        self.inside(targets.binds, ast.iter_child_nodes(node))

    visit_ListComp = visit_SetComp = visit_DictComp = comprehension
    visit_GeneratorExp = comprehension


def arguments(args: ast.arguments) -> set[str]:
    """The names of a function's arguments."""
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
    return {a.arg for a in every if a}


def bindings(source: str) -> frozenset[str]:
    """What code binds at its top level, imports left out; nothing if it is broken,
    nested too deeply or longer than anybody writes.
    """
    names = Names()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(source if len(source) < LONGEST else "").body
        for statement in body:
            if not isinstance(statement, ast.Import | ast.ImportFrom):
                names.visit(statement)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    return frozenset(names.binds)


@dataclass(frozen=True)
class Statement:
    """One statement of a test cell."""

    kind: str  # "input", "call" or "assert"
    source: str
    reads: frozenset[str]
    binds: frozenset[str]
    hidden: bool
    line: int  # of the cell

    def asks_for(self, students: frozenset[str]) -> list[str]:
        """The names whose values a student's process is asked for, in order."""
        match self.kind:
            case "call":
                return sorted(self.binds)
            case "assert":
                return sorted(self.reads & students)
        return []


def statements(source: str, students: frozenset[str]) -> list[Statement]:
    """The statements of a test cell, in order.

    Args:
        source: the cell's text.
        students: names that a student's answers bind.
    """
    hidden = list(hidden_lines(source))
    found, known = [], set(students)
    bound: set[str] = set()  # by this cell itself
    for node in ast.parse(source).body:
        names = Names()
        names.visit(node)
        binds = set(names.binds)
        plain = ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Assert
        plain |= ast.FunctionDef | ast.ClassDef
        if not isinstance(node, plain):
            # "fill(W)" and a loop that appends change what they are given
            binds |= names.reads & bound
        if any(isinstance(part, ast.Assert) for part in ast.walk(node)):
            kind = "assert"
        elif names.reads & known:
            kind = "call"
            known |= binds
        else:
            kind = "input"
            known -= binds
        bound |= binds
        found.append(
            Statement(
                kind,
                ast.unparse(node),
                frozenset(names.reads),
                frozenset(binds),
                hidden[node.lineno - 1],
                node.lineno,
            )
        )
    return found


def hidden_lines(source: str) -> Iterator[bool]:
    """For each line of a cell, whether students do not see it."""
    inside = False
    for line in source.split("\n"):
        inside = (inside or BEGIN in line) and END not in line
        yield inside


def for_student(cell: list[Statement]) -> list[int]:
    """Which statements a student's process runs: calls, and the inputs they need.

    What only asserts need, above all what is expected, stays with the judge.
    """
    needed: set[str] = set()
    kept = []
    for i in reversed(range(len(cell))):
        statement = cell[i]
        wanted = statement.kind == "input" and statement.binds & needed
        if statement.kind == "call" or wanted:
            kept.append(i)
            needed |= statement.reads
    return kept[::-1]
