"""Argnums name positions: counted from either end, in the order given, each once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dendrograd.argnums import checked_argnums, chosen, positions
from dendrograd.errors import OperandError, ShapeError


@given(data=st.data(), count=st.integers(1, 5))
def test_positions_choose_what_indexing_does(data, count):
    places = st.integers(-count, count - 1)
    given = data.draw(st.lists(places, unique_by=lambda i: i % count).map(tuple))
    arguments = list("abcde"[:count])
    found = positions("grad", given, count)
    assert [arguments[i] for i in found] == [arguments[i] for i in given]
    assert chosen(given, arguments) == tuple([arguments[i] for i in given])


@given(count=st.integers(0, 4), i=st.integers(-9, 9))
def test_a_position_exists_where_indexing_says_so(count, i):
    try:
        expected = range(count)[i]
    except IndexError:
        with pytest.raises(ShapeError, match=f"argnums={i}.* {count} positional"):
            positions("grad", i, count)
    else:
        assert positions("grad", i, count) == (expected,)


def test_integers_of_numpy_and_any_iterable_are_positions_too():
    assert checked_argnums("grad", abs, np.int64(1)) == 1
    assert checked_argnums("grad", abs, range(2)) == (0, 1)
    assert checked_argnums("grad", abs, iter([1, np.int8(0)])) == (1, 0)
    with pytest.raises(OperandError, match="grad: argnums="):
        checked_argnums("grad", abs, np.bool_(True))
