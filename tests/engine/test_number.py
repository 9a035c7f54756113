"""What NumPy's long and complex numbers are to a Value, wherever they stand."""

import operator
import re
from pathlib import Path

import numpy as np
import pytest

import dendrograd
from dendrograd import Value
from dendrograd.errors import OperandError

LONG = [np.longdouble(3), np.array(3, np.longdouble)]
BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.mod]
BINARY += [operator.pow, operator.floordiv, divmod, np.multiply, np.hypot]


@pytest.mark.parametrize("f", BINARY)
def test_a_long_double_is_a_number_wherever_it_stands(f):
    def data(result):
        flat = np.ravel(np.array(result, dtype=object))
        return [y.data if isinstance(y, Value) else float(y) for y in flat]

    for three in LONG:
        assert data(f(three, Value(2.0))) == data(f(3.0, 2.0))
        assert data(f(Value(2.0), three)) == data(f(2.0, 3.0))
        assert f(three, Value(2.0)) is not NotImplemented
    row = np.array([1, 3], np.longdouble)
    for array in (row, row.astype(object)):
        assert data(f(array, Value(2.0))) == data(f(np.array([1.0, 3.0]), 2.0))
        assert data(f(Value(2.0), array)) == data(f(2.0, np.array([1.0, 3.0])))
    x = Value(2.0)
    y = np.longdouble(3) * x
    y.backward()
    assert x.grad == 3.0


def test_a_long_double_is_compared_by_data():
    for three in [*LONG, np.array([3], np.longdouble), np.array([LONG[0]], object)]:
        assert three > Value(2.0)
        assert Value(2.0) < three
        assert three == Value(3.0)
        assert three != Value(2.0)


@pytest.mark.parametrize("kind", [np.clongdouble, np.complex64, np.complex128])
@pytest.mark.parametrize("f", BINARY[:8])
def test_complex_numbers_of_numpy_are_refused_in_words(f, kind):
    row = np.array([1, 3], kind)
    for bad in (kind(3), row, row.astype(object), np.array([kind(3)], object)):
        for operands in ((bad, Value(2.0)), (Value(2.0), bad)):
            with pytest.raises(
                OperandError, match=r"the operand .* is a c.*; an operand"
            ):
                f(*operands)


def test_whether_a_number_has_a_rank_is_asked_in_one_place():
    """And once more where every call of an operation passes, for speed."""
    sources = Path(dendrograd.__file__).parent.rglob("*.py")
    asked = [
        file.name
        for file in sources
        for _ in re.findall(r'hasattr\(.*"_rank"', file.read_text("utf-8"))
    ]
    assert sorted(asked) == ["number.py", "op.py"]
