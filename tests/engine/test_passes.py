"""The passes over arrays are the sweeps over Values, and the twin's are Python's."""

from __future__ import annotations

from array import array
from itertools import product as combinations
from random import Random

import pytest
from twins import attempted, drawn

from dendrograd import Value
from dendrograd import passes as module
from dendrograd.backprop import toposort
from dendrograd.flat import flat
from dendrograd.native import twin
from dendrograd.passes import adjoints, longest, totals
from dendrograd.sweeps import pull


def roots(count: int) -> list[Value]:
    """Return results of random programs; some have slopes that are no number, or -0."""
    draw, made = Random(1), []
    while len(made) < count:
        program = drawn(draw)
        leaves = [Value(float.fromhex(x)) for x in program["leaves"]]
        slots = attempted(program, leaves)
        if not slots:
            continue
        slots = (slots + leaves)[-4:]
        slopes = draw.choices([1.0, -0.0, float("inf"), float("nan"), -2.0], k=2)
        slots.append(Value(0.5, draw.choices(slots, k=2), tuple(slopes)))
        made.append(slots[-1] * slots[0] + 2.0)
    return made


@pytest.fixture(params=["here", "python"], autouse=True)
def _class(request, monkeypatch):
    if request.param == "python":
        monkeypatch.setattr(module, "twin", None)
    elif twin is None:
        pytest.skip("the twin is not built")


def test_the_adjoints_are_those_of_the_sweep_over_values_to_the_last_bit():
    for root in roots(60):
        order = toposort(root)
        law = pull(order, {root: 1.0}, wanted=order)
        found = adjoints(flat([root], full=True))
        assert list(map(repr, found)) == list(map(repr, law))  # of a nan, no sign


def test_the_totals_are_the_adjoints_of_the_one_output_inside_its_group():
    draw = Random(2)
    for root in roots(40):
        found = flat([root], full=True)
        n = len(found.codes)
        groups = array("i", sorted(draw.randrange(3) for _ in range(n)))
        outputs = array(
            "i",
            [
                draw.choice([-1, groups.index(g) if g in groups else -1])
                for g in range(3)
            ],
        )
        slopes = [0.0] * n
        for g, output in enumerate(outputs):
            if output >= 0:
                slopes[output] = 1.0
            for k in range(n - 1, -1, -1):
                for i in range(found.starts[k], found.starts[k + 1]):
                    to = found.operands[i]
                    if to >= 0 and groups[k] == groups[to] == g:
                        term = found.partials[i] * slopes[k]
                        slopes[to] += term if found.partials[i] and slopes[k] else 0.0
        got = totals(found, groups, outputs)
        assert [repr(x + 0.0) for x in got] == [repr(x + 0.0) for x in slopes]


def ways(heads, steps, out, node):
    """Yield (length, places) of every way to the last node: the definition."""
    if node == len(out) - 1:
        yield 0.0, ()
    for e in out[node]:
        if steps[e] > -float("inf"):
            for size, rest in ways(heads, steps, out, heads[e]):
                yield steps[e] + size, (e, *rest)


def test_the_longest_ways_are_those_of_brute_force_and_equal_ones_keep_their_order():
    draw = Random(3)
    for n, k in combinations(range(1, 7), (1, 2, 4, 300)):
        out, heads, steps = [], array("i"), array("d")
        for v in range(n):
            some = (
                [draw.randrange(v + 1, n) for _ in range(draw.randint(0, 3))]
                if v < n - 1
                else []
            )
            out.append(range(len(heads), len(heads) + len(some)))
            heads.extend(some)
            steps.extend(draw.choice([1.0, 2.0, -1.0, -float("inf")]) for _ in some)
        starts = array("i", [r.start for r in out] + [len(heads)])
        found = longest(k, starts, heads, steps)
        for v in range(n):
            law = sorted(ways(heads, steps, out, v), key=lambda way: -way[0])
            lengths = list(found.sizes[v * k : v * k + found.held[v]])
            assert lengths == [size for size, _ in law[:k]]
            got = [found.way(v, r, heads, n) for r in range(found.held[v])]
            assert len(set(map(tuple, got))) == len(got)
            assert {tuple(way) for way in got} <= {way for _, way in law}
            assert all(
                got[r] < got[r + 1]
                for r in range(len(got) - 1)
                if lengths[r] == lengths[r + 1] and got[r][0] != got[r + 1][0]
            )


def test_a_way_is_read_as_far_as_asked():
    found = longest(1, array("i", [0, 1, 2, 2]), array("i", [1, 2]), array("d", [1, 1]))
    assert found.way(0, 0, [1, 2], 1) == [0]
