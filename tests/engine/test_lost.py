"""A gradient that float() would lose is told, by its line, and nothing else is."""

import asyncio
import inspect
import linecache
import math
import random
import statistics
import sys
import threading
import warnings

import numpy as np
import pytest

import dendrograd as dg
from dendrograd import GradientLostWarning, Value, grad, no_grad
from dendrograd.notices import lost
from dendrograd.ops import OPS
from dendrograd.primitive import primitive

ORDINARY = {"acosh": 1.5, "gamma": 1.5}  # elsewhere 0.5 lies in every domain


def warned(function, *args):
    """Return the texts of the warnings, repeated ones too, and the result."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = function(*args)
    assert {w.category for w in caught} <= {GradientLostWarning}
    return [str(w.message) for w in caught], result


def of_one_float():
    """Yield the functions of math that make one float of one float."""
    for name, function in vars(math).items():
        if callable(function) and not name.startswith("_"):
            try:
                y = function(ORDINARY.get(name, 0.5))
            except TypeError:
                continue
            if type(y) is float:
                yield pytest.param(function, id=name)


@pytest.mark.parametrize("function", list(of_one_float()))
def test_a_function_of_math_names_the_operation_that_computes_the_same(function):
    x = ORDINARY.get(function.__name__, 0.5)
    (text,), slope = warned(grad(lambda v: v * function(v)), x)
    assert slope == function(x)  # the other term is lost, so this must be told
    assert f"math.{function.__name__} takes float()" in text
    found = [name for name in dg.__all__ if f"use dendrograd.{name}," in text]
    twins = [op.name for op in OPS.values() if op.primal is function and op.method]
    assert set(twins) <= set(found)
    for name in found:
        assert getattr(dg, name)(x) == function(x)


def test_the_fabs_of_math_is_abs_and_its_pow_is_pow():
    (text,), _ = warned(grad(lambda v: math.fabs(v) * v), 2.0)
    assert "use dendrograd.abs," in text
    (text,), _ = warned(grad(lambda v: math.pow(v, 2.0) * v), 2.0)
    assert "use dendrograd.pow," in text


NORMAL = statistics.NormalDist()


@pytest.mark.parametrize(
    ("function", "taken", "instead"),
    [
        (lambda v: math.fsum([v, v]), "math.fsum", "dendrograd.sum"),
        (lambda v: math.dist([v], [1.0]), "math.dist", "dendrograd.norm"),
        (lambda v: statistics.fmean([v]), "statistics.fmean", "dendrograd.mean"),
        (lambda v: NORMAL.cdf(v), "statistics.NormalDist.cdf", "dendrograd.ndtr"),
        (
            lambda v: statistics.NormalDist().cdf(v),
            "statistics.NormalDist.cdf",
            "dendrograd.ndtr",
        ),
        (lambda v: NORMAL.pdf(v), "statistics.NormalDist.pdf", "with the Value itself"),
    ],
)
def test_a_function_of_the_library_is_named_with_what_to_use_instead(
    function, taken, instead
):
    (text,), _ = warned(grad(lambda v: v * function(v)), 2.0)
    assert f"{taken} takes float()" in text
    assert f"{instead}, or write .data" in text


def test_what_stands_in_for_a_function_of_the_library_gives_its_number():
    found = {name: op for op in OPS.values() for name in op.instead}
    terms = [0.1, 0.2, 0.3]
    assert found["math.fsum"](*terms) == pytest.approx(math.fsum(terms), rel=1e-15)
    for x in (-3.0, 0.5, 2.0):
        assert found["statistics.NormalDist.cdf"](x) == pytest.approx(
            NORMAL.cdf(x), rel=1e-12
        )
    assert len(found) == 2
    for name, ours in lost.COMPOSED.items():
        module, _, function = name.partition(".")
        assert callable(getattr(sys.modules[module], function))
        assert ours in dg.__all__
    assert dg.norm([3.0 - 1.0, 4.0 - 2.0]) == math.dist([3.0, 4.0], [1.0, 2.0])
    assert dg.mean([1.0, 2.5]) == statistics.fmean([1.0, 2.5])


def test_a_warning_quotes_no_more_than_a_short_line():
    text = "y = math.exp(x) + " + " + ".join(["1"] * 2000)
    linecache.cache["<long>"] = (len(text), None, [text + "\n"], "<long>")
    code = compile(text, "<long>", "exec")
    (told,), _ = warned(exec, code, {"math": math, "x": Value(2.0)})
    assert f"`{text[:71]}…`" in told
    assert len(told) < 300


def test_the_warning_has_the_line_of_the_user_and_its_code():
    def price(s):
        return s * math.exp(-0.1 * s)

    with pytest.warns(GradientLostWarning) as caught:
        assert grad(price)(2.0) == math.exp(-0.2)
    line = inspect.getsourcelines(price)[1] + 1
    assert (caught[0].filename, caught[0].lineno) == (__file__, line)
    text = str(caught[0].message)
    assert text.startswith(f"grad: {__file__}:{line}: `return s * math.exp(-0.1 * s)`")


def test_as_an_error_it_leaves_through_the_function_of_math():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(GradientLostWarning, match=r"use dendrograd\.exp"):
            grad(lambda v: math.exp(v) * v)(2.0)
    assert lost.WATCH.get() is None


@pytest.mark.parametrize(
    "cut",
    [
        lambda v: float(v),
        lambda v: complex(v).real,
        lambda v: sum(map(float, [v])),
        lambda v: np.float64(v),
        lambda v: np.array([v], dtype=float)[0],
        lambda v: np.interp(v, [0.0, 4.0], [1.0, 5.0]),
        lambda v: stored(v),
        lambda v: dg.sum(map(math.exp, [v])),
        lambda v: random.Random(1).gammavariate(v, 1.0),
        lambda v: own_sine(v) * math.cos(float(v)),
        lambda v: [math.exp][0](v),
    ],
)
def test_every_way_to_take_a_float_inside_a_transform_is_told(cut):
    texts, _ = warned(grad(lambda v: v * cut(v)), 2.0)
    assert len(texts) == 1
    assert __file__ in texts[0]
    assert ".data or .detach()" in texts[0]
    assert "use dendrograd" not in texts[0].replace("use dendrograd.cos", "")


def stored(v):
    out = np.zeros(1)
    out[0] = v
    return out[0]


@primitive(lambda y, x: (dg.cos(x),))
def own_sine(x):
    return math.sin(x)  # of floats: a rule is given, so nothing is lost


def test_a_function_of_math_itself_is_told_where_it_is_differentiated():
    (text,), slope = warned(lambda: grad(math.sqrt)(2.0))
    assert slope == 0.0
    assert "use dendrograd.sqrt," in text
    assert f"{__file__}:" in text


@pytest.mark.parametrize(
    "look",
    [
        lambda v: v.data,
        lambda v: float(v.detach()),
        lambda v: math.exp(v.detach()),
        lambda v: float(Value(3.0) * 2.0 + 1.0),
        lambda v: v > 1.0 and v == 2.0 and bool(v),
        lambda v: (f"{v:.3f}", repr(v), str(v), "%.3f" % v, "%d %s" % (v, "a")),  # noqa: UP031  # tested
        lambda v: (math.floor(v), math.ceil(v), math.trunc(v), round(v, 1), int(v)),
        lambda v: (math.isnan(v), math.isinf(v), math.isfinite(v), math.isclose(v, 2)),
        lambda v: [*dg.softmax([v, 1.0]), dg.elu(v), dg.gelu(v), own_sine(v)],
        lambda v: np.exp(np.array([v])).sum() + np.exp(v),
        lambda v: silent(v),
    ],
)
def test_what_loses_no_gradient_is_quiet_in_a_transform(look):
    def f(v):
        look(v)
        return v * v

    assert warned(grad(f), 2.0) == ([], 4.0)


def silent(v):
    with no_grad():
        return float(v) + math.exp(v)


NAMED = {
    "grad": lambda f: grad(f)(2.0),
    "vjp": lambda f: dg.vjp(f, 2.0),
    "jvp": lambda f: dg.jvp(f, (2.0,), (1.0,)),
    "jacobian": lambda f: dg.jacobian(f, mode="forward")(2.0),
}


@pytest.mark.parametrize("name", NAMED)
def test_every_transform_tells_it_and_by_its_name(name):
    (text,), _ = warned(NAMED[name], lambda v: v * math.exp(v))
    assert text.startswith(f"{name}: ")
    assert f"inputs of {name}," in text


@pytest.mark.parametrize("nest", [dg.hessian, lambda f: grad(grad(f))])
def test_nested_transforms_tell_a_line_once(nest):
    texts, _ = warned(nest(lambda v: v * v * math.exp(v)), 2.0)
    assert len(texts) == 1


def test_an_inner_function_that_cuts_an_outer_input_is_told():
    def outer(y):
        return grad(lambda x: x * math.exp(y))(3.0)

    texts, slope = warned(grad(outer), 2.0)
    assert len(texts) == 1
    assert slope == 0.0  # where exp(2) is true


def test_a_constant_of_an_inner_transform_is_quiet():
    def outer(y):
        slope = grad(lambda x: x * math.exp(constant) * x)(3.0)
        return y * slope

    constant = Value(1.0) * 2.0
    assert warned(grad(outer), 2.0)[0] == []


def test_an_inner_transform_ends_with_its_block():
    def outer(y):
        grad(lambda x: x * x)(y)
        return y * math.exp(y)

    texts, _ = warned(grad(outer), 2.0)
    assert len(texts) == 1


def test_each_line_is_told_once_a_run_and_again_in_the_next():
    def f(v):
        for _ in range(100):
            float(v), float(v)
            v = v * 1.01
        return float(v) * v

    derivative = grad(f)
    assert [len(warned(derivative, 2.0)[0]) for _ in range(2)] == [2, 2]


def test_a_line_that_saw_a_constant_first_is_told_when_it_cuts():
    def f(v):
        for u in (Value(1.0) * 2.0, v):
            cut = float(u)
        return v * cut

    assert len(warned(grad(f), 2.0)[0]) == 1


def test_python_shows_a_line_once_however_often_a_gradient_is_taken():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for x in (1.0, 2.0, 3.0):
            grad(lambda v: v * math.exp(v))(x)
    assert len(caught) == 1


def test_ten_thousand_floats_walk_the_graph_once(monkeypatch):
    seen = []
    depends = lost.Watch.depends
    monkeypatch.setattr(
        lost.Watch, "depends", lambda *at: seen.append(at) or depends(*at)
    )

    def f(v):
        for _ in range(10_000):
            v = v * 1.0001
            float(v)
        return v

    assert len(warned(grad(f), 1.0)[0]) == 1
    assert len(seen) == 1


@pytest.mark.parametrize("kept", [lost.KEPT, 3])
def test_constants_are_walked_once_and_few_are_kept(monkeypatch, kept):
    monkeypatch.setattr(lost, "KEPT", kept)
    sizes = []

    def f(v):
        c = Value(1.0)
        for _ in range(100):
            c = c * 1.01
            float(c)
            sizes.append(len(lost.WATCH.get().apart))
        return v * math.exp(v + c)

    assert len(warned(grad(f), 1.0)[0]) == 1
    assert max(sizes) == 100 if kept > 100 else max(sizes) >= 3


def test_a_transform_in_one_thread_leaves_another_quiet():
    def elsewhere():
        return float(Value(2.0) * 3.0)

    def f(v):
        worker = threading.Thread(target=elsewhere)
        worker.start()
        worker.join()
        return v * v

    assert warned(grad(f), 2.0)[0] == []


def test_tasks_do_not_hear_of_each_other():
    async def cutting():
        return grad(lambda v: v * math.exp(v))(2.0)

    async def other():
        await asyncio.sleep(0)
        return float(Value(2.0) * 3.0)

    async def both():
        return await asyncio.gather(cutting(), other(), cutting())

    assert len(warned(asyncio.run, both())[0]) == 2


def test_eager_code_tells_a_call_of_math_by_its_line():
    x = Value(2.0)
    (text,), y = warned(lambda: math.exp(x))
    assert type(y) is float
    assert f"{__file__}:" in text
    assert "use dendrograd.exp, or write .data" in text


@pytest.mark.parametrize("text", ["math.log(x * x)", "ln(x)", "math.hypot(*[x, 1.0])"])
def test_eager_code_without_a_source_is_told_as_well(text):
    names = {"math": math, "ln": math.log, "x": Value(2.0)}
    assert len(warned(exec, text, names)[0]) == 1


@pytest.mark.parametrize(
    "look",
    [
        lambda v: float(v) + int(v) + abs(complex(v)),
        lambda v: math.exp(v.data),
        lambda v: "%.3f" % v,  # noqa: UP031  # % is what is tested
        lambda v: np.float64(v) + np.array([v], dtype=float),
        lambda v: (math.isnan(v), math.isclose(v, 2.0), math.floor(v)),
        lambda v: silent(v),
        lambda v: random.Random(1).gammavariate(v, 1.0),  # its own line calls sqrt
        lambda v: dg.softmax([v, v]),
        lambda v: [float, int][0](v),
    ],
)
def test_eager_code_may_take_floats(look):
    x = Value(2.0)
    for _ in range(2):
        assert warned(look, x)[0] == []


def test_eager_code_that_calls_a_parameter_is_told_when_it_is_of_math():
    def call(f, x):
        return f(x)

    counts = [len(warned(call, f, Value(2.0))[0]) for f in (float, math.exp, float)]
    assert counts == [0, 1, 0]


def test_the_calls_remembered_are_few(monkeypatch):
    monkeypatch.setattr(lost, "KEPT_CALLS", 2)
    for i in range(9):
        exec(f"def f(x): return float(x) + {i}", names := {})  # noqa: S102  # many lines
        assert names["f"](Value(1.0)) == 1.0 + i
    assert len(lost.CALM) <= 2


def test_inside_quiet_no_transform_tells_anything():
    assert lost.quiet(warned, grad(lambda v: v * math.exp(v)), 0.0) == ([], 1.0)
    assert lost.quiet(warned, lambda: math.exp(Value(0.0))) == ([], 1.0)
    assert len(warned(grad(lambda v: v * math.exp(v)), 0.0)[0]) == 1
