"""The progress bar of a training: epochs, figures and the time that is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from dendrograd.native import say

from .history import Record
from .settings import refuse

if TYPE_CHECKING:
    from rich.console import Console


class Shown(NamedTuple):
    """What a training tells whoever watches it.

    advance  hears of every batch and every epoch
    say      takes a line to show above the bar
    """

    advance: Callable[[int, Record | None], object] = lambda epoch, record: None
    say: Callable[[str], object] = lambda line: None


@contextmanager
def bar(
    progress: bool | Console, first: int, epochs: int, batches: int
) -> Iterator[Shown]:
    """Show a bar inside the block; yield what moves it.

    It moves with each batch, so that the time left is known within the first epoch.
    """
    if isinstance(progress, int) and progress not in (0, 1):
        refuse("fit", "progress", progress, "True, False or a console of rich")
    if not progress:
        yield Shown()
        return
    from rich import progress as rich

    columns = (
        rich.TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
        rich.BarColumn(),
        rich.TextColumn("{task.fields[figures]}"),
        rich.TimeRemainingColumn(),
    )
    console: Any = None if isinstance(progress, int) else progress
    with rich.Progress(*columns, console=console) as shown:
        say(shown.console.print)
        task = shown.add_task(
            "fit", total=epochs * batches, completed=first * batches,
            epoch=first, epochs=epochs, figures="",
        )  # fmt: skip

        def advance(epoch: int, record: Record | None) -> None:
            if record is None:
                shown.update(task, advance=1)
                return
            figures = [f"{k} {v:.4g}" for k, v in record.items() if k != "epoch"]
            text = "  ".join(figures)
            shown.update(task, completed=epoch * batches, epoch=epoch, figures=text)

        yield Shown(advance, shown.console.print)
