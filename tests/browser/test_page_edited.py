"""Whatever number of a page follows from a changed leaf, it is what the engine computes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pages
import pytest
from programs import grown

from dendrograd import Value, scope, toposort
from dendrograd.ops import OPS
from dendrograd.testing.expression import Expression
from dendrograd.viz import draw, trace
from dendrograd.viz.page import page as pages_of_trees
from dendrograd.viz.page.views import View, views

OPEN_ALL = """() => { for (;;) {
  const one = [...document.querySelectorAll('.opens')].find((n) => !n.closest('[hidden]'));
  if (!one) return;
  one.dispatchEvent(new MouseEvent('click', { bubbles: true })); } }"""
TOLD = """(edits) => {
  const { tree, views } = dendrograd;
  tree.painting = false;
  Object.assign(tree.edited, edits);
  tree.recompute();
  const told = (x) => (x === null || x === undefined ? null : String(x));
  return Object.fromEntries([...views.keys()].map((prefix) => {
    const { boxes, arrows } = tree.numbers(prefix);
    return [prefix, { boxes: boxes.map(({ data, grad, norm }) => [data, grad, norm].map(told)),
      arrows: arrows.map(({ local, contribution }) => [local, contribution].map(told)) }];
  }));
}"""
PROGRAMS = grown(44, list(OPS.values()), smooth=True)
DRAWN = 8  # of them in one page


def built(some: Sequence[Expression], points: Sequence[Sequence[float]]) -> Value:
    """Return the sum of some programs, each in calls of its own."""
    results = []
    for k, (program, point) in enumerate(zip(some, points, strict=True)):
        with scope(f"program {k // 2}"), scope("half"):
            results.append(program(*map(Value, point)))
    return sum(results)


def wanted(view: View) -> dict[str, list[list[float | None]]]:
    """Return what the engine says of all boxes and arrows of a view."""
    return {
        "boxes": [[b.data, b.adjoint, b.norm] for b in view.picture.boxes],
        "arrows": [[a.local, a.contribution] for a in view.picture.arrows],
    }


def agree(found: str | None, number: float | None, size: float) -> bool:
    if found is None or number is None:
        return number is None or found is None
    x = float(found.replace("Infinity", "inf"))
    if math.isfinite(number):
        return math.isclose(x, number, rel_tol=1e-12, abs_tol=1e-13 * size)
    return x == number or (math.isnan(x) and math.isnan(number))


@pytest.mark.parametrize("first", range(0, len(PROGRAMS), DRAWN))
def test_every_number_of_an_edited_page_is_that_of_the_engine(
    page: Any, tmp_path: Path, first: int
) -> None:
    some = PROGRAMS[first : first + DRAWN]
    root = built(some, [f.point for f in some])
    pages.open(page, Path(draw(root, fold=1).save(tmp_path / "page.html")))
    page.evaluate(OPEN_ALL)
    moved = [[x * 1.0009765625 for x in f.point] for f in some]
    again = built(some, moved)
    edits = {i: v.data for i, v in enumerate(toposort(again)) if not v.operands}
    found = page.evaluate(TOLD, edits)
    graph, drawn = trace(again), draw(again, fold=1).drawn
    held = views(drawn.picture, graph, drawn.look)
    assert {view.prefix for view in held} == set(found)
    for view in held:
        numbers = wanted(view)
        for kind in ("boxes", "arrows"):
            rows = zip(found[view.prefix][kind], numbers[kind], strict=True)
            for got, row in rows:
                size = max([abs(x) for x in row if x and math.isfinite(x)], default=0.0)
                pairs = zip(got, row, strict=True)
                assert all(agree(*pair, size) for pair in pairs), (view.title, got, row)


def test_the_programs_use_every_row_of_the_table() -> None:
    used = {
        v.op.name
        for program in PROGRAMS
        for v in toposort(program(*map(Value, program.point)))
        if v.op
    }
    assert used == set(OPS)


def test_data_that_are_packed_give_the_same_page(
    page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = built(PROGRAMS[:4], [f.point for f in PROGRAMS[:4]])
    told = []
    for limit, kind in ((math.inf, "json"), (0, "gzip")):
        monkeypatch.setattr(pages_of_trees, "PACKED", limit)
        pages.open(page, Path(draw(root).save(tmp_path / f"{kind}.html")))
        page.wait_for_function("window.dendrograd")
        assert page.get_attribute("#data", "type") == f"application/{kind}"
        page.evaluate(OPEN_ALL)
        told.append(page.evaluate(TOLD, {}))
    assert told[0] == told[1]


def test_a_browser_that_cannot_unpack_says_so(
    page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages_of_trees, "PACKED", 0)
    page.add_init_script("delete globalThis.DecompressionStream")
    x = Value(2.0, label="x")
    pages.open(page, Path(draw(x * x).save(tmp_path / "page.html")))
    assert "cannot unpack" in page.locator("#still").inner_text()
    assert page.locator(".node").count() == 2
