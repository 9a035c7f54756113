"""What a function asks of Values while it is recorded: comparisons, truth, numbers.

A recorded function runs on Values once, and its operations are replayed on other numbers.
What it decided by data (`if x > 0`, `int(x)`) holds for those alone that would answer the
same, and a number that it read (`x.data`) was that of the recording. So whoever records
listens. While nobody does, all that a question costs is a look at an empty list.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

__all__ = [
    "BY_HAND",
    "COPIED",
    "HELD",
    "KINDS",
    "LISTENER",
    "LISTENING",
    "MADE",
    "READ",
    "SWEPT",
    "asked",
    "hear",
    "listening",
    "unheard",
]

# What is heard beside functions that were asked: a number is read; a node takes part in
# no derivative; one is made by hand; `.grad` is filled in; a graph is copied. Where the
# mode asks for it, each node that is made.
READ, HELD, BY_HAND, SWEPT, COPIED = "read", "held", "by hand", "swept", "copied"
MADE = "made"
KINDS = (  # by Python's numbers of comparisons, and what else the twin tells of
    operator.lt,
    operator.le,
    operator.eq,
    operator.ne,
    operator.gt,
    operator.ge,
    bool,
    READ,
    HELD,
)
# how, operands, outcome -> whatever answers the one who tells
Listener = Callable[[Any, tuple[Any, ...], Any], Any]
LISTENING: list[bool] = []  # empty while no thread records
LISTENER: ContextVar[Listener | None] = ContextVar("dendrograd_listener", default=None)
P = ParamSpec("P")
Result = TypeVar("Result")


def hear(how: Any, operands: tuple[Any, ...], outcome: Any = None) -> Any:
    """Tell the listener, if this thread has one, what was asked of which operands."""
    listener = LISTENER.get()
    return None if listener is None else listener(how, operands, outcome)


def asked(how: Callable[[float], Result], node: Any) -> Result:
    """Return how(data) of a node, a question that is answered by a number.

    An error is an answer too: the function may go on from there.
    """
    if not LISTENING:
        return how(node._data)
    try:
        outcome = how(node._data)
    except (ValueError, OverflowError) as error:
        hear(how, (node,), type(error))
        raise
    hear(how, (node,), outcome)
    return outcome


def listening(
    listener: Listener, f: Callable[P, Result], /, *args: P.args, **kwargs: P.kwargs
) -> Result:
    """Call f, and tell the listener what it asks of Values.

    >>> from dendrograd import Value
    >>> told = []
    >>> listening(lambda *question: told.append(question), Value(1.0).__gt__, 0.0)
    True
    >>> told
    [(<built-in function gt>, (Value(data=1.0, grad=0.0), 0.0), True)]
    """
    before = LISTENER.get()
    try:
        LISTENING.append(True)
        LISTENER.set(listener)
        result = f(*args, **kwargs)
    finally:
        LISTENER.set(before)
        LISTENING.pop()
    return result


def unheard(f: Callable[P, Result], /, *args: P.args, **kwargs: P.kwargs) -> Result:
    """Call f, of whose questions nobody is told: what it finds does not depend on them.

    A solver asks for numbers on its way, and the equation alone says what the root is.
    """
    before = LISTENER.get()
    try:
        LISTENER.set(None)
        result = f(*args, **kwargs)
    finally:
        LISTENER.set(before)
    return result
