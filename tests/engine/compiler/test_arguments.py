"""Arguments taken apart: which are inputs, which static, and back again."""

from collections import namedtuple
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from dendrograd import Value, compile
from dendrograd.compiler.arguments import Arguments
from dendrograd.errors import OperandError
from dendrograd.trees import flatten

Point = namedtuple("Point", "x y")
OBJECT = object()
TREES = [
    (1.0, 2.0),
    ([1.0, 2.0], (3.0, 4.0)),
    ({"a": [1.0], "b": 2}, None, "text", True),
    (np.arange(6.0).reshape(2, 3).T, np.arange(3)),
    (np.array([True, False]), np.array(["a"]), np.int64(3), np.bool_(1)),
    (np.array([1.5, 2, "x"], dtype=object), np.array(2.5)),
    (Point(1.0, 2), Fraction(1, 2), Decimal("0.25"), np.float32(0.5)),
    (OBJECT, [OBJECT, 1.0], b"bytes", 1j),
]


@pytest.mark.parametrize("args", TREES)
def test_filled_with_its_numbers_a_tree_is_itself(args):
    given = Arguments(args)
    found, _ = given.filled([Value(x) for x in given.numbers])
    both = zip(flatten(args), flatten(found), strict=True)
    taken = [y for x, y in both if isinstance(y, Value) or x is y or x == y]
    assert len(taken) == len(flatten(args))
    inputs = [y.data for y in flatten(found) if isinstance(y, Value)]
    assert inputs == list(given.numbers)
    assert Arguments(args).key == given.key
    hash(given.key)


def test_what_is_static_or_shaped_otherwise_has_another_key():
    keys = [
        Arguments(args).key
        for args in [
            (1.0,),
            (1,),
            (True,),
            ([1.0],),
            ((1.0,),),
            ([1.0, 2.0],),
            ([1.0, 2],),
            ("1",),
            (None,),
            ({"a": 1.0},),
            ({"b": 1.0},),
            (np.ones(2),),
            (np.ones((2, 1)),),
            (OBJECT,),
            (object(),),
        ]
    ]
    assert len(set(keys)) == len(keys)
    assert Arguments((2.0,)).key == Arguments((Fraction(1, 3),)).key == keys[0]


def test_each_number_of_a_differentiated_argument_is_an_input():
    given = Arguments(([1, 2.0, True], 3), by=[0], name="grad")
    assert list(given.numbers) == [1.0, 2.0, 1.0]
    assert given.spans == [(0, 3), (3, 3)]
    with pytest.raises(OperandError, match=r"grad: the operand 'a' is a str"):
        Arguments((["a"],), by=[0], name="grad")
    with pytest.raises(OperandError, match="grad"):
        Arguments((np.array(["a"]),), by=[0], name="grad")


def test_a_value_in_two_places_is_one_input():
    a, b = Value(2.0), Value(3.0)
    given = Arguments((a, 1.0, [b, a]))
    assert list(given.numbers) == [2.0, 1.0, 3.0]
    assert given.values == {0: a, 2: b}
    leaves = given.leaves()
    assert (leaves[0], leaves[2]) == (a, b)
    (first, _, (second, third)), _ = given.filled(leaves)
    assert first is third is a
    assert second is b
    assert Arguments((a, 1.0, [b, b])).key != given.key


def test_arrays_of_any_layout_are_read():
    f = compile(lambda v: (v * v).sum())
    wide = np.arange(12.0).reshape(3, 4)
    for v in (
        wide[:, ::2],
        wide.T,
        wide.astype(np.float32),
        wide.astype(int),
        wide[:0],
    ):
        assert f(v) == float((v.astype(float) ** 2).sum())
    frozen = wide.copy()
    frozen.flags.writeable = False
    assert f(frozen) == f(wide)


def test_many_values_are_inputs_wherever_they_stand():
    def f(p, x):
        w = [*p["w"][0], *p["w"][1], *p["v"].flat]
        return sum(a * b for a, b in zip(w, x, strict=True)).tanh()

    def drawn(numbers):
        values = [Value(y) for y in numbers]
        tree = {"w": [values[:2], tuple(values[2:4])], "v": np.array(values[4:])}
        return values, tree

    fast = compile(f)
    for numbers in ([0.5, -1.0, 2.0, 0.25, 1.0, -0.5], [1.0, 0.0, 0.0, 0.5, 0.5, 2.0]):
        x = [0.1, 0.2, -0.3, 0.4, 0.5, 0.6]
        values, tree = drawn(numbers)
        y = fast(tree, x)
        assert y.parents == tuple(values)
        y.backward()
        found = [v.grad for v in values]
        others, tree = drawn(numbers)
        expected = f(tree, x)
        expected.backward()
        assert (y.data, found) == (expected.data, [v.grad for v in others])
        values[0].data = 3.0  # it is read anew
        assert fast({"w": [values[:2], values[2:4]], "v": np.array(values[4:])}, x).data
    assert len(fast.report().paths) == 2  # a list of Values and a tuple of them differ


def test_values_of_one_place_are_told_by_what_surrounds_them():
    a, b = Value(2.0), Value(3.0)
    given = Arguments(
        (1.0, [a, b], {"x": b.detach(), "y": 4.0}, np.array([Value(5.0)]))
    )
    assert [*given.values] == [1, 2, 3, 5]
    assert given.where == [range(1, 4), range(5, 6)]
    assert given.numbers.tolist() == [1.0, 2.0, 3.0, 3.0, 4.0, 5.0]
    keys = [([a, b],), ((a, b),), ([a, 3.0],), ([2.0, 3.0],), (np.array([a, b]),)]
    assert len({Arguments(args).key for args in keys}) == len(keys)


def test_a_list_of_values_that_changes_under_the_call_is_no_harm():
    values = [Value(1.0), Value(2.0)]

    def f(given):
        values.clear()
        return given[0] * given[1]

    y = compile(f)(values)
    assert (y.data, [v.data for v in y.parents]) == (2.0, [1.0, 2.0])
