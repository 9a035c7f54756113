"""An explanation as text and as HTML: the same sentences, the same cells."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from dendrograd.viz.model.snapshot import Edge
from dendrograd.viz.text import columns, num

from .paths import MOST, Path
from .size import product_along

if TYPE_CHECKING:
    from .explain import Explanation

__all__ = ["ALIKE", "ENDS", "heading", "headline", "html_of", "text_of"]

ENDS = 8  # steps at each end of a path that is too long to be written
TERMS = 6  # of a sum in the first line
ALIKE = 1e-9  # relative difference of two products that cancel
NOTABLE = 2.0  # |products| to |derivative|: a third of the one sign is undone
EPS = 2.0**-52


class Step(NamedTuple):
    """The cells of a line: factor, derivative, expression, values."""

    local: str
    derivative: str
    expression: str
    values: str


class Section(NamedTuple):
    """A heading and the steps below it."""

    heading: str
    steps: Sequence[Step]


def text_of(explanation: Explanation) -> str:
    """Return the explanation as lines of text, its steps in columns."""
    sections = list(_sections(explanation))
    steps = [step for section in sections for step in section.steps]
    widths = [max(map(columns, cells)) for cells in zip(*steps, strict=True)]
    lines = [headline(explanation), *_sentences(explanation)]
    for title, inside in sections:
        lines += ["", title]
        for step in inside:
            cells = [
                cell + " " * (width - columns(cell))
                for cell, width in zip(step, widths, strict=True)
            ]
            lines.append(f"  {'  '.join(cells)}".rstrip())
    return "\n".join(lines)


def html_of(explanation: Explanation) -> str:
    """Return the explanation as a heading, sentences and a table; no style, no script.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import explain
    >>> x = Value(3.0, label="<b>")
    >>> "<b>" in html_of(explain(x * x, x))
    False
    """
    said = [headline(explanation), *_sentences(explanation)]
    paragraphs = [f"<p>{escape(line)}</p>" for line in said]
    bodies = []
    for title, steps in _sections(explanation):
        head = f'<tr><th colspan="4" scope="rowgroup">{escape(title)}</th></tr>'
        rows = [
            f"<tr>{''.join([f'<td>{escape(cell)}</td>' for cell in step])}</tr>"
            for step in steps
        ]
        bodies.append(f"<tbody>{''.join([head, *rows])}</tbody>")
    titles = ("factor", "local derivative", "operation", "at")
    heads = "".join([f'<th scope="col">{title}</th>' for title in titles])
    table = f"<table><thead><tr>{heads}</tr></thead>{''.join(bodies)}</table>"
    return f"<div>{''.join(paragraphs)}{table if bodies else ''}</div>"


def headline(explanation: Explanation) -> str:
    """Return the derivative and, if there are few, the products that it is the sum of."""
    terms = [path.product for path in explanation.paths]
    if explanation.n_paths > len(terms) and not _is_rounding(explanation):
        terms.append(explanation.rest)
    text = f"{_derivative(explanation)} = {num(explanation.total)}"
    if not 1 < len(terms) <= TERMS:
        return text
    signs = ["−" if math.copysign(1.0, term) < 0.0 else "+" for term in terms]
    rest = [f"{s} {num(abs(x))}" for s, x in zip(signs[1:], terms[1:], strict=True)]
    return f"{text} = {' '.join([num(terms[0]), *rest])}"


def _sentences(explanation: Explanation) -> Iterator[str]:
    """Yield what a reader must know of the sum over the paths."""
    made = explanation.graph.nodes[explanation.node]
    names = explanation.names
    if changed := explanation.graph.moved:
        yield f"{changed}."
    if not made.label.strip() and not made.is_leaf:
        name, expression = names.name(made.id), names.expression(made.id)
        more = f"{expression} = " if expression != name else ""
        yield f"{name} is {more}{num(made.data)}."
    total = explanation.total
    if not math.isfinite(total):
        yield "It is not finite; dendrograd.first_nonfinite finds where that begins."
    elif explanation.weight > NOTABLE * abs(total):
        yield from _cancelling(explanation)
    yield _counted(explanation)


def _cancelling(explanation: Explanation) -> Iterator[str]:
    """Yield which paths cancel, and how much of the sum does.

    The relative error of a sum grows by its condition number, sum |x| / |sum x|.
    """
    pairs = list(_pairs([path.product for path in explanation.paths]))
    for i, j, first, second in pairs:
        yield f"Paths {i} and {j} cancel: {num(first)} and {num(second)}."
    ratio = explanation.weight / abs(explanation.total) if explanation.total else 0.0
    text = f"ll |products| sum to {num(explanation.weight)}"
    if ratio:
        text += f", {num(ratio)} times |{_derivative(explanation)}|"
    if ratio * EPS > 1.0:
        text += ", so what is left may be rounding alone"
    elif ratio > 1e3:
        digits = int(math.log10(ratio))
        text += f", so the last {digits} of its 16 digits may be rounding"
    yield f"{'A' if pairs else 'Paths cancel in part: a'}{text}."


def _pairs(products: Sequence[float]) -> Iterator[tuple[int, int, float, float]]:
    """Yield two numbers and the products of paths that cancel, each in one pair."""
    free = dict(enumerate(products))
    for i, first in enumerate(products):
        for j, second in list(free.items()):
            if i in free and j > i and math.isclose(first, -second, rel_tol=ALIKE):
                yield i + 1, j + 1, first, second
                del free[i], free[j]


def _counted(explanation: Explanation) -> str:
    """Return how many paths there are, and what those that are not shown sum to."""
    names, shown = explanation.names, len(explanation.paths)
    number = explanation.n_paths
    way = f"from {names.name(explanation.node)} to {names.name(explanation.graph.root.id)}"
    if not number:
        return f"No path {way}: on every way a local derivative is 0."
    if number == 1:
        return f"One path {way}:"
    if number == shown:
        return f"{'Both' if number == 2 else f'All {number}'} paths {way}:"
    rest = "0 but for rounding" if _is_rounding(explanation) else num(explanation.rest)
    largest = "The largest" if shown == 1 else f"The {shown} largest"
    others = "the other one adds" if number == shown + 1 else "the others add"
    return f"{largest} of {_many(number)} paths {way}; {others} {rest}:"


def _is_rounding(explanation: Explanation) -> bool:
    """Return whether what other paths sum to cannot be told from 0."""
    size = explanation.weight
    return math.isfinite(size) and abs(explanation.rest) <= 8 * EPS * size


def _many(number: int) -> str:
    """Return a count that may have a thousand digits.

    >>> _many(38400), _many(2**100), _many(MOST)
    ('38,400', '1.267e30', '10^1000 or more')
    """
    if number >= MOST:
        return "10^1000 or more"
    digits = str(number)
    if len(digits) <= 15:
        return f"{number:,}"
    return f"{digits[0]}.{digits[1:4]}e{len(digits) - 1}"


def _sections(explanation: Explanation) -> Iterator[Section]:
    """Yield a section for each path; without a path, one of where the ways end."""
    for number, path in enumerate(explanation.paths, 1):
        yield Section(heading(explanation, number, path), _steps(explanation, path))
    if not explanation.paths:
        ends = explanation.blocked()
        steps = [_step(explanation, edge) for edge in ends[: 2 * ENDS]]
        if len(ends) > len(steps):
            steps.append(Step("", f"and {len(ends) - len(steps):,} more", "", ""))
        yield Section("the ways end here:", steps)


def heading(explanation: Explanation, number: int, path: Path) -> str:
    """Return the number of a path, its product, and its share of the derivative."""
    text = f"path {number}: {num(path.product)}"
    if not path.edges:
        return f"{text}, since it is the result itself"
    share = 100 * path.product / explanation.total if explanation.total else math.nan
    if explanation.n_paths == 1 or not math.isfinite(share):
        return text
    return f"{text}, {num(share, 3)}% of the derivative"


def _steps(explanation: Explanation, path: Path) -> list[Step]:
    """Return a path's steps; of a long one those at its ends, and one for the others."""
    edges = path.edges
    if len(edges) <= 2 * ENDS + 1:
        return [_step(explanation, edge) for edge in edges]
    inner = edges[ENDS:-ENDS]
    folded = Step(f"×{num(product_along(inner))}", f"{len(inner):,} more steps", "", "")
    first = [_step(explanation, edge) for edge in edges[:ENDS]]
    return [*first, folded, *(_step(explanation, edge) for edge in edges[-ENDS:])]


def _step(explanation: Explanation, edge: Edge) -> Step:
    names, graph = explanation.names, explanation.graph
    derivative = f"d {names.term(edge.dst)} / d {names.term(edge.src)}"
    if [other.src for other in graph.edges.into(edge.dst)].count(edge.src) > 1:
        derivative += f", operand {edge.slot + 1}"
    made, values = names.formula(edge.dst), ", ".join(names.values(edge.dst))
    return Step(
        f"×{num(edge.local)}",
        derivative,
        made,
        f"at {values}" if values else "",
    )


def _derivative(explanation: Explanation) -> str:
    term = explanation.names.term
    return f"d {term(explanation.graph.root.id)} / d {term(explanation.node)}"
