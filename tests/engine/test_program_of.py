"""What was recorded between Values is a program, and every pass leaves it legal."""

from __future__ import annotations

import math

import pytest
from hypothesis import given

from dendrograd import Value, no_grad
from dendrograd.errors import GraphError, OperandError
from dendrograd.op import by_hand
from dendrograd.ops import OPS
from dendrograd.program import Program
from dendrograd.rules import traced
from dendrograd.spec import check
from dendrograd.testing import Expression, expressions
from dendrograd.testing.safe_domain import counts


@given(expressions())
def test_the_program_of_a_run_is_the_program_that_ran(f: Expression) -> None:
    leaves = [Value(x) for x in f.point]
    y = f(*leaves)
    program = check(Program.of([y], leaves))
    assert program.run(f.point) == [y.data]
    assert check(program.live().shared()).run(f.point) == [y.data]
    again = program.replay(*leaves)[0]
    y.backward()
    slopes = [leaf.grad for leaf in leaves]
    for leaf in leaves:
        leaf.grad = 0.0
    again.backward()
    assert [leaf.grad for leaf in leaves] == slopes


def test_values_that_nobody_gave_are_inputs_with_names_read_anew() -> None:
    x, b = Value(2.0), Value(1.0)
    w, v = Value(3.0, label="w"), Value(4.0, label="w")
    program = check(Program.of({"y": (x * w + b) * v, "one": 1}, [x]))
    assert program.captured == {"w": w, "c1": b, "w_": v}
    assert program.inputs == 4
    assert program.constants == [1.0]
    assert program.run([2.0, 3.0, 1.0, 4.0]) == [28.0, 1.0]
    w.data = 5.0
    found = program.replay(x)
    assert found["y"].data == 44.0
    found["y"].backward()
    assert w.grad == 8.0
    for made in (program.live([1]), program.shared()):
        assert check(made).captured == program.captured


def test_what_no_grad_kept_out_is_a_constant() -> None:
    x = Value(2.0)
    with no_grad():
        kept_out = x * 3.0
    program = check(Program.of(x * kept_out, [x]))
    assert program.captured == {}
    assert program.constants == [6.0]
    assert program.replay(4.0) == 24.0


def test_a_node_made_by_hand_is_a_step_that_refuses_to_run() -> None:
    x = Value(2.0)
    program = check(Program.of(Value(4.0, (x,), (4.0,)), [x]))
    assert program.ops == [by_hand]
    with pytest.raises(GraphError, match="made by hand"):
        program.run([2.0])


def test_a_result_is_a_value_or_a_number() -> None:
    with pytest.raises(OperandError, match=r"Program\.of"):
        Program.of(["text"], [])
    assert Program.of(math.inf, []).run([]) == [math.inf]


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_every_pass_over_every_rule_leaves_a_legal_program(op) -> None:
    for count in counts(op):
        program = check(traced(op, count))
        live = check(program.live())
        check(live.shared())
        for i in range(count):
            check(program.live([i]).shared())


def legal() -> Program:
    """Return x * 2 + x."""
    program = Program(1)
    program.constant(2.0)
    program.add(OPS["mul"], (0, -1))
    program.add(OPS["add"], (1, 0))
    program.outputs = [2]
    return check(program)


ILLEGAL = {
    r"slot 1, mul: slot 1 is not below 1": lambda p: p.operands.__setitem__(0, (0, 1)),
    r"slot 2, add: slot 7 is not below 2": lambda p: p.operands.__setitem__(1, (7, 0)),
    r"slot 1, mul: 1 operands, .* takes 2": lambda p: p.operands.__setitem__(0, (0,)),
    r"the place -2 is that of constant 1": lambda p: p.operands.__setitem__(0, (0, -2)),
    r"the place 2\.0 is a float": lambda p: p.operands.__setitem__(0, (0, 2.0)),
    r"outputs: slot 3 is not below 3": lambda p: p.outputs.append(3),
    r"outputs: the place -2": lambda p: p.outputs.append(-2),
    r"2 operations, but operands of 3": lambda p: p.operands.append((0, 0)),
    r"3 captured Values, but 1 inputs": lambda p: p.captured.update(
        dict.fromkeys("abc")
    ),
}


@pytest.mark.parametrize("message", ILLEGAL)
def test_what_is_not_legal_is_told_with_its_place(message: str) -> None:
    program = legal()
    ILLEGAL[message](program)
    with pytest.raises(GraphError, match=f"check: .*{message}|check: {message}"):
        check(program)
