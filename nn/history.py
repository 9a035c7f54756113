"""What a training leaves behind: a record per epoch, and why it ended."""

from __future__ import annotations

from html import escape
from typing import Any, TypeAlias

Record: TypeAlias = dict[str, Any]

SHOWN = 20  # rows of the table that a notebook shows: the first and the last ones


class History(list[Record]):
    """A list of records, {"epoch": 1, "loss": ...}, as `pandas.DataFrame` takes it.

    best         with `patience`, the record of the epoch whose weights the model has
    stopped      why the training ended before its last epoch; "" where it did not
    interrupted  whether it was Ctrl-C that ended it
    compiled     whether code gave the gradients at the end, and not a graph of each batch
    why          why it did not, once that is known

    >>> history = History([{"epoch": 1, "loss": 0.5}])
    >>> history, history.best, history.stopped
    ([{'epoch': 1, 'loss': 0.5}], None, '')
    >>> history["loss"]
    [0.5]
    """

    best: Record | None = None
    stopped: str = ""
    interrupted: bool = False
    compiled: bool = False
    why: str = ""

    def __getitem__(self, place: Any) -> Any:
        """Return a record by its place, or by a name the figures of all epochs.

        Raises KeyError for a name that no record has.
        """
        if not isinstance(place, str):
            return super().__getitem__(place)
        if not any(place in record for record in self):
            names = list(dict.fromkeys(name for record in self for name in record))
            raise KeyError(f"History: no figure {place!r}; there are {names}")
        return [record.get(place) for record in self]

    def _repr_html_(self) -> str:
        """Return a table for a notebook; of many records the first and the last ones."""
        names = list(dict.fromkeys(name for record in self for name in record))
        half = SHOWN // 2
        gap = [[f"{len(self) - SHOWN} more", *[""] * (len(names) - 1)]]
        rows = [[_shown(record.get(name, "")) for name in names] for record in self]
        if len(rows) > SHOWN:
            rows = rows[:half] + gap + rows[-half:]
        caption = f"{len(self)} epoch" + "s" * (len(self) != 1)
        caption += f"; {self.stopped}" if self.stopped else ""
        body = "".join(_row("td", row) for row in rows)
        return (
            f'<table class="dendrograd"><caption style="text-align:left">'
            f"{escape(caption)}</caption><thead>{_row('th', names)}</thead>"
            f"<tbody>{body}</tbody></table>"
        )


def _shown(figure: Any) -> str:
    return f"{figure:.4g}" if isinstance(figure, float) else str(figure)


def _row(tag: str, texts: list[str]) -> str:
    cells = (
        f'<{tag} style="text-align:right;padding:0 .5em">{escape(t)}</{tag}>'
        for t in texts
    )
    return f"<tr>{''.join(cells)}</tr>"
