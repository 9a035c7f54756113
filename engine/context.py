"""What holds while a node is made: recording or not, its scope, and what is an error.

All of it lives in one context variable, so every thread and every task has its own.
"""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from .errors import NonFiniteError

if TYPE_CHECKING:
    from .op import Op
    from .value import Value

__all__ = ["errstate", "no_grad", "scope"]

ACTIONS = ("ignore", "warn", "raise")
PACKAGE = str(Path(__file__).parent)


@dataclass(frozen=True, slots=True)
class Mode:
    """The state in which a node is made."""

    recording: bool = True
    scope: tuple[str, ...] = ()
    divide: str = "ignore"
    over: str = "ignore"
    invalid: str = "ignore"

    @property
    def alert(self) -> bool:
        """Whether any kind of bad number is an error or a warning."""
        return {self.divide, self.over, self.invalid} != {"ignore"}


MODE: ContextVar[Mode] = ContextVar("dendrograd_mode", default=Mode())  # noqa: B039  # frozen


@contextmanager
def changed(**fields: object) -> Iterator[None]:
    """Hold other fields of Mode inside the block.

    The mode is set inside `try`: Ctrl-C may come as soon as it is.
    """
    before = MODE.get()
    try:
        MODE.set(replace(before, **fields))  # type: ignore[arg-type]  # checked by callers
        yield
    finally:
        MODE.set(before)


@contextmanager
def no_grad() -> Iterator[None]:
    """Record nothing inside the block: results are leaves, and cost no graph.

    >>> from dendrograd import Value, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.parents
    ()
    """
    with changed(recording=False):
        yield


class scope:  # used as a function; a class, since every neuron enters it
    """Stamp the nodes made inside the block with a name, for pictures; scopes nest.

    Raises TypeError where the name is no str.

    >>> from dendrograd import Value, scope
    >>> with scope("encoder"), scope("layer1"):
    ...     y = Value(3.0) * 2
    >>> y.scope
    ('encoder', 'layer1')
    """

    __slots__ = ("_before", "_name")

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(
                f"scope: the name {name!r} is a {type(name).__name__}, not a str"
            )
        self._name = name

    def __enter__(self) -> None:
        self._before = MODE.get()
        try:
            MODE.set(_inside(self._before, self._name))
        except BaseException:  # Ctrl-C before the block, whose end would not come
            MODE.set(self._before)
            raise

    def __exit__(self, *_: object) -> None:
        MODE.set(self._before)


@lru_cache(maxsize=4096)
def _inside(mode: Mode, name: str) -> Mode:
    return replace(mode, scope=(*mode.scope, name))


@contextmanager
def errstate(
    *,
    all: str | None = None,  # numpy.errstate's own argument
    divide: str | None = None,
    over: str | None = None,
    invalid: str | None = None,
) -> Iterator[None]:
    """Say what happens where an operation makes an inf or a nan from finite operands.

    The names are those of `numpy.errstate`: `divide` for a pole (1/0, log 0), `over`
    for a result past the largest float (exp 1000), `invalid` for a nan (log -1); each
    is "ignore" (at first), "warn" (RuntimeWarning) or "raise" (NonFiniteError).
    Underflow to 0 is no error here: it is the rounded result; and operations on floats
    alone stay silent, as nothing records them. Raises ValueError for
    another word.

    >>> from dendrograd import Value, errstate
    >>> with errstate(invalid="raise"):
    ...     Value(-1.0).log()
    Traceback (most recent call last):
    ...
    dendrograd.errors.NonFiniteError: log(-1.0) = nan (invalid): an operand left the \
domain of log; keep it in (0 .. inf)
    """
    given = {"divide": divide, "over": over, "invalid": invalid}
    fields = {kind: action or all for kind, action in given.items() if action or all}
    for kind, action in fields.items():
        if action not in ACTIONS:
            raise ValueError(
                f"errstate: {kind}={action!r}, but it is one of {', '.join(ACTIONS)}"
            )
    with changed(**fields):
        yield


class Place(tuple[str, ...]):
    """A scope that knows its line in the source too; only bad numbers pay for it."""

    source: str | None = None


def annotate(node: Value, mode: Mode) -> None:
    """Note on a new node what the mode asks for, and where a bad number was made."""
    node.scope = mode.scope
    if not math.isfinite(node._data):
        node.scope = Place(mode.scope)
        node.scope.source = source_line()
        if mode.alert and node.op and node.op.domain:
            report(node.op, [float(v) for v in node.operands], node.data, mode)
    if not mode.recording:
        node._operands = () if node.op else None  # () tells it from a leaf
        node.op, node.parents, node.partials = None, (), ()


def report(op: Op, xs: Sequence[float], y: float, mode: Mode) -> None:
    """Warn or raise as `errstate` says about an op that made y, an inf or a nan."""
    kind = _kind(op, xs, y)
    action = getattr(mode, kind) if kind else "ignore"
    if action == "ignore":
        return
    shown = ", ".join([f"{x!r}" for x in xs[:4]] + ["..."] * (len(xs) > 4))
    domain = ", ".join(dict.fromkeys(map(str, op.domain)))
    way_out = (
        "scale the operands, or use a stable form such as logsumexp or softplus"
        if kind == "over"
        else f"an operand left the domain of {op.name}; keep it in {domain}"
    )
    message = f"{op.name}({shown}) = {y!r} ({kind}): {way_out}"
    if action == "raise":
        raise NonFiniteError(message)
    frame = _caller()
    file, line = (frame.f_code.co_filename, frame.f_lineno) if frame else ("", 1)
    warnings.warn_explicit(message, RuntimeWarning, file, line)


def _kind(op: Op, xs: Sequence[float], y: float) -> str | None:
    """Return which of numpy's kinds made y, or None where an operand brought it."""
    if y != y:
        return None if any(x != x for x in xs) else "invalid"
    if not all(map(math.isfinite, xs)):
        return None
    try:
        op.primal(*xs)
    except (ValueError, ZeroDivisionError):  # Python's own answer at a pole
        return "divide"
    except OverflowError:
        pass
    return "over"


def source_line() -> str | None:
    """Return "file.py:12", the innermost line outside this package, or None."""
    frame = _caller()
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else None


def _caller() -> FrameType | None:
    """Return the innermost frame outside this package."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame = frame.f_back
    return frame
