"""The rule of the page in JavaScript finds the coordinates that Python's does, bit by bit."""

import json
import math
import random
import shutil
import subprocess
from importlib.resources import files

import pytest
from graphs import programs
from hypothesis import Phase, given, settings

from dendrograd import Value, scope, sigmoid, tanh
from dendrograd.nn import MLP
from dendrograd.viz import trace
from dendrograd.viz.layout.rule import Door, coordinates
from dendrograd.viz.model.auto import at_depth
from dendrograd.viz.model.fold import fold
from dendrograd.viz.model.frames import frames
from dendrograd.viz.model.labels import Look
from dendrograd.viz.page.plans import plan_data
from dendrograd.viz.page.views import views

NODE = shutil.which("node")
PARTS = [
    files("dendrograd.viz.page").joinpath(f"{name}.js").read_text("utf-8")
    for name in ("rule", "route")
]
ASK = """
const { rankdir, cases } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const told = (got) => ({ sizes: got.sizes, spots: got.spots.map((p) => p ?? null), ports: got.ports,
  segments: got.segments.map((some) => some.map((s) => [s.points, s.arrows, s.last])),
  inner: [...got.inner].map(([box, one]) => [box, told(one)]) });
console.log(JSON.stringify(cases.map(([plans, sets]) =>
  sets.map((open) => told(solve(plans, 0, new Set(open), rankdir))))));
"""


def gates():
    x, h = Value(0.5, label="x"), Value(0.25, label="h")
    out = []
    for name, squash in (("i", sigmoid), ("f", sigmoid), ("o", sigmoid), ("g", tanh)):
        with scope(name):
            out.append(squash(x * 0.3 + h * 0.2 + 0.1))
    return out[0] * out[1] + out[2] * out[3]


def net():
    return MLP(2, [4, 3, 1], seed=3)([Value(0.7, label="a"), Value(-0.3, label="b")])


def held(root, rankdir="LR"):
    graph, look = trace(root), Look(rankdir=rankdir)
    places = frames(graph)
    picture = fold(graph, places, at_depth(places, 1))
    return views(picture, graph, look)


def solved(made, number, opened, upright):
    """Return the coordinates of a view by Python's rule, with those of all open in it."""
    view = made[number]
    plan, before = view.found.plan, view.found
    sizes = list(before.sizes[: plan.nesting.boxes])
    doors, inner = {}, []
    for box, child in sorted(view.opens.items()):
        if child not in opened:
            continue
        inside, told = solved(made, child, opened, upright)
        nesting = inside.plan.nesting
        group = inside.plan.frames[1]
        sizes[box] = inside.sizes[nesting.boxes + 1]
        ins = [inside.ports[port] for port in group.items[: group.level.entries]]
        arrows = [k for k, a in enumerate(view.picture.arrows) if a.dst == box]
        into = dict(zip(arrows, ins, strict=False))
        if ins:
            into = dict.fromkeys(arrows, ins[0]) | into
        out = inside.ports[group.items[-1]] if group.level.exits else None
        doors[box] = Door(into, out)
        inner.append([box, told])
    turned = [(h, w) if upright else (w, h) for w, h in sizes]
    found = coordinates(plan, turned, doors)
    top = 1 if view.parent else 0
    there = {item for g in plan.nesting.groups[top:] for item in g.members}
    return found, {
        "sizes": found.sizes,
        "spots": {item: found.spots[item] for item in there},
        "ports": found.ports,
        "segments": [
            [[s.points, s.arrows, s.last] for s in some] if k >= top else []
            for k, some in enumerate(found.segments)
        ],
        "inner": inner,
    }


def same(js, python, top):
    """Assert that two solutions have the same bits."""
    boxes = len(js["sizes"]) - len(js["segments"])
    mine, other = plain(python), js
    for k in range(len(js["sizes"])):
        if k != boxes or not top:  # what is outside of a view is not solved
            assert other["sizes"][k] == mine["sizes"][k]
    for item, spot in mine["spots"].items():
        assert other["spots"][int(item)] == spot
    for port, y in other["ports"].items():
        assert y == mine["ports"][port]
    assert other["segments"] == mine["segments"]
    assert len(other["inner"]) == len(mine["inner"])
    for (box, one), (own, two) in zip(other["inner"], mine["inner"], strict=True):
        assert box == own
        same(one, two, 1)


def plain(some):
    return json.loads(json.dumps(some))


@pytest.mark.skipif(NODE is None, reason="node is not on PATH")
@pytest.mark.parametrize("rankdir", ["LR", "TB", "BT"])
def test_javascript_places_random_sets_of_open_boxes_as_python_does(rankdir):
    dice = random.Random(rankdir)
    asked, known = [], []

    @given(programs(24))
    @settings(
        max_examples=15,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
    )
    def some(root):
        roots.append(root)

    roots = [gates(), net()]
    some()
    for root in roots:
        made = held(root, rankdir)
        plans = [plan_data(v.picture, v.found, v.opens, bool(v.parent)) for v in made]
        asked.append([plain(plans), []])
        for _ in range(4):
            opened = dice.sample(range(1, len(made)), dice.randint(0, len(made) - 1))
            asked[-1][1].append(opened)
            known.append((made, opened))
    told = subprocess.run(
        [NODE, "-e", '"use strict";' + "\n".join(PARTS) + ASK],
        input=json.dumps({"rankdir": rankdir, "cases": asked}),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    answers = [answer for case in json.loads(told) for answer in case]
    for answer, (made, opened) in zip(answers, known, strict=True):
        _, python = solved(made, 0, set(opened), rankdir in ("TB", "BT"))
        same(answer, python, 0)
    assert len(answers) > 50
    assert math.isfinite(answers[0]["sizes"][0][0])
