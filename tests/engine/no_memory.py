"""Make every allocation fail once: `python no_memory.py [name ...]`, of CASES.

A case is a state and an act on it, that goes through one entry of the native twin. The
first allocation of the act fails, in another run the second, and so on. What must come
of it is a MemoryError, or the result, and after an error the same act on the same state
gives what it always gives: no mark, mode, parent or gradient was left behind.
"""

from __future__ import annotations

import _testcapi
import copy
import gc
import math
import pickle
import re
import sys
from collections.abc import Callable
from contextvars import Context, copy_context
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
from twins import seen

from dendrograd import (
    Value,
    dot,
    errstate,
    grad,
    hessian,
    hypot,
    jvp,
    logsumexp,
    no_grad,
    primitive,
    scope,
    sum,
)
from dendrograd.backprop import toposort
from dendrograd.compiler import lanes
from dendrograd.compiler.code import CHAIN, from_flat
from dendrograd.compiler.lanes import Lanes
from dendrograd.compiler.rows import _last
from dendrograd.compiler.schedule import _groups as groups_of
from dendrograd.compiler.schedule import in_runs, native
from dendrograd.context import recording, within
from dendrograd.errors import DendrogradError
from dendrograd.flat import flat
from dendrograd.languages.c import C
from dendrograd.leaves import gather, read, scatter
from dendrograd.native import twin
from dendrograd.ops import OPS
from dendrograd.sweeps import pull, push
from dendrograd.value import node

ENOUGH = 40  # acts in a row that succeed: there are no more allocations to fail
ROW = np.array([1.0, 2.0])
NOTHING = object()  # the result of an act that failed
State = Any


class Case(NamedTuple):
    """What is prepared with memory, what is done without, and what it has changed."""

    act: Callable[[State], Any]
    prepare: Callable[[], State]


class Weight(Value):
    """A subclass with a dict."""


@primitive(lambda y, x: 3.0 * x * x)
def cubed(x: float) -> float:
    return x**3


def pair() -> list[Value]:
    return [Value(2.0, label="x"), Value(3.0)]


def graph() -> list[Value]:
    x, y = pair()
    return [x, y, x * y, sum([x, y, x]), x * 2.0, (x * y).tanh()]


def long() -> list[Value]:
    """Return the ends of a chain that is longer than the first arrays of a sweep."""
    x = y = Value(1.5)
    for _ in range(1100):
        y = y * 1.001 + x
    return [x, y]


def wide() -> list[Value]:
    xs = [Value(float(i)) for i in range(1100)]
    return [xs[0], sum(xs) * 2.0]


def heavy() -> list[Value]:
    return [Weight(2.0), Value(3.0)]


class Taped:
    """Code of all kinds of steps, as the native tape takes it; shows its outputs."""

    def __init__(self) -> None:
        x, y = pair()
        root = dot([x * y, hypot(x, y)], [cubed(x), summed(x, y, 1.0, x, y)]) + y
        self.code = code = from_flat(flat([root, x + y], [x, y]))[0]
        runs = in_runs(code)
        here = [op is CHAIN or C.knows(op) for op in code.table]
        calls = [
            None if c else op.evaluate for c, op in zip(here, code.table, strict=True)
        ]
        rows = runs.heads.ravel(), runs.operands, runs.outputs
        self.parts = code.inputs, code.constants, *rows, tuple(calls)
        self.passed = code.inputs, code.starts, code.operands
        self.leaves, self.outputs = np.array([2.0, 3.0]), np.zeros(2)
        self.flags = np.zeros(code.slots, bool)
        self.groups = groups_of(code)
        self.machine = native.Machine(*self.parts)

    def run(self) -> Any:
        self.machine.run(self.leaves, self.outputs)
        return self

    def schedule(self) -> Any:
        inputs, *rows = self.passed
        return native.schedule(inputs, *self.groups, *rows)

    def __repr__(self) -> str:
        return repr([*self.outputs, *self.flags])


