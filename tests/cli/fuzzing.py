"""Hostile text for the command line, and a guard that sees whether any of it runs."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from hypothesis import strategies as st
from rich.cells import cell_len

from dendrograd.cli.functions import FUNCTIONS

# The guard --------------------------------------------------------------------------

SECONDS = 30  # a case takes milliseconds; one that takes this long hangs
FORBIDDEN = (  # audit events of PEP 578, by their beginnings
    "builtins.input", "code.", "ctypes.", "exec", "function.", "import", "marshal.",
    "open", "os.", "pickle.", "pty.", "shutil.", "socket.", "subprocess.", "tempfile.",
)  # fmt: skip
watching: tuple[str, ...] = ()  # the forbidden events, while a guard is on
seen: list[str] = []


class Ran(BaseException):
    """An input made the interpreter run, import, open or start something, or hung."""


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if watching and event.startswith(watching):
        seen.append(f"{event}{arguments!r}"[:200])
        raise Ran(seen[-1])


cell_len("日")  # rich imports its tables of characters when it first needs them
sys.addaudithook(_hook)  # it stays for the life of the process, and is off by default


def _too_long(number: int, frame: FrameType | None) -> None:
    raise Ran(f"not done after {SECONDS} seconds")


@contextmanager
def guarded(watch: tuple[str, ...] = FORBIDDEN) -> Iterator[None]:
    """Raise Ran where the block runs code, opens a file, or takes SECONDS."""
    global watching
    seen.clear()
    timed = hasattr(signal, "setitimer")
    if timed:
        before = signal.signal(signal.SIGALRM, _too_long)
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
    watching = watch
    try:
        yield
    finally:
        watching = ()
        if timed:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
    if seen:  # the block caught it
        raise Ran(seen[0])


# Expressions ------------------------------------------------------------------------

WORDS = (
    "x y z pi inf 0 1 2.5 1e308 1e999 9**9**9 0xff 0b1 0o7 1_0 1j 1if 0777 "
    "+ - * / ** // % @ ^ ~ & | << >> ( ) [ ] { } , . : ; = == := < <= > != -> ! "
    "lambda for in not and or if else is None True await yield from import as with "
    "print exec eval open __import__ __class__ __bases__ .__globals__ __builtins__ "
    "getattr globals() breakpoint() os.system('true') quit() ().__class__ if:else "
    "[x\tfor\tx\tin\tx] (y:=1) lambda:0 *x **x f'{x}' f\"{open}\" '' '\\d' b'' ''' "
    '" ` ... \\ # $ ? _ __ é 日 ﬁ ½ ² ١ \ud800 \ufeff \u2028 \x00 \x0c \n \t '
)
TOKENS = st.sampled_from(WORDS.split(" "))
CALLS = st.sampled_from(sorted(FUNCTIONS))
NUMBERS = (
    st.sampled_from(["x", "y", "pi", "0", "-1", "1e308", "5e-324", "170", "inf", "nan"])
    | st.floats(allow_nan=False, allow_infinity=False).map(repr)
    | st.integers(0, 10**320).map(str)
    | st.integers(0, 10**320).map(hex)
)


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    some = st.lists(inner, min_size=1, max_size=3)
    operators = st.sampled_from(["+", "-", "*", "/", "**", "//", "%", "<", ",", "@"])
    return st.one_of(
        st.tuples(inner, operators, inner).map(lambda p: f"({' '.join(p)})"),
        st.tuples(CALLS, some).map(lambda c: f"{c[0]}({', '.join(c[1])})"),
        some.map(lambda xs: f"[{', '.join(xs)}]"),
        st.tuples(inner, inner, inner).map(
            lambda p: f"where({p[0]} > {p[1]}, {p[2]}, x)"
        ),
        inner.map(lambda x: f"-{x}"),
        inner.map(lambda x: f"{x}.real"),
    )


def _call(name: str, inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    some = st.lists(inner, min_size=2, max_size=2).map(lambda xs: f"[{', '.join(xs)}]")
    arguments = [some if is_list else inner for is_list in FUNCTIONS[name].lists]
    return st.tuples(*arguments).map(lambda xs: f"{name}({', '.join(xs)})")


def _sound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["+", "-", "*", "/", "**", "//", "%"])
    pairs = st.tuples(inner, operators, inner).map(lambda p: f"({' '.join(p)})")
    return pairs | CALLS.flatmap(lambda name: _call(name, inner))


SOUND = st.recursive(NUMBERS, _sound, max_leaves=8)
FORMULAS = SOUND | st.recursive(NUMBERS, _larger, max_leaves=8)
DEEP = st.tuples(
    st.sampled_from(
        [("(", ")"), ("[", "]"), ("-", ""), ("~", ""), ("not ", ""), ("tanh(", ")"),
         ("x+", ""), ("x**", ""), ("", ".x"), ("", "[0]"), ("", "()"), ("lambda:", ""),
         ("sum([", "])"), ("x if x else ", ""), ("f'{", "}'"), ("{0:", "}"), ("9**", "")]
    ),
    st.integers(1, 6000),
    TOKENS,
)  # fmt: skip
EXPRESSIONS = st.one_of(
    st.lists(TOKENS, max_size=12).map("".join),
    st.lists(TOKENS, max_size=12).map(" ".join),
    st.text(max_size=20),
    SOUND,
    FORMULAS,
    DEEP.map(lambda d: d[0][0] * d[1] + d[2] + d[0][1] * d[1]),
    st.tuples(FORMULAS, TOKENS, st.integers(0, 99)).map(
        lambda p: p[0][: p[2] % (len(p[0]) + 1)] + p[1] + p[0][p[2] % (len(p[0]) + 1) :]
    ),
)

# NAME=VALUE -------------------------------------------------------------------------

LITERALS = st.recursive(
    NUMBERS | TOKENS | st.sampled_from(["-", "+-inf", "--nan", "0x" + "f" * 5000]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda xs: f"[{', '.join(xs)}]"),
        st.lists(inner, max_size=3).map(lambda xs: f"({', '.join(xs)},)"),
        st.tuples(inner, inner).map(lambda p: f"{{{p[0]}: {p[1]}}}"),
        st.tuples(inner, inner).map(lambda p: f"{p[0]}+{p[1]}"),
    ),
    max_leaves=6,
)
ASSIGNMENTS = st.tuples(LITERALS, SOUND).map(
    lambda pair: [f"x={pair[0]}", f"y={pair[1]}"]
) | st.lists(
    st.tuples(
        st.sampled_from(
            ["x", "y", "z", " x ", "", "lambda", "__class__", "1", "ﬁ", "x.y"]
        )
        | st.text(max_size=4),
        st.sampled_from(["=", "=", "=", "", "==", " = "]),
        LITERALS | EXPRESSIONS,
    ).map("".join),
    max_size=3,
)
