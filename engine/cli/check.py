"""`dendrograd check`: gradients of a person's own function, by the kit of `testing`."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dendrograd import Value
from dendrograd.notices.lost import quiet
from dendrograd.testing.advice import advice
from dendrograd.testing.blame import blame
from dendrograd.testing.checks import Point, examine
from dendrograd.testing.comparison import Comparison
from dendrograd.testing.function import flat_point
from dendrograd.testing.verdicts import MEANING, ORACLE, PASSES
from dendrograd.trees import flatten, paths, rebuild

from .assign import literal, split
from .compiled import equals
from .console import output, print_table
from .errors import CommandError, quoted
from .find_function import find_function, user_error

__all__ = ["on_numbers", "run"]

MANY = 10**6  # each number is checked, however many: it has a row by its name
MOST = 40  # rows of the table; those that disagree are shown whatever their number


def on_numbers(
    function: Callable[..., Any], given: dict[str, Any], fixed: Sequence[str]
) -> tuple[Callable[..., Any], dict[str, float]]:
    """Return a function of numbers alone, and those of its arguments by name.

    The names are "x", "w[0]" or "p['k'][1]"; arguments that are `fixed`, and leaves
    that are not numbers, are passed as they are. Raises CommandError where the arguments
    do not fit the function; an exception of the function becomes a CommandError too.

    >>> call, numbers = on_numbers(pow, {"base": [2, 3], "exp": 2}, ["exp"])
    >>> numbers
    {'base[0]': 2, 'base[1]': 3}
    """
    positional = _positional(function, given)
    leaves = flatten(given)
    places = [(name, path) for name in given for path in paths(name, given[name])]
    moving = {
        i: path
        for i, (name, path) in enumerate(places)
        if name not in fixed and _is_number(leaves[i])
    }

    def call(*numbers: Any) -> Any:
        filled = dict(enumerate(leaves)) | dict(zip(moving, numbers, strict=True))
        arguments = rebuild(given, iter(filled.values()))
        first = [arguments.pop(name) for name in positional]
        try:
            result = function(*first, **arguments)
        except (Exception, SystemExit) as error:
            hint = "; --fixed NAME passes a number as it is" * ("integer" in str(error))
            raise user_error(call.__name__, error, hint) from error
        return _scalar(call.__name__, result)

    call.__name__ = getattr(function, "__name__", "f")
    return call, {path: leaves[i] for i, path in moving.items()}


def _positional(function: Callable[..., Any], given: dict[str, Any]) -> list[str]:
    """Return which arguments go by place; raise CommandError where they do not fit."""
    title = getattr(function, "__name__", "f")
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        raise CommandError(f"{title} does not tell its arguments") from None
    positional = [
        name
        for name, parameter in signature.parameters.items()
        if parameter.kind is parameter.POSITIONAL_ONLY and name in given
    ]
    rest = {name: value for name, value in given.items() if name not in positional}
    try:
        signature.bind(*[given[name] for name in positional], **rest)
    except TypeError as error:
        raise CommandError(f"{title}{signature}: {error}") from None
    return positional


def _scalar(title: str, result: Any) -> Any:
    if isinstance(result, Value) or _is_number(result):
        return result
    raise CommandError(
        f"{title} returned a {type(result).__name__}; its result must be one number, "
        "so return a sum or one element"
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def run(
    target: str,
    assignments: Sequence[str],
    fixed: Sequence[str],
    compiled: bool = False,
) -> bool:
    """Print the gradients of a function by every way; return whether all agree.

    A kink and a branch do not agree: there is no gradient that all could find. If asked,
    the compiled function is held against the eager one too.
    """
    texts = split(assignments)
    for name in fixed:
        if name not in texts:
            raise CommandError(f"--fixed {name}: {name} is not among the arguments")
    given = {name: literal(name, text) for name, text in texts.items()}
    call, numbers = on_numbers(find_function(target), given, fixed)
    if not numbers:
        raise CommandError(
            f"{quoted(target)}: no number to differentiate by; add arguments, as x=2"
        )
    # the report tells a gradient that was lost
    agree = quiet(_examined, call, numbers)
    same = not compiled or quiet(equals, call, [*numbers.values()])
    return same and agree


def _examined(call: Callable[..., Any], numbers: Mapping[str, float]) -> bool:
    return _report(flat_point(call, [*numbers.values()], [*numbers], "check"))


def _report(point: Point) -> bool:
    """Print a function's value, gradients and verdict; return whether all agree."""
    output().print(f"{point.outputs[0]} = {point.numeric(point.start)[0]!r}")
    checks = examine(point, ("rev", "fwd"), most=MANY)
    comparisons = [check.comparison for check in checks]
    _print_table(point.inputs, comparisons)
    _print_verdict(comparisons)
    if doubt := [check for check in checks if not check.comparison.good]:
        one = doubt[0].comparison
        told = [f"{doubt[0].what}: {line}" for line in advice(one)]
        output().print("\n".join([*told, blame(*point.recorded(), one)]))
    return all(one.verdict == "agree" for one in comparisons)


def _print_table(names: Sequence[str], comparisons: list[Comparison]) -> None:
    """Print all comparisons, or of very many the first and those that disagree."""
    pairs = [(n, one, one.verdict) for n, one in zip(names, comparisons, strict=True)]
    listed = pairs[:MOST] + [pair for pair in pairs[MOST:] if pair[2] != "agree"]
    rows = [
        (name, *map("{:.9g}".format, _slopes(one)), f"{_tolerance(one):.1e}", word)
        for name, one, word in listed
    ]
    columns = ("name", "reverse", "forward", "differences", "tolerance", "verdict")
    console = output()
    print_table(console, columns, rows, [STYLE.get(word, "red") for *_, word in listed])
    if len(listed) < len(pairs):
        console.print(f"... and {len(pairs) - len(listed)} more that agree")


def _print_verdict(comparisons: list[Comparison]) -> None:
    """Print how many derivatives got each verdict, and who said what."""
    console = output()
    for word, count in Counter([one.verdict for one in comparisons]).items():
        console.print(f"{count} of {len(comparisons)} {MEANING[word]}")
    words = {way: Counter(one.words.get(way) for one in comparisons) for way in ORACLE}
    known = {way: each for way, each in words.items() if set(each) != {None}}
    if all(set(each) <= {"agree", None} for each in known.values()):
        if others := [
            ORACLE[way] for way in known if way not in ("fwd", "differences")
        ]:
            console.print(f"also held against {', '.join(others)}")
        return
    console.print("reverse mode held against")
    for way, each in known.items():
        counts = [f"{count} {word or 'unknown to it'}" for word, count in each.items()]
        console.print(f"    {ORACLE[way]:14} {', '.join(counts)}")


def _slopes(one: Comparison) -> tuple[float, float, float]:
    """Return a derivative by reverse mode, forward mode and differences."""
    return one.modes["rev"], one.modes["fwd"], one.figures.differences.slope


def _tolerance(one: Comparison) -> float:
    """Return how far the differences may be from a derivative that agrees."""
    return one.figures.tolerance(one.ours)


STYLE: dict[str, str] = dict.fromkeys(PASSES, "")
