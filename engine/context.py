"""The blocks that say how nodes are made: `no_grad`, `scope` and `errstate`.

A block puts a `Mode` on the chain of `mode.py` and takes just that one out again,
wherever it stands by then: two generators may end their blocks in the order in which
they began them.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import CO_ASYNC_GENERATOR, CO_GENERATOR
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar, cast
from weakref import ref

from .decorating import decorated
from .mode import MODE, PLAIN, Call, Mode, caller, copied, entered, serials, strays
from .native import twin

__all__ = ["Block", "errstate", "no_grad", "recording", "scope", "within"]

ACTIONS = ("ignore", "warn", "raise")
GENERATOR = CO_GENERATOR | CO_ASYNC_GENERATOR
HOLDERS = {"contextlib", "_pytest.fixtures"}  # whose generators are blocks themselves


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
        if not entered:
            entered.append(True)  # from now on every new node asks for its mode
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
            if mode.block is self and mode.frame is None:
                MODE.set(mode.outer or PLAIN)
            else:
                self._leave(mode)
        except BaseException:  # Ctrl-C, before the block was left or after
            if mode is None or MODE.get() is mode:
                self._leave(MODE.get())
            raise

    def __getstate__(self) -> Any:
        """Return what the block is, not where it was entered: a copy is entered nowhere."""
        state = object.__getstate__(self)
        if isinstance(state, tuple):
            state = state[0], {k: v for k, v in state[1].items() if k != "_last"}
        return state

    def __call__(self, function: Function) -> Function:
        """Run a function inside the block: `@no_grad()` above its definition.

        Above a generator function or an `async def` it holds while that runs.
        """
        return cast("Function", decorated(self, function, within))

    def ensure_left(self, outer: Mode) -> None:
        """Leave the block if it stands on the chain more often than on `outer`."""
        mode = MODE.get()
        if self._entries(mode) > self._entries(outer):
            self._leave(mode)

    def _entries(self, mode: Mode) -> int:
        """Return how often the block stands on a chain."""
        found, link = 0, mode
        while link.outer is not None:
            found, link = found + (link.block is self), link.outer
        return found

    def _leave(self, mode: Mode) -> None:
        """Take this block out of the chain, wherever it is, or a generator's."""
        above: list[Mode] = []
        while mode.block is not self:
            if mode.outer is None:  # it was entered in another thread or task
                self._last.ended = True
                strays.append(ref(self._last, strays.remove))
                return
            above.append(mode)
            mode = mode.outer
        if mode.frame is not None:  # tasks that met the generator may hold it too
            (mode.first or mode).ended = True
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


def within(
    block: Block, function: Callable[..., Any], /, *args: Any, **kwargs: Any
) -> Any:
    """Return function(*args, **kwargs), called inside a block.

    >>> from dendrograd import Value
    >>> within(scope("encoder"), Value(3.0).exp).scope
    ('encoder',)
    """
    outer = MODE.get()
    try:
        with block:
            return function(*args, **kwargs)
    except BaseException:  # Ctrl-C may come where the block's end begins
        block.ensure_left(outer)
        raise


if twin is not None and not TYPE_CHECKING:
    within = twin.scopes(Block, scope, within)
