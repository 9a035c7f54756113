"""Nothing is lost on the way to a page: each node is in a box, each label is named."""

from __future__ import annotations

import re
from collections import Counter
from xml.etree import ElementTree

import pytest
from graphs import programs
from hypothesis import given, settings

from dendrograd import Value, scope, toposort
from dendrograd.viz import animate, draw


def labelled(root):
    """Give every third node a label; return the labels."""
    some = toposort(root)[::3]
    for number, value in enumerate(some):
        value.label = f"v{number}"
    return {value.label for value in some}


def named(diagram):
    """Return all words in the texts and titles of a picture."""
    elements = ElementTree.fromstring(diagram.svg).iter()
    return set(re.findall(r"\w+", " ".join(e.text or "" for e in elements)))


@settings(max_examples=40)
@given(programs())
def test_each_node_is_in_a_box_and_each_label_is_named(root):
    labels = labelled(root)
    for options in ({}, {"fold": 1}, {"fold": 2, "sums": True}, {"max_nodes": None}):
        diagram = draw(root, **options)
        picture = diagram.picture
        held = Counter(picture.places)
        assert -1 not in held
        assert all(box.nodes == held[box.id] for box in picture.boxes)
        assert labels <= named(diagram)


def recurrence(steps, name=""):
    w, h, x = Value(0.5, label="w"), Value(0.1, label="h0"), Value(0.3, label="x0")
    for step in range(steps):
        if name:
            with scope(f"{name} {step}"):
                h = (w * h + x).tanh()
        else:
            h = (w * h + x).tanh()
    h.label = "h"
    return h


@pytest.mark.parametrize("steps", [4, 6, 15])
def test_a_recurrence_keeps_its_variables(steps):
    diagram = draw(recurrence(steps))
    labels = {box.label for box in diagram.picture.boxes}
    assert {"w", "h0", "x0", "h"} <= labels
    assert not any(box.kind == "rest" for box in diagram.picture.boxes)
    assert 0.8 * diagram.layout.width <= 1576


def test_a_long_program_is_folded_by_its_own_calls_which_blocks_name():
    few = draw(recurrence(30, "rk")).picture.boxes
    calls = [box.label for box in few if box.kind == "call"]
    assert calls[0] == "rk 0"
    assert calls[-1] == "rk 29 → h"
    many = draw(recurrence(400, "rk")).picture.boxes
    calls = [box.label for box in many if box.kind == "call"]
    assert calls[0] == "rk 0 to rk 49"
    assert calls[-1] == "rk 350 to rk 399 → h"


def test_titles_have_the_name_of_the_root():
    root = recurrence(30, "cell")
    assert draw(root).title == "computational tree of h"
    assert animate(root).title == "back-propagation of h"


def test_a_stub_stands_as_no_operand_in_the_player():
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    text = animate((a * b).tanh() * (a + b), focus=b, k=1).text
    assert "more" in text
    assert not re.search(r"\([^)]*\d more", text)


def test_boxes_have_the_names_of_notes_and_explanations_on_demand():
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    root = (a * b).tanh() + a
    names = {f"n{number}" for number in (2, 3, 4)}
    assert not names & named_boxes(draw(root))
    assert names | {"a", "b"} == named_boxes(draw(root, names=True))


def named_boxes(diagram):
    """Return the bold texts of the boxes."""
    elements = ElementTree.fromstring(diagram.svg).iter()
    return {e.text for e in elements if e.get("class") == "label"}
