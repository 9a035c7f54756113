"""What `draw` makes of a tree: it fits a page, says what it did, and refuses nonsense."""

import re
from collections import defaultdict
from html.parser import HTMLParser
from xml.etree import ElementTree

import hostile
import pytest
from graphs import programs
from hypothesis import given, settings

from dendrograd import Value, scope
from dendrograd.errors import OperandError
from dendrograd.nn import MLP, cross_entropy
from dendrograd.viz import Diagram, animate, draw

SVG = "{http://www.w3.org/2000/svg}"


def network(inputs, sizes):
    model = MLP(inputs, sizes, seed=0)
    xs = [Value(i / inputs, label=f"x{i}") for i in range(inputs)]
    loss = cross_entropy(model(xs), 1)
    loss.label = "loss"
    loss.backward()
    return loss


def chain(length):
    y = Value(0.5, label="x")
    for _ in range(length):
        y = (y * 1.01).tanh()
    return y


def shared(length):
    a, b = Value(0.5, label="a"), Value(0.2, label="b")
    for _ in range(length):
        a, b = (a * b + a).tanh(), (b - a * 0.1).sin()
    return a * b


LARGE = {
    "demo": lambda: network(4, [8, 3]),
    "micrograd": lambda: network(4, [16, 16, 2]),
    "wide": lambda: network(300, [20, 4]),
    "chain": lambda: chain(2000),
    "shared": lambda: shared(300),
    "many leaves": lambda: sum(Value(float(i), label=f"v{i}") ** 2 for i in range(400)),
}


class Tags(HTMLParser):
    """The elements and the attributes of a page, as a browser reads them."""

    def __init__(self, text):
        super().__init__()
        self.found, self.names = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.add(tag)
        self.names.update(name for name, _ in attrs)


def read(diagram):
    return ElementTree.fromstring(diagram.svg)


def nodes(svg):
    return [g for g in svg.iter(f"{SVG}g") if "node" in g.get("class", "").split()]


@pytest.mark.parametrize("name", LARGE)
def test_a_default_picture_fits_a_page_in_print_that_can_be_read(name):
    diagram = draw(LARGE[name]())
    svg = read(diagram)
    assert 0.8 * int(svg.get("width")) <= 1600
    assert 0.8 * int(svg.get("height")) <= 1000
    prints = [float(e.get("font-size")) for e in svg.iter() if e.get("font-size")]
    assert min(prints) >= 10
    assert not any(e.get("transform", "").startswith("scale") for e in svg.iter())
    assert "max_nodes=None" in diagram.notes[-1]
    assert len(diagram.picture.boxes) > 3


@settings(max_examples=40)
@given(programs())
def test_the_numbers_in_the_file_add_up(root):
    svg = read(draw(root, fold=1))
    flow = defaultdict(float)
    for path in svg.iter(f"{SVG}path"):
        if path.get("data-contribution"):
            flow[path.get("data-src")] += float(path.get("data-contribution"))
    for node in nodes(svg):
        if node.get("data-grad") and "root" not in node.get("class").split():
            total, grad = flow[node.get("data-id")], float(node.get("data-grad"))
            assert total == pytest.approx(grad, rel=1e-9, abs=1e-12)


def test_a_small_tree_is_drawn_whole_without_a_note():
    x = Value(3.0, label="x")
    y = x * x + x
    y.backward()
    diagram = draw(y)
    assert (diagram.notes, len(nodes(read(diagram)))) == ([], 3)


def test_stale_gradients_are_told_and_the_true_ones_are_shown_when_asked_for():
    x = Value(3.0, label="x")
    diagram = draw(x * x, grad="true")
    assert "backward() has not run" in diagram.notes[0]
    assert diagram.notes[1] == "the grad in each box is d root / d node, computed anew"
    assert "grad 6" in diagram.svg


def test_inputs_and_neurons_stand_in_their_order_and_layers_one_after_another():
    diagram = draw(network(4, [3, 3, 2]), fold=3)
    where = {}
    for box, rect in zip(diagram.picture.boxes, diagram.layout.boxes, strict=True):
        around = "/".join(
            "".join(diagram.picture.titles[box.path[: d + 1]])
            for d in range(len(box.path))
        )
        where[f"{around}/{box.label}"] = rect
    for k in range(3):
        assert where[f"/x{k}"].top < where[f"/x{k + 1}"].top
    for layer in range(2):
        here = where[f"MLP/layers.{layer}/neurons.0"]
        assert here.right < where[f"MLP/layers.{layer + 1}/neurons.0"].left
        assert here.top < where[f"MLP/layers.{layer}/neurons.1"].top


def test_fold_names_a_depth_and_expand_opens_a_frame_by_its_name():
    loss = network(2, [2, 2])
    kinds = [
        box.label for box in draw(loss, fold=1).picture.boxes if box.kind == "call"
    ]
    assert kinds == ["MLP"]
    opened = draw(loss, fold=1, expand=["MLP/layers.1"]).picture.boxes
    calls = [box.label for box in opened if box.kind == "call"]
    assert calls == ["layers.0", "neurons.0", "neurons.1"]
    with pytest.raises(ValueError, match=r"expand='layers.1' names no frame .* 'MLP'"):
        draw(loss, expand=["layers.1"])


