"""grad, jvp, vjp, hvp, jacobian, hessian: they agree with each other and with mpmath."""

from collections import namedtuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import ORACLE, close, curvature

import dendrograd
from dendrograd import (
    Value,
    exp,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    log,
    no_grad,
    runs,
    scope,
    sin,
    sum,
    tanh,
    value_and_grad,
    vjp,
)
from dendrograd.backprop import between
from dendrograd.errors import GraphError, OperandError, ShapeError
from dendrograd.testing import Expression, expressions

few = st.lists(st.floats(-2, 2), min_size=3, max_size=3)


def f(x):
    return tanh(x[0] * x[1]) + exp(x[2] * 0.5) * x[0] - sin(x[1] * x[1])


def h(x, y):
    return x * x * y


def g(x):
    return [x[0] * x[1], sin(x[1]) + x[2], 2.0, x[0] * x[0]]


@given(few)
def test_reverse_and_forward_jacobians_agree(x):
    reverse = jacobian(g)(x)
    forward = jacobian(g, mode="forward")(x)
    for row, other in zip(reverse, forward, strict=True):
        assert row == pytest.approx(other, rel=1e-13, abs=1e-13)


@given(few, few, few)
def test_jvp_and_vjp_are_transposes(x, v, w):
    w = [*w, 0.5]
    _, forward = jvp(g, (x,), (v,))
    _, pullback = vjp(g, x)
    (reverse,) = pullback(w)
    left = sum(a * b for a, b in zip(w, forward, strict=True))
    right = sum(a * b for a, b in zip(reverse, v, strict=True))
    assert left == pytest.approx(right, rel=1e-12, abs=1e-12)


@given(few, few)
def test_hvp_equals_the_hessian_times_the_vector_in_every_mode(x, v):
    matrix = hessian(f)(x)
    product = [sum(a * b for a, b in zip(row, v, strict=True)) for row in matrix]
    (forward_over_reverse,) = hvp(f, (x,), (v,))
    reverse_over_forward = grad(lambda at: jvp(f, (at,), (v,))[1])(x)
    reverse_over_reverse = grad(
        lambda at: sum(a * b for a, b in zip(grad(f)(at), v, strict=True))
    )(x)
    for other in (forward_over_reverse, reverse_over_forward, reverse_over_reverse):
        assert other == pytest.approx(product, rel=1e-11, abs=1e-11)
    for i in range(3):
        column = [row[i] for row in matrix]
        assert matrix[i] == pytest.approx(column, rel=1e-11, abs=1e-11)


@given(program=expressions(), data=st.data())
def test_second_derivatives_of_random_programs_equal_mpmath(program: Expression, data):
    n = len(program.point)
    i = data.draw(st.integers(0, n - 1))
    j = data.draw(st.integers(0, n - 1))
    ours = hessian(lambda xs: program(*xs))(list(program.point))[i][j]
    exact = curvature(
        lambda *xs: program.results(xs, lambda op, *at: ORACLE[op.name](*at))[0],
        program.point,
        i,
        j,
    )
    assert close(ours, exact, rel=1e-6, absolute=1e-6)


def test_derivatives_of_every_order_are_exact():
    d = lambda x: x**5  # redefined in the loop
    expected = [32.0, 80.0, 160.0, 240.0, 240.0, 120.0, 0.0]
    for value in expected:
        assert d(2.0) == value
        d = grad(d)


def test_the_mode_of_a_jacobian_says_which_sweep_runs_and_how_often(monkeypatch):
    swept = []
    for name, sweep in (("pull", runs.pull), ("push", runs.push)):

        def counted(*given, name=name, sweep=sweep, wanted):
            swept.append(name)
            return sweep(*given, wanted=wanted)

        monkeypatch.setattr(runs, name, counted)
    jacobian(g)([1.0, 2.0, 3.0])
    assert swept == ["pull"] * 4  # one for each output
    swept.clear()
    jacobian(g, mode="forward")([1.0, 2.0, 3.0])
    assert swept == ["push"] * 3  # one for each input


def test_the_first_argument_is_the_one_unless_argnums_says_otherwise():
    def h(x, y, z):
        return x * x * y * z

    assert grad(h)(3.0, 4.0, 10.0) == 240.0
    assert value_and_grad(h)(3.0, 4.0, 10.0) == (360.0, 240.0)
    assert jacobian(h)(3.0, 4.0, 10.0) == 240.0
    assert hessian(h)(3.0, 4.0, 10.0) == 80.0


def test_structures_go_in_and_come_out():
    Point = namedtuple("Point", "x y")

    def loss(p, scale):
        return p["w"][0] * p["at"].x * scale + p["w"][1][0] ** 2 * p["at"].y

    p = {"w": [2.0, (3.0,)], "at": Point(5.0, 7.0)}
    value, gradient = value_and_grad(loss, argnums=(0, 1))(p, 10.0)
    assert value == 163.0
    assert gradient == ({"w": [50.0, (42.0,)], "at": Point(20.0, 9.0)}, 10.0)
    assert isinstance(gradient[0]["at"], Point)


