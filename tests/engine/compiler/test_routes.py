"""A call that takes a route gives, bit for bit, what one that takes its arguments apart does."""

from __future__ import annotations

import numpy as np
import pytest

from dendrograd import (
    Value,
    compile,
    errstate,
    grad,
    no_grad,
    primitive,
    value_and_grad,
)
from dendrograd.compiler import batched
from dendrograd.compiler.rolled.over import RolledLanes
from dendrograd.compiler.routes import shapes
from dendrograd.errors import NonFiniteError

RNG = np.random.default_rng(11)
P, X = RNG.normal(size=(3, 4)), RNG.normal(size=(70, 2, 2))
SCALE = 2.0


def score(p, x):
    """A smooth function of twelve parameters and four numbers of a lane."""
    hidden = [sum(a * b for a, b in zip(row, x.flat, strict=True)).tanh() for row in p]
    return hidden[0] * hidden[1] + hidden[2] * p[0][0] + SCALE


def crooked(x):
    """Return the same numbers at an address that no float should have."""
    memory = np.zeros(x.nbytes + 1, np.uint8)[1:]
    found = memory.view(np.float64).reshape(x.shape)
    found[...] = x
    return found


def frozen(x):
    x = x.copy()
    x.flags.writeable = False
    return x


LAYOUTS = [np.asarray, np.asfortranarray, crooked, frozen, lambda x: x[..., ::-1]]


def bits(tree):
    return [np.asarray(part).tobytes() for part in tree]


def both_ways(fast, by, *args):
    """Return value and gradient by a route, and without one."""
    both = value_and_grad(fast, by)
    both(*args)
    assert len(fast._routes) == 1
    assert fast._routed((by, shapes(args)), args)[1] is not None
    found = [*both(*args), fast(*args), fast(*args)]
    fast._routes.clear()
    expected = [*both(*args), fast(*args)]
    fast._routes.clear()
    return found, [*expected, fast(*args)]


@pytest.mark.parametrize("reduce", [None, "sum", "mean"])
@pytest.mark.parametrize("backend", [None, "rolled"])
def test_values_and_gradients_are_those_of_the_general_call(reduce, backend):
    for by in (0, 1) if backend is None or reduce else (1,):
        for layout in LAYOUTS:
            fast = compile(score, in_axes=(None, 0), reduce=reduce, backend=backend)
            found, expected = both_ways(fast, by, layout(P), layout(X))
            assert bits(found) == bits(expected)
            assert found[1].shape == expected[1].shape
    exact = compile(score, in_axes=(None, 0), reduce=reduce, exact=True)
    found, expected = both_ways(exact, 0, P, X)
    assert bits(found) == bits(expected)


def test_what_a_call_gave_is_nobody_elses():
    for backend in ("tape", "rolled"):
        fast = compile(score, in_axes=(None, 0), reduce="mean", backend=backend)
        both, p = value_and_grad(fast), P.copy()
        first = both(p, X)[1]
        kept, second = first.copy(), both(p, X)[1]
        second += 1.0
        p[:] = 7.0
        assert (first == kept).all()
        assert not (both(p, X)[1] == kept).any()
        assert (first == kept).all()


def test_two_arrays_of_a_gradient_do_not_overlap():
    fast = compile(lambda p, x: p["a"] * x * p["b"][0], in_axes=(None, 0), reduce="sum")
    found = grad(fast)({"a": np.array(2.0), "b": np.array([3.0, 0.5])}, X[:, 0, 0])
    assert found["b"][1] == 0.0
    found["b"] += 5.0
    assert found["a"] == pytest.approx(3.0 * X[:, 0, 0].sum())


def test_a_route_ends_where_something_else_is_asked(monkeypatch):
    fast = compile(score, in_axes=(None, 0), reduce="sum")
    first = fast(P, X)
    monkeypatch.setitem(globals(), "SCALE", 3.0)
    assert fast(P, X) == pytest.approx(first + 70.0)
    monkeypatch.undo()
    assert fast(P, X) == first
    logs = compile(lambda x: x.log(), in_axes=0)
    x = np.array([1.0, 2.0])
    logs(x)
    assert len(logs._routes) == 1
    with errstate(invalid="raise"), pytest.raises(NonFiniteError):
        logs(-x)
    assert np.isnan(logs(-x)).all()
    second = grad(grad(compile(lambda w, x: w * w * w * x, (None, 0), reduce="sum")))
    assert second(2.0, x) == second(2.0, x) == 36.0


def test_a_value_that_the_function_finds_is_read_anew():
    w = Value(2.0)
    fast = compile(lambda x: w * x, in_axes=0, reduce="sum")
    x = np.array([1.0, 2.0])
    fast(x)
    for number in (2.0, 5.0, -1.0):
        assert fast._routed(("nodes", shapes((x,))), (x,))[1] is not None
        w.data = number
        y = fast(x)
        assert (y.data, y.parents, y.partials) == (3.0 * number, (w,), (3.0,))
        with no_grad():
            assert fast(x) == 3.0 * number
        assert grad(fast)(x).tolist() == [number, number]


