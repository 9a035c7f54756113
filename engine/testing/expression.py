"""An expression: a program of table operations, and the point where it is looked at.

The program runs on floats, Values, tangents or mpmath numbers (`dendrograd.program`),
and prints as Python source that anybody can run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dendrograd.languages.python import Python, has_operator
from dendrograd.op import Op, by_hand
from dendrograd.ops import OPS
from dendrograd.printing import printed
from dendrograd.program import Program
from dendrograd.value import Value

__all__ = ["Expression"]

__tracebackhide__ = True  # pytest shows a person's own lines

Place = int | float  # an int is a slot, a float a constant
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
        made = Program.of(list(results), leaves)
        count, constants = len(leaves), made.constants
        captured = [leaf.data for leaf in made.captured.values()]
        places = [*range(count), *captured, *range(count, count + len(made))]

        def placed(operands: Sequence[int]) -> tuple[Place, ...]:
            return tuple([places[i] if i >= 0 else constants[~i] for i in operands])

        steps = tuple(zip(made.ops, map(placed, made.operands), strict=True))
        point = tuple([leaf.data for leaf in leaves])
        return cls(point, steps, placed(made.outputs))

    @cached_property
    def program(self) -> Program:
        """The steps as a program."""
        made = Program(len(self.point))

        def place(operand: Place) -> int:
            return operand if isinstance(operand, int) else made.constant(operand)

        for op, places in self.steps:
            made.add(op, tuple(map(place, places)))
        made.outputs = list(map(place, self.outputs))
        return made

    def run(self, leaves: Sequence[Any], apply: Callable[..., Any]) -> list[Any]:
        """Return what every slot holds when leaves of some kind are put in."""
        return self.program.slots(leaves, apply)

    @staticmethod
    def at(slots: Sequence[Any], place: Place) -> Any:
        """Return what an operand stands for: a slot's number, or itself."""
        return slots[place] if isinstance(place, int) else place

    def results(self, leaves: Sequence[Any], apply: Callable[..., Any]) -> list[Any]:
        """Return what the outputs hold when leaves of some kind are put in.

        Raises GraphError where a node was made by hand and so has no rule.
        """
        return self.program.run(leaves, apply)

    def __call__(self, *leaves: Any) -> Any:
        found = self.program.run(leaves)
        return found[0] if len(found) == 1 else found

    @property
    def made_by_hand(self) -> bool:
        """Whether a node has no rule, so that nothing but its own run can tell it."""
        return any(op is by_hand for op, _ in self.steps)

    def __str__(self) -> str:
        """Return Python source that computes the value and the gradient."""
        names = [f"x{i}" for i in range(len(self.point))]
        taken = [*names, *[f"t{i}" for i in range(len(self.steps))]]
        known = self._known(taken)
        printer = Python(known)
        lines, told = printed(self.program, names, printer, "all")
        body = [
            line + BY_HAND * (op is by_hand)
            for line, op in zip(lines, self.program.ops, strict=True)
        ]
        result = told[0] if len(told) == 1 else f"[{', '.join(told)}]"
        call = "value_and_grad" if len(told) == 1 else "jacobian"
        argnums = tuple(range(len(self.point)))
        return "\n".join(
            [
                *self._imports(call, known),
                "",
                printer.function("f", names, [*body, f"return {result}"]),
                "",
                f"print({call}(f, {argnums})({', '.join(map(printer.number, self.point))}))",
            ]
        )

    __repr__ = __str__

    def _known(self, taken: Sequence[str]) -> dict[Op, str]:
        """Return what the source calls the operations that it imports."""
        used = dict.fromkeys([op for op, _ in self.steps if not has_operator(op)])
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
