"""Text and numbers in pictures."""

import math

import hostile
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dendrograd.viz.text import clean, clip, columns, num, one_line


@pytest.mark.parametrize("label", hostile.LABELS)
def test_only_what_cannot_be_seen_is_replaced(label):
    assert clean(label) == hostile.seen(label)


@given(st.text())
def test_cleaned_text_can_be_written_and_stays_as_it_is(text):
    clean(text).encode("utf-8")
    assert clean(clean(text)) == clean(text)


@given(st.text(), st.integers(1, 30))
def test_clipped_text_fits_and_is_a_beginning(text, width):
    clipped = clip(text, width)
    assert columns(clipped) <= width
    assert clipped == text or text.startswith(clipped.removesuffix("…"))
    assert (clipped == text) == (columns(text) <= width)


@given(st.text())
def test_one_line_has_no_line_end_and_no_outer_space(text):
    assert len(one_line(text, 40).splitlines()) <= 1
    assert one_line(text, 40) == one_line(text, 40).strip()


@given(st.floats(-1e308, 1e308))
def test_a_number_reads_back_to_four_digits(x):
    assert float(num(x).replace("−", "-")) == pytest.approx(x, rel=5.1e-4)


@given(st.floats(min_value=1e-320).filter(math.isfinite))
def test_no_number_but_zero_is_written_as_zero(x):
    assert num(x) != "0"
    assert num(-x) == "−" + num(x)


def test_special_numbers():
    assert [num(x) for x in (0.0, -0.0, math.inf, -math.inf, math.nan)] == [
        "0",
        "0",
        "∞",
        "−∞",
        "NaN",
    ]
