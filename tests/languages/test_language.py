"""Laws of every language that programs are printed in."""

from __future__ import annotations

import math

import pytest

from dendrograd import where
from dendrograd.domain import REAL
from dendrograd.languages.c import C
from dendrograd.languages.javascript import JavaScript
from dendrograd.languages.language import Body, Language, Spelling
from dendrograd.languages.numpy import NumPy
from dendrograd.languages.python import Python
from dendrograd.op import Op
from dendrograd.ops import OPS, maximum, neg
from dendrograd.printing import printed
from dendrograd.program import record

LANGUAGES = (Python(), C(), JavaScript(), NumPy())
every_op = pytest.mark.parametrize("op", OPS.values(), ids=OPS)
each_language = pytest.mark.parametrize(
    "language", LANGUAGES, ids=[type(language).__name__ for language in LANGUAGES]
)


@each_language
@every_op
def test_an_operation_is_spelled_or_its_absence_has_a_reason(
    op: Op, language: Language
) -> None:
    reason = language.absent.get(op.name)
    assert language.knows(op) == (reason is None)
    if reason is None:
        assert isinstance(language.spelling(op), Spelling)
    else:
        with pytest.raises(
            LookupError, match=f"{op.name} has no spelling in .*{reason}"
        ):
            language.spelling(op)


@each_language
def test_no_language_names_what_the_table_lacks_or_one_operation_twice(
    language: Language,
) -> None:
    assert {*language.own, *language.absent} <= {*OPS}
    assert not {*language.own} & {*language.absent}
    operators = {op.name for op in OPS.values() if language.has_operator(op)}
    assert not {*language.own, *language.absent} & operators


@pytest.mark.parametrize("language", [C(), JavaScript()])
@pytest.mark.parametrize("name", ["neg", "maximum", "tanh", "own"])
def test_a_stranger_is_refused_whatever_its_name(name: str, language: Language) -> None:
    stranger = Op(name, math.tanh, lambda y, x: (1.0,), (REAL,), symbol="-")
    assert not language.knows(stranger)
    with pytest.raises(
        LookupError, match=rf"{name} has no .*knows\(op\).* line in OWN"
    ):
        language.spelling(stranger)
    assert Python().apply(stranger, []).text == f"{name}()"


@each_language
def test_parentheses_stand_where_an_operator_binds_less_tightly(
    language: Language,
) -> None:
    def terms(a, b):
        return neg(neg(a)), a - (b - a), (a - b) * -a, a / (b * a), -(a + b) + (a * b)

    assert printed(record(terms, 2), ["a", "b"], language).outputs == [
        "-(-a)",  # --a counts down in C and in JavaScript
        "a - (b - a)",
        "(a - b) * -a",
        "a / (b * a)",
        "-(a + b) + a * b",
    ]


@each_language
def test_an_operation_that_has_a_body_is_called(language: Language) -> None:
    text = printed(record(lambda a, b: maximum(a, b - 1.0), 2), ["a", "b"], language)
    name = "primal_maximum" if isinstance(language.spelling(maximum), Body) else ""
    called = {"Python": "maximum", "C": name, "JavaScript": "Math.max", "NumPy": name}
    one = language.number(1.0)
    assert text.outputs == [f"{called[type(language).__name__]}(a, b - {one})"]


def test_an_expression_holds_its_operands_together() -> None:
    program = record(lambda a, b: 1.0 + where(a - b, -a, b), 2)
    (text,) = printed(program, ["a", "b"], C()).outputs
    assert text == "0x1p+0 + ((a - b) != 0.0 ? (-a) : b)"


FUNCTIONS = {
    "Python": "def f(a, b):\n    t1 = a * b\n    return t1 / t1",
    "C": "static inline f(a, b)\n{\n    const double t1 = a * b;\n    return t1 / t1\n}\n",
    "NumPy": "def f(a, b):\n    t1 = a * b\n    return t1 / t1",
    "JavaScript": "function f(a, b) {\n  const t1 = a * b;\n  return t1 / t1\n}",
}


@each_language
def test_a_program_is_a_function_of_the_language(language: Language) -> None:
    def ratio(a, b):
        return (a * b) / (a * b)

    program = record(ratio, 2).live().shared()
    lines, (result,) = printed(program, ["a", "b"], language, "shared")
    text = language.function("f", ["a", "b"], [*lines, f"return {result}"])
    assert text.replace("t0", "t1") == FUNCTIONS[type(language).__name__]
