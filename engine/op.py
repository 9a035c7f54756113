"""What an operation is: the fields of a table entry, and calling it on floats.

An operation gives floats their IEEE 754 result and asks any operand with an `_apply`
method (a Value, a symbol) what the operation means for that kind of operand.
"""

from __future__ import annotations

import math
import numbers
import reprlib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module
from pickle import PicklingError
from typing import TYPE_CHECKING, Any, NoReturn, overload

from .errors import GraphError, OperandError

if TYPE_CHECKING:
    from .value import Value

INF, NAN = math.inf, math.nan


@dataclass(frozen=True, slots=True)
class Interval:
    """An open interval of one operand, less the points of `without`.

    `whole` marks an operand that takes whole numbers only and has no derivative, as
    the order of polygamma or the condition of where; its ends belong to it.
    """

    low: float = -INF
    high: float = INF
    without: tuple[float, ...] = ()
    whole: bool = False

    def __contains__(self, x: float) -> bool:
        if self.whole:
            return self.low <= x <= self.high and x == math.floor(x)
        return self.low < x < self.high and x not in self.without

    def __str__(self) -> str:
        left, right = ("{", "}") if self.whole else ("(", ")")
        but = "".join(f" less {point:g}" for point in self.without)
        return f"{left}{self.low:g} .. {self.high:g}{right}{but}"


REAL = Interval()
NONZERO = Interval(without=(0.0,))
POSITIVE = Interval(low=0.0)
UNIT = Interval(-1.0, 1.0)
FLAG = Interval(0.0, 1.0, whole=True)
ORDER = Interval(0.0, 5.0, whole=True)


def number(x: object, name: str) -> float:
    """Return x as a float, or raise OperandError in the name of an operation."""
    if isinstance(x, (int, float, numbers.Real, Decimal)) or _is_array_scalar(x):
        try:
            return float(x)  # type: ignore[arg-type]  # checked by the line above
        except OverflowError:
            raise OperandError(
                f"{name}: an operand of type {type(x).__name__} is larger than any "
                "float; scale it first, or use math.inf"
            ) from None
        except ValueError:  # Decimal("sNaN"), which raises wherever it is used
            raise OperandError(
                f"{name}: the operand {x!r} has no float; use math.nan"
            ) from None
    shown = reprlib.repr(x)
    raise OperandError(
        f"{name}: the operand {shown} is a {type(x).__name__}; an operand is a Value "
        "or a real number (convert it with float(...), or go element by element)"
    )


