"""Each block undoes just what it did: in any order, thread, task, or generator."""

import asyncio
import gc
import threading
from contextlib import contextmanager
from contextvars import copy_context

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dendrograd import Value, errstate, grad, mode, no_grad, scope
from dendrograd.context import recording, within
from dendrograd.mode import MODE, PLAIN

KINDS = {
    "no_grad": no_grad,
    "recording": recording,
    "scope": lambda: scope("s"),
    "invalid": lambda: errstate(invalid="warn"),
    "all": lambda: errstate(all="raise"),
}


def seen():
    """Return what holds for a node that is made here."""
    y = Value(1.0) * 2
    actions = mode.current().actions
    return bool(y.parents), y.scope, dict(actions)


def expected(kinds):
    recorded, names, actions = True, (), {}
    for kind in kinds:
        if kind in ("no_grad", "recording"):
            recorded = kind == "recording"
        elif kind == "scope":
            names = (*names, "s")
        elif kind == "invalid":
            actions["invalid"] = "warn"
        else:
            actions = dict.fromkeys(("divide", "over", "invalid"), "raise")
    return recorded, names, actions


@given(
    st.lists(st.sampled_from(sorted(KINDS)) | st.integers(0, 5), max_size=16),
)
def test_blocks_that_end_in_any_order_leave_what_the_others_did(steps):
    open_blocks = []
    for step in steps:
        if isinstance(step, str):
            block = KINDS[step]()
            block.__enter__()
            open_blocks.append((step, block))
        elif open_blocks:
            _, block = open_blocks.pop(step % len(open_blocks))
            block.__exit__(None, None, None)
        assert seen() == expected([kind for kind, _ in open_blocks])
    for _, block in open_blocks:
        block.__exit__(None, None, None)
    assert MODE.get() is PLAIN


def test_generators_that_end_in_the_order_they_began_leave_recording_on():
    def quiet():
        with no_grad(), scope("quiet"), errstate(all="raise"):
            yield seen()
            yield seen()

    first, second = quiet(), quiet()
    everything = (False, ("quiet",), expected(["all"])[2])
    assert next(first) == next(second) == everything
    assert seen() == expected([])  # a suspended generator does not hold
    assert next(first) == everything  # and does again where it goes on
    first.close()
    second.close()
    assert seen() == expected([])
    assert MODE.get() is PLAIN


def test_a_generator_inside_a_block_of_its_consumer_sees_that_block():
    def named():
        with scope("inner"):
            while True:
                yield (Value(1.0) * 2).scope

    names = named()
    assert next(names) == ("inner",)
    with scope("outer"):
        assert next(names) == ("inner", "outer")
        assert (Value(1.0) * 2).scope == ("outer",)
        names.close()
        assert (Value(1.0) * 2).scope == ("outer",)


async def _pairs():
    with no_grad():
        yield seen()[0]
        yield seen()[0]


def test_an_asynchronous_generator_does_not_hold_in_its_consumer_either():
    async def consume():
        return [(inside, seen()[0]) async for inside in _pairs()]

    assert asyncio.run(consume()) == [(False, True), (False, True)]


def test_tasks_that_take_turns_do_not_see_each_others_blocks():
    async def work(block, turns):
        found = []
        with block:
            for _ in range(turns):
                await asyncio.sleep(0)
                found.append(seen())
        return [*found, seen()]

    async def both():
        return await asyncio.gather(work(no_grad(), 3), work(scope("t"), 2))

    quiet, named = asyncio.run(both())
    assert quiet == [(False, (), {})] * 3 + [(True, (), {})]
    assert named == [(True, ("t",), {})] * 2 + [(True, (), {})]


@contextmanager
def silent():
    with no_grad():
        yield


@contextmanager
def silent_and_named(name):
    def blocks():
        with silent(), scope(name):
            yield

    yield from blocks()


def test_a_context_manager_that_is_a_generator_holds_in_its_block():
    with silent_and_named("mine"):
        assert seen() == (False, ("mine",), {})
    assert MODE.get() is PLAIN


@pytest.fixture
def quiet_fixture():
    with no_grad():
        yield


