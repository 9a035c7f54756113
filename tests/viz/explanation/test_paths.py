"""The chain rule path by path, against an enumeration of every path of small graphs."""

import math
from functools import reduce
from operator import mul

import pytest
from graphs import roots
from hypothesis import given
from hypothesis import strategies as st

from dendrograd import Value
from dendrograd.viz.explanation.paths import (
    MOST,
    best_paths,
    blocked,
    count_paths,
    weight,
)
from dendrograd.viz.model.snapshot import trace

FEW = 6  # operations of a random graph: at most 3**6 paths


@pytest.fixture(params=["here", "python"], autouse=True)
def _engine(request, monkeypatch):
    """Take the walks of the twin, where it is built, and then those in Python."""
    if request.param == "python":
        monkeypatch.setattr("dendrograd.passes.twin", None)


def every_path(graph, node):
    """Return all paths from a node to the root that have no local derivative of 0."""
    if node == graph.root.id:
        return [()]
    leaving = [e for e in graph.edges if e.src == node and e.local]
    return [(e, *rest) for e in leaving for rest in every_path(graph, e.dst)]


def product_of(edges):
    """Return the product of local derivatives, from the root on."""
    return reduce(mul, [edge.local for edge in reversed(edges)], 1.0)


def sizes(products):
    return sorted([abs(x) for x in products], reverse=True)


@given(roots(steps=FEW), st.integers(1, 8))
def test_the_k_best_are_the_largest_of_all_paths_to_the_last_bit(root, k):
    graph = trace(root)
    for node in graph.nodes:
        found = best_paths(graph, node.id, k)
        products = [product_of(edges) for edges in every_path(graph, node.id)]
        assert [abs(path.product) for path in found] == sizes(products)[:k]


@st.composite
def powers_of_two(draw):
    """Return a root whose local derivatives multiply without rounding, often alike."""
    nodes = [Value(1.0)]
    for _ in range(draw(st.integers(1, FEW))):
        parents = draw(st.lists(st.sampled_from(nodes), min_size=1, max_size=3))
        locals = [draw(st.sampled_from([1.0, -1.0, 2.0, 0.0])) for _ in parents]
        nodes.append(Value(1.0, parents, locals))
    return nodes[-1]


@given(powers_of_two(), st.integers(1, 8))
def test_of_equal_paths_the_one_over_the_earlier_edge_comes_first(root, k):
    graph = trace(root)
    place = {edge: index for index, edge in enumerate(graph.edges)}
    paths = sorted(
        every_path(graph, 0),
        key=lambda edges: (-abs(product_of(edges)), [place[edge] for edge in edges]),
    )
    assert [path.edges for path in best_paths(graph, 0, k)] == paths[:k]


@given(roots(steps=FEW, poles=True), st.integers(1, 8))
def test_a_path_leads_from_its_node_to_the_root_and_has_its_product(root, k):
    graph = trace(root)
    for node in graph.nodes:
        found = best_paths(graph, node.id, k)
        assert len({path.edges for path in found}) == len(found)
        assert len(found) == min(k, len(every_path(graph, node.id)))
        for path in found:
            ends = [node.id, *(edge.dst for edge in path.edges)]
            assert ends[-1] == graph.root.id
            assert [edge.src for edge in path.edges] == ends[:-1]
            assert path.product == pytest.approx(
                product_of(path.edges), nan_ok=True, abs=0, rel=0
            )


@given(roots(steps=FEW))
def test_the_products_of_all_paths_sum_to_the_gradient(root):
    graph = trace(root)
    for node in graph.nodes:
        number = count_paths(graph, node.id)
        products = [p.product for p in best_paths(graph, node.id, max(number, 1))]
        scale = math.fsum(map(abs, products))
        assert math.fsum(products) == pytest.approx(node.adjoint, abs=1e-13 * scale)


@given(roots(steps=FEW))
def test_the_weight_is_the_sum_of_the_sizes_of_all_products(root):
    graph = trace(root)
    for node in graph.nodes:
        products = [product_of(edges) for edges in every_path(graph, node.id)]
        total = math.fsum(map(abs, products))
        assert weight(graph, node.id) == pytest.approx(total, rel=1e-14, abs=0)


@given(roots(steps=FEW, poles=True))
def test_the_count_is_that_of_all_paths(root):
    graph = trace(root)
    for node in graph.nodes:
        assert count_paths(graph, node.id) == len(every_path(graph, node.id))


@given(roots(steps=FEW, poles=True), st.integers(1, 5))
def test_of_several_nodes_the_best_paths_are_those_of_the_union(root, k):
    graph = trace(root)
    leaves = [node.id for node in graph.nodes if node.is_leaf]
    found = best_paths(graph, leaves, k)
    apart = [path for leaf in leaves for path in best_paths(graph, leaf, k)]
    assert set(found) <= set(apart) or any(math.isnan(p.product) for p in found)
    weights = [-math.inf if p.product != p.product else -abs(p.product) for p in apart]
    assert [
        -math.inf if p.product != p.product else -abs(p.product) for p in found
    ] == sorted(weights)[:k]


