"""Random computational trees with shared and repeated operands, for the laws of viz."""

from hypothesis import strategies as st

from dendrograd import Value

STEPS = {
    "add": lambda a, b, c: a + b,
    "sub": lambda a, b, c: a - b,
    "mul": lambda a, b, c: a * b,
    "square": lambda a, b, c: a * a,
    "scale": lambda a, b, c: a * c,
    "from": lambda a, b, c: c - a,
    "tanh": lambda a, b, c: a.tanh(),
    "relu": lambda a, b, c: a.relu(),
    "hand": lambda a, b, c: Value(c, (a, b, a), (c, -c, 0.5)),
}
NUMBERS = st.floats(-2, 2).filter(lambda x: x == 0 or abs(x) > 1e-3)


@st.composite
def roots(draw, steps=12):
    """Return the last of a few random operations on earlier nodes."""
    nodes = [Value(draw(NUMBERS)) for _ in range(draw(st.integers(1, 3)))]
    for _ in range(draw(st.integers(0, steps))):
        a, b = draw(st.sampled_from(nodes)), draw(st.sampled_from(nodes))
        nodes.append(STEPS[draw(st.sampled_from(sorted(STEPS)))](a, b, draw(NUMBERS)))
    return nodes[-1]
