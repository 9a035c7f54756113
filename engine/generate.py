"""Write the text that follows from the table: `python -m dendrograd.generate`.

`_methods.pyi` types the methods that `value.py` installs, `__init__.py` imports and
lists the functions, `docs/operations.md` shows the table, and `_operations.h` is the
table in C. A test compares each with what this would write. Two more scripts (`SCRIPTS`)
then rewrite the edge cases; they need the tools of the tests.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

from dendrograd.languages.c_header import header
from dendrograd.languages.python import has_operator

from .files import write_whole
from .op import Op
from .ops import OPS
from .rules import explained

HERE = Path(__file__).resolve().parent
GENERATED = "generated from the table by `python -m dendrograd.generate`"


def methods() -> str:
    """Return the typing of the methods and operators that Value gets."""
    lines = [
        f"# {GENERATED}; do not edit",
        "from typing import Any",
        "",
        "from .value import Value",
        "",
        "class Methods:",
    ]
    for op in OPS.values():
        if op.method:
            lines += [_signature(name, op) for name in op.names]
            if op.dunder and len(op.domain) == 2:
                lines.append(_signature(f"__r{op.dunder}__", op))
    return "\n".join(lines) + "\n"


def _signature(name: str, op: Op) -> str:
    other = ", other: Any" if len(op.domain) == 2 else ""
    return f"    def {name}(self{other}) -> Value: ..."


def functions() -> list[str]:
    """Return the operations that are functions of the package.

    Those of a fixed number of operands that Python does not write as an operator.
    """
    return [op.name for op in OPS.values() if not op.variadic and not has_operator(op)]


def init() -> str:
    """Return `__init__.py` with the table's functions imported and in `__all__`."""
    text = (HERE / "__init__.py").read_text(encoding="utf-8")
    names = "".join([f"    {name},\n" for name in sorted(functions(), key=natural)])
    text = re.sub(
        r"from \.ops import \(.*?\)",
        f"from .ops import (\n{names})",
        text,
        flags=re.DOTALL,
    )
    imported = [
        alias.name
        for statement in ast.parse(text).body
        if isinstance(statement, ast.ImportFrom) and statement.level  # our own
        for alias in statement.names
        if not alias.asname  # a name of its own is private
    ]
    listed = "".join([f'    "{name}",\n' for name in sorted(imported, key=natural)])
    return re.sub(
        r"__all__ = \[.*?\]", f"__all__ = [\n{listed}]", text, flags=re.DOTALL
    )


def natural(name: str) -> tuple[bool, list[tuple[int, str]]]:
    """Return the key that sorts classes first, and log2 before log10."""
    parts = re.findall(r"(\d*)(\D*)", name)
    return name[0].islower(), [(int(digits or 0), rest) for digits, rest in parts]


def table() -> str:
    """Return the page of operations: domain, local derivatives, what a kink gets."""
    lines = [
        "# The operations",
        "",
        f"This page is {GENERATED}.",
        "",
        "`y` is the output. The domain is where an operation is defined and smooth;",
        "outside it, results follow IEEE 754 (`inf`, `nan`) and nothing raises. Braces",
        "mean whole numbers. At a kink the derivative is the one promised there: the",
        "subgradient of smallest norm.",
        "",
        "| name | shown as | domain of each operand | local derivatives | at a kink |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [_row(op) for op in OPS.values()]
    return "\n".join(lines) + "\n"


def _row(op: Op) -> str:
    domain = ", ".join(map(str, op.domain)) + (" each" if op.variadic else "")
    kinks = "; ".join([f"{_tuple(at)} gives {_tuple(d)}" for at, d in op.kinks])
    cells = [f"`{op.name}`", f"`{op.symbol}`", domain, _derivatives(op), kinks]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _derivatives(op: Op) -> str:
    count = 3 if op.variadic else len(op.domain)
    names = ["x"] if count == 1 else list("abc"[:count])
    partials, steps = explained(op, names)
    shown = ", ".join([f"`{text}`" for text in partials])
    if steps:
        shown += f"; with {', '.join([f'`{step}`' for step in steps])}"
    return f"of ({', '.join(names)}): {shown}" if len(names) > 1 else shown


def _tuple(numbers: tuple[float, ...]) -> str:
    return "(" + ", ".join([f"{x:g}" for x in numbers]) + ")"


def stubs() -> dict[Path, str]:
    """Return a stub for each module: where type checkers find it, by its import name."""
    texts = {}
    for top, name in (("engine", ""), ("nn", "nn"), ("viz", "viz")):
        for module in sorted((HERE.parent / top).rglob("*.py")):
            place = module.relative_to(HERE.parent / top).with_suffix("")
            parts = [part for part in place.parts if part != "__init__"]
            stub = HERE.parent / "typings" / "dendrograd" / name / place
            text = f"from {'.'.join([top, *parts])} import *\n"
            texts[stub.with_suffix(".pyi")] = text
    return texts


def outputs() -> dict[Path, str]:
    """Return each generated file with its text."""
    return {
        HERE / "__init__.py": init(),
        HERE / "_methods.pyi": methods(),
        HERE / "_operations.h": header(GENERATED),
        HERE.parent / "docs" / "operations.md": table(),
        **stubs(),
    }


SCRIPTS = ("tests/engine/make_edge_specials.py", "docs/make_edge_cases.py")

if __name__ == "__main__":
    texts = outputs()
    for stale in set((HERE.parent / "typings").rglob("*.pyi")) - set(texts):
        stale.unlink()
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)
    print("\n".join([f"wrote {path}" for path in texts if path.suffix != ".pyi"]))
    print(f"wrote {len(stubs())} stubs in {HERE.parent / 'typings'}")
    for script in SCRIPTS:  # in processes of their own: they read what is written above
        subprocess.run([sys.executable, HERE.parent / script], check=True)
