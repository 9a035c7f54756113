"""A function compiled over lanes gives in each lane what the function gives there."""

from __future__ import annotations

import copy
import math
import pickle
import struct
from collections import namedtuple
from random import Random

import numpy as np
import pytest
from branchy import drawn, eager, function

from dendrograd import (
    Value,
    compile,
    errstate,
    grad,
    hessian,
    no_grad,
    primitive,
    tanh,
    value_and_grad,
    where,
)
from dendrograd.compiler import compiled as module
from dendrograd.compiler.path import Path
from dendrograd.errors import GraphError, NonFiniteError, OperandError, ShapeError

RNG = np.random.default_rng(5)
X = RNG.normal(size=(130, 2))
W = [0.3, -0.7]


def score(w, x):
    """A smooth function of two parameters and a row."""
    return (w[0] * x[0] + w[1] * x[1]).tanh() * w[0]


def branchy(x, y):
    if x > 0.5:
        return x * y
    return x - y if y > 0.0 else 2.0 * y


def bits(*xs):
    return [struct.pack("d", x if x == x else math.nan) for x in xs]


def each_of(f, *columns):
    """Return value and gradient of every lane, by the eager engine."""
    by = tuple(range(len(columns)))
    rows = [value_and_grad(f, by)(*map(float, xs)) for xs in zip(*columns, strict=True)]
    return [[y, *slopes] for y, slopes in rows]


def in_order(rows, paths):
    """Return sums over lanes, path by path in the order of their first lanes."""
    total = [0.0] * len(rows[0])
    for path in dict.fromkeys(paths):
        for row, other in zip(rows, paths, strict=True):
            if other == path:
                total = [a + b for a, b in zip(total, row, strict=True)]
    return total


def test_each_lane_has_the_bits_of_the_eager_engine():
    fast = compile(score, in_axes=(None, 0), exact=True)
    value, (by_w, by_x) = value_and_grad(fast, (0, 1))(W, X)
    assert (value.shape, by_w[0].shape, by_x.shape) == ((130,), (130,), (130, 2))
    for lane, x in enumerate(X.tolist()):
        y, (w_bar, x_bar) = value_and_grad(score, (0, 1))(W, x)
        found = bits(value[lane], by_w[0][lane], by_w[1][lane], *by_x[lane])
        assert found == bits(y, *w_bar, *x_bar)
    assert fast(W, X).tolist() == value.tolist()
    assert grad(fast, -1)(W, X).tolist() == by_x.tolist()


def test_sums_and_means_add_lanes_one_after_the_other():
    rows = [value_and_grad(score, (0, 1))(W, x) for x in X.tolist()]
    flat = [[y, *w_bar] for y, (w_bar, _) in rows]
    total = in_order(flat, [0] * len(flat))
    for reduce, scale in (("sum", 1), ("mean", 130)):
        fast = compile(score, in_axes=(None, 0), reduce=reduce, exact=True)
        value, (by_w, by_x) = value_and_grad(fast, (0, 1))(W, X)
        assert [value, *by_w] == [x / scale for x in total]
        assert by_x.tolist() == [[s / scale for s in x_bar] for _, (_, x_bar) in rows]
        assert fast(W, X) == value
        near = value_and_grad(compile(score, in_axes=(None, 0), reduce=reduce))(W, X)
        np.testing.assert_allclose(near[1], by_w, rtol=1e-13)


def test_functions_that_branch_equal_the_eager_ones_in_every_lane():
    draw = Random(7)
    wrong = 0
    for _ in range(25):
        f = function(drawn(draw))
        columns = [np.array([draw.gauss(0, 2) for _ in range(24)]) for _ in range(3)]
        expected = [eager(f, list(xs)) for xs in zip(*columns, strict=True)]
        fast = compile(f, in_axes=0, exact=True)
        value, slopes = value_and_grad(fast, (0, 1, 2))(*columns)
        found = zip(value, *slopes, strict=True)
        wrong += sum(bits(*a) != bits(*b) for a, b in zip(found, expected, strict=True))
    assert wrong == 0


