"""The header `_operations.h`: the table in C, for code that records Values there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from textwrap import fill, indent

from dendrograd.op import Op
from dendrograd.ops import OPS
from dendrograd.printing import Printed, printed
from dendrograd.program import Program
from dendrograd.rules import traced

from .c import C, body, names, origin
from .c_loops import loops

__all__ = ["header"]

spelled = C.knows

HEAD = """\
/* {generated}; do not edit.

The operations of engine/ops.py: primal and local derivatives, with the bits that the
engine computes in Python. Include <Python.h> and <math.h> before it, and compile with
-ffp-contract=off -fno-builtin, or the bits differ.

Of one, two or three operands               Of any number but 0, in an array
    y = primal_mul(a, b);                       y = primal_sum(x, n);
    partials_mul(y, a, b, out);                 partials_sum(y, x, n, out);
    partial_mul_1(y, a, b);  by b alone

OPERATIONS[INDEX_mul] takes the operands of any operation from an array; the order is
that of OPS. Where Python computes by an algorithm of its own there is no function, the
pointer is NULL, and the operation has the flag CALLS_PYTHON. Its origin is the text
that its C was made from, by which an old build is told from the table of today.
UNARY_OPERATIONS(F) and BINARY_OPERATIONS(F) write F(name) for each method that is all
C; UNARY_PRIMALS(F), BINARY_PRIMALS(F) and TERNARY_PRIMALS(F) for each primal in C. */
#ifndef DENDROGRAD_OPERATIONS_H
#define DENDROGRAD_OPERATIONS_H
#include <float.h>

#if defined(__FAST_MATH__) || FLT_EVAL_METHOD != 0
#error "these operations need the arithmetic of IEEE 754 in double precision"
#endif
#ifdef __GNUC__ /* exact functions, in one instruction in spite of -fno-builtin */
#define EXACT(function) __builtin_##function
#else
#define EXACT(function) function
#endif
"""
TABLE = """\
enum { CALLS_PYTHON = 1 };

struct operation {
    const char *name;
    int arity; /* -1: any */
    int flags;
    double (*primal)(const double *x, Py_ssize_t n);
    void (*partials)(double y, const double *x, Py_ssize_t n, double *out);
    const char *origin;
};
"""
BY_ARRAY = """\
#define PRIMAL_BY_ARRAY(name, ...) \\
    static inline double array_primal_##name(const double *x, Py_ssize_t n) \\
    { \\
        (void)n; \\
        return primal_##name(__VA_ARGS__); \\
    }
#define PARTIALS_BY_ARRAY(name, ...) \\
    static inline void array_partials_##name(double y, const double *x, Py_ssize_t n, \\
                                             double *out) \\
    { \\
        (void)n; \\
        partials_##name(y, __VA_ARGS__, out); \\
    }
#define BY_ARRAY(name, ...) \\
    PRIMAL_BY_ARRAY(name, __VA_ARGS__) PARTIALS_BY_ARRAY(name, __VA_ARGS__)
#define UNARY_BY_ARRAY(name) BY_ARRAY(name, x[0])
#define BINARY_BY_ARRAY(name) BY_ARRAY(name, x[0], x[1])

