"""How weights start: schemes that draw one weight from a generator of your own.

A scheme is a function (fan_in, fan_out, rng) -> float, where the fans are the numbers
of inputs and outputs of the layer; the names are those of PyTorch, and any function
of your own does as well. The global generator of `random` is never used.

- xavier (glorot): Var w = 2 / (fan_in + fan_out), for tanh and sigmoid. Glorot and
  Bengio, "Understanding the difficulty of training deep feedforward neural networks",
  AISTATS 2010, equations 12 and 16.
- he (kaiming): Var w = 2 / fan_in, for relu and its kin. He, Zhang, Ren and Sun,
  "Delving deep into rectifiers", ICCV 2015, equation 10.
- lecun: Var w = 1 / fan_in. LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998.
- uniform: between -1 and 1, as micrograd; zeros: nothing, so that neurons stay equal.

A uniform weight on (-a, a) has the variance a² / 3.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from math import sqrt
from random import Random
from typing import TypeAlias

import numpy as np

from dendrograd.errors import OperandError

from .errors import SettingError

Scheme: TypeAlias = Callable[[int, int, Random], float]
Seed: TypeAlias = int | Random | np.random.Generator | None


def generator(seed: Seed) -> Random:
    """Return the generator that a seed stands for.

    An int gives the same numbers on every machine and in every run, up to the last
    bit of `math.log` and `math.cos` for the normal schemes. A `random.Random` is used
    as it is, so that one generator can serve many layers. A NumPy generator is asked
    for one integer, the seed. None is a new generator seeded by the system.

    Raises OperandError for anything else.

    >>> generator(7).random() == generator(7).random()
    True
    """
    if seed is None or isinstance(seed, Random):
        return seed or Random()
    if isinstance(seed, np.random.Generator):
        return Random(int(seed.integers(2**63)))
    try:
        return Random(operator.index(seed))
    except TypeError:
        raise OperandError(
            f"seed: {seed!r} is a {type(seed).__name__}; give an int, a random.Random, "
            "a numpy.random.Generator, or None for a fresh one"
        ) from None


def xavier_uniform(fan_in: int, fan_out: int, rng: Random) -> float:
    """Draw a weight of variance 2 / (fan_in + fan_out), uniformly."""
    bound = sqrt(6.0 / (fan_in + fan_out))
    return rng.uniform(-bound, bound)


def xavier_normal(fan_in: int, fan_out: int, rng: Random) -> float:
    """Draw a weight of variance 2 / (fan_in + fan_out), normally."""
    return rng.gauss(0.0, sqrt(2.0 / (fan_in + fan_out)))


def he_uniform(fan_in: int, fan_out: int, rng: Random) -> float:
    """Draw a weight of variance 2 / fan_in, uniformly."""
    bound = sqrt(6.0 / fan_in)
    return rng.uniform(-bound, bound)


def he_normal(fan_in: int, fan_out: int, rng: Random) -> float:
    """Draw a weight of variance 2 / fan_in, normally."""
    return rng.gauss(0.0, sqrt(2.0 / fan_in))


def lecun_uniform(fan_in: int, fan_out: int, rng: Random) -> float:
    """Draw a weight of variance 1 / fan_in, uniformly."""
    bound = sqrt(3.0 / fan_in)
    return rng.uniform(-bound, bound)


def lecun_normal(fan_in: int, fan_out: int, rng: Random) -> float:
    """Draw a weight of variance 1 / fan_in, normally."""
    return rng.gauss(0.0, sqrt(1.0 / fan_in))


def uniform(fan_in: int, fan_out: int, rng: Random) -> float:
    """Draw a weight between -1 and 1, whatever the size of the layer."""
    return rng.uniform(-1.0, 1.0)


def zeros(fan_in: int, fan_out: int, rng: Random) -> float:
    """Return 0, for an output layer that shall start without an opinion."""
    return 0.0


SCHEMES: dict[str, Scheme] = {
    "glorot_normal": xavier_normal,
    "glorot_uniform": xavier_uniform,
    "he_normal": he_normal,
    "he_uniform": he_uniform,
    "kaiming_normal": he_normal,
    "kaiming_uniform": he_uniform,
    "lecun_normal": lecun_normal,
    "lecun_uniform": lecun_uniform,
    "uniform": uniform,
    "xavier_normal": xavier_normal,
    "xavier_uniform": xavier_uniform,
    "zeros": zeros,
}


def scheme(init: str | Scheme) -> Scheme:
    """Return the scheme of a name, or a function as it is.

    Raises SettingError for a name that is not in SCHEMES.
    """
    if callable(init):
        return init
    if not isinstance(init, str) or init not in SCHEMES:
        raise SettingError(
            f"init: unknown scheme {init!r}; use one of {', '.join(SCHEMES)}, "
            "or a function (fan_in, fan_out, rng) -> float"
        )
    return SCHEMES[init]
