"""Whatever NumPy hands out is read right or refused in clear words, by either class."""

import array
import gc
import math
import sys

import numpy as np
import pytest

from dendrograd import Value, dot, exp, grad, logsumexp, mean, norm, softmax
from dendrograd import sum as total
from dendrograd.errors import OperandError, ShapeError

NUMBERS = (1.0, 3.0, 2.0, 1.0, 0.0)
FUNCTIONS = {
    "sum": total,
    "dot": lambda xs: dot(xs, xs),
    "logsumexp": logsumexp,
    "norm": norm,
    "mean": mean,
    "softmax": lambda xs: softmax(xs)[0],
}
LENGTH_DECIDES = ("dot, of weights", lambda xs: dot([Value(1.0)] * 5, xs))
DATE, DURATION = np.datetime64("2020"), np.timedelta64(3, "D")


class Heir(np.ndarray):
    """A class in Python, whose arrays could change what lies beside them."""


def field(row):
    """Return the row as a field of packed records: in few places aligned."""
    records = np.zeros(len(row), dtype=[("name", "S1"), ("x", row.dtype)])
    records["x"] = row
    return records["x"]


LAYOUTS = {
    "as it is": lambda row: row,
    "backwards": lambda row: row[::-1],
    "every second": lambda row: row[::2],
    "every second, backwards": lambda row: row[::-2],
    "one entry for all": lambda row: np.broadcast_to(row[1], 5),
    "of other bytes": lambda row: row.astype(row.dtype.newbyteorder()),
    "a field": field,
    "an heir": lambda row: row.view(Heir),
    "with nothing masked": np.ma.masked_array,
    "a column": lambda row: np.array([row, row]).T[:, 0],
    "empty": lambda row: row[:0],
}


def frozen(row):
    row.flags.writeable = False
    return row


def expected(numbers):
    """Return what the functions are by their definitions."""
    exps = [math.exp(x) for x in numbers]
    return {
        "sum": math.fsum(numbers),
        "dot": math.fsum(x * x for x in numbers),
        "logsumexp": math.log(math.fsum(exps)) if exps else -math.inf,
        "norm": math.hypot(*numbers),
        "mean": math.fsum(numbers) / max(len(numbers), 1),
        "softmax": exps[0] / math.fsum(exps) if exps else None,
    }


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", "?bBhHiIlLqQefdg")
def test_a_row_of_any_number_and_layout_is_read_right(kind, layout):
    row = LAYOUTS[layout](np.array(NUMBERS).astype(kind))
    numbers = [float(x) for x in row.tolist()]
    for xs in (row, frozen(row)):
        for name, right in expected(numbers).items():
            if numbers or name not in ("mean", "softmax"):
                assert FUNCTIONS[name](xs) == pytest.approx(right, rel=1e-15)
    weights = [Value(w) for w in range(len(row))]
    y = dot(weights, row, Value(0.5))
    assert y.data == 0.5 + sum(w * x for w, x in enumerate(numbers))
    y.backward()
    assert [w.grad for w in weights] == numbers


NO_ROWS = {
    "a date": (DATE, "one operand"),
    "no date": (np.datetime64("NaT"), "one operand"),
    "a duration": (DURATION, "one operand"),
    "a float": (np.float64(1.0), "one operand"),
    "an int": (np.int32(1), "one operand"),
    "an array without axes": (np.array(1.0), "one operand"),
    "a masked entry": (np.ma.masked, "one operand"),
    "a view without axes": (memoryview(np.array(1.0)), "one operand"),
    "dates": (np.array([DATE] * 5), r"is a datetime64; .*count the units"),
    "durations": (np.array([DURATION] * 5), r"is a timedelta64; .*count the units"),
    "nanoseconds": (
        np.arange(5).astype("m8[ns]"),
        r"is a timedelta64; .*count the units",
    ),
    "complex": (np.ones(5, dtype=complex), "is a complex128"),
    "text": (np.array(["1"] * 5), "is a str_"),
    "bytes": (np.array([b"1"] * 5), "is a bytes_"),
    "records": (np.zeros(5, dtype=[("a", "f8")]), "is a void"),
    "a table": (np.ones((5, 2)), "is a ndarray"),
    "masked": (np.ma.masked_array(NUMBERS, mask=[0, 1, 0, 0, 0]), r"\.filled\(0\.0\)"),
    "a view of a table": (memoryview(np.ones((5, 2))), "memoryview of 2 axes"),
    "a view of other bytes": (memoryview(np.ones(5, ">f8")), "memoryview of .* '>d'"),
}


@pytest.mark.parametrize("what", NO_ROWS)
def test_what_is_no_row_of_numbers_is_refused_in_words_of_its_own(what):
    row, words = NO_ROWS[what]
    for name, function in (*FUNCTIONS.items(), LENGTH_DECIDES):
        with pytest.raises((OperandError, ShapeError), match=words) as error:
            function(row)
        assert str(error.value).startswith(("sum", "logsumexp", name[:3]))


def test_a_view_that_was_released_is_not_read():
    view = memoryview(array.array("d", NUMBERS))
    view.release()
    for function in (*FUNCTIONS.values(), LENGTH_DECIDES[1]):
        with pytest.raises(ShapeError, match="the memoryview was released"):
            function(view)
    with pytest.raises(OperandError, match="released"):
        exp(view)


@pytest.mark.parametrize(
    "make", [lambda: array.array("d", NUMBERS), lambda: array.array("B", b"12345")]
)
def test_a_row_is_let_go_of_once_it_is_read_or_refused(make):
    row = make()
    held = sys.getrefcount(row)
    for function in (*FUNCTIONS.values(), LENGTH_DECIDES[1]):
        function(row)
        with pytest.raises(ShapeError):
            dot(row, NUMBERS[:2])
    row.append(1)  # BufferError while a buffer of it is held
    gc.collect()
    assert sys.getrefcount(row) == held


@pytest.mark.parametrize("time", [DATE, DURATION, np.timedelta64(3, "ns")])
def test_a_time_is_no_number_whatever_its_unit(time):
    leaf = Value(1.0)
    for use in (
        Value,
        exp,
        grad(lambda t: t * t),
        lambda t: leaf * t,
        lambda t: leaf**t,
        lambda t: setattr(leaf, "data", t),
        lambda t: dot([leaf], [2.0], t),
    ):
        with pytest.raises(OperandError, match=r"x\.astype\(float\)"):
            use(time)
    assert Value(time.astype(float)).data == time.astype(int)


@pytest.mark.parametrize("entry", [np.ma.masked, np.ma.masked_array(2.0, mask=True)])
def test_a_masked_entry_is_no_number_and_stays_masked_beside_an_operator(entry):
    leaf = Value(2.0)
    for use in (Value, exp, grad(lambda t: t * t), lambda t: dot([leaf], [2.0], t)):
        with pytest.raises(OperandError, match="a masked entry is none"):
            use(entry)
    assert leaf * entry is np.ma.masked
    assert entry * leaf is np.ma.masked
    assert (leaf * np.ma.masked_array(3.0)).data == 6.0
