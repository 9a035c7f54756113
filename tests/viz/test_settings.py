"""A setting of draw or explain that means nothing is told by its name, and what it is."""

import re

import pytest

from dendrograd import Value, no_grad
from dendrograd.errors import OperandError
from dendrograd.viz import animate, draw, draw_dot, explain

WRONG = [
    *({"max_nodes": bad} for bad in (-5, 0, 2.5, True, "x")),
    *({"expand": bad} for bad in (5, None, [3], {"f": 1, 2: 3})),
    *({"values": bad} for bad in ("no", 1, None)),
    *({"k": bad} for bad in (1.5, 0, True, "a", None)),
    {"title": 5},
    {"focus": []},
    {"grad": "mine"},
    {"color": "red"},
    *({"names": bad} for bad in ("no", 1, None)),
]


def product():
    a = Value(2.0, label="a")
    return a, a * 3


@pytest.mark.parametrize("setting", WRONG, ids=str)
def test_a_wrong_setting_is_told_by_its_name_and_its_value(setting):
    ((name, value),) = setting.items()
    said = re.escape(f"draw: {name}={value!r}")
    with pytest.raises(ValueError, match=said):
        draw(product()[1], **setting)


@pytest.mark.parametrize("bad", [-5, 0, 2.5, True, "x"])
def test_draw_dot_takes_a_number_of_boxes(bad):
    said = re.escape(f"draw_dot: max_nodes={bad!r}; it is the most boxes, 1 or more")
    with pytest.raises(ValueError, match=said):
        draw_dot(product()[1], max_nodes=bad)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"format": 5}, "draw_dot: format=5; use a name"),
        ({"format": None}, "draw_dot: format=None; use a name"),
        ({"format": "neato"}, "neato"),
        ({"rankdir": 5}, "draw_dot: rankdir 5 is not a direction"),
        ({"rankdir": ["LR"]}, "is not a direction"),
    ],
)
def test_draw_dot_tells_a_format_and_a_direction_that_are_none(setting, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        draw_dot(product()[1], **setting)


@pytest.mark.parametrize("focus", [3.0, "a", [3.0]])
def test_focus_takes_values(focus):
    with pytest.raises(OperandError, match="draw: focus takes Values, not the"):
        draw(product()[1], focus=focus)


@pytest.mark.parametrize("k", [1.5, "a", True, 0, -1])
def test_explain_takes_a_whole_number_of_paths(k):
    a, y = product()
    with pytest.raises(
        ValueError, match=re.escape(f"explain: k={k!r}; it is how many")
    ):
        explain(y, a, k=k)


def test_names_to_open_may_come_one_by_one():
    with pytest.raises(ValueError, match="expand='f' names no frame"):
        draw(product()[1], expand=(name for name in ["f"]))


def test_draw_writes_the_file_that_it_is_given(tmp_path):
    y = product()[1]
    diagram = draw(y, tmp_path / "y.svg")
    assert (tmp_path / "y.svg").read_text("utf-8") == diagram.svg
    draw(y, filename=str(tmp_path / "y.txt"))
    assert (tmp_path / "y.txt").read_text("utf-8").startswith("a ")


def test_saving_makes_no_folder(tmp_path):
    y = product()[1]
    missing = tmp_path / "no" / "y.svg"
    for save in (draw(y).save, animate(y).save):
        with pytest.raises(FileNotFoundError, match=r"No such file.*y\.svg"):
            save(missing)
    assert list(tmp_path.iterdir()) == []


def test_a_name_without_an_ending_is_told(tmp_path):
    with pytest.raises(ValueError, match=r"'noext' has no ending .*\.svg, \.html"):
        draw(product()[1]).save("noext")


def test_several_roots_share_a_picture_whose_gradients_are_those_of_their_sum():
    a = Value(2.0, label="a")
    price, delta = a * a, a * 3
    price.label, delta.label = "price", "delta"
    for roots in ([price, delta], (price, delta, price)):
        boxes = {box.name: box for box in draw(list(roots)).picture.boxes}
        assert {"a", "price", "delta"} <= boxes.keys()
        assert boxes["a"].adjoint == 7.0 + 4.0 * (len(roots) - 2)
    assert draw([price]).svg == draw(price).svg
    assert draw([price, delta]).notes[0].startswith("backward() has not run")
    price.backward()
    delta.backward()
    assert draw([price, delta]).notes == []
    with no_grad():
        assert len(draw([price, delta]).picture.boxes) == 4


def test_no_root_and_a_root_that_is_no_value_are_told():
    with pytest.raises(ValueError, match="no root in"):
        draw([])
    with pytest.raises(OperandError, match="several roots are Values, not the float"):
        draw([product()[1], 3.0])
