"""A page says numbers, tints and lines in the words of a picture that Python draws."""

import json
import math
import random
import re
import shutil
import struct
import subprocess
from importlib.resources import files

import pytest

from dendrograd.viz.formats.paint import line_kind, weights
from dendrograd.viz.model.labels import EM, FONT
from dendrograd.viz.model.picture import Arrow
from dendrograd.viz.style import shade
from dendrograd.viz.text import num

needs_node = pytest.mark.skipif(
    shutil.which("node") is None, reason="node is not on PATH: JavaScript is not run"
)
WORDS = files("dendrograd.viz.page").joinpath("words.js").read_text("utf-8")
TIES = [0.5, 2.5, 1234.5, 1235.5, 0.00012345, 100050.0, 99995.0, 12.125, 1e22 + 2**30]
LIMITS = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1.7e308, 9999.5, 1e16, 1e-4]


def numbers():
    """Numbers of any size, and those at which a way of writing changes."""
    drawn = random.Random(0)
    bits = [struct.unpack("<d", drawn.randbytes(8))[0] for _ in range(1500)]
    plain = [round(drawn.uniform(-1e4, 1e4), drawn.randint(0, 7)) for _ in range(1500)]
    halves = [n / 8 * 10**e for n in range(-100, 100) for e in range(-6, 7)]
    return [*TIES, *LIMITS, *bits, *plain, *halves]


NUMBERS = numbers()
POSITIVE = [abs(x) for x in NUMBERS if x and math.isfinite(x)]


def run(script, given):
    """Return what an expression of JavaScript makes of some numbers."""
    words = [x if math.isfinite(x) else str(x) for x in given]
    read = "(x) => typeof x === 'string' ? Number(x.replace('inf', 'Infinity')) : x"
    text = f"{WORDS}\nconst given = {json.dumps(words)}.map({read});\n"
    text += f"console.log(JSON.stringify({script}))"
    made = subprocess.run(
        ["node"], input=text, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    return json.loads(made.stdout)


def rounded(x, digits):
    """Return the mantissa and the exponent of a positive number."""
    mantissa, exponent = f"{x:.{digits - 1}e}".split("e")
    return [mantissa, int(exponent)]


def columns_in(width):
    """Return the columns that a box has room for, where `measure` made it that wide."""
    return max(n for n in range(200) if round(n * EM * FONT + 18) <= width)


def fitted(word, x, columns):
    """Return the longest of the ways to write a number that fit, or the shortest."""
    ways = [f"{word} {num(x, digits)}" for digits in (4, 3, 2, 1)]
    return next((way for way in ways if len(way) <= columns), ways[-1])


SPREAD = random.Random(1)
SIZES = [SPREAD.gauss(0, 1) * 10 ** SPREAD.randint(-6, 2) for _ in range(300)]
SIZES += [0.0, math.inf, -math.inf, math.nan]
WIDTHS = [round(n * EM * FONT + 18) for n in range(1, 80)]
# For each function of words.js: calls of it in JavaScript, and what Python says there.
CASES = {
    "num": [
        (
            "given.map((x) => [1, 2, 3, 4].map((n) => num(x, n)))",
            NUMBERS,
            lambda x: [num(x, n) for n in (1, 2, 3, 4)],
        ),
        ("given.map((x) => num(x))", NUMBERS, num),
    ],
    "rounded": [
        (
            "given.map((x) => [1, 3].map((n) => rounded(x, n)))",
            POSITIVE,
            lambda x: [rounded(x, n) for n in (1, 3)],
        ),
    ],
    "exact": [("given.map(exact)", NUMBERS, repr)],
    "shades": [
        ("given.map(shades(given))", SIZES, shade(SIZES)),
        ("given.map(shades([]))", SIZES, shade([])),
    ],
    "weights": [
        (
            "given.map(weights(given))",
            SIZES,
            weights([Arrow(0, 1, None, x) for x in SIZES]),
        ),
        ("given.map(weights([0]))", SIZES, weights([Arrow(0, 1, None, 0.0)])),
    ],
    "lineKind": [("given.map(lineKind)", SIZES, line_kind)],
    "columnsIn": [("given.map(columnsIn)", WIDTHS, columns_in)],
    "fitted": [
        (
            "given.map((x) => [6, 9, 12].map((n) => fitted('grad', x, n)))",
            SIZES,
            lambda x: [fitted("grad", x, n) for n in (6, 9, 12)],
        ),
    ],
}


def test_every_function_that_repeats_python_is_held_against_it():
    assert sorted(re.findall(r"(?m)^function (\w+)", WORDS)) == sorted(CASES)


@needs_node
@pytest.mark.parametrize("name", CASES)
def test_a_page_says_what_a_picture_says(name):
    for script, given, python in CASES[name]:
        said, wanted = run(script, given), [python(x) for x in given]
        assert said == (
            pytest.approx(wanted, abs=1e-9) if name == "weights" else wanted
        )
