"""A block above a function of any kind holds while its body runs, and only then."""

import asyncio
import inspect
import types
from collections import deque
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import pytest

from dendrograd import Value, errstate, no_grad, scope
from dendrograd.errors import NonFiniteError
from dendrograd.mode import MODE, PLAIN

DEFAULT = True, ()
INSIDE = False, ("net",)


def seen():
    """Return whether a node that is made here is recorded, and its scope."""
    y = Value(1.0) * 2
    return bool(y.parents), y.scope


@no_grad()
@scope("net")
def plain():
    """Tell what holds."""
    return seen()


@no_grad()
@scope("net")
def numbers(count):
    """Count, and tell what holds."""
    for i in range(count):
        sent = yield i, seen()
        assert seen() == INSIDE
        assert sent is None
    return "done", seen()


@no_grad()
@scope("net")
async def waiting(turns=2):
    """Wait, and tell what holds."""
    found = [seen()]
    for _ in range(turns):
        await asyncio.sleep(0)
        found.append(seen())
    return found


@no_grad()
@scope("net")
async def stream(count):
    """Count between waits, and tell what holds."""
    for i in range(count):
        await asyncio.sleep(0)
        yield i, seen()
        assert seen() == INSIDE


@pytest.fixture(autouse=True)
def nothing_is_left():
    yield
    assert MODE.get() is PLAIN


