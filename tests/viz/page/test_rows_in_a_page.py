"""A page lays out in the rows that a picture has, by the same arithmetic in JavaScript."""

import json
import shutil
import subprocess
from importlib.resources import files

import pytest

from dendrograd import Value, scope
from dendrograd.viz import draw, trace
from dendrograd.viz.formats.arrange import laid_out, planned_for, wrapped
from dendrograd.viz.layout.rows import in_rows
from dendrograd.viz.model.frames import frames
from dendrograd.viz.model.labels import Look
from dendrograd.viz.model.picture import pictured
from dendrograd.viz.page.plans import cut_columns, plan_data

NODE = shutil.which("node")
SCRIPT = "\n".join(
    files("dendrograd.viz.page").joinpath(f"{name}.js").read_text("utf-8")
    for name in ("rule", "route", "rows", "placed")
)
ASK = """
const [plan, cuts] = JSON.parse(require("fs").readFileSync(0, "utf8"));
data = { rankdir: "LR" };
const { size, boxes, frames, lines } =
  inRows(standing(solve([plan], 0, new Set(), "LR")), plan, cuts);
const rect = ({ x, y, w, h }) => [x, y, w, h];
console.log(JSON.stringify({ size, boxes: [...boxes].sort(([a], [b]) => a - b).map(([, r]) => rect(r)),
  frames: [...frames].sort(([a], [b]) => a - b).map(([, r]) => rect(r)),
  lines: lines.map((one) => [one.points, one.arrows, one.last]) }));
"""


def horner(degree=12):
    x = Value(0.9, label="x")
    total = Value(1.0, label="c")
    for k in range(degree):
        total = total * x + Value(0.1 * k, label=f"c{k}")
    return total


def recurrence():
    x, h = Value(0.5, label="x"), Value(0.25, label="h")
    w = Value(0.3, label="w")
    for step in range(7):
        with scope(f"step {step}"):
            h = (w * h + x).tanh()
    return h * h + x


@pytest.mark.skipif(NODE is None, reason="node is not on PATH")
@pytest.mark.parametrize("rows", [2, 3])
@pytest.mark.parametrize("made", [horner, recurrence])
def test_javascript_cuts_into_the_rows_that_python_does(made, rows):
    graph, look = trace(made()), Look()
    picture = pictured(graph, frames(graph))
    layout = in_rows(laid_out(picture, look), rows)
    found = planned_for(picture, look)
    plan = plan_data(picture, found, {}, inner=False)
    run = subprocess.run(
        ["node", "-e", f"let data;\n{SCRIPT}\n{ASK}"],
        input=json.dumps([plan, cut_columns(found, layout.cuts)]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)

    def rects(some):
        return [[r.left, r.top, r.width, r.height] for r in some]

    assert told["size"] == {"w": layout.width, "h": layout.height}
    assert told["boxes"] == rects(layout.boxes)
    order = sorted(picture.titles, key=len)
    assert told["frames"] == rects(layout.frames[path] for path in order)
    lines = [[s.points, s.arrows, s.last] for s in layout.segments]
    assert sorted(told["lines"]) == sorted(json.loads(json.dumps(lines)))


def test_a_page_that_is_wider_for_its_room_has_rows_of_its_own():
    root = horner()
    root.backward()
    diagram = draw(root)
    page = diagram.drawn.with_derivatives().with_room(13)
    assert len(page.layout.cuts) >= len(diagram.layout.cuts) > 0
    assert wrapped(laid_out(page.picture, page.look), page.look) == page.layout
    cuts = json.loads(diagram.html.split('id="data">')[1].split("</script>")[0])["cuts"]
    assert cuts == cut_columns(planned_for(page.picture, page.look), page.layout.cuts)


def test_what_was_asked_for_whole_is_one_row():
    assert draw(horner(), max_nodes=None).layout.cuts == ()
    assert draw(horner(), fold=None).drawn.with_room(13).layout.cuts == ()
