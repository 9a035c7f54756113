"""Sums of products in each lane are held to `np.einsum`, with the native part and without."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

from dendrograd.compiler.rolled import arrays
from dendrograd.compiler.rolled.arrays import products
from dendrograd.compiler.schedule import native

needs_native = pytest.mark.skipif(native is None, reason="the native tape is not built")


def drawn(draw: Random, *shape: int) -> np.ndarray:
    """Return numbers of a shape that may lie in another order, the last axis dense."""
    order = [*draw.sample(range(3), 3), 3]
    sizes = [shape[i] for i in order]
    made = np.random.default_rng(draw.randrange(2**32)).normal(size=sizes)
    return made.transpose(*[order.index(i) for i in range(4)])


@pytest.mark.parametrize("built", [False, pytest.param(True, marks=needs_native)])
def test_products_are_those_of_einsum(
    built: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrays, "native", native if built else None)
    draw = Random(1)
    for lanes in (0, 1, 3, 4, 15, 16, 17, 37):
        for _ in range(8):
            c, i, k, n = (draw.randint(1, 5) for _ in range(4))
            left, right = drawn(draw, c, i, n, lanes), drawn(draw, c, k, n, lanes)
            out = drawn(draw, c, i, k, lanes)
            products(left, right, out=out)
            expected = np.einsum("cinl,cknl->cikl", left, right)
            np.testing.assert_allclose(out, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("built", [False, pytest.param(True, marks=needs_native)])
def test_an_overflow_is_told_as_that_of_numpy(
    built: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrays, "native", native if built else None)
    left = np.full((1, 1, 2, 3), 1e300)
    out = np.empty((1, 1, 1, 3))
    with pytest.warns(RuntimeWarning, match="overflow"):
        products(left, left, out)
    with np.errstate(all="raise"):
        products(left, np.ones((1, 1, 2, 3)), out)
    assert out.tolist() == [[[[2e300] * 3]]]


@needs_native
def test_sums_without_terms_are_0() -> None:
    out = np.ones((2, 3, 4, 5))
    assert not native.products(np.empty((2, 3, 0, 5)), np.empty((2, 4, 0, 5)), out)
    assert not out.any()


def read_only() -> np.ndarray:
    found = np.empty((1, 1, 1, 4))
    found.flags.writeable = False
    return found


ONE = np.ones((1, 1, 1, 4))


@needs_native
@pytest.mark.parametrize(
    "args",
    [
        (ONE, ONE),
        (ONE, ONE, ONE[0]),
        (ONE, ONE.astype(np.float32), ONE),
        (ONE, ONE, np.ones((1, 1, 1, 8))[..., ::2]),
        (ONE, ONE, np.ones((1, 1, 1, 3))),
        (ONE, np.ones((1, 1, 2, 4)), ONE),
        (ONE, np.ones((1, 2, 1, 4)), ONE),
        (ONE, ONE, read_only()),
        (ONE, None, ONE),
    ],
)
def test_what_the_native_part_cannot_take_is_refused(args: tuple[Any, ...]) -> None:
    with pytest.raises((TypeError, ValueError, BufferError)):
        native.products(*args)