def test_the_argument_is_chosen_by_position_and_others_pass_untouched():
    marker = object()

    def h(x, other, y):
        assert other is marker
        return x * y * y

    assert grad(h, argnums=2)(3.0, marker, 4.0) == 24.0
    assert grad(h, argnums=-1)(3.0, marker, 4.0) == 24.0
    assert grad(h, argnums=(0, 2))(3.0, marker, 4.0) == (16.0, 24.0)


def test_numbers_in_floats_out_and_leaves_are_untouched():
    w = Value(3.0)
    assert type(grad(lambda x: x * w)(2)) is float
    assert grad(lambda x: x * w)(2.0) == 3.0
    assert w.grad == 0.0


def test_a_value_in_gives_a_value_that_differentiates_again():
    x = Value(2.0)
    slope = grad(lambda v: v**3)(x)
    assert isinstance(slope, Value)
    slope.backward()
    assert x.grad == 12.0


def test_nested_transforms_do_not_confuse_their_perturbations():
    assert grad(lambda x: x * grad(lambda y: x + y)(x))(3.0) == 1.0
    assert grad(lambda x: grad(lambda y: x * y)(2.0))(3.0) == 1.0
    assert grad(lambda x: x * jvp(lambda y: x * y, (2.0,), (1.0,))[1])(3.0) == 6.0
    assert jvp(lambda x: jvp(lambda y: x * y * y, (x,), (1.0,))[1], (3.0,), (1.0,)) == (
        18.0,
        12.0,
    )


def test_cotangents_and_tangents_can_be_differentiated_through():
    _, pullback = vjp(lambda x: x * x, 3.0)
    assert grad(lambda c: pullback(c)[0] ** 2)(1.0) == 72.0
    assert grad(lambda t: jvp(lambda x: x * x, (3.0,), (t,))[1] ** 2)(1.0) == 72.0


def test_a_tangent_and_a_cotangent_that_are_values_differentiate():
    tangent = Value(2.0)
    jvp(lambda x: x**3, (3.0,), (tangent,))[1].backward()
    assert tangent.grad == 27.0
    cotangent = Value(2.0)
    vjp(lambda x: x**3, 3.0)[1](cotangent)[0].backward()
    assert cotangent.grad == 27.0


def test_a_result_that_ignores_its_argument_has_gradient_zero():
    assert grad(lambda x: 5.0)(1.0) == 0.0
    assert grad(lambda x: Value(5.0))([1.0, 2.0]) == [0.0, 0.0]
    assert jvp(lambda x: [x, 5.0], (1.0,), (1.0,)) == ([1.0, 5.0], [1.0, 0.0])
    assert jacobian(lambda x: [x, x])(2.0) == [1.0, 1.0]


def test_transforms_work_inside_no_grad_and_keep_scopes():
    with no_grad():
        assert grad(lambda x: x * x)(3.0) == 6.0
        assert grad(grad(lambda x: x**3))(2.0) == 12.0

    def scoped(x):
        with scope("inner"):
            y = x * x
        assert y.scope == ("inner",)
        return y

    assert grad(scoped)(3.0) == 6.0


def test_an_inner_derivative_does_not_walk_the_outer_graph(monkeypatch):
    x = Value(3.0)
    outer = x * 2
    walked = []

    def seen(roots, inputs):
        walked.extend(between(roots, inputs))
        return walked

    monkeypatch.setattr("dendrograd.runs.between", seen)
    assert float(grad(lambda v: v * v)(outer)) == 12.0
    assert len(walked) == 2  # the fresh input and the product
    assert not {id(x), id(outer)} & set(map(id, walked))


def test_derivatives_inside_a_loop_differentiate():
    def newton(a):  # sqrt(a) by steps that differentiate each time
        x = a
        for _ in range(20):
            residual, slope = value_and_grad(lambda v: v * v - a)(x)
            x = x - residual / slope
        return x

    assert grad(newton)(4.0) == pytest.approx(0.25, rel=1e-12)


