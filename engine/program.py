"""Straight-line code as data: what a function of numbers did, step by step.

A `Program` is a list of operations whose operands are the results of earlier ones (a
Wengert list; Wengert, CACM 7, 1964). `record` makes one by running a function on
`Recording`s, which stand for any number and refuse what would look at it: an `if`, a
comparison, a `float()`. The same program runs on floats, Values, tangents or numbers of
mpmath, and is printed as text by `printing.py`. Derivative rules are read so too.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn

from .errors import TraceError
from .number import number, ranked
from .op import Op, install_operators
from .ops import OPS
from .special import Constant
from .trees import flatten, rebuild

if TYPE_CHECKING:
    from .value import Value

__all__ = ["Places", "Program", "Recording", "record"]

Places = tuple[int, ...]


serials = count()


def call(op: Op, *operands: Any) -> Any:
    """Apply an operation by what it means for its operands."""
    return op(*operands)


class Program:
    """Operations in order, in flat lists, so that a million steps are cheap.

    inputs      how many numbers the program is given; they are the first slots
    ops         the operation of each step, whose result is the next slot
    operands    for each step, a place for each operand: a slot, or below 0 a constant
    constants   the numbers that are not inputs; the place of constants[i] is ~i
    outputs     the place of each result
    captured    the Values among the inputs that nobody gave, by name; the last inputs

    >>> from dendrograd.ops import mul, tanh
    >>> program = record(lambda x, y: tanh(x * y) * 2.0, 2)
    >>> [op.name for op in program.ops], program.operands, program.constants
    (['mul', 'tanh', 'mul'], [(0, 1), (2,), (3, -1)], [2.0])
    >>> program.run([0.5, 1.0])
    [0.9242343145200195]
    """

    # fmt: off
    __slots__ = (
        "captured", "constants", "inputs", "operands", "ops", "outputs", "serial", "tree",
    )
    # fmt: on

    def __init__(self, inputs: int) -> None:
        self.inputs = inputs
        self.ops: list[Op] = []
        self.operands: list[Places] = []
        self.constants: list[Any] = []
        self.outputs: list[int] = []
        self.captured: dict[str, Value] = {}
        self.tree: Any = None  # the result as the function gave it
        self.serial = next(serials)  # the innermost of nested programs has the highest

    @staticmethod
    def of(results: Any, leaves: Sequence[Value]) -> Program:
        """Return what was recorded between leaves and results.

        `results` is a Value or a number, or a list, tuple or dict of such. The leaves
        are the first inputs. Leaves that were used but not given are the last, under
        their labels, or as c0, c1, ...: `captured`. What `no_grad` computed is constant.

        >>> from dendrograd import Value
        >>> x, w = Value(3.0), Value(2.0, label="w")
        >>> program = Program.of([x * w + 1.0], [x])
        >>> [op.name for op in program.ops], program.operands, program.captured
        (['mul', 'add'], [(0, 1), (2, -1)], {'w': Value(data=2.0, grad=0.0, label='w')})
        >>> program.run([5.0, 2.0])
        [11.0]
        """
        from .flat import straight  # which stands on what runs programs

        return straight(results, leaves)

    def __len__(self) -> int:
        return len(self.ops)

    def add(self, op: Op, places: Places) -> int:
        """Append a step; return its slot."""
        self.ops.append(op)
        self.operands.append(places)
        return self.inputs + len(self.ops) - 1

    def constant(self, x: Any) -> int:
        """Keep a constant; return its place."""
        self.constants.append(x)
        return ~(len(self.constants) - 1)

    def steps(self) -> Iterator[tuple[int, Op, Places]]:
        """Yield slot, operation and places of the operands of each step."""
        slots = range(self.inputs, self.inputs + len(self.ops))
        return zip(slots, self.ops, self.operands, strict=True)

    def slots(
        self, leaves: Sequence[Any], apply: Callable[..., Any] = call
    ) -> list[Any]:
        """Return what every slot holds when numbers of some kind are put in.

        `apply(op, *operands)` performs an operation on numbers of that kind; constants
        come to it as they were recorded, and captured Values too, if none are put in.
        """
        slots = [*leaves, *self.captured.values()][: self.inputs]
        constants = self.constants
        for op, places in zip(self.ops, self.operands, strict=True):
            xs = [slots[i] if i >= 0 else constants[~i] for i in places]
            slots.append(apply(op, *xs))
        return slots

    def run(self, leaves: Sequence[Any], apply: Callable[..., Any] = call) -> list[Any]:
        """Return what the outputs hold when numbers of some kind are put in."""
        slots = self.slots(leaves, apply)
        return [slots[i] if i >= 0 else self.constants[~i] for i in self.outputs]

    def replay(self, *leaves: Any) -> Any:
        """Return the result in the structure that the function gave it."""
        return rebuild(self.tree, iter(self.run(leaves)))

    def live(self, outputs: Sequence[int] | None = None) -> Program:
        """Return the steps alone that outputs need, in their order.

        `outputs` picks among the outputs by position.
        """
        picked = range(len(self.outputs)) if outputs is None else outputs
        wanted = [self.outputs[i] for i in picked]
        used = set(wanted)
        for slot, _, places in reversed(list(self.steps())):
            if slot in used:
                used.update(places)
        made, place = self._begun()
        for i, x in enumerate(self.constants):
            if ~i in used:
                place[~i] = made.constant(x)
        for slot, op, places in self.steps():
            if slot in used:
                place[slot] = made.add(op, tuple([place[i] for i in places]))
        made.outputs = [place[i] for i in wanted]
        return made

    def shared(self) -> Program:
        """Return the program with each step computed once.

        Steps that apply one operation to the same operands become one; the results are
        the same to the last bit, since the operations are functions. A gradient would
        not be: a step that is shared adds up what several hand back to it in another
        order. So a derivative is made first, and what it computes is shared after it.
        """
        made, place = self._begun()
        known: dict[Any, int] = {}
        for i, x in enumerate(self.constants):
            key: Any = _bits(x)
            if key not in known:
                known[key] = made.constant(x)
            place[~i] = known[key]
        for slot, op, places in self.steps():
            key = op, tuple([place[i] for i in places])
            if key not in known:
                known[key] = made.add(*key)
            place[slot] = known[key]
        made.outputs = [place[i] for i in self.outputs]
        return made

    def _begun(self) -> tuple[Program, dict[int, int]]:
        """Return a program of the same inputs without steps, and where these stand."""
        made = Program(self.inputs)
        made.captured = self.captured
        return made, {i: i for i in range(self.inputs)}


def _bits(x: Any) -> Any:
    """Return what tells a constant from others: 0.0 from -0.0, and nan from nothing."""
    return struct.pack("d", x) if isinstance(x, float) else id(x)


class Recording:
    """A number that is known by how it is computed, and by nothing else.

    It answers operators and table operations with a further Recording; a Value or a
    number beside it is a constant of the program.
    """

    __slots__ = ("program", "slot")

    def __init__(self, program: Program, slot: int) -> None:
        self.program, self.slot = program, slot

    _rank = 3  # above a Value

    @staticmethod
    def _apply(op: Op, operands: tuple[Any, ...]) -> Recording:
        recordings = [v for v in operands if isinstance(v, Recording)]
        program = max([v.program for v in recordings], key=attrgetter("serial"))
        places = tuple([place(program, v, op) for v in operands])
        return Recording(program, program.add(op, places))

    def _refuse(self, *_: object) -> NoReturn:
        raise TraceError(
            "a recorded function left the table (a call such as math.cos, a comparison, "
            "an `if` or a float()): a recording stands for any number; use operators, "
            "dendrograd's functions, and where() for a choice"
        )

    __bool__ = __float__ = __int__ = __index__ = __round__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __eq__ = __ne__ = _refuse
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        op = self.slot - self.program.inputs
        made = self.program.ops[op].name if op >= 0 else "input"
        return f"<recording {self.slot}: {made}>"


def place(program: Program, operand: Any, op: Op) -> int:
    """Return the place of an operand: a slot, or that of a constant.

    A recording of another program around this one is a constant, as a Value is.
    """
    if isinstance(operand, Recording) and operand.program is program:
        return operand.slot
    if not ranked(operand) and not isinstance(operand, Constant):
        operand = number(operand, op.name)
    return program.constant(operand)


install_operators(Recording, OPS)


def record(f: Callable[..., Any], inputs: int) -> Program:
    """Return what a function does with so many numbers, whatever they are.

    Its result may be a number, or a list, tuple or dict of numbers, nested as you like.
    Nothing is shared: an expression that is written twice is computed twice, in the
    order of the function. Raises TraceError where the function looks at a number.

    >>> program = record(lambda x: {"double": x + x, "one": 1.0}, 1)
    >>> program.replay(3.0)
    {'double': 6.0, 'one': 1.0}
    """
    program = Program(inputs)
    program.tree = f(*[Recording(program, i) for i in range(inputs)])
    for y in flatten(program.tree):
        mine = isinstance(y, Recording) and y.program is program
        program.outputs.append(y.slot if mine else program.constant(y))
    return program
