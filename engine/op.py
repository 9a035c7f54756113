"""What an operation is: the fields of a table entry, and calling it on floats.

An operation gives floats their IEEE 754 result. Where an operand is of another kind of
number, one with a `_rank` and an `_apply` (a Value, a recording), the kind of the highest
rank among the operands says what the operation means, wherever it stands among them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pickle import PicklingError
from typing import TYPE_CHECKING, Any, NoReturn, overload

from .domain import Interval
from .errors import GraphError
from .number import number, stranger

if TYPE_CHECKING:
    from .value import Value

INF, NAN = math.inf, math.nan


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True, repr=False)
class Op:
    """One operation: a row of the table.

    name       method, function and test id: `x.tanh()`, `dendrograd.tanh(x)`
    primal     floats -> float, as Python computes it (it may raise at a limit)
    partials   (y, *xs) -> a local derivative per operand; y is the output
    domain     an interval per operand where the operation is defined and smooth;
               of a variadic operation, the one interval of all its operands
    symbol     what a picture shows; the name, if not given
    makes      what its results are called where it is no function: a product
    beyond     the IEEE 754 result where `primal` raises; nan, if not given
    kinks      ((operands, promised partials), ...): sample points of no smoothness
    crease     a function of the operands, zero at the kinks that lie inside the domain
    decides    the branch taken, as a function of the operands, where there are several:
               its number where there is a crease, else the number's sign
    constant   the operands that have no derivative, by position
    rational   whether fractions give a fraction
    cancels    whether it can make 0 out of numbers that are not
    neutral    the operand that a variadic operation may leave out: 0 of a sum
    definition the operation in other operations of the table, where it is made of such
    slopes     the partials as a textbook writes them, for sentences, where the rule that
               loses no digit is written otherwise
    dunder     the operator it overloads: "add" for `__add__` and `__radd__`
    variadic   whether it takes any number of operands
    aliases    further names of the method, as NumPy and SciPy spell it: `np.arcsin(v)`
    instead    functions of floats in Python's library that it stands in for, in warnings
    module     where the name is bound, for pickling
    """

    name: str
    primal: Callable[..., float]
    partials: Callable[..., tuple[Any, ...]]
    domain: tuple[Interval, ...]
    symbol: str = ""
    makes: str = ""
    beyond: Callable[..., float] = lambda *_: NAN
    kinks: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...] = ()
    crease: Callable[..., Any] | None = None
    decides: Callable[..., Any] | None = None
    constant: tuple[int, ...] = ()
    rational: bool = False
    cancels: bool = False
    neutral: float | None = None
    definition: Callable[..., Any] | None = None
    slopes: Callable[..., tuple[Any, ...]] | None = None
    dunder: str | None = None
    variadic: bool = False
    aliases: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    module: str = "dendrograd.ops"

    def __post_init__(self) -> None:
        object.__setattr__(self, "symbol", self.symbol or self.name)

    @overload
    def __call__(self, *operands: float) -> float: ...
    @overload
    def __call__(self, *operands: Value | float) -> Value: ...
    def __call__(self, *operands: Any) -> Any:
        """Apply the operation to numbers, or to whatever the operands stand for."""
        for operand in operands:
            kind: Any = type(operand)
            if kind is not float and hasattr(kind, "_rank"):  # ranked(), for speed
                return kind._apply(self, operands)  # hands on to a higher one
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
        return not self.variadic and 0 not in self.constant

    @property
    def names(self) -> tuple[str, ...]:
        """What a number's class calls it: the operator, the method and its aliases."""
        operator = (f"__{self.dunder}__",) if self.dunder else ()
        return (*operator, self.name, *self.aliases) if self.method else operator

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


def highest(operands: tuple[Any, ...]) -> Any:
    """Return the kind of the highest rank among operands of which one has a rank."""
    return max(set(map(type, operands)), key=lambda kind: getattr(kind, "_rank", -1))


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


by_hand = Op(
    "by_hand",
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

    _rank = 0

    @staticmethod
    def _apply(op: Op, operands: tuple[Any, ...]) -> Any:
        kind = highest(operands)
        if kind is not Real:  # a Value beside it
            return kind._apply(op, operands)
        return Real(op.evaluate(*map(float, operands)))


def install_operators(cls: type, ops: dict[str, Op]) -> None:
    """Give a class with `_apply` the operators and the methods of the table."""
    for op in ops.values():
        for name in op.names:
            operator = name.startswith("__")
            setattr(cls, name, _operator(op) if operator else _method(op))
        if op.dunder and len(op.domain) == 2:
            setattr(cls, f"__r{op.dunder}__", _reflected(op))


def _method(op: Op) -> Callable[..., Any]:
    def method(self: Any, *others: Any) -> Any:
        return op(self, *others)

    method.__doc__ = f"Return {op.name} of this number, and of others if it takes more."
    return method


def _operator(op: Op) -> Callable[..., Any]:
    return lambda self, *others: (
        NotImplemented if any(map(stranger, others)) else op(self, *others)
    )


def _reflected(op: Op) -> Callable[..., Any]:
    return lambda self, other: NotImplemented if stranger(other) else op(other, self)
