"""The commands and their options; each runs a file of its own, imported when called."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from dendrograd import implementation
from dendrograd.native import say

__all__ = ["app"]

app = typer.Typer(
    name="dendrograd",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

Out = Annotated[Path, typer.Option("--out", "-o", help="Folder to write into.")]
Epochs = Annotated[
    int, typer.Option(min=1, help="Passes over the training rows, at most.")
]
Seed = Annotated[int, typer.Option(min=0, help="Same seed, same numbers.")]
Assignments = Annotated[
    list[str] | None, typer.Argument(metavar="NAME=VALUE", help="As x=2; may be many.")
]


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dendrograd {version('dendrograd')} ({implementation})")
        say(typer.echo, again=True)
        raise typer.Exit


@app.callback(invoke_without_command=True)
def dendrograd(
    context: typer.Context,
    show_version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            help="Print the version, and whether the engine is native or pure Python.",
        ),
    ] = False,
) -> None:
    """Scalar automatic differentiation whose computational tree you can see and trust.

    Begin with: dendrograd demo
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def demo(
    out: Out = Path("dendrograd-demo"), epochs: Epochs = 200, seed: Seed = 0
) -> None:
    """Train on real data, draw it, and prove the gradients, in some seconds.

    A network learns to tell three species of penguins by four measurements, until it
    gets no better on rows that it does not learn from. Written are the network, the tree
    of one loss and, where matplotlib is installed, its loss curve, confusion matrix and
    decision boundary; its gradients are compared with two other ways to get them.

    Example: dendrograd demo --out penguins
    """
    from .demo import run

    run(out, epochs, seed)


class _MinusFirst(TyperCommand):
    """A command that takes "-x + 1" for an expression, not for options -x, -+, ..."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        marked = [" " + arg if _is_expression(arg) else arg for arg in args]
        return super().parse_args(ctx, marked)


def _is_expression(argument: str) -> bool:
    return argument[:1] == "-" and argument[:2] not in ("-", "--", "-o", "-h")


@app.command(cls=_MinusFirst)
def draw(
    expression: Annotated[
        str, typer.Argument(metavar="EXPRESSION", help="Arithmetic, in quotes.")
    ],
    assignments: Assignments = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="File to write: tree.svg, tree.html ..."),
    ] = None,
    play: Annotated[
        bool, typer.Option("--play", help="Make the picture move (.html or .svg).")
    ] = False,
    why: Annotated[
        str | None,
        typer.Option(
            "--explain", metavar="NAME", help="Tell what a gradient is the sum of."
        ),
    ] = None,
) -> None:
    """Show an expression's value, its gradient, and its tree as a picture.

    Functions are those of dendrograd, such as tanh(x), maximum(x, y), sum([x, y]) or
    where(x > 0, x, y); pi and e are known, and "L = a*b" names the result. The ending
    of a file says its format, and one that is unknown is answered with the list. A
    .html is a page in which values can be changed; only .png and .pdf need another
    program, dot. With --play, a .html plays forward and backward step by step, and a
    .svg moves without a script.

    Example: dendrograd draw "tanh(w*x + b)" w=2 x=-1 b=0.5 -o tree.svg
    """
    from .draw import run

    run(expression, assignments or (), out, play, why)


@app.command()
def check(
    function: Annotated[
        str, typer.Argument(metavar="MODULE:FUNCTION", help="Or FILE.py:FUNCTION.")
    ],
    assignments: Assignments = None,
    fixed: Annotated[
        list[str] | None,
        typer.Option(help="An argument to pass as it is, as a count; may be repeated."),
    ] = None,
    compiled: Annotated[
        bool,
        typer.Option(
            "--compiled", help="Hold the compiled function against it, bit by bit."
        ),
    ] = False,
) -> None:
    """Check the gradients of your own function by independent ways.

    Reverse mode is held against forward mode, finite differences and, where they know
    the function, dual numbers, the complex step and mpmath.

    The status is 0 where all of them agree, and 1 where one does not: also at a kink
    (abs at 0, or so near that differences straddle it), at a branch of the function,
    and where rounding, an infinity or a nan leaves nothing to compare. Arguments may
    be lists: w=[1,2].

    Example: dendrograd check model.py:loss "w=[0.5,-1]" x=2
    """
    from .check import run

    if not run(function, assignments or (), fixed or (), compiled):
        raise typer.Exit(1)
