"""NumPy's and SciPy's functions of Values: all of them are asked, and none is wrong."""

import itertools
import math

import numpy as np
import pytest
from scipy import special

import dendrograd as dg
from dendrograd import Value, grad
from dendrograd.errors import OperandError

UFUNCS = {
    f.__name__: f
    for module in (special, np)
    for f in vars(module).values()
    if isinstance(f, np.ufunc)
}


def answered(f: np.ufunc) -> bool:
    try:
        f(*[Value(0.375)] * f.nin)
    except TypeError:
        return False
    return True


ANSWERED = {name: f for name, f in UFUNCS.items() if answered(f)}
REFUSED = {name: f for name, f in UFUNCS.items() if name not in ANSWERED}
EXPECTED = """
    absolute add arccos arccosh arcsin arcsinh arctan arctan2 arctanh cbrt ceil conjugate
    copysign cos cosh deg2rad degrees divide divmod equal erf erfc erfinv exp exp2 expit
    expm1 fabs float_power floor floor_divide fmod gammaln greater heaviside hypot
    isfinite isinf isnan less log log10 log1p log2 log_expit logaddexp logaddexp2 logit
    maximum minimum multiply ndtr negative positive power psi rad2deg radians reciprocal
    remainder rint sign signbit sin sinh sqrt square subtract tan tanh trunc xlogy
"""


def parts(f: np.ufunc, *xs) -> list[float]:
    with np.errstate(all="ignore"):
        found = f(*xs)
    found = found if f.nout > 1 else [found]
    return [y.data if isinstance(y, Value) else float(y) for y in found]


def slope(f: np.ufunc, part: int, xs: tuple, k: int) -> float:
    """Return a derivative from NumPy's floats alone: by differences of 4th order."""

    def at(step):
        return parts(f, *[x + step * (i == k) for i, x in enumerate(xs)])[part]

    h = 2.0**-10
    return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)


def test_the_functions_that_numerical_code_calls_are_answered():
    assert set(EXPECTED.split()) <= set(ANSWERED)


@pytest.mark.parametrize("name", ANSWERED)
@pytest.mark.parametrize("point", [(0.375, 0.25, 0.5), (1.75, -0.625, 2.5)])
def test_a_function_of_numpy_has_its_value_and_slope_whichever_operand_it_is(
    name, point
):
    f = ANSWERED[name]
    xs = point[: f.nin]
    for k, part in itertools.product(range(f.nin), range(f.nout)):
        operand = Value(xs[k])
        y = f(*[operand if i == k else x for i, x in enumerate(xs)])
        y = y[part] if f.nout > 1 else y
        value = parts(f, *xs)[part]
        assert float(y.data if isinstance(y, Value) else y) == pytest.approx(
            value, rel=1e-14, nan_ok=True
        )
        if math.isfinite(value):
            if isinstance(y, Value):
                y.backward()
            assert operand.grad == pytest.approx(
                slope(f, part, xs, k), rel=1e-7, abs=1e-9
            )


SPECIALS = [math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0, -1.5, 1e300, 1e-300]


@pytest.mark.parametrize("name", ANSWERED)
def test_a_function_of_numpy_has_its_value_at_every_special_number(name):
    f = ANSWERED[name]
    for xs in itertools.product(SPECIALS, repeat=f.nin):
        if (name, xs) == ("gammaln", (-math.inf,)):
            continue  # inf, as math.lgamma has it by the standard of C; SciPy has -inf
        got = parts(f, *map(Value, xs))
        assert got == pytest.approx(parts(f, *xs), rel=1e-13, abs=0.0, nan_ok=True), xs


def test_every_other_function_of_numpy_says_what_to_write():
    words = {name: f"{name}: no operation on Values .*dendrograd" for name in REFUSED}
    words["isnat"] = "only defined for np.datetime64"  # NumPy's own, of floats as well
    for name, f in REFUSED.items():
        with pytest.raises(TypeError, match=words[name]):
            f(*[Value(0.5)] * f.nin)


@pytest.mark.parametrize(
    ("f", "near"),
    [
        (np.fmax, "maximum"),
        (np.fmin, "minimum"),
        (np.matmul, "multiply"),
        (np.modf, "mod"),
        (special.gamma, "lgamma"),
        (special.log_ndtr, "ndtr"),
    ],
)
def test_a_refusal_names_the_nearest_operation(f, near):
    with pytest.raises(OperandError, match=f"the nearest is {near},"):
        f(*[Value(0.5)] * f.nin)


