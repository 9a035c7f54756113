"""The page of a tree in a browser: what opens makes way, and all is reached by hand and key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pages
import pytest

from dendrograd import Value, scope, sigmoid, tanh
from dendrograd.nn import MLP
from dendrograd.viz import draw

TIPS = """() => { document.getAnimations().forEach((a) => a.finish());
  const loose = [];
  for (const tip of document.querySelectorAll('.tip')) {
    if (tip.closest('[hidden]')) continue;
    const path = tip.previousElementSibling;
    const end = document.getElementById(path.id.replace(/a\\d+$/, 'b') + path.dataset.dst);
    const at = tip.getBoundingClientRect();
    const views = [...end.parentNode.querySelectorAll(':scope > .view:not([hidden])')];
    const frame = views.find((v) => v.dataset.box === end.dataset.id)?.querySelector('rect');
    const box = (frame ?? end.querySelector('.box, circle')).getBoundingClientRect();
    const middle = (at.top + at.bottom) / 2;
    if (Math.abs(at.right - box.left) > 4 || middle < box.top - 1 || middle > box.bottom + 1)
      loose.push(path.id);
  }
  return loose; }"""
PLACES = """() => { document.getAnimations().forEach((a) => a.finish());
  return Object.fromEntries([...document.querySelectorAll('#v1 .node')]
    .map((n) => [n.id, n.getAttribute('transform')])); }"""
CLICK = "(id) => document.getElementById(id).dispatchEvent(new MouseEvent('click', {bubbles: true}))"
WIDE = "document.getElementById('tree').viewBox.baseVal.width"


def gates() -> Value:
    x, h = Value(0.5, label="x"), Value(-0.25, label="h")
    out = []
    for name, squash in (("i", sigmoid), ("f", sigmoid), ("o", sigmoid), ("g", tanh)):
        with scope(name):
            out.append(squash(x * 0.3 + h * 0.2 + 0.1))
    y = out[0] * out[1] + out[2] * out[3]
    y.label = "y"
    y.backward()
    return y


def chain(count: int) -> Value:
    x = h = Value(0.5, label="x")
    for _ in range(count):
        h = (h * 0.9 + x).tanh()
    h.label = "end"
    h.backward()
    return h


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("places")
    net = MLP(2, [6, 4, 1], seed=0)([Value(1.0, label="a"), Value(-2.0, label="b")])
    net.backward()
    drawn = {
        "gates": draw(gates(), fold=1),
        "net": draw(net, fold=1),
        "long": draw(chain(9), fold=None, max_nodes=None),
    }
    return {n: Path(d.save(folder / f"{n}.html")) for n, d in drawn.items()}


def closed(page: Any) -> list[str]:
    """Return the ids of the boxes that open, in the order of the page."""
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('.node.opens')]"
        ".filter((n) => !n.closest('[hidden]')).map((n) => n.id)"
    )
    return found


def test_boxes_that_open_in_one_column_widen_it_once(
    page: Any, written: dict[str, Path]
) -> None:
    pages.open(page, written["gates"])
    wide = [page.evaluate(WIDE)]
    for box in closed(page):
        page.evaluate(CLICK, box)
        wide.append(page.evaluate(WIDE))
        assert page.evaluate(TIPS) == []
    assert len(wide) == 5
    assert wide[-1] < wide[1] + 50
    page.click("#shut")
    assert page.evaluate(WIDE) == wide[0]


def test_inside_a_frame_in_which_nothing_opens_nothing_moves(
    page: Any, written: dict[str, Path]
) -> None:
    pages.open(page, written["net"])
    page.evaluate(CLICK, closed(page)[0])
    first, second, *_ = closed(page)
    page.evaluate(CLICK, first)
    view = page.evaluate("document.activeElement.closest('.view').id")
    before = page.evaluate(PLACES)
    page.evaluate(CLICK, second)
    after = page.evaluate(PLACES)
    inside = [name for name in before if name.startswith(f"{view}-")]
    assert inside
    assert [after[name] for name in inside] == [before[name] for name in inside]
    assert page.evaluate(TIPS) == []


def test_keys_alone_change_every_leaf(page: Any, written: dict[str, Path]) -> None:
    pages.open(page, written["gates"])
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        label = page.evaluate("document.activeElement.getAttribute('aria-label')") or ""
        if ", leaf" in label:
            page.keyboard.press("Enter")
            page.keyboard.type("0.125")
            page.keyboard.press("Escape")
            again = "document.activeElement.getAttribute('data-data')"
            assert page.evaluate(again) == "0.125"
            seen.append(label.split(",")[0])
    assert seen == ["x", "h"]


def test_tab_goes_through_the_picture_column_by_column(
    page: Any, written: dict[str, Path]
) -> None:
    pages.open(page, written["gates"])
    middles = page.evaluate(
        "[...document.querySelectorAll('.node')].filter((n) => !n.closest('[hidden]'))"
        ".map((n) => n.querySelector('.box').getBoundingClientRect())"
        ".map((r) => [r.left + r.width / 2, r.top])"
    )
    columns = [round(x / 60) for x, _ in middles]
    assert columns == sorted(columns)
    first = [y for (_, y), c in zip(middles, columns, strict=True) if c == columns[0]]
    assert first == sorted(first)


@pytest.mark.parametrize("name", ["gates", "long"])
def test_a_page_opens_with_its_result_in_sight(
    page: Any, written: dict[str, Path], name: str
) -> None:
    pages.open(page, written[name])
    root, stage = page.evaluate(
        "[document.querySelector('.root .box'), document.getElementById('stage')]"
        ".map((e) => e.getBoundingClientRect()).map((r) => [r.left, r.right])"
    )
    assert stage[0] <= root[0] < root[1] <= stage[1]
    assert page.locator("#map").is_visible() == (name == "long")


def test_wheel_and_mouse_move_what_is_seen(page: Any, written: dict[str, Path]) -> None:
    pages.open(page, written["long"])
    where = "document.querySelector('.root .box').getBoundingClientRect().toJSON()"
    before = page.evaluate(where)
    x, y = before["x"] + 20, before["y"] + 20
    page.mouse.move(x, y)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -40)
    page.keyboard.up("Control")
    after = page.evaluate(where)
    assert after["width"] > 1.1 * before["width"]
    assert after["left"] <= x <= after["right"]
    left = page.evaluate("document.getElementById('stage').scrollLeft")
    page.mouse.move(300, 120)
    page.mouse.down()
    page.mouse.move(420, 120, steps=3)
    page.mouse.up()
    assert page.evaluate("document.getElementById('stage').scrollLeft") == left - 120
    page.locator("#map").click(position={"x": 3, "y": 45})
    assert page.evaluate("document.getElementById('stage').scrollLeft") < left / 2


def test_a_slider_keeps_what_was_positive_so_and_its_ends_can_be_set(
    page: Any, written: dict[str, Path]
) -> None:
    pages.open(page, written["gates"])
    ends = (
        "[['min', 'max'].map((e) => Number(document.getElementById('slider')[e]))][0]"
    )
    page.focus("[aria-label^='x, leaf']")
    low, high = page.evaluate(ends)
    assert 0 < low < 0.5 < high
    page.focus("[aria-label^='h, leaf']")
    low, high = page.evaluate(ends)
    assert low < -0.25 < high
    page.fill("#lo", "-4")
    page.focus("[aria-label^='x, leaf']")
    page.focus("[aria-label^='h, leaf']")
    assert page.evaluate(ends)[0] == -4


def test_only_what_is_open_is_painted_and_what_opens_later_is_right(
    page: Any, written: dict[str, Path]
) -> None:
    pages.open(page, written["gates"])
    first = closed(page)[0]
    page.evaluate(CLICK, first)
    told = "document.getElementById('v1-b2').getAttribute('data-data')"
    before = page.evaluate(told)
    page.keyboard.press("Escape")
    page.focus("[aria-label^='x, leaf']")
    page.fill("#number", "3")
    page.keyboard.press("Escape")
    assert page.evaluate(told) == before
    page.evaluate(CLICK, first)
    inner = page.evaluate("document.activeElement.closest('.view').id")
    numbers = "(id) => [...document.querySelectorAll(`#${id} .node[data-data]`)].map((n) => n.dataset.data)"
    assert repr(3 * 0.3) in page.evaluate(numbers, inner)


def test_boxes_glide_unless_motion_is_unwanted(
    page: Any, written: dict[str, Path]
) -> None:
    for calm in (False, True):
        pages.open(page, written["gates"], reduced_motion=calm)
        page.evaluate(CLICK, closed(page)[0])
        assert (page.evaluate("document.getAnimations().length") == 0) == calm


def test_a_phone_shows_all_by_scrolling_down(
    page: Any, written: dict[str, Path]
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(written["net"].as_uri())
    page.evaluate(CLICK, closed(page)[0])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#details").scroll_into_view_if_needed()
    assert page.locator("#chain").is_visible()
    assert pages.axe(page) == []
