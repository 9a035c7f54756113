"""A person's own function, found by MODULE:FUNCTION or FILE.py:FUNCTION."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from dendrograd.notices.calls import ours

from .errors import CommandError, quoted

__all__ = ["find_function", "user_error"]


class _OutsideDomain(CommandError, ArithmeticError):
    """A person's function raised as `math.log(-1)` does; a step there gives nan."""


def find_function(target: str) -> Callable[..., Any]:
    """Return the function that MODULE:FUNCTION names; the current folder is searched.

    Raises CommandError, in one line, for a module that does not exist or raises when
    it is imported, and for a name that it lacks or that cannot be called.

    >>> find_function("math:sqrt")
    <built-in function sqrt>
    """
    place, colon, name = target.rpartition(":")
    if not colon or not place or not name:
        raise CommandError(
            f"{quoted(target)}: name the function as MODULE:FUNCTION or FILE.py:FUNCTION"
        )
    function: Any = _module(place)
    for part in name.split("."):
        if not hasattr(function, part):
            raise CommandError(f"{place} has no {quoted(part)}{_near(part, function)}")
        function = getattr(function, part)
    if not callable(function):
        raise CommandError(f"{target} is not a function but {type(function).__name__}")
    return function  # type: ignore[no-any-return]  # its signature is the person's own


def _near(part: str, holder: Any) -> str:
    near = get_close_matches(part, [n for n in vars(holder) if n[:1] != "_"], n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _module(place: str) -> ModuleType:
    try:
        with _first_on_path(os.getcwd()):
            return _from_file(Path(place)) if place.endswith(".py") else _by_name(place)
    except CommandError:
        raise
    except (Exception, SystemExit) as error:  # whatever a person's own module does
        raise user_error(f"importing {place}", error) from error


@contextmanager
def _first_on_path(folder: str) -> Iterator[None]:
    """Search a folder first inside the block, and after all others from then on.

    So a person's module finds its neighbours as `python FILE` does, and dendrograd the
    installed tool, not a file of the same name beside that module.
    """
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path[:] = [*(entry for entry in sys.path if entry != folder), folder]


def _by_name(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name + ".").startswith(error.name + "."):
            raise  # the module is there; one that it imports is not
        raise CommandError(
            f"no module {quoted(error.name)} in {os.getcwd()} or among the installed "
            "ones; FILE.py:FUNCTION takes a file"
        ) from None


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise CommandError(f"{path}: no such file")
    name = path.name  # "math.py": under "math" the real one stays
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:  # pragma: no cover - .py has a loader
        raise CommandError(f"{path}: is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    folder = path.parent.resolve()
    with _first_on_path(str(folder)), _installed(path.stem, folder):
        spec.loader.exec_module(module)
    return module


@contextmanager
def _installed(name: str, folder: Path) -> Iterator[None]:
    """Let a file import the module that it is named after, inside the block."""

    class Elsewhere:
        """Finds that name outside the folder of the file."""

        @staticmethod
        def find_spec(wanted: str, *_: object) -> ModuleSpec | None:
            others = [entry for entry in sys.path if Path(entry).resolve() != folder]
            return PathFinder.find_spec(wanted, others) if wanted == name else None

    sys.meta_path.insert(0, Elsewhere)
    try:
        yield
    finally:
        sys.meta_path.remove(Elsewhere)


def user_error(what: str, error: BaseException, hint: str = "") -> CommandError:
    """Return one line that tells a person's own error, and the line of their code."""
    lines = [
        (frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if not ours(frame) and not frame.f_code.co_filename.startswith("<")
    ]
    place = " ({}:{})".format(*lines[-1]) if lines else ""
    if isinstance(error, SyntaxError):
        place = f" ({error.filename}:{error.lineno})"
    message = (error.msg if isinstance(error, SyntaxError) else str(error)).strip()
    text = f"{type(error).__name__}: {message}" if message else type(error).__name__
    outside = isinstance(error, (ArithmeticError, ValueError))
    kind = _OutsideDomain if outside else CommandError
    return kind(f"{what} raised {text}{place}{hint}")
