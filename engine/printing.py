"""A program as text of a language, and compiled where that is Python.

The languages stand in `languages/`; what is printed in Python runs as fast as by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from dendrograd.languages.language import Language, Text
from dendrograd.languages.python import Compiled, Python

from .op import Op
from .program import Program

__all__ = ["Printed", "code", "compiled", "printed"]


class Printed(NamedTuple):
    """A program's text: a statement for each step that has a name, and results."""

    lines: list[str]
    outputs: list[str]


def printed(
    program: Program,
    names: Sequence[str],
    printer: Language,
    named: str = "none",
    deepest: int = 50,
) -> Printed:
    """Return the text of a program whose inputs have names.

    `named` says which steps get a name t0, t1, ... of their own: "none", so that each
    output is one expression, "shared" those that are used twice, or "all". Of "shared"
    also a step that nests `deepest` others, since parsers give up: Python's at 200
    brackets.

    >>> from dendrograd.program import record
    >>> program = record(lambda a, b: (a - (b - 1.0)) * -a, 2)
    >>> printed(program, ["a", "b"], Python()).outputs
    ['(a - (b - 1.0)) * -a']
    """
    used = Counter(i for places in program.operands for i in places)
    used.update(program.outputs)
    shown: dict[int, Text] = {i: Text(name) for i, name in enumerate(names)}
    shown |= {~i: printer.constant(x) for i, x in enumerate(program.constants)}
    lines: list[str] = []
    depth: dict[int, int] = {}  # of the expressions that have no name
    for slot, op, places in program.steps():
        text = printer.apply(op, [shown[i] for i in places])
        nested = 1 + max([depth.get(i, 0) for i in places], default=0)
        apart = used[slot] > 1 or nested >= deepest
        if named == "all" or (named == "shared" and apart):
            name = f"t{slot - program.inputs}"
            lines.append(printer.statement(name, text.text))
            text = Text(name)
        else:
            depth[slot] = nested
        shown[slot] = text
    return Printed(lines, [shown[i].text for i in program.outputs])


def code(
    program: Program, names: Sequence[str], meaning: Callable[[Op], Any], mark: str = ""
) -> tuple[Printed, dict[str, Any]]:
    """Return a program as Python text, and the names that have to be known to it.

    `meaning` says what is called for an operation. Where the table has an operator, the
    operator of Python is used, so the numbers have to obey it. The names of programs
    with different marks do not collide.
    """
    printer = Compiled(meaning, mark)
    return printed(program, names, printer, "shared"), printer.space


def compiled(
    program: Program, names: Sequence[str], meaning: Callable[[Op], Any]
) -> Callable[..., tuple[Any, ...]]:
    """Return a program as a Python function of its inputs, which returns a tuple.

    `meaning` says what is called for an operation, as in `code`.
    """
    (lines, outputs), space = code(program, names, meaning)
    results = "".join([output + ", " for output in outputs])
    source = Python().function("function", names, [*lines, f"return ({results})"])
    exec(source, space)  # noqa: S102  # our own text
    function: Callable[..., tuple[Any, ...]] = space["function"]
    return function
