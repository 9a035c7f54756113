"""C has the bits of the engine, for each operation that it spells, at every number.

The committed header is compiled and run through its table, beside Values in Python.
"""

from __future__ import annotations

import ctypes
import itertools
import math
import random
import shutil
import struct
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dendrograd import Value
from dendrograd.domain import REAL
from dendrograd.languages import c
from dendrograd.languages.c_header import has_rule, header, wrapped
from dendrograd.languages.c_loops import loops
from dendrograd.op import Op
from dendrograd.ops import OPS, exp
from dendrograd.ops import sum as total
from dendrograd.special import LN2

HEADER = Path(__file__).resolve().parents[2] / "engine" / "_operations.h"
FLAGS = ["-O2", "-ffp-contract=off", "-fno-builtin", "-shared", "-fPIC"]
STRICT = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
Double = ctypes.c_double
Array = ctypes.POINTER(Double)

INF, NAN, MAX = math.inf, math.nan, sys.float_info.max
SIZES = [5e-324, 2.2e-308, 1e-300, 1e-9, 0.1, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0]
SIZES += [12.0, 20.0, 170.5, 709.9, 745.2, 2.0**53, 1e16, 1e300, MAX, INF]
SPECIAL = [0.0, -0.0, NAN, *SIZES, *[-x for x in SIZES]]
RANDOM = 2000

every_op = pytest.mark.parametrize("op", OPS.values(), ids=OPS)


class Row(ctypes.Structure):
    """A row of OPERATIONS."""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("arity", ctypes.c_int),
        ("flags", ctypes.c_int),
        ("primal", ctypes.CFUNCTYPE(Double, Array, ctypes.c_ssize_t)),
        ("partials", ctypes.CFUNCTYPE(None, Double, Array, ctypes.c_ssize_t, Array)),
        ("origin", ctypes.c_char_p),
    ]


def several(op: Op) -> range:
    """Return the operands for which C has a function of one partial."""
    fixed = len(op.domain) > 1 and not op.variadic and has_rule(op)
    return range(len(op.domain) if fixed else 0)


def source(text: str) -> str:
    """Return C that includes a header, and lets its functions be seen from outside."""
    slopes = [
        f"double slope_{op.name}_{i}(double y, const double *x) "
        f"{{ return partial_{op.name}_{i}(y, {xs}); }}"
        for op in OPS.values()
        for xs in [", ".join([f"x[{i}]" for i in range(len(op.domain))])]
        for i in several(op)
    ]
    table = "const struct operation *table(void) { return OPERATIONS; }"
    before = "#include <math.h>\n#include <stddef.h>\ntypedef ptrdiff_t Py_ssize_t;"
    return "\n".join([before, text, table, *slopes, ""])


def compiler() -> str:
    configured = (sysconfig.get_config_var("CC") or "cc").split()[0]
    found = next(
        filter(None, map(shutil.which, [configured, "cc", "gcc", "clang"])), ""
    )
    if not found or sys.platform == "win32":
        pytest.skip("no C compiler here that takes the flags of GCC: C was not run")
    return found


def built(text: str, folder: Path) -> ctypes.CDLL:
    """Return a header as a library."""
    (folder / "operations.c").write_text(source(text), encoding="utf-8")
    names = ["operations.c", "-o", "operations.so", "-lm"]
    command = [compiler(), *STRICT, *FLAGS, *names]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    library = ctypes.CDLL(str(folder / "operations.so"))
    library.table.restype = ctypes.POINTER(Row)
    return library


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    return built(HEADER.read_text("utf-8"), tmp_path_factory.mktemp("c"))


def bits(xs: list[float]) -> list[bytes]:
    """Return what tells numbers apart; a nan is a nan."""
    return [b"nan" if x != x else struct.pack("d", x) for x in xs]


def drawn(chance: random.Random) -> float:
    if chance.random() < 0.2:
        return chance.choice(SPECIAL)
    if chance.random() < 0.2:
        return float(chance.randint(-8, 8)) / chance.choice([1.0, 2.0])
    return chance.gauss(0.0, 1.0) * 10.0 ** chance.uniform(-4.0, 3.0)


def points(op: Op) -> Iterator[list[float]]:
    """Yield operands: all pairs of special numbers, and random ones."""
    chance = random.Random(op.name)
    count = 2 if op.variadic else len(op.domain)
    specials = SPECIAL if count < 3 else SPECIAL[:12]
    yield from map(list, itertools.product(specials, repeat=count))
    for _ in range(RANDOM):
        yield [
            drawn(chance) for _ in range(chance.randint(1, 9) if op.variadic else count)
        ]


def by_value(op: Op, xs: list[float]) -> list[float]:
    """Return the primal and the partials that a node of the engine has."""
    node = op(*map(Value, xs))
    assert isinstance(node, Value)
    return [node.data, *node.partials]


def by_c(library: ctypes.CDLL, op: Op) -> Callable[[list[float], float], list[float]]:
    """Return what C says: (operands, y) -> primal and partials; y where it lacks them."""
    row = library.table()[list(OPS).index(op.name)]
    slopes = [getattr(library, f"slope_{op.name}_{i}") for i in several(op)]
    for slope in slopes:
        slope.restype, slope.argtypes = Double, [Double, Array]

    def answer(xs: list[float], y: float) -> list[float]:
        operands, out = (Double * len(xs))(*xs), (Double * len(xs))()
        y = row.primal(operands, len(xs)) if row.primal else y
        if not row.partials:
            return [y]
        row.partials(y, operands, len(xs), out)
        return [y, *out, *[slope(y, operands) for slope in slopes]]

    return answer


