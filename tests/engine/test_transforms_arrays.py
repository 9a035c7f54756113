"""Transforms take arrays and give arrays, as users of SciPy and JAX expect them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize, rosen, rosen_der, rosen_hess, rosen_hess_prod

import dendrograd as dg
from dendrograd import (
    Value,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)
from dendrograd.errors import OperandError, ShapeError

A = np.array([[2.0, -1.0, 0.5], [0.25, 3.0, 1.0]])
points = arrays(float, 3, elements=st.floats(-2, 2))


def close(a, b):
    assert isinstance(a, np.ndarray)
    assert a.dtype == np.float64
    assert a.shape == np.shape(b)
    np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


@given(points, points)
def test_derivatives_of_rosenbrock_are_those_of_scipy(x, v):
    value, gradient = value_and_grad(rosen)(x)
    assert type(value) is float
    assert value == pytest.approx(rosen(x), rel=1e-12)
    close(gradient, rosen_der(x))
    close(hessian(rosen)(x), rosen_hess(x))
    close(hvp(rosen, (x,), (v,))[0], rosen_hess_prod(x, v))


def test_scipy_minimises_with_our_gradients_as_they_stand():
    start = np.array([-1.2, 1.0, 0.5])
    by_jac = minimize(rosen, start, jac=grad(rosen))
    by_both = minimize(value_and_grad(rosen), start, jac=True)
    newton = minimize(
        rosen, start, jac=grad(rosen), hess=hessian(rosen), method="trust-exact"
    )
    for found in (by_jac, by_both, newton):
        assert found.success, found.message
        np.testing.assert_allclose(found.x, 1.0, atol=1e-5)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_the_jacobian_of_an_array_by_an_array_has_the_axes_of_both(mode):
    x, m = np.array([1.0, 2.0, 3.0]), np.arange(6.0).reshape(3, 2)
    close(jacobian(lambda x: A @ x, mode=mode)(x), A)
    # d (A M)_ik / d M_jl = A_ij [k = l]
    expected = np.einsum("ij,kl->ikjl", A, np.eye(2))
    close(jacobian(lambda m: A @ m, mode=mode)(m), expected)
    close(jacobian(np.exp, mode=mode)(x), np.diag(np.exp(x)))
    close(jacobian(lambda t: t * x, mode=mode)(2.0), x)  # an array by a scalar
    close(jacobian(lambda x: x @ x, mode=mode)(x), 2 * x)  # a scalar by an array


def test_trees_of_arrays_go_in_and_come_out():
    w, b, x = {"w": A, "b": [0.5, -1.0]}, 2.0, np.array([1.0, 2.0, 3.0])

    def model(p, b, x):
        return p["w"] @ x + np.array(p["b"]) * b

    by_p, by_x = jacobian(model, argnums=(0, 2))(w, b, x)
    close(by_p["w"], np.einsum("ik,j->ikj", np.eye(2), x))
    close(by_p["b"][0], np.array([2.0, 0.0]))
    close(by_p["b"][1], np.array([0.0, 2.0]))
    close(by_x, A)
    first, second = jacobian(lambda x: [x[0] * x[1], x[2]])(x)
    close(first, np.array([2.0, 1.0, 0.0]))
    close(second, np.array([0.0, 0.0, 1.0]))


@given(points, points, arrays(float, 2, elements=st.floats(-2, 2)))
def test_jvp_and_vjp_of_arrays_are_products_with_the_jacobian(x, v, w):
    f = lambda x: A @ np.sin(x)  # A cos(x) v
    y, forward = jvp(f, (x,), (v,))
    close(y, A @ np.sin(x))
    close(forward, A @ (np.cos(x) * v))
    y, pullback = vjp(f, x)
    close(y, A @ np.sin(x))
    (reverse,) = pullback(w)
    close(reverse, (A.T @ w) * np.cos(x))


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.bool_, object])
def test_any_real_dtype_gives_a_float64_gradient_and_keeps_the_argument(dtype):
    x = np.array([[1, 0], [1, 1]], dtype=dtype)
    seen = []

    def f(x):
        seen.append(x)
        return np.sum(x**2)

    close(grad(f)(x), 2.0 * x.astype(float))
    assert x.dtype == dtype
    assert seen[0].dtype == object
    assert seen[0].shape == (2, 2)
    assert {type(v) for v in seen[0].flat} == {Value}


def test_an_array_of_values_gives_values_that_differentiate_again():
    x = np.array([Value(2.0), Value(3.0)], dtype=object)
    value, gradient = value_and_grad(lambda x: np.sum(x**3))(x)
    assert isinstance(value, Value)
    assert gradient.dtype == object
    gradient.sum().backward()  # d (3 x1² + 3 x2²) = 6 x1, 6 x2
    assert [v.grad for v in x] == [12.0, 18.0]


def test_gradients_of_arrays_nest():
    x = np.array([1.0, 2.0, 3.0])
    norm = lambda x: np.sum(grad(lambda y: np.sum(y**3))(x))  # 3 sum(x²)
    close(grad(norm)(x), 6 * x)


@pytest.mark.parametrize("x", [np.float64(2.0), np.float32(2.0), np.array(2.0)])
def test_numbers_and_arrays_without_axes_are_scalars(x):
    def f(x):
        assert type(x) is Value
        return x**3

    value, slope = value_and_grad(f)(x)
    assert (type(value), value) == (float, 8.0)
    assert (type(slope), slope) == (float, 12.0)
    second = hessian(f)(x)
    assert (type(second), second) == (float, 12.0)
    assert jvp(f, (x,), (x,)) == (8.0, 24.0)
    assert vjp(f, x)[1](x) == (24.0,)


def test_a_jacobian_inside_a_gradient_is_differentiated():
    x = np.array([1.0, 2.0])
    inner = lambda x: np.sum(jacobian(lambda y: y**3)(x))  # sum of 3 x²
    close(grad(inner)(x), 6 * x)
    across = lambda x: np.sum(jacobian(lambda y: y**3, mode="forward")(x))
    close(hessian(across)(x), 6 * np.eye(2))


def test_a_result_that_ignores_the_array_has_gradient_zero():
    close(grad(lambda x: 5.0)(np.ones((2, 2))), np.zeros((2, 2)))
    close(jacobian(lambda x: A)(np.ones(2)), np.zeros((2, 3, 2)))
    close(grad(lambda x: np.sum(x**2))(np.ones((0, 2))), np.zeros((0, 2)))
    close(jacobian(lambda x: x[:0])(np.ones(2)), np.zeros((0, 2)))


def test_numpy_tangents_follow_the_rules_of_floats():
    big = np.array([1e308])  # NumPy's own scalars would warn of the overflow
    assert jvp(lambda x: x[0] * 10.0, (np.ones(1),), (big,)) == (10.0, float("inf"))
    assert vjp(lambda x: x[0] * 10.0, np.ones(1))[1](big[0])[0] == float("inf")


def test_lists_stay_lists():
    assert grad(lambda x: np.sum(np.array(x) ** 2))([1.0, 2.0]) == [2.0, 4.0]
    assert jacobian(dg.softmax)([0.0, 0.0]) == [[0.25, -0.25], [-0.25, 0.25]]


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda x: grad(np.exp)(x), ShapeError, "ndarray of 2 numbers.*jacobian"),
        (lambda x: grad(np.sum)(x * 1j), OperandError, "grad: .*complex"),
        (lambda x: grad(np.sum)(np.array(["a"])), OperandError, "grad: .*'a'"),
        (
            lambda x: grad(np.sum)(np.array(["2020"], "M8[ns]")),
            OperandError,
            "datetime64",
        ),
        (
            lambda x: vjp(np.exp, x)[1](np.ones(3)),
            ShapeError,
            r"shape \(3,\) does not have .* shape \(2,\)",
        ),
        (lambda x: jvp(np.exp, x, x), OperandError, r"primals.*shape \(2,\).*\(x,\)"),
    ],
)
def test_wrong_arrays_are_told(call, error, said):
    with pytest.raises(error, match=said):
        call(np.array([1.0, 2.0]))


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_the_result_of_a_function_with_a_gradient_may_be_an_array_of_one_number(shape):
    square = lambda x: np.reshape(x * x, shape)
    assert grad(square)(3.0) == 6.0
    assert grad(grad(square))(3.0) == 2.0
    assert dg.hessian(square)(3.0) == 2.0
    assert dg.hvp(square, (3.0,), (1.0,)) == (2.0,)
    value, gradient = value_and_grad(square)(np.array(3.0))
    assert np.shape(value) == shape
    assert (float(np.squeeze(value)), gradient) == (9.0, 6.0)


def test_more_numbers_than_one_have_no_gradient():
    for result, kind in (([1.0], "list"), (np.ones(2), "ndarray"), (np.ones(0), "nd")):
        with pytest.raises(ShapeError, match=f"returned a {kind}.*use jacobian"):
            grad(lambda x, result=result: result)(1.0)
