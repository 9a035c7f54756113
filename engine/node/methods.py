"""The methods of a number from the table, as text that Python compiles at import.

A method computes the primal and the partials of those operands that are nodes, and
makes the node, all in one call, since a further call would take as long as the rest.
Its arithmetic is printed from the entry: the primal and the rule, recorded together. It
is the fast path of `Value._apply`, which says the same for any number of operands.

The text of a method can be read: `inspect.getsource(Value.__mul__)`, and debuggers and
tracebacks show it.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from textwrap import indent
from typing import Any

from dendrograd.errors import OperandError
from dendrograd.number import number, ranked, stranger
from dendrograd.op import Op, highest
from dendrograd.printing import code
from dendrograd.program import record
from dendrograd.rules import explained

__all__ = ["GENERATED", "deferred", "described", "methods"]

Method = Callable[..., Any]
GENERATED = "<dendrograd "  # how the names of files begin that are text made at import

NODE = """
node = new(Value)
node._data = y
node._grad = 0.0
node._bar = None
node.op = op
node.label = ""
node.call = NOWHERE
{fields}
if (entered and MODE.get() is not PLAIN) or y - y:  # nan, so truthy, of inf and nan
    annotate(node, MODE.get())
return node
"""
UNARY = """
def {name}(self):
    x = self._data
{x}
{node}
"""
BINARY = """
def {name}(self, other):
    a = self._data
    kind = type(other)
    if kind is Value or (kind is not float and isinstance(other, Value)):
        b = other._data
{ab}
    else:
        try:
            b = other if kind is float else number(other, op.name)
        except OperandError as error:
            return deferred(op, (self, other), other, error)
{a}
        other, db = b, None
{node}
"""
REFLECTED = """
def {name}(self, other):
    b = self._data
    try:
        a = other if type(other) is float else number(other, op.name)
    except OperandError as error:
        return deferred(op, (other, self), other, error)
{b}
{node}
"""
LIMITED = """
try:
{lines}
except (ArithmeticError, ValueError):  # a limit: log(0) is -inf, say
    y, ({partials}) = linearize({operands})
"""


def methods(op: Op, world: Mapping[str, Any]) -> dict[str, Method]:
    """Return the methods and the operators of a table entry, by name.

    `world` holds what the text of `NODE` and of the methods names: the class of a node
    as `Value`, and how it is made.
    """
    if len(op.domain) == 1:
        fields = {"_a": "self", "_da": "dx", "_b": "None"}
        by_name = dict.fromkeys(op.names, made(op, UNARY, fields, world))
    else:
        fields = {"_a": "self", "_da": "da", "_b": "other", "_db": "db"}
        by_name = dict.fromkeys(op.names, made(op, BINARY, fields, world))
        if op.dunder:
            fields = {"_a": "a", "_da": "None", "_b": "self", "_db": "db"}
            name = f"__r{op.dunder}__"
            by_name[name] = made(op, REFLECTED, fields, world)
    for method in by_name.values():
        method.__qualname__ = f"Value.{op.name}"
        method.__doc__ = described(op)
    return by_name


def described(op: Op) -> str:
    """Return the docstring of the method of an operation."""
    names = ["x"] if len(op.domain) == 1 else ["a", "b"]
    call = f"y = {op.name}({', '.join(names)})"
    partials, steps = explained(op, names)
    derivatives = ", ".join(partials) + (f"; with {', '.join(steps)}" if steps else "")
    return f"Return {call}; its local derivatives are {derivatives}."


def made(
    op: Op, template: str, fields: Mapping[str, str], world: Mapping[str, Any]
) -> Method:
    """Return the function of a template, its arithmetic and the new node filled in."""
    space = {
        "__name__": __name__,
        "OperandError": OperandError,
        "deferred": deferred,
        "linearize": op.linearize,
        "number": number,
        "op": op,
        **world,
    }
    parts = {"name": op.name}
    for wanted in ("x",), ("a", "b"), ("a",), ("b",):
        slot = "".join(wanted)
        if f"{{{slot}}}" in template:
            text, names = arithmetic(op, wanted)
            parts[slot] = indent(text, " " * (4 if slot in "xb" else 8))
            space |= names
    stores = "\n".join([f"node.{field} = {it}" for field, it in fields.items()])
    parts["node"] = indent(NODE.strip().format(fields=stores), "    ")
    text = template.strip().format(**parts) + "\n"
    file = f"{GENERATED}{op.name} {'reflected' if template is REFLECTED else 'method'}>"
    linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
    exec(compile(text, file, "exec"), space)  # noqa: S102  # our own text
    method: Method = space[op.name]
    return method


def arithmetic(op: Op, wanted: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """Return statements that assign y and the partials d + name, and what they name.

    Primals may raise where IEEE 754 has a value; `op.linearize` then has it.
    """
    operands = ["x"] if len(op.domain) == 1 else ["a", "b"]

    def both(*xs: Any) -> tuple[Any, ...]:
        y = op(*xs)
        return (y, *op.partials(y, *xs))

    places = [0, *[1 + operands.index(name) for name in wanted]]
    program = record(both, len(operands)).live(places).shared()
    (lines, outputs), space = code(
        program, operands, attrgetter("primal"), mark="".join(wanted)
    )
    targets = ["y", *[f"d{name}" for name in wanted]]
    lines += [f"{to} = {it}" for to, it in zip(targets, outputs, strict=True)]
    slots = [f"d{name}" if name in wanted else "_" for name in operands]
    text = LIMITED.strip().format(
        lines=indent("\n".join(lines), "    "),
        partials="".join([slot + ", " for slot in slots]).rstrip(),
        operands=", ".join(operands),
    )
    return text, space


def deferred(op: Op, operands: tuple[Any, Any], other: Any, error: OperandError) -> Any:
    """Return what an operation means for a number of a higher rank.

    NotImplemented for a stranger, as an array, which may go element by element; raises
    the error for all else.
    """
    if ranked(other):
        return highest(operands)._apply(op, operands)
    if op.dunder and stranger(other):
        return NotImplemented
    raise error
