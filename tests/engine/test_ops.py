"""The table, each entry against mpmath: a new entry is covered unasked."""

import itertools
import math
from collections.abc import Iterable
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import ORACLE, close, curvature, primal, slope

import dendrograd
from dendrograd import Value, grad, jvp, vjp
from dendrograd.op import Op
from dendrograd.ops import OPS
from dendrograd.rules import formulas
from dendrograd.testing import operands
from dendrograd.testing.safe_domain import intervals

INF, NAN = math.inf, math.nan
SPECIALS = [0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 5e-324, 1e308, -1e308, INF, -INF, NAN]


smooth = cache(operands)  # the strategy of an operation is asked for at each example


def only(ops: Iterable[Op]) -> pytest.MarkDecorator:
    """Return what runs a test for each of some operations."""
    chosen = list(ops)
    assert chosen
    return pytest.mark.parametrize("op", chosen, ids=[op.name for op in chosen])


every_op = only(OPS.values())


def same(a: float, b: float) -> bool:
    return a == b or (a != a and b != b)


@every_op
@given(data=st.data())
def test_primal_equals_the_definition(op: Op, data):
    xs = data.draw(smooth(op))
    assert close(op(*xs), primal(op.name, xs), rel=1e-13)


@every_op
@given(data=st.data())
def test_partials_equal_high_precision_differences(op: Op, data):
    xs = data.draw(smooth(op))
    _, partials = op.linearize(*xs)
    for i in range(len(xs)):
        if i not in op.constant:
            exact = slope(ORACLE[op.name], xs, i)
            assert close(partials[i], exact, rel=1e-10, absolute=1e-13)


@every_op
@given(data=st.data())
def test_second_derivatives_equal_high_precision_differences(op: Op, data):
    xs = data.draw(smooth(op))
    free = [i for i in range(len(xs)) if i not in op.constant]
    i, j = data.draw(st.tuples(st.sampled_from(free), st.sampled_from(free)))
    ours = grad(grad(op, argnums=i), argnums=j)(*xs)
    exact = curvature(ORACLE[op.name], xs, i, j)
    assert close(ours, exact, rel=1e-8, absolute=1e-10)


@every_op
@given(data=st.data())
def test_forward_and_reverse_mode_are_transposes(op: Op, data):
    xs = data.draw(smooth(op))
    fixed = list(op.constant)

    def f(*free):  # whole operands have no derivative: they stay numbers
        rest = iter(free)
        return op(*[x if i in fixed else next(rest) for i, x in enumerate(xs)])

    free = [x for i, x in enumerate(xs) if i not in fixed]
    size = len(free)
    v = data.draw(st.lists(st.floats(-2, 2), min_size=size, max_size=size))
    w = data.draw(st.floats(-2, 2))
    _, forward = jvp(f, free, v)
    _, pullback = vjp(f, *free)
    reverse = math.fsum(a * b for a, b in zip(pullback(w), v, strict=True))
    assert w * forward == pytest.approx(reverse, rel=1e-12, abs=1e-12)


@every_op
def test_partials_stay_inside_the_table(op: Op):
    count = 3 if op.variadic else len(op.domain)
    found = formulas(op, ["a", "b", "c"][:count])
    assert len(found) == count


@pytest.mark.parametrize(
    "rule",
    [
        lambda y, x: (math.cos(x),),
        lambda y, x: (1.0 if x > 0 else 0.0,),
        lambda y, x: (x and 1.0,),
        lambda y, x: (float(x),),
    ],
)
def test_a_rule_that_leaves_the_table_is_found(rule):
    with pytest.raises(dendrograd.errors.TraceError, match="left the table"):
        formulas(Op("foreign", math.sin, rule, OPS["sin"].domain), ["x"])


@every_op
def test_the_formula_text_evaluates_to_the_partials(op: Op):
    domain = intervals(op, 3)[:3]
    xs = [next(x for x in (0.5, 1.5, 1.0) if x in interval) for interval in domain]
    names = ["a", "b", "c"][: len(xs)]
    point = dict(zip(names, xs, strict=True))
    y, partials = op.linearize(*point.values())
    space = {"y": y, **point, "float": float, **OPS}
    for text, partial in zip(formulas(op, names), partials, strict=True):
        assert same(eval(text, space), partial)


@pytest.mark.parametrize(
    ("op", "at", "promised"),
    [(op, at, promised) for op in OPS.values() for at, promised in op.kinks],
    ids=lambda part: getattr(part, "name", None),
)
def test_a_kink_gives_the_promised_derivative(op: Op, at, promised):
    assert op.linearize(*at)[1] == promised
    leaves = [Value(x) for x in at]
    op(*leaves).backward()
    assert tuple(leaf.grad for leaf in leaves) == promised
    gradient = grad(op, argnums=tuple(range(len(at))))(*map(Value, at))
    assert tuple(map(float, gradient)) == promised


@every_op
def test_nothing_raises_on_a_value_and_nothing_turns_complex(op: Op):
    count = 3 if op.variadic else len(op.domain)
    for xs in itertools.product(SPECIALS, repeat=count):
        y, partials = op.linearize(*xs)
        assert type(y) is float
        assert all(type(partial) is float for partial in partials)
        assert same(op(*map(Value, xs)).data, y)


