"""A tape gives the outputs that the code has step by step, to the last bit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random

import numpy as np
import pytest
from random_code import drawn, numbers, same

from dendrograd import Value, primitive, sum
from dendrograd.compiler.code import from_flat, reference
from dendrograd.compiler.tape import Tape
from dendrograd.errors import ShapeError
from dendrograd.flat import flat


@primitive(lambda y, x: (3.0 * x * x,))
def cubed(x):
    return x**3


@primitive(lambda y, *xs: (1.0,) * len(xs))
def longest(*xs):
    return len(xs)


def code_of(y, *leaves):
    return from_flat(flat([y], leaves))[0]


def test_random_code_has_the_bits_of_the_reference():
    draw = Random(3)
    for _ in range(300):
        code = drawn(draw, draw.choice([5, 40, 120]), (cubed, longest))
        leaves = numbers(draw, code.inputs)
        wanted = np.array(reference(code, leaves.tolist()), np.float64)
        assert same(Tape(code)(leaves), wanted)


def test_a_tape_says_what_it_does():
    x = Value(2.0)
    tape = Tape(code_of(sum([x * 2.0, x * 3.0, x * x]), x))
    assert (tape.steps, tape.runs) == (4, 2)


def test_a_call_keeps_nothing_and_gives_what_is_its_caller_s():
    x, y = Value(2.0), Value(3.0)
    tape = Tape(code_of(x * y + 1.0, x, y))
    first = tape(np.array([2.0, 3.0]))
    second = tape(np.array([5.0, 7.0]))
    first += 1.0
    assert (first.tolist(), second.tolist()) == ([8.0], [36.0])
    assert tape(np.array([2.0, 3.0])).tolist() == [7.0]


def test_inputs_and_constants_may_be_outputs():
    x = Value(2.0)
    code = code_of(x * 3.0, x)._replace(outputs=np.array([0, -1, 1, 0], np.int32))
    assert Tape(code)(np.array([5.0])).tolist() == [5.0, 3.0, 15.0, 5.0]


def test_threads_share_a_tape():
    draw = Random(5)
    code = drawn(draw, 300, (cubed,))
    tape, points = Tape(code), [numbers(draw, code.inputs) for _ in range(40)]
    wanted = [tape(point) for point in points]
    with ThreadPoolExecutor(4) as pool:
        for found, alone in zip(pool.map(tape, points * 5), wanted * 5, strict=True):
            assert same(found, alone)


def test_an_error_in_an_operation_of_a_user_is_raised_and_the_next_call_is_right():
    @primitive(lambda y, x: (1.0,))
    def careful(x):
        if x > 2.0:
            raise KeyError("too large")
        return x

    x = Value(1.0)
    tape = Tape(code_of(careful(x * 2.0) + 1.0, x))
    with pytest.raises(KeyError, match="too large"):
        tape(np.array([2.0]))
    assert tape(np.array([1.0])).tolist() == [3.0]


@pytest.mark.parametrize("leaves", [[], [1.0, 2.0, 3.0], [[1.0, 2.0]], 1.0])
def test_another_number_of_inputs_is_refused(leaves):
    x, y = Value(1.0), Value(2.0)
    tape = Tape(code_of(x * y, x, y))
    with pytest.raises(ShapeError, match=r"recorded with 2 of them.* shape \(2,\)"):
        tape(np.array(leaves))


@pytest.mark.parametrize(
    "leaves",
    [
        np.array([1.0, 9.0, 2.0, 9.0])[::2],
        np.array([2.0, 1.0])[::-1],
        np.array([1, 2]),
        np.array([1, 2], np.float32),
        np.array([1.0, 2.0], ">f8"),
        np.frombuffer(b"x" + np.array([1.0, 2.0]).tobytes(), np.float64, 2, 1),
        np.array([1.0, 2.0], object),
        [1, 2.0],
    ],
    ids=[
        "strided",
        "backwards",
        "ints",
        "singles",
        "swapped",
        "crooked",
        "objects",
        "list",
    ],
)
def test_inputs_of_any_layout_are_read(leaves):
    x, y = Value(1.0), Value(2.0)
    tape = Tape(code_of(x / y, x, y))
    a, b = [float(x) for x in leaves]
    assert tape(leaves).tolist() == [a / b]


def test_numbers_that_may_not_be_written_to_are_read():
    leaves = np.array([4.0])
    leaves.flags.writeable = False
    x = Value(1.0)
    assert Tape(code_of(x * x, x))(leaves).tolist() == [16.0]