KINDS = {
    inspect.isgeneratorfunction: numbers,
    inspect.iscoroutinefunction: waiting,
    inspect.isasyncgenfunction: stream,
    inspect.isfunction: plain,
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_function_in_a_block_is_of_its_own_kind_with_its_name(kind):
    function = KINDS[kind]
    assert [test(function) for test in KINDS] == [
        test in (kind, inspect.isfunction) for test in KINDS
    ]
    assert function.__doc__.endswith("ell what holds.")
    assert inspect.signature(function) == inspect.signature(inspect.unwrap(function))


def test_a_generator_holds_its_block_while_it_runs_and_not_while_it_is_suspended():
    generator = numbers(3)
    assert seen() == DEFAULT  # not begun
    for i in range(3):
        assert next(generator) == (i, INSIDE)
        assert seen() == DEFAULT
    with pytest.raises(StopIteration) as end:
        next(generator)
    assert end.value.value == ("done", INSIDE)
    assert seen() == DEFAULT


def test_generators_of_one_function_end_in_any_order():
    first, second, third = numbers(2), numbers(4), numbers(3)
    for generator in (first, second, third):
        assert next(generator) == (0, INSIDE)
    first.close()
    assert next(second) == (1, INSIDE)
    third.close()
    assert [x for _, x in second] == [INSIDE] * 2
    assert seen() == DEFAULT


def test_what_is_sent_and_thrown_into_a_generator_comes_to_its_body():
    told = deque()

    @errstate(invalid="raise")
    def talk():
        try:
            told.append((yield "first"))
            yield "second"
        except KeyError as error:
            told.append(error)
            try:
                yield "third"
            finally:
                with pytest.raises(NonFiniteError):
                    Value(-1.0).log()
                told.append("closed")

    generator = talk()
    assert (next(generator), generator.send("sent")) == ("first", "second")
    thrown = KeyError("thrown")
    assert generator.throw(thrown) == "third"
    Value(-1.0).log()
    generator.close()
    assert list(told) == ["sent", thrown, "closed"]
    with pytest.raises(TypeError, match="positional"):
        next(numbers())


def test_a_coroutine_holds_its_block_in_its_task_alone():
    async def others():
        found = []
        for _ in range(4):
            await asyncio.sleep(0)
            found.append(seen())
        return found

    async def everything():
        found = await asyncio.gather(waiting(3), others(), waiting(turns=1))
        return found, await waiting(0), seen()

    (long, other, short), alone, after = asyncio.run(everything())
    assert (long, short, alone) == ([INSIDE] * 4, [INSIDE] * 2, [INSIDE])
    assert other == [DEFAULT] * 4
    assert after == DEFAULT


def test_an_asynchronous_generator_holds_its_block_while_it_runs_alone():
    async def consume():
        found = [(item, seen()) async for item in stream(3)]
        first, second = stream(2), stream(2)
        turns = [await anext(g) for g in (first, second, first, second)]
        await first.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(second)
        return found, turns, seen()

    found, turns, after = asyncio.run(consume())
    assert found == [((i, INSIDE), DEFAULT) for i in range(3)]
    assert turns == [(i, INSIDE) for i in (0, 0, 1, 1)]
    assert after == DEFAULT


def test_what_is_sent_and_thrown_into_an_asynchronous_generator_comes_to_its_body():
    told = deque()

    @errstate(invalid="raise")
    async def talk():
        try:
            told.append((yield "first"))
            yield "second"
        except KeyError as error:
            told.append(error)
            try:
                yield "third"
            finally:
                with pytest.raises(NonFiniteError):
                    Value(-1.0).log()
                told.append("closed")

    async def consume():
        generator = talk()
        assert await anext(generator) == "first"
        assert await generator.asend("sent") == "second"
        assert await generator.athrow(thrown) == "third"
        Value(-1.0).log()
        await generator.aclose()
        other = talk()
        await anext(other)
        with pytest.raises(ValueError, match="not caught"):
            await other.athrow(ValueError("not caught"))

    thrown = KeyError("thrown")
    asyncio.run(consume())
    assert list(told) == ["sent", thrown, "closed"]


def test_a_task_that_is_cancelled_tells_the_body_inside():
    told = []

    @no_grad()
    async def slow():
        for _ in range(2):
            try:
                yield
                await asyncio.sleep(60)
            finally:
                told.append(seen())
                try:
                    await asyncio.sleep(60)
                finally:
                    told.append(seen())

    async def cancelled(step, times):
        task = asyncio.create_task(step)
        for _ in range(times):
            await asyncio.sleep(0)
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return seen()

    async def both():
        run, closed = slow(), slow()
        await anext(run), await anext(closed)
        return await cancelled(anext(run), 2), await cancelled(closed.aclose(), 1)

    assert asyncio.run(both()) == (DEFAULT, DEFAULT)
    assert told == [(False, ())] * 4


@contextmanager
@no_grad()
def quiet():
    yield seen()


@asynccontextmanager
@no_grad()
async def quiet_here():
    yield seen()


def test_a_context_manager_made_of_such_a_generator_holds_in_its_block():
    async def consume():
        async with quiet_here() as found:
            return found, seen()

    with quiet() as found:
        assert found == seen() == (False, ())
    assert asyncio.run(consume()) == ((False, ()), (False, ()))


@pytest.fixture
@no_grad()
def quiet_fixture():
    yield seen()
    assert seen() == (False, ())


def test_a_fixture_in_a_block_holds_in_its_test(quiet_fixture):
    assert quiet_fixture == seen() == (False, ())


class Reader:
    @no_grad()
    def rows(self, count):
        for _ in range(count):
            yield seen()

    def __call__(self, count=1):
        yield from self.loud(count)

    def loud(self, count):
        for _ in range(count):
            yield seen()

    @no_grad()
    @staticmethod
    def alone():
        yield seen()


@types.coroutine
def pause():
    yield
    return seen()


def test_methods_partials_and_what_can_be_called_are_heard_too():
    reader = Reader()
    bound = no_grad()(reader.loud)
    for one in (reader.rows, bound, no_grad()(partial(reader.loud))):
        for found in one(2):
            assert (found, seen()) == ((False, ()), DEFAULT)
    for one in (no_grad()(reader), Reader.alone):
        generator = one()
        assert (next(generator), seen()) == ((False, ()), DEFAULT)
        generator.close()
    assert no_grad()(Value)(2.0).data == 2.0
    assert no_grad()(max)(1, 2) == 2


def test_a_generator_that_can_be_awaited_still_can_be():
    async def consume():
        return await no_grad()(pause)()

    assert asyncio.run(consume()) == (False, ())
    assert seen() == DEFAULT
