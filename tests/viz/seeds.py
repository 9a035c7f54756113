"""Pictures of every kind, each drawn from labels and scopes that invite a set.

As a program it draws them all and prints {kind: text} as JSON: `test_hash_seeds.py`
runs it in processes that order their sets differently.
"""

import json
import random
import sys
from itertools import pairwise

from trained import loss_of, trained

from dendrograd import Value, scope
from dendrograd.nn import MLP
from dendrograd.viz import animate, draw, draw_dot
from dendrograd.viz.diagram import FORMATS
from dendrograd.viz.layout.layered import layered


def calls():
    """Return the root of a tree with scopes of the same name, one entered again."""
    xs = [Value(i / 7, label=f"x{i}|<>") for i in range(9)]
    for name in ("outer", "other", "outer"):
        with scope(name), scope("inner"):
            xs = [(x * y - 2 * x).tanh() for x, y in pairwise(xs)]
    root = sum(xs)
    root.backward()
    return root


def formats():
    """Return every format that needs no other program, with several options."""
    root = calls()
    return "".join(
        draw(root, **options).pipe(format, encoding="utf-8")
        for options in (
            {},
            {"fold": 1},
            {"max_nodes": None},
            {"focus": root.parents[0]},
        )
        for format, row in FORMATS.items()
        if not row.needs_dot
    )


def dot():
    return draw_dot(calls()).source


def page():
    xs = [Value(i / 9, label=f"x{i}") for i in range(9)]
    return draw(sum(MLP(9, [9, 4], seed=1)(xs)), fold=1).html


def player():
    made = animate(MLP(2, [2, 1], seed=1)([Value(1.0, label="x"), 2.0]))
    return made.html + made.svg


def layout():
    pick = random.Random(3)
    arrows = [(pick.randrange(k), k) for k in range(1, 60) for _ in range(2)]
    paths = [(f"f{k // 20}",) if k % 20 > 3 else () for k in range(60)]
    return repr(layered([(40.0 + k % 7, 30.0) for k in range(60)], arrows, paths))


def report():
    model, report = trained(epochs=2)
    return report.html(loss_of(model))


KINDS = {f.__name__: f for f in (formats, dot, page, player, layout, report)}

if __name__ == "__main__":
    json.dump({kind: f() for kind, f in KINDS.items()}, sys.stdout)
