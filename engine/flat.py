"""A recorded graph as flat arrays: the one door from a graph to straight-line code.

Whoever prints, ships or compiles what was computed begins with these arrays, in which a
node is a number, its slot. They are `array.array`s: the standard library reads them, and
NumPy looks at their memory without a copy. The twin writes the same arrays in C.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any, NamedTuple

from .backprop import toposort, unrecorded
from .errors import OperandError
from .mode import Call
from .native import twin
from .number import number
from .op import Op, by_hand
from .ops import OPS
from .program import Program
from .trees import flatten
from .value import Value

__all__ = ["CAPTURED", "CUT", "INPUT", "TABLE", "Flat", "flat", "straight"]

TABLE = tuple(OPS.values())
NUMBERED = {op: i for i, op in enumerate(TABLE)}
INPUT, CAPTURED, CUT = -1, -2, -3  # the codes of nodes that no operation made
KINDS = "iiiddidd"  # of the arrays, in the order in which the twin returns them


class Flat(NamedTuple):
    """A graph: first the leaves that were asked for, then its nodes, parents first.

    codes      what made each node: the number of an operation in `table`, INPUT for a
               leaf that was asked for, CAPTURED for any other, and CUT for the result
               of an operation that `no_grad` kept out
    starts     where the operands of each node start; at the end, where the last ends
    operands   of all nodes: a slot, or below 0 a plain number; ~i is that of constants[i]
    constants  the plain numbers among the operands
    data       what each node holds
    outputs    the slot of each root
    named      the slots of the nodes that have a label
    captured   the leaves that are CAPTURED, in the order of their slots
    foreign    the operations that are not in the table: those of users, and `by_hand`
    partials   aligned with `operands`, 0.0 for a plain number
    grads      the `.grad` of each node, 0.0 for None
    calls      the entry into a scope that each node was made in
    labels     the label of each node

    The last four are there on request.
    """

    codes: array[int]
    starts: array[int]
    operands: array[int]
    constants: array[float]
    data: array[float]
    outputs: array[int]
    named: array[int]
    captured: list[Value]
    foreign: list[Op]
    partials: array[float] | None = None
    grads: array[float] | None = None
    calls: list[Call] | None = None
    labels: list[str] | None = None

    @property
    def table(self) -> tuple[Op, ...]:
        """The operations by their numbers: those of the table, then the foreign ones."""
        return (*TABLE, *self.foreign)

    def steps(self) -> list[tuple[Op | None, list[int]]]:
        """Return what made each node, None where no operation did, and its operands."""
        ops = [*self.table, *[None] * -CUT]  # the last of which the codes below 0 find
        starts, operands = self.starts.tolist(), self.operands.tolist()
        rows = zip(self.codes, starts, starts[1:], strict=False)
        return [(ops[code], operands[start:end]) for code, start, end in rows]


def flat(
    roots: Iterable[Value], leaves: Iterable[Value] = (), full: bool = False
) -> Flat:
    """Return the graph between leaves and roots as flat arrays.

    The leaves come first, in their order; what they were computed from is left out. The
    rest stands in the order of `toposort`. `full` asks for partials, gradients, calls
    and labels too. Raises OperandError where a root or a leaf is not a Value.

    >>> x, w = Value(3.0), Value(2.0, label="w")
    >>> found = flat([(x * w + 1.0).tanh()], [x])
    >>> [op.name for op, _ in found.steps() if op], list(found.operands)
    (['mul', 'add', 'tanh'], [0, 1, 2, -1, 3])
    >>> list(found.constants), found.captured
    ([1.0], [Value(data=2.0, grad=0.0, label='w')])
    """
    roots, leaves = list(roots), list(leaves)  # lists that nobody changes
    if twin is not None:
        found = twin.flat(roots, leaves, full)
        if found is not None:
            return _wrapped(found)
    return read(roots, leaves, full)


def _wrapped(parts: tuple[Any, ...]) -> Flat:  # pragma: no cover  # of the twin
    """Return the parts that the twin made, its bytes as arrays."""
    arrays: list[Any] = [array(k, part) for k, part in zip(KINDS, parts, strict=False)]
    named, captured, foreign, *lists = parts[len(KINDS) :]
    rest: list[Any] = [array("i", named), captured, list(foreign)]
    return Flat(*arrays[:6], *rest, *(arrays[6:] + lists if lists else ()))


def straight(results: Any, leaves: Sequence[Value]) -> Program:
    """Return what was recorded between leaves and results: `Program.of`."""
    ends = flatten(results)
    found = flat([y for y in ends if isinstance(y, Value)], leaves)
    made = Program(len(leaves) + len(found.captured))
    made.captured = dict(zip(_names(found.captured), found.captured, strict=True))
    made.constants = list(found.constants)
    made.tree, table = results, found.table
    inputs, slots = count(), count(made.inputs)
    places = [  # of each node, in the program
        next(slots if code >= 0 else inputs) if code != CUT else made.constant(x)
        for code, x in zip(found.codes, found.data, strict=True)
    ]
    operands = [places[i] if i >= 0 else i for i in found.operands]
    rows = list(zip(found.codes, found.starts, found.starts[1:], strict=False))
    made.ops = [table[code] for code, _, _ in rows if code >= 0]
    made.operands = [
        tuple(operands[start:end]) for code, start, end in rows if code >= 0
    ]
    roots = iter(found.outputs)
    for y in ends:
        ours = isinstance(y, Value)
        made.outputs.append(
            places[next(roots)] if ours else made.constant(number(y, "Program.of"))
        )
    return made


def _names(captured: Sequence[Value]) -> list[str]:
    """Return a name for each Value: its label where it is the first to have it."""
    names: dict[str, None] = {}
    for i, node in enumerate(captured):
        name = str(node.label or f"c{i}")
        while name in names:
            name += "_"
        names[name] = None
    return list(names)


def read(roots: list[Value], leaves: list[Value], full: bool) -> Flat:
    """Return what `flat` does: the law that the twin is held to."""
    for node in roots + leaves:
        if not isinstance(node, Value):
            raise OperandError(
                f"flat: {node!r} is a {type(node).__name__}, not a Value; a graph is "
                "read between Values"
            )
    rest = toposort(*roots, below=leaves)
    order = leaves + rest
    slots = {node: i for i, node in enumerate(order)}
    starts, operands, constants = _operands(len(leaves), rest, slots)
    codes, captured, foreign = _codes(rest)
    found = Flat(
        array("i", [INPUT] * len(leaves) + codes),
        starts,
        operands,
        constants,
        array("d", [node.data for node in order]),
        array("i", [slots[root] for root in roots]),
        array("i", [i for i, node in enumerate(order) if _is_named(node)]),
        captured,
        foreign,
    )
    if not full:
        return found
    return found._replace(
        partials=array("d", [slope for node in rest for slope in _slopes(node)]),
        grads=array("d", [0.0 if node.grad is None else node.grad for node in order]),
        calls=[node.call for node in order],
        labels=[node.label for node in order],
    )


def _operands(
    inputs: int, rest: list[Value], slots: dict[Value, int]
) -> tuple[array[int], array[int], array[float]]:
    """Return where the operands of each node start, the operands, and plain numbers."""
    starts, places, constants = array("i", [0] * (inputs + 1)), array("i"), array("d")
    for node in rest:
        for x in node.operands:
            if isinstance(x, Value):
                places.append(slots[x])
            else:
                places.append(~len(constants))
                constants.append(x)
        starts.append(len(places))
    return starts, places, constants


def _codes(rest: list[Value]) -> tuple[list[int], list[Value], list[Op]]:
    """Return what made each node, the leaves among them, and the foreign operations."""
    captured: list[Value] = []
    numbers: dict[Op, int] = {}
    codes = []
    for node in rest:
        op = node.op
        if not node.parents:
            codes.append(CUT if unrecorded(node) else CAPTURED)
            captured += [node] if codes[-1] == CAPTURED else []
        elif op in NUMBERED:
            codes.append(NUMBERED[op])
        else:
            op = by_hand if op is None else op
            codes.append(numbers.setdefault(op, len(TABLE) + len(numbers)))
    return codes, captured, list(numbers)


def _slopes(node: Value) -> tuple[float, ...]:
    """Return the partials of a node in the places of its operands."""
    if node.operands is node.parents:
        return node.partials
    partials = iter(node.partials)
    return tuple(
        [next(partials) if isinstance(x, Value) else 0.0 for x in node.operands]
    )


def _is_named(node: Value) -> bool:
    return type(node.label) is not str or node.label != ""
