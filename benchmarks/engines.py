"""The engines that are compared, each behind the same few functions.

The functions are those that a user of the engine would call, unwrapped where that is
possible (`Value.tanh`, not a lambda around it), so the adapter costs next to nothing.
An engine that is not installed raises ImportError when it is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

BASE = "micrograd"  # the engine that ratios refer to
NATIVE, PURE = "dendrograd", "dendrograd (pure)"  # our two implementations of Value


@dataclass(frozen=True)
class Engine:
    """What the workloads need of an engine.

    leaf      a number with a gradient
    constant  a number without one, as its users write it
    tanh      and exp, relu: functions of its scalar
    data      the number that a scalar holds
    backward  fills in the gradients of the leaves
    grad      the gradient of a leaf after that
    descend   (leaf, rate) -> that leaf, or a new one, a step down its gradient
    start     begins a recording with the given leaves; for engines that have a tape
    cyclic    whether its graphs hold reference cycles: freed by the collector alone
    """

    leaf: Callable[[float], Any]
    constant: Callable[[float], Any]
    tanh: Callable[[Any], Any]
    exp: Callable[[Any], Any]
    relu: Callable[[Any], Any]
    data: Callable[[Any], float]
    backward: Callable[[Any], None]
    grad: Callable[[Any], float]
    descend: Callable[[Any, float], Any]
    start: Callable[[Iterable[Any]], None] = field(default=lambda leaves: None)
    cyclic: bool = False


def data_of(scalar: Any) -> float:
    return float(scalar.data)


def grad_of(leaf: Any) -> float:
    return float(leaf.grad)


def descend(leaf: Any, rate: float) -> Any:
    """Step down the gradient and zero it, as micrograd's demo does."""
    leaf.data -= rate * leaf.grad
    leaf.grad = 0.0
    return leaf


def of_values(value: Any, cyclic: bool = False) -> Engine:
    """Return the engine of a class with micrograd's interface.

    A constant is a Value too: the demo wraps its inputs.
    """
    return Engine(
        leaf=value,
        constant=value,
        tanh=value.tanh,
        exp=value.exp,
        relu=value.relu,
        data=data_of,
        backward=value.backward,
        grad=grad_of,
        descend=descend,
        cyclic=cyclic,
    )


def dendrograd() -> Engine:
    """Return dendrograd as it is imported: in C or, with DENDROGRAD_PURE=1, in Python."""
    from dendrograd import Value

    return of_values(Value)


def native() -> Engine:
    """Return the native twin alone, so that no other figure stands in its row."""
    return only("native", "not built")


def pure() -> Engine:
    """Return the class in Python, for which the environment of the process asks."""
    return only("pure", "DENDROGRAD_PURE=1 is not set")


def only(wanted: str, otherwise: str) -> Engine:
    from dendrograd import implementation

    if implementation != wanted:
        raise ImportError(otherwise)
    return dendrograd()


def floats() -> Engine:
    """Return plain numbers, which have no gradient: what every engine is compared to."""

    def backward(root: float) -> None:
        raise TypeError("floats have no gradient")

    return Engine(
        leaf=float,
        constant=float,
        tanh=math.tanh,
        exp=math.exp,
        relu=lambda x: max(x, 0.0),
        data=float,
        backward=backward,
        grad=backward,
        descend=lambda leaf, rate: leaf,
    )


def microgpt() -> Engine:
    from microgpt_value import Value

    return of_values(Value, cyclic=True)  # its recursive function refers to itself


def micrograd() -> Engine:
    """Return micrograd with the tanh and exp that it lacks, in its own closure style."""
    from micrograd.engine import Value

    def tanh(self: Any) -> Any:
        t = math.tanh(self.data)
        out = Value(t, (self,), "tanh")

        def _backward() -> None:
            self.grad += (1 - t * t) * out.grad

        out._backward = _backward
        return out

    def exp(self: Any) -> Any:
        out = Value(math.exp(self.data), (self,), "exp")

        def _backward() -> None:
            self.grad += out.data * out.grad

        out._backward = _backward
        return out

    Value.tanh, Value.exp = tanh, exp
    return of_values(Value, cyclic=True)


def torch() -> Engine:
    """Return PyTorch on 0-d float64 tensors, one thread."""
    import torch

    torch.set_num_threads(1)
    double = torch.float64

    def descend(leaf: Any, rate: float) -> Any:
        with torch.no_grad():
            leaf -= rate * leaf.grad
        leaf.grad = None
        return leaf

    return Engine(
        leaf=lambda x: torch.tensor(x, dtype=double, requires_grad=True),
        constant=lambda x: torch.tensor(x, dtype=double),
        tanh=torch.tanh,
        exp=torch.exp,
        relu=torch.relu,
        data=data_of,
        backward=torch.Tensor.backward,
        grad=grad_of,
        descend=descend,
    )


def xad() -> Engine:
    """Return XAD, whose operations go to one tape that `start` begins anew."""
    from xad import math as of
    from xad.adj_1st import Real, Tape

    tape = Tape()
    tape.activate()

    def start(leaves: Iterable[Any]) -> None:
        tape.clearAll()
        tape.clearDerivatives()
        for leaf in leaves:
            tape.registerInput(leaf)
        tape.newRecording()

    def backward(root: Any) -> None:
        tape.registerOutput(root)
        root.derivative = 1.0
        tape.computeAdjoints()

    return Engine(
        leaf=Real,
        constant=float,
        tanh=of.tanh,
        exp=of.exp,
        relu=lambda x: of.max(x, 0.0),
        data=lambda scalar: scalar.value,
        backward=backward,
        grad=lambda leaf: leaf.derivative,
        descend=lambda leaf, rate: Real(leaf.value - rate * leaf.derivative),
        start=start,
    )


ENGINES: dict[str, Callable[[], Engine]] = {
    "micrograd": micrograd,
    "microgpt": microgpt,
    "torch": torch,
    "xad": xad,
    NATIVE: native,
    PURE: pure,
}
