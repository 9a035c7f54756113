"""What `dendrograd.compile` gives: a function that is recorded, then run as a tape.

A call takes its arguments apart, finds the recording of their kind, and the path whose
guards hold; what has no such path is recorded. Past `MOST` paths the function runs as it
is, on Values: slower, and right.
"""

from __future__ import annotations

import re
import threading
import warnings
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from inspect import Parameter, signature
from time import perf_counter
from typing import Any, NoReturn, TypeVar

import numpy as np

from dendrograd.argnums import Argnums, positions
from dendrograd.derived import Derived
from dendrograd.domain import REAL
from dendrograd.errors import GraphError, TraceError
from dendrograd.leaves import node_of
from dendrograd.mode import MODE, PLAIN, current, entered
from dendrograd.notices.listen import LISTENER
from dendrograd.op import Op
from dendrograd.runs import NESTED, Function, title
from dendrograd.trees import is_one_number, tree_map
from dendrograd.value import Value

from .arguments import Arguments
from .capture import outside
from .code import Floats
from .forms import Slopes
from .path import Parted, Path, Spans
from .report import Report, called, graph, reported, source
from .surroundings import Surroundings
from .tally import Tally
from .twice import capture

__all__ = ["MOST", "Compiled"]

MOST = 64  # paths that are kept
Wanted = Callable[[Path], Spans]
Result = TypeVar("Result")


