"""The mode in which a node is made: recording or not, in which call, what is an error.

Modes stand on a chain, the innermost first, in a context variable, so every thread and
every task has its own. The blocks of `context.py` put them there and take them away.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextvars import ContextVar
from itertools import count
from types import FrameType
from typing import TYPE_CHECKING, Any
from weakref import ref

from .native import inherit, twin

__all__ = [
    "MODE",
    "NOWHERE",
    "PLAIN",
    "Call",
    "Mode",
    "caller",
    "copied",
    "current",
    "entered",
    "serials",
    "strays",
]


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

    def __reduce__(self) -> tuple[Any, ...]:
        return Call, (self.name, self.parent, self.serial, self.source)

    def __repr__(self) -> str:
        return "/".join(f"{call.name}#{call.serial}" for call in self.path) or "/"


NOWHERE = Call(None, None)
serials = count(1)
caller = sys._getframe


class Mode:
    """The state in which a node is made, and the block that changed it so.

    recording, call, actions    what holds: actions are those of errstate, by kind
    outer   the mode without that block, None at the end of the chain
    block   the block; `ended`, whether it was left, in another thread or task or by a
            generator
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

    def __setstate__(self, _: object) -> None:
        """Stay plain: older pickles of a block hold where it was entered, once."""

    @property
    def left(self) -> bool:
        """Whether the block was left, perhaps in another thread or task."""
        return (self.first or self).ended

    @property
    def asleep(self) -> bool:
        """Whether the block was begun by a generator that is suspended."""
        return self.frame is not None and self.frame.f_back is None


if twin is not None and not TYPE_CHECKING:  # the same classes, in C
    classes = Call, Mode
    Call, Mode, NOWHERE = twin.modes()
    inherit(Call, classes[0])
    inherit(Mode, classes[1])

PLAIN = Mode()
MODE: ContextVar[Mode] = ContextVar("dendrograd_mode", default=PLAIN)
entered: list[bool] = []  # empty until a block changes the mode, in whatever thread
strays: list[ref[Mode]] = []  # left in another thread or task than they began in


def current() -> Mode:
    """Return the mode that holds here."""
    mode = MODE.get()
    if (strays or mode.loose) and (rest := without(mode, "left")) is not mode:
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
