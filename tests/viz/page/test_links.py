"""Each name in the notes of a page leads to the box of its node."""

import json
import re

from graphs import programs
from hypothesis import given, settings

from dendrograd import Value, scope
from dendrograd.viz import draw, trace
from dendrograd.viz.formats.arrange import laid_out
from dendrograd.viz.model.auto import at_depth
from dendrograd.viz.model.fold import fold
from dendrograd.viz.model.frames import frames
from dendrograd.viz.model.labels import Look
from dendrograd.viz.page.links import linked, route
from dendrograd.viz.page.views import views


@given(programs(20))
@settings(max_examples=40, deadline=None)
def test_the_way_to_a_node_ends_at_the_box_that_is_it(root):
    graph, look = trace(root), Look()
    picture = fold(graph, scopes := frames(graph), at_depth(scopes, 1))
    held = views(picture, laid_out(picture, look), graph, look)
    for node in range(len(graph.nodes)):
        *outer, last = route(node, held)
        view = held[0]
        for box in outer:
            assert view.picture.boxes[box].kind == "call"
            view = held[view.opens[box]]
        box = view.picture.boxes[last]
        assert box.node is not None
        assert box.node.id == node


def test_notes_come_in_pieces_that_are_their_words():
    x = Value(0.0, label="x")
    with scope("f"):
        y = x.log() * 2
    y.backward()
    made = json.loads(re.search(r'id="data">(.*?)</script>', draw(y, fold=1).html)[1])[
        "notes"
    ]
    texts = ["".join(p if isinstance(p, str) else p[0] for p in note) for note in made]
    assert texts == draw(y, fold=1).notes
    named = [piece for note in made for piece in note if not isinstance(piece, str)]
    assert [name for name, _ in named] == ["log(x)", "x"]
    assert [len(way) for _, way in named] == [2, 1]  # into the call f, and right there


def test_a_node_that_no_box_shows_is_text_like_any_other():
    x = Value(-1.0, label="x")
    graph = trace(x.log())
    held = views(*_shown(graph), size=0)
    (note,) = linked(graph.notes[1:2], graph, held[:1])
    assert note[1] == ["log(x)", [1]]
    assert linked(["plain"], graph, held) == [["plain"]]


def _shown(graph):
    look = Look()
    picture = fold(graph, frames(graph), ())
    return picture, laid_out(picture, look), graph, look
