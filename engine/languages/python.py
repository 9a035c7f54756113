"""Python: the operators and calls of Python, with the parentheses they need."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dendrograd.op import Op
from dendrograd.special import Constant, where

from .language import ATOM, LOOSE, PRECEDENCE, Call, Inline, Language, Spelling, Text

__all__ = ["Compiled", "Python"]

CHOICE = Inline("{1} if {0} else {2}", LOOSE + 1)  # computes the branch taken alone


class Python(Language):
    """Python text. `name` says what an operation is called; its own name, if not given.

    Operators stand where Python's means the operation on floats: `abs` is a function,
    and the `**` of floats raises where the table's `pow` has a value. An operation that
    is not of the table is called by its name too.
    """

    operators = PRECEDENCE

    def __init__(self, name: Callable[[Op], str] = lambda op: op.name) -> None:
        self.name = name

    def knows(self, op: Op) -> bool:
        return True

    def library(self, op: Op) -> Call:
        return Call(self.name(op))

    def constant(self, x: Any) -> Text:
        if not isinstance(x, float):
            return Text(repr(x))
        if not math.isfinite(x):
            return Text(f'float("{x}")')
        return Text(repr(x), ATOM if math.copysign(1.0, x) > 0.0 else LOOSE)

    def statement(self, name: str, text: str) -> str:
        return f"{name} = {text}"

    def function(
        self, name: str, parameters: Sequence[str], lines: Sequence[str]
    ) -> str:
        head = f"def {name}({', '.join(parameters)}):"
        return "\n".join([head, *[f"    {line}" for line in lines]])


class Compiled(Python):
    """Python text in which a constant that is meant keeps its meaning, by a name."""

    def __init__(self, name: Callable[[Op], str], meant: Mapping[Any, str]) -> None:
        super().__init__(name)
        self.meant = meant

    def constant(self, x: Any) -> Text:
        return Text(self.meant[x]) if isinstance(x, Constant) else super().constant(x)

    def spelling(self, op: Op) -> Spelling:
        return CHOICE if op.primal is where else super().spelling(op)
