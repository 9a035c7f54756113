"""Arithmetic read from a text: parsed, checked node by node, and never `eval`ed.

`parse` turns the text into a syntax tree and walks it without recursion; whatever is
not a number, a name, an operator or a function of the operation table is refused with
carets under it. What is left is a list of nodes in post-order, and `evaluate` is a
stack machine over that list, so no input can run anything or recurse.
"""

from __future__ import annotations

import ast
import math
import operator
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dendrograd import Value
from dendrograd.errors import DendrogradError
from dendrograd.ops import OPS

from .caret import point, refuse, source
from .errors import CommandError, quoted
from .functions import FUNCTIONS, meant

__all__ = ["CONSTANTS", "Formula", "parse"]

LIMIT = 10_000  # characters; far beyond any formula, far below what can crash `ast`
CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan}
OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.UAdd: "pos",
    ast.USub: "neg",
}
COMPARISONS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
Number = Value | float


@dataclass(frozen=True)
class Formula:
    """A checked expression: its nodes in post-order and the names that it uses."""

    text: str
    nodes: tuple[ast.expr, ...]
    names: tuple[str, ...] = field(default=())

    def evaluate(self, values: Mapping[str, Number]) -> Number:
        """Return the result with a value for every name; constants need none.

        Raises CommandError for a name without a value and for what the operations
        refuse, such as lists of different lengths.

        >>> parse("tanh(w*x + b)").evaluate({"w": 2.0, "x": -1.0, "b": 2.0})
        0.0
        """
        stack: list[Any] = []
        for node in self.nodes:
            count = len(_children(node))
            operands = stack[len(stack) - count :]
            del stack[len(stack) - count :]
            stack.append(self._step(node, operands, values))
        result: Number = stack.pop()
        return result

    def _step(
        self, node: ast.expr, operands: list[Any], values: Mapping[str, Number]
    ) -> Any:
        match node:
            case ast.Constant():
                return float(node.value)  # type: ignore[arg-type]  # int or float, checked
            case ast.Name():
                return self._look_up(node, values)
            case ast.List():
                return operands
            case ast.Compare():
                return COMPARISONS[type(node.ops[0])](*operands)
            case ast.Call(func=ast.Name(id=name)):
                return self._call(node, FUNCTIONS[name].call, operands)
            case ast.BinOp() | ast.UnaryOp():
                return self._call(node, OPS[OPERATORS[type(node.op)]], operands)
        raise AssertionError(node)  # pragma: no cover  # parse lets nothing else pass

    def _call(self, node: ast.expr, call: Any, operands: list[Any]) -> Any:
        try:
            return call(*operands)
        except DendrogradError as error:
            refuse(self.text, node, str(error))

    def _look_up(self, node: ast.Name, values: Mapping[str, Number]) -> Number:
        if node.id in values:
            return values[node.id]
        if node.id in CONSTANTS:
            return CONSTANTS[node.id]
        refuse(self.text, node, f"{node.id} has no value; add {node.id}=NUMBER")


def parse(text: str) -> Formula:
    """Return the checked expression of a text, or raise CommandError with carets.

    >>> parse("sum([x, y]) ** 2").names
    ('x', 'y')
    >>> parse("x.real")
    Traceback (most recent call last):
    ...
    dendrograd.cli.errors.CommandError: an expression cannot hold an attribute: 'x.real'
    """
    clean = "".join(" " if c.isspace() else c for c in text).strip()
    waiting: list[ast.expr] = [_tree(clean)]
    nodes: list[ast.expr] = []
    allowed: set[ast.expr] = set()
    while waiting:
        node = waiting.pop()
        _check(clean, node, allowed)
        waiting += _children(node)
        nodes.append(node)
    nodes.reverse()  # last operand first, read backwards: operands before operations
    names = [node.id for node in nodes if isinstance(node, ast.Name)]
    return Formula(clean, tuple(nodes), tuple(dict.fromkeys(names)))


def _tree(text: str) -> ast.expr:
    if not text:
        raise CommandError('the expression is empty; give one, as "tanh(w*x + b)"')
    if len(text) > LIMIT:
        raise CommandError(f"the expression has {len(text)} characters, over {LIMIT}")
    for place, character in enumerate(text):
        if not character.isprintable() or character == "#":
            point(text, place, place + 1, f"{character!r} cannot stand in a formula")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python warns of "1if"; it is refused here
            return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        start = (error.offset or len(text) + 1) - 1
        point(text, start, max((error.end_offset or 0) - 1, start + 1), error.msg)
    except (RecursionError, MemoryError):
        raise CommandError("the expression is nested too deeply; split it") from None


def _children(node: ast.expr) -> Sequence[ast.expr]:
    """Return the operands of a checked node, in order."""
    match node:
        case ast.BinOp():
            return [node.left, node.right]
        case ast.UnaryOp():
            return [node.operand]
        case ast.Compare():
            return [node.left, *node.comparators]
        case ast.Call():
            return node.args
        case ast.List():
            return node.elts
    return []


def _check(text: str, node: ast.expr, allowed: set[ast.expr]) -> None:
    """Raise CommandError for a node that is not arithmetic.

    A list and a comparison are right only as certain arguments, so a call adds those
    to `allowed` before the walk reaches them.
    """
    match node:
        case ast.Constant(value=bool() | complex() | str() | bytes() | None):
            refuse(text, node)
        case ast.Constant(value=int() | float() as number):
            if not _finite(number):
                refuse(text, node, "the number is too large for a float; write inf")
        case ast.Name() if node.id in FUNCTIONS and node.id not in CONSTANTS:
            refuse(text, node, f"{node.id} is a function; write {node.id}(...)")
        case ast.Name():
            pass
        case ast.BinOp() | ast.UnaryOp():
            if type(node.op) not in OPERATORS:
                refuse(text, node, what=type(node.op))
        case ast.Call():
            _check_call(text, node, allowed)
        case ast.Compare() if node in allowed and len(node.ops) == 1:
            if type(node.ops[0]) not in COMPARISONS:
                refuse(text, node, f"{quoted(source(text, node))} compares no numbers")
        case ast.List() if node in allowed:
            pass
        case _:
            refuse(text, node)


def _check_call(text: str, node: ast.Call, allowed: set[ast.expr]) -> None:
    if not isinstance(node.func, ast.Name):
        refuse(text, node.func)
    name, count = node.func.id, len(node.args)
    if name not in FUNCTIONS:
        refuse(text, node.func, meant(name))
    for keyword in node.keywords:
        refuse(text, keyword.value, f"{name} takes its arguments by place, not by name")
    function = FUNCTIONS[name]
    if not function.least <= count <= len(function.lists):
        refuse(text, node, f"{name} takes {function.arity}, but here are {count}")
    for argument, wants_list in zip(node.args, function.lists, strict=False):
        is_list = isinstance(argument, ast.List)
        if wants_list and not is_list:
            refuse(text, argument, f"{name} takes a list here: [x, y]")
        if is_list and not wants_list:
            refuse(text, argument, f"{name} takes a number here, not a list")
        condition = name == "where" and argument is node.args[0]
        if is_list or (condition and isinstance(argument, ast.Compare)):
            allowed.add(argument)


def _finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:
        return False
