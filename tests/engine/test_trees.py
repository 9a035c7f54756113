"""Trees come apart into scalars and go together again; arrays are branches too."""

from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from dendrograd import Value
from dendrograd.errors import ShapeError
from dendrograd.trees import (
    cross,
    described,
    flatten,
    flatten_like,
    is_scalar,
    paths,
    rebuild,
    shaped,
    tree_map,
)

Point = namedtuple("Point", "x y")
numbers = st.floats(allow_nan=False)
branches = numbers | arrays(
    float, array_shapes(min_dims=0, min_side=0), elements=numbers
)
trees = st.recursive(
    branches,
    lambda tree: (
        st.lists(tree, max_size=3)
        | st.builds(Point, tree, tree)
        | st.dictionaries(st.sampled_from("abc"), tree)
        | st.lists(tree, max_size=3).map(tuple)
    ),
    max_leaves=5,
)


def same(a, b):
    """Return whether two trees are equal in type, shape, dtype and numbers."""
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        pairs = zip(a, b, strict=True)
        return type(a) is type(b) and all(same(x, y) for x, y in pairs)
    return np.shape(a) == np.shape(b) and np.array_equal(a, b)


@given(trees)
def test_a_tree_rebuilt_from_its_scalars_is_the_tree(tree):
    assert same(rebuild(tree, iter(flatten(tree))), tree)
    assert flatten_like("jvp", tree, tree) == flatten(tree)


@given(trees)
def test_each_scalar_has_a_path_that_leads_to_it(tree):
    found = [eval(path, {"tree": tree}) for path in paths("tree", tree)]
    assert found == flatten(tree)


@given(trees, trees)
def test_a_tree_in_each_place_of_a_tree_keeps_every_scalar(outer, inner):
    m, n = len(flatten(outer)), len(flatten(inner))
    rows = [[float(i * n + j) for j in range(n)] for i in range(m)]
    found = cross(outer, inner, iter(rows))
    assert sorted(flatten(found)) == sorted(x for row in rows for x in row)


@pytest.mark.parametrize("shape", [(), (0,), (2,), (2, 3)])
@pytest.mark.parametrize("other", [(), (0,), (4,), (4, 5)])
def test_an_array_of_arrays_has_the_axes_of_both(shape, other):
    m, n = int(np.prod(shape)), int(np.prod(other))
    matrix = np.arange(float(m * n)).reshape(m, n)
    found = cross(np.zeros(shape), np.zeros(other), iter(matrix.tolist()))
    assert same(found, matrix.reshape(shape + other))


def test_an_array_takes_apart_the_trees_in_its_places():
    rows = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    found = cross(np.zeros(2), {"a": 0.0, "b": (np.zeros(2),)}, iter(rows))
    assert same(found["a"], np.array([1.0, 4.0]))
    assert same(found["b"], (np.array([[2.0, 3.0], [5.0, 6.0]]),))


def test_an_array_of_anything_but_floats_has_dtype_object():
    assert tree_map(float, np.array([1, 2])).dtype == np.float64
    made = tree_map(Value, np.array([[1, 2]], dtype=np.int8))
    assert made.dtype == object
    assert made.shape == (1, 2)
    assert type(made[0, 1]) is Value
    assert rebuild(made, iter([[1, 2], "text"])).tolist() == [[[1, 2], "text"]]


def test_an_array_without_axes_is_a_scalar():
    x = Value(1.0)
    held = np.array(x, dtype=object)
    assert is_scalar(held)
    assert flatten(held) == [x]
    assert flatten(held)[0] is x
    assert rebuild(held, iter([2.0])) == 2.0
    assert type(rebuild(held, iter([2.0]))) is float


@pytest.mark.parametrize(
    ("tree", "other"),
    [
        (np.zeros(2), np.zeros(3)),
        (np.zeros((2, 3)), np.zeros((3, 2))),
        (np.zeros(2), [0.0, 0.0]),
        ([0.0, 0.0], np.zeros(2)),
        (np.zeros(1), 0.0),
        (0.0, np.zeros(1)),
        (0.0, []),
        ({"a": 0.0}, [0.0]),
        ({"a": 0.0}, {"b": 0.0}),
    ],
)
def test_another_structure_is_refused(tree, other):
    with pytest.raises(ShapeError, match=r"jvp: .* does not have the structure of"):
        flatten_like("jvp", tree, other)


def test_an_array_is_described_by_its_shape():
    assert described(np.zeros((2, 3))) == "an array of shape (2, 3)"
    assert described(np.array(1.0)) == "array(1.)"


def test_an_array_of_numbers_fills_a_tree_as_its_numbers_do():
    tree = {"w": np.zeros((2, 3)), "b": [0.0, 0.0], "c": (0.0, [np.zeros(1), 0.0])}
    numbers = np.arange(11.0)
    found = shaped(tree, numbers)
    assert same(found, rebuild(tree, iter(numbers.tolist())))
    found["w"][0, 0] = 7.0
    assert numbers[0] == 0.0  # it is a copy
