"""The draw_dot that hundreds of notebooks carry draws our Values, unchanged."""

from dot_language import fields, read
from graphviz import Digraph

from dendrograd import Value, viz


def trace(root):
    nodes, edges = set(), set()

    def build(v):
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)

    build(root)
    return nodes, edges


def draw_dot(root, format="svg", rankdir="LR"):
    """The recipe of micrograd's trace_graph.ipynb."""
    assert rankdir in ["LR", "TB"]
    nodes, edges = trace(root)
    dot = Digraph(format=format, graph_attr={"rankdir": rankdir})

    for n in nodes:
        dot.node(
            name=str(id(n)),
            label="{ data %.4f | grad %.4f }" % (n.data, n.grad),  # noqa: UP031  # as is
            shape="record",
        )
        if n._op:
            dot.node(name=str(id(n)) + n._op, label=n._op)
            dot.edge(str(id(n)) + n._op, str(id(n)))

    for n1, n2 in edges:
        dot.edge(str(id(n1)), str(id(n2)) + n2._op)

    return dot


def test_the_recipe_of_the_notebooks_draws_a_neuron():
    w, x, b = Value(2.0), Value(-1.0), Value(0.5)
    y = (w * x + b).tanh()
    y.backward()
    source = draw_dot(y).source
    for text in ("data -0.9051 | grad 1.0000", "data 2.0000 | grad -0.1807"):
        assert text in source
    for op in ("*", "+", "tanh"):
        assert f"[label={op if op.isalpha() else chr(34) + op + chr(34)}]" in source
    assert source.count("->") == 3 + 5


def test_our_draw_dot_takes_the_same_call():
    x = Value(3.0)
    drawn = read(viz.draw_dot(x + 1, "svg", "TB").source)
    assert fields(drawn.nodes["n1"]["label"])[0] == "+ 1"
