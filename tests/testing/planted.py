"""Forty wrong rules, each with the check that has to find it.

A rule is wrong everywhere, on one side, in one interval, in one operand, or only when
it is differentiated again. The operations are a person's own: neither the complex step
nor mpmath knows them, so only differences can find them out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import dendrograd as dg
from dendrograd import primitive, where
from dendrograd.domain import POSITIVE, UNIT
from dendrograd.op import Op
from dendrograd.ops import OPS
from dendrograd.testing import GradientError, Report, check_grads, check_partials

Check = Callable[[], Report]
WRONG: dict[str, Check] = {}


def plant(name: str, check: Check) -> None:
    """Add a wrong rule by what is wrong with it."""
    assert name not in WRONG, name
    WRONG[name] = check


def rule(f: Callable[..., float], *partials: Callable[..., Any], **more: Any) -> Op:
    """Return an operation with a partial for each operand."""
    made: Op = primitive(
        lambda y, *xs: tuple([partial(y, *xs) for partial in partials]), **more
    )(f)
    return made


def by_sampling(op: Op, **options: Any) -> Check:
    return lambda: check_partials(op, **options)


def at(f: Callable[..., Any], *args: Any, order: int = 2) -> Check:
    return lambda: check_grads(f, args, order=order)


def inside(x: Any, low: float, high: float) -> Any:
    """Return 1 between low and high and 0 elsewhere."""
    return dg.step(x - low) * dg.step(high - x)


def outcome(check: Check) -> str:
    """Return found, cannot tell, or passed."""
    try:
        check()
    except GradientError as error:
        first = str(error).splitlines()[0]
        return "cannot tell" if "cannot tell" in first else "found"
    return "passed"


# A factor, a sign, a term -------------------------------------------------------------
plant(
    "4 instead of 3",
    by_sampling(rule(lambda x: x * x * x, lambda y, x: 4 * x * x)),
)
plant("the sign", by_sampling(rule(math.cos, lambda y, x: dg.sin(x))))
plant(
    "the sign on one side of 0",
    by_sampling(rule(math.sinh, lambda y, x: dg.cosh(x) * dg.sign(x))),
)
plant(
    "a missing ln 10",
    by_sampling(rule(math.log10, lambda y, x: 1 / x, domain=(POSITIVE,))),
)
plant(
    "y for 1 - y",
    by_sampling(rule(lambda x: 1 / (1 + x * x), lambda y, x: -2 * x * y)),
)
plant("a slope of 0", by_sampling(rule(math.tanh, lambda y, x: 0.0 * x)))
plant(
    "the inner slope left out",
    by_sampling(rule(lambda x: math.exp(-x * x), lambda y, x: y)),
)

# Operands -----------------------------------------------------------------------------
plant(
    "one operand of three",
    by_sampling(
        rule(
            lambda a, b, c: a * b + b * c * c,
            lambda y, a, b, c: b,
            lambda y, a, b, c: a + c * c,
            lambda y, a, b, c: b * c,
        )
    ),
)
plant(
    "operands exchanged",
    by_sampling(
        rule(lambda a, b: a * b * b, lambda y, a, b: 2 * a * b, lambda y, a, b: b * b)
    ),
)
plant(
    "a quotient by its divisor without the sign",
    by_sampling(
        rule(
            lambda a, b: a / b,
            lambda y, a, b: 1 / b,
            lambda y, a, b: y / b,
            domain=(dg.ops.div.domain),
        )
    ),
)
plant(
    "the larger operand alone",
    by_sampling(
        rule(
            lambda a, b: a * a + b * b,
            lambda y, a, b: 2 * a * dg.step(abs(a) - 1e-3 * abs(b)),
            lambda y, a, b: 2 * b,
        )
    ),
)
plant(
    "a term lost where operands are of other sizes",
    by_sampling(
        rule(
            lambda a, b: math.hypot(a, b),
            lambda y, a, b: a / y,
            lambda y, a, b: b / y * dg.step(abs(b) - 1e-2 * abs(a)),
            domain=(POSITIVE, POSITIVE),
        )
    ),
)
plant(
    "a power by its exponent",
    by_sampling(
        rule(
            lambda a, b: math.pow(a, b),
            lambda y, a, b: b * y / a,
            lambda y, a, b: y * dg.log2(a),
            domain=dg.ops.pow.domain,
        )
    ),
)


# Intervals ----------------------------------------------------------------------------
def sine_but(wrong: Callable[[Any], Any]) -> Op:
    """Return a sine with a slope that is half where `wrong` is 1."""
    return rule(math.sin, lambda y, x: dg.cos(x) * (1 - 0.5 * wrong(x)))


def log_but(wrong: Callable[[Any], Any]) -> Op:
    return rule(
        lambda x: math.log(x), lambda y, x: (1 - 0.5 * wrong(x)) / x, domain=(POSITIVE,)
    )


plant("beyond 10", by_sampling(sine_but(lambda x: dg.step(abs(x) - 10))))
plant("beyond 100", by_sampling(log_but(lambda x: dg.step(x - 100))))
plant("below 1e-3", by_sampling(sine_but(lambda x: dg.step(1e-3 - abs(x)))))
plant("below 1e-6", by_sampling(log_but(lambda x: dg.step(1e-6 - x))))
plant("between 0.5 and 1", by_sampling(sine_but(lambda x: inside(x, 0.5, 1))))
plant("between -2 and -1", by_sampling(sine_but(lambda x: inside(x, -2, -1))))
plant("between 3 and 5", by_sampling(log_but(lambda x: inside(x, 3, 5))))
plant("at 0 alone", by_sampling(sine_but(lambda x: where(x, 0, 1))))
plant("at 1 alone", by_sampling(sine_but(lambda x: where(x - 1, 0, 1))))
plant(
    "near the last point of a domain",
    by_sampling(
        rule(
            math.asin,
            lambda y, x: (1 + 0.1 * dg.step(x - 0.999)) / dg.sqrt(1 - x * x),
            domain=(UNIT,),
        )
    ),
)
plant(
    "at the first point of a domain",
    by_sampling(
        rule(
            math.log1p,
            lambda y, x: (1 + dg.step(-0.999 - x)) / (1 + x),
            domain=(dg.ops.log1p.domain),
        )
    ),
)

# Relative errors ----------------------------------------------------------------------
for error in (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9):
    plant(
        f"off by {error:g} of an own operation",
        by_sampling(rule(math.exp, lambda y, x, e=error: y * (1 + e))),
    )
plant(
    "off by 1e-7 of a rule of the table",
    by_sampling(
        replace(OPS["tanh"], partials=lambda y, x: ((1 + 1e-7) * dg.sech(x) ** 2,))
    ),
)

# Second derivatives -------------------------------------------------------------------
slope_of_sine = rule(math.cos, lambda y, x: dg.sin(x))
sine = rule(math.sin, lambda y, x: slope_of_sine(x))
third = rule(lambda x: -math.sin(x), lambda y, x: dg.cos(x))  # should be -cos
second = rule(math.cos, lambda y, x: third(x))
wrong_in_the_third = rule(math.sin, lambda y, x: second(x))
still = rule(lambda x: x, lambda y, x: 0.0 * x)
frozen = rule(math.exp, lambda y, x: still(y))

plant("a wrong second derivative", by_sampling(sine))
plant("a wrong second derivative inside a function", at(lambda x: sine(x) * x, 0.7))
plant("a frozen slope", at(lambda x: frozen(x) * 1.0, 0.7))
plant(
    "a detached factor",
    at(lambda x: x * dg.Value(float(x)), 0.7, order=1),
)
plant(
    "the second derivative of a tie",
    at(lambda a, b: dg.minimum(a, b) ** 2 * dg.maximum(a, b) ** 2, 0.7, 0.7),
)
plant("a third derivative", at(wrong_in_the_third, 0.7, order=3))
plant("math.exp of a small part", at(lambda x: x + 1e-6 * math.exp(x), 0.7, order=1))
plant(
    "a slope beside a large constant",
    at(lambda x: 1e6 + x * x * math.sin(x), 0.7, order=1),
)