class Laned:
    """Code over lanes with all kinds of steps, a question and a sum; shows its outputs."""

    def __init__(self) -> None:
        x, y, z = Value(2.0), Value(3.0), Value(0.5)
        root = dot([x * y, hypot(x, z)], [cubed(x), summed(x, y, 1.0, x, y)]) + z
        code = from_flat(flat([root, x * y, root, z], [x, y, z]))[0]
        made, keep = Lanes(code, [0, 1], True, [(np.less, True)]), native.Lanes
        kept: list[Any] = []
        told = SimpleNamespace(Lanes=lambda *parts: kept.extend(parts) or keep(*parts))
        lanes.native, native_of_lanes = told, lanes.native
        made.runner(np.array([True, False]))
        lanes.native = native_of_lanes
        self.parts, self.machine = kept, keep(*kept)
        self.passed = code.inputs, code.starts, code.operands, _last(code)
        self.shared = made.once_for_all(np.array([0.0, 0.0, 0.5]))
        self.table = np.arange(6.0).reshape(3, 2), np.zeros((3, 0))
        self.into, self.total = np.zeros((1, 2)), np.zeros(1)
        self.first, self.which = np.zeros(2, np.int32), np.array([2, 0], np.int32)

    def run(self, machine: Any = None) -> Any:
        self.total[:] = 0.0
        rest = self.into, self.total, self.first, self.which
        (machine or self.machine).run(0, True, 2, self.shared, self.table, *rest)
        return self

    def __repr__(self) -> str:
        return repr([self.into, self.total, self.first])


@primitive(lambda y, *xs: (1.0,) * len(xs))
def summed(*xs: float) -> float:
    return math.fsum(xs)


def swept(s: list[Value]) -> None:
    s[-1].backward()


def connected(s: list[Value]) -> Value:
    made = Value.__new__(Value)
    made._connect((s[0], s[1], s[0]), (1.0, 2.0, 3.0))
    return made


def entered(kind: Callable[[], Any]) -> Callable[[list[Value]], Any]:
    def act(s: list[Value]) -> Any:
        with kind():
            first = s[0] * s[1]
            with kind():
                second = s[0].exp()
        return [first, second, s[0] + s[1]]

    return act


def set_to(name: str, content: Any) -> Callable[[list[Value]], Any]:
    def act(s: list[Value]) -> Any:
        setattr(s[-1], name, content)
        return s

    return act


def of(name: str) -> Callable[[list[Value]], Any]:
    return lambda s: [getattr(v, name) for v in s]


def order_of(s: list[Value]) -> tuple[list[Value], list[Value]]:
    return s, toposort(s[-1])


