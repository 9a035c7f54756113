"""A compiled function is the function: values, gradients, branches, errors, nodes."""

from __future__ import annotations

import copy
import itertools
import math
import pickle
import random
import struct
import threading
import time
from inspect import signature
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
    hvp,
    jacobian,
    no_grad,
    primitive,
    scope,
    value_and_grad,
    where,
)
from dendrograd.compiler import compiled as module
from dendrograd.errors import (
    GraphError,
    NonFiniteError,
    OperandError,
    ShapeError,
    TraceError,
)
from dendrograd.notices.listen import LISTENING


def bits(*xs):
    return [struct.pack("d", x if x == x else math.nan) for x in xs]


@compile
def area(x, y):
    """The area of a rectangle, or none."""
    return x * y if x > 0.0 else x - y


def product(x, y=1.0):
    return x * y


def paths_of(fast):
    return [path for paths in fast._paths.values() for path in paths]


def test_functions_that_branch_equal_the_eager_ones_at_every_point():
    draw = Random(3)
    wrong = unguarded = 0
    for _ in range(60):
        f = function(drawn(draw))
        fast = compile(f)
        both = value_and_grad(fast, (0, 1, 2))
        for _ in range(24):
            xs = [draw.gauss(0, 2) for _ in range(3)]
            expected = bits(*eager(f, xs))
            value, slopes = both(*xs)
            wrong += bits(value, *slopes) != expected or bits(fast(*xs)) != expected[:1]
            first = paths_of(fast)[-1]  # the control: the path of the first point
            out = first.tape((range(3),))(np.array(xs))
            slopes = out[len(first.capture.code.outputs) :] + 0.0
            unguarded += bits(out[0], *slopes) != expected
    assert wrong == 0
    assert unguarded > 500


def test_it_is_called_as_the_function_is():
    assert (area.__name__, area.__doc__) == ("area", area.__wrapped__.__doc__)
    assert area(2.0, 3.0) == area(2.0, y=3.0) == area(x=2.0, y=3) == 6.0
    assert type(area(2.0, 3.0)) is float
    assert repr(area) == "<compile of area>"
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        area(2.0)


def test_arguments_and_results_may_be_nested():
    @compile
    def f(tree, power=2, *, name="mean"):
        total = sum(x**power for x in tree["a"]) + tree["b"][0].sum()
        return {name: [total, 3], "array": tree["b"][0] * 2.0}

    tree = {"a": [1.0, 2.0], "b": (np.array([0.5, 1.5]),)}
    found = f(tree)
    assert found["mean"] == [7.0, 3]
    assert found["array"].tolist() == [1.0, 3.0]
    assert found["array"].dtype == float
    assert f(tree, 3, name="cubes")["cubes"][0] == 11.0
    assert len(paths_of(f)) == 2


def test_derivatives_of_it_are_those_of_the_function():
    def f(x, y):
        return (x * y).tanh() + x

    fast = compile(f)
    assert value_and_grad(fast, (0, 1))(0.3, 0.7) == value_and_grad(f, (0, 1))(0.3, 0.7)
    assert grad(fast, 1)(0.3, 0.7) == grad(f, 1)(0.3, 0.7)
    assert hessian(fast, (0, 1))(0.3, 0.7) == hessian(f, (0, 1))(0.3, 0.7)
    assert hvp(fast, (0.3, 0.7), (1.0, 2.0)) == hvp(f, (0.3, 0.7), (1.0, 2.0))
    assert jacobian(fast)(0.3, 0.7) == jacobian(f)(0.3, 0.7)
    assert grad(grad(fast))(0.3, 0.7) == grad(grad(f))(0.3, 0.7)
    assert compile(grad(f))(0.3, 0.7) == grad(f)(0.3, 0.7)
    assert grad(fast)(1, 2) == grad(f)(1, 2)  # ints that argnums name are inputs
    x = Value(0.3)
    assert isinstance(grad(fast)(x, 0.7), Value)


def test_the_gradient_comes_in_the_structure_of_the_argument():
    def f(p, x):
        return p["w"][0] * x + p["w"][1] * p["b"]

    point = {"w": [2.0, 3.0], "b": np.array([4.0])[0]}
    assert value_and_grad(compile(f))(point, 5.0) == value_and_grad(f)(point, 5.0)
    assert value_and_grad(compile(lambda x: 3))(1.0) == (3.0, 0.0)
    with pytest.raises(ShapeError, match="not one; use jacobian"):
        grad(compile(lambda x: [x, x]))(1.0)
    total = compile(lambda v: (v * v).sum())
    assert grad(total)(np.arange(3.0)).tolist() == [0.0, 2.0, 4.0]
    with pytest.raises(OperandError, match="str"):
        grad(compile(lambda x: x[0]))([1.0, "two"])


