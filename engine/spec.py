"""What a legal program is. Passes over programs are held to it by their tests."""

from __future__ import annotations

from .errors import GraphError
from .op import Op
from .program import Places, Program

__all__ = ["check"]


def check(program: Program) -> Program:
    """Return a program in which each step uses what is there before it.

    A place below 0 is that of a constant, any other a slot below that of the step. An
    operation has as many operands as its entry says. Raises GraphError, which names the
    step, where that does not hold.

    >>> from dendrograd.program import record
    >>> check(record(lambda x: x * 2.0, 1)).operands
    [(0, -1)]
    """
    if len(program.ops) != len(program.operands):
        raise GraphError(
            f"check: {len(program.ops)} operations, but operands of "
            f"{len(program.operands)} steps; append both with Program.add"
        )
    if len(program.captured) > program.inputs:
        raise GraphError(
            f"check: {len(program.captured)} captured Values, but {program.inputs} "
            "inputs, of which they are the last"
        )
    for slot, op, places in program.steps():
        where = f"slot {slot}, {op.name}"
        _ensure_arity(where, op, places)
        _ensure_places(program, where, places, slot)
    _ensure_places(program, "outputs", program.outputs, program.inputs + len(program))
    return program


def _ensure_arity(where: str, op: Op, places: Places) -> None:
    if not op.variadic and len(places) != len(op.domain):
        raise GraphError(
            f"check: {where}: {len(places)} operands, but the operation takes "
            f"{len(op.domain)}"
        )


def _ensure_places(
    program: Program, where: str, places: Places | list[int], end: int
) -> None:
    for place in places:
        if not isinstance(place, int):
            raise GraphError(
                f"check: {where}: the place {place!r} is a {type(place).__name__}; keep "
                "a number with Program.constant, which returns its place"
            )
        if place >= end:
            raise GraphError(
                f"check: {where}: slot {place} is not below {end}, so it is not computed "
                "yet; put the step that makes it first"
            )
        if ~place >= len(program.constants):
            raise GraphError(
                f"check: {where}: the place {place} is that of constant {~place}, but "
                f"there are {len(program.constants)}"
            )
