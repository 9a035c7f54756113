"""JavaScript: the operations and their derivatives as text that runs in a browser.

A page that shows a graph recomputes it when a leaf is edited. It needs no calculus of
its own: the derivatives are the recorded rules of the table, printed, and `sweep` is the
engine's reverse sweep. An operation is spelled by an operator, by a function of
`functions.js`, by that of `Math` which has its name, or by its `definition` in others.

Results are those of Python **bit for bit** where IEEE 754 leaves no choice: + - * /, the
other rational operations but `pow`, and `sqrt`. The rest are functions that a browser
may round otherwise than Python's `math`, in the last digit or two.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.resources import files
from typing import Any

from dendrograd.arithmetic import definition
from dendrograd.flat import Flat
from dendrograd.op import Op
from dendrograd.ops import OPS
from dendrograd.printing import printed
from dendrograd.program import Program
from dendrograd.rules import traced

from .language import UNARY, Call, Language, Text

__all__ = [
    "JavaScript",
    "Used",
    "knows",
    "operations",
    "recorded",
    "sweep",
    "text_of",
    "used",
]

Used = tuple[Op, int]  # an operation, and its number of operands
Slopes = Callable[[Op, int], Program]  # (y, *xs) -> its partials
# fmt: off
MATH = frozenset((  # the functions of JavaScript's Math, as of ECMAScript 2015
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil",
    "cos", "cosh", "exp", "expm1", "floor", "hypot", "log", "log10", "log1p", "log2",
    "max", "min", "pow", "sign", "sin", "sinh", "sqrt", "tan", "tanh", "trunc",
))
# fmt: on
OWN = {
    "maximum": Call("Math.max"),
    "minimum": Call("Math.min"),
    "norm": Call("Math.hypot"),
}
WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*")


def source(name: str) -> str:
    return files(__package__ or "").joinpath(name).read_text("utf-8")


def helpers() -> dict[str, str]:
    """Return the text of each function and constant of `functions.js`, by name."""
    text = source("functions.js")
    named = [
        (re.search(r"^(?:function|const) (\w+)", block, re.MULTILINE), block.strip())
        for block in text.split("\n\n")
    ]
    return {name[1]: block for name, block in named if name}


HELPERS = helpers()
DEFINED = [op.name for op in OPS.values() if op.definition]


class JavaScript(Language):
    """JavaScript text: its operators, and calls of the functions in `operations`."""

    own = OWN
    library = (
        {name: Call(name) for name in DEFINED}
        | {name: Call(f"Math.{name}") for name in MATH}
        | {name: Call(name) for name in HELPERS}
    )
    signed = UNARY
    step, head = "const {} = {};", "function {}({}) {{"
    tab, end = "  ", "\n}"

    def number(self, x: Any) -> str:
        return text_of(x)


knows = JavaScript.knows


def called(op: Op) -> str:
    """Return what an operation is called. Raises LookupError where it has no text."""
    spelling = JavaScript().spelling(op)
    return spelling.function if isinstance(spelling, Call) else op.name


def operations(ops: Iterable[Used], slopes: Slopes = traced) -> str:
    """Return an expression whose value is an object of operations, by name.

    For each, `f(...xs)` is the result and `d(y, ...xs)` the array of local derivatives,
    y being the result. Each is given with its number of operands, since the rule of an
    operation that takes any number is printed for that number. The text is the same in
    whatever order they come, and may stand inside `<script>`. `slopes` says which rule
    gives the derivatives. Raises LookupError, with the name, for an operation that
    `knows` denies.

    >>> from dendrograd.ops import mul, tanh
    >>> print(operations([(mul, 2), (tanh, 1)]))
    (() => {
    function sech(x) {
      return 1.0 / Math.cosh(x);
    }
    return {
    "mul": {"f": (a, b) => a * b, "d": (y, a, b) => [b, a]},
    "tanh": {"f": Math.tanh, "d": (y, x) => { const t0 = sech(x); return [t0 * t0]; }},
    };
    })()
    """
    counts: dict[Op, set[int]] = {}
    for op, count in ops:
        counts.setdefault(op, set()).add(count)
    entries = [
        entry(op, sorted(counts[op]), slopes)
        for op in sorted(counts, key=lambda op: op.name)
    ]
    helpers = "".join([f"{text}\n" for text in needed("\n".join(entries))])
    body = "".join([f"{text},\n" for text in entries])
    return f"(() => {{\n{helpers}return {{\n{body}}};\n}})()"


def entry(op: Op, counts: Sequence[int], slopes: Slopes = traced) -> str:
    """Return the primal of an operation and its rule, as a member of an object."""
    primal = called(op)
    if JavaScript.has_operator(op):
        names = parameters(len(op.domain))
        text = JavaScript().apply(op, [Text(name) for name in names])
        primal = f"({', '.join(names)}) => {text.text}"
    rules = [rule(op, count, slopes) for count in counts]
    slope = rules[0]
    if op.variadic:
        each = [f"{n}: {text}" for n, text in zip(counts, rules, strict=True)]
        slope = f"counted({{{', '.join(each)}}})"
    return f'"{op.name}": {{"f": {primal}, "d": {slope}}}'


def rule(op: Op, count: int, slopes: Slopes = traced) -> str:
    """Return the function (y, ...xs) -> partials, for so many operands."""
    names = ["y", *parameters(count)]
    program = slopes(op, count).live().shared()
    lines, results = printed(program, names, JavaScript(), "shared")
    shown = f"[{', '.join(results)}]"
    if lines:
        shown = f"{{ {' '.join(lines)} return {shown}; }}"
    return f"({', '.join(names)}) => {shown}"


def parameters(count: int) -> list[str]:
    """Return names for so many operands."""
    few = (["x"], ["a", "b"])
    return few[count - 1] if 0 < count < 3 else [f"x{i}" for i in range(count)]


def needed(text: str) -> list[str]:
    """Return the functions that a text calls, and those that these call, by name."""
    found: dict[str, str] = {}
    todo = [text]
    while todo:
        for name in words(todo.pop()):
            if name not in found and (helper := function(name)):
                found[name] = helper
                todo.append(helper)
    return [found[name] for name in sorted(found)]


def words(text: str) -> Iterator[str]:
    """Yield the names in a text that are no properties, as `Math.sin` has one."""
    for line in text.splitlines():
        yield from WORD.findall(line.partition("//")[0])


def function(name: str) -> str | None:
    """Return the text of a function: from the file, or of an operation's definition."""
    if name in HELPERS:
        return HELPERS[name]
    op = OPS.get(name)
    program = definition(op) if op and called(op) == name else None
    if not op or program is None:
        return None
    names = parameters(len(op.domain))
    lines, results = printed(program.live().shared(), names, JavaScript(), "shared")
    return JavaScript().function(name, names, [*lines, f"return {results[0]};"])