def test_values_in_give_a_node_of_the_function():
    a, b = Value(2.0), Value(3.0)
    y = area(a, b)
    assert (y.data, y.parents, y.partials) == (6.0, (a, b), (3.0, 2.0))
    (y * 10.0).backward()
    assert (a.grad, b.grad) == (30.0, 20.0)
    square = area(a, a)
    assert square.parents == (a,)
    assert square.partials == (4.0,)
    several = compile(lambda x, y: [x * y, x + 1.0, 7])(a, b)
    assert [getattr(y, "partials", y) for y in several] == [(3.0, 2.0), (1.0, 0.0), 7]
    with pytest.raises(GraphError, match=r"hvp or hessian of area, or"):
        y.op.partials(y.data, 2.0, 3.0)


def test_values_that_the_function_finds_are_read_anew_at_each_call():
    w, seen = Value(2.0, label="w"), Value(5.0)
    inner = w * 3.0  # it stays what it is when w changes, as for the function itself

    def f(x):
        return w * x + inner + seen * 0.0

    fast = compile(f)
    for data in (2.0, -0.5):
        w.data = data
        y, expected = fast(4.0), f(4.0)
        assert bits(y.data) == bits(expected.data)
        assert set(y.parents) == {w, inner, seen}
        w.grad = 0.0
        y.backward()
        found, w.grad = w.grad, 0.0
        expected.backward()
        assert bits(found) == bits(w.grad)
    with no_grad():
        assert type(fast(4.0)) is float
    assert grad(fast)(4.0) == w.data


def test_a_name_that_stands_for_another_object_is_another_recording():
    rate = 0.5

    def scaled(x):
        return x * rate

    fast = compile(lambda x: scaled(x) + 1.0)
    assert fast(2.0) == 2.0
    rate = 3.0
    assert fast(2.0) == 7.0
    assert len(paths_of(fast)) == 2


def test_a_graph_that_exists_is_compiled_by_its_leaves():
    x, w = Value(3.0), Value(2.0)
    loss = x * x * w
    fast = compile(loss, wrt=[x, w])
    assert value_and_grad(fast, (0, 1))(4.0, 0.5) == (8.0, (4.0, 16.0))
    assert compile(loss, wrt=[x])(4.0).parents == (w,)
    with pytest.raises(
        OperandError, match="1 numbers, but it was compiled by 2 leaves"
    ):
        fast(1.0)
    with pytest.raises(OperandError, match=r"wrt=\[x, w\]"):
        compile(loss)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (lambda: compile(3.0), "not a function"),
        (lambda: compile(abs, reduce="sum"), "none without in_axes"),
        (lambda: compile(abs, frozen="no"), "'error' or 'allow'"),
        (lambda: compile(abs, wrt=[Value(1.0)]), "wrt names the leaves of a Value"),
    ],
)
def test_wrong_use_is_told(wrong, text):
    with pytest.raises(OperandError, match=text):
        wrong()


class Clock:
    """State that each call changes."""

    ticks = 0.0

    def __call__(self, x):
        self.ticks += 0.25
        return x * self.ticks


def test_what_changes_from_run_to_run_is_refused_with_its_line():
    draws = random.Random(1)
    for f, text in [
        (lambda x: x * draws.random(), r"test_compiled\.py:\d+: .* went from"),
        (Clock(), "the constant .* went from 0.25 to 0.75"),
        (lambda x: x * time.perf_counter(), "it reads a clock"),
    ]:
        with pytest.raises(TraceError, match=text):
            compile(f)(1.0)
    turns = itertools.cycle([lambda x: x + 1.0, lambda x: x * 2.0])
    lengths = itertools.cycle([1, 2])
    with pytest.raises(TraceError, match=r"of 1 operations, then of 2|of 2 operations"):
        compile(lambda x: sum([x] * next(lengths)))(1.0)
    with pytest.raises(TraceError, match=r"add came to be mul|mul came to be add"):
        compile(lambda x: next(turns)(x) if draws else x)(1.0)
    w = Value(1.0)

    def moving(x):
        y = x * w
        w.data += 1.0
        return y

    with pytest.raises(TraceError, match="another program"):
        compile(moving)(1.0)


