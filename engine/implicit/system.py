"""An implicit node: an operation whose rule is the implicit function theorem.

The residual F(x, p) was recorded at the root x. Its own program gives the slopes of F by x
and by p, and dx/dp = -(dF/dx)^-1 dF/dp is made of these in table operations. So the rule
runs on floats, on Values and on recordings, and a derivative can be differentiated again.

A rule is given the result y of its own node alone. Of several unknowns it makes the other
ones anew, as nodes of an operation of its own, so that no node refers to its siblings.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from dendrograd.domain import REAL
from dendrograd.linalg.factors import lu
from dendrograd.op import Op
from dendrograd.program import Program
from dendrograd.rules import TRACED, ensure_traceable

from .errors import SolveError
from .newton import newton, shown
from .sweep import eliminated, slopes

__all__ = ["System", "root"]


class System:
    """Equations as a program of unknowns and parameters, solved at one point.

    program   the residuals; the unknowns are its first inputs, then the parameters
    roots     the unknowns that solve it
    at        the parameters for which they do
    name      of the function that a person called
    _order    in which the equations are eliminated, by the size of their slopes
    _found    what was solved last: parameters, roots, slopes, in floats
    _rows     what was differentiated last: a key, the operands, their slopes
    """

    __slots__ = ("_found", "_order", "_rows", "at", "name", "program", "roots")

    def __init__(
        self, program: Program, roots: list[float], at: list[float], name: str
    ) -> None:
        self.program, self.roots, self.at, self.name = program, roots, at, name
        count = len(roots)
        _, rows = slopes(program, [*roots, *at])
        factors = lu([row[:count] for row in rows])
        if factors.rank < count or not factors.upper[-1][-1]:
            raise SolveError(
                f"{name}: the Jacobian is singular at the root {shown(roots)}, which has "
                "no derivative (a multiple root, or equations that depend on each other)"
            )
        self._order = factors.rows
        self._found = at, roots, self._theorem(rows)
        self._rows: Any = None, None, None

    def __getstate__(self) -> Any:
        known = self.program, self.roots, self.at, self.name
        return *known, self._order, self._found

    def __setstate__(self, state: Any) -> None:
        self.program, self.roots, self.at, self.name, self._order, self._found = state
        self._rows = None, None, None

    def nodes(self, operands: Sequence[Any]) -> list[Any]:
        """Return the unknowns as functions of the parameters."""
        return [root(self, i)(*operands) for i in range(len(self.roots))]

    def solved(self, parameters: Sequence[float]) -> list[float]:
        """Return the roots for other parameters, by Newton steps from those known."""
        return self._solution(list(map(float, parameters)))[1]

    def _solution(self, ps: list[float]) -> tuple[list[float], list[float], Any]:
        """Return parameters, the roots for them, and the slopes of the roots."""
        if self._found[0] != ps:
            roots = newton(partial(self._residual, ps), self.roots, self.name)
            _, rows = slopes(self.program, [*roots, *ps])
            self._found = ps, roots, self._theorem(rows)
        return self._found

    def _residual(self, ps: list[float], xs: list[float]) -> Any:
        values, rows = slopes(self.program, [*xs, *ps])
        return values, [row[: len(xs)] for row in rows]

    def partials(self, i: int, y: Any, *operands: Any) -> tuple[Any, ...]:
        """Return the slopes of one unknown, in numbers of the kind of the operands."""
        if all(isinstance(p, float) for p in operands):
            return tuple(self._solution(list(map(float, operands)))[2][i])
        if len(self.roots) == 1:
            return tuple(self._slopes([y], operands)[0])
        key = tuple([p if type(p) is float else id(p) for p in operands])
        known, _, rows = self._rows
        if known != key:  # all rows cost as much as one: the next sibling takes its own
            rows = self._slopes(self._anew().nodes(operands), operands)
            self._rows = key, operands, rows  # held, so that each id stays its own
        return tuple(rows[i])

    def _anew(self) -> System:
        other = System.__new__(System)
        other.__setstate__(self.__getstate__())
        return other

    def _slopes(self, xs: list[Any], operands: Sequence[Any]) -> list[list[Any]]:
        for _, op, places in self.program.steps():
            ensure_traceable(op, len(places))
        return self._theorem(slopes(self.program, [*xs, *operands])[1])

    def _theorem(self, rows: list[list[Any]]) -> list[list[Any]]:
        """Return -(dF/dx)^-1 dF/dp of the slopes of F by x and by p."""
        count = len(self.roots)
        right = [
            [v if type(v) is float and v == 0.0 else -v for v in row[count:]]
            for row in rows
        ]
        return eliminated([row[:count] for row in rows], right, self._order)


class Root(Op):
    """The operation that gives one unknown of a system; a pickle holds the system."""

    __slots__ = ("index", "system")
    index: int
    system: System

    def __reduce__(self) -> tuple[Any, ...]:
        return root, (self.system, self.index)


def root(system: System, i: int) -> Root:
    """Return the operation of one unknown: from the parameters to its root."""
    name = system.name if len(system.roots) == 1 else f"{system.name}[{i}]"
    op = Root(
        name,
        lambda *ps: system.solved(ps)[i],
        partial(system.partials, i),
        (REAL,),
        variadic=True,
        module=__name__,
    )
    object.__setattr__(op, "system", system)
    object.__setattr__(op, "index", i)
    TRACED[op] = {len(system.at)}  # by its making: its steps are asked when it is run
    return op