def sweep() -> str:
    """Return the function `sweep(operations, graph, edited)` as JavaScript text.

    It gives {data, partials, adjoints}, an array each with an entry for every node, as
    `backward` from the root would. `edited` is optional: numbers for leaves, by index.
    """
    return source("sweep.js")


def recorded(found: Flat) -> list[Any]:
    """Return the nodes of a graph in the form that `sweep` reads, for JSON.

    A leaf is its number. An operation is [name, operand, ...], where an operand that is
    a number is the index of a node, and one that is a string a plain number: "2.0".
    Raises LookupError for an operation that `knows` denies.

    >>> from dendrograd import Value
    >>> from dendrograd.flat import flat
    >>> x = Value(3.0)
    >>> recorded(flat([x * x + 1.0]))
    ['3.0', ['mul', 0, 0], ['add', 1, '1.0']]
    """
    for op, _ in used(found):
        called(op)  # or raise: the name of a stranger may be any text
    constants = found.constants
    return [
        [op.name, *[i if i >= 0 else text_of(constants[~i]) for i in places]]
        if op
        else text_of(x)
        for (op, places), x in zip(found.steps(), found.data, strict=True)
    ]


def used(found: Flat) -> set[Used]:
    """Return the operations of a graph, each with its numbers of operands.

    >>> from dendrograd import Value
    >>> from dendrograd.flat import flat
    >>> used(flat([Value(3.0).tanh()])) == {(OPS["tanh"], 1)}
    True
    """
    return {(op, len(places)) for op, places in found.steps() if op}


def text_of(x: float) -> str:
    """Return a number as JavaScript writes it."""
    if math.isfinite(x):
        return repr(float(x))
    return "NaN" if x != x else "Infinity" if x > 0.0 else "-Infinity"
