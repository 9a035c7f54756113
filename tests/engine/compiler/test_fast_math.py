"""exp, log, tanh and sech by polynomials: their errors, their edges, and one set of bits.

The header is compiled into loops over 64 numbers, for each set of instructions of this
machine. Extended precision and mpmath are the references of errors, the engine of edges.
"""

from __future__ import annotations

import ctypes
import math
import platform
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import mpmath
import numpy as np
import pytest
from random_code import same

from dendrograd.ops import OPS

TAPE = Path(__file__).resolve().parents[3] / "engine" / "tape"
FLAGS = ["-O3", "-ffp-contract=off", "-fno-builtin", "-fno-math-errno"]
FLAGS += ["-fno-trapping-math", "-shared", "-fPIC"]
STRICT = ["-std=c11", "-Wall", "-Wextra", "-Wshadow", "-Wpedantic", "-Werror"]
LANES = 64
COUNT = 100_000 // LANES * LANES + LANES
ERRORS = {"exp": 1.2, "log": 1.0, "tanh": 2.2, "sech": 2.5}  # units in the last place
X86 = platform.machine() in ("x86_64", "AMD64")
SETS = ("base", "avx2", "fma", "avx512") if X86 else ("base",)
EXTENDED = np.finfo(np.longdouble).nmant > 60

each = pytest.mark.parametrize("name", ERRORS)

PROBE = """
#include "fast_math.h"
#define LOOP(set, target, f) \\
    target void set##_##f(const double *restrict x, double *restrict y, long n) \\
    { \\
        for (long at = 0; at < n; at += 64) \\
            for (int l = 0; l < 64; l++) \\
                y[at + l] = fast_##f(x[at + l]); \\
    }
#define LOOPS(set, target) \\
    LOOP(set, target, exp) LOOP(set, target, log) \\
    LOOP(set, target, tanh) LOOP(set, target, sech)
LOOPS(base, )
int has_base(void) { return 1; }
#ifdef __x86_64__
#define AVX512 "avx512f,avx512dq,avx512vl"
LOOPS(avx2, __attribute__((target("avx2"))))
LOOPS(fma, __attribute__((target("avx2,fma"))))
LOOPS(avx512, __attribute__((target(AVX512))))
int has_avx2(void) { return __builtin_cpu_supports("avx2"); }
int has_fma(void) { return has_avx2() && __builtin_cpu_supports("fma"); }
int has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
}
#endif
"""


def compiler() -> str:
    configured = (sysconfig.get_config_var("CC") or "cc").split()[0]
    candidates = map(shutil.which, [configured, "cc", "gcc", "clang"])
    found = next(filter(None, candidates), "")
    if not found or sys.platform == "win32":
        pytest.skip(
            "no compiler here that takes the flags of GCC: nothing was vectorised"
        )
    return found


def compiled(folder: Path, *more: str) -> str:
    """Compile the loops, and return what the compiler said."""
    (folder / "probe.c").write_text(PROBE, encoding="utf-8")
    names = [f"-I{TAPE}", "probe.c", "-o", "probe.so", "-lm"]
    command = [compiler(), *STRICT, *FLAGS, *more, *names]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


