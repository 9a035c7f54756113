"""What holds while a node is made: recording or not, its scope, and what is an error.

A block (`no_grad`, `scope`, `errstate`) puts a `Mode` on a chain, the innermost first,
and takes just that one out again, wherever it stands by then: two generators may end
their blocks in the order in which they began them. The chain lives in a context
variable, so every thread and every task has its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import wraps
from inspect import CO_ASYNC_GENERATOR, CO_GENERATOR
from itertools import count
from types import FrameType
from typing import Any, TypeVar, cast
from weakref import ref

__all__ = ["Call", "errstate", "no_grad", "scope"]

ACTIONS = ("ignore", "warn", "raise")
GENERATOR = CO_GENERATOR | CO_ASYNC_GENERATOR
HOLDERS = {"contextlib", "_pytest.fixtures"}  # whose generators are blocks themselves


class Call:
    """One entry into a scope: two calls of a module are two places in a graph.

    name     that of the scope; None where only a line in the source is added
    parent   the call around it, None for what is in no scope
    serial   its number in the order of calls
    source   "file.py:12" where an operation made an inf or a nan, else None
    """

    __slots__ = ("name", "parent", "serial", "source")

    def __init__(
        self,
        name: str | None,
        parent: Call | None,
        serial: int = 0,
        source: str | None = None,
    ) -> None:
        self.name, self.parent = name, parent
        self.serial, self.source = serial, source

    @property
    def path(self) -> tuple[Call, ...]:
        """The named calls around a node, outermost first, itself included."""
        found, call = [], self
        while call.parent is not None:
            if call.name is not None:
                found.append(call)
            call = call.parent
        return tuple(reversed(found))

    def __repr__(self) -> str:
        return "/".join(f"{call.name}#{call.serial}" for call in self.path) or "/"


NOWHERE = Call(None, None)
serials = count(1)
caller = sys._getframe


class Mode:
    """The state in which a node is made, and the block that changed it so.

    recording, call, actions    what holds: actions are those of errstate, by kind
    outer   the mode without that block, None at the end of the chain
    block   the block; `ended`, whether it was left in another thread or task
    first   the mode that was made where the block began, if this is a copy of it
    frame   the generator whose code began the block; while that is suspended, the
            block does not hold
    loose   whether there is such a frame in the chain
    """

    frame: FrameType | None = None
    first: Mode | None = None
    outer: Mode | None = None
    block: Any = None
    recording = True
    call = NOWHERE
    actions: Mapping[str, str] = {}  # never changed
    ended = loose = False

    @property
    def left(self) -> bool:
        """Whether the block was left in another thread or task."""
        return (self.first or self).ended

    @property
    def asleep(self) -> bool:
        """Whether the block was begun by a generator that is suspended."""
        return self.frame is not None and self.frame.f_back is None


PLAIN = Mode()
MODE: ContextVar[Mode] = ContextVar("dendrograd_mode", default=PLAIN)
strays: list[ref[Mode]] = []  # left in another thread or task than they began in


def current() -> Mode:
    """Return the mode that holds here."""
    mode = MODE.get()
    if strays and (rest := without(mode, "left")) is not mode:
        MODE.set(mode := rest)
    return without(mode, "asleep") if mode.loose else mode


def without(mode: Mode, fact: str) -> Mode:
    """Return a mode without those blocks of which a property holds."""
    chain: list[Mode] = []
    while mode.outer is not None:
        chain.append(mode)
        mode = mode.outer
    for made in reversed(chain):
        if not getattr(made, fact):
            mode = made if made.outer is mode else copied(made, mode)
    return mode


def copied(made: Mode, outer: Mode) -> Mode:
    """Return a block's mode again, with another one below it."""
    mode: Mode = made.block.inside(outer)
    mode.first = made.first or made
    if made.frame is not None:
        mode.frame, mode.loose = made.frame, True
    return mode


def held(frame: FrameType | None) -> bool:
    """Return whether a generator is a block or a fixture itself (`@contextmanager`).

    What it begins is meant to hold while it is suspended.
    """
    while frame is not None and frame.f_code.co_flags & GENERATOR:
        frame = frame.f_back
    return frame is not None and frame.f_globals.get("__name__") in HOLDERS


Function = TypeVar("Function", bound=Callable[..., Any])