def test_a_node_made_by_hand_refuses_a_second_derivative():
    by_hand = lambda x: Value(x.data**2, (x,), (2 * x.data,))  # one line
    assert grad(by_hand)(3.0) == 6.0
    with pytest.raises(GraphError, match=r"made by hand.*primitive"):
        grad(grad(by_hand))(3.0)


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (
            lambda: grad(lambda x: [x, x])(1.0),
            ShapeError,
            "list of 2 numbers.*jacobian",
        ),
        (lambda: grad(lambda x: "a")(1.0), OperandError, "result of <lambda>.*'a'"),
        (lambda: grad(lambda x: None)(1.0), OperandError, "result of .*None"),
        (lambda: grad(log)("a"), OperandError, "grad: the operand 'a'"),
        (lambda: grad(log)({"a": None}), OperandError, "None is a NoneType"),
        (lambda: grad(log, argnums=1)(1.0), ShapeError, "argnums=1.*1 positional"),
        (lambda: grad(h, argnums=(0, 0))(1.0, 2.0), ShapeError, r"\(0, 0\).*twice"),
        (lambda: grad(h, argnums=(0, -2))(1.0, 2.0), ShapeError, r"\(0, -2\).*twice"),
        (lambda: grad(log)(x=1.0), ShapeError, "0 positional.*by position"),
        (lambda: jvp(log, 3.0, 1.0), OperandError, r"primals are 3.0.*\(3.0,\)"),
        (lambda: jvp(log, (3.0,), 1.0), OperandError, r"tangents are 1.0.*\(1.0,\)"),
        (lambda: hvp(log, 3.0, 1.0), OperandError, r"hvp: .*write \(3.0,\)"),
        (lambda: hvp(log, (3.0,), ("a",)), OperandError, "hvp: a tangent.*'a'"),
        (lambda: vjp(log, 3.0)[1](None), OperandError, "vjp: a cotangent.*None"),
        (lambda: vjp(lambda x: [x, 2.0], 3.0)[1]([1.0, "a"]), OperandError, "'a'"),
        (lambda: jvp(log, (1.0,), (1.0, 2.0)), ShapeError, "jvp: .* structure"),
        (lambda: jvp(log, (1.0,), ("a",)), OperandError, "tangent.*'a'"),
        (lambda: vjp(g, [1.0] * 3)[1]([1.0]), ShapeError, "vjp: .* structure"),
        (lambda: jacobian(g, mode="up"), ValueError, "'reverse' or 'forward'"),
    ],
)
def test_wrong_use_is_told(call, error, said):
    with pytest.raises(error, match=said):
        call()


TAKERS = [grad, value_and_grad, jacobian, hessian]


@pytest.mark.parametrize("transform", TAKERS)
@pytest.mark.parametrize("argnums", [None, 1.5, True, "0", (0, None), (True,)])
def test_argnums_that_are_no_positions_are_told_before_any_call(transform, argnums):
    with pytest.raises(OperandError, match=r"argnums=.*such as \(0, 1\)"):
        transform(h, argnums=argnums)


@pytest.mark.parametrize("transform", TAKERS)
def test_what_is_no_function_is_told_before_any_call(transform):
    with pytest.raises(OperandError, match=r"9\.0 is a float, not a function"):
        transform(9.0)


@pytest.mark.parametrize("call", [jvp, hvp])
def test_what_is_no_function_is_told_by_those_that_call_at_once(call):
    with pytest.raises(OperandError, match=r"9\.0 is a float, not a function"):
        call(9.0, (1.0,), (1.0,))
    with pytest.raises(OperandError, match=r"vjp: 9\.0 is a float"):
        vjp(9.0, 1.0)


def test_several_argnums_come_in_their_own_order():
    # d (x² y) = 2xy dx + x² dy
    assert grad(h, argnums=(1, 0))(3.0, 4.0) == (9.0, 24.0)
    assert grad(h, argnums=(-1, 0))(3.0, 4.0) == (9.0, 24.0)
    assert grad(h, argnums=[1, 0])(3.0, 4.0) == (9.0, 24.0)
    assert jacobian(h, argnums=(1, 0), mode="forward")(3.0, 4.0) == (9.0, 24.0)
    assert hessian(h, argnums=(1, 0))(3.0, 4.0) == ((0.0, 6.0), (6.0, 8.0))


def test_no_argnums_ask_for_no_derivatives():
    assert value_and_grad(h, argnums=())(3.0, 4.0) == (36.0, ())
    assert jacobian(h, argnums=())(3.0, 4.0) == ()


def test_keyword_arguments_pass_through_undifferentiated():
    marker = object()

    def scaled(x, *, scale, other):
        assert other is marker
        return scale * x * x

    given = {"scale": 5.0, "other": marker}
    assert grad(scaled)(3.0, **given) == 30.0
    assert value_and_grad(scaled)(3.0, **given) == (45.0, 30.0)
    assert jacobian(scaled)(3.0, **given) == 30.0
    assert jacobian(scaled, mode="forward")(3.0, **given) == 30.0
    assert hessian(scaled)(3.0, **given) == 10.0


def test_cotangents_of_a_dict_are_matched_by_key():
    _, pullback = vjp(lambda x: {"a": 2.0 * x, "b": 3.0 * x}, 1.0)
    assert pullback({"b": 10.0, "a": 1.0}) == (32.0,)


def test_a_custom_operation_has_its_own_derivative_at_every_order():
    @dendrograd.primitive(lambda y, a, b: (b * y / a, y * log(a)))
    def power(a, b):
        return a**b

    ours = hessian(lambda x: power(x[0], x[1]))([2.0, 3.0])
    table = hessian(lambda x: x[0] ** x[1])([2.0, 3.0])
    for row, other in zip(ours, table, strict=True):
        assert row == pytest.approx(other, rel=1e-14)


def test_the_rule_of_a_custom_operation_may_divide_by_a_plain_zero():
    @dendrograd.primitive(lambda y, a, b: (1.0 / a + b, a * b + 1.0 / a * b))
    def odd(a, b):
        return 0.5 * a * b * b

    slope = grad(lambda b: odd(0.0, b))
    assert [slope(3.0), grad(slope)(3.0), grad(slope)(-3.0)] == [float("inf")] * 3
