"""Where the first inf or nan arose is seen at a glance, and data is told from gradients."""

import math
import re

from dendrograd import Value
from dendrograd.viz import draw


def boxes(svg):
    found = re.findall(r'<g id="b\d+".*?</g>', svg, re.DOTALL)
    return {re.search(r'class="label"[^>]*>([^<]*)<', box)[1]: box for box in found}


def test_the_first_bad_value_is_ringed_and_all_bad_data_is_bold():
    a, b = Value(-1.0, label="a"), Value(2.0, label="b")
    first = a.log()
    y = (first * b).tanh() * b
    first.label, y.label = "first", "y"
    y.backward()
    found = boxes(draw(y).svg)
    assert [n for n, box in found.items() if 'class="bad"' in box] == ["first"]
    bold = re.compile(r'class="data"[^>]*font-weight="700"')
    assert {n for n in found if bold.search(found[n])} == found.keys() - {"a", "b"}
    assert {n for n in found if "box broken" in found[n]} == {"a", "b", "first", "*"}


def test_finite_data_has_no_ring_where_only_a_gradient_is_bad():
    x = Value(0.0, label="x")
    y = Value(1.0, (x,), (math.nan,))
    y.backward()
    svg = draw(y).svg
    assert "box broken" in svg
    assert 'class="bad"' not in svg
    assert not re.search(r'class="data"[^>]*font-weight="700"', svg)
