"""The loop without a script: well-formed, complete where it stands still, and in order."""

import re
import xml.etree.ElementTree as ET

import hostile
import pytest
from test_animate import hostile_root

from dendrograd import Value
from dendrograd.nn import MLP
from dendrograd.viz import animate
from dendrograd.viz.player.motion import timed
from dendrograd.viz.text import num

SVG = "{http://www.w3.org/2000/svg}"
KEY = re.compile(r"@keyframes (\w+)\{((?:[\d.]+%\{[^}]*\})+)\}")
RULE = re.compile(r"([^{}]+)\{animation:(\w+) ([\d.]+)s linear infinite\}")


def two_uses():
    a, b, c = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c")
    return (a * b + c) * a


def networks():
    return MLP(2, [2, 1], activation="tanh", seed=1)([Value(1.0, label="x"), 2.0])


@pytest.fixture(params=[two_uses, networks, lambda: Value(1.0, label="x")])
def animation(request):
    return animate(request.param())


def style(svg):
    return "".join(s.text for s in ET.fromstring(svg).iter(f"{SVG}style"))


def test_it_is_a_picture_and_no_program(animation):
    root = ET.fromstring(animation.svg)
    tags = {e.tag.removeprefix(SVG) for e in root.iter()}
    assert tags <= {
        "svg", "title", "desc", "style", "rect", "g", "path", "polygon", "text",
    }  # fmt: skip
    names = {name for e in root.iter() for name in e.attrib}
    assert not [n for n in names if n.startswith("on") or "href" in n or n == "style"]
    assert "url(" not in animation.svg
    assert "@import" not in animation.svg


def test_hostile_labels_are_text_and_nothing_else():
    animation = animate(hostile_root(), fold=None)
    root = ET.fromstring(animation.svg)
    assert not list(root.iter(f"{SVG}script"))
    shown = {t.text for t in root.iter(f"{SVG}text")}
    for label in ("<b>bold</b>", "]]>", "&amp;", "\\\\"):
        assert label in hostile.LABELS
        assert label in shown
    assert "window" not in style(animation.svg)


def test_without_animations_it_is_the_complete_picture(animation):
    root = ET.fromstring(animation.svg)
    shown = [t.text for t in root.iter(f"{SVG}text") if t.get("opacity") != "0"]
    for box in animation.steps.picture.boxes:
        for kind, value in (("data", box.data), ("grad", box.adjoint)):
            if value is not None:
                assert f"{kind} {num(value)}" in shown
    assert "grad ·" not in shown
    captions = " ".join(animation.steps.text(step) for step in animation.steps.steps)
    assert not [text for text in shown if text in captions and " is " in text]


def test_all_that_moves_is_for_those_who_did_not_ask_for_less(animation):
    css = style(animation.svg)
    still, moving = css.split("@media (prefers-reduced-motion:no-preference){")
    assert "animation" not in still
    assert "@keyframes" not in still
    assert moving.count("{") == moving.count("}") - 1


def test_every_rule_moves_an_element_by_keys_that_run_from_start_to_end(animation):
    css = style(animation.svg)
    keys = {name: re.findall(r"([\d.]+)%", inside) for name, inside in KEY.findall(css)}
    for times in keys.values():
        moments = [float(t) for t in times]
        assert moments == sorted(moments)
        assert (moments[0], moments[-1]) == (0.0, 100.0)
    rules = RULE.findall(css)
    assert sorted(name for _, name, _ in rules) == sorted(keys)
    assert len({seconds for *_, seconds in rules}) == 1
    ids = {e.get("id") for e in ET.fromstring(animation.svg).iter()}
    classes = set(" ".join(re.findall(r'class="([^"]*)"', animation.svg)).split())
    for selectors, *_ in rules:
        named = re.findall(r"#(\w+)", selectors)
        assert any(name in ids for name in named)
        for name in re.findall(r"\.(\w+)", selectors):
            # A folded call of several outputs has no row of numbers to move.
            assert name in classes | {"data", "grad", "backward", "forward"}


def test_the_captions_follow_each_other_in_the_order_of_the_steps(animation):
    css, steps = style(animation.svg), animation.steps
    texts = list(ET.fromstring(animation.svg).iter(f"{SVG}text"))
    starts = []
    for k, step in enumerate(steps.steps):
        lines = [t.text.strip() for t in texts if t.get("class") == f"w{k}"]
        assert " ".join(lines) == steps.text(step)
        inside = re.search(rf"@keyframes \w+?w{k}\{{(.*?)\}}\}}", css)[1]
        starts.append(float(re.findall(r"([\d.]+)%\{opacity:1", inside)[0]))
    assert starts == sorted(set(starts))
    clock = timed(steps)
    assert list(clock.starts) == sorted(clock.starts)
    assert clock.end(len(steps.steps)) == clock.total


def test_the_partial_sums_are_seen_one_after_the_other():
    root = ET.fromstring(animate(two_uses()).svg)
    texts = [t for t in root.iter(f"{SVG}text") if (t.text or "").startswith("grad")]
    place = next((t.get("x"), t.get("y")) for t in texts if t.text == "grad −2")
    found = [t.text for t in texts if (t.get("x"), t.get("y")) == place]
    assert found == ["grad −2", "grad ·", "grad 4"]


def test_eight_boxes_fit_into_sixty_kilobytes():
    a, b, c = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c")
    root = ((a * b + c) * a).tanh() * 3
    assert len(animate(root).steps.picture.boxes) == 8
    assert len(animate(root).svg.encode()) < 60_000


def test_two_loops_on_one_page_do_not_move_each_other():
    ids = [
        {e.get("id") for e in ET.fromstring(animate(root).svg).iter()} - {None}
        for root in (two_uses(), networks())
    ]
    assert not ids[0] & ids[1]