def test_a_nan_stays_one_and_ties_are_shared():
    for f in (np.maximum, np.minimum):
        assert math.isnan(f(Value(math.nan), 0.0).data)
        assert math.isnan(f(0.0, Value(math.nan)).data)
        assert grad(lambda x, f=f: f(x, 1.0))(1.0) == 0.5
    assert math.isnan(np.clip(Value(math.nan), 0.0, 1.0).data)
    assert grad(lambda x: np.clip(0.5, x, 1.0))(0.75) == 1.0
    assert grad(lambda x: np.clip(x, a_min=None, a_max=1.0))(1.0) == 0.5
    assert np.clip(Value(0.5), min=0.75, max=1.0, out=None).data == 0.75
    assert [y.data for y in np.clip(Value(0.5), [0.0, 0.75], 1.0)] == [0.5, 0.75]
    with pytest.raises(OperandError, match="clip: a Value takes no out=; use the"):
        np.clip(Value(0.5), 0.0, 1.0, out=np.empty(()))


def test_a_value_beside_an_array_goes_element_by_element():
    for f, op in ((np.arctan2, dg.atan2), (np.maximum, dg.maximum)):
        x = Value(0.5)
        for got, order in ((f([0.25, 0.5], x), 1), (f(x, np.array([0.25, 0.5])), -1)):
            want = [op(*(a, x)[::order]) for a in (0.25, 0.5)]
            assert [y.data for y in got] == [y.data for y in want]
            assert [y.partials for y in got] == [y.partials for y in want]
    out = np.empty((), dtype=object)
    np.exp(Value(0.0), out=out)
    assert out[()].op.name == "exp"
    assert np.frompyfunc(lambda x: x * x, 1, 1)(Value(3.0)).data == 9.0


def test_numpy_compares_values_by_their_data():
    v = Value(1.0)
    assert np.allclose(v, 1.0)
    assert np.isclose(1.0, b=v)
    assert not np.array_equal(v, 2.0)
    assert np.logical_and(v, 2.0) is np.True_
    assert np.nan_to_num(v) is v
    assert np.nan_to_num(Value(math.nan), nan=3.0) == 3.0
    assert np.nan_to_num(Value(-math.inf)) == np.nan_to_num(-math.inf)
    assert np.mean(v).data == 1.0  # as before: an array without axes


ROW, SQUARE = np.array([0.3, -0.7, 0.9]), np.array([[0.3, 0.8], [0.5, 0.6]])
OF_ARRAYS = [  # what code written for NumPy calls, with the derivative of the sum
    (np.var, lambda x: 2 * (x - x.mean()) / x.size),
    (np.std, lambda x: (x - x.mean()) / x.size / x.std()),
    (np.radians, lambda x: np.full(x.shape, np.pi / 180)),
    (np.deg2rad, lambda x: np.full(x.shape, np.pi / 180)),
    (np.degrees, lambda x: np.full(x.shape, 180 / np.pi)),
    (np.rad2deg, lambda x: np.full(x.shape, 180 / np.pi)),
    (np.sinc, lambda x: (np.cos(np.pi * x) - np.sinc(x)) / x),
    (np.conj, np.ones_like),
    (np.real, np.ones_like),
    (np.square, lambda x: 2 * x),
    (np.reciprocal, lambda x: -1 / x**2),
    (np.max, lambda x: 1.0 * (x == x.max())),
    (np.nan_to_num, np.ones_like),
    (np.cumsum, lambda x: np.arange(x.size, 0.0, -1).reshape(x.shape)),
    (lambda x: np.fmod(x, 0.25), np.ones_like),
    (lambda x: np.float64(2) * x / np.longdouble(4), lambda x: np.full(x.shape, 0.5)),
    (lambda x: np.clip(x, 0.0, 0.85), lambda x: 1.0 * (x > 0) * (x < 0.85)),
]


@pytest.mark.parametrize(("f", "derivative"), OF_ARRAYS)
@pytest.mark.parametrize("x", [ROW, SQUARE, ROW[:1], np.float64(0.5)])
def test_code_written_for_numpy_has_its_derivatives(f, derivative, x):
    with np.errstate(invalid="ignore"):  # std of one number: its derivative here is 0
        want = np.nan_to_num(derivative(x))
    assert grad(lambda x: np.sum(f(x)))(x) == pytest.approx(want, rel=1e-12)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # NumPy, of the nan
def test_frompyfunc_takes_the_operations_through_an_array():
    x = np.array([Value(0.0), Value(2.0), Value(math.nan)])
    maximum = np.frompyfunc(dg.maximum, 2, 1)
    assert [y.partials for y in maximum(x, 0.0)[:2]] == [(0.5,), (1.0,)]
    assert math.isnan(maximum.reduce(x).data)
    assert np.frompyfunc(np.nan_to_num, 1, 1)(x)[2] == 0.0
    assert np.frompyfunc(np.sinc, 1, 1)(x)[0].data == 1.0


def test_another_class_of_arrays_may_answer_first():
    class Other:
        def __array_function__(self, function, kinds, inputs, options):
            return "other"

    assert np.where(True, Value(1.0), Other()) == "other"