LIMITS = [0.0, -2.5, 1e308, -INF, NAN]


@only(op for op in OPS.values() if op.variadic or len(op.domain) > 1)
def test_nothing_raises_on_a_plain_operand_of_a_second_derivative(op: Op):
    count = 3 if op.variadic else len(op.domain)
    for xs in itertools.product(LIMITS, repeat=count):
        for i in range(count):
            slope = grad(lambda x, xs=xs, i=i: op(*xs[:i], x, *xs[i + 1 :]))
            assert type(grad(slope)(xs[i])) is float
            assert type(jvp(slope, (xs[i],), (1.0,))[1]) is float


def test_a_quotient_by_zero_has_derivatives_of_every_order():
    def guarded(t):
        return dendrograd.where(t > 0.0, t * t, t / 0.0)

    assert grad(lambda t: t / 0.0)(3.0) == INF
    assert grad(grad(lambda t: t / 0.0))(3.0) == 0.0
    assert grad(grad(grad(lambda t: t**3 + 1.0 / 0.0**t)))(3.0) == 6.0
    assert [grad(guarded)(3.0), grad(grad(guarded))(3.0)] == [6.0, 2.0]
    inner = []
    grad(lambda t: inner.append(grad(lambda u: u / 0.0)(t)) or t)(3.0)
    assert type(inner[0]) is float  # and nothing of the engine's own kinds


IEEE = {
    "log": [((0.0,), -INF), ((-1.0,), NAN), ((INF,), INF)],
    "log1p": [((-1.0,), -INF), ((-2.0,), NAN)],
    "log2": [((0.0,), -INF), ((-1.0,), NAN), ((INF,), INF)],
    "log10": [((0.0,), -INF), ((-1.0,), NAN), ((INF,), INF)],
    "exp": [((1000.0,), INF), ((-1000.0,), 0.0)],
    "sinh": [((1000.0,), INF), ((-1000.0,), -INF)],
    "cosh": [((-1000.0,), INF)],
    "div": [((1.0, 0.0), INF), ((1.0, -0.0), -INF), ((0.0, 0.0), NAN)],
    "pow": [
        ((-8.0, 1 / 3), NAN),
        ((0.0, -1.0), INF),
        ((-0.0, -1.0), -INF),
        ((-10.0, 999.0), -INF),
        ((-10.0, 998.0), INF),
        ((0.0, 0.0), 1.0),
    ],
    "sqrt": [((-1.0,), NAN)],
    "asin": [((2.0,), NAN)],
    "atanh": [((1.0,), INF), ((-1.0,), -INF), ((2.0,), NAN), ((-2.0,), NAN)],
    "sin": [((INF,), NAN)],
    "lgamma": [((0.0,), INF), ((-3.0,), INF)],
    "digamma": [((0.0,), -INF), ((-0.0,), INF), ((-1.0,), NAN), ((INF,), INF)],
    "polygamma": [((1.0, -2.0), INF), ((0.5, 1.0), NAN), ((-1.0, 1.0), NAN)],
    "maximum": [((NAN, 1.0), NAN), ((1.0, NAN), NAN)],
    "minimum": [((NAN, 1.0), NAN), ((1.0, NAN), NAN)],
    "logsumexp": [((), -INF), ((-INF, -INF), -INF), ((INF, 1.0), INF)],
    "logaddexp": [((1000.0, 1000.0), 1000.0 + math.log(2.0)), ((NAN, 1.0), NAN)],
    "sum": [((), 0.0), ((INF, -INF), NAN)],
    "floor": [((-INF,), -INF), ((-0.5,), -1.0)],
    "mod": [((5.0, 0.0), NAN), ((-5.0, 3.0), 1.0)],
}


@pytest.mark.parametrize(
    ("name", "xs", "y"),
    [(name, *case) for name, cases in IEEE.items() for case in cases],
)
def test_limits_follow_ieee_754(name, xs, y):
    assert same(OPS[name](*xs), y)


@every_op
def test_method_alias_and_function_are_one_operation(op: Op):
    assert getattr(dendrograd.ops, op.name) is op
    if op.method:
        others = [0.5] * (len(op.domain) - 1)
        expected = op(Value(0.75), *others)
        for name in (op.name, *op.aliases):
            found = getattr(Value(0.75), name)(*others)
            assert same(found.data, expected.data)
            assert found.op is op
            assert all(map(same, found.partials, expected.partials))


@only(op for op in OPS.values() if op.dunder and len(op.domain) == 2)
@given(data=st.data())
def test_fast_methods_equal_the_table_bit_for_bit(op: Op, data):
    a, b = data.draw(smooth(op))
    y, (da, db) = op.linearize(a, b)
    both = getattr(Value(a), f"__{op.dunder}__")(Value(b))
    left = getattr(Value(a), f"__{op.dunder}__")(b)
    right = getattr(Value(b), f"__r{op.dunder}__")(a)
    assert both.data == left.data == right.data == y
    assert both.partials == (da, db)
    assert left.partials == (da,)
    assert right.partials == (db,)
    assert left.operands[1] == b
    assert right.operands[0] == a