def mismatches(library: ctypes.CDLL, op: Op) -> list[list[float]]:
    """Return the operands at which C has other bits than the engine."""
    found, answer = [], by_c(library, op)
    for xs in points(op):
        y, *partials = by_value(op, xs)
        expected = bits([y, *partials, *partials])  # together, and one by one
        got = bits(answer(xs, y))
        if got != expected[: len(got)]:
            found.append(xs)
    return found


@every_op
def test_c_has_the_bits_of_the_engine(op: Op, library: ctypes.CDLL) -> None:
    found = mismatches(library, op)
    assert found == [], f"{op.name} differs at {len(found)} points"


def test_the_table_in_c_has_the_rows_of_the_table_in_order(
    library: ctypes.CDLL,
) -> None:
    rows = library.table()[: len(OPS)]
    assert [row.name.decode() for row in rows] == [*OPS]
    for row, op in zip(rows, OPS.values(), strict=True):
        assert row.arity == (-1 if op.variadic else len(op.domain))
        assert bool(row.primal) == c.C.knows(op)
        assert bool(row.partials) == has_rule(op)
        assert row.flags == int(not (row.primal and row.partials))
        assert row.origin.decode() == c.origin(op)


BROKEN = {  # a wrong spelling that looks right, of operation or rule
    "relu": ("x > 0.0 || x != x ? x : 0.0", "x > 0.0 ? x : 0.0"),
    "maximum": ("a > b || a != a ? a : b", "a >= b ? a : b"),
    "mod": ("copysign(0.0, b)", "rest"),
    "tanh": ("const double t0 = 1.0 / cosh(x)", "const double t0 = 1.0 / sinh(x)"),
    "dot": ("i + n / 2", "i + (n + 1) / 2"),
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    text = HEADER.read_text("utf-8")
    for right, wrong in BROKEN.values():
        assert right in text
        text = text.replace(right, wrong)
    return built(text, tmp_path_factory.mktemp("broken"))


@pytest.mark.parametrize("name", BROKEN)
def test_a_wrong_spelling_is_found(name: str, broken: ctypes.CDLL) -> None:
    assert mismatches(broken, OPS[name])


def test_the_header_refuses_a_compiler_that_may_change_the_arithmetic(
    tmp_path: Path,
) -> None:
    (tmp_path / "operations.c").write_text(source(HEADER.read_text("utf-8")))
    command = [compiler(), "-ffast-math", "-c", "operations.c"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode
    assert b"IEEE 754" in done.stderr


NUMBERS = [
    *(
        0.0,
        -0.0,
        1.0,
        -1.5,
        0.1,
        1e4,
        2.0**60,
        5e-324,
        -2e-308,
        MAX,
        INF,
        -INF,
        NAN,
        LN2,
    ),
]


@pytest.mark.parametrize("x", NUMBERS)
def test_a_constant_is_written_so_that_it_is_read_exactly(x: float) -> None:
    text, level = c.C().constant(x)
    assert (level == 0) == (math.copysign(1.0, x) < 0.0)  # else 1 - -1 were 1--1
    text = text.split(" ")[0]
    names = {"NAN": NAN, "INFINITY": INF, "-INFINITY": -INF}
    value = names[text] if text in names else float.fromhex(text)
    assert bits([value]) == bits([x])


def own(rule: object, **facts: object) -> Op:
    return Op("own", math.fsum, rule, (REAL,), variadic=True, **facts)  # type: ignore[arg-type]


def test_a_reduction_that_two_loops_need_is_computed_once() -> None:
    op = own(lambda y, *xs: (*[x / total(*xs) for x in xs[:-1]], total(*xs)))
    assert (
        "\n".join(loops(op, c.C()))
        == """\
for (Py_ssize_t i = 0; i < n; i++)
    out[i] = x[i];
const double t0 = primal_sum(out, n);
for (Py_ssize_t i = 0; i < n - 1; i++)
    out[i] = out[i] / t0;
for (Py_ssize_t i = n - 1; i < n; i++)
    out[i] = t0;"""
    )


def test_a_rule_with_two_reductions_is_three_loops() -> None:
    op = own(lambda y, *xs: tuple(x * total(*map(exp, xs)) / total(*xs) for x in xs))
    lines = loops(op, c.C())
    assert [line.strip() for line in lines if "out[i] =" in line] == [
        "out[i] = exp(x[i]);",
        "out[i] = x[i];",
        "out[i] = out[i] * t0 / t1;",
    ]


@pytest.mark.parametrize(
    "rule",
    [
        lambda y, *xs: tuple(float(2**i) for i, _ in enumerate(xs)),
        lambda y, *xs: tuple(float(len(xs)) for _ in xs),
        lambda y, *xs: tuple(reversed(xs)),
        lambda y, *xs: (*[1.0 for _ in xs[: len(xs) // 3]], *xs[len(xs) // 3 :]),
        lambda y, *xs: tuple(total(*[i * x for i, x in enumerate(xs)]) for _ in xs),
    ],
)
def test_a_rule_that_is_no_loop_is_refused(rule: object) -> None:
    with pytest.raises(LookupError, match="own"):
        loops(own(rule), c.C())


def test_the_header_is_the_same_for_every_run_and_holds_to_its_width() -> None:
    text = HEADER.read_text("utf-8")
    assert header("a command") == header("a command")
    assert max(map(len, text.splitlines())) <= 88
    assert wrapped("    out[0] = x;") == "    out[0] = x;"