def test_a_fixture_holds_in_its_test(quiet_fixture):
    assert not seen()[0]


def test_a_block_that_ends_in_another_thread_ends_where_it_began():
    def quiet():
        with no_grad():
            yield

    begun = [quiet()]
    strays = len(mode.strays)
    block = scope("outer")
    block.__enter__()
    next(begun[0])
    other = threading.Thread(target=lambda: next(begun[0], None))
    other.start()
    other.join()
    assert mode.current().recording
    block.__exit__(None, None, None)
    assert MODE.get() is PLAIN
    begun.clear()
    gc.collect()
    assert len(mode.strays) == strays


@scope("quiet")
@no_grad()
def _turns():
    yield seen()
    yield seen()


def _written():
    with scope("quiet"), no_grad():
        yield seen()
        yield seen()


@pytest.mark.parametrize("begun", [_turns, _written])
def test_a_generator_that_ends_in_a_copy_of_the_context_ends_where_it_began(begun):
    generator, other = begun(), begun()
    assert next(generator) == next(other) == (False, ("quiet",), {})
    with scope("outer"):
        copy_context().run(list, generator)
        assert seen() == (True, ("outer",), {})
    assert next(other) == (False, ("quiet",), {})
    copy_context().run(other.close)
    assert seen() == expected([])
    assert MODE.get() is PLAIN


def test_an_asynchronous_generator_that_ends_in_another_task_ends_where_it_began():
    async def both():
        pairs = _pairs()
        found = [await anext(pairs)]
        found += await asyncio.create_task(rest(pairs))
        return found, seen(), MODE.get() is PLAIN

    async def rest(pairs):
        return [inside async for inside in pairs]

    assert asyncio.run(both()) == ([False, False], expected([]), True)


def test_one_object_may_be_entered_again_inside_itself_and_afterwards():
    again, off = scope("again"), no_grad()
    with again, off:
        with again, off:
            assert seen() == (False, ("again", "again"), {})
        assert seen() == (False, ("again",), {})
    assert MODE.get() is PLAIN
    with again:
        assert seen()[1] == ("again",)


def test_two_entries_into_one_scope_are_two_calls():
    x, calls = Value(1.0), []
    for _ in range(2):
        with scope("cell"):
            first, second = x * 2, x * 3
            assert first.call is second.call
            calls.append(first.call)
    assert [call.name for call in calls] == ["cell", "cell"]
    assert calls[0].serial < calls[1].serial
    with scope("net"):
        outside = x * 2
        with scope("layer"):
            inside = x * 2
    assert inside.call.parent is outside.call
    assert repr(inside.call) == f"net#{outside.call.serial}/layer#{inside.call.serial}"


def test_a_function_may_run_inside_a_block():
    @no_grad()
    def twice(x, times=2.0):
        """Return a multiple."""
        return x * times

    assert twice(Value(3.0), times=4.0).parents == ()
    assert twice.__doc__ == "Return a multiple."
    assert MODE.get() is PLAIN


def test_a_transform_inside_a_suspended_generator_differentiates():
    def derivatives():
        with no_grad():
            yield grad(lambda x: x * x)(3.0)
            yield grad(lambda x: x * x)(4.0)

    assert list(derivatives()) == [6.0, 8.0]


def test_a_function_called_within_a_block_may_have_any_names_of_arguments():
    def named(block, function):
        return (block * function).scope

    assert within(scope("s"), named, block=Value(1.0), function=2.0) == ("s",)
    assert within(no_grad(), named, Value(1.0), function=2.0) == ()
    assert grad(lambda x, *, f, name, function: x * f * name * function)(
        1.0, f=2.0, name=3.0, function=1.0
    ) == pytest.approx(6.0)


def test_a_block_that_is_left_by_an_error_inside_itself_is_left_once():
    again = scope("again")

    def fail():
        raise KeyError

    with again:
        for call in (lambda: within(again, fail), again(fail)):
            with pytest.raises(KeyError):
                call()
            assert seen()[1] == ("again",)
    assert MODE.get() is PLAIN