def test_sums_are_made_path_by_path_in_the_order_of_first_lanes():
    x, y = RNG.normal(size=(2, 200))
    paths = [0 if a > 0.5 else 1 if b > 0.0 else 2 for a, b in zip(x, y, strict=True)]
    expected = in_order(each_of(branchy, x, y), paths)[0]
    fast = compile(branchy, in_axes=0, reduce="sum", exact=True)
    assert fast(x, y) == value_and_grad(fast)(x, y)[0] == expected
    assert fast(x[:64], y[:64]) != expected
    assert fast(x, y) == expected  # paths that are known already change no bit


def test_a_path_may_give_a_plain_number():
    def payoff(x):
        return x * x if x > 0.0 else 0.25

    x = np.array([2.0, -1.0, 3.0, -2.0])
    value, slopes = value_and_grad(compile(payoff, in_axes=0))(x)
    assert value.tolist() == [4.0, 0.25, 9.0, 0.25]
    assert slopes.tolist() == [4.0, 0.0, 6.0, 0.0]
    for exact in (True, False):
        total = compile(payoff, in_axes=0, reduce="sum", exact=exact)
        assert value_and_grad(total)(x)[0] == 13.5
    with pytest.raises(ShapeError, match=r"in one lane and .* in another"):
        compile(lambda x: x if x > 0.0 else [x, x], in_axes=0)(x)


def test_axes_may_be_any_and_nested():
    def f(p, rows):
        return p["w"] * rows[0].sum() + rows[1]["y"] * p["b"][1]

    a, y = RNG.normal(size=(3, 70)), RNG.normal(size=70)
    p = {"w": 2.0, "b": (1.0, 3.0)}
    fast = compile(f, in_axes=(None, [1, {"y": -1}]), exact=True)
    wanted = [f(p, [a[:, k], {"y": y[k]}]) for k in range(70)]
    assert fast(p, [a, {"y": y}]).tolist() == wanted
    slopes = grad(fast, 1)(p, [a, {"y": y}])
    assert slopes[0].shape == (70, 3)  # without a reduce, lanes come first
    assert (slopes[0] == 2.0).all()
    total = compile(f, in_axes=(None, [1, {"y": -1}]), reduce="sum")
    slopes = grad(total, 1)(p, [a, {"y": y}])
    assert slopes[0].shape == a.shape  # with one, it is the gradient by the array
    assert (slopes[1]["y"] == 3.0).all()
    by_axis = compile(f, in_axes=({"w": 0, "b": None}, 0))
    found = by_axis({"w": y, "b": (1.0, 3.0)}, [a.T, {"y": y}])
    np.testing.assert_allclose(found, y * a.sum(axis=0) + 3.0 * y, rtol=1e-12)


def test_a_tuple_and_a_namedtuple_may_have_lanes_inside():
    point = namedtuple("point", "x y")
    x = np.arange(4.0)
    for kind in (lambda *xs: xs, point):
        fast = compile(lambda p: p[0] * p[1] * 2.0, in_axes=((0, None),))
        assert fast(kind(x, 3.0)).tolist() == [0.0, 6.0, 12.0, 18.0]
        slopes = grad(fast)(kind(x, 3.0))
        assert type(slopes) is type(kind(x, 3.0))
        assert [s.tolist() for s in slopes] == [[6.0] * 4, [0.0, 2.0, 4.0, 6.0]]


def test_results_may_have_a_structure():
    fast = compile(lambda x: {"y": [x * 2.0, 7], "z": np.array([x, -x])}, in_axes=0)
    x = np.arange(3.0)
    found = fast(x)
    assert found["y"][0].tolist() == [0.0, 2.0, 4.0]
    assert found["y"][1].tolist() == [7.0, 7.0, 7.0]
    assert found["z"].shape == (3, 2)
    total = compile(lambda x: (x, x * x), in_axes=0, reduce="mean")(x)
    assert total == (1.0, 5.0 / 3.0)


@pytest.mark.parametrize("lanes", [0, 1, 2, 63, 64, 65])
def test_any_number_of_lanes_is_right(lanes):
    x = RNG.normal(size=(lanes, 2))
    for reduce in (None, "sum", "mean"):
        fast = compile(score, in_axes=(None, 0), reduce=reduce)
        value, (by_w, by_x) = value_and_grad(fast, (0, 1))(W, x)
        assert np.shape(value) == np.shape(fast(W, x)) == (() if reduce else (lanes,))
        assert np.shape(by_w[0]) == (() if reduce else (lanes,))
        assert by_x.shape == (lanes, 2)
        if reduce and not lanes:
            expected = 0.0 if reduce == "sum" else math.nan
            np.testing.assert_equal([value, *by_w], [expected] * 3)


