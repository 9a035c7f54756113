"""Value and gradient of compiled code are those of the eager engine, to the last bit."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from random import Random

import numpy as np
import pytest
from twins import BAD, NASTY, attempted, drawn

from dendrograd import Value, primitive
from dendrograd.compiler import adjoint as module
from dendrograd.compiler import templates
from dendrograd.compiler.adjoint import joint
from dendrograd.compiler.code import (
    CHAINED,
    Code,
    from_flat,
    from_program,
    program,
    reference,
)
from dendrograd.compiler.passes import live
from dendrograd.compiler.tape import Tape
from dendrograd.compiler.templates import template
from dendrograd.errors import DendrogradError
from dendrograd.flat import flat
from dendrograd.ops import OPS
from dendrograd.program import record
from dendrograd.spec import check


def bits(xs: list[float]) -> list[bytes]:
    """Return numbers by their bits; one nan is as good as another."""
    return [struct.pack("d", x if x == x else math.nan) for x in xs]


def cases(count: int, seed: int = 7) -> Iterator[tuple[Code, list[float], list[float]]]:
    """Yield the code of random programs, with points, and value and gradient there.

    The second point has other numbers, special ones among them. Where the program then
    records other code (a zero that is left out, say), the point is passed over.
    """
    draw, made = Random(seed), 0
    while made < count:
        recipe = drawn(draw)
        leaves = [Value(float.fromhex(x)) for x in recipe["leaves"]]
        found = attempted(recipe, leaves)
        if not found:
            continue
        made += 1
        code, _ = from_flat(flat(found[-1:], leaves))
        for point in range(2):
            if point:
                leaves = [Value(draw.choice([*NASTY, *BAD, 0.3, -1.7])) for _ in leaves]
                found = attempted(recipe, leaves)
            if found and same_code(code, from_flat(flat(found[-1:], leaves))[0]):
                try:
                    found[-1].backward()
                except DendrogradError:  # the result is a leaf that no_grad cut off
                    continue
                slopes = [leaf.grad for leaf in leaves]
                yield code, [leaf.data for leaf in leaves], [found[-1].data, *slopes]


def same_code(one: Code, other: Code) -> bool:
    return all(
        np.array_equal(getattr(one, part), getattr(other, part))
        for part in ("codes", "starts", "operands", "outputs")
    ) and (one.constants.tobytes() == other.constants.tobytes())


def differing(make: Callable[[Code], Code], count: int) -> int:
    """Return at how many points code made for value and gradient is not the eager one."""
    wrong = 0
    for code, xs, expected in cases(count):
        value, *slopes = reference(make(code), xs)
        wrong += bits([value, *[0.0 + slope for slope in slopes]]) != bits(expected)
    return wrong


def whole(code: Code) -> Code:
    return joint(code, code.outputs.tolist(), range(code.inputs))


def test_random_programs_have_the_gradient_of_the_eager_engine_to_the_last_bit():
    assert differing(whole, 500) == 0


def test_the_tape_has_it_too():
    for code, xs, expected in cases(100):
        value, *slopes = Tape(live(whole(code)))(np.array(xs)).tolist()
        assert bits([value, *[0.0 + slope for slope in slopes]]) == bits(expected)


def test_sums_in_another_order_are_noticed(monkeypatch):
    true = module._swept

    def by_slots(code, writer, partials, active, root, _):
        other = np.arange(len(code.codes))  # breadth first from the root
        other[np.argsort(code.starts[:-1], kind="stable")[::2]] += len(other)
        return true(code, writer, partials, active, root, legal(code, other))

    monkeypatch.setattr(module, "_swept", by_slots)
    assert differing(whole, 300)


def legal(code: Code, wish: np.ndarray) -> np.ndarray:
    """Return an order of the steps that is near a wish, operands before their users."""
    ranks = np.zeros(len(code.codes), np.int64)
    for k in range(len(code.codes)):
        below = code.operands[code.starts[k] : code.starts[k + 1]]
        steps = below[below >= code.inputs] - code.inputs
        ranks[k] = max(wish[k], *(ranks[steps] + 1), 0)
    return np.argsort(np.argsort(ranks, kind="stable"))


def test_a_sweep_without_annihilation_is_noticed():
    def plain(code: Code) -> Code:
        made = whole(code)
        return made._replace(
            codes=np.where(
                made.codes == CHAINED, module.NUMBERS[OPS["mul"]], made.codes
            )
        )

    assert differing(plain, 300)


def test_steps_shared_before_the_adjoint_are_noticed():
    made = record(lambda x: x.tanh() * 0.1 + x.tanh() * 0.7 + x.tanh() * 1.3, 1)
    apart, alike = (whole(from_program(p)) for p in (made, made.shared()))
    noticed = 0
    for i in range(20):
        x = Value(i / 7.0)
        made.replay(x).backward()
        assert bits([0.0 + reference(apart, [x.data])[1]]) == bits([x.grad])
        noticed += bits([0.0 + reference(alike, [x.data])[1]]) != bits([x.grad])
    assert noticed


def test_templates_tell_minus_zero_from_zero(monkeypatch):
    code = from_program(record(lambda x: [x / 0.0, x / -0.0], 1))
    slopes = reference(joint(code, [1, 2], [0]), [1.0])[2:]
    assert slopes == [math.inf, -math.inf]

    templates._kept.cache_clear()  # the control: a key that takes them for one
    monkeypatch.setattr(module, "bits", lambda x: struct.pack("d", x + 0.0))
    slopes = reference(joint(code, [1, 2], [0]), [1.0])[2:]
    templates._kept.cache_clear()
    assert slopes == [math.inf, math.inf]


def test_every_pass_keeps_the_code_legal():
    for code, _, _ in cases(50):
        check(program(live(whole(code))))


def test_each_of_several_results_has_its_own_gradient():
    def f(x, y):
        a = x * y
        return [a.tanh() + a, a * a - x, x + 1.0]

    leaves = [Value(0.3), Value(-1.2)]
    code, _ = from_flat(flat(f(*leaves), leaves))
    _, _, _, *rows = reference(joint(code, code.outputs.tolist(), [0, 1]), [0.3, -1.2])
    for i in range(3):
        fresh = [Value(0.3), Value(-1.2)]
        f(*fresh)[i].backward()
        slopes = [0.0 + x for x in rows[2 * i : 2 * i + 2]]
        assert bits(slopes) == bits([leaf.grad for leaf in fresh])


def test_what_no_input_reaches_has_the_gradient_zero():
    code = from_program(record(lambda x, y: x * 2.0, 2))
    assert reference(joint(code, [2], [0, 1]), [1.0, 1.0]) == [2.0, 2.0, 0.0]
    assert reference(joint(code, [~0], [0]), [1.0, 1.0]) == [2.0, 0.0]


def test_a_rule_that_leaves_the_table_is_called_back():
    @primitive(lambda y, x: (math.cos(x),))
    def sine(x):
        return math.sin(x)

    x = Value(0.5)
    code, _ = from_flat(flat([sine(x) * 3.0], [x]))
    assert reference(joint(code, code.outputs.tolist(), [0]), [0.7]) == [
        math.sin(0.7) * 3.0,
        math.cos(0.7) * 3.0,
    ]


@pytest.mark.parametrize("count", [3, 40])
def test_many_distinct_constants_share_one_template(count):
    x = Value(1.3)
    y = x
    for i in range(count):
        y = y + x ** (1.0 + i / 7.0)
    code, _ = from_flat(flat([y], [x]))
    y.backward()
    assert 0.0 + reference(whole(code), [1.3])[1] == x.grad


def test_a_rule_computes_what_it_repeats_once():
    assert [op.name for op in template(OPS["tanh"], 1, (0,)).ops] == ["sech", "mul"]
