"""Arguments as trees: scalars in lists, tuples, dicts and arrays, nested as you like.

`transforms.py` takes a tree apart into its scalars and puts results back in its shape.
A branch may be an array of NumPy, which is known here alone, and never imported: who
holds an array has imported it. An array of no dimension is a scalar.
"""

from __future__ import annotations

import reprlib
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any

from .errors import ShapeError

__all__ = [
    "array_of",
    "cross",
    "described",
    "flatten",
    "flatten_like",
    "is_array",
    "is_one_number",
    "is_row",
    "is_scalar",
    "like",
    "of_kind",
    "paths",
    "rebuild",
    "shaped",
    "tree_map",
]


def is_scalar(tree: Any) -> bool:
    """Return whether a tree is one scalar: no list, tuple or dict, no array with axes.

    >>> is_scalar(1.0), is_scalar([1.0])
    (True, False)
    """
    return not isinstance(tree, (dict, list, tuple)) and not (
        is_array(tree) and tree.ndim
    )


def is_one_number(tree: Any) -> bool:
    """Return whether a tree is a scalar, or an array that holds just one.

    >>> is_one_number(1.0), is_one_number([1.0])
    (True, False)
    """
    return is_scalar(tree) or (is_array(tree) and tree.size == 1)


def flatten(tree: Any) -> list[Any]:
    """Return the scalars of a tree, left to right; of a dict in order of insertion.

    >>> flatten({"w": [1.0, 2.0], "b": (3.0,)})
    [1.0, 2.0, 3.0]
    """
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, (list, tuple)):
        if is_row(tree):
            return list(tree)
        return [leaf for branch in tree for leaf in flatten(branch)]
    return list(tree.flat) if is_array(tree) else [tree]


def rebuild(tree: Any, leaves: Iterator[Any]) -> Any:
    """Return a tree of the shape of `tree` with other scalars.

    An array of floats has dtype float64, one of anything else dtype object.

    >>> rebuild({"w": [1.0, 2.0], "b": (3.0,)}, iter("xyz"))
    {'w': ['x', 'y'], 'b': ('z',)}
    """

    def row(count: int) -> list[Any]:
        return list(islice(leaves, count))

    def filled(array: Any) -> Any:
        return array_of(row(array.size), array.shape)

    return _rebuilt(tree, partial(next, leaves), filled, row)


def shaped(tree: Any, numbers: Any) -> Any:
    """Return a tree of the shape of `tree` with the floats of an array of one axis.

    It is `rebuild` for many numbers: an array in the tree is filled as a whole. Of an
    array of two axes each row stands for a number; that of an array becomes its first axis.

    >>> import numpy as np
    >>> shaped({"w": np.zeros((1, 2)), "b": (0.0,)}, np.array([1.0, 2.0, 3.0]))
    {'w': array([[1., 2.]]), 'b': (3.0,)}
    >>> shaped({"b": 0.0, "w": np.zeros(1)}, np.array([[1.0, 2.0], [3.0, 4.0]]))
    {'b': array([1., 2.]), 'w': array([[3.],
           [4.]])}
    """
    start, plain = 0, numbers.ndim == 1

    def taken(count: int) -> Any:
        nonlocal start
        start += count
        return numbers[start - count : start]

    def array(like: Any) -> Any:
        rows = taken(like.size)
        return rows.T.reshape(numbers.shape[1:] + like.shape).copy()

    def row(count: int) -> list[Any]:
        return taken(count).tolist() if plain else list(taken(count))

    return _rebuilt(tree, lambda: row(1)[0], array, row)


def cross(tree: Any, inner: Any, rows: Iterator[Sequence[Any]]) -> Any:
    """Return a tree with a tree in the shape of `inner`, made of a row, in each place.

    An array takes no trees: it takes each scalar and each array of `inner` apart, and
    its own axes come before theirs, as those of a result do in a Jacobian.

    >>> cross({"a": 0, "b": 0}, [0, 0], iter(["wx", "yz"]))
    {'a': ['w', 'x'], 'b': ['y', 'z']}
    """

    def crossed(array: Any) -> Any:
        block = list(islice(rows, array.size))
        at = iter(range(len(flatten(inner))))

        def scalar() -> Any:
            j = next(at)
            return array_of([row[j] for row in block], array.shape)

        def axes(other: Any) -> Any:
            js = list(islice(at, other.size))
            return array_of(
                [row[j] for row in block for j in js], array.shape + other.shape
            )

        return _rebuilt(inner, scalar, axes)

    return _rebuilt(tree, lambda: rebuild(inner, iter(next(rows))), crossed)


