"""Arguments as trees: scalars in lists, tuples and dicts, nested as you like.

`transforms.py` takes a tree apart into its scalars and puts results back in its shape.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterator
from typing import Any

from .errors import ShapeError

__all__ = ["flatten", "flatten_like", "rebuild", "tree_map"]


def flatten(tree: Any) -> list[Any]:
    """Return the scalars of a tree, left to right; of a dict in order of insertion.

    >>> flatten({"w": [1.0, 2.0], "b": (3.0,)})
    [1.0, 2.0, 3.0]
    """
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, (list, tuple)):
        return [leaf for branch in tree for leaf in flatten(branch)]
    return [tree]


def rebuild(tree: Any, leaves: Iterator[Any]) -> Any:
    """Return a tree of the shape of `tree` with other scalars.

    >>> rebuild({"w": [1.0, 2.0], "b": (3.0,)}, iter("xyz"))
    {'w': ['x', 'y'], 'b': ('z',)}
    """
    if isinstance(tree, dict):
        return {key: rebuild(branch, leaves) for key, branch in tree.items()}
    if isinstance(tree, tuple):
        branches = [rebuild(branch, leaves) for branch in tree]
        named = hasattr(tree, "_fields")  # a namedtuple takes its fields one by one
        return type(tree)(*branches) if named else tuple(branches)
    if isinstance(tree, list):
        return [rebuild(branch, leaves) for branch in tree]
    return next(leaves)


def tree_map(function: Callable[[Any], Any], tree: Any) -> Any:
    """Return the tree with a function applied to each scalar."""
    return rebuild(tree, map(function, flatten(tree)))


def flatten_like(name: str, tree: Any, other: Any) -> list[Any]:
    """Return the scalars of `other` in the order of `tree`, of the same structure.

    Raises ShapeError in the name of an operation where the structures differ.

    >>> flatten_like("jvp", {"a": 0, "b": [0]}, {"b": [2.0], "a": 1.0})
    [1.0, 2.0]
    """
    nested = isinstance(tree, (dict, list, tuple))
    fits = nested == isinstance(other, (dict, list, tuple))
    if nested and fits:
        fits = isinstance(tree, dict) == isinstance(other, dict)
        fits = fits and len(tree) == len(other)
        if fits and isinstance(tree, dict):
            fits = tree.keys() == other.keys()
    if not fits:
        raise ShapeError(
            f"{name}: {reprlib.repr(other)} does not have the structure of "
            f"{reprlib.repr(tree)}; give one number for each number there"
        )
    if not nested:
        return [other]
    keys = tree if isinstance(tree, dict) else range(len(tree))
    return [x for key in keys for x in flatten_like(name, tree[key], other[key])]