@pytest.mark.parametrize("backend", ["tape", "rolled"])
def test_a_path_that_asks_has_a_route_until_a_lane_leaves_it(backend):
    fast = compile(lambda x: x if x > 0.0 else -x, in_axes=0, backend=backend)
    kept = []
    for lanes in ([1.0, 2.0], [3.0, 4.0], [1.0, -2.0], [-1.0, 2.0], [5.0, 6.0]):
        assert fast(np.array(lanes)).tolist() == [abs(x) for x in lanes]
        kept.append(len(fast._routes))
    assert kept == [1, 1, 0, 0, 1]


def test_arguments_that_are_no_arrays_take_no_route():
    lists = compile(lambda w, x: w[0] * x, in_axes=(None, 0))
    lists([2.0], np.array([1.0]))
    singles = compile(lambda x: x * 2.0, in_axes=0)
    singles(np.array([1.0], np.float32))
    columns = compile(lambda x: x[0] * 2.0, in_axes=1)
    columns(np.array([[1.0, 2.0]]))
    assert not any(f._routes for f in (lists, singles, columns))
    assert shapes([1.0]) is None


def test_an_operation_that_raises_on_a_route_leaves_its_lanes_to_the_function():
    @primitive(lambda y, x: (1.0,))
    def careful(x):
        if x > 2.0:
            raise KeyError("too large")
        return x

    fast = compile(lambda x: careful(x) * 2.0, in_axes=0)
    fast(np.array([1.0, 2.0]))
    assert len(fast._routes) == 1
    with pytest.raises(KeyError, match="too large") as told:
        fast(np.array([1.0, 5.0]))
    assert told.value.__notes__ == ["in lane 1 of 2"]


def test_a_report_counts_the_lanes_of_a_route(monkeypatch):
    fast = compile(score, in_axes=(None, 0))
    for _ in range(3):
        fast(P, X)
    assert "70 lanes in the last call, 210 in all" in str(fast.report())
    monkeypatch.setattr(batched, "MOST", 2)
    for lanes in (1, 2, 3):
        fast(P, X[:lanes])
    assert len(fast._routes) == 2


def test_paths_that_find_the_same_values_hold_one_list_of_them():
    a, b = Value(2.0), Value(3.0)
    fast = compile(lambda x: a * x + b if x > 0.0 else a * b * x, 0, reduce="sum")
    y = fast(np.array([1.0, -1.0, 4.0]))
    one, other = (path.captured for path in fast._all())
    assert one is other
    assert (y.data, y.parents, y.partials) == (2 * 5 + 6 - 6, (a, b), (5 - 3, 2 - 2))
    order = compile(lambda x: a * x + b if x > 0.0 else b + a * x * x, 0, reduce="sum")
    y = order(np.array([1.0, -2.0]))
    slopes = dict(zip(y.parents, y.partials, strict=True))
    assert slopes == {a: 5.0, b: 2.0}


def layer(p, x):
    """The squares of twelve sums of products of six, added up."""
    return sum(sum(a * b for a, b in zip(row, x, strict=True)) ** 2 for row in p)


def rolled_layer(*args):
    """Return a function in statements, that they are, and a function on the tape."""
    fast, slow = [
        compile(layer, in_axes=(None, 0), reduce="mean", backend=backend)
        for backend in ("rolled", "tape")
    ]
    both = value_and_grad(fast)
    both(*args)
    machine, _ = fast._all()[0].latest
    assert isinstance(machine, RolledLanes)
    return both, machine, value_and_grad(slow)


@pytest.mark.parametrize("bad", [np.inf, np.nan, 1e200, -1e308])
def test_what_is_not_finite_follows_the_law_of_the_tape(bad):
    p, x = RNG.normal(size=(12, 6)), RNG.normal(size=(20, 6))
    p[:, 1], p[3] = 0.0, 0.0
    found, machine, expected = rolled_layer(p, x)
    assert machine.total(p.reshape(-1), (x,), 1.0) is not None
    x[3, 1] = bad
    assert machine.total(p.reshape(-1), (x,), 1.0) is None
    for _ in range(2):
        (value, slopes), (y, others) = found(p, x), expected(p, x)
        np.testing.assert_allclose(value, y, rtol=1e-13)
        np.testing.assert_allclose(slopes, others, rtol=1e-13)


