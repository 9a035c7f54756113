"""Functions of NumPy that are compositions of the table, held against mpmath."""

import math

import mpmath
import numpy as np
import pytest
from scipy import special

from dendrograd import Value, grad

SECOND = {  # a function of NumPy, and what mpmath calls it; the points are near a branch
    (np.sinc, lambda x: mpmath.sincpi(x)): [0.0, 1e-8, 0.3, 0.5, 0.6, -1.25],
    (special.logit, lambda p: mpmath.log(p / (1 - p))): [
        1e-9,
        0.25,
        0.5,
        0.500001913108947,
        0.8,
    ],
    (lambda x: np.logaddexp2(1e3, x), lambda x: mpmath.log(2**1000 + 2**x, 2)): [1e3],
    (lambda x: np.fmod(x, 2.5), lambda x: x + 2.5): [-3.0],
    (np.radians, mpmath.radians): [180.0, 0.0],
    (np.degrees, mpmath.degrees): [math.pi],
}


@pytest.mark.parametrize(("f", "exact"), SECOND)
def test_a_composition_is_right_to_the_second_order(f, exact):
    with mpmath.workdps(60):
        for x in SECOND[f, exact]:
            found = f(Value(x)).data, grad(f)(x), grad(grad(f))(x)
            for order, got in enumerate(found):
                want = float(mpmath.diff(exact, mpmath.mpf(x), order))
                assert got == pytest.approx(want, rel=1e-13, abs=1e-25)
