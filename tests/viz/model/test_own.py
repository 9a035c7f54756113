"""What pictures say of `.grad`, in each state that a lesson brings it into."""

import re

import pytest
from hypothesis import given

from dendrograd import Value, scope
from dendrograd.viz import draw, trace, tree
from dendrograd.viz.model.own import mode
from tests.viz.graphs import roots


def lesson():
    """Return L = (a*b + c) * f and its nodes, as the lecture builds it."""
    a, b, c, f = (
        Value(x, label=n) for x, n in zip((2.0, -3.0, 10.0, -2.0), "abcf", strict=True)
    )
    e = a * b
    d = e + c
    L = d * f
    e.label, d.label, L.label = "e", "d", "L"
    return L, d, e, {"a": a, "b": b, "c": c, "f": f}


def rows(diagram):
    """Return what the boxes of the SVG show below their data, by their labels."""
    found = {}
    for group in re.findall(r'<g id="b\d+".*?</g>', diagram.svg, re.DOTALL):
        texts = re.findall(r'class="(\w+)"[^>]*>([^<]*)</text>', group)
        said = [t for kind, t in texts if kind in ("grad", "true", "norm")]
        found[next(t for kind, t in texts if kind == "label")] = said
    return found


def colours(svg):
    boxes = set(re.findall(r'class="box (\w+)"', svg))
    return boxes | set(re.findall(r'class="(?:arrow|trunk|tip) (\w+)', svg))


def test_before_backward_nothing_tells_a_derivative():
    L, *_ = lesson()
    diagram = draw(L)
    assert rows(diagram) == {n: ["grad 0"] for n in "abcefdL"}
    assert colours(diagram.svg) == {"zero", "flat"}
    assert len(set(re.findall(r'class="arrow flat"[^>]*stroke-width="(\S+)"', diagram.svg))) == 1  # fmt: skip
    shown = re.sub(r'data-[a-z]+="[^"]*"', "", diagram.svg)  # what nobody is shown
    assert re.findall(r"grad (?:−|-)?[1-9][^<\"]*|d L / d", shown) == []
    text = diagram.pipe("txt", "utf-8") + diagram.pipe("mermaid", "utf-8") + tree(L)
    assert set(re.findall(r"grad ([^\s<,\"]+)", text.replace("grad is still", ""))) <= {
        "0", '=#34', "=",
    }  # fmt: skip
    assert not re.search(r"adds|d root / d node", diagram.source)
    assert diagram.notes[0] == "backward() has not run: every grad is still 0"


def test_a_sweep_by_hand_shows_each_gradient_when_its_turn_has_come():
    L, d, e, leaves = lesson()
    L.grad = 1.0
    seen = []
    for node in (L, d, e):
        seen.append({n: r for n, r in rows(draw(L)).items() if r != ["grad 0"]})
        assert "a sweep by hand" in draw(L).notes[0]
        assert "true" not in tree(L).partition("note")[0]
        node._backward()
    seen.append(rows(draw(L)))
    at_last = {"a": ["grad 6"], "b": ["grad −4"], "c": ["grad −2"], "e": ["grad −2"]}
    assert seen[0] == {"L": ["grad 1"]}
    assert seen[1] == {"L": ["grad 1"], "d": ["grad −2"], "f": ["grad 4"]}
    assert seen[2] == seen[1] | {n: at_last[n] for n in "ec"}
    assert seen[3] == seen[2] | at_last
    assert draw(L).notes == []
    assert leaves["a"].grad == 6.0


def test_what_a_sweep_by_hand_has_not_reached_has_no_colour():
    L, *_ = lesson()
    L.grad = 1.0
    svg = draw(L).svg
    assert colours(svg) == {"zero", "flat", "positive0"}
    assert rows(draw(L, grad="true"))["a"] == ["grad 6"]


def test_gradients_summed_twice_are_shown_beside_the_derivative_with_the_cause():
    L, *_ = lesson()
    L.backward()
    L.grad = 0.0
    L.backward()
    diagram = draw(L)
    assert rows(diagram)["c"] == ["grad −4", "true −2"]
    assert "grad -4.0, true derivative -2.0" in diagram.svg
    assert "c: data 10, grad −4, true −2" in tree(L)
    assert "backward() ran 2 times" in diagram.notes[0]
    assert "true is d root / d node" in diagram.notes[1]
    assert rows(draw(L, grad="true"))["c"] == ["grad −2"]


def test_zero_grad_is_told_from_a_sweep_by_hand():
    L, _, _, leaves = lesson()
    L.backward()
    for name in "ab":  # as a model does it with its parameters
        leaves[name].grad = 0.0
    assert mode(trace(L)) == "hand"  # nobody can tell: e may not have had its turn
    leaves["c"].grad = leaves["f"].grad = 0.0
    diagram = draw(L)
    assert rows(diagram)["a"] == ["grad 0", "true 6"]
    assert "after zero_grad()" in diagram.notes[0]
    leaves["a"].grad = 6.0  # its product has handed on, so b was set to 0
    assert rows(draw(L))["b"] == ["grad 0", "true −4"]


def test_the_norm_in_a_folded_box_is_that_of_grad():
    with scope("f"):
        w = [Value(3.0), Value(4.0)]
        outs = [v * 1.0 for v in w]
    y = outs[0] * outs[1]
    assert rows(draw(y, fold=1))["f"] == ["‖grad‖ 0"]
    y.backward()
    assert rows(draw(y, fold=1))["f"] == ["‖grad‖ 5"]
    w[0].grad = w[1].grad = 0.0
    assert rows(draw(y, fold=1))["f"] == ["‖grad‖ 0"]


@given(roots())
def test_after_backward_a_picture_is_the_one_of_true_derivatives(root):
    root.backward()
    graph = trace(root)
    assert mode(graph) == "own"  # the root's is 1
    of_zero = r"(?<![\d.])-0\.0(?!\d)"  # 0 + -0 is 0, where the derivative is -0
    shown, true = (
        re.sub(of_zero, "0.0", "".join(re.findall("<title>.*", draw(root, **how).svg)))
        for how in ({}, {"grad": "true"})
    )
    assert shown == true


def test_a_gradient_that_cannot_be_asked_for_is_told_by_name():
    with pytest.raises(ValueError, match=r"draw: grad='mine'; use one of"):
        draw(Value(1.0), grad="mine")


def test_pages_show_derivatives_whatever_has_run():
    L, *_ = lesson()
    page = draw(L).html
    assert ">grad 6<" in page
    assert "computed anew" in page
