"""What `dendrograd.compile` gives: a function that is recorded, then run as a tape.

A call takes its arguments apart, finds the recording of their kind, and the path whose
guards hold; what has no such path is recorded. Past `MOST` paths the function runs as it
is, on Values: slower, and right.
"""

from __future__ import annotations

import threading
import warnings
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from dendrograd.argnums import Argnums, chosen, positions
from dendrograd.derived import Derived
from dendrograd.domain import REAL
from dendrograd.errors import GraphError, TraceError
from dendrograd.mode import MODE, PLAIN, current, entered
from dendrograd.notices.listen import LISTENER
from dendrograd.op import Op
from dendrograd.runs import NESTED, Function, title
from dendrograd.trees import is_one_number, rebuild, tree_map
from dendrograd.value import Value, node

from .arguments import Arguments
from .capture import capture, frames
from .code import Floats
from .path import Path
from .surroundings import Surroundings

__all__ = ["MOST", "Compiled"]

MOST = 64  # paths that are kept
Wanted = Callable[[Path], tuple[int, ...]]


class Compiled(Derived):
    """A function, recorded once for each kind of arguments and each path it takes."""

    def __init__(
        self, f: Function, maker: Callable[..., Any], frozen: str = "error"
    ) -> None:
        super().__init__(f, maker, f)
        self._frozen = frozen
        self._around = Surroundings(f)
        self._paths: OrderedDict[Any, list[Path]] = OrderedDict()
        self._branches: Counter[str] = Counter()  # the lines at which paths part
        self._told: set[str] = set()
        self._lock = threading.RLock()
        self.op = Op(  # of the nodes that a call gives where Values are involved
            f"{self.__qualname__}.op",
            self._again,
            self._once,
            (REAL,),
            symbol=self.__name__,
            variadic=True,
            module=self.__module__,
        )

    def __call__(self, /, *args: Any, **options: Any) -> Any:
        given = Arguments(args, options)
        if self._steps_back(bool(given.values)):
            return self._function(*args, **options)
        values = bool(given.values) or recording()
        found = self._run(given, self._leaves(given) if values else lambda _: ())
        if found is None:
            return self._eagerly(given)
        path, out = found
        if not given.values and not (path.captured and values):
            return path.result(out[: path.count].tolist())
        return path.result(self._nodes(path, given, out))

    def _leaves(self, given: Arguments) -> Wanted:
        """Return which inputs of a path are Values, so that the result has edges to them."""
        places = tuple(given.values)
        return lambda path: (
            *places,
            *range(path.given, path.given + len(path.captured)),
        )

    def _nodes(self, path: Path, given: Arguments, out: Floats) -> list[Value]:
        """Return a node for each result, with an edge to each Value that it depends on."""
        parents = (*given.values.values(), *path.captured)
        n = len(parents)
        return [
            node(out.item(i), tuple(row.tolist()), self.op, parents)
            for i in range(path.count)
            for row in [out[path.count + i * n : path.count + (i + 1) * n]]
        ]

    def _again(self, *_: float) -> NoReturn:
        raise GraphError(
            f"{self.__name__}: the node that a compiled function gave is a number with "
            f"its gradient; call {self.__name__} again for others"
        )

    def _once(self, *_: float) -> NoReturn:
        raise GraphError(
            f"{self.__name__}: the node that a compiled function gave has a gradient, and "
            f"no second derivative; take dendrograd.hvp or hessian of {self.__name__}, "
            "which run the function itself"
        )

    def _value_and_grad(
        self, by: Argnums, primals: tuple[Any, ...], options: Mapping[str, Any]
    ) -> tuple[Any, Any] | None:
        """Return what `value_and_grad` of the function does, None where it must sweep."""
        wrt = positions("grad", by, len(primals))
        given = Arguments(primals, options, wrt, "grad")
        if given.values or self._steps_back(False):
            return None
        wanted = tuple([i for k in wrt for i in range(*given.spans[k])])
        found = self._run(given, lambda _: wanted)
        if found is None or not is_one_number(found[0].capture.tree):
            return None
        path, out = found
        value = tree_map(float, path.result(out[: path.count].tolist()))
        slopes = (out[path.count :] + 0.0).tolist() or [0.0] * len(wanted)
        return value, rebuild(chosen(by, primals), iter(slopes))

    def _steps_back(self, values: bool) -> bool:
        """Return whether a call is for the function itself.

        It is where a recording or another derivative wants its nodes, and where each
        operation is to be watched (`errstate`).
        """
        if LISTENER.get() is not None or (values and NESTED.get()):
            return True
        if not entered or MODE.get() is PLAIN:
            return False
        return any(action != "ignore" for action in current().actions.values())

    def _eagerly(self, given: Arguments) -> Any:
        """Return the function's result on Values, as numbers where numbers came in."""
        args, options = given.filled(given.leaves())
        tree = self._function(*args, **options)
        return tree if given.values or recording() else tree_map(float, tree)

    def _run(self, given: Arguments, wanted: Wanted) -> tuple[Path, Floats] | None:
        """Return the path whose guards hold, and what its tape gives; None past `MOST`."""
        key = (self._around.state(), given.key)
        parted: list[tuple[Path, int]] = []
        paths = self._paths.get(key, ())
        for path in tuple(paths):
            if all(path.parts(other, at) for other, at in parted):
                out = path.run(path.numbers(given.numbers), wanted(path))
                if not isinstance(out, int):
                    return path, out
                parted.append((path, out))
        if len(paths) >= MOST:
            self._warn_of_paths()
            return None
        path = self._record(key, given)
        if parted:
            self._branches[parted[-1][0].guards.outcomes[parted[-1][1]][0]] += 1
        out = path.run(path.numbers(given.numbers), wanted(path))
        return None if isinstance(out, int) else (path, out)

    def _record(self, key: Any, given: Arguments) -> Path:
        """Return a new path: what the function does on these arguments."""
        with self._lock:
            leaves = given.leaves()
            args, options = given.filled(leaves)
            found = capture(lambda: self._function(*args, **options), leaves)
            if found.reads and self._frozen != "allow":
                raise TraceError(
                    f"compile: {found.reads[0]} reads a number that changes from call to "
                    'call; use the Value itself, or compile(..., frozen="allow") to keep '
                    "the number that is read now"
                )
            path = Path(found)
            self._paths.setdefault(key, []).insert(0, path)
            while sum(map(len, self._paths.values())) > MOST:
                self._drop(key)
        return path

    def _drop(self, key: Any) -> None:
        """Drop the oldest of the other recordings."""
        oldest = next(k for k in self._paths if k != key)
        self._paths[oldest].pop()
        if not self._paths[oldest]:
            del self._paths[oldest]

    def _warn_of_paths(self) -> None:
        line = self._branches.most_common(1)[0][0]
        self._warn(
            f"compile: {title(self._function)} took {MOST} paths (most at {line}); "
            "further ones run eagerly, more slowly; use where() for a choice by numbers"
        )

    def _warn(self, message: str) -> None:
        if message not in self._told:
            self._told.add(message)
            frame = next(frames(), None)
            at = (frame.f_code.co_filename, frame.f_lineno) if frame else ("", 1)
            warnings.warn_explicit(message, RuntimeWarning, *at)


def recording() -> bool:
    """Return whether Values record here, outside of `no_grad`."""
    return not entered or current().recording
