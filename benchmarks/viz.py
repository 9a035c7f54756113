"""Measure drawings beside Graphviz on the same trees: `python benchmarks/viz.py`.

Crossings and area of the layouts, and the time from a tree to its SVG. `dot` is given a
minute. README.md beside this file says what came out.
"""

from __future__ import annotations

import resource
import subprocess
import time
from collections.abc import Callable, Sequence
from itertools import combinations, pairwise, product
from typing import Annotated, Any

import kinds
import trees
import typer
from rich.console import Console

from dendrograd import Value, toposort
from dendrograd.viz import Diagram, draw, draw_dot, explain
from dendrograd.viz.formats.which_dot import find_dot
from dendrograd.viz.layout.layered import Layout

SECONDS = 60  # that dot may take
PIECES = 12  # straight ones that a curve is cut into, to find crossings
Point = tuple[float, float]


def bezier(points: Sequence[Point]) -> list[Point]:
    """Return points along a chain of Bezier curves."""
    found = [points[0]]
    for i in range(0, len(points) - 1, 3):
        corners = points[i : i + 4]
        for k in range(1, PIECES + 1):
            t = k / PIECES
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            x, y = (
                sum(w * p[axis] for w, p in zip(weights, corners, strict=True))
                for axis in (0, 1)
            )
            found.append((x, y))
    return found


