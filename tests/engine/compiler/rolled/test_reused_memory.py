"""Arrays that hold something at one time never share memory."""

from __future__ import annotations

from itertools import combinations
from random import Random

import numpy as np

from dendrograd.compiler.rolled.memory import LANES, Memory


def made(memory: Memory) -> dict[str, np.ndarray]:
    names: dict[str, object] = {"np": np, "lanes": 3}
    exec("\n".join(memory.made()), names)  # noqa: S102  # our own text
    return {
        name: array for name, array in names.items() if isinstance(array, np.ndarray)
    }


def test_what_is_free_holds_the_next_array_that_fits() -> None:
    memory = Memory()
    memory.allocate("v0", (8, LANES))
    memory.allocate("v1", (6, LANES))
    for name, rows in (("v0", 8), ("v1", 6)):
        memory.free(name, rows, True)
    memory.place("d0", (5, LANES))
    with memory.scratch() as take:
        assert take((2, 4, LANES)) == "t0"
        assert take((2, LANES)) == "t1"  # no memory is free
    assert memory.kept[2:4] == ["d0 = v1[:5]", "t0 = v0.reshape((2, 4, lanes))"]
    assert memory.entries == 8 + 6 + 2


def test_no_two_arrays_in_use_share_memory() -> None:
    for seed in range(30):
        draw, memory = Random(seed), Memory()
        used: list[tuple[str, int, bool]] = []
        together: list[list[str]] = []
        for i in range(30):
            rows, varies = draw.randint(1, 9), draw.random() < 0.7
            shape = (rows, LANES) if varies else (rows,)
            memory.place(f"d{i}", shape)
            used.append((f"d{i}", rows, varies))
            with memory.scratch() as take:
                more = [take((draw.randint(1, 4), 2, LANES)) for _ in range(2)]
                together.append([*more, *[name for name, _, _ in used]])
            if draw.random() < 0.6:
                memory.free(*used.pop(draw.randrange(len(used))))
        arrays = made(memory)
        for names in together:
            for one, other in combinations(names, 2):
                assert not np.shares_memory(arrays[one], arrays[other])


def test_rows_behind_an_array_hold_their_numbers() -> None:
    memory = Memory()
    memory.allocate("v0", (4, LANES))
    places = [memory.behind("v0", (4, LANES), gap) for gap in (0.0, -np.inf, 0.0)]
    assert places == [("v0_all", 4), ("v0_all", 5), ("v0_all", 4)]
    arrays = made(memory)
    assert arrays["v0"].shape == (4, 3)
    assert arrays["v0_all"][4:].tolist() == [[0.0] * 3, [-np.inf] * 3]