def tree_map(function: Callable[[Any], Any], tree: Any) -> Any:
    """Return the tree with a function applied to each scalar."""
    return rebuild(tree, map(function, flatten(tree)))


def flatten_like(name: str, tree: Any, other: Any) -> list[Any]:
    """Return the scalars of `other` in the order of `tree`, of the same structure.

    Raises ShapeError in the name of an operation where the structures differ.

    >>> flatten_like("jvp", {"a": 0, "b": [0]}, {"b": [2.0], "a": 1.0})
    [1.0, 2.0]
    """
    if _form(tree) != _form(other):
        raise ShapeError(
            f"{name}: {described(other)} does not have the structure of "
            f"{described(tree)}; give one number for each number there"
        )
    if is_scalar(tree) or is_array(tree):
        return flatten(other)
    keys = tree if isinstance(tree, dict) else range(len(tree))
    return [x for key in keys for x in flatten_like(name, tree[key], other[key])]


def paths(name: str, tree: Any) -> list[str]:
    """Return what each scalar of a tree is called, in the order of `flatten`.

    >>> paths("p", {"w": [1.0, 2.0], "b": 3.0})
    ["p['w'][0]", "p['w'][1]", "p['b']"]
    """
    if is_scalar(tree):
        return [name]
    if is_array(tree):
        places = sys.modules["numpy"].ndindex(tree.shape)
        return [f"{name}[{', '.join(map(str, place))}]" for place in places]
    branches = tree.items() if isinstance(tree, dict) else enumerate(tree)
    return [
        path for key, branch in branches for path in paths(f"{name}[{key!r}]", branch)
    ]


def described(tree: Any) -> str:
    """Return a tree in a few words, for a message.

    >>> described([1.0, 2.0])
    '[1.0, 2.0]'
    """
    if is_scalar(tree) or not is_array(tree):
        return reprlib.repr(tree)
    return f"an array of shape {tree.shape}"


def is_row(tree: Any) -> bool:
    """Return whether a list or tuple holds floats alone, and some: most branches do."""
    return type(tree) in (list, tuple) and set(map(type, tree)) == {float}


def _rebuilt(
    tree: Any,
    scalar: Callable[[], Any],
    array: Callable[[Any], Any],
    row: Callable[[int], list[Any]] | None = None,
) -> Any:
    """Return the containers of a tree around what replaces scalars, arrays and rows."""
    if row and is_row(tree):
        branches = row(len(tree))
        return branches if type(tree) is list else tuple(branches)
    if isinstance(tree, dict):
        return {key: _rebuilt(x, scalar, array, row) for key, x in tree.items()}
    if isinstance(tree, (list, tuple)):
        return like(tree, [_rebuilt(branch, scalar, array, row) for branch in tree])
    return array(tree) if is_array(tree) and tree.ndim else scalar()


def like(tree: Any, branches: list[Any]) -> Any:
    """Return branches as a list, a tuple or a namedtuple, as a tree is.

    >>> like((1, 2), [3, 4])
    (3, 4)
    """
    return of_kind(type(tree), branches)


def of_kind(kind: Any, branches: list[Any]) -> Any:
    """Return branches as a tree of a kind has them: a list, a tuple or a namedtuple."""
    if issubclass(kind, list):
        return branches
    named = hasattr(kind, "_fields")  # a namedtuple takes its fields one by one
    return kind(*branches) if named else tuple(branches)


def _form(tree: Any) -> Any:
    """Return what two trees have in common at the top if they have one structure."""
    if isinstance(tree, dict):
        return tree.keys()
    if isinstance(tree, (list, tuple)):
        return len(tree)
    return () if is_scalar(tree) else tree.shape


def is_array(tree: Any) -> bool:
    """Return whether a tree is an array of NumPy, of whatever number of axes."""
    if type(tree) is float:  # most are
        return False
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(tree, numpy.ndarray)


def array_of(scalars: list[Any], shape: tuple[int, ...]) -> Any:
    """Return an array: of float64 where all are floats, else of objects."""
    numpy = sys.modules["numpy"]
    if all(isinstance(x, float) for x in scalars):
        return numpy.array(scalars, float).reshape(shape)
    array = numpy.empty(len(scalars), object)
    for i, x in enumerate(scalars):  # one by one: NumPy would look into an object
        array[i] = x
    return array.reshape(shape)