def test_a_number_that_is_read_is_refused_or_stays():
    def f(x):
        return x * float(x) + x.item()

    with pytest.raises(TraceError, match=r"test_compiled\.py:\d+: `return x \* float"):
        compile(f)(2.0)
    with pytest.raises(TraceError, match="reads a number"):
        compile(lambda x: copy.deepcopy(x) * 2.0)(2.0)
    kept = compile(f, frozen="allow")
    assert kept(2.0) == 6.0
    assert kept(3.0) == 8.0  # with the 2 of the recording, twice
    assert compile(lambda x: x * Value(2.0).data)(3.0) == 6.0  # it depends on no input
    assert compile(lambda x: x * len(f"{x:.3f} {x}"))(2.0)  # text is none of its affair


def test_what_a_replay_cannot_do_is_refused():
    def swept(x):
        y = x * x
        y.backward()
        return y * x.grad

    def by_hand(x):
        y = x * x
        y.grad = 1.0
        y._backward()
        return y

    for f in (swept, by_hand):
        with pytest.raises(TraceError, match="calls backward"):
            compile(f)(2.0)
    with pytest.raises(TraceError, match="makes a node by hand"):
        compile(lambda x: Value(1.0, (x,), (2.0,)))(2.0)


def test_what_is_cut_off_goes_on_to_be_computed():
    def f(x):
        with no_grad():
            cut = x * 3.0
        return x * cut + x.detach() * x

    fast = compile(f)
    for x in (2.0, -5.0):
        assert value_and_grad(fast)(x) == value_and_grad(f)(x)
    assert fast(2.0) == 16.0


def test_gradients_and_operations_of_users_inside_are_recorded():
    @primitive(lambda y, x: (math.cos(x),))
    def sine(x):
        return math.sin(x)

    def f(x):
        return sine(x) * grad(lambda t: t**3)(x)

    fast = compile(f)
    for x in (0.5, 2.0):
        assert value_and_grad(fast)(x) == value_and_grad(f)(x)


def test_questions_of_any_kind_are_guards():
    def f(x, y):
        if np.isnan(x) or round(y, 1) == 2.0 or np.allclose(y, 7.0):
            return x * 0.5 + y
        if x == -3.0 or y != y:
            return x * y - 1.0
        try:
            return x * int(y) if math.ceil(x) == 3 else x * y
        except (ValueError, OverflowError):
            return x - 1.0

    assert (
        compile(lambda x: x if Value(1.0) > 0.5 else -x)(3.0) == 3.0
    )  # it is no guard
    fast = compile(f)
    points = [0.3, 2.5, 2.04, 7.0, math.inf, math.nan, -3.0]
    for x, y in itertools.product(points, points):
        expected = f(Value(x), Value(y)).data
        assert bits(fast(x, y)) == bits(expected)
        assert bits(fast(x, y)) == bits(expected)


def test_many_guards_are_asked_at_once():
    def f(xs):
        top = xs[0]
        for x in xs[1:]:
            top = max(top, x)
        return top * top

    fast, draw = compile(f), Random(1)
    for _ in range(30):
        xs = [float(draw.randrange(5)) for _ in range(12)]
        assert value_and_grad(fast)(xs) == value_and_grad(f)(xs)


def test_past_the_last_path_calls_run_eagerly_and_say_so():
    def f(x):
        return x * int(x)

    fast = compile(f)

    def everywhere():
        for i in range(80):
            assert fast(i + 0.5) == i * (i + 0.5)
            assert type(fast(i + 0.5)) is float
            assert grad(fast)(i + 0.5) == i

    with pytest.warns(
        RuntimeWarning, match=r"f took 64 paths \(most at .*\d+\)"
    ) as told:
        everywhere()
    assert len(told) == 1
    assert told[0].filename == __file__
    assert len(paths_of(fast)) == module.MOST


def test_past_the_last_path_a_function_that_finds_values_still_gives_nodes():
    w = Value(2.0)
    fast = compile(lambda x: w * x * int(x))
    with pytest.warns(RuntimeWarning, match="took 64 paths"):
        nodes = [fast(i + 0.5) for i in range(70)]
    with no_grad():
        assert type(fast(99.5)) is float
    nodes[-1].backward()
    assert w.grad == 69.5 * 69