class Compiled(Derived):
    """A function, recorded once for each kind of arguments and each path it takes."""

    def __init__(
        self,
        f: Function,
        maker: Callable[..., Any],
        frozen: str = "error",
        backend: str | None = None,
    ) -> None:
        super().__init__(f, maker, f)
        self._frozen, self._backend = frozen, backend
        self._settings: dict[str, Any] = {"frozen": frozen, "backend": backend}
        self._around = Surroundings(f)
        self._parameters = parameters(f)
        self._paths: OrderedDict[Any, list[Path]] = OrderedDict()
        self._branches: Counter[str] = Counter()  # the lines at which paths part
        self._told: set[str] = set()
        self._tally = Tally()  # of lanes, where there are some
        self._lock = threading.RLock()
        self._op = Op(
            f"{self.__qualname__}.op",
            self._once,
            self._once,
            (REAL,),
            symbol=self.__name__,
            variadic=True,
            module=self.__module__,
        )

    @property
    def op(self) -> Op:
        """The operation of the nodes that a call gives where Values are involved."""
        return self._op

    def __reduce__(self) -> str | tuple[Any, ...]:
        made = super().__reduce__()
        if isinstance(made, str):
            return made
        maker, *rest = made  # what was recorded stays here: it is recorded anew there
        return (partial(maker, **self._settings), *rest)

    def __call__(self, /, *args: Any, **options: Any) -> Any:
        given = Arguments(args, options)
        if self._nested(bool(given.parents)):
            return self._function(*args, **options)
        if watched():
            return self._eagerly(given)
        values = bool(given.parents) or recording()
        found = self._run(given, self._leaves(given) if values else lambda _: ())
        if found is None:
            return self._eagerly(given)
        path, out = found
        if not given.parents and not (path.captured and values):
            return path.result(out[: path.count].tolist())
        return path.result(self._nodes(path, given, out))

    def _leaves(self, given: Arguments) -> Wanted:
        """Return which inputs of a path are Values, so that the result has edges to them."""
        return lambda path: (
            *given.where,
            range(path.given, path.given + len(path.captured)),
        )

    def _nodes(self, path: Path, given: Arguments, out: Floats) -> list[Value]:
        """Return a node for each result, with an edge to each Value that it depends on."""
        parents = (*given.parents, *path.captured)
        rows = out[path.count :].reshape(path.count, len(parents))
        return [
            node_of(out.item(i), row, self.op, parents) for i, row in enumerate(rows)
        ]

    def report(self) -> Report:
        """Return what runs where the function is called, and why; print it to read it.

        >>> import dendrograd as dg
        >>> fast = dg.compile(lambda x: x * x)
        >>> fast(3.0)
        9.0
        >>> fast.report().paths[0].operations
        1
        """
        eager = "\n".join(self._told)
        kinds = len(self._paths)
        tally = self._tally if self._tally.total else None
        return reported(self.__name__, kinds, self._all(), eager, tally)

    @property
    def source(self) -> str:
        """What the path that ran last computes, as readable Python.

        >>> import dendrograd as dg
        >>> @dg.compile
        ... def f(x, y):
        ...     return (x * y).tanh()
        >>> f(1.0, 2.0)
        0.9640275800758169
        >>> print(f.source)
        def f(x, y):
            t0 = x * y
            t1 = tanh(t0)
            return t1
        """
        return source(self._latest("source"), re.sub(r"\W+", "_", self.__name__))

    @property
    def graph(self) -> Any:
        """The tree of the path that ran last, as Values that `draw` and `explain` take."""
        return graph(self._latest("graph"))

    def _all(self) -> list[Path]:
        return [path for paths in self._paths.values() for path in paths]

    def _latest(self, what: str) -> Path:
        if not self._paths:
            raise GraphError(
                f"{self.__name__}: there is no {what} yet, since no call was recorded; "
                "call the function first"
            )
        return next(reversed(self._paths.values()))[0]

    def _once(self, *_: float) -> NoReturn:
        raise GraphError(
            f"{self.__name__}: the node that a compiled function gave is a number with its "
            "gradient; it has no second derivative, and no value at other numbers. Take "
            f"dendrograd.hvp or hessian of {self.__name__}, or call it again"
        )

    def _value_and_grad(
        self, by: Argnums, primals: tuple[Any, ...], options: Mapping[str, Any]
    ) -> tuple[Any, Any] | None:
        """Return what `value_and_grad` of the function does, None where it must sweep."""
        wrt = positions("grad", by, len(primals))
        given = Arguments(primals, options, wrt, "grad")
        if given.parents or self._nested(False) or watched():
            return None
        wanted = tuple([range(*given.spans[k]) for k in wrt])
        found = self._run(given, lambda _: wanted)
        if found is None or not is_one_number(found[0].capture.tree):
            return None
        path, out = found
        value = path.result(out[: path.count].tolist())
        if type(value) is not float:
            value = tree_map(float, value)
        slopes = out[path.count :] + 0.0
        if not len(slopes):  # f gave a plain number
            slopes = np.zeros(sum(map(len, wanted)))
        taken = Slopes(slopes)
        made = [taken.of(form) for form in given.forms.values()]
        return value, made[0] if isinstance(by, int) else tuple(made)

    def _nested(self, values: bool) -> bool:
        """Return whether a recording or another derivative wants the function's nodes."""
        return LISTENER.get() is not None or (values and bool(NESTED.get()))

    def _eagerly(self, given: Arguments) -> Any:
        """Return the function's result on Values, as numbers where numbers came in."""
        args, options = given.filled(given.leaves())
        tree = self._function(*args, **options)
        captured = any(path.captured for path in self._all())
        if given.parents or (captured and recording()):
            return tree
        return tree_map(lambda y: y._data if isinstance(y, Value) else y, tree)

    def _run(self, given: Arguments, wanted: Wanted) -> tuple[Path, Floats] | None:
        """Return the path whose guards hold, and what its tape gives; None past `MOST`."""
        return self._found(
            self._key(given),
            given,
            lambda path: path.run(path.numbers(given.numbers), wanted(path)),
        )

    def _key(self, given: Arguments) -> Any:
        """Return what tells apart recordings for arguments of different kinds."""
        return self._around.state(), given.key

    def _found(
        self,
        key: Any,
        given: Arguments,
        run: Callable[[Path], Result | int],
        before: Parted = (),
    ) -> tuple[Path, Result] | None:
        """Return the path whose guards hold, and its run; that of others is an int.

        `before` are paths whose guards are known to fail, with the first one that does.
        """
        parted = list(before)
        paths = self._paths.get(key, [])
        for path in tuple(paths):
            if all(path.parts(other, at) for other, at in parted):
                try:
                    out = run(path)
                except Exception:  # noqa: BLE001  # the function raises its first one
                    return None
                if not isinstance(out, int):
                    if len(self._paths) > 1 or paths[0] is not path:
                        self._came(key, path)
                    return path, out
                parted.append((path, out))
        if len(paths) >= MOST:
            self._warn_of_paths()
            return None
        path = self._record(key, given)
        if parted:
            self._branches[parted[-1][0].guards.outcomes[parted[-1][1]][0]] += 1
        out = run(path)
        return None if isinstance(out, int) else (path, out)

    def _came(self, key: Any, path: Path) -> None:
        """Note that a path was taken: the one taken last is tried first, and kept."""
        with self._lock, suppress(KeyError, ValueError):  # or another thread dropped it
            paths = self._paths[key]
            if paths[0] is not path:
                paths.remove(path)
                paths.insert(0, path)
            self._paths.move_to_end(key)

    def _record(self, key: Any, given: Arguments) -> Path:
        """Return a new path: what the function does on these arguments."""
        with self._lock:
            start = perf_counter()
            leaves = given.leaves()
            args, options = given.filled(leaves)
            found = capture(lambda: self._function(*args, **options), leaves)
            if found.reads and self._frozen != "allow":
                raise TraceError(
                    f"compile: {found.reads[0]} reads a number that changes from call to "
                    'call; use the Value itself, or compile(..., frozen="allow") to keep '
                    "the number that is read now"
                )
            path = Path(found, np.array(given.numbers), called(given, self._parameters))
            path.backend = self._backend
            path.share(self._all())
            path.seconds = perf_counter() - start
            self._paths.setdefault(key, []).insert(0, path)
            while sum(map(len, self._paths.values())) > MOST:
                self._drop(key, given)
        return path

    def _drop(self, key: Any, given: Arguments) -> None:
        """Drop the oldest of the other recordings, and say what there are so many of."""
        called = zip(self._parameters, given.args, strict=False)
        static = [name for name, x in called if isinstance(x, (int, str))]
        self._warn(
            f"compile: {', '.join(static)} of {self.__name__} took many values, and each "
            "was recorded; pass a float to make it an input"
            if static
            else f"compile: {self.__name__} was recorded more than {MOST} times, for "
            "arguments of other shapes, or since names around it stand for other objects; "
            "pass what changes as arguments"
        )
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
            at = outside()
            file, line = at.f_code.co_filename, at.f_lineno
            warnings.warn_explicit(message, RuntimeWarning, file, line)


def watched() -> bool:
    """Return whether each operation is to be watched here (`errstate`)."""
    if not entered or MODE.get() is PLAIN:
        return False
    return any(action != "ignore" for action in current().actions.values())


def recording() -> bool:
    """Return whether Values record here, outside of `no_grad`."""
    return not entered or current().recording


def parameters(f: Function) -> list[str]:
    """Return the names of the positional parameters of a function, as far as known."""
    try:
        found = signature(f).parameters.values()
    except (TypeError, ValueError):  # of a function in C
        return []
    kinds = Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD
    return [p.name for p in found if p.kind in kinds]