ACTS: dict[Callable[[], Any], dict[str, Callable[[Any], Any]]] = {
    pair: {
        "leaf": lambda s: Value(1.5),
        "leaf of an int": lambda s: Value(7),
        "leaf of a fraction": lambda s: Value(Fraction(1, 2)),
        "leaf with a label": lambda s: Value(1.5, label="name"),
        "leaf without data": lambda s: Value(),  # type: ignore[call-arg]
        "leaf of a str": lambda s: Value("1"),
        "bad leaf": lambda s: Value(float("inf")),
        "by hand": lambda s: Value(1.0, tuple(s), (2.0, 3.0)),
        "by hand of three": lambda s: Value(1.0, (*s, s[0]), (2.0, 3.0, 4.0)),
        "by hand of lists": lambda s: Value(1, [*s, s[0]], [2, 3, 4], label="name"),
        "by micrograd's name": lambda s: Value(1.0, (), (2.0, 3.0), _children=(*s,)),
        "by hand that does not pair": lambda s: Value(1, s, [2]),
        "init again": lambda s: [s[1].__init__(2, s[:1], [5]), s[1]],  # type: ignore[misc]
        "unary": lambda s: s[0].tanh(),
        "bad unary": lambda s: (s[0] * 1e3).exp(),
        "binary": lambda s: [s[0] * s[1], s[0] - 2.0, 2 / s[0], s[0] ** 3],
        "binary with a Decimal": lambda s: [s[0] * Decimal(2), Decimal(2) - s[0]],
        "binary with a str": lambda s: s[0] * "x",
        "binary with a huge int": lambda s: s[0] * 10**400,
        "power with a modulus": lambda s: pow(s[0], 2, 5),
        "in Python": lambda s: [hypot(s[0], s[1]), s[0].lgamma(), cubed(s[0])],
        "few operands": lambda s: [sum([*s, 1.0]), dot(s, [2.0, s[1]], 1)],
        "row of numbers": lambda s: [dot(s, ROW), sum(ROW), dot(s * 40, [*ROW] * 40)],
        "many operands": lambda s: [sum(s * 40), logsumexp([*s, 1.0] * 30)],
        "bad operand among many": lambda s: sum([*s, "x"]),
        "comparison": lambda s: [s[0] < 2.5, s[0] == 2**70, s[0] >= Decimal(2)],
        "comparison with a str": lambda s: s[0] < "x",
        "subclass": lambda s: [Weight(1.5) * s[0], Weight(1.5, s, (1.0, 2.0))],
        "scope": entered(lambda: scope("block")),
        "within a scope": lambda s: within(scope("block"), s[0].exp),
        "scope in no_grad": no_grad()(entered(lambda: scope("block"))),
        "no_grad": entered(no_grad),
        "recording": entered(recording),
        "errstate": entered(lambda: errstate(all="raise")),
        "grad": lambda s: grad(lambda v: v * v / 3.0)(2.0),
        "hessian": lambda s: hessian(lambda v, w: v * w * v, [0, 1])(2.0, 3.0),
        "jvp": lambda s: jvp(lambda v: v.exp() * v, (2.0,), (1.0,)),
        "label": set_to("label", "name"),
        "data": set_to("data", Fraction(1, 3)),
        "grad of a fraction": set_to("grad", Fraction(1, 3)),
        "grad of a str": set_to("grad", "x"),
        "no grad": set_to("grad", None),
        "op": set_to("op", cubed),
        "place": set_to("scope", ("a", "b")),
        "operands of a new node": connected,
        "parents that are fixed": set_to("parents", ()),
        "init of what exists": lambda s: s[0].__init__(5.0),
        "repr": lambda s: [repr(v) for v in s],
    },
    graph: {
        "fields": lambda s: [of(name)(s) for name in ("data", "grad", "op", "call")],
        "parents": of("parents"),
        "partials": of("partials"),
        "operands": of("operands"),
        "backward": swept,
        "pickle": lambda s: pickle.dumps(s[-1]),
        "unpickle": lambda s: pickle.loads(pickle.dumps(s[2:])),
        "copy": lambda s: copy.copy(s[3]),
        "deepcopy": lambda s: copy.deepcopy(s[-1]),
        "flat": lambda s: flat([cubed(s[-1]), s[3]], s[:1]),
        "flat with all": lambda s: flat(s[2:], full=True),
    },
    long: {
        "long backward": swept,
        "long toposort": lambda s: len(toposort(s[-1])),
        "long flat": lambda s: flat(s[-1:]).codes.tobytes(),
        "long toposort below": lambda s: len(toposort(s[-1], below=s[:1])),
    },
    wide: {"wide backward": swept},
    heavy: {
        "of a subclass": lambda s: [s[0] * s[1], sum([s[0], s[1], 2.0])],
        "pickle of a subclass": lambda s: pickle.dumps(s[0] * s[1]),
    },
    lambda: order_of(graph()[-1:]): {
        "pull": lambda s: list(pull(s[1], {s[0][0]: 1.0}).values()),
        "push": lambda s: list(push(s[1], {s[1][0]: 1.0}).values()),
    },
}
if native is not None:
    ACTS[Taped] = {
        "machine": lambda s: native.Machine(*s.parts).run(s.leaves, s.outputs),
        "first run of a machine": Taped.run,
        "schedule": Taped.schedule,
        "reached": lambda s: native.reached(*s.passed, s.flags),
        "gather": lambda s: gather([Value(2.0), Value(3.0)], s.outputs),
        "scatter": lambda s: scatter([Value(2.0), Value(3.0)], s.outputs, s.outputs),
        "read": lambda s: read([Value(2.0), Value(3.0)]),
        "node of an array": lambda s: node(
            1.0, np.ones(40), OPS["add"], (Value(2.0),) * 40
        ),
        "settle": lambda s: native.settle(s.outputs),
    }
    ACTS[Laned] = {
        "lanes": lambda s: s.run(native.Lanes(*s.parts)),
        "first run of lanes": Laned.run,
        "allocate": lambda s: native.allocate(*s.passed),
        "kernels": lambda s: [native.kernels(), native.fast()],
    }
