"""An expression as data: a list of operations that runs on any kind of number.

Each operation names the slots of its operands; the slots hold the leaves, then the
results of the operations, in order (a Wengert list; Wengert, CACM 7, 1964). The same
list runs on floats, Values, tangents or mpmath numbers, and prints as Python source.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dendrograd.backprop import toposort
from dendrograd.op import Op, given
from dendrograd.ops import OPS
from dendrograd.symbols import Symbol
from dendrograd.value import Value

__all__ = ["Expression"]

__tracebackhide__ = True  # pytest shows a person's own lines

Place = int | float  # an int is a slot, a float a constant
CALLED = (None, "abs", "pow")  # operations that Python source writes as calls
TAKEN = ("f", "float", "jacobian", "print", "value_and_grad")  # in the source
BY_HAND = "  # made by hand: its rule is not known"


@dataclass(frozen=True, repr=False)
class Expression:
    """A straight-line program of table operations, with the point it was made at.

    point    a float for each leaf, in the first slots
    steps    (operation, operands): an operand is the number of a slot, or a float
    outputs  what is returned, as operands are; one, unless recorded from several

    Called with a number for each leaf (floats, Values), it returns the result; its
    text is Python source that computes value and gradient at the point.

    >>> from dendrograd import Value
    >>> x = Value(3.0)
    >>> square = Expression.of([x * x + 1.0], [x])
    >>> square(2.0), square.point
    (5.0, (3.0,))
    >>> print(square)
    from dendrograd import value_and_grad
    <BLANKLINE>
    def f(x0):
        t0 = x0 * x0
        t1 = t0 + 1.0
        return t1
    <BLANKLINE>
    print(value_and_grad(f, (0,))(3.0))
    """

    point: tuple[float, ...]
    steps: tuple[tuple[Op, tuple[Place, ...]], ...]
    outputs: tuple[Place, ...]

    @classmethod
    def of(cls, results: Sequence[Any], leaves: Sequence[Value]) -> Expression:
        """Return what was recorded between leaves and results.

        A Value without parents that is not among the leaves counts as a constant.
        """
        slots = {leaf: i for i, leaf in enumerate(leaves)}

        def place(operand: Any) -> Place:
            is_slot = isinstance(operand, Value) and operand in slots
            return slots[operand] if is_slot else float(operand)

        steps: list[tuple[Op, tuple[Place, ...]]] = []
        for node in inner(results, leaves):
            places = tuple([place(operand) for operand in node.operands])
            steps.append((node.op or given, places))
            slots[node] = len(slots)
        point = tuple([leaf.data for leaf in leaves])
        return cls(point, tuple(steps), tuple([place(y) for y in results]))

    def run(self, leaves: Sequence[Any], apply: Callable[..., Any]) -> list[Any]:
        """Return what every slot holds when leaves of some kind are put in.

        `apply(op, *operands)` performs an operation; constants come to it as floats.
        Raises GraphError where a node was made by hand and so has no rule.
        """
        slots = list(leaves)
        for op, places in self.steps:
            slots.append(apply(op, *[self.at(slots, place) for place in places]))
        return slots

    @staticmethod
    def at(slots: Sequence[Any], place: Place) -> Any:
        """Return what an operand stands for: a slot's number, or itself."""
        return slots[place] if isinstance(place, int) else place

    def results(self, leaves: Sequence[Any], apply: Callable[..., Any]) -> list[Any]:
        """Return what the outputs hold when leaves of some kind are put in."""
        slots = self.run(leaves, apply)
        return [self.at(slots, place) for place in self.outputs]

    def __call__(self, *leaves: Any) -> Any:
        found = self.results(leaves, lambda op, *operands: op(*operands))
        return found[0] if len(found) == 1 else found

    @property
    def made_by_hand(self) -> bool:
        """Whether a node has no rule, so that nothing but its own run can tell it."""
        return any(op is given for op, _ in self.steps)

    def __str__(self) -> str:
        """Return Python source that computes the value and the gradient."""
        names = [f"x{i}" for i in range(len(self.point))]
        names += [f"t{i}" for i in range(len(self.steps))]
        symbols = [Symbol(name) for name in names]
        known = self._known(names)
        body = []
        for i, (op, places) in enumerate(self.steps):
            called = replace(op, name=known.get(op, op.name))
            shown = called(*[self.at(symbols, place) for place in places])
            body.append(f"    t{i} = {_text(shown)}" + BY_HAND * (op is given))
        told = [_text(self.at(symbols, place)) for place in self.outputs]
        call = "value_and_grad" if len(told) == 1 else "jacobian"
        argnums = tuple(range(len(self.point)))
        return "\n".join(
            [
                *self._imports(call, known),
                "",
                f"def f({', '.join(names[: len(self.point)])}):",
                *body,
                f"    return {told[0] if len(told) == 1 else '[' + ', '.join(told) + ']'}",
                "",
                f"print({call}(f, {argnums})({', '.join(map(_text, self.point))}))",
            ]
        )

    __repr__ = __str__

    def _known(self, taken: Sequence[str]) -> dict[Op, str]:
        """Return what the source calls the operations that it imports."""
        used = dict.fromkeys([op for op, _ in self.steps if op.dunder in CALLED])
        known = {op: op.name for op in used if OPS.get(op.name) is op}
        others = [op for op in used if op not in known]
        for op in others:  # two may share a name, or one be called f, as the function
            name = _last(op)
            while name in {*TAKEN, *taken, *known.values()}:
                name += "_"
            known[op] = name
        return known

    def _imports(self, call: str, known: dict[Op, str]) -> list[str]:
        ours = sorted(name for op, name in known.items() if OPS.get(op.name) is op)
        lines = [f"from dendrograd import {call}"]
        if ours:
            lines.append(f"from dendrograd.ops import {', '.join(ours)}")
        return lines + [
            f"from {op.module} import {_last(op)}"
            + (f" as {name}" if name != _last(op) else "")
            for op, name in known.items()
            if OPS.get(op.name) is not op
        ]


def _last(op: Op) -> str:
    """Return the name of an operation, without that of the function around it."""
    return op.name.rpartition(".")[2]


def _text(x: Any) -> str:
    finite = not isinstance(x, float) or math.isfinite(x)
    return repr(x) if finite else f'float("{x}")'


def inner(results: Sequence[Any], leaves: Sequence[Value]) -> list[Value]:
    """Return the nodes between leaves and results, parents first."""
    roots = [y for y in results if isinstance(y, Value)]
    order = toposort(*roots, below=leaves)
    return [node for node in order if node.parents]