class Block:
    """A `with` block that changes the mode; one object may be entered many times."""

    __slots__ = ("_last",)

    def change(self, mode: Mode) -> None:
        """Change what differs inside the block; each block has its own."""

    def inside(self, outer: Mode) -> Mode:
        """Return the mode inside the block, when `outer` is that around it."""
        mode = Mode()
        mode.outer, mode.block = outer, self
        mode.recording, mode.call = outer.recording, outer.call
        mode.actions, mode.loose = outer.actions, outer.loose
        self.change(mode)
        return mode

    def __enter__(self) -> None:
        outer = MODE.get()
        self._last = mode = self.inside(outer)
        frame = caller(1)
        if frame.f_code.co_flags & GENERATOR and not held(frame):
            mode.frame, mode.loose = frame, True
        try:
            MODE.set(mode)
        except BaseException:  # Ctrl-C before the block, whose end would not come
            MODE.set(outer)
            raise

    def __exit__(self, *_: object) -> None:
        mode = None
        try:
            mode = MODE.get()
            if mode.block is self:
                MODE.set(mode.outer or PLAIN)
            else:
                self._leave(mode)
        except BaseException:  # Ctrl-C, before the block was left or after
            if mode is None or MODE.get() is mode:
                self._leave(MODE.get())
            raise

    def __call__(self, function: Function) -> Function:
        """Run a function inside the block: `@no_grad()` above its definition."""

        @wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return cast("Function", inside)

    def _leave(self, mode: Mode) -> None:
        """Take this block out of the chain, of which it is not the innermost."""
        above: list[Mode] = []
        while mode.block is not self:
            if mode.outer is None:  # it was entered in another thread or task
                self._last.ended = True
                strays.append(ref(self._last, strays.remove))
                return
            above.append(mode)
            mode = mode.outer
        outer = mode.outer or PLAIN
        for made in reversed(above):
            outer = copied(made, outer)
        MODE.set(outer)


class no_grad(Block):  # used as a function
    """Record nothing inside the block: results are leaves, and cost no graph.

    >>> from dendrograd import Value, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.parents
    ()
    """

    __slots__ = ()

    def change(self, mode: Mode) -> None:
        mode.recording = False


class recording(Block):
    """Record inside the block, whatever holds around it."""

    __slots__ = ()

    def change(self, mode: Mode) -> None:
        mode.recording = True


class scope(Block):  # used as a function
    """Stamp the nodes made inside the block with a name, for pictures; scopes nest.

    Each entry is a `Call` of its own. Raises TypeError where the name is not a str.

    >>> from dendrograd import Value, scope
    >>> with scope("encoder"), scope("layer1"):
    ...     y = Value(3.0) * 2
    >>> y.scope
    ('encoder', 'layer1')
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(
                f"scope: the name {name!r} is a {type(name).__name__}, not a str"
            )
        self.name = name

    def inside(self, outer: Mode) -> Mode:
        mode = Mode()  # as in Block, in one go: every neuron enters a scope
        mode.outer, mode.block, mode.recording = outer, self, outer.recording
        mode.actions, mode.loose = outer.actions, outer.loose
        mode.call = Call(self.name, outer.call, next(serials))
        return mode


class errstate(Block):  # used as a function
    """Say what happens where an operation makes an inf or a nan from finite operands.

    The names are those of `numpy.errstate`: `divide` for a pole (1/0, log 0), `over`
    for a result past the largest float (exp 1000), `invalid` for a nan (log -1), and
    `all` for those not named; each is "ignore" (at first), "warn" (RuntimeWarning) or
    "raise" (NonFiniteError). Underflow to 0 is not an error here, since 0 is the
    rounded result. Operations on floats alone stay silent, as nothing records them.
    Raises ValueError for another word.

    >>> from dendrograd import Value, errstate
    >>> with errstate(invalid="raise"):
    ...     Value(-1.0).log()
    Traceback (most recent call last):
    ...
    dendrograd.errors.NonFiniteError: log(-1.0) = nan (invalid): an operand left the \
domain of log; keep it in (0 .. inf)
    """

    __slots__ = ("_actions",)

    def __init__(
        self,
        *,
        all: str | None = None,  # numpy.errstate's own argument
        divide: str | None = None,
        over: str | None = None,
        invalid: str | None = None,
    ) -> None:
        kinds = {"divide": divide, "over": over, "invalid": invalid}
        self._actions: dict[str, str] = {}
        for kind, action in kinds.items():
            if chosen := action or all:
                if chosen not in ACTIONS:
                    raise ValueError(
                        f"errstate: {kind}={chosen!r}, but it is one of "
                        f"{', '.join(ACTIONS)}"
                    )
                self._actions[kind] = chosen

    def change(self, mode: Mode) -> None:
        mode.actions = {**mode.actions, **self._actions}
