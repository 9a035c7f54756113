"""A gradient that would be lost in silence: `math.exp(v)` and `float(v)` warn.

Python takes `float()` of a Value wherever a function of floats is called with one, and
the number that comes out has no parents. Inside a transform the warning comes where
the Value depends on an input of the transform; in eager code, where the caller's own line
calls a function of `math`.
"""

from __future__ import annotations

import sys
import sysconfig
import warnings
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import lru_cache
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from dendrograd.errors import GradientLostWarning
from dendrograd.mode import current as mode
from dendrograd.ops import OPS

from .calls import PACKAGE, called, formats, ours, varies
from .describe import quoted

if TYPE_CHECKING:
    from dendrograd.value import Value

__all__ = ["quiet", "taken", "watching"]

KEPT = 10**6  # Values known not to depend on an input; past that, forgotten
KEPT_CALLS = 4096
FLOATS = ("math", "cmath")  # modules of functions of floats
TYPES = (float, int, complex)
COMPOSED = {"math.dist": "norm", "statistics.fmean": "mean"}  # no single operation
LIBRARIES = tuple(
    {
        sysconfig.get_path(name)
        for name in ("stdlib", "platstdlib", "purelib", "platlib")
    }
)


class Watch:
    """The inputs of the transforms around a piece of code, and what was said there.

    inputs   those of each transform, the innermost last; sets once they are needed
    apart    Values that were found to depend on no input (older than inner inputs too)
    told     the calls (code object, instruction) and lines that have been warned of
    """

    __slots__ = ("apart", "inputs", "name", "told")

    def __init__(
        self, name: str, inputs: Sequence[Value], outer: Watch | None = None
    ) -> None:
        self.name = name
        self.inputs: list[Any] = [*outer.inputs, inputs] if outer else [inputs]
        self.apart: set[Value] = outer.apart if outer else set()
        self.told: dict[tuple[object, int], object] = outer.told if outer else {}

    def depends(self, node: Value) -> bool:
        """Return whether a path leads from an input to a node."""
        if type(self.inputs[-1]) is not set:  # identity: == compares Values by data
            self.inputs = [set(inputs) for inputs in self.inputs]
        stack, seen, apart = [node], set[Any](), self.apart
        while stack:
            node = stack.pop()
            for inputs in self.inputs:
                if node in inputs:
                    return True
            if node.parents and node not in seen and node not in apart:
                seen.add(node)
                stack.extend(node.parents)
        if len(self.apart) > KEPT:
            self.apart.clear()
        self.apart.update(seen)
        return False

    def see(self, node: Value, at: FrameType) -> None:
        """Warn, once a line, where float() of a node loses a gradient."""
        frame = _own(at)
        code = frame.f_code
        call = id(code), frame.f_lasti
        if self.told.get(call) is code:
            return
        line = code.co_filename, frame.f_lineno
        if line not in self.told:
            if _harmless(at) or not self.depends(node):
                return
            self.told[line] = line
            self._tell(at, frame)
        self.told[call] = code  # kept, so that its id stays its own

    def _tell(self, at: FrameType, frame: FrameType) -> None:
        function = called(at if ours(at) else frame)  # grad(math.exp): we call it
        function = _called_by(frame, at) or function
        whose = f" that depends on the inputs of {self.name}"
        _warn(frame, function, ".data or .detach()", f"{self.name}: ", whose)


CALM: dict[tuple[int, int], CodeType] = {}  # calls that eager code may make
MUTED = Watch("", ())
WATCH: ContextVar[Watch | None] = ContextVar("dendrograd_watch", default=None)
__tracebackhide__ = True  # pytest shows a person's own lines
P = ParamSpec("P")
Result = TypeVar("Result")
current, caller = WATCH.get, sys._getframe  # looked up once, for speed