def test_arrays_of_any_kind_are_read():
    plain = compile(score, in_axes=(None, 0))(W, X)
    wide = np.zeros((260, 4))
    wide[::2, ::2] = X
    locked = X.copy()
    locked.flags.writeable = False
    for array in (wide[::2, ::2], np.asfortranarray(X), locked, X.astype(">f8")):
        assert compile(score, in_axes=(None, 0))(W, array).tolist() == plain.tolist()
    singles = X.astype(np.float32)
    found = compile(score, in_axes=(None, 0))(W, singles)
    assert found.dtype == np.float64
    assert (
        found.tolist()
        == compile(score, in_axes=(None, 0))(W, singles.astype(np.float64)).tolist()
    )
    whole = compile(score, in_axes=(None, 0))(W, np.array([[1, 2], [3, 4]]))
    assert (
        whole.tolist()
        == compile(score, in_axes=(None, 0))(
            W, [[1.0, 2.0], [3.0, 4.0]] @ np.eye(2)
        ).tolist()
    )
    nans = np.array([[np.nan, 1.0], [0.0, -0.0]])
    assert np.isnan(compile(score, in_axes=(None, 0))(W, nans)).tolist() == [
        True,
        False,
    ]


def test_whole_numbers_over_lanes_are_inputs_and_may_be_an_index():
    def chosen(w, k, x):
        return w[k] * x + k

    w, k, x = [1.0, 2.0, 4.0], np.array([2, 0, 2, 1]), np.arange(4.0)
    fast = compile(chosen, in_axes=(None, 0, 0))
    assert fast(w, k, x).tolist() == [2.0, 1.0, 10.0, 7.0]
    assert len(fast.report().paths) == 3
    slopes = grad(fast)(w, k, x)
    assert [s.tolist() for s in slopes] == [[0, 1, 0, 0], [0, 0, 0, 3], [0, 0, 2, 0]]
    flags = compile(lambda b, x: x if b else -x, in_axes=0)
    assert flags(np.array([True, False]), x[1:3]).tolist() == [1.0, -2.0]


def test_all_other_questions_part_lanes_too():
    def f(x):
        return x * int(x) + math.floor(x) * round(x, 1) + (x if x else 1.0)

    x = np.array([0.5, 1.5, 1.6, 0.0, -2.5, 1.5])
    fast = compile(f, in_axes=0, exact=True)
    assert fast(x).tolist() == [f(Value(v)).data for v in x.tolist()]


def test_values_that_the_function_finds_need_a_reduce():
    w = Value(2.0, label="w")
    x = np.array([1.0, 2.0, 3.0])
    each = compile(lambda x: w * x, in_axes=0)
    with pytest.raises(GraphError, match=r"all lanes share \('w'\).*reduce=\"sum\""):
        each(x)
    with no_grad():
        assert each(x).tolist() == [2.0, 4.0, 6.0]
    y = compile(lambda x: w * x * x, in_axes=0, reduce="mean")(x)
    assert (y.data, y.parents, y.partials) == (28.0 / 3.0, (w,), (14.0 / 3.0,))
    y.backward()
    assert w.grad == 14.0 / 3.0
    w.data = 10.0  # it is read anew
    with no_grad():
        assert each(x).tolist() == [10.0, 20.0, 30.0]


def test_a_path_that_finds_no_values_gives_numbers_though_another_finds_some():
    a = Value(2.0)
    for reduce, expected in ((None, [-3.0, -6.0]), ("sum", -9.0)):
        fast = compile(
            lambda x: a * x if x > 0.0 else x * 3.0, in_axes=0, reduce=reduce
        )
        with no_grad():
            fast(np.array([1.0, -1.0]))
        found = fast(np.array([-1.0, -2.0]))
        assert np.asarray(found).tolist() == expected


def test_paths_may_find_different_values():
    a, b = Value(2.0), Value(3.0)
    fast = compile(lambda x: a * x if x > 0.0 else b * x, in_axes=0, reduce="sum")
    y = fast(np.array([1.0, -1.0, 4.0]))
    assert (y.data, y.parents, y.partials) == (7.0, (a, b), (5.0, -1.0))


