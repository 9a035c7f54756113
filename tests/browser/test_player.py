"""The player and the loop, as a reader has them: in a browser, by keys, in any light."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pages
import pytest

from dendrograd import Value
from dendrograd.nn import MLP
from dendrograd.viz import Animation, animate
from dendrograd.viz.text import num

BOXES = """() => [...document.querySelectorAll("#view > svg:not([hidden]) .node")].map((box) =>
    ["data", "grad"].map((row) => box.querySelector(`text.${row}`)?.textContent))"""
OUTSIDE = """() => [...document.querySelectorAll("#view > svg:not([hidden]) .node")].flatMap((node) => {
    const box = node.querySelector(".box").getBBox();
    return [...node.querySelectorAll("text")].filter((text) => {
      const { x, width } = text.getBBox();
      return x < box.x || x + width > box.x + box.width;
    }).map((text) => text.textContent); })"""
TYPE = """() => { const text = document.querySelector("#view > svg:not([hidden]) .node text");
    const high = text.getBoundingClientRect().height / text.getBBox().height;
    return Number.parseFloat(getComputedStyle(text).fontSize) * high; }"""
SEEN = """() => STEPS.map((step, k) => { go(k);
    const window = view.getBoundingClientRect();
    const [right, bottom] = [window.left + view.clientWidth + 1, window.top + view.clientHeight + 1];
    const face = (group) => group.querySelector(":scope > .box").getBoundingClientRect();
    const inside = (b) => b.left >= window.left - 1 && b.right <= right
      && b.top >= window.top - 1 && b.bottom <= bottom;
    const copies = [...near.children].map((copy) => ({ of: copy.dataset.of, box: face(copy) }));
    const covered = (b) => copies.some(({ box }) => box.left < b.right - 1 && b.left < box.right - 1
      && box.top < b.bottom - 1 && b.top < box.bottom - 1);
    return boxesOf(step).map((group) => {
      if (inside(face(group)) && !covered(face(group))) return "here";
      return copies.some(({ of, box }) => of === group.id && inside(box)) ? "again" : "";
    }); })"""
UNTOLD = """() => [...document.querySelectorAll("#view > svg:not([hidden]) .off :is(.data, .grad)")]
    .filter((text) => getComputedStyle(text).opacity !== "0").map((text) => text.textContent)"""
WIDE = "() => document.documentElement.scrollWidth - innerWidth"
SPED = "() => { for (const o of at('speed').options) o.value = o.value / 4; }"


def two_uses() -> Value:
    a, b, c = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c")
    d = a * b
    e = d + c
    root = e * a
    d.label, e.label, root.label = "d", "e", "L"
    return root


def network() -> Value:
    x = [Value(1.0, label="x1"), Value(-2.0, label="x2")]
    loss = (MLP(2, [3, 1], activation="tanh", seed=3)(x) - 1.0) ** 2
    loss.label = "loss"
    return loss


MADE = {
    "two uses": animate(two_uses()),
    "a network": animate(network(), fold=None),
    "layers": animate(network(), fold=2),
    "inside layers": animate(network(), fold=2, steps="operation"),
    "no rule": animate(Value(1.0, (Value(2.0, label="x"),), (math.inf,)) * 0.0),
}
each = pytest.mark.parametrize("name", MADE)


@pytest.fixture
def player(page: Any, tmp_path: Path) -> Any:
    """Return a function that opens the page of an animation."""

    def opened(animation: Animation, **how: Any) -> Any:
        pages.open(page, Path(animation.save(tmp_path / "backprop.html")), **how)
        return page

    return opened


def at(page: Any) -> int:
    return int(page.input_value("#slider"))


def until(true: Callable[[], bool]) -> None:
    """Wait for something to become true, for ten seconds at most."""
    for _ in range(200):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it has not come true")


def expected(animation: Animation, step: int) -> list[list[str | None]]:
    """Return the rows of all boxes after a step."""
    view = animation.steps.steps[step].move.view
    sums = animation.steps.gradients(step, view)
    return [
        [
            None if box.data is None else f"data {num(box.data)}",
            None if box.adjoint is None else f"grad {num_of(sums.get(box.id))}",
        ]
        for box in animation.steps.pictures[view].boxes
    ]


def num_of(total: float | None) -> str:
    return "·" if total is None else num(total)


@each
def test_each_step_shows_the_words_and_partial_sums_of_python(
    player: Any, name: str
) -> None:
    animation = MADE[name]
    page = player(animation)
    each = f"go(k); return [at('caption').textContent, ({BOXES})()]"
    found = page.evaluate(f"() => STEPS.map((_, k) => {{ {each} }})")
    for k, step in enumerate(animation.steps.steps):
        assert found[k] == [animation.steps.text(step), expected(animation, k)]
    assert page.evaluate(OUTSIDE) == []


@pytest.mark.parametrize("name", ["two uses", "layers", "inside layers"])
def test_no_box_tells_a_number_before_its_step(player: Any, name: str) -> None:
    animation = MADE[name]
    page = player(animation)
    said = """() => STEPS.map((_, k) => (go(k), stage(STEPS[k].view).boxes.map(({ group }) =>
        [group.getAttribute("aria-label"), group.querySelector("title").textContent])))"""
    members = page.evaluate(
        "() => views.map((one) => one.boxes.map((_, b) => membersOf(one, b)))"
    )
    done: set[int] = set()
    for k, labels in enumerate(page.evaluate(said)):
        step = animation.steps.steps[k]
        view, sums = step.move.view, animation.steps.gradients(k, step.move.view)
        done |= set(members[view][step.box]) if step.phase == "forward" else set()
        for box, (label, tooltip) in zip(
            animation.steps.pictures[view].boxes, labels, strict=True
        ):
            known = box.data is not None and done.issuperset(members[view][box.id])
            data = f", data {box.data!r}" if known else ""
            grad = f", grad {sums[box.id]!r}" if box.id in sums else ""
            assert label == tooltip
            assert label.startswith(box.name)
            assert (", data" in label, ", grad" in label) == (data != "", grad != "")
            assert data + grad in label


def test_the_last_step_shows_the_gradients_of_backward(player: Any) -> None:
    root = two_uses()
    page = player(animate(root))
    page.keyboard.press("End")
    root.backward()
    e, a = root.parents
    d, c = e.parents
    wanted = [f"grad {num(v.grad)}" for v in (a, d.parents[1], d, c, e, root)]
    assert [grad for _, grad in page.evaluate(BOXES)] == wanted


def test_the_keyboard_alone_plays_it(player: Any) -> None:
    animation = MADE["two uses"]
    page = player(animation)
    last, back = len(animation.steps.steps) - 1, animation.steps.backward
    for key, step in (
        ("ArrowRight", 1), ("End", last), ("ArrowRight", last), ("ArrowLeft", last - 1),
        ("b", back), ("Home", 0), ("ArrowLeft", 0),
    ):  # fmt: skip
        page.keyboard.press(key)
        assert at(page) == step, key
    page.keyboard.press("Tab")  # to the button of the step before
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # on the button: a click, once
    assert page.text_content("#play") == "Pause"
    page.keyboard.press("Space")
    assert page.text_content("#play") == "Play"
    page.focus("#slider")
    page.keyboard.press("ArrowRight")
    assert at(page) == 1
    for box in animation.steps.picture.boxes:
        page.focus(f"#b{box.id}")
        assert page.text_content("#about").startswith(f"{box.name}, ")


def test_play_runs_to_the_end_and_pauses_where_it_is(player: Any) -> None:
    animation = MADE["two uses"]
    page = player(animation)
    page.evaluate(SPED)
    assert at(page) == 0  # nothing moves unasked
    page.click("#play")
    assert page.get_attribute("#caption", "aria-live") == "off"
    until(lambda: at(page) >= 2)
    page.click("#play")
    here = at(page)
    time.sleep(0.15)
    assert at(page) == here
    page.select_option("#speed", label="fast")
    page.keyboard.press("Space")
    until(lambda: page.text_content("#play") == "Play")
    assert at(page) == len(animation.steps.steps) - 1
    assert page.get_attribute("#caption", "aria-live") == "polite"


def test_a_number_that_is_typed_changes_all_others(player: Any) -> None:
    page = player(MADE["two uses"])
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.select_option("#leaf", label="b")
    page.fill("#number", "5")
    root = two_uses()
    root.parents[0].parents[0].parents[1].data = 5.0
    assert page.text_content("#caption") == (
        "The gradient of d, 2, times b = 5 goes to a: 2 × 5 = 10. "
        "a is used twice, so both parts are added: 20 + 10 = 30"
    )
    assert page.evaluate(BOXES) == [
        ["data 2", "grad 30"], ["data 5", "grad ·"], ["data 10", "grad 2"],
        ["data 10", "grad 2"], ["data 20", "grad 2"], ["data 40", "grad 1"],
    ]  # fmt: skip
    page.focus("#b0")
    assert page.text_content("#about") == "a, leaf, data 2.0, grad 30.0"
    page.click("#reset")
    assert page.text_content("#caption").endswith("4 + −6 = −2")
    assert page.is_disabled("#reset")


@pytest.mark.parametrize("name", ["a network", "layers", "inside layers"])
def test_a_changed_leaf_gives_the_words_of_python(player: Any, name: str) -> None:
    animation = MADE[name]
    page = player(animation)
    leaf = next(b.node.id for b in animation.steps.picture.boxes if b.label == "x1")
    page.evaluate(f"TREE.edit({leaf}, 0.75)")
    x = [Value(0.75, label="x1"), Value(-2.0, label="x2")]
    loss = (MLP(2, [3, 1], activation="tanh", seed=3)(x) - 1.0) ** 2
    loss.label = "loss"
    by = "operation" if name.startswith("inside") else "call"
    wanted = animate(loss, fold=2 if "layers" in name else None, steps=by)
    found = page.evaluate("STEPS.map(said)")
    assert found == wanted.text.splitlines()
    assert page.evaluate(OUTSIDE) == []


def test_a_leaf_can_be_dragged(player: Any) -> None:
    page = player(MADE["two uses"])
    page.keyboard.press("End")
    box = page.locator("#b1").bounding_box()
    # Whole pixels, or their difference is rounded: the box swells for a moment.
    x, y = round(box["x"]) + 20, round(box["y"]) + 20
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 50, y)
    page.mouse.up()
    page.mouse.move(x + 150, y)  # no longer held
    assert page.evaluate("TREE.edited") == {"1": 0}  # −3 + 50 / 100 * 6
    assert page.input_value("#number") == "0"


def test_without_a_rule_it_says_why_and_plays(player: Any) -> None:
    page = player(MADE["no rule"])
    assert "Leaves cannot be changed here" in page.text_content("footer")
    assert page.query_selector("#leaf") is None
    page.keyboard.press("End")
    assert "= 0" in page.text_content("#caption")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_in_any_light(player: Any, scheme: str) -> None:
    page = player(MADE["a network"], color_scheme=scheme)
    names = "#view > svg:not([hidden]) .off :is(.label, .operation), #view > svg:not([hidden]) .rest text"
    assert min(pages.contrast(page, names).values()) >= 4.5  # before all steps
    assert page.evaluate(UNTOLD) == []
    page.keyboard.press("b")
    assert pages.axe(page) == []
    page.keyboard.press("End")
    seen = pages.contrast(page, "#view .node text, #caption, #about, #phase")
    assert min(seen.values()) >= 4.5
    assert pages.axe(page) == []


def test_it_is_whole_in_a_window_of_half_the_width(player: Any) -> None:
    page = player(MADE["two uses"], zoom=2.0)
    assert page.evaluate(WIDE) <= 0
    assert page.locator("#view svg").bounding_box()["height"] >= 150
    page.click("#fit")
    assert page.text_content("#fit") == "Follow"
    page.keyboard.press("End")
    last = page.locator("#b1").bounding_box()
    assert last["x"] >= 0


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("layers", (1920, 1080)),
        ("inside layers", (1280, 800)),
        ("a network", (390, 844)),
        ("inside layers", (390, 844)),
    ],
)
def test_large_type_follows_the_step(
    player: Any, name: str, size: tuple[int, int]
) -> None:
    page = player(MADE[name], reduced_motion=True)
    resize(page, *size)
    assert round(page.evaluate(TYPE), 2) >= 14
    for boxes in page.evaluate(SEEN):
        assert boxes[0] == "here"
        assert all(
            boxes[:2]
        )  # an arrow's two ends; of many operands what there is room for
        assert all(boxes) or size[0] == 390
    assert pages.axe(page) == []
    page.click("#fit")
    whole = page.locator("#view > svg:not([hidden])").bounding_box()
    assert whole["width"] <= size[0]
    assert whole["height"] <= size[1]
    assert page.evaluate("near.childElementCount") == 0


def test_the_picture_glides_to_the_step_only_where_motion_is_wanted(
    player: Any,
) -> None:
    for calm in (True, False):
        page = player(MADE["a network"], reduced_motion=calm)
        resize(page, 390, 844)
        page.evaluate("""() => { window.how = []; const by = view.scrollBy.bind(view);
            view.scrollBy = (to) => { how.push(to.behavior); by(to); }; }""")
        page.keyboard.press("End")
        assert set(page.evaluate("how")) == {"auto" if calm else "smooth"}


def resize(page: Any, width: int, height: int) -> None:
    """Give the window another size."""
    page.context.new_cdp_session(page).send(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
    )
    page.wait_for_function(f"innerWidth === {width}")


def test_the_switch_goes_on_with_the_same_node(player: Any) -> None:
    page = player(MADE["layers"])
    steps = MADE["inside layers"].steps
    assert page.input_value("#by") == "call"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.text_content("#caption") == "layers.0 turns x1, x2 into 3 outputs"
    page.focus("#by")
    page.keyboard.press("ArrowDown")
    assert page.input_value("#by") == "operation"
    assert page.text_content("#caption") == steps.text(steps.steps[2])
    assert page.evaluate("STEPS.length") == len(steps.steps)
    assert page.locator("#view > svg:visible").count() == 1
    frames = "#view > svg:not([hidden]) .frame text"
    assert page.locator(frames).all_text_contents() == ["MLP", "layers.0", "neurons.0"]
    assert pages.axe(page) == []
    page.select_option("#by", label="by call")
    assert page.text_content("#caption") == "layers.0 turns x1, x2 into 3 outputs"


def test_the_focus_stays_on_what_it_was_on_when_another_call_opens(
    player: Any,
) -> None:
    page = player(MADE["inside layers"])
    page.keyboard.press("End")
    page.focus("#view > svg:not([hidden]) .node[aria-label^='x1,']")
    seen = "document.activeElement.closest('svg').hasAttribute('hidden')"
    for _ in range(9):
        page.keyboard.press("ArrowLeft")
        assert not page.evaluate(seen)
        assert page.text_content("#about").startswith("x1, leaf")
    assert page.evaluate("STEPS[now].view") != page.evaluate("STEPS.at(-1).view")


def test_a_leaf_inside_a_call_can_be_changed(player: Any) -> None:
    page = player(MADE["inside layers"])
    page.select_option("#leaf", label="layers.0.neurons.1.w1")
    page.fill("#number", "0")
    page.keyboard.press("Tab")
    before = MADE["inside layers"].steps.picture.boxes[-1].data
    assert page.evaluate("nodes.data.at(-1)") != before
    page.click("#reset")
    assert page.evaluate("nodes.data.at(-1)") == before


def test_nothing_glides_where_motion_is_not_wanted(player: Any) -> None:
    page = player(MADE["two uses"], reduced_motion=True)
    page.keyboard.press("b")
    assert pages.moving(page) == []
    page = player(MADE["two uses"])
    page.keyboard.press("b")
    assert pages.moving(page)


def test_hundreds_of_steps_stay_quick(player: Any) -> None:
    total = Value(0.0, label="x")
    for k in range(90):
        total = total * 1.01 + total.tanh() * (k / 90)
    animation = animate(total, fold=None, max_nodes=None, sums=False)
    assert len(animation.steps.steps) > 700
    page = player(animation)
    spent = page.evaluate(
        "(() => { const t = performance.now(); go(STEPS.length - 1); go(0);"
        "for (let k = 0; k < 18; k++) go(BACK + k); return performance.now() - t })()"
    )
    assert spent / 20 < 200, f"{spent / 20:.0f} ms a step"


def test_it_plays_in_the_cell_of_a_notebook(page: Any, tmp_path: Path) -> None:
    cell = tmp_path / "cell.html"
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Cell</title>'
    cell.write_text(head + MADE["two uses"]._repr_html_(), "utf-8")
    pages.open(page, cell)
    frame = page.frame_locator("iframe")
    frame.locator("#backward").click()
    assert (
        frame.locator("#caption").text_content().startswith("The way back begins at L")
    )


def moments(page: Any) -> list[bytes]:
    """Return two pictures of what is on the page, a second apart."""
    first = page.screenshot()
    time.sleep(1.0)
    return [first, page.screenshot()]


def test_the_loop_moves_in_an_image(page: Any, tmp_path: Path) -> None:
    MADE["two uses"].save(tmp_path / "loop.svg")
    (tmp_path / "readme.html").write_text('<img alt="loop" src="loop.svg">', "utf-8")
    page.goto((tmp_path / "readme.html").as_uri())
    pages.troubles(page).clear()  # an image beside the page is asked for, as meant
    first, second = moments(page)
    assert first != second


def test_the_loop_is_complete_where_motion_is_not_wanted(
    page: Any, tmp_path: Path
) -> None:
    animation = MADE["two uses"]
    loop = Path(animation.save(tmp_path / "loop.svg"))
    pages.open(page, loop, reduced_motion=True)
    first, second = moments(page)
    assert first == second
    assert pages.moving(page) == []
    seen = page.evaluate(
        "[...document.querySelectorAll('text')]"
        ".filter((t) => getComputedStyle(t).opacity > 0).map((t) => t.textContent)"
    )
    for box in animation.steps.picture.boxes:
        assert f"grad {num(box.adjoint or 0.0)}" in seen