def watching(
    name: str,
    inputs: Sequence[Value],
    f: Callable[P, Result],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> Result:
    """Call f, and warn in there where float() is taken of what depends on the inputs."""
    outer = WATCH.get()
    inner = MUTED if outer is MUTED else Watch(name, inputs, outer)
    return _held(inner, f, *args, **kwargs)


def quiet(f: Callable[P, Result], /, *args: P.args, **kwargs: P.kwargs) -> Result:
    """Call f, and do not warn in there, nor in a transform in there."""
    return _held(MUTED, f, *args, **kwargs)


def _held(
    watch: Watch, f: Callable[P, Result], /, *args: P.args, **kwargs: P.kwargs
) -> Result:
    """Call f under a watch; the frame that set it puts back what was before."""
    outer = WATCH.get()
    try:  # Ctrl-C may come as soon as it is set
        WATCH.set(watch)
        result = f(*args, **kwargs)
    finally:  # no call stands between f's end and this one, in which Ctrl-C could come
        WATCH.set(outer)
    return result


def taken(node: Value) -> None:
    """Warn where float(node) drops a gradient; called two frames below the user's line."""
    watch = current()
    at = caller(2)
    if watch is None:
        code = at.f_code
        if CALM.get((id(code), at.f_lasti)) is not code:
            _eager(at)
    elif watch is not MUTED and mode().recording:
        watch.see(node, at)


def _eager(at: FrameType) -> None:
    """Warn of a function of `math` that a line of the user's own calls."""
    function = called(at)
    if function is None or function in TYPES:
        if not varies(at):
            if len(CALM) >= KEPT_CALLS:
                CALM.clear()
            CALM[id(at.f_code), at.f_lasti] = at.f_code
    elif (
        getattr(function, "__module__", "") in FLOATS
        and mode().recording
        and _own(at) is at
        and not _answers(function)
    ):
        _warn(at, function, ".data")


def _answers(function: Any) -> bool:
    """Return whether a function only asks, as math.isnan does: nothing is lost."""
    module = getattr(function, "__module__", "")
    return module in FLOATS and function.__name__.startswith("is")


def _harmless(at: FrameType) -> bool:
    """Return whether a frame formats, asks, or is ours and converts on purpose."""
    function = called(at)
    return (
        _answers(function)
        or (ours(at) and function in TYPES)
        or (function is None and formats(at))
    )


@lru_cache(maxsize=4096)
def _library(file: str) -> bool:
    return file.startswith(LIBRARIES)


def _own(at: FrameType) -> FrameType:
    """Return the innermost frame of the user's own code; `at` where there is none."""
    frame: FrameType | None = at
    while frame and (ours(frame) or _library(frame.f_code.co_filename)):
        frame = frame.f_back
    return frame or at


def _called_by(own: FrameType, at: FrameType) -> str:
    """Return the dotted name of the library's function in Python that a frame called."""
    inner, frame = None, at
    while frame is not own and frame.f_back:
        inner, frame = frame, frame.f_back
    if frame is not own or inner is None or ours(inner):
        return ""
    return f"{inner.f_globals.get('__name__')}.{inner.f_code.co_qualname}"


def _warn(
    frame: FrameType, function: Any, cut: str, who: str = "", whose: str = ""
) -> None:
    """Warn of a line, with its text and the way out."""
    file, line = frame.f_code.co_filename, frame.f_lineno
    text = quoted(file, line, frame.f_globals)
    shown = f"{file}:{line}" + (f": `{text}`" if text else "")
    does, instead = _way_out(function)
    message = (
        f"{who}{shown}: {does} of a Value{whose}, so its gradient is lost there; "
        f"{instead}, or write {cut} to cut it on purpose"
    )
    registry = frame.f_globals.setdefault("__warningregistry__", {})
    module = frame.f_globals.get("__name__") or "<unknown>"  # in exec; None is mute
    category = GradientLostWarning
    warnings.warn_explicit(message, category, file, line, module, registry)


def _way_out(function: Any) -> tuple[str, str]:
    """Return what takes the float, as far as it can be told, and what to write.

    `function` is the function itself, or its dotted name.
    """
    itself = "compute with the Value itself"
    if function in TYPES:
        return f"{function.__name__}() is taken", itself
    if isinstance(function, str):
        module, _, name = function.partition(".")
    else:
        module, name = (getattr(function, k, "") for k in ("__module__", "__name__"))
    if (module or "builtins").partition(".")[0] in ("builtins", PACKAGE):
        return "float() is taken", itself  # these only hand it on, as list does
    ours = _equivalent(f"{module}.{name}")
    does = f"{module}.{name} takes float()"
    return does, f"use dendrograd.{ours}" if ours else itself


def _equivalent(function: str) -> str:
    """Return the public function that computes what a function of floats does, or ""."""
    public = vars(sys.modules[PACKAGE]).get("__all__", ())
    for op in OPS.values():
        names = (op.name, *op.aliases)
        if function in op.instead or function.rpartition(".")[2] in names:
            return op.name if op.name in public else ""
    return COMPOSED.get(function, "")
