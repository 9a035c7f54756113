"""Scalar automatic differentiation whose computational tree you can see and trust."""

if __name__ == "engine":  # from the repository root: it would make a second Value class
    raise ImportError("import engine: the package is named dendrograd; import that")

from typing import TYPE_CHECKING

from .attributes import ELSEWHERE as _ELSEWHERE
from .attributes import answer_for as _answer_for
from .backprop import toposort
from .compiling import compile
from .context import errstate, no_grad, scope
from .diagnose import first_nonfinite
from .errors import DendrogradError, GradientLostWarning
from .functions import (
    dot,
    elu,
    gelu,
    leaky_relu,
    log_softmax,
    logsumexp,
    mean,
    norm,
    silu,
    softmax,
    sum,
)
from .native import implementation
from .ops import (
    abs,
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cbrt,
    ceil,
    compare,
    cos,
    cosh,
    digamma,
    direction,
    erf,
    erfc,
    erfinv,
    exp,
    exp2,
    expm1,
    floor,
    hypot,
    lgamma,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    maximum,
    minimum,
    ndtr,
    polygamma,
    pow,
    relu,
    sech,
    sigmoid,
    sign,
    sin,
    sinh,
    softplus,
    sqrt,
    step,
    tan,
    tanh,
    trunc,
    where,
    xlogy,
)
from .primitive import primitive
from .transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from .value import Value

__all__ = [
    "DendrogradError",
    "GradientLostWarning",
    "Value",
    "abs",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "ceil",
    "compare",
    "compile",
    "cos",
    "cosh",
    "digamma",
    "direction",
    "dot",
    "elu",
    "erf",
    "erfc",
    "erfinv",
    "errstate",
    "exp",
    "exp2",
    "expm1",
    "first_nonfinite",
    "floor",
    "gelu",
    "grad",
    "hessian",
    "hvp",
    "hypot",
    "implementation",
    "jacobian",
    "jvp",
    "leaky_relu",
    "lgamma",
    "log",
    "log1p",
    "log2",
    "log10",
    "log_softmax",
    "logaddexp",
    "logsumexp",
    "maximum",
    "mean",
    "minimum",
    "ndtr",
    "no_grad",
    "norm",
    "polygamma",
    "pow",
    "primitive",
    "relu",
    "scope",
    "sech",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "sqrt",
    "step",
    "sum",
    "tan",
    "tanh",
    "toposort",
    "trunc",
    "value_and_grad",
    "vjp",
    "where",
    "xlogy",
]

if TYPE_CHECKING:
    from dendrograd import errorbars as errorbars
    from dendrograd import implicit as implicit
    from dendrograd import linalg as linalg
    from dendrograd import nn as nn
    from dendrograd import series as series
    from dendrograd import testing as testing
    from dendrograd import viz as viz

    __version__: str
del TYPE_CHECKING
_answer_for(
    __name__,
    ("errorbars", "implicit", "linalg", "nn", "series", "testing", "viz"),
    elsewhere=_ELSEWHERE,
)
