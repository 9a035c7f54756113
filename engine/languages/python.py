"""Python: the operators and calls of Python, with the parentheses they need."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from dendrograd.op import Op
from dendrograd.special import Constant, where

from .language import LOOSE, PRECEDENCE, Call, Infix, Inline, Language, Spelling

__all__ = ["Compiled", "Python", "has_operator"]

NOTHING: Mapping[Any, str] = {}
CHOICE = Inline("{1} if {0} else {2}", LOOSE + 1)  # computes the branch taken alone


class Python(Language):
    """Python text. `names` says what an operation is called; its own name, if not given.

    Operators stand where Python's means the operation on floats: `abs` is a function,
    and the `**` of floats raises where the table's `pow` has a value. An operation that
    is not of the table is called by its name too.
    """

    operators = PRECEDENCE
    step, head = "{} = {}", "def {}({}):"

    def __init__(self, names: Mapping[Any, str] = NOTHING) -> None:
        self.names = {**names}

    def name(self, op: Op) -> str:
        return self.names.get(op, op.name)

    def number(self, x: Any) -> str:
        finite = not isinstance(x, float) or math.isfinite(x)
        return repr(x) if finite else f'float("{x}")'

    def spelling(self, op: Op) -> Spelling:
        return Infix(op.symbol) if self.has_operator(op) else Call(self.name(op))


has_operator = Python.has_operator


class Compiled(Python):
    """Python text to run; `space` has what it names: each operation by its meaning.

    A constant that is meant has a name too, and so keeps its meaning.
    """

    def __init__(self, meaning: Callable[[Op], Any], mark: str = "") -> None:
        super().__init__()
        self.meaning, self.mark = meaning, mark
        self.space: dict[str, Any] = {}

    def name(self, op: Op) -> str:
        return self.named(op, f"{op.name.rpartition('.')[2]}_", self.meaning(op))

    def named(self, key: Any, stem: str, what: Any) -> str:
        name = self.names.setdefault(key, f"{stem}{self.mark}{len(self.names)}")
        self.space[name] = what
        return name

    def number(self, x: Any) -> str:
        return self.named(x, "c", x) if isinstance(x, Constant) else super().number(x)

    def spelling(self, op: Op) -> Spelling:
        return CHOICE if op.primal is where else super().spelling(op)
