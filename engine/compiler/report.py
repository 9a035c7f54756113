"""What became of a compiled function, for people: a report, readable code, the graph."""

from __future__ import annotations

import re
from collections.abc import Sequence
from keyword import iskeyword
from typing import Any, NamedTuple

from dendrograd.languages.python import Python
from dendrograd.printing import printed
from dendrograd.trees import paths

from .arguments import Arguments, moving, plain
from .capture import Question
from .code import program
from .lanes import Lanes
from .path import Path
from .tally import LanesOfPath, LanesReport, Tally, lanes_of, lanes_report, several
from .tape import Tape

__all__ = ["PathReport", "Report", "called", "chosen", "names", "reported", "source"]

LONGEST = 400  # statements of a source that are shown
MOST = 1000  # inputs that have names of their own


class PathReport(NamedTuple):
    """One path: how much it computes, when it holds, and how long it took to be ready.

    operations   that the function performs
    steps, runs  of the tapes, by the number of inputs that are differentiated
    guards       what was asked, with line and answer
    frozen       lines where a number was read that stays as it was
    captured     labels of the Values that the function found
    seconds      to record the function and to make its tapes
    choice       what was chosen to run it and why, by the number of inputs as above;
                 over lanes, the last choice, at -1
    lanes        of a function over lanes: how many took the path, and what ran there
    """

    operations: int
    steps: dict[int, int]
    runs: dict[int, int]
    guards: list[str]
    frozen: list[str]
    captured: list[str]
    seconds: float
    choice: dict[int, str]
    lanes: LanesOfPath | None = None

    def __str__(self) -> str:
        tapes = [
            (f"gradient by {several(wanted, 'input')}" if wanted else "value")
            + (
                f" {several(steps, 'step')} in {several(self.runs[wanted], 'run')}"
                if self.runs[wanted]
                else f" {several(steps, 'statement')}"
            )
            for wanted, steps in self.steps.items()
        ]
        told = [several(self.operations, "operation"), *tapes]
        if self.lanes:
            told = [str(self.lanes), *told, *self.lanes.tapes()]
        told += dict.fromkeys(self.choice.values())
        told.append(f"ready in {self.seconds * 1e3:.1f} ms")
        lines = ["; ".join(told)]
        lines += [f"  holds where {guard}" for guard in _few(self.guards)]
        lines += [f"  a number stays as it was: {line}" for line in self.frozen]
        if self.captured:
            lines.append(f"  reads {len(self.captured)} Values: " + self._names())
        return "\n".join(lines)

    def _names(self) -> str:
        return ", ".join(_few([name or "without a label" for name in self.captured]))


class Report(NamedTuple):
    """What runs where a compiled function is called, and why.

    back_end  what runs the paths
    kinds     of arguments, each recorded on its own
    lanes     of a function over lanes: how many there were, and what ran them
    eager     what was warned of
    """

    name: str
    back_end: str
    kinds: int
    paths: list[PathReport]
    eager: str
    lanes: LanesReport | None = None

    def __str__(self) -> str:
        paths, kinds = several(len(self.paths), "path"), several(self.kinds, "kind")
        head = f"{self.name}: {paths} of {kinds} of arguments; {self.back_end}"
        over = [str(self.lanes)] if self.lanes else []
        each = [f"{i}. {path}" for i, path in enumerate(self.paths, 1)]
        return "\n".join([head, *over, *each, *([self.eager] if self.eager else [])])


def _few(texts: Sequence[str], most: int = 6) -> list[str]:
    more = len(texts) - most
    return [*texts[:most], f"and {more} more"] if more > 0 else list(texts)


def reported(
    name: str,
    kinds: int,
    found: Sequence[Path],
    eager: str,
    tally: Tally | None = None,
) -> Report:
    """Return the report of a compiled function that took some paths.

    `tally` is of one that ran over lanes; the path that most lanes of its last call took is first.
    """
    if tally:
        found = sorted(found, key=lambda path: -tally.shares.get(path, 0))
    lanes = lanes_report(found, tally) if tally else None
    paths = [_of_path(path, tally) for path in found]
    return Report(name, _back_end(found, lanes), kinds, paths, eager, lanes)


