"""A picture of very many boxes, each of which is made when it is asked for.

The boxes of a graph of a million nodes may be as many, of which a picture shows a few.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from .nodes import Made
from .picture import Arrow, Picture
from .stale import numpy

if TYPE_CHECKING:
    from .folded import Folded

__all__ = ["Arrows", "Boxes", "Large", "by_source"]


def by_source(src: Sequence[int], count: int) -> tuple[array[int], Sequence[int]]:
    """Return arrows sorted by their source, and where those of each of the boxes start.

    >>> starts, order = by_source(array("i", [1, 0, 1]), 3)
    >>> list(starts), list(order)
    ([0, 1, 3, 3], [1, 0, 2])
    """
    np = numpy()
    starts, order = array("i"), array("i")
    if np is not None:
        given = np.frombuffer(src, dtype="i") if len(src) else np.zeros(0, "i")
        order.frombytes(np.argsort(given, kind="stable").astype("i").tobytes())
        sizes = np.bincount(given, minlength=count)
        starts.frombytes(np.concatenate([[0], np.cumsum(sizes)]).astype("i").tobytes())
        return starts, order
    counts = [0] * (count + 1)
    for a in src:
        counts[a + 1] += 1
    order.extend(sorted(range(len(src)), key=src.__getitem__))
    return array("i", accumulate(counts)), order


class Boxes(Made):
    """The boxes of a fold, made when they are asked for; all at once, they are kept."""

    def __init__(self, folded: Folded) -> None:
        self.folded = folded
        self.made: tuple[Any, ...] | None = None

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.folded.keys)

    def make(self, index: int) -> Any:
        """Return the one of a number."""
        return self.folded.box(index)

    def __iter__(self) -> Iterator[Any]:
        """Yield each."""
        if self.made is None:
            self.made = tuple(super().__iter__())
        return iter(self.made)


class Arrows(Boxes):
    """The arrows of a fold."""

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.folded.src)

    def make(self, index: int) -> Any:
        """Return the one of a number."""
        return self.folded.arrow(index)


@dataclass(frozen=True)
class Beside:
    """The arrows at each box, made when they are asked for."""

    arrows: Callable[[int], list[Arrow]]

    def __getitem__(self, box: int) -> list[Arrow]:
        """Return the arrows at a box."""
        return self.arrows(box)


@dataclass(frozen=True, slots=True)
class Large(Picture):
    """A picture of so many boxes that each is made when it is asked for."""

    folded: Folded = field(compare=False, repr=False)

    def into(self) -> Any:
        """Return for each box the arrows that end at it."""
        folded = self.folded

        def ending(box: int) -> list[Arrow]:
            start = bisect_left(folded.dst, box)
            end = bisect_left(folded.dst, box + 1, lo=start)
            return list(map(folded.arrow, range(start, end)))

        return Beside(ending)

    def out(self) -> Any:
        """Return for each box the arrows that leave it."""
        folded = self.folded

        def leaving(box: int) -> list[Arrow]:
            starts, order = folded.leaving
            return [folded.arrow(i) for i in order[starts[box] : starts[box + 1]]]

        return Beside(leaving)