def meets(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Return whether two straight pieces cross."""

    def side(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def crossings(layout: Layout, arrows: Sequence[Any]) -> int:
    """Return how many pairs of arrows cross that share neither end.

    Arrows that run together count each by itself.
    """
    pieces: dict[int, list[tuple[Point, Point]]] = {}
    for segment in layout.segments:
        line = list(pairwise(bezier(segment.points)))
        for arrow in segment.arrows:
            pieces.setdefault(arrow, []).extend(line)
    boxes = {
        i: (
            min(min(a[0], b[0]) for a, b in line),
            max(max(a[0], b[0]) for a, b in line),
            min(min(a[1], b[1]) for a, b in line),
            max(max(a[1], b[1]) for a, b in line),
        )
        for i, line in pieces.items()
    }
    count = 0
    for (i, one), (j, other) in combinations(pieces.items(), 2):
        ends = {arrows[i].src, arrows[i].dst}
        apart = ends.isdisjoint((arrows[j].src, arrows[j].dst))
        if apart and _overlap(boxes[i], boxes[j]):
            count += any(meets(*p, *q) for p, q in product(one, other))
    return count


def _overlap(a: Sequence[float], b: Sequence[float]) -> bool:
    return a[0] <= b[1] and b[0] <= a[1] and a[2] <= b[3] and b[2] <= a[3]


def layouts(console: Console) -> None:
    """Print crossings and area of our layout and of dot's."""
    console.print("\n### Layout of whole trees: ours / dot\n")
    console.print("| tree | boxes | arrows | crossings | megapixels |")
    console.print("|---|---|---|---|---|")
    for name, make in trees.SMALL.items():
        root = make()
        both = [
            draw(root, max_nodes=None, sums=False, engine=engine)
            for engine in ("auto", "dot")
        ]
        arrows = both[0].picture.arrows
        crossed = " / ".join(str(crossings(d.layout, arrows)) for d in both)
        area = " / ".join(f"{d.layout.width * d.layout.height / 1e6:.2f}" for d in both)
        boxes = len(both[0].picture.boxes)
        console.print(f"| {name} | {boxes} | {len(arrows)} | {crossed} | {area} |")


def seconds(work: Callable[[], object]) -> str:
    """Return how long some work takes by the clock, or that it took too long."""
    start = time.perf_counter()
    try:
        work()
    except subprocess.TimeoutExpired:
        return f"over {SECONDS} s"
    return f"{time.perf_counter() - start:.2f} s"


def by_dot(root: Value) -> None:
    """Draw a tree by Graphviz, as micrograd's draw_dot does."""
    source = draw_dot(root, max_nodes=None).source.encode()
    dot = find_dot()
    assert dot is not None
    subprocess.run(
        [dot, "-Tsvg"], input=source, capture_output=True, timeout=SECONDS, check=True
    )


def speeds(console: Console, quick: bool) -> None:
    """Print the time from a tree to its picture."""
    console.print("\n### From a tree to SVG, by the clock\n")
    console.print("| tree | nodes | draw, all of it | dot | draw, folded |")
    console.print("|---|---|---|---|---|")
    sizes = (300, 1_000) if quick else (300, 1_000, 10_000)
    for kind in (trees.layers, trees.expression):
        for size in sizes:
            root = kind(size * 4 // 3)  # some are not used in the end
            whole = seconds(lambda root=root: draw(root, max_nodes=None).svg)
            dot = seconds(lambda root=root: by_dot(root)) if find_dot() else "absent"
            folded = seconds(lambda root=root: draw(root).svg)
            row = (kind.__name__, f"{len(toposort(root)):,}", whole, dot, folded)
            console.print(f"| {' | '.join(row)} |")
    large = 15_000 if quick else 150_000
    root = trees.layers(large)
    folded = seconds(lambda: draw(root).svg)
    console.print(f"| layers | {len(toposort(root)):,} | - | - | {folded} |")
    root = trees.expression(large * 9 // 10)
    leaf = next(v for v in toposort(root) if not v.parents)
    took = seconds(lambda: str(explain(root, leaf)))
    console.print(f"\nexplain on {len(toposort(root)):,} nodes: {took}")


def unnamed(diagram: Diagram) -> list[str]:
    """Return what a picture hides: labels that it does not say, and nodes in no box."""
    graph, picture = diagram.drawn.graph, diagram.picture
    said = {box.label for box in picture.boxes}.union(*(b.held for b in picture.boxes))
    lost = [n for n, box in zip(graph.nodes, picture.places, strict=True) if box < 0]
    return sorted({n.label for n in graph.nodes} - said - {""}) + [n.name for n in lost]


def of_each_kind(console: Console, quick: bool) -> None:
    """Print the pictures of thirteen kinds of graph, and what is not named in them."""
    console.print("\n### Thirteen kinds of graph\n")
    console.print("| graph | nodes | boxes | numbers | pixels | not named |")
    console.print("|---|---|---|---|---|---|")
    for make in kinds.KINDS[: -1 if quick else None]:
        root = make()
        root.backward()
        diagram = draw(root)
        layout, picture = diagram.layout, diagram.picture
        size = f"{layout.width + 24:.0f} x {layout.height + 24:.0f}"
        counts = len(diagram.drawn.graph.nodes), len(picture.boxes), len(layout.labels)
        row = (make.__name__, *(f"{count:,}" for count in counts), size)
        console.print(f"| {' | '.join(row)} | {', '.join(unnamed(diagram)) or '-'} |")


def million(console: Console, nodes: int) -> None:
    """Print what a chain of operations on ten leaves takes; memory is that at its peak."""
    leaves = [Value(1.0 + i / 10, label=f"x{i}") for i in range(10)]
    root = leaves[0]
    for i in range(nodes // 3):
        root = root * 0.999 + leaves[i % 10] * 1e-3
    root.backward()
    before = peak()
    start = time.process_time()
    diagram = draw(root)
    drawn = time.process_time() - start
    del diagram
    start = time.process_time()
    str(explain(root, leaves[3]))
    took = time.process_time() - start
    more = peak() - before
    console.print(
        f"\nA chain of {nodes:,} nodes: draw {drawn:.2f} s, explain {took:.2f} s of CPU, {more} MB above the graph"
    )


def peak() -> int:
    """Return the most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main(
    quick: Annotated[bool, typer.Option(help="Smaller trees, in seconds.")] = False,
) -> None:
    """Print the tables in Markdown."""
    console = Console(width=200)
    million(console, 30_000 if quick else 1_000_000)  # first: memory has one peak
    of_each_kind(console, quick)
    if find_dot() is None:
        console.print("Graphviz is not here: no layouts to compare with")
    else:
        layouts(console)
    speeds(console, quick)


if __name__ == "__main__":
    typer.run(main)
