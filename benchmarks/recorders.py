"""Engines that record a scalar function once, or never, behind one call.

Each takes a `Work` and returns a function of nothing that gives value and gradient, as a
user of the engine would write it. What it does before the first result is its time to be
ready. An engine that is not installed raises ImportError when it is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from engines import micrograd as engine_of_micrograd
from scalar import Work

Call = Callable[[], tuple[Any, Any]]  # value, and gradient if there is one
FLOATS = SimpleNamespace(
    exp=math.exp,
    log=math.log,
    tanh=math.tanh,
    relu=lambda x: max(x, 0.0),
    maximum=max,
)


def split(found: Any) -> tuple[Any, Any]:
    """Return the value, and the gradient, of an array that begins with the value."""
    return found[0], found[1:]


def floats(work: Work) -> Call:
    """Return the value alone, by the function itself."""
    return lambda: (work.f(FLOATS, work.wrt, work.rest), [])


def eager(work: Work) -> Call:
    """Return dendrograd's own value_and_grad, which records at each call."""
    import dendrograd

    f = dendrograd.value_and_grad(lambda p, x: work.f(dendrograd, p, x))
    return lambda: f(work.wrt, work.rest)  # type: ignore[no-any-return]


def compiled(work: Work) -> Call:
    """Return the same of the compiled function, its numbers in arrays."""
    import numpy as np

    import dendrograd

    fast = dendrograd.compile(lambda p, x: work.f(dendrograd, p, x))
    f = dendrograd.value_and_grad(fast)
    p, x = np.array(work.wrt), np.array(work.rest)
    return lambda: f(p, x)  # type: ignore[no-any-return]


def tape(work: Work) -> Call:
    """Return what the compiled function runs, without the door before it."""
    import numpy as np

    import dendrograd
    from dendrograd.compiler.adjoint import joint
    from dendrograd.compiler.code import from_flat
    from dendrograd.compiler.passes import live
    from dendrograd.compiler.tape import Tape
    from dendrograd.flat import flat

    leaves = [dendrograd.Value(x) for x in work.wrt + work.rest]
    count = len(work.wrt)
    root = work.f(dendrograd, leaves[:count], leaves[count:])
    code, _ = from_flat(flat([root], leaves))
    made = Tape(live(joint(code, code.outputs.tolist(), range(count))))
    point = np.array(work.wrt + work.rest)
    return lambda: split(made(point))


def micrograd(work: Work) -> Call:
    """Return micrograd's value and gradient, whose Value has the functions added."""
    engine = engine_of_micrograd()
    m = SimpleNamespace(exp=engine.exp, tanh=engine.tanh, relu=engine.relu)

    def call() -> tuple[Any, Any]:
        leaves = list(map(engine.leaf, work.wrt))
        root = work.f(m, leaves, work.rest)
        engine.backward(root)
        return engine.data(root), list(map(engine.grad, leaves))

    return call


def casadi(work: Work) -> Call:
    """Return CasADi's virtual machine on its expression graph (SX)."""
    import casadi as ca
    import numpy as np

    m = SimpleNamespace(
        exp=ca.exp,
        log=ca.log,
        tanh=ca.tanh,
        relu=lambda x: ca.fmax(x, 0.0),
        maximum=ca.fmax,
    )
    p, x = ca.SX.sym("p", len(work.wrt)), ca.SX.sym("x", len(work.rest))
    root = work.f(m, ca.vertsplit(p), ca.vertsplit(x) if work.rest else [])
    function = ca.Function("f", [p, x], [root, ca.gradient(root, p)])
    value, slopes = np.zeros(1), np.zeros(len(work.wrt))
    given = [np.array(work.wrt), np.array(work.rest)]
    buffer, evaluate = function.buffer()
    for i, array in enumerate(given):
        buffer.set_arg(i, memoryview(array))
    for i, array in enumerate((value, slopes)):
        buffer.set_res(i, memoryview(array))

    def call(_: object = (function, buffer, given)) -> tuple[Any, Any]:  # kept alive
        evaluate()
        return value[0], slopes

    return call


def heyoka(work: Work) -> Call:
    """Return heyoka's machine code, made by LLVM."""
    import heyoka as hy
    import numpy as np

    m = SimpleNamespace(exp=hy.exp, tanh=hy.tanh, relu=hy.relu)
    count = len(work.wrt)
    names = hy.make_vars(*[f"x{i:04d}" for i in range(count + len(work.rest))])
    root = work.f(m, names[:count], names[count:])
    tensors = hy.diff_tensors([root], diff_args=names[:count], diff_order=1)
    slopes = [e for _, e in tensors.get_derivatives(diff_order=1, component=0)]
    function = hy.cfunc([root, *slopes], vars=names)
    point, found = np.array(work.wrt + work.rest), np.zeros(count + 1)
    return lambda: split(function(point, outputs=found))


def jax(work: Work) -> Call:
    """Return JAX's compiled function of scalars, in double precision on one core."""
    import jax as package
    import jax.numpy as jnp

    package.config.update("jax_enable_x64", True)
    m = SimpleNamespace(
        exp=jnp.exp,
        log=jnp.log,
        tanh=jnp.tanh,
        relu=lambda x: jnp.maximum(x, 0.0),
        maximum=jnp.maximum,
    )
    f = package.jit(package.value_and_grad(lambda p, x: work.f(m, p, x)))
    p, x = jnp.array(work.wrt), jnp.array(work.rest)
    return lambda: package.block_until_ready(f(p, x))  # type: ignore[no-any-return]


RECORDERS: dict[str, Callable[[Work], Call]] = {
    "floats": floats,
    "micrograd": micrograd,
    "dendrograd": eager,
    "compiled": compiled,
    "tape": tape,
    "CasADi": casadi,
    "heyoka": heyoka,
    "JAX": jax,
}
