"""Sequences as one node, and compositions against their definitions."""

import array
import math
from struct import pack

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mpf
from oracle import close

import dendrograd
from dendrograd import Value, dot, grad, log_softmax, logsumexp, mean, norm, softmax
from dendrograd import sum as total
from dendrograd.errors import OperandError, ShapeError
from dendrograd.ops import OPS

numbers = st.lists(st.floats(-5, 5), min_size=1, max_size=6)
COMPOSITIONS = {
    "leaky_relu": lambda x: x if x > 0 else x * mpf(0.01),
    "elu": lambda x: x if x > 0 else mpmath.exp(x) - 1,
    "gelu": lambda x: x * (1 + mpmath.erf(x / mpmath.sqrt(2))) / 2,
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
}


@pytest.mark.parametrize("name", COMPOSITIONS)
@given(x=st.floats(-6, 6).filter(lambda x: abs(x) > 1e-3))
def test_an_activation_equals_its_definition_and_so_does_its_derivative(name, x):
    ours, exact = getattr(dendrograd, name), COMPOSITIONS[name]
    assert close(ours(x), exact(mpf(x)), rel=1e-12)
    assert ours(Value(x)).data == ours(x)
    h = mpf(10) ** -15
    slope = (exact(mpf(x) + h) - exact(mpf(x) - h)) / (2 * h)
    assert close(grad(ours)(x), slope, rel=1e-10)


@given(numbers)
def test_a_sequence_makes_one_node_with_the_value_of_floats(xs):
    for function in (total, logsumexp, norm):
        leaves = [Value(x) for x in xs]
        y = function(leaves)
        assert y.parents == tuple(leaves)
        assert y.data == function(xs)
        assert type(function(xs)) is float


@given(numbers, st.floats(-5, 5))
def test_dot_has_the_bits_of_the_loop_it_stands_for(xs, bias):
    ws = [x * 0.5 - 1 for x in xs]
    loop = bias
    for w, x in zip(ws, xs, strict=True):
        loop += w * x
    assert dot(ws, xs, bias) == loop
    leaves = [Value(w) for w in ws]
    y = dot(leaves, xs, Value(bias))
    assert y.data == loop
    assert y.partials == (*xs, 1.0)


@given(numbers, st.floats(-300, 300))
def test_softmax_is_a_distribution_that_a_shift_does_not_change(xs, shift):
    p = softmax(xs)
    assert math.fsum(p) == pytest.approx(1.0, abs=1e-14)
    assert softmax([x + shift for x in xs]) == pytest.approx(p, rel=1e-10)
    assert [math.exp(q) for q in log_softmax(xs)] == pytest.approx(p, rel=1e-12)
    gradient = grad(lambda at: softmax(at)[0])(xs)
    expected = [p[0] * ((i == 0) - q) for i, q in enumerate(p)]
    assert gradient == pytest.approx(expected, rel=1e-10, abs=1e-14)


def test_large_logits_do_not_overflow():
    assert logsumexp([1e4, 1e4]) == 1e4 + math.log(2)
    assert softmax([1e4, 0.0]) == [1.0, 0.0]
    assert grad(lambda x: logsumexp(x))([1e4, -1e4]) == [1.0, 0.0]


@pytest.mark.parametrize("alpha", [1.0, 0.5])
def test_elu_at_zero_has_the_slope_of_its_lower_branch(alpha):
    assert grad(lambda x: dendrograd.elu(x, alpha))(0.0) == alpha
    assert dendrograd.elu(1e6) == 1e6


def test_nothing_has_the_sum_zero_and_no_mean():
    assert total([]) == 0.0
    assert dot([], [], 3.0) == 3.0
    assert softmax([]) == []
    with pytest.raises(ShapeError, match="mean: of no values"):
        mean([])


def test_wrong_sequences_are_told():
    with pytest.raises(ShapeError, match="dot: 1 weights but 2 inputs"):
        dot([1.0], [1.0, 2.0])
    with pytest.raises(ShapeError, match=r"norm\(\[\.\.\.\]\)"):
        norm(3.0)