def test_what_has_more_to_give_than_one_sum_takes_the_longer_way():
    p, x = RNG.normal(size=(12, 6)), RNG.normal(size=(20, 6))
    both, machine, _ = rolled_layer(p, x)
    total = machine.total(p.reshape(-1), (x,), 0.5)
    value, slopes = both(p, x)
    np.testing.assert_allclose(total[0], 10.0 * value)
    np.testing.assert_allclose(total[1:].reshape(12, 6), 10.0 * slopes)
    apart = machine.total(p.reshape(-1), (x[:, :3], x[:, 3:]), 0.5)
    np.testing.assert_array_equal(apart, total)
    fast = compile(layer, in_axes=(None, 0), reduce="mean", backend="rolled")
    np.testing.assert_allclose(grad(fast, (1, 0))(p, x)[1], slopes)
    machine, _ = fast._all()[0].latest
    assert machine.total(p.reshape(-1), (x,), 0.5) is None


def test_a_gradient_by_the_first_of_two_arrays_reads_nothing_of_the_second():
    def f(p, q, x):
        return sum(a * b * c for a, b, c in zip(p, q, x, strict=True)).tanh()

    (p, q), x = RNG.normal(size=(2, 40))[:, ::-1], RNG.normal(size=(70, 40))
    fast = compile(f, in_axes=(None, None, 0), reduce="mean", backend="rolled")
    weight = 1.0 - np.tanh(x @ (p * q))[:, None] ** 2
    for by, other in ((0, q), (1, p)):
        expected = other * (weight * x).mean(axis=0)
        for _ in range(3):
            found = grad(fast, by)(p, q, x)
            assert found.shape == (40,)
            np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-15)
        machine, _ = fast._all()[0].latest
        total = machine.total(np.concatenate([p, q]), (x,), 1.0)
        assert total is None if by else len(total) == 41


def test_arrays_over_lanes_may_be_nested_where_lanes_part_or_run_alone():
    def f(p, x):
        a, b = x["a"][0], x["b"]
        return p * a * b if a > 0.0 else p - b

    a, b = np.array([1.0, -1.0, 2.0, -3.0]), np.array([0.5, 2.0, 1.0, 4.0])
    fast = compile(f, in_axes=(None, {"a": [0], "b": 0}))
    expected = [f(3.0, {"a": [s], "b": t}) for s, t in zip(a, b, strict=True)]
    assert fast(3.0, {"a": [a], "b": b}).tolist() == expected
    with errstate(invalid="warn"):
        assert fast(3.0, {"a": [a], "b": b}).tolist() == expected
    assert fast(3.0, {"a": (a,), "b": b}).tolist() == expected


def test_a_value_given_twice_is_one_input_of_statements_too():
    values = [Value(x) for x in RNG.normal(size=70)]
    flat = [*values, values[0], values[5]]
    p, x = [flat[i : i + 6] for i in range(0, 72, 6)], RNG.normal(size=(20, 6))
    for place, args in ((1, (x, p)), (0, (p, x))):
        fast = compile(
            (lambda x, p: layer(p, x)) if place else layer,
            in_axes=(0, None) if place else (None, 0),
            reduce="mean",
            backend="rolled",
        )
        y = fast(*args)
        assert isinstance(fast._all()[0].latest[0], RolledLanes)
        assert y.parents == tuple(values)
        y.backward()
    found = np.array([v.grad for v in values]) / 2.0
    for v in values:
        v.grad = 0.0
    (sum(layer(p, row) for row in x) / 20.0).backward()
    np.testing.assert_allclose(found, [v.grad for v in values], rtol=1e-12)


def test_guards_are_asked_of_each_block_of_lanes(monkeypatch):
    def f(p, x):
        return layer(p, x) if x[0] < 5.0 else -layer(p, x)

    monkeypatch.setattr("dendrograd.compiler.rolled.running.MOST", 1000)
    p, x = RNG.normal(size=(12, 6)), RNG.normal(size=(100, 6))
    found, expected = [
        value_and_grad(compile(f, (None, 0), reduce="mean", backend=backend))
        for backend in ("rolled", "tape")
    ]
    for number in (0.0, 0.0, 0.0, 6.0, 0.0, 0.0):
        x[77, 0] = number
        (value, slopes), (y, others) = found(p, x), expected(p, x)
        np.testing.assert_allclose(value, y, rtol=1e-12)
        np.testing.assert_allclose(slopes, others, rtol=1e-11, atol=1e-13)


def test_statements_that_cannot_ask_so_many_guards_keep_no_route():
    def careful(w, x):
        for i in range(65):
            if x[0] < -1.0 - i:
                return w[0]
        return sum(a * b for a, b in zip(w, x, strict=True))

    fast = compile(careful, in_axes=(None, 0), backend="rolled")
    w, x = RNG.normal(size=30), RNG.uniform(size=(4, 30))
    for _ in range(2):
        np.testing.assert_allclose(fast(w, x), x @ w, rtol=1e-12)
        assert not fast._routes
    x[2, 0] = -9.0
    np.testing.assert_allclose(fast(w, x)[2], w[0])
