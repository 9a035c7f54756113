"""`dendrograd check`: gradients of a person's own function, by the kit of `testing`."""

from __future__ import annotations

import inspect
import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from dendrograd import Value, no_grad
from dendrograd.lost import quiet
from dendrograd.testing.comparison import Comparison
from dendrograd.testing.culprit import culprit
from dendrograd.testing.examine import Point, examine
from dendrograd.testing.said import ORACLE, said, verdict

from .assign import literal, split
from .console import output, print_table
from .errors import CommandError, shown
from .load import load, user_error

__all__ = ["Subject", "check", "run"]

MANY = 10**6  # each number is checked, however many: it has a row by its name
MOST = 40  # rows of the table; those that disagree are shown whatever their number


class Subject:
    """A function with its arguments, seen as a function of a flat list of numbers.

    `names` are those of the numbers ("x", "w[0]", "p['k'][1]"), `start` their values.
    Raises CommandError where the arguments do not fit the function.
    """

    def __init__(
        self, function: Callable[..., Any], given: dict[str, Any], fixed: Sequence[str]
    ) -> None:
        self.title = getattr(function, "__name__", "the function")
        self._function, self._given = function, given
        self.names: list[str] = []
        self.start: list[float] = []
        for name, value in given.items():
            if name not in fixed:
                self._gather(name, value)
        self._fixed = fixed
        self._bind(given)

    def __call__(self, numbers: Sequence[Any]) -> Any:
        """Return the function's result with these numbers in the arguments' places."""
        waiting = iter(numbers)
        arguments = {
            name: value if name in self._fixed else _filled(value, waiting)
            for name, value in self._given.items()
        }
        bound = self._bind(arguments)
        try:
            result = self._function(*bound.args, **bound.kwargs)
        except Exception as error:
            hint = "; --fixed NAME passes a number as it is" * ("integer" in str(error))
            raise user_error(self.title, error, hint) from error
        return self._scalar(result)

    def number(self, numbers: Sequence[float]) -> float:
        """Return the result as a float, computed on Values without recording.

        nan where the function raises an arithmetic error, as a step out of the domain
        of `math.log` does.
        """
        try:
            with no_grad():
                return float(self([Value(x) for x in numbers]))
        except CommandError as error:
            if isinstance(error.__cause__, (ArithmeticError, ValueError)):
                return math.nan
            raise

    def _gather(self, name: str, value: Any) -> None:
        if isinstance(value, (list, tuple)):
            for i, item in enumerate(value):
                self._gather(f"{name}[{i}]", item)
        elif isinstance(value, dict):
            for key, item in value.items():
                self._gather(f"{name}[{key!r}]", item)
        elif _is_number(value):
            self.names.append(name)
            self.start.append(_float(name, value))

    def _bind(self, arguments: dict[str, Any]) -> inspect.BoundArguments:
        try:
            signature = inspect.signature(self._function)
        except (TypeError, ValueError):
            raise CommandError(f"{self.title} does not tell its arguments") from None
        rest = dict(arguments)
        first = [
            rest.pop(name)
            for name, parameter in signature.parameters.items()
            if parameter.kind is parameter.POSITIONAL_ONLY and name in rest
        ]
        try:
            return signature.bind(*first, **rest)
        except TypeError as error:
            raise CommandError(f"{self.title}{signature}: {error}") from None

    def _scalar(self, result: Any) -> Any:
        if isinstance(result, Value) or _is_number(result):
            return result
        kind = type(result).__name__
        raise CommandError(
            f"{self.title} returned a {kind}; its result must be one number, "
            "so return a sum or one element"
        )


