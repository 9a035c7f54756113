"""A program is what a function did: it runs on any numbers and says when it cannot."""

import math
import random
from operator import attrgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dendrograd as dg
from dendrograd import Value, functions, grad, ops
from dendrograd.errors import OperandError, TraceError
from dendrograd.languages.python import Python
from dendrograd.op import Op
from dendrograd.ops import OPS
from dendrograd.printing import compiled, printed
from dendrograd.program import Program, Recording, record
from dendrograd.rules import rule, traced
from dendrograd.spec import check
from dendrograd.testing import Expression, expressions
from dendrograd.testing.safe_domain import intervals
from dendrograd.trees import flatten

every_op = pytest.mark.parametrize("op", OPS.values(), ids=OPS)


def same(a, b):
    return a == b or (a != a and b != b)


@given(expressions())
def test_a_recorded_function_replays_to_the_last_bit(f: Expression):
    program = record(f, len(f.point))
    assert len(program) == len(f.steps)  # nothing is shared while recording
    assert program.replay(*f.point) == f(*f.point)
    leaves = [Value(x) for x in f.point]
    y, again = f(*leaves), program.replay(*leaves)
    assert again.data == y.data
    again.backward()
    gradient = grad(f, argnums=tuple(range(len(leaves))))(*f.point)
    assert [leaf.grad for leaf in leaves] == [*gradient]


@given(expressions())
def test_steps_that_are_shared_or_left_out_change_no_number(f: Expression):
    twice = record(lambda *xs: [f(*xs), f(*xs), xs[0]], len(f.point))
    live = check(check(twice).live())
    assert len(live) == 2 * len(f.steps)
    shared = check(live.shared())
    assert len(shared) <= len(f.steps)
    assert live.run(f.point) == shared.run(f.point) == twice.run(f.point)
    assert len(twice.live([2])) == 0
    assert check(twice.live([2])).run(f.point) == [f.point[0]]


def test_a_compiled_choice_computes_the_branch_that_it_takes_alone():
    def guarded(x):
        return ops.where(x - 3.0, 2.0 / x, x) + 1.0

    primal = attrgetter("primal")  # whose operators raise: a float is divided by 0
    choose = compiled(record(lambda x: ops.where(x, 2.0 / x, 5.0), 1), ["x"], primal)
    assert [*choose(0.0), *choose(4.0), *choose(math.nan)][:2] == [5.0, 0.5]
    inside = compiled(record(guarded, 1), ["x"], primal)
    assert [*inside(3.0), *inside(4.0)] == [guarded(3.0), guarded(4.0)] == [4.0, 1.5]


@given(expressions())
def test_the_compiled_program_gives_the_same_bits(f: Expression):
    program = record(f, len(f.point))
    names = [f"x{i}" for i in range(len(f.point))]
    function = compiled(program, names, lambda op: op)
    (y,) = function(*map(Value, f.point))  # a float where the choice was a number
    assert (y.data if isinstance(y, Value) else y) == f(*f.point)
    lines, outputs = printed(program, names, Python(), "all")
    space = {**OPS, "float": float, **dict(zip(names, f.point, strict=True))}
    exec("\n".join(lines), space)  # noqa: S102  # our own text
    assert [eval(text, space) for text in outputs] == [f(*f.point)]


def test_text_has_the_parentheses_it_needs():
    def text(f):
        return printed(record(f, 2), ["a", "b"], Python()).outputs[0]

    assert text(lambda a, b: a - (b - 1.0)) == "a - (b - 1.0)"
    assert text(lambda a, b: -(a + b) * a) == "-(a + b) * a"
    assert text(lambda a, b: a / (b * a)) == "a / (b * a)"
    assert text(lambda a, b: a * -1.0 + -b) == "a * (-1.0) + -b"
    assert text(lambda a, b: dg.tanh(-1.0 * a) ** b) == "pow(tanh((-1.0) * a), b)"
    assert text(lambda a, b: math.nan + a) == 'float("nan") + a'


DEEP = {
    "brackets": lambda x: chained(lambda y: y.tanh(), x, 250),
    "a sum": lambda x: chained(lambda y: y + 0.5, x, 1000),
    "a difference of differences": lambda x: chained(lambda y: 0.5 - y, x, 250),
}


def chained(f, x, count):
    for _ in range(count):
        x = f(x)
    return x


@pytest.mark.parametrize("f", DEEP.values(), ids=DEEP)
def test_what_is_nested_too_deep_for_a_parser_gets_a_name(f):
    program = record(f, 1)
    function = compiled(program, ["x"], lambda op: op)
    assert function(0.5) == (f(Value(0.5)).data,)
    lines, outputs = printed(program, ["x"], Python(), "shared")
    assert len(lines) == len(program) // 50
    assert all(text.count("(") <= 50 for text in [*outputs, *lines])
    few = printed(program, ["x"], Python(), "shared", deepest=10)
    assert len(few.lines) == len(program) // 10
    assert printed(program, ["x"], Python()).lines == []  # as asked: one expression


def test_a_value_that_is_a_constant_is_shown():
    program = record(lambda x: x * Value(2.0, label="w"), 1)
    (text,) = printed(program, ["x"], Python()).outputs
    assert text == "x * Value(data=2.0, grad=0.0, label='w')"


def test_a_rule_that_takes_its_number_for_something_else_is_told():
    op = Op("longer", math.sin, lambda y, x: (len(x),), OPS["sin"].domain)
    with pytest.raises(TraceError, match=r"longer: .*left the table.*len"):
        traced(op, 1)


