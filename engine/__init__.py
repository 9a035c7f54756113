"""Scalar automatic differentiation whose computational tree you can see and trust."""

if __name__ == "engine":  # from the repository root: it would make a second Value class
    raise ImportError("import engine: the package is named dendrograd; import that")

from . import copying as _copying
from .backprop import toposort
from .context import errstate, no_grad, scope
from .errors import DendrogradError
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
    erf,
    erfc,
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
    polygamma,
    pow,
    relu,
    sigmoid,
    sign,
    sin,
    sinh,
    softplus,
    sqrt,
    step,
    tan,
    tanh,
    where,
)
from .value import Value
