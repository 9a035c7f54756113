"""Random computational trees with shared and repeated operands, for the laws of viz."""

import math
from contextlib import ExitStack

from hypothesis import strategies as st

from dendrograd import Value, scope
from dendrograd import sum as total

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
POLES = {
    "pole": lambda a, b, c: Value(c, (a, b), (math.inf, -math.inf)),
    "gap": lambda a, b, c: Value(c, (a, a), (math.nan, 0.0)),
    "zero": lambda a, b, c: a * -0.0,
}
NUMBERS = st.floats(-2, 2).filter(lambda x: x == 0 or abs(x) > 1e-3)


@st.composite
def roots(draw, steps=12, poles=False):
    """Return the last of a few random operations on earlier nodes.

    With poles some local derivatives are not finite, and some are -0.
    """
    kinds = STEPS | POLES if poles else STEPS
    nodes = [Value(draw(NUMBERS)) for _ in range(draw(st.integers(1, 3)))]
    for _ in range(draw(st.integers(0, steps))):
        a, b = draw(st.sampled_from(nodes)), draw(st.sampled_from(nodes))
        nodes.append(kinds[draw(st.sampled_from(sorted(kinds)))](a, b, draw(NUMBERS)))
    return nodes[-1]


@st.composite
def programs(draw, steps=14):
    """Return the root of a random program of nested calls, each left where it began.

    Every result is used in the end, so a picture of the root shows all of them.
    """
    nodes = [Value(draw(NUMBERS)), Value(draw(NUMBERS))]
    with ExitStack() as outermost:
        stacks = [outermost]
        for _ in range(draw(st.integers(1, steps))):
            turn = draw(st.sampled_from(["in", "out", "step", "step"]))
            if turn == "in":
                stacks.append(stacks[0].enter_context(ExitStack()))
                stacks[-1].enter_context(scope(draw(st.sampled_from("fg"))))
            elif turn == "out" and len(stacks) > 1:
                stacks.pop().close()
            else:
                a, b = draw(st.sampled_from(nodes)), draw(st.sampled_from(nodes))
                nodes.append(a * b + draw(NUMBERS))
    return total(nodes)
