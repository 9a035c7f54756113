"""The page finds where inf and nan begin, and what they go through, as Python does."""

import json
import math
import random
import re
import shutil
import subprocess
from importlib.resources import files

import pytest

from dendrograd import Value
from dendrograd.viz import trace
from dendrograd.viz.model.broken import ways

PAGE = files("dendrograd.viz.page")


def function(file, name):
    """Return one function of a script, which ends at the first brace of a line's own."""
    text = PAGE.joinpath(file).read_text("utf-8")
    return re.search(rf"(?ms)^function {name}\(.*?^}}", text)[0]


def program(seed):
    pick = random.Random(seed)
    nodes = [Value(pick.choice([-1.5, 0.0, 2.0, 1e308])) for _ in range(3)]
    for _ in range(9):
        a, b = pick.choice(nodes), pick.choice(nodes[-4:])
        steps = [a * b, a.log(), b.exp(), a / b if b.data else a - b, b.tanh(), a * 0.0]
        nodes.append(pick.choice(steps))
    return sum(nodes)


def plain(x):
    return x if math.isfinite(x) else str(x)


def told(graph):
    """Return a graph as the page's function takes it, inf and nan as text."""
    flat, count = graph.flat, len(graph.nodes)
    return {
        "count": count,
        "starts": list(flat.starts),
        "operands": [p if p >= 0 else count + ~p for p in flat.operands],
        "data": [plain(node.data) for node in graph.nodes],
        "adjoints": [plain(node.adjoint) for node in graph.nodes],
        "partials": list(map(plain, flat.partials)),
    }


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not on PATH")
@pytest.mark.filterwarnings("ignore")
def test_the_page_follows_inf_and_nan_as_python_does():
    graphs = [trace(program(seed)) for seed in range(150)]
    script = f"""
    {function("words.js", "times")}
    {function("marks.js", "badWays")}
    const read = (x) => Array.isArray(x) ? x.map(read) : typeof x === "string" ? Number(x.replace("inf", "Infinity")) : x;
    const found = {json.dumps([told(graph) for graph in graphs])}.map(({{ data, adjoints, partials, ...graph }}) => {{
      const ways = badWays(graph, {{ data: read(data), adjoints: read(adjoints), partials: read(partials) }});
      const marked = (some) => [...some.keys()].filter((i) => some[i]);
      return ["data", "grad"].map((kind) => [ways[kind].first, marked(ways[kind].nodes), marked(ways[kind].edges)]);
    }});
    console.log(JSON.stringify(found));
    """
    run = subprocess.run(
        ["node"], input=script, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    seen = {"data": 0, "grad": 0}
    for graph, found in zip(graphs, json.loads(run.stdout), strict=True):
        for way, (first, nodes, edges) in zip(ways(graph), found, strict=True):
            wanted = {graph.edges.places[edge] for edge in way.edges}
            assert (first, set(nodes), set(edges)) == (way.first, way.nodes, wanted)
            seen[way.kind] += way.first >= 0
    assert min(seen.values()) > 20