CASES = {
    name: Case(act, prepare)
    for prepare, acts in ACTS.items()
    for name, act in acts.items()
}


def shown(result: Any) -> Any:
    """Return what can be seen of a result, its nodes included."""
    if isinstance(result, Value):
        return [result.label, seen([result])]
    if isinstance(result, (list, tuple)):
        return [shown(x) for x in [*result[:6], *result[-2:]]]
    return repr(result)


def outcome(case: Case, state: State, context: Context) -> Any:
    """Return the result or the error; the one MemoryError that is asked for goes on.

    Python may have no memory to end a `with` block, so each act has its own context.
    """
    try:
        return context.run(case.act, state)
    except (AttributeError, DendrogradError, TypeError) as error:
        return f"{type(error).__name__}: {error}"


class Scarce:
    """Memory of which there is none in reserve, and one allocation that fails."""

    def __init__(self) -> None:
        self.nodes = [Value(0.0) for _ in range(1 << 16)]  # all that are free
        end = Value(1.0)
        for _ in range(1 << 18):
            end = end * 1.0
        self.end = end
        gc.collect()
        gc.freeze()

    def fail(self, at: int, sweeps: bool) -> None:
        if sweeps:
            self.end.backward()  # so long that a sweep gives its arrays back
        self.nodes += [Value(0.0) for _ in range(64)]  # no free node is left
        gc.collect()  # nor a free float, tuple or frame of Python
        _testcapi.set_nomemory(at, at + 1)


def starved(case: Case, scarce: Scarce) -> tuple[int, set[str]]:
    """Return how many allocations of a case failed, one at a time."""
    lost: set[str] = set()
    state = case.prepare()
    expected = shown([outcome(case, state, copy_context()), state])
    sweeps = case.prepare not in (pair, heavy, Taped, Laned)
    plenty, at, failed, good = _testcapi.remove_mem_hooks, 0, 0, 0
    while good < ENOUGH:
        state, context = case.prepare(), copy_context()
        scarce.fail(at, sweeps)
        try:
            result = outcome(case, state, context)
        except (MemoryError, pickle.PicklingError):  # which pickle makes of it
            result = NOTHING
        except SystemError as error:
            plenty()
            lost.add(re.sub(" at 0x[0-9a-f]+", "", str(error)))
            result = NOTHING
        finally:
            plenty()
        if result is NOTHING:
            failed, good = failed + 1, 0
            result = outcome(case, state, copy_context())
        else:
            good += 1
        assert shown([result, state]) == expected, (at, result, state, expected)
        assert not twin or twin.backward(Value(1.0), 1.0), at  # no sweep is under way
        at += 1
    return failed, lost


if __name__ == "__main__":
    scarce, total = Scarce(), 0
    for name in sys.argv[1:] or CASES:
        failed, lost = starved(CASES[name], scarce)
        print(f"{failed:5} {name}", *sorted(lost), sep="\n      ", flush=True)
        total += failed
    print(f"{total} allocations failed, one at a time")