def test_a_repeated_operand_is_two_paths():
    x = Value(3.0)
    graph = trace(x * x)
    assert [[e.slot for e in p.edges] for p in best_paths(graph, 0, 5)] == [[0], [1]]


def test_the_path_from_the_root_to_itself_has_no_edge():
    graph = trace(Value(3.0).tanh())
    (path,) = best_paths(graph, graph.root.id)
    assert (path.product, path.edges) == (1.0, ())
    assert count_paths(graph, graph.root.id) == 1


def chain(locals, leaf=None):
    """Return a root that has these local derivatives on its way to one leaf."""
    node = Value(1.0) if leaf is None else leaf
    for local in locals:
        node = Value(1.0, (node,), (local,))
    return node


def test_a_product_survives_where_a_part_of_it_leaves_the_range_of_floats():
    for locals in ([1e-200] * 2 + [1e200] * 2, [1e200] * 2 + [1e-200] * 2):
        (path,) = best_paths(trace(chain(locals)), 0)
        assert path.product == pytest.approx(1.0, rel=1e-15)


def test_a_product_outside_the_range_of_floats_is_what_ieee_754_makes_of_it():
    assert best_paths(trace(chain([1e200, -1e200])), 0)[0].product == -math.inf
    assert best_paths(trace(chain([1e-200, 1e-200])), 0)[0].product == 0.0
    assert best_paths(trace(chain([5e-324, 0.75])), 0)[0].product == 5e-324 * 0.75


def test_a_product_is_rounded_in_the_order_of_the_reverse_sweep():
    graph = trace(chain([0.1, 0.7, 0.3]))
    assert (0.3 * 0.7) * 0.1 != 0.3 * (0.7 * 0.1)
    assert best_paths(graph, 0)[0].product == (0.3 * 0.7) * 0.1
    assert best_paths(graph, 0)[0].product == graph.nodes[0].adjoint


def test_what_is_not_finite_decides_and_comes_first():
    x = Value(1.0)
    infinite, missing = [(-math.inf,), (math.inf, 1e9)], [(math.nan,), (math.nan, 2)]
    ways = [(-2.0,), *infinite, (1e300,), *missing]
    parts = [chain(way, x) for way in ways]
    root = Value(0.0, parts, [1.0] * len(parts))
    found = [path.product for path in best_paths(trace(root), 0, 9)]
    assert str(found) == "[nan, nan, inf, -inf, 1e+300, -2.0]"


def test_a_zero_local_derivative_is_no_path_even_times_infinity():
    graph = trace(chain([math.inf, 0.0]))
    assert best_paths(graph, 0) == []
    assert count_paths(graph, 0) == 0
    assert [edge.dst for edge in blocked(graph, 0)] == [2]


@given(roots(steps=FEW, poles=True))
def test_a_node_without_a_path_is_blocked_on_every_way(root):
    graph = trace(root)
    for node in graph.nodes:
        ends = blocked(graph, node.id)
        assert not any(edge.local for edge in ends)
        if not count_paths(graph, node.id):
            assert ends


def test_the_number_of_paths_is_exact_far_beyond_what_could_be_listed():
    x = y = Value(1.0)
    for _ in range(3000):
        y = y + y
    graph = trace(y + x)
    assert count_paths(graph, 0) == 2**3000 + 1


def test_more_paths_than_the_most_are_told_by_the_most():
    y = Value(1.0)
    for _ in range(3322):
        y = y + y
    assert count_paths(trace(y), 0) == MOST < 2**3322


def test_a_graph_of_a_long_chain_with_short_cuts_needs_no_recursion():
    older, newer = Value(1.0), Value(1.0)
    for _ in range(20_000):  # twenty times what recursion would allow
        older, newer = newer, Value(1.0, (newer, older), (0.5, -0.5))
    graph = trace(newer)
    first, second = best_paths(graph, 0, 2)
    assert abs(first.product) >= abs(second.product)
    assert count_paths(graph, 0) == MOST


@pytest.mark.parametrize("k", [0, -1])
def test_no_path_at_all_cannot_be_asked_for(k):
    with pytest.raises(ValueError, match=f"k is {k}; ask for one path or more"):
        best_paths(trace(Value(1.0)), 0, k)


@pytest.mark.parametrize("walk", [best_paths, count_paths, blocked, weight])
@pytest.mark.parametrize("node", [-1, 2])
def test_a_node_of_another_graph_is_refused(walk, node):
    with pytest.raises(ValueError, match=f"node {node} is not in the graph, whose"):
        walk(trace(Value(1.0).tanh()), node)
