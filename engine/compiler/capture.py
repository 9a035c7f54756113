"""A function run once on Values, and what it asked of them: the first stage of compile.

The function runs eagerly, so all of Python works in it. The graph that it leaves behind
is straight-line code; what it decided by data is told by the listener, as guards, and so
is a number that it read, which code cannot follow.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from dendrograd.backprop import toposort
from dendrograd.context import Block, recording, within
from dendrograd.errors import TraceError
from dendrograd.flat import flat
from dendrograd.mode import Mode, current
from dendrograd.notices.calls import ours
from dendrograd.notices.describe import quoted
from dendrograd.notices.listen import BY_HAND, HELD, MADE, SWEPT, listening
from dendrograd.notices.lost import quiet
from dendrograd.trees import flatten
from dendrograd.value import Value

from .code import Code, Floats, bound, from_flat, held
from .passes import reached

__all__ = ["Capture", "Question", "Run", "outside", "taken"]

REFUSED = {  # what a replay cannot do, and the way out
    BY_HAND: "makes a node by hand, whose derivatives are fixed numbers; write an "
    "operation with @dendrograd.primitive",
    SWEPT: "calls backward(), which fills in numbers that a replay would not change; take "
    "dendrograd.grad inside, or call backward() on the result",
}


class Question(NamedTuple):
    """What a function asked: how(*operands) was answered by an outcome, at a line."""

    how: Any
    operands: tuple[Any, ...]
    outcome: Any
    line: str


class Capture(NamedTuple):
    """One run of a function as straight-line code.

    code       its outputs are the Values among the results, then those asked about
    tree       the result as the function gave it
    results    the scalars of the result
    captured   Values that the function was not given, but found; the last inputs
    guards     what was asked of Values that depend on an input, in order
    reads      the lines where a number that depends on an input was read
    numbers    what the results and the Values asked about hold
    """

    code: Code
    tree: Any
    results: list[Any]
    captured: list[Value]
    guards: list[Question]
    reads: list[str]
    numbers: Floats


class Run:
    """A run of a function on Values, and what it told.

    watched    the results, the Values asked about, those read, those cut off by detach
    lines      where each node was made, if the run is told to find out
    """

    def __init__(
        self, call: Callable[[], Any], leaves: Sequence[Value], lined: bool = False
    ) -> None:
        self.asked: list[Question] = []
        self.reads: list[tuple[Value, str]] = []
        self.held: list[Value] = []
        self.lines: dict[Value, str] = {}
        self.leaves = list(leaves)
        block = Lined() if lined else recording()
        plain = current().recording and not lined
        run = listening if plain else partial(within, block, listening)
        self.tree = quiet(run, self._listener, call)
        self.results = flatten(self.tree)
        self.roots = [y for y in self.results if isinstance(y, Value)]
        about = [v for q in self.asked for v in q.operands if isinstance(v, Value)]
        self.watched = [*self.roots, *about, *[v for v, _ in self.reads], *self.held]

    def _listener(self, how: Any, operands: tuple[Any, ...], outcome: Any) -> Any:
        """Note what is asked; the answer is what the one who tells goes on with."""
        if not isinstance(how, str):
            self.asked.append(Question(how, operands, outcome, _place()))
        elif how == HELD:
            self.held.append(operands[0])
            return operands[0]
        elif how in REFUSED:
            raise TraceError(f"compile: {_line()} {REFUSED[how]}")
        elif how == MADE:
            self.lines[operands[0]] = _line()
        else:
            self.reads.append((operands[0], _line()))
        return None

    def order(self) -> list[Value]:
        """Return the nodes that were made since the leaves, and what they stand on."""
        return toposort(*self.watched, below=self.leaves)


class Lined(Block):
    """Have `annotate` called for each node, so that a run can note its line."""

    __slots__ = ()

    def change(self, mode: Mode) -> None:
        mode.recording = mode.loose = True


def taken(run: Run, old: list[Value]) -> Capture:
    """Return a run as code, in which all leaves that were not there before are constant."""
    found = flat(run.watched, run.leaves + old)
    code, places = from_flat(found)
    slots = np.concatenate([code.operands, code.outputs])
    used = np.zeros(code.inputs, bool)
    used[slots[(slots >= 0) & (slots < code.inputs)]] = True
    given, there = len(run.leaves), len(run.leaves) + len(old)
    used[:given], used[there:] = True, False
    data = np.array(found.data)[np.isin(places, np.flatnonzero(~used))]
    code = bound(code, np.flatnonzero(~used).astype(np.int32), data)
    code = held(code, code.outputs[len(run.watched) - len(run.held) :])
    captured = [v for v, met in zip(old, used[given:].tolist(), strict=False) if met]
    return _asked(run, code, captured)


def _asked(run: Run, code: Code, captured: list[Value]) -> Capture:
    """Return the capture of a run: a question about constants is none."""
    outputs = code.outputs.tolist()
    kept, guards, reads = outputs[: len(run.roots)], [], []
    if run.asked or run.reads:
        moving = reached(code, range(code.inputs))
        places = iter(outputs[len(run.roots) :])
        for question in run.asked:
            asked = [next(places) for v in question.operands if isinstance(v, Value)]
            if any(i >= 0 and moving[i] for i in asked):
                guards.append(question)
                kept += asked
        lines = zip(run.reads, places, strict=False)
        reads = [line for (_, line), i in lines if i >= 0 and moving[i]]
    return Capture(
        code._replace(outputs=np.array(kept, np.int32)),
        run.tree,
        run.results,
        captured,
        guards,
        list(dict.fromkeys(reads)),
        np.array([v._data for v in run.watched]),
    )


def outside() -> FrameType:
    """Return the innermost frame outside of this package, or the outermost."""
    frame = sys._getframe(1)
    while ours(frame) and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _place() -> str:
    """Return "file.py:12" of the innermost line outside this package."""
    frame = outside()
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _line() -> str:
    """Return that with the text of the line."""
    frame = outside()
    file, line = frame.f_code.co_filename, frame.f_lineno
    text = quoted(file, line, frame.f_globals)
    return f"{file}:{line}" + (f": `{text}`" if text else "")
