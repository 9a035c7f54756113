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
from dendrograd.languages.javascript import recorded
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
    nodes = graph.nodes
    partials = [[0.0] * len(node.operands) for node in nodes]
    for edge in graph.edges:
        partials[edge.dst][edge.slot] = plain(edge.local)
    return {
        "nodes": recorded(graph.flat),
        "data": [plain(node.data) for node in nodes],
        "adjoints": [plain(node.adjoint) for node in nodes],
        "partials": partials,
    }


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not on PATH")
@pytest.mark.filterwarnings("ignore")
def test_the_page_follows_inf_and_nan_as_python_does():
    graphs = [trace(program(seed)) for seed in range(150)]
    script = f"""
    {function("colours.js", "product")}
    {function("marks.js", "badWays")}
    const read = (x) => Array.isArray(x) ? x.map(read) : typeof x === "string" ? Number(x.replace("inf", "Infinity")) : x;
    const found = {json.dumps([told(graph) for graph in graphs])}.map(({{ nodes, data, adjoints, partials }}) => {{
      const ways = badWays(nodes, {{ data: read(data), adjoints: read(adjoints), partials: read(partials) }});
      return ["data", "grad"].map((kind) => [ways[kind].first, [...ways[kind].nodes], [...ways[kind].edges]]);
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
            wanted = {f"{e.dst} {e.slot}" for e in map(graph.edges.make, way.edges)}
            assert (first, set(nodes), set(edges)) == (way.first, way.nodes, wanted)
            seen[way.kind] += way.first >= 0
    assert min(seen.values()) > 20