def _is_array_scalar(x: object) -> bool:
    """Return whether x is a real 0-d number of NumPy, known without importing it."""
    kind = getattr(getattr(x, "dtype", None), "kind", "")
    return kind != "" and kind in "biuf" and getattr(x, "ndim", 1) == 0


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True, repr=False)
class Op:
    """One operation: a row of the table.

    name       method, function and test id: `x.tanh()`, `dendrograd.tanh(x)`
    primal     floats -> float, as Python computes it (it may raise at a limit)
    partials   (y, *xs) -> a local derivative per operand; y is the output
    domain     an interval per operand where the operation is defined and smooth;
               of a variadic operation, the one interval of all its operands
    symbol     what a picture shows; the name, if not given
    beyond     the IEEE 754 result where `primal` raises; nan, if not given
    kinks      ((operands, promised partials), ...): sample points of no smoothness
    crease     a function of the operands, zero where domain holds but a kink is
    dunder     the operator it overloads: "add" for `__add__` and `__radd__`
    commutes   whether exchanging the operands keeps every bit
    variadic   whether it takes any number of operands
    aliases    further names of the method, as NumPy spells them: `np.arcsin(v)`
    module     where the name is bound, for pickling
    """

    name: str
    primal: Callable[..., float]
    partials: Callable[..., tuple[Any, ...]]
    domain: tuple[Interval, ...]
    symbol: str = ""
    beyond: Callable[..., float] = lambda *_: NAN
    kinks: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...] = ()
    crease: Callable[..., Any] | None = None
    dunder: str | None = None
    commutes: bool = False
    variadic: bool = False
    aliases: tuple[str, ...] = ()
    module: str = "dendrograd.ops"

    def __post_init__(self) -> None:
        object.__setattr__(self, "symbol", self.symbol or self.name)

    @overload
    def __call__(self, *operands: float) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, *operands: Value | float) -> Value: ...
    def __call__(self, *operands: Any) -> Any:
        """Apply the operation to numbers, or to whatever the operands stand for."""
        for operand in operands:
            if hasattr(operand, "_apply"):
                return operand._apply(self, operands)
        return self.evaluate(*[number(x, self.name) for x in operands])

    def evaluate(self, *xs: float) -> float:
        """Return the primal at floats, with the result of IEEE 754 at every limit."""
        try:
            return self.primal(*xs)
        except (ArithmeticError, ValueError):
            return self.beyond(*xs)

    def linearize(self, *xs: float) -> tuple[float, tuple[float, ...]]:
        """Return the primal at floats and its partials there.

        >>> from dendrograd.ops import OPS
        >>> OPS["mul"].linearize(3.0, 4.0)
        (12.0, (4.0, 3.0))
        """
        try:
            y = self.primal(*xs)
            partials = self.partials(y, *xs)
        except (ArithmeticError, ValueError):
            y = self.evaluate(*xs)
            exact = self.partials(Real(y), *map(Real, xs))
            partials = tuple([float(partial) for partial in exact])
        if len(partials) != len(xs):
            raise GraphError(
                f"{self.name}: {len(xs)} operands but {len(partials)} partials; a rule "
                "gives one local derivative for each operand"
            )
        return y, partials

    @property
    def method(self) -> bool:
        """Whether a Value has it as a method: a fixed number of smooth operands."""
        return not self.variadic and not self.domain[0].whole

    @property
    def infix(self) -> bool:
        """Whether it is written between its operands, as * is and tanh is not."""
        operator = self.dunder is not None and not self.symbol.isidentifier()
        return operator and not self.variadic and len(self.domain) == 2

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        try:
            found = find(self.module, self.name)
        except (AttributeError, ImportError):
            found = None
        if found is not self:
            raise PicklingError(
                f"{self.name}: the operation cannot be found as {self.module}."
                f"{self.name}; define it at the top level of a module to pickle it"
            )
        return find, (self.module, self.name)


def find(module: str, name: str) -> Any:
    """Return the operation that a module holds under a name, to unpickle a node."""
    found: Any = import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _by_hand(*_: float) -> NoReturn:
    raise GraphError(
        "Value(data, children, local_grads): a node made by hand has fixed local "
        "derivatives, so it cannot be differentiated again or evaluated elsewhere; "
        "give it a rule with @dendrograd.primitive"
    )


given = Op(
    "given",
    _by_hand,
    _by_hand,
    (),
    symbol="?",
    beyond=_by_hand,  # GraphError is a ValueError, which is not its limit here
    variadic=True,
    module=__name__,
)


class Real(float):
    """A float whose operators obey IEEE 754: Real(1) / 0 is inf where Python raises.

    Partials are evaluated on it where plain floats raised.
    """

    def _apply(self, op: Op, operands: tuple[Any, ...]) -> Real:
        return Real(op.evaluate(*map(float, operands)))


def install_operators(cls: type, ops: dict[str, Op]) -> None:
    """Give a class with `_apply` the operators that the table overloads."""

    def forward(op: Op) -> Callable[..., Any]:
        return lambda self, *others: self._apply(op, (self, *others))

    def reflected(op: Op) -> Callable[..., Any]:
        return lambda self, other: self._apply(op, (other, self))

    for op in ops.values():
        if op.dunder:
            setattr(cls, f"__{op.dunder}__", forward(op))
            if len(op.domain) == 2:
                setattr(cls, f"__r{op.dunder}__", reflected(op))
