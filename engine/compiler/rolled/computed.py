"""The class that computes each scalar of a program, and the order in which sums add.

A sum has no order, so its additions may be put in the one in which the statements add:
then each is of one class, and reads what the statement of this class reads.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from dendrograd.compiler.code import Code
from dendrograd.ops import add, mul
from dendrograd.program import Places

from .assigned import NONE, Assigned
from .colours import CONSTANT, Colouring

__all__ = ["Orders", "computed"]

# For the slot of a sum its additions, the last of which is the sum, and what each adds.
Orders = dict[int, list[tuple[int, Places]]]


def computed(found: Colouring, code: Code) -> tuple[list[int], Orders]:
    """Return of each slot of code the class that it is computed in, and additions in order.

    `found` are the classes of the code.

    >>> from dendrograd.compiler.code import from_program
    >>> from dendrograd.compiler.rolled.levels import coloured
    >>> from dendrograd.program import record
    >>> code = from_program(record(lambda a, b, x, y, c: (c + a * x + b * y).tanh(), 5))
    >>> found = coloured(code, [False] * 5, [True] * 5)
    >>> classes, orders = computed(found, code)
    >>> classes[5:], orders  # c + t5 + t7 became c + (t5 + t7)
    ([1, 1, 1, 2, 3], {8: [(6, (5, 7)), (8, (4, 6))]})
    """
    colour = found.colour.tolist()
    places = found.places[: code.slots].tolist()
    made = Assigned(found, code, [colour[p] if p >= 0 else NONE for p in places])
    if NONE in made.own:
        made.fill()
    sums: dict[int, list[int]] = {top: [] for top in made.mixed}
    for slot in sorted(made.tops):
        if made.tops[slot] in sums and made.steps[slot][0] is not mul:
            sums[made.tops[slot]].append(slot)
    orders = {top: list(_ordered(made, top, inner)) for top, inner in sums.items()}
    return made.own, {top: order for top, order in orders.items() if order}


def _ordered(
    made: Assigned, top: int, inner: Sequence[int]
) -> Iterator[tuple[int, Places]]:
    """Yield the additions of a sum in the order of the statements, and note their classes.

    None where it has other operations.
    """
    slots = (*inner, top)
    zeros, bins = _terms(made, slots)
    chain = _chain(made, top, bins)
    if not chain or any(made.steps[slot][0] is not add for slot in slots):
        return
    free = iter(slots)
    (first, _), *links = chain
    above = links[0][1] if links else first  # where a lone term and a 0 are added
    total, *more = [*bins[first], *zeros]
    for place in more:
        slot = next(free)
        made.own[slot] = first if len(bins[first]) > 1 else above
        yield slot, (total, place)
        total = slot
    for number, link in links:
        part, *more = bins[number]
        for place in more:
            slot = next(free)
            made.own[slot] = number
            yield slot, (part, place)
            part = slot
        slot = next(free)
        made.own[slot] = link
        yield slot, (total, part)
        total = slot


def _terms(
    made: Assigned, slots: Sequence[int]
) -> tuple[list[int], dict[int, list[int]]]:
    """Return the constants 0 that a sum adds, and its other terms by their classes."""
    zeros: list[int] = []
    bins: dict[int, list[int]] = {}
    inner = set(slots)
    for slot in slots:
        for place in made.steps[slot][1]:
            if place in made.zeros:
                zeros.append(place)
            elif place not in inner:
                bins.setdefault(made.bin(slots[-1], place), []).append(place)
    return zeros, bins


def _chain(made: Assigned, top: int, bins: Collection[int]) -> list[tuple[int, int]]:
    """Return the classes of terms in the order in which a sum adds them, with links.

    [] where they are not all found, as where some are subtracted, and where constants
    would be added to each other.
    """
    found, at = [], made.own[top]
    while at not in bins:
        first, last = made.below(at)
        if last not in bins:
            return []
        found.append((last, at))
        at = first
    found.append((at, NONE))
    plain = all(made.kinds[number].kind != CONSTANT for number in bins)
    return found[::-1] if plain and len(found) == len(bins) else []
