"""Hold many random programs against the eager engine: `python many_programs.py 100000`.

What `test_adjoint.py` does for 500, by the reference and by the tape, for as many as are
asked for; a second number is the seed. Prints how many points differ in any bit.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1]))  # of twins.py

from test_adjoint import bits, cases, whole

from dendrograd import implementation
from dendrograd.compiler.code import reference
from dendrograd.compiler.passes import live
from dendrograd.compiler.tape import Tape


def main(count: int, seed: int) -> int:
    """Print what came out; return how many points differ."""
    points = wrong = 0
    for code, xs, expected in cases(count, seed):
        both = whole(code)
        for found in (reference(both, xs), Tape(live(both))(np.array(xs)).tolist()):
            value, *slopes = found
            wrong += bits([value, *[0.0 + x for x in slopes]]) != bits(expected)
        points += 1
    print(f"{implementation}: {count:,} programs, {points:,} points, {wrong} differ")
    return wrong


if __name__ == "__main__":
    asked = list(map(int, sys.argv[1:]))
    sys.exit(main(asked[0], asked[1] if len(asked) > 1 else 1) > 0)