def _back_end(found: Sequence[Path], lanes: LanesReport | None) -> str:
    """Return what runs some paths, in words."""
    if not found:
        return "nothing ran yet"
    if lanes:
        return lanes.kernel
    tapes = [tape for path in found for tape in path.tapes.values()]
    if tapes and not any(isinstance(tape, Tape) for tape in tapes):
        return "NumPy runs them as statements on arrays"
    native = all(tape.native for tape in tapes)
    return (
        "a tape in C runs them, one run of equal operations after the other"
        if native
        else "NumPy runs them, since the tape in C is not built or not wanted here"
    )


def _of_path(path: Path, tally: Tally | None) -> PathReport:
    tapes = path.tapes.items()
    return PathReport(
        len(path.capture.code.codes),
        {sum(map(len, wanted)): tape.steps for wanted, tape in tapes},
        {sum(map(len, wanted)): tape.runs for wanted, tape in tapes},
        list(dict.fromkeys(map(_asked, path.capture.guards))),
        path.capture.reads,
        [v.label for v in path.captured],
        path.seconds,
        {sum(map(len, w)): _chosen(tape, path.why[w]) for w, tape in tapes}
        | _over_lanes(path),
        lanes_of(path, tally) if tally else None,
    )


def _over_lanes(path: Path) -> dict[int, str]:
    """Return what ran over lanes last and why, if anything did."""
    if path.latest is None:
        return {}
    return {-1: "over lanes: " + _chosen(*path.latest)}


def _chosen(tape: Any, why: str) -> str:
    """Return what runs a path and why, as a person reads it."""
    return f"{'tape' if isinstance(tape, (Tape, Lanes)) else 'rolled'} ({why})"


def chosen(path: Path) -> list[str]:
    """Return what runs a path and why, once for each choice."""
    tapes = [_chosen(tape, path.why[by]) for by, tape in path.tapes.items()]
    return [*dict.fromkeys([*tapes, *_over_lanes(path).values()])]


def _asked(question: Question) -> str:
    how = getattr(question.how, "__name__", "a question")
    return f"{how} at {question.line} is {question.outcome}"


def source(path: Path, title: str) -> str:
    """Return what a path computes as a Python function, with a statement for each step.

    Of a rolled path it is the page of NumPy that was made last.
    """
    machines = [*path.tapes.values(), *(path.latest or ())[:1]]
    pages = [m.source for m in machines if not isinstance(m, (Tape, Lanes))]
    if pages:
        return str(pages[-1])
    named = names(path)
    lines, outputs = printed(program(path.capture.code), named, Python(), "all")
    more = len(lines) - LONGEST
    if more > 0:
        lines = [*lines[:LONGEST], f"...  # {more:,} further statements"]
    held = [f"# holds where {asked}" for asked in map(_asked, path.capture.guards)]
    results = path.result(map(Shown, outputs[: path.count]))
    body = [*dict.fromkeys(held), *lines, f"return {results!r}"]
    return Python().function(title, named, body)


class Shown(str):
    """Text that is printed without quotes, inside a list too."""

    __repr__ = str.__str__


def names(path: Path) -> list[str]:
    """Return a Python name for each input: x, p_w_0; captured ones by their labels."""
    given = path.names or [f"x{i}" for i in range(path.given)]
    found: dict[str, None] = {}
    for wish in [*given, *[v.label or f"c{i}" for i, v in enumerate(path.captured)]]:
        name = re.sub(r"\W+", "_", wish).strip("_")
        name = name if name.isidentifier() and not iskeyword(name) else f"x{name}"
        while name in found:
            name += "_"
        found[name] = None
    return list(found)


def called(given: Arguments, parameters: Sequence[str]) -> list[str]:
    """Return what each input is called, as an expression of the parameters.

    [] of very many, which nobody reads.
    """
    if len(given.numbers) > MOST:
        return []
    more = [f"x{i}" for i in range(len(parameters), len(given.args))]
    stems = [*parameters[: len(given.args)], *more, *given.options]
    trees = [plain(tree) for tree in (*given.args, *given.options.values())]
    places = [
        path
        for i, (name, tree) in enumerate(zip(stems, trees, strict=True))
        for path, fresh in zip(
            paths(name, tree), moving(tree, i in given.by), strict=True
        )
        if fresh
    ]
    if given.again is None:
        return places
    return [places[given.again.index(i)] for i in range(len(given.numbers))]