def test_the_norm_at_zero_has_gradient_zero_and_elsewhere_length_one():
    assert grad(norm)([0.0, 0.0]) == [0.0, 0.0]
    assert norm(grad(norm)([3.0, -4.0])) == pytest.approx(1.0)


def test_generators_are_taken():
    assert total(Value(i) for i in range(3)).data == 3.0
    assert mean(iter([1.0, 3.0])) == 2.0


FORMS = {
    "tuple": tuple,
    "iterator": iter,
    "generator": lambda xs: (x for x in xs),
    "float64": np.array,
    "float32": lambda xs: np.array(xs, dtype=np.float32),
    "int64": lambda xs: np.array(xs, dtype=np.int64),
    "int32": lambda xs: np.array(xs, dtype=np.int32),
    "uint8": lambda xs: np.array(xs, dtype=np.uint8),
    "bool": lambda xs: np.array(xs) > 1.0,
    "every second entry": lambda xs: np.repeat(xs, 2)[::2],
    "backwards": lambda xs: np.array(xs[::-1])[::-1],
    "objects": lambda xs: np.array(xs, dtype=object),
    "array.array": lambda xs: array.array("d", xs),
    "memoryview": lambda xs: memoryview(array.array("f", xs)),
    "read-only": lambda xs: np.broadcast_to(xs[0], len(xs)),
    "Values": lambda xs: list(map(Value, xs)),
    "an array of Values": lambda xs: np.array(list(map(Value, xs)), dtype=object),
}


def data(x):
    return x.data if isinstance(x, Value) else x


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [1, 2, 5, 200])
def test_a_row_of_any_form_gives_the_bits_of_a_list(form, size):
    xs = [float(1 + i % 3) for i in range(size)]
    row = FORMS[form]
    numbers = list(map(float, row(xs)))
    weights = [Value(0.1 * i) for i in range(size)]
    for function in (total, logsumexp, norm):
        assert data(function(row(xs))) == function(numbers)
    y, expected = dot(weights, row(xs), 0.5), dot(weights, numbers, 0.5)
    assert (y.data, y.op) == (expected.data, expected.op)
    assert [data(v) for v in y.operands] == [data(v) for v in expected.operands]
    assert y.partials[:size] == expected.partials
    assert data(dot(numbers, row(xs))) == dot(numbers, numbers)


def test_numbers_of_a_row_are_kept_as_operands_and_values_as_parents():
    w, x = Value(2.0), Value(3.0)
    y = dot([w, 0.5], np.array([3.0, 4.0]), x)
    assert (y.operands, y.partials) == ((w, 0.5, 3.0, 4.0, x), (3.0, 1.0))


@pytest.mark.parametrize("function", [total, logsumexp, norm, lambda xs: dot(xs, xs)])
@pytest.mark.parametrize(
    "rows", [np.ones((2, 2)), np.array([1j]), ["a"], np.array(["a"]), np.array(3.0)]
)
def test_what_is_no_row_of_numbers_is_refused_by_name(function, rows):
    with pytest.raises(
        (OperandError, ShapeError), match=r"^(sum|logsumexp|norm|dot): "
    ):
        function(rows)


def test_rows_of_different_lengths_are_refused_in_any_form():
    for row in (np.ones(3), [1.0] * 3, (1.0,) * 3, iter([1.0] * 3)):
        with pytest.raises(ShapeError, match="2 weights but 3 inputs"):
            dot([Value(1.0), Value(2.0)], row)


@given(st.lists(st.floats(), max_size=70))
def test_floats_alone_give_the_bits_of_the_table(xs):
    for function, op in ((total, OPS["sum"]), (logsumexp, OPS["logsumexp"])):
        for row in (xs, np.array(xs)):
            assert pack("d", function(row)) == pack("d", op.evaluate(*xs))
    assert pack("d", dot(xs, xs, 1.0)) == pack("d", OPS["dot"].evaluate(*xs, *xs, 1.0))