def test_focus_draws_the_largest_paths_and_stubs_tell_how_much_was_cut():
    loss = network(4, [6, 3])
    first = min(loss_leaves(loss), key=lambda v: v.label)
    diagram = draw(loss, focus=first, k=2)
    boxes = diagram.picture.boxes
    assert any(box.label == first.label for box in boxes)
    assert any(box.kind == "rest" for box in boxes)
    assert any(arrow.strong for arrow in diagram.picture.arrows)
    assert diagram.notes[-1].startswith("the 2 largest gradient paths are drawn")


def loss_leaves(loss):
    from dendrograd import toposort

    return [v for v in toposort(loss) if not v.parents and v.label.startswith("x")]


def test_max_nodes_cuts_what_the_user_laid_open_and_none_draws_all():
    root = shared(60)
    cut = draw(root, fold=None, max_nodes=50)
    assert len(cut.picture.boxes) <= 50
    assert "draw(root, max_nodes=None) shows all" in cut.notes[-1]
    assert len(draw(root, max_nodes=None, sums=False).picture.boxes) == 6 * 60 + 3


@pytest.mark.parametrize("rankdir", ["LR", "RL", "TB", "BT"])
def test_data_flow_in_every_direction(rankdir):
    x = Value(3.0, label="x")
    layout = draw(x.tanh(), rankdir=rankdir).layout
    first, last = layout.boxes
    flows = {
        "LR": first.right < last.left,
        "RL": last.right < first.left,
        "TB": first.bottom < last.top,
        "BT": last.bottom < first.top,
    }
    assert flows[rankdir]


@pytest.mark.parametrize("label", hostile.LABELS)
def test_a_label_is_text_and_nothing_else(label):
    x = Value(2.0, label=label)
    with scope(label):
        y = x.tanh()
    y.label = label
    diagram = draw(y, title=label)
    for text in (diagram.svg, diagram.html):
        tags = Tags(text)
        assert not tags.found & {"a", "b", "img", "iframe", "foreignobject", "table"}
        assert not [name for name in tags.names if re.match("on|href|xlink", name)]
    svg = read(diagram)
    assert [e.tag for e in svg.iter() if e.tag in (f"{SVG}script", f"{SVG}a")] == []
    shown = [e.text or "" for e in svg.iter(f"{SVG}title")]
    seen = " ".join(hostile.seen(label).split())[:10]
    assert any(seen in " ".join(text.split()) for text in shown)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rankdir": "left"}, "rankdir 'left'"),
        ({"engine": "neato"}, "engine='neato'"),
        ({"theme": "blue"}, "theme='blue'"),
        ({"locals": "some"}, "locals='some'"),
        ({"sums": "no"}, "sums='no'"),
        ({"fold": -1}, "fold=-1"),
        ({"fold": True}, "fold=True"),
        ({"k": 0}, "k=0"),
        ({"focus": Value(1.0)}, "is not part of what root was computed from"),
    ],
)
def test_a_setting_that_does_not_exist_is_refused(options, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        draw(Value(1.0) * 2, **options)


def test_what_is_not_a_value_is_refused():
    with pytest.raises(OperandError, match="not the dict"):
        draw({"loss": Value(1.0)})
    with pytest.raises(OperandError, match="focus takes Values, not the str 'x'"):
        draw(Value(1.0) * 2, focus=["x"])


def test_a_theme_can_be_pinned():
    x = Value(2.0, label="x")
    auto, light, dark = (draw(x * x, theme=t).svg for t in ("auto", "light", "dark"))
    assert "light-dark(" in auto
    assert "color-scheme" not in light + dark
    assert 'fill="#FFFFFF"' in light
    assert 'fill="#0D1117"' in dark


def test_a_diagram_tells_what_it_is():
    diagram = draw(Value(2.0, label="x") * 3)
    assert isinstance(diagram, Diagram)
    assert repr(diagram) == "<Diagram: computational tree of x * 3, 2 boxes, 1 arrows>"


def test_pictures_that_differ_in_style_alone_have_ids_of_their_own():
    x = Value(3.0, label="x")
    y, themes = x * x, ("auto", "light", "dark")
    for write in (
        lambda theme: draw(y, theme=theme).svg,
        lambda theme: animate(y, theme=theme).svg,
        lambda theme: animate(y, theme=theme, rankdir="TB").svg,
    ):
        ids = {ElementTree.fromstring(write(theme)).get("id") for theme in themes}
        assert len(ids) == len(themes)


def test_a_light_picture_is_light_beside_one_that_follows_the_system():
    x = Value(3.0, label="x")
    y = x * x
    dark = draw(y).svg.partition("@supports")[2].partition("</style>")[0]
    rules = set(re.findall(r"#(g[0-9a-f]{8}) ", dark))
    assert len(rules) == 1
    assert f'id="{rules.pop()}"' not in draw(y, theme="light").svg
