"""A page holds the inside of each box: true numbers, few of them, nothing that runs."""

import base64
import hashlib
import json
import math
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import hostile
import pytest
from graphs import programs
from hypothesis import given, settings

from dendrograd import Value, scope
from dendrograd.nn import MLP
from dendrograd.viz import draw, trace
from dendrograd.viz.formats.arrange import laid_out
from dendrograd.viz.model import grouping, parts
from dendrograd.viz.model.auto import at_depth
from dendrograd.viz.model.fold import fold
from dendrograd.viz.model.frames import frames
from dendrograd.viz.model.labels import Look
from dendrograd.viz.page.views import views

pytestmark = pytest.mark.long


def all_views(root, **limits):
    graph, look = trace(root), Look()
    places = frames(graph)
    picture = fold(graph, places, at_depth(places, 1))
    return views(picture, laid_out(picture, look), graph, look, **limits)


def conserved(picture):
    """Assert that what leaves each box adds up to its gradient, borders included."""
    into, out = picture.into(), picture.out()
    for box in picture.boxes:
        if box.id == picture.root or box.adjoint is None:
            continue
        arrows = out[box.id]
        if box.kind == "port" and box.operation == "out":
            arrows = into[box.id]
        terms = [arrow.contribution for arrow in arrows]
        size = sum(map(abs, terms), start=1.0)
        assert math.isclose(sum(terms), box.adjoint, rel_tol=1e-9, abs_tol=1e-12 * size)


@given(programs(24))
@settings(max_examples=60, deadline=None)
def test_in_every_view_what_leaves_a_box_adds_up_to_its_gradient(root):
    for view in all_views(root):
        conserved(view.picture)


@pytest.fixture
def crowded(monkeypatch):
    """Parts that are cut into blocks, or to their largest paths, early."""
    for name, value in {"MOST": 3, "COLUMN": 2}.items():
        monkeypatch.setattr(parts, name, value)
    for name, value in {
        "LEAST": 2,
        "BLOCKS": 2,
        "ROW_OF_LEAVES": 1,
        "SOURCES": 2,
    }.items():
        monkeypatch.setattr(grouping, name, value)


def test_blocks_and_largest_paths_add_up_too(crowded):
    @given(programs(24))
    @settings(max_examples=60, deadline=None)
    def check(root):
        for view in all_views(root):
            conserved(view.picture)

    check()


@given(programs(24))
@settings(max_examples=60, deadline=None)
def test_ports_hand_on_what_the_arrows_outside_carry(root):
    made = all_views(root)
    for view in made[1:]:
        number, box = view.parent
        outer = made[number].picture
        ports = [b for b in view.picture.boxes if b.kind == "port"]
        entering = [b.adjoint for b in ports if b.operation == "in"]
        leaving = [b.adjoint for b in ports if b.operation == "out"]
        outside = [a.contribution for a in outer.into()[box]]
        if len(outside) > parts.LANES:
            outside = [sum(outside)]
        assert entering == pytest.approx(outside, rel=1e-9, abs=1e-12, nan_ok=True)
        if out := [a.contribution for a in outer.out()[box]]:
            assert leaving == pytest.approx(
                [sum(out)], rel=1e-9, abs=1e-12, nan_ok=True
            )


@given(programs(20))
@settings(max_examples=60, deadline=None)
def test_every_node_of_a_small_tree_can_be_reached(root):
    made = all_views(root)
    alone = set()
    for view in made:
        assert not view.closed
        boxes = view.picture.boxes
        for node, place in zip(view.nodes, view.picture.places, strict=True):
            if boxes[place].kind != "call":
                alone.add(node)
    assert alone == set(range(len(trace(root).nodes)))


def net(sizes=(20, (30, 3))):
    count, layers = sizes
    model = MLP(count, list(layers), seed=0)
    xs = [Value(math.sin(i), label=f"x{i}") for i in range(count)]
    loss = sum((y - 0.5) ** 2 for y in model(xs))
    loss.label = "loss"
    loss.backward()
    return loss


