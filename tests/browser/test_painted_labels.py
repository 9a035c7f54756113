"""The numbers above arrows, as the browser paints them: they cover nothing."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pages
import pytest

from dendrograd import Value, scope
from dendrograd.viz import draw

COVERED = """() => {
  const R = (e) => e.getBoundingClientRect();
  const hit = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const all = (s) => [...document.querySelectorAll(s)];
  const ink = (e) => { const r = R(e); return { left: r.left, right: r.right, top: r.top + 2, bottom: r.bottom - 2.5 } };
  const labels = all(".locals .local");
  const places = labels.map(ink);
  const solid = [...all(".node > .box"), ...all(".tip"), ...all(".frame text")].map(R);
  const borders = all(".frame rect").map(R);
  const lines = all("path.arrow, path.trunk").map((p) => {
    const [n, m] = [p.getTotalLength(), p.getScreenCTM()];
    return Array.from({ length: 151 }, (_, i) => p.getPointAtLength(n * i / 150).matrixTransform(m));
  });
  const inside = (a, b) => a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom;
  const covered = [];
  places.forEach((a, i) => {
    const on = [];
    if (solid.some((b) => hit(a, b))) on.push("a box, head or title");
    if (borders.some((b) => hit(a, b) && !inside(a, b))) on.push("a border");
    if (places.some((b, j) => j < i && hit(a, b))) on.push("a label");
    if (lines.some((line) => line.some((q) => q.x > a.left && q.x < a.right && q.y > a.top && q.y < a.bottom))) on.push("a line");
    if (on.length) covered.push(`${labels[i].id} ${labels[i].textContent} on ${on}`);
  });
  return { labels: labels.length, covered, titled: all("path.arrow > title").length };
}"""


def program(seed: int) -> Value:
    """Return the root of a random program with scopes, shared and repeated operands."""
    pick = random.Random(seed)
    nodes = [Value(pick.uniform(-2, 2), label=f"x{i}") for i in range(4)]
    for step in range(pick.randrange(4, 9)):
        with scope(f"part {step}"):
            for _ in range(pick.randrange(1, 5)):
                a, b = pick.choice(nodes[-6:]), pick.choice(nodes)
                nodes.append(
                    pick.choice([a * b, a + b, a - 1.3 * b, a.tanh(), a * a, b / 7.1])
                )
    return sum(nodes[-4:], nodes[0] * 1e-7)


OPTIONS: list[dict[str, Any]] = [
    {},
    {"max_nodes": None, "fold": None},
    {"values": False, "fold": None, "max_nodes": None},
    {"rankdir": "RL", "max_nodes": None},
    {"rankdir": "TB", "fold": None},
    {"rankdir": "BT", "fold": 1},
]


@pytest.mark.parametrize("options", OPTIONS)
def test_no_number_covers_a_line_a_head_a_box_a_title_or_another(
    page: Any, tmp_path: Path, options: dict[str, Any]
) -> None:
    for seed in range(5):
        root = program(seed)
        root.backward()
        diagram = draw(root, locals="all", **options)
        pages.open(page, Path(diagram.save(tmp_path / "tree.svg")))
        found = page.evaluate(COVERED)
        arrows = diagram.picture.arrows
        assert found["covered"] == []
        assert found["labels"] == sum(arrow.local is not None for arrow in arrows)
        assert found["titled"] == len(arrows)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_box_with_many_numbers_lists_them_while_it_is_pointed_at(
    page: Any, tmp_path: Path, scheme: str
) -> None:
    xs = [Value(k / 7, label=f"x{k}") for k in range(9)]
    with scope("all"):
        y = sum((x * x * x for x in xs), Value(0.0)).tanh()
    diagram = draw(y, fold=1)
    path = Path(diagram.save(tmp_path / "tree.svg"))
    pages.open(page, path, color_scheme=scheme)
    entries = page.locator(".entries")
    assert entries.count() == 1
    assert not entries.is_visible()
    page.locator(".node.call").hover()
    assert entries.is_visible()
    lines = [
        text.split("×")[0].strip()
        for text in entries.locator("text").all_text_contents()
    ]
    assert [line for line in lines if line] == [f"x{k}" for k in range(9)]
    page.mouse.move(0, 0)
    assert not entries.is_visible()
    page.locator(".node.call").focus()
    assert entries.is_visible()