def test_values_given_for_what_lanes_share_give_a_node():
    w = [Value(x) for x in W]
    y = compile(score, in_axes=(None, 0), reduce="sum", exact=True)(w, X)
    value, slopes = value_and_grad(
        compile(score, in_axes=(None, 0), reduce="sum", exact=True)
    )(W, X)
    assert (y.data, y.parents, list(y.partials)) == (value, tuple(w), slopes)
    with pytest.raises(GraphError, match="so each lane would be a node"):
        compile(score, in_axes=(None, 0))(w, X)


def test_derivatives_that_need_the_graph_run_the_function_itself():
    def f(w, x):
        return tanh(w * x)

    x = np.array([0.5, -1.0])
    fast = compile(f, in_axes=(None, 0), reduce="sum")
    expected = hessian(lambda w: f(w, 0.5) + f(w, -1.0))(0.3)
    assert hessian(fast)(0.3, x) == pytest.approx(expected, rel=1e-14)
    assert grad(grad(fast))(0.3, x) == pytest.approx(expected, rel=1e-14)
    rows = np.array([Value(0.5), Value(-1.0)])
    y = compile(f, in_axes=(None, 0), reduce="mean")(0.3, rows)
    y.backward()
    assert rows[0].grad == grad(f, 1)(0.3, 0.5) / 2
    assert [
        float(v)
        for v in grad(compile(f, in_axes=(None, 0), reduce="sum"), 1)(0.3, rows)
    ] == [grad(f, 1)(0.3, 0.5), grad(f, 1)(0.3, -1.0)]
    each = compile(f, in_axes=(None, 0))(0.3, rows)
    assert [v.data for v in each] == [f(0.3, 0.5), f(0.3, -1.0)]
    assert grad(compile(lambda w: fast(w, x)))(0.3) == pytest.approx(grad(fast)(0.3, x))
    with errstate(invalid="raise"), pytest.raises(NonFiniteError) as told:
        compile(lambda x: x.log(), in_axes=0)(np.array([1.0, -1.0]))
    assert told.value.__notes__ == ["in lane 1 of 2"]
    with errstate(invalid="warn"):
        assert value_and_grad(fast)(0.3, x)[0] == f(0.3, 0.5) + f(0.3, -1.0)


def test_an_error_is_raised_as_by_a_loop_and_says_in_which_lane():
    def f(x):
        if x > 2.0:
            raise KeyError("too large")
        return x * 2.0

    x = np.ones(1000)
    x[[17, 400]] = 3.0
    with pytest.raises(KeyError, match="too large") as told:
        compile(f, in_axes=0)(x)
    assert told.value.__notes__ == ["in lane 17 of 1000"]


def test_an_operation_of_a_user_that_raises_leaves_its_lanes_to_the_function():
    @primitive(lambda y, x: (1.0,))
    def careful(x):
        if x > 2.0:
            raise KeyError("too large")
        return x

    fast = compile(lambda x: careful(x) * 2.0, in_axes=0)
    assert fast(np.array([1.0, 2.0])).tolist() == [2.0, 4.0]
    x = np.array([1.0, 2.0, 1.0, 5.0, 6.0])
    for call in (fast, grad(fast)):
        with pytest.raises(KeyError, match="too large") as told:
            call(x)
        assert told.value.__notes__ == ["in lane 3 of 5"]


@pytest.mark.parametrize("reduce", [None, "sum", "mean"])
def test_past_the_last_path_lanes_run_eagerly_and_one_warning_says_so(
    monkeypatch, reduce
):
    monkeypatch.setattr(module, "MOST", 3)
    monkeypatch.setattr("dendrograd.compiler.batched.MOST", 3)

    def f(x):
        return x * math.floor(x)

    x = np.array([0.5, 1.5, 2.5, 3.5, 4.5, 1.7, 3.6])
    fast = compile(f, in_axes=0, reduce=reduce)
    with pytest.warns(RuntimeWarning, match=r"took 3 paths .most at .*test_batched"):
        value, slopes = value_and_grad(fast)(x)
    expected = each_of(f, x)
    wanted = np.array([y for y, _ in expected])
    scale = 7.0 if reduce == "mean" else 1.0
    np.testing.assert_allclose(value, wanted.sum() / scale if reduce else wanted)
    np.testing.assert_allclose(slopes, np.array([s for _, s in expected]) / scale)
    np.testing.assert_allclose(fast(x), value)  # no second warning
    w = Value(2.0)
    if reduce:
        told = compile(lambda x: w * x * math.floor(x), in_axes=0, reduce=reduce)
        with pytest.warns(RuntimeWarning, match="took 3 paths"):
            y = told(x)
        y.backward()
        assert w.grad == pytest.approx(wanted.sum() / scale)