def test_a_neuron_of_a_net_is_reached_and_no_view_is_large():
    made = all_views(net((60, (40, 10))))
    titles = [view.title for view in made]
    assert titles.count("neurons.0") == 2  # of both layers
    assert any("neurons.0 to neurons.7" in title for title in titles)
    for view in made[1:]:
        ports = sum(box.kind == "port" for box in view.picture.boxes)
        assert len(view.picture.boxes) <= parts.MOST + ports + 2
        assert [b.label for b in view.picture.boxes if b.kind == "rest"] == []


def test_parameters_that_several_calls_share_open_by_their_modules():
    model = MLP(2, [5, 1], seed=0)
    outputs = []
    for step in range(2):  # in scopes of their own, so the model lies beside them
        with scope(f"step {step}"):
            outputs.append(model([1.0, 2.0]))
    made = all_views(outputs[0] + outputs[1])
    inside = [{b.name for b in v.picture.boxes} for v in made if v.title == "MLP"]
    assert {"layers.0", "layers.1", "outside"} in inside
    for view in made:
        conserved(view.picture)


def test_of_a_neuron_by_hand_the_largest_paths_are_drawn():
    xs = [Value(math.sin(i), label=f"x{i}") for i in range(300)]
    with scope("neuron"):
        s = sum(Value(math.cos(i), label=f"w{i}") * x for i, x in enumerate(xs))
        y = s.tanh()
    inner = next(v for v in all_views(y) if v.title == "neuron").picture
    stubs = [box.label for box in inner.boxes if box.kind == "rest"]
    assert "296 more" in stubs
    conserved(inner)


def test_a_box_beyond_the_budget_says_what_shows_its_inside():
    made = all_views(net(), size=80)
    drawn = [len(v.picture.boxes) + len(v.picture.arrows) for v in made[1:]]
    assert sum(drawn) <= 80
    calls = [text for view in made for text in view.closed.values()]
    named = [re.search(r"expand=\['(.+)'\]", text) for text in calls]
    path = next(found[1] for found in named if found)
    assert draw(net(), expand=path).picture.boxes


def script_of(html):
    return re.search(r"<script>(.*)</script>", html, re.DOTALL)[1]


def test_the_policy_names_the_script_of_the_page():
    html = draw(net((3, (2, 2)))).html
    digest = hashlib.sha256(script_of(html).encode()).digest()
    assert f"'sha256-{base64.b64encode(digest).decode()}'" in html
    assert html.count("<script") == 2
    assert "innerHTML" not in html
    assert "eval(" not in html


class Names(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.ids = [], set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value for name, value in attrs if name == "id"]


def hostile_tree(operate=lambda x: x * 2.0):
    leaves = []
    for label in hostile.LABELS:
        x = Value(2.0, label=label)
        with scope(label), scope(label):
            leaves.append(operate(x))
    root = sum(leaves)
    root.label = "sum</svg>"
    root.backward()
    return root


@pytest.mark.parametrize("fold", [1, 2, None])
def test_hostile_labels_are_text_and_nothing_else(fold):
    html = draw(
        hostile_tree(), fold=fold, title="</title><script>pwned=1</script>"
    ).html
    tree = ET.fromstring(re.search(r"<svg id=.tree.*?</svg>", html, re.DOTALL)[0])
    assert not any("href" in name for one in tree.iter() for name in one.attrib)
    found = Names()
    found.feed(html)
    assert found.tags.count("script") == 2
    assert "img" not in found.tags
    assert not [name for name in found.attributes if name.startswith("on")]
    assert len(found.ids) == len(set(found.ids))
    json.loads(re.search(r'id="data">(.*?)</script>', html, re.DOTALL)[1])


def test_every_arrow_and_port_of_a_page_has_its_numbers():
    html = draw(net((4, (3, 2))), fold=1).html
    tree = ET.fromstring(re.search(r"<svg id=.tree.*?</svg>", html, re.DOTALL)[0])
    for one in tree.iter():
        kind = one.get("class", "").split()
        if "arrow" in kind:
            assert {"data-src", "data-dst", "data-contribution"} <= set(one.keys())
        if "view" in kind:
            assert one.get("hidden") == ""
