"""The page of a tree in a browser: boxes open and fold, leaves change, nothing else runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hostile
import pages
import pytest

from dendrograd import Value, scope
from dendrograd.nn import MLP
from dendrograd.viz import draw, trace

TOLD = """() => [...document.querySelectorAll('.node, .port')].map((n) => ({
  view: n.id.replace(/b\\d+$/, ''), id: n.dataset.id, root: n.classList.contains('root'),
  kind: n.classList[0] === 'port' ? n.dataset.side : n.classList[1],
  grad: n.hasAttribute('data-grad') ? Number(n.getAttribute('data-grad')) : null}))"""
ARROWS = """() => [...document.querySelectorAll('path[data-dst]')].map((p) => ({
  view: p.id.replace(/a\\d+$/, ''), src: p.dataset.src, dst: p.dataset.dst,
  much: Number(p.dataset.contribution)}))"""
OPEN_ALL = """() => { for (;;) {
  const one = [...document.querySelectorAll('.opens')].find((n) => !n.closest('[hidden]'));
  if (!one) return document.querySelectorAll('.view:not([hidden])').length;
  one.dispatchEvent(new MouseEvent('click', { bubbles: true })); } }"""
RECTS = """() => (document.getAnimations().forEach((a) => a.finish()), [...document.querySelectorAll('.node > .box, .frame > rect')]
  .filter((r) => !r.closest('[hidden]')).map((r) => { const b = r.getBoundingClientRect();
  return { frame: !r.classList.contains('box'), x: b.left, y: b.top, r: b.right, b: b.bottom }; }))"""
STATE = """(({ data, adjoints }) => ({ data: [...data], adjoints: [...adjoints] }))
  (dendrograd.tree.state)"""
SPILLED = """() => [...document.querySelectorAll('.node > text')]
  .filter((t) => !t.closest('[hidden]')).filter((t) => {
  const box = t.parentNode.querySelector('.box').getBoundingClientRect();
  const r = t.getBoundingClientRect();
  return r.left < box.left - 1 || r.right > box.right + 1 || r.top < box.top - 1 ||
    r.bottom > box.bottom + 1; }).map((t) => t.textContent)"""


def program(a: float, b: float, c: float) -> Value:
    """A tree with calls inside calls, a shared leaf, sums, and a box of two outputs."""
    x, y, z = Value(a, label="a"), Value(b, label="b"), Value(c, label="c")
    with scope("outer"):
        s = x * y + z
        with scope("inner"):
            t = (s * x).tanh() + 0.25
            u = t * t - y
        v = u / 3.0
    w = v * s + t.exp() + x + y - z
    w.label = "L"
    w.backward()
    return w


def net() -> Value:
    model = MLP(3, [4, 4, 1], seed=0)
    loss = (
        model([Value(v, label=f"x{i}") for i, v in enumerate((1, -2, 0.5))]) - 1
    ) ** 2
    loss.label = "loss"
    loss.backward()
    return loss


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    trees = {"net": net(), "program": program(0.5, -1.25, 2.0)}
    return {
        name: Path(draw(tree, fold=1).save(folder / f"{name}.html"))
        for name, tree in trees.items()
    }


def conserved(page: Any) -> int:
    """Assert that what leaves each box adds up to its gradient; return how many did."""
    arrows = page.evaluate(ARROWS)
    found = 0
    for box in page.evaluate(TOLD):
        if box["root"] or box["grad"] is None:
            continue
        way = "dst" if box["kind"] == "out" else "src"
        terms = [
            a["much"] for a in arrows if (a["view"], a[way]) == (box["view"], box["id"])
        ]
        assert sum(terms) == pytest.approx(box["grad"], rel=1e-9, abs=1e-12)
        found += 1
    return found


def apart(page: Any) -> None:
    """Assert that boxes and frames are inside each other or beside each other."""
    rects = page.evaluate(RECTS)
    for i, one in enumerate(rects):
        for other in rects[:i]:
            beside = (
                one["x"] >= other["r"] - 0.6
                or other["x"] >= one["r"] - 0.6
                or one["y"] >= other["b"] - 0.6
                or other["y"] >= one["b"] - 0.6
            )
            assert beside or within(one, other) or within(other, one)


def within(one: dict[str, Any], frame: dict[str, Any]) -> bool:
    return frame["frame"] and (
        one["x"] >= frame["x"] - 0.6
        and one["y"] >= frame["y"] - 0.6
        and one["r"] <= frame["r"] + 0.6
        and one["b"] <= frame["b"] + 0.6
    )


def test_keys_alone_open_and_fold_a_box(page: Any, written: dict[str, Path]) -> None:
    pages.open(page, written["net"])
    page.focus("[aria-label^='MLP']")
    page.keyboard.press("Enter")
    assert page.locator("#v1").is_visible()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == (
        "MLP, fold it"
    )
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.view').id") == "v1"
    page.keyboard.press("Escape")
    assert not page.locator("#v1").is_visible()
    focus = "document.activeElement.querySelector('.label').textContent"
    assert page.evaluate(focus) == "MLP"
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focus) == "- 1"
    for key, told in (("+", "125 %"), ("1", "100 %"), ("-", "80 %")):
        page.keyboard.press(key)
        assert page.text_content("#zoom") == told


def test_a_click_opens_a_box_and_another_folds_it(
    page: Any, written: dict[str, Path]
) -> None:
    pages.open(page, written["net"])
    assert page.locator(".view").count() == 0  # drawn when it is opened
    page.click("text=MLP >> visible=true")
    page.click(".opens:visible >> nth=0")
    apart(page)
    page.click("#v1 > .frame > .fold")
    page.click("#details")
    assert page.locator(".view:visible").count() == 0
    assert page.locator(".opens:visible").count() == 1
    page.click("text=MLP >> visible=true")
    page.click("#shut")
    assert page.locator(".view:visible").count() == 0


@pytest.mark.parametrize("name", ["net", "program"])
@pytest.mark.parametrize("rankdir", ["LR", "TB"])
def test_with_all_open_nothing_overlaps_and_gradients_add_up(
    page: Any, tmp_path: Path, name: str, rankdir: str
) -> None:
    tree = net() if name == "net" else program(0.5, -1.25, 2.0)
    path = draw(tree, fold=1, rankdir=rankdir).save(tmp_path / "page.html")
    pages.open(page, Path(path))
    assert page.evaluate(OPEN_ALL) == page.locator(".view").count() > 0
    apart(page)
    assert page.evaluate(SPILLED) == []
    assert conserved(page) > 10


def test_a_changed_leaf_gives_what_python_gives(
    page: Any, written: dict[str, Path]
) -> None:
    pages.open(page, written["program"])
    page.evaluate(OPEN_ALL)
    for number in (-1.5, 0.75):
        page.focus("[aria-label^='a, leaf']")
        page.fill("#number", str(number))
        conserved(page)
        graph = trace(program(number, -1.25, 2.0))
        state = page.evaluate(STATE)
        for which, told in (("data", state["data"]), ("adjoint", state["adjoints"])):
            wanted = [getattr(node, which) for node in graph.nodes]
            assert told == pytest.approx(wanted, rel=1e-12, abs=1e-15)
        again = draw(program(number, -1.25, 2.0), fold=1).picture
        shown = {
            box["id"]: box["grad"]
            for box in page.evaluate(TOLD)
            if box["view"] == "v0-"
        }
        for box in again.boxes:
            told = shown[str(box.id)]
            if box.adjoint is None:  # it has several outputs
                assert told is None
            else:
                assert told == pytest.approx(box.adjoint, rel=1e-12)
        for i, arrow in enumerate(again.arrows):
            local = page.get_attribute(f"#v0-a{i}", "data-local")
            assert (local is None) == (arrow.local is None)
            if local is not None:
                assert float(local) == pytest.approx(arrow.local, rel=1e-12, abs=1e-15)
        assert page.evaluate(SPILLED) == []
    page.click("#reset")
    leaf = "document.querySelector(\"[aria-label^='a, leaf']\").dataset.data"
    assert page.evaluate(leaf) == "0.5"
    assert page.locator("#stale").is_hidden()


def test_reset_goes_back_to_what_was_drawn_where_data_changed(
    page: Any, tmp_path: Path
) -> None:
    w, x = Value(0.5, label="w"), Value(2.0, label="x")
    y = w * x + 1.0
    w.data = 3.0  # as an optimiser does
    diagram = draw(y)
    numbers = "[...document.querySelectorAll('.node')].map((n) => n.dataset.data)"
    texts = "[...document.querySelectorAll('#tree text')].map((t) => t.textContent)"
    pages.open(page, Path(diagram.save(tmp_path / "moved.html")))
    assert "w changed after the graph was built" in page.text_content("footer")
    before = page.evaluate(texts)
    drawn = [repr(box.data) for box in diagram.picture.boxes]
    assert page.evaluate(numbers) == drawn == ["3.0", "2.0", "1.0", "2.0"]
    page.focus("[aria-label^='x, leaf']")
    page.fill("#number", "10")
    assert page.evaluate(numbers) == ["3.0", "10.0", "30.0", "31.0"]
    page.click("#reset")
    assert page.evaluate(numbers) == drawn
    assert page.evaluate(texts) == before


def test_a_window_without_room_for_the_tree_is_no_error(
    page: Any, written: dict[str, Path]
) -> None:
    pages.open(page, written["program"])
    page.click("#fit")
    page.evaluate("document.getElementById('stage').style.maxWidth = '0'")
    page.evaluate("window.dispatchEvent(new Event('resize'))")
    assert float(page.get_attribute("#tree", "width")) > 0.0
    assert pages.troubles(page) == []


def test_a_page_that_cannot_recompute_says_why(page: Any, tmp_path: Path) -> None:
    x = Value(2.0, label="x")
    root = Value(4.0, (x,), (4.0,)) * 2.0
    pages.open(page, Path(draw(root).save(tmp_path / "hand.html")))
    assert "Leaves cannot be changed here" in page.text_content("footer")
    page.focus("[aria-label^='x, leaf']")
    assert page.locator("#edit").is_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(
    page: Any, written: dict[str, Path], scheme: str, tmp_path: Path
) -> None:
    pages.open(page, written["net"], color_scheme=scheme)
    page.evaluate(OPEN_ALL)
    page.keyboard.press("0")
    page.focus(".node.leaf:visible")
    assert pages.axe(page) == []
    ratios = pages.contrast(
        page, ".node:not([hidden]) > text, #details p, footer p, h1"
    )
    assert min(ratios.values()) >= 4.5
    assert pages.moving(page) == []
    assert pages.screenshot(page, tmp_path, scheme).stat().st_size > 1000


def test_at_twice_the_size_everything_is_reached(
    page: Any, written: dict[str, Path]
) -> None:
    pages.open(page, written["net"], zoom=2.0)
    for one in ("#shut", "#in", "#details", "#stage", "footer"):
        page.locator(one).scroll_into_view_if_needed()
        assert page.locator(one).is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("guarded", [True, False])
def test_hostile_labels_run_nothing(
    browser: Any, tmp_path: Path, guarded: bool
) -> None:
    leaves = []
    for label in hostile.LABELS:
        with scope(label):
            leaves.append(Value(2.0, label=label) * 3.0)
    root = sum(leaves)
    root.label = "</title><script>window.pwned=1</script>"
    path = draw(root, fold=1, title="<img src=x onerror=window.pwned=1>").save(
        tmp_path / "hostile.html"
    )
    context = browser.new_context(offline=True, bypass_csp=not guarded)
    page = context.new_page()
    pages.watch(page)
    pages.open(page, Path(path))
    page.evaluate(OPEN_ALL)
    for one in page.locator(".node:visible").all()[:12]:
        one.focus()
    assert page.evaluate("window.pwned") is None
    assert page.evaluate("document.images.length") == 0
    assert pages.troubles(page) == []
    context.close()


def test_what_a_policy_forbids_does_not_run(
    page: Any, written: dict[str, Path]
) -> None:
    pages.open(page, written["net"])
    page.evaluate(
        "() => { const s = document.createElement('script');"
        " s.textContent = 'window.pwned = 1'; document.body.append(s); }"
    )
    assert page.evaluate("window.pwned") is None
    pages.troubles(page).clear()  # the refusal is told