def _filled(value: Any, numbers: Any) -> Any:
    """Return an argument with its numbers replaced, in the order of `_gather`."""
    if isinstance(value, (list, tuple)):
        return type(value)([_filled(item, numbers) for item in value])
    if isinstance(value, dict):
        return {key: _filled(item, numbers) for key, item in value.items()}
    return next(numbers) if _is_number(value) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _float(name: str, value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        raise CommandError(f"{name}: the number is too large for a float") from None


def check(subject: Subject) -> list[Comparison]:
    """Return a comparison with every oracle for each of a function's numbers."""
    point = Point(
        f=lambda numbers: [subject(numbers)],
        start=tuple(subject.start),
        by=tuple(subject.names),
        of=(subject.title,),
        numeric=lambda numbers: [subject.number(numbers)],
    )
    return [each.comparison for each in examine(point, ("rev", "fwd"), most=MANY)]


def value(subject: Subject) -> float:
    """Return the function's value; raise CommandError where it has several."""
    recorded = float(subject([Value(x) for x in subject.start]))
    again = subject.number(subject.start)
    if recorded != again and not math.isnan(recorded + again):
        raise CommandError(
            f"{subject.title} gives two results for the same arguments; seed whatever "
            "is random in it"
        )
    return recorded


def run(target: str, assignments: Sequence[str], fixed: Sequence[str]) -> bool:
    """Print the gradients of a function by every way; return whether all agree.

    A kink and a branch do not agree: there is no gradient that all could find.
    """
    texts = split(assignments)
    for name in fixed:
        if name not in texts:
            raise CommandError(f"--fixed {name}: {name} is not among the arguments")
    given = {name: literal(name, text) for name, text in texts.items()}
    subject = Subject(load(target), given, fixed)
    if not subject.names:
        raise CommandError(
            f"{shown(target)}: no number to differentiate by; add arguments, as x=2"
        )
    return report(subject)


@quiet()  # the report tells a gradient that was lost
def report(subject: Subject) -> bool:
    """Print a subject's value, gradients and verdict; return whether all agree."""
    output().print(f"{subject.title} = {value(subject)!r}")
    found = check(subject)
    _print_table(subject.names, found)
    _print_verdict(found)
    if doubt := [one for one in found if verdict(one) not in SETTLED]:
        leaves = [Value(x) for x in subject.start]
        output().print(culprit([subject(leaves)], leaves, doubt[0]))
    return all(verdict(one) == "agree" for one in found)


def _print_table(names: list[str], found: list[Comparison]) -> None:
    """Print all comparisons, or of very many the first and those that disagree."""
    pairs = [(n, one, verdict(one)) for n, one in zip(names, found, strict=True)]
    told = pairs[:MOST] + [each for each in pairs[MOST:] if each[2] != "agree"]
    rows = [
        (name, *map("{:.9g}".format, slopes(one)), f"{tolerance(one):.1e}", word)
        for name, one, word in told
    ]
    columns = ("name", "reverse", "forward", "differences", "tolerance", "verdict")
    console = output()
    print_table(console, columns, rows, [STYLE.get(word, "red") for *_, word in told])
    if len(told) < len(pairs):
        console.print(f"... and {len(pairs) - len(told)} more that agree")


def _print_verdict(found: list[Comparison]) -> None:
    """Print how many derivatives got each verdict, and who said what."""
    console = output()
    for word, count in Counter(map(verdict, found)).items():
        console.print(f"{count} of {len(found)} {MEANING[word]}")
    words = {way: Counter(said(one).get(way) for one in found) for way in ORACLE}
    known = {way: each for way, each in words.items() if set(each) != {None}}
    if all(set(each) <= {"agree", None} for each in known.values()):
        if others := [
            ORACLE[way] for way in known if way not in ("fwd", "differences")
        ]:
            console.print(f"also held against {', '.join(others)}")
        return
    console.print("reverse mode held against")
    for way, each in known.items():
        told = [f"{count} {word or 'unknown to it'}" for word, count in each.items()]
        console.print(f"    {ORACLE[way]:14} {', '.join(told)}")


def slopes(one: Comparison) -> tuple[float, float, float]:
    """Return a derivative by reverse mode, forward mode and differences."""
    return one.modes["rev"], one.modes["fwd"], one.figures.differences.slope


def tolerance(one: Comparison) -> float:
    """Return how far the differences may be from a derivative that agrees."""
    return one.figures.tolerance(one.ours)


SETTLED = ("agree", "kink", "branch")  # verdicts that need no search for what is wrong
STYLE = {"agree": "", "kink": "", "branch": ""}
MEANING = {
    "agree": "agree: reverse mode, forward mode and differences",
    "kink": "at a kink, or so near that differences straddle it: there is no one slope",
    "branch": "at a branch: the function is another one beside the point, and reverse "
    "mode gives the slope of the branch taken",
    "rounding": "blurred by rounding: the figures differ, but rounding explains it",
    "differ": "differ",
    "unclear": "unclear: not smooth enough around the point",
    "not finite": "not finite: the function, or a figure, is an infinity or a nan",
}