def test_what_is_used_twice_is_computed_once_by_a_method():
    calls = []
    counted = Op("counted", lambda x: calls.append(x) or x, lambda y, x: (1.0,), ())
    slopes = lambda y, a, b: (counted(a) * b, counted(a) + counted(a))  # one line
    op = Op("twice", lambda a, b: a, slopes, OPS["add"].domain)
    assert rule(op, (0, 1), attrgetter("primal"))(0.0, 3.0, 2.0) == (6.0, 6.0)
    assert calls == [3.0]


@every_op
def test_a_rule_runs_as_a_program_on_floats(op: Op):
    domain = intervals(op, 3)[:3]
    xs = [next(x for x in (0.5, 1.5, 1.0) if x in interval) for interval in domain]
    y, partials = op.linearize(*xs)
    assert tuple(traced(op, len(xs)).run([y, *xs])) == partials


RANKED = [
    lambda r, v: dg.maximum(v, r),
    lambda r, v: dg.maximum(r, v),
    lambda r, v: v.maximum(r),
    lambda r, v: v * r,
    lambda r, v: r * v,
    lambda r, v: v**r,
    lambda r, v: 2.0 - r * v,
    lambda r, v: dg.dot([v, v], [r, r], 1.0),
    lambda r, v: dg.dot([r, r], [v, v], v),
    lambda r, v: dg.logsumexp([v, 1.0, r]),
    lambda r, v: r.tanh() + v,
]


@pytest.mark.parametrize("f", RANKED)
def test_a_recording_beside_values_makes_a_recording_in_every_order(f):
    v = Value(0.25)
    program = record(lambda r: f(r, v), 1)
    assert len(program) > 0
    assert float(program.replay(0.75).data) == f(Value(0.75), v).data
    program.replay(Value(0.75)).backward()
    assert v.grad != 0.0 or f is RANKED[0] or f is RANKED[1] or f is RANKED[2]


def test_a_recording_inside_another_is_of_the_inner_program():
    inner = []

    def outer(x):
        inner.append(record(lambda y: x * y + y, 1))
        return x + 1.0

    program = record(outer, 1)
    assert [len(program), len(inner[0])] == [1, 2]
    assert isinstance(inner[0].constants[0], Recording)


def test_strangers_are_left_to_themselves():
    class Stranger:
        def __radd__(self, other):
            return "mine"

    class Numberless:
        pass

    for number in (Value(1.0), Recording(Program(1), 0)):
        assert number + Stranger() == "mine"
        with pytest.raises(TypeError):
            number + Numberless()
        with pytest.raises(OperandError, match="add"):
            number + "text"
        with pytest.raises(OperandError, match="maximum"):
            number.maximum("text")


LOOKS = [
    lambda x: 1.0 if x > 0.0 else x,
    lambda x: x if x else 1.0,
    lambda x: math.exp(x),
    lambda x: x == 1.0,
    lambda x: int(x),
    lambda x: round(x),
]


@pytest.mark.parametrize("f", LOOKS)
def test_a_function_that_looks_at_its_number_is_told(f):
    with pytest.raises(TraceError, match=r"left the table.*where\(\)"):
        record(f, 1)


def test_a_recording_shows_what_made_it():
    seen = []
    record(lambda x: seen.extend([repr(x), repr(x * 2.0)]), 1)
    assert seen == ["<recording 0: input>", "<recording 1: mul>"]


# One point, and others on the other side of every kink of the functions below
POINT = (2.0, 0.75, -1.5)
OTHERS = [(-1.0, 0.25, 3.0), (0.5, -2.0, 0.5), (0.1, 0.9, -0.2)]
SEQUENCES = {"dot": lambda a, b, c: functions.dot([a, b], [b, c], a)}
SINGLE = {"elu", "gelu", "leaky_relu", "silu"}


def function(name):
    """Return a public function of functions.py as one of three numbers."""
    f = getattr(functions, name)
    if name in SINGLE:
        return lambda a, b, c: [f(a), f(b), f(c)]
    return SEQUENCES.get(name) or (lambda a, b, c: f([a, b, c]))


@pytest.mark.parametrize("name", functions.__all__)
def test_every_public_function_recorded_once_is_right_everywhere(name):
    f = function(name)
    program = record(f, 3)
    for point in (POINT, *OTHERS):
        expected = [float(y.data) for y in flatten(f(*map(Value, point)))]
        found = flatten(program.replay(*map(Value, point)))
        assert [y.data for y in found] == expected


def test_a_hundred_thousand_steps_are_recorded_and_run():
    """A hundred times what Python's recursion would allow."""

    def chain(x):
        for _ in range(100_000):
            x = x * 0.999
        return x

    program = record(chain, 1)
    assert len(program) == 100_000
    y = 1.0
    for _ in range(100_000):
        y *= 0.999
    assert program.run([1.0], lambda op, a, b: a * b) == [y]


def test_the_table_is_recorded_without_the_engine():
    rng = random.Random(0)
    a, b = rng.random(), rng.random()
    program = record(lambda x, y: ops.atan2(x, y) * ops.sigmoid(x), 2)
    assert program.replay(a, b) == ops.atan2(a, b) * ops.sigmoid(a)


@given(st.floats(), st.floats())
def test_constants_are_kept_apart_by_their_bits(a, b):
    program = record(lambda x: [x + a, x + b], 1).shared()
    bits = {math.copysign(1.0, v) if v == 0.0 else None for v in (a, b)}
    alike = same(a, b) and len(bits) == 1 and a == a
    if alike:
        assert len(program.constants) == 1
    assert all(map(same, program.run([1.0]), [1.0 + a, 1.0 + b]))