UNARY_OPERATIONS(UNARY_BY_ARRAY)
BINARY_OPERATIONS(BINARY_BY_ARRAY)"""
TAB, WIDTH = C.tab, 88
ARRAY = "const double *x, Py_ssize_t n"


def header(generated: str) -> str:
    """Return the text of the header; `generated` says by what."""
    table = OPS.values()
    parts = [
        HEAD.format(generated=generated),
        _index(),
        _names("UNARY_OPERATIONS", 1, _is_listed),
        _names("BINARY_OPERATIONS", 2, _is_listed),
        _names("UNARY_PRIMALS", 1, spelled),
        _names("BINARY_PRIMALS", 2, spelled),
        _names("TERNARY_PRIMALS", 3, spelled),
        "/* Primals */\n",
        *_primals(),
        "/* Local derivatives */\n",
        *[text for op in table for text in _rules(op)],
        "/* By arrays */\n",
        BY_ARRAY,
        *[text for op in table for text in _arrays(op)],
        "",
        TABLE,
        _table(),
        "#endif\n",
    ]
    return "\n".join(parts)


def has_rule(op: Op) -> bool:
    """Return whether C has the partials of an operation: all that they are made of."""
    return all(map(spelled, traced(op, 3 if op.variadic else len(op.domain)).ops))


def _wholly(op: Op) -> bool:
    return spelled(op) and has_rule(op)


def _index() -> str:
    places = ", ".join([f"INDEX_{name}" for name in OPS])
    return f"enum {{\n{indent(fill(places, WIDTH - 4), TAB)}\n}};\n"


def _is_listed(op: Op) -> bool:
    """Return whether F(name) stands in UNARY_OPERATIONS or BINARY_OPERATIONS."""
    return op.method and len(op.domain) in (1, 2) and _wholly(op)


def _names(macro: str, count: int, wanted: Callable[[Op], bool]) -> str:
    """Return the macro that writes F(name) for each operation of so many operands."""
    fixed = [op for op in OPS.values() if not op.variadic and len(op.domain) == count]
    entries = " ".join([f"F({op.name})" for op in fixed if wanted(op)])
    lines = [f"#define {macro}(F)", *fill(entries, 80).splitlines()]
    return " \\\n    ".join(lines) + "\n"


def _function(result: str, name: str, parameters: str, lines: Sequence[str]) -> str:
    """Return a function of C on lines that are no longer than the others."""
    text = C().function(f"{result} {name}", [parameters], lines)
    return "\n".join(map(wrapped, text.split("\n")))


def wrapped(line: str) -> str:
    """Return a line of C on as many lines as it needs."""
    tab = line[: len(line) - len(line.lstrip())] + TAB
    return fill(
        *(line, WIDTH),
        subsequent_indent=tab,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _parameters(op: Op) -> str:
    return ARRAY if op.variadic else ", ".join([f"double {x}" for x in names(op)])


def _primals() -> Iterator[str]:
    """Yield the primals, in the order of the table but for what another one calls."""
    written: set[str] = set()

    def write(op: Op) -> Iterator[str]:
        if op.name not in written and spelled(op):
            written.add(op.name)
            for used in re.findall(r"primal_(\w+)", "\n".join(body(op))):
                yield from write(OPS[used])
            yield _function("double", f"primal_{op.name}", _parameters(op), body(op))

    for op in OPS.values():
        yield from write(op)


def _rules(op: Op) -> Iterator[str]:
    """Yield the function of all partials, and where there are several, of each one."""
    if not has_rule(op):
        return
    parameters = f"double y, {_parameters(op)}"
    name, to = f"partials_{op.name}", f"{parameters}, double *out"
    if op.variadic:
        yield _function("void", name, to, _used(op, loops(op, C())))
        return
    program = traced(op, len(op.domain))
    lines, results = _statements(op, program, range(len(op.domain)))
    lines += [f"out[{i}] = {result};" for i, result in enumerate(results)]
    yield _function("void", name, to, _used(op, lines))
    for i in range(len(op.domain) if len(op.domain) > 1 else 0):
        lines, (result,) = _statements(op, program, [i])
        lines = _used(op, [*lines, f"return {result};"])
        yield _function("double", f"partial_{op.name}_{i}", parameters, lines)


def _statements(op: Op, program: Program, wanted: Sequence[int]) -> Printed:
    """Return the steps that wanted partials share, and their expressions."""
    return printed(program.live(wanted).shared(), ["y", *names(op)], C(), "shared")


def _used(op: Op, lines: list[str]) -> list[str]:
    """Return statements in which no parameter is unused, of which compilers warn."""
    words = set(re.findall(r"\w+", "\n".join(lines)))
    unused = [f"(void){name};" for name in ["y", *names(op)] if name not in words]
    return [" ".join(unused), *lines] if unused else lines


def _arrays(op: Op) -> Iterator[str]:
    """Yield the functions by an array of an operation that is in no list."""
    if op.variadic or _is_listed(op):
        return
    xs = ", ".join([f"x[{i}]" for i in range(len(op.domain))])
    if spelled(op):
        yield f"PRIMAL_BY_ARRAY({op.name}, {xs})"
    if has_rule(op):
        yield f"PARTIALS_BY_ARRAY({op.name}, {xs})"


def _table() -> str:
    rows = []
    for op in OPS.values():
        kind = "" if op.variadic else "array_"
        primal = f"{kind}primal_{op.name}" if spelled(op) else "NULL"
        partials = f"{kind}partials_{op.name}" if has_rule(op) else "NULL"
        arity = -1 if op.variadic else len(op.domain)
        flags = "0" if _wholly(op) else "CALLS_PYTHON"
        rows.append(f'    {{"{op.name}", {arity}, {flags}, {primal}, {partials},')
        rows.append(indent(f"{literal(origin(op))}}},", 2 * TAB))
    head = "static const struct operation OPERATIONS[] = {"
    return "\n".join([head, *rows, "};\n"])


def literal(text: str) -> str:
    """Return a text as a string of C, in pieces that fit a line.

    >>> print(literal('a ? "b"'))
    "a \\? \\"b\\""
    """
    pieces = [text[i : i + 60] for i in range(0, len(text), 60)]
    return "\n".join([json.dumps(piece).replace("?", "\\?") for piece in pieces])
