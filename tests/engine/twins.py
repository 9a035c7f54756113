"""Random programs, and all that can be seen of a Value after one of them has run.

`test_native.py` runs a program in its own process and, through `Worker`, in one that
has the class in Python: this file, as a program, answers a line for each line of JSON.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from random import Random
from typing import Any

from dendrograd import Value, no_grad, scope, value_and_grad
from dendrograd.backprop import toposort
from dendrograd.errors import DendrogradError
from dendrograd.flat import flat
from dendrograd.ops import OPS
from dendrograd.sweeps import product

NASTY = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 1e-300, 1e300, 5e-324, 710.0, -745.5, 1e16)
BAD = (math.inf, -math.inf, math.nan)
ODD: dict[str, Any] = {
    "int": 3, "bool": True, "large": 10**400, "text": "x", "none": None, "complex": 1j,
}  # fmt: skip
SEEDS = (1.0, 0.3)
Program = dict[str, Any]


def number(draw: Random) -> float:
    kind = draw.random()
    if kind < 0.2:
        return draw.choice(NASTY)
    return draw.choice(BAD) if kind < 0.23 else draw.uniform(-3.0, 3.0)


def drawn(draw: Random, most: int = 30) -> Program:
    """Return a program: leaves, and steps on slots (ints) and plain operands."""
    leaves = [number(draw) for _ in range(draw.randint(1, 4))]
    odd = draw.random() < 0.1
    steps = []
    for at in range(len(leaves), len(leaves) + draw.randint(1, most)):
        op = OPS[draw.choice(list(OPS))]
        count = draw.randint(1, 5) if op.variadic else len(op.domain)
        if op.name == "dot":
            count = 2 * draw.randint(0, 3) + 1
        operands: list[Any] = [draw.randrange(at) for _ in range(count)]
        for i in range(count):
            if draw.random() < 0.25:
                operands[i] = number(draw).hex()
            elif odd and draw.random() < 0.1:
                operands[i] = draw.choice(list(ODD))
        steps.append([op.name, operands, draw.random() < 0.03, draw.random() < 0.1])
    return {"leaves": [x.hex() for x in leaves], "steps": steps}


def operand(place: int | str, slots: list[Any]) -> Any:
    if isinstance(place, int):
        return slots[place]
    return ODD[place] if place in ODD else float.fromhex(place)


def run(program: Program, leaves: list[Any]) -> list[Any]:
    """Return all slots: the leaves and the result of each step."""
    slots: list[Any] = list(leaves)
    for name, places, unrecorded, scoped in program["steps"]:
        operands = [operand(place, slots) for place in places]
        if unrecorded:
            with no_grad():
                slots.append(OPS[name](*operands))
        elif scoped:
            with scope("block"):
                slots.append(OPS[name](*operands))
        elif OPS[name].method and isinstance(operands[0], Value):
            slots.append(getattr(operands[0], name)(*operands[1:]))
        else:
            slots.append(OPS[name](*operands))
    return slots


def attempted(program: Program, leaves: list[Any]) -> list[Value]:
    """Return the nodes of a program, [] where it is refused on these leaves."""
    try:
        return [v for v in run(program, leaves) if isinstance(v, Value)]
    except (DendrogradError, TypeError, OverflowError):
        return []


def last(slots: list[Any]) -> Value:
    """Return the last node: an operation on plain numbers alone makes none."""
    return [x for x in slots if isinstance(x, Value)][-1]


def shown(x: Any) -> str:
    """Return a number to the last bit; one nan is as good as another."""
    if isinstance(x, Value):
        return "v" + shown(x.data)
    return x.hex() if isinstance(x, float) else repr(x)


def seen(slots: list[Any]) -> list[str]:
    """Return what can be seen of the nodes among the slots."""
    return [
        " ".join(
            [
                shown(v.data),
                shown(v.grad),
                repr(v.op),
                *map(shown, v.partials),
                "of",
                *map(shown, v.operands),
                repr(v.scope),
                str(len(v.parents)),
            ]
        )
        for v in slots
        if isinstance(v, Value)
    ]


def arrays(root: Value) -> str:
    """Return the arrays of a graph, which the two classes write each in its own way."""
    found = flat([root], full=True)
    numbers = [found.constants, found.data, found.partials or (), found.grads or ()]
    told = [[*map(shown, part)] for part in numbers]
    places = found.codes, found.starts, found.operands, found.outputs
    told += [[*map(repr, part)] for part in places]
    return repr((told, found.labels, len(found.captured), len(found.calls or ())))


def by_creation(root: Value, slots: list[Any], seed: float) -> None:
    """Sweep in the reverse order of creation: right, and other bits."""
    below = set(toposort(root))
    _sweep(
        [v for v in slots if isinstance(v, Value) and v in below], root, seed, product
    )


def without_annihilation(root: Value, slots: list[Any], seed: float) -> None:
    """Sweep with 0 * inf = nan."""
    _sweep(toposort(root), root, seed, lambda partial, out: partial * out)


def _sweep(order: list[Value], root: Value, seed: float, times: Any) -> None:
    bar = {root: seed}
    for v in reversed(order):
        for parent, partial in zip(v.parents, v.partials, strict=True):
            if v in bar:
                term = times(partial, bar[v])
                bar[parent] = bar[parent] + term if parent in bar else term
    for v in order:
        out = bar.get(v, 0.0)
        v.grad = out if v.parents else (v.grad or 0.0) + out


CONTROLS = {f.__name__: f for f in (by_creation, without_annihilation)}


def outcome(program: Program, control: str = "") -> list[str]:
    """Return what is seen of a program after two sweeps, or the error."""
    points = [float.fromhex(x) for x in program["leaves"]]
    try:
        slots = run(program, [Value(x) for x in points])
        root = last(slots)
        told = seen(slots)
        for seed in SEEDS:
            if control:
                CONTROLS[control](root, slots, seed)
            else:
                root.backward(seed)
            told += seen(slots)
        if not control:
            told.append(arrays(root))
            f = value_and_grad(lambda *xs: last(run(program, xs)), range(len(points)))
            value, slopes = f(*points)
            told.append(" ".join(map(shown, [value, *slopes])))
    except (DendrogradError, TypeError, OverflowError) as error:
        return [f"{type(error).__name__}: {error}"]
    return told


class Worker:
    """A process that runs programs on the class in Python."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__],
            env={**os.environ, "DENDROGRAD_PURE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def outcome(self, program: Program, control: str = "") -> list[str]:
        process = self.process
        assert process.stdin
        assert process.stdout
        print(json.dumps([program, control]), file=process.stdin, flush=True)
        told: list[str] = json.loads(process.stdout.readline())
        return told

    def close(self) -> None:
        self.process.communicate()


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(outcome(*json.loads(line))), flush=True)