def test_wrong_axes_are_told():
    for axes in (1.0, "x", (None, True)):
        with pytest.raises(OperandError, match="is no axis"):
            compile(score, in_axes=axes)
    with pytest.raises(OperandError, match="names no axis"):
        compile(score, in_axes=(None, None))
    with pytest.raises(OperandError, match="there are none without in_axes"):
        compile(score, reduce="sum")
    with pytest.raises(OperandError, match="reduce='max'"):
        compile(score, in_axes=0, reduce="max")
    fast = compile(score, in_axes=(None, 0))
    with pytest.raises(ShapeError, match="2 entries"):
        fast(W, X, X)
    with pytest.raises(ShapeError, match=r"argument 1 is 2.0, which has no axis 0"):
        fast(W, 2.0)
    with pytest.raises(ShapeError, match=r"argument 1\[0\] is 1.0.*numpy.array"):
        fast(W, [1.0, 2.0])
    with pytest.raises(OperandError, match="complex128, but lanes take real numbers"):
        fast(W, X * 1j)
    with pytest.raises(
        ShapeError, match="argument 1 has 130 lanes, but argument 0 has 2"
    ):
        compile(score, in_axes=0)(np.array(W), X)
    with pytest.raises(ShapeError, match="no array along"):
        compile(lambda x: x, in_axes=0)()
    nested = compile(score, in_axes=(None, [0, 0]))
    for wrong in (X, [X[:, 0]], {0: X[:, 0], 1: X[:, 1]}):
        with pytest.raises(ShapeError, match="not the structure of its in_axes"):
            nested(W, wrong)
    with pytest.raises(ShapeError, match="2 numbers in a lane, not one"):
        grad(compile(lambda x: [x, x], in_axes=0))(X[:, 0])


def test_it_can_be_copied_and_pickled():
    made = pickle.loads(pickle.dumps(MEAN))
    assert made(W, X) == copy.deepcopy(MEAN)(W, X) == MEAN(W, X)


MEAN = compile(score, in_axes=(None, 0), reduce="mean")


def test_memory_is_bounded_by_parts_of_the_lanes(monkeypatch):
    monkeypatch.setattr("dendrograd.compiler.axes.LONGEST", 64)
    x, y = RNG.normal(size=(2, 1000))
    total = value_and_grad(
        compile(branchy, in_axes=0, reduce="sum", exact=True), (0, 1)
    )
    parted = total(x, y)
    monkeypatch.undo()
    whole = total(x, y)
    assert parted[0] == whole[0]
    assert all((a == b).all() for a, b in zip(parted[1], whole[1], strict=True))


def test_a_condition_by_where_takes_one_path():
    fast = compile(lambda x: where(x > 0.0, x, -x), in_axes=0)
    x = np.array([1.0, -2.0])
    assert fast(x).tolist() == [1.0, 2.0]


def test_lanes_that_end_early_find_their_paths_again_without_a_try_of_all(monkeypatch):
    def f(barrier, steps):
        price = 1.0
        for week, z in enumerate(steps):
            price = price * (0.1 * z).exp()
            if price < barrier:
                return week * barrier
        return price

    steps = np.random.default_rng(1).normal(size=(2000, 40))
    fast = compile(f, in_axes=(None, 0))
    first = fast(0.9, steps)
    paths, tried = len(fast.report().paths), []
    parts = Path.parts
    monkeypatch.setattr(Path, "parts", lambda *args: tried.append(args) or parts(*args))
    assert (fast(0.9, steps) == first).all()
    assert paths > 20
    assert len(tried) < 6 * paths
