"""Count the verdicts: `python tests/testing/verdict_counts.py [functions]`.

Planted wrong rules are to be found and right functions never to be accused. The wrong
rules that passed, and the right functions that were accused, are named.
"""

from __future__ import annotations

import sys
from collections import Counter

from planted import WRONG, outcome
from right_functions import FORMULAS, functions, verdict


def counted(count: int) -> bool:
    """Print all counts; return whether nobody right was accused and 38 were found."""
    words = {name: outcome(check) for name, check in WRONG.items()}
    print(f"{len(WRONG)} wrong rules: {dict(Counter(words.values()))}")
    print(*[f"    {name}: {w}" for name, w in words.items() if w != "found"], sep="\n")
    told = {name: verdict(right) for name, right in FORMULAS.items()}
    print(f"{len(told)} right formulas: {dict(Counter(told.values()))}")
    print(*[f"    {name}: {w}" for name, w in told.items() if w != "agree"], sep="\n")
    every: Counter[str] = Counter()
    for i, right in enumerate(functions(count)):
        word = verdict(right)
        every[f"{word}, {'known' if i % 4 < 2 else 'own'}, order {right.order}"] += 1
        if word == "differ":
            print(f"    accused: number {i}, at {right.args}")
    print(f"{count} right functions: {dict(sorted(every.items()))}")
    accused = sum(n for word, n in every.items() if word.startswith("differ"))
    found = sum(word == "found" for word in words.values())
    return found >= 38 and not accused and "differ" not in told.values()


if __name__ == "__main__":
    sys.exit(not counted(int(sys.argv[1]) if len(sys.argv) > 1 else 2000))
