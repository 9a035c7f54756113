"""A function of any kind that runs inside a block: what `@no_grad()` makes of it.

The body of a generator function or of an `async def` runs after the call has returned, so
the block is begun by a function of the same kind, in whose body that body runs.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from functools import partial, wraps
from inspect import (
    CO_ASYNC_GENERATOR,
    CO_COROUTINE,
    CO_GENERATOR,
    CO_ITERABLE_COROUTINE,
    iscoroutinefunction,
)
from types import coroutine
from typing import Any

__all__ = ["decorated"]

Function = Callable[..., Any]
Block = AbstractContextManager[None]


def decorated(block: Block, function: Function, within: Function) -> Function:
    """Return a function of the same kind that runs inside a block.

    `within(block, function, ...)` calls a plain function, and leaves the block for sure.
    A call of a generator or a coroutine has a copy of the block for its own, since
    several of one function may have begun.
    """
    kind = flags(function)
    if kind & CO_ASYNC_GENERATOR:
        return of_async_generator(block, function)
    if kind & CO_COROUTINE or iscoroutinefunction(function):
        return of_coroutine(block, function)
    if kind & CO_GENERATOR:
        made = of_generator(block, function)
        return coroutine(made) if kind & CO_ITERABLE_COROUTINE else made

    @wraps(function)
    def inside(*args: Any, **kwargs: Any) -> Any:
        return within(block, function, *args, **kwargs)

    return inside


def flags(function: Any) -> int:
    """Return the flags of the code that a call runs; 0 where it is not Python's."""
    while isinstance(function, partial):
        function = function.func
    function = getattr(function, "__func__", function)  # of a method
    if not hasattr(function, "__code__"):
        function = type(function).__call__
    return getattr(getattr(function, "__code__", None), "co_flags", 0)


@coroutine
def carried(block: Block, made: Any) -> Generator[Any, Any, Any]:
    """Yield from `made` inside a block, with this frame on the stack at every step.

    By the frame a block is known to run or to be suspended. `yield from` leaves it out
    where a generator is closed, or an error is thrown into what is awaited.
    """
    with block:
        resume, given = made.send, None
        while True:
            try:
                item = resume(given)
            except StopIteration as end:
                return end.value
            try:
                given = yield item
                resume = made.send
            except GeneratorExit:
                made.close()
                raise
            except BaseException as error:  # noqa: BLE001  # the body is told
                resume, given = made.throw, error


def of_generator(block: Block, function: Function) -> Function:
    @wraps(function)
    def inside(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        steps: Any = carried(copy(block), function(*args, **kwargs))
        return (yield from steps)

    return inside


def of_coroutine(block: Block, function: Function) -> Function:
    @wraps(function)
    async def inside(*args: Any, **kwargs: Any) -> Any:
        with copy(block):
            return await function(*args, **kwargs)

    return inside


def of_async_generator(block: Block, function: Function) -> Function:
    @wraps(function)
    async def inside(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        with copy(block):
            made = function(*args, **kwargs)
            step = made.asend(None)
            while True:  # what `yield from` would do, which Python lacks here
                try:
                    item = await carried(nullcontext(), step)
                except StopAsyncIteration:
                    return
                try:
                    step = made.asend((yield item))
                except GeneratorExit:
                    await carried(nullcontext(), made.aclose())
                    raise
                except BaseException as error:  # noqa: BLE001  # the body is told
                    step = made.athrow(error)

    return inside
