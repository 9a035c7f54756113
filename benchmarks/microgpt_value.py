"""The Value of microgpt as a peer: its published design, written down for measuring.

A node is (data, children, local_grads); an operation is one line; subtraction is
`self + -other`, division `self * other**-1`, and a plain number becomes a node;
`backward` sorts by recursion with a set and does one multiplication for each edge.
After Andrej Karpathy, microgpt (2026). `tanh` is added in the same style, for the chain.
"""

from __future__ import annotations

import math
from typing import Any


class Value:
    """A node of microgpt's design; `_children` and `_local_grads` are aligned."""

    __slots__ = ("_children", "_local_grads", "data", "grad")

    def __init__(self, data: Any, children: Any = (), local_grads: Any = ()) -> None:
        self.data = data
        self.grad = 0
        self._children = children
        self._local_grads = local_grads

    def __add__(self, other: Any) -> Value:
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1, 1))

    def __mul__(self, other: Any) -> Value:
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, k: float) -> Value:
        return Value(self.data**k, (self,), (k * self.data ** (k - 1),))

    def log(self) -> Value:
        return Value(math.log(self.data), (self,), (1 / self.data,))

    def exp(self) -> Value:
        return Value(math.exp(self.data), (self,), (math.exp(self.data),))

    def tanh(self) -> Value:
        return Value(math.tanh(self.data), (self,), (1 - math.tanh(self.data) ** 2,))

    def relu(self) -> Value:
        return Value(max(0, self.data), (self,), (float(self.data > 0),))

    def __neg__(self) -> Value:
        return self * -1

    def __radd__(self, other: Any) -> Value:
        return self + other

    def __sub__(self, other: Any) -> Value:
        return self + (-other)

    def __rmul__(self, other: Any) -> Value:
        return self * other

    def __truediv__(self, other: Any) -> Value:
        return self * other**-1

    def backward(self) -> None:
        order = []
        visited = set()

        def visit(node: Value) -> None:
            if node not in visited:
                visited.add(node)
                for child in node._children:
                    visit(child)
                order.append(node)

        visit(self)
        self.grad = 1
        for node in reversed(order):
            for child, local in zip(node._children, node._local_grads):  # noqa: B905  # as published
                child.grad += local * node.grad
