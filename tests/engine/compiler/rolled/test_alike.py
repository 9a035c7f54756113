"""Colours regroup a program and leave its numbers: each node is evaluated one by one."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pytest

import dendrograd as dg
from dendrograd import Value
from dendrograd.compiler.code import Code, from_flat, program
from dendrograd.compiler.rolled import levels
from dendrograd.compiler.rolled.colours import (
    CONSTANT,
    INPUT,
    LARGEST,
    PRODUCTS,
    TOTAL,
    Colouring,
)
from dendrograd.compiler.rolled.levels import NotAlike, coloured
from dendrograd.flat import flat


def recorded(f: Callable[..., Any], point: list[float]) -> Code:
    """Return what a function of a list does, as code."""
    leaves = [Value(x) for x in point]
    results = f(leaves)
    return from_flat(flat(results if isinstance(results, list) else [results], leaves))[
        0
    ]


def numbers(found: Colouring, point: list[float]) -> dict[int, float]:
    """Return what each node holds, class by class."""
    held: dict[int, float] = {}
    for kind, chunks in zip(found.kinds, found.members, strict=True):
        for chunk in chunks:
            counts = chunk.counts.tolist() or [1] * len(chunk.nodes)
            rows = iter(chunk.rows.tolist())
            for node, count in zip(chunk.nodes.tolist(), counts, strict=True):
                terms = [next(rows) for _ in range(count)]
                held[node] = number(found, kind, terms, held, point)
    return held


def number(
    found: Colouring, kind: Any, terms: Any, held: Any, point: list[float]
) -> float:
    if kind.kind == INPUT:
        return point[terms[0][0]]
    if kind.kind == CONSTANT:
        return float(found.code.constants[terms[0][0]])
    xs = [[held[i] for i in term] for term in terms]
    if kind.kind == PRODUCTS:
        return math.fsum(a * b for a, b in xs)
    if kind.kind == TOTAL:
        return math.fsum(x for (x,) in xs)
    if kind.kind == LARGEST:
        return max(x for (x,) in xs)
    return float(kind.op.evaluate(*xs[0]))


def network(values: list[Any]) -> Any:
    """Return the loss of a small network, as loops write it."""
    w, x = values[:21], values[21:24]
    hidden = []
    for row in range(4):
        s = w[4 * row + 3]
        for k in range(3):
            s = s + w[4 * row + k] * x[k]
        hidden.append(s.relu())
    total = 0.0
    for h, v in zip(hidden, w[16:20], strict=True):
        total = total - -h * v
    return (total + w[20]).tanh() + 0.001 * sum(p * p for p in w)


def ragged(values: list[Any]) -> list[Any]:
    return [sum(values[:n]) * dg.sum(values[: n + 1]) for n in range(1, 6)]


def maxima(values: list[Any]) -> list[Any]:
    first = values[0]
    for x in values[1:4]:
        first = dg.maximum(first, x)
    second = dg.maximum(values[3], dg.maximum(values[4], values[5]))
    both = dg.maximum(dg.maximum(values[0], values[1]), dg.maximum(*values[2:4]))
    return [first * second, both, dg.maximum(values[0], 0.5)]


def variadic(values: list[Any]) -> list[Any]:
    a, b = values[:3], values[3:6]
    return [
        dg.dot(a, b, 1.5) + dg.dot(a, b),
        dg.logsumexp(a) - dg.logsumexp(b),
        dg.norm(a) / dg.norm(b),
        -(0.0 - values[0]),
        3.0 - (2.0 - (values[1] - 0.0)),
    ]


def causal(values: list[Any]) -> list[Any]:
    """Rows of one entry and more: the first has no maximum, no sum, one product."""
    found = []
    for n in range(1, 7):
        row = values[:n]
        top = row[0]
        for x in row[1:]:
            top = dg.maximum(top, x)
        e = [(x - top).exp() for x in row]
        total = sum(e)
        found.append(sum(a / total * b for a, b in zip(e, values[6:], strict=False)))
    return found


def quotients(values: list[Any]) -> list[Any]:
    sums = [sum(values[:n]) for n in range(2, 7)]
    found = [(a / s).sin() for a, s in zip(values, sums, strict=False)]
    return [
        *found,
        (values[0] / values[1]).sin(),
        values[0] + sums[0],
        values[1] + values[2],
    ]


PROGRAMS = {
    "causal": (causal, 12),
    "quotients": (quotients, 6),
    "network": (network, 24),
    "ragged": (ragged, 6),
    "maxima": (maxima, 6),
    "variadic": (variadic, 6),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_output_holds_what_the_program_computes(name: str) -> None:
    f, count = PROGRAMS[name]
    draw = Random(3)
    point = [draw.uniform(0.2, 1.0) for _ in range(count)]
    code = recorded(f, point)
    found = coloured(code, [False] * count, [True] * count)
    held = numbers(found, point)
    expected = program(code).run(point)
    outputs = found.node(code.outputs.astype(np.int64)).tolist()
    assert [held[i] for i in outputs] == pytest.approx(expected, rel=1e-13)


def test_a_layer_is_three_classes_whatever_its_width() -> None:
    kinds = []
    for width in (4, 40):

        def layer(values: list[Any], width: int = width) -> Any:
            w, x = values[: 3 * width], values[3 * width :]
            rows = [w[3 * i : 3 * i + 3] for i in range(width)]
            return [(a * x[0] + b * x[1] + c).relu() for a, b, c in rows]

        n = 3 * width
        code = recorded(layer, [0.5] * (n + 2))
        found = coloured(code, [False] * n + [True] * 2, [True] * n + [False] * 2)
        kinds.append([(kind.kind, kind.op) for kind in found.kinds])
    assert kinds[0] == kinds[1]
    assert len(kinds[0]) == 5  # two of inputs, the products, their sum with c, relu


def test_the_first_row_of_a_causal_attention_has_the_colours_of_the_others() -> None:
    code = recorded(causal, [0.5] * 12)
    found = coloured(code, [False] * 12, [True] * 12)
    sizes = [sum(len(part.nodes) for part in one) for one in found.members]
    # inputs and 0; maxima; differences, exp; sums; quotients; sums of products
    assert sizes == [12, 1, 6, 21, 21, 6, 21, 6]


def test_single_products_stay_apart_where_the_others_are_those_of_matrices() -> None:
    def both(values: list[Any]) -> list[Any]:
        w, x = values[:16], values[16:]
        rows = [
            sum(a * b for a, b in zip(w[4 * i :], x, strict=False)) for i in range(4)
        ]
        return [*[row.tanh() for row in rows], (w[5] * x[2]).tanh()]

    code = recorded(both, [0.5] * 20)
    found = coloured(code, [False] * 16 + [True] * 4, [True] * 20)
    assert [kind.op for kind in found.kinds].count(dg.ops.OPS["mul"]) == 1


def test_the_class_of_a_step_varies_and_is_active_as_its_operands_are() -> None:
    code = recorded(lambda v: [v[0] * v[1], v[2].tanh()], [1.0, 2.0, 3.0])
    found = coloured(code, [True, False, False], [False, True, False])
    facts = {kind.op: (kind.varies, kind.active) for kind in found.kinds}
    assert facts[dg.ops.OPS["mul"]] == (True, True)
    assert facts[dg.ops.OPS["tanh"]] == (False, False)


def test_a_program_without_structure_is_given_up_early() -> None:
    draw = Random(1)

    def irregular(values: list[Any]) -> Any:
        pool = list(values)
        for _ in range(400):
            a, b = draw.choice(pool[-40:]), draw.choice(pool[-40:])
            pool.append(a.tanh() * b if draw.random() < 0.5 else a + b.exp())
        return sum(pool)

    code = recorded(irregular, [0.1] * 8)
    with pytest.raises(NotAlike, match="classes of the first"):
        coloured(code, [False] * 8, [True] * 8)


def test_a_long_recurrence_is_given_up_after_the_last_level(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(levels, "MAX_LEVELS", 3)

    def recurrence(values: list[Any]) -> Any:
        x = values[0]
        for _ in range(6):
            x = x.tanh()
        return x

    with pytest.raises(NotAlike, match="on 4 levels"):
        coloured(recorded(recurrence, [0.5]), [False], [True])


def test_known_operands_part_classes_unless_they_are_many() -> None:
    def powers(values: list[Any], count: int) -> list[Any]:
        return [x ** float(i % count + 2) for i, x in enumerate(values)]

    for count, classes in ((2, 2), (20, 1)):
        code = recorded(lambda v, n=count: powers(v, n), [1.5] * 40)
        found = coloured(code, [False] * 40, [True] * 40)
        assert sum(kind.op == dg.ops.OPS["pow"] for kind in found.kinds) == classes