def test_the_oldest_of_many_recordings_is_dropped():
    fast = compile(lambda x, n: x * n)

    def everywhere():
        for n in range(70):
            assert fast(2.0, n) == 2.0 * n

    with pytest.warns(RuntimeWarning, match="n of <lambda> took many values") as told:
        everywhere()
    assert len(told) == 1
    assert len(paths_of(fast)) == module.MOST
    branched = compile(lambda x, n: x * n if x > 0 else x - n)
    with pytest.warns(RuntimeWarning, match="n of <lambda>"):
        assert [branched((-1.0) ** n, n // 2) for n in range(70)][-1] == -35.0
    assert len(paths_of(branched)) == module.MOST
    wide = compile(sum)
    with pytest.warns(RuntimeWarning, match="arguments of other shapes"):
        assert [wide([1.0] * n) for n in range(1, 70)][-1] == 69.0
    assert wide([1.0, 2.0]) == 3.0


def test_errors_of_the_function_come_as_they_are():
    def f(x):
        if x < 0.0:
            raise KeyError("negative")
        return x

    fast = compile(f)
    assert fast(1.0) == 1.0
    for _ in range(2):
        with pytest.raises(KeyError, match="negative"):
            fast(-1.0)
    with pytest.raises(RecursionError):
        compile(lambda x: deep(x, 10**6))(1.0)


def test_of_several_errors_the_first_is_raised_as_by_the_function_itself():
    def refusing(name, bound):
        @primitive(lambda y, x: (1.0,))
        def operation(x):
            if x > bound:
                raise RuntimeError(name)
            return x

        return operation

    late, early = refusing("late", 1.0), refusing("early", 2.0)
    fast = compile(lambda x: late(early(x) * 1.0) + early(x))
    assert fast(0.5) == 1.0
    for x, name in [(1.5, "late"), (3.0, "early")]:
        for f in (fast, grad(fast)):
            with pytest.raises(RuntimeError, match=name):
                f(x)


def test_ctrl_c_while_recording_leaves_nothing_behind():
    stops = [1, 0]  # in the first run, then in the second, then in none

    def f(x):
        y = x * x
        if stops:
            stops[-1] -= 1
            if stops[-1] < 0:
                stops.pop()
                raise KeyboardInterrupt
        return y + 1.0

    fast = compile(f)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            fast(2.0)
        assert not LISTENING
        assert not paths_of(fast)
    assert fast(2.0) == 5.0
    assert not LISTENING


def deep(x, n):
    return deep(x + 1.0, n - 1) if n else x


def test_functions_may_recurse_print_and_call_compiled_ones(capsys):
    @compile
    def inner(x):
        return x * x

    def f(x):
        print("run")
        return deep(inner(x), 300)

    fast = compile(f)
    assert fast(2.0) == 304.0
    assert fast(3.0) == 309.0
    assert capsys.readouterr().out == "run\n" * 2


def test_with_an_action_on_errors_it_runs_eagerly():
    fast = compile(lambda x: x.log() if isinstance(x, Value) else Value(x).log())
    assert fast(-1.0) != fast(-1.0)
    with errstate(all="raise"), pytest.raises(NonFiniteError):
        fast(-1.0)
    with scope("block"):
        assert fast(1.0) == 0.0


def test_it_can_be_pickled_and_copied():
    again = pickle.loads(pickle.dumps(area))
    assert again is area
    for other in (copy.deepcopy(area), copy.copy(area)):
        assert other(2.0, 3.0) == 6.0
    plain = compile(product, frozen="allow")  # found under no name of its own
    assert plain(2.0, 3.0) == 6.0
    for other in (copy.deepcopy(plain), pickle.loads(pickle.dumps(plain))):
        assert other is not plain
        assert other(4.0, 3.0) == 12.0
        assert other._frozen == "allow"
        assert signature(other) == signature(product)
    assert copy.deepcopy(compile(lambda x: x * x))(3.0) == 9.0


def test_threads_share_it():
    fast, wrong = compile(function(drawn(Random(5)))), []
    f = fast.__wrapped__

    def work(seed):
        draw = Random(seed)
        for _ in range(40):
            xs = [draw.gauss(0, 2) for _ in range(3)]
            if bits(fast(*xs)) != bits(f(*map(Value, xs)).data):
                wrong.append(xs)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_methods_are_compiled_for_each_object():
    class Model:
        def __init__(self, w):
            self.w = Value(w)

        @compile
        def __call__(self, x):
            return where(x > 0.0, self.w * x, 0.0)

    one, other = Model(2.0), Model(3.0)
    assert one(2.0).data == 4.0
    assert other(2.0).data == 6.0
    assert other(2.0).parents == (other.w,)


def test_where_operations_are_watched_a_call_runs_on_values_and_gives_numbers():
    f = compile(lambda x: x.log())
    with errstate(invalid="raise"):
        assert f(1.0) == 0.0
        with pytest.raises(NonFiniteError):
            f(-1.0)