class Loops:
    """The loops, by set of instructions and function."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self.library = library
        self.sets = [each for each in SETS if getattr(library, f"has_{each}")()]

    def __call__(self, kind: str, name: str, xs: np.ndarray) -> np.ndarray:
        function = getattr(self.library, f"{kind}_{name}")
        function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_long]
        full = np.resize(xs, -(-len(xs) // LANES) * LANES)
        ys = np.empty_like(full)
        function(full.ctypes.data, ys.ctypes.data, len(full))
        return ys[: len(xs)]


@pytest.fixture(scope="module")
def loops(tmp_path_factory) -> Loops:
    folder = tmp_path_factory.mktemp("fast_math")
    compiled(folder)
    return Loops(ctypes.CDLL(str(folder / "probe.so")))


def points(name: str) -> np.ndarray:
    """Return numbers over the whole range, and of all sizes: a function may be 0 or 1 there."""
    draw = np.random.default_rng(1)
    part = COUNT // 4
    scaled = draw.normal(size=part) * np.exp2(draw.uniform(-1074.0, 4.0, part))
    near = draw.uniform(-2.0, 2.0, part)
    near_one = 1.0 + draw.normal(size=part) * np.exp2(draw.uniform(-54.0, -1.0, part))
    wide = {
        "exp": draw.uniform(-746.0, 710.0, part),
        "log": np.exp(draw.uniform(-744.0, 709.0, part)),
        "tanh": draw.uniform(-25.0, 25.0, part),
        "sech": draw.uniform(-712.0, 712.0, part),
    }[name]
    xs = np.concatenate([wide, near, near_one, scaled])
    return abs(xs) if name == "log" else xs


def true(name: str, xs: np.ndarray) -> np.ndarray:
    """Return values with more digits than floats have, where the machine has such numbers."""
    wide = xs.astype(np.longdouble)
    with np.errstate(all="ignore"):
        if name == "sech":  # as the engine: past the floats of cosh it is 0
            cosh = np.cosh(wide)
            return np.where(cosh > sys.float_info.max, 0.0, 1 / cosh)
        return getattr(np, name)(wide)


def ulps(found: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return how far numbers lie apart, in units of the last place of the wanted ones."""
    near = wanted.astype(np.float64)
    finite = np.isfinite(near)
    assert (found[~finite] == near[~finite]).all()
    gaps = abs(found[finite].astype(np.longdouble) - wanted[finite])
    return (gaps / np.spacing(abs(near[finite]))).astype(np.float64)


@each
@pytest.mark.skipif(not EXTENDED, reason="no numbers here with more digits than floats")
def test_errors_are_two_units_in_the_last_place_over_the_whole_range(loops, name):
    xs = points(name)
    with np.errstate(all="ignore"):
        error = ulps(loops("base", name, xs), true(name, xs))
    assert error.max() < ERRORS[name], xs[np.isfinite(true(name, xs))][error.argmax()]


@each
def test_errors_are_the_same_beside_mpmath(loops, name):
    xs = np.random.default_rng(2).choice(points(name), 1000)
    found = loops("base", name, xs)
    with mpmath.workdps(30):
        for x, y in zip(xs.tolist(), found.tolist(), strict=True):
            wanted = getattr(mpmath, name)(x) if x or name != "log" else -mpmath.inf
            if 1e-300 < abs(wanted) < 1e300:
                gap = abs(y - wanted) / math.ulp(float(wanted))
                assert gap < ERRORS[name], x


@each
def test_every_set_of_instructions_gives_the_same_bits(loops, name):
    xs = np.concatenate([points(name), EDGES])
    wanted = loops("base", name, xs)
    for kind in loops.sets:
        assert same(loops(kind, name, xs), wanted), kind


SIZES = [0.0, 5e-324, 1e-310, 2.0**-1022, 1e-300, 1e-17, 1.0, 700.0, 708.5, 709.0]
SIZES += [710.0, 710.4758600739439, 710.475860073944, 745.0, 745.2, 746.0, 1e3, 1e300]
SIZES += [sys.float_info.max, math.inf, math.nan, 2.0**53, 2.0**1023]
EDGES = np.array([*SIZES, *[-x for x in SIZES]])


@each
def test_edges_are_those_of_the_engine(loops, name):
    for x, y in zip(EDGES.tolist(), loops("base", name, EDGES).tolist(), strict=True):
        wanted = OPS[name].evaluate(x)
        if wanted != wanted:
            assert y != y, x
        elif wanted in (0.0, 1.0, -1.0) or math.isinf(wanted):
            assert (y, math.copysign(1.0, y)) == (wanted, math.copysign(1.0, wanted)), x
        else:
            assert abs(y - wanted) <= 4.0 * math.ulp(wanted), x


def test_the_last_finite_and_the_first_infinite_exponential_are_those_of_the_engine(
    loops,
):
    last = math.log(sys.float_info.max)
    ends = [
        last,
        math.nextafter(last, math.inf),
        -745.1332191019411,
        -745.1332191019412,
    ]
    found = loops("base", "exp", np.array(ends))
    assert np.isfinite(found).tolist() == [True, False, True, True]
    assert found[2:].tolist() == [5e-324, 0.0]


def test_every_loop_is_one_over_vectors(tmp_path):
    version = subprocess.run(
        [compiler(), "--version"], capture_output=True, text=True, check=False
    )
    if "Free Software Foundation" not in version.stdout:
        pytest.skip("not GCC: what was vectorised is not said in its words")
    said = compiled(tmp_path, "-fopt-info-vec")
    assert said.count("loop vectorized") == len(ERRORS) * len(SETS), said
