"""Why a row got its answer: what each column adds to it, and along which paths."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from dendrograd import Value
from dendrograd.nn.settings import refuse

SHOWN = 6  # columns that are printed
MOST = 12  # columns that an error lists


@dataclass(frozen=True, eq=False, repr=False)
class Answer:
    """The answer of a net for one row, taken apart; printed, in words.

    text      the answer
    score     the number that decides it, as a Value: of two classes the logit, of more
              the lead of one logit over the next; of a regressor, what it predicts
    columns   the entries of the row as Values, with their names
    feature   the name of the column whose paths are shown, that of the largest effect
              where none was asked for
    k         how many paths are shown

    >>> width = Value(3.0, label="width")
    >>> print(Answer("class 1", 2.0 * width, (width,)))
    class 1 (score 6)
      width = 3, where the slope is 2: 6
      whatever the columns are: 0
    d (2 * width) / d width = 2
    One path from width to 2 * width:
    <BLANKLINE>
    path 1: 2
      ×2  d (2 * width) / d width  2 * width  at width = 3
    """

    text: str
    score: Value
    columns: tuple[Value, ...]
    feature: str | None = None
    k: int = 3

    def __post_init__(self) -> None:
        """Differentiate the score, so that columns have slopes, and drawings colours."""
        names = [column.label for column in self.columns]
        if self.feature is not None and self.feature not in names:
            near = (
                get_close_matches(str(self.feature), names) if len(names) > MOST else []
            )
            shown = near or names[:MOST]
            more = f" and {len(names) - len(shown)} more" * (len(names) > len(shown))
            wanted = "one of " + ", ".join(shown) + more
            refuse("explain", "feature", self.feature, wanted)
        self.score.backward()

    @property
    def effects(self) -> dict[str, float]:
        """What each column adds: its entry times the slope there, largest first.

        A net of relu or identity is a straight line around the row, so these and a
        constant add up to the score. Others bend, and effects are those of the tangent.
        """
        found = {c.label: c.data * c.grad + 0.0 for c in self.columns}  # no -0
        return dict(sorted(found.items(), key=lambda effect: -abs(effect[1])))

    @property
    def explanation(self) -> Any:
        """The paths from one column to the score, as `dendrograd.viz.explain` gives them."""
        feature = self.feature or next(iter(self.effects))
        column = next(c for c in self.columns if c.label == feature)
        return _verbs()[1](self.score, column, self.k)

    def draw(self, **options: Any) -> Any:
        """Draw the tree of the score; the options are those of `dendrograd.viz.draw`."""
        return _verbs()[0](self.score, **options)

    def __str__(self) -> str:
        """Return the answer, the largest effects, and the paths of one column."""
        columns = {column.label: column for column in self.columns}
        what = self.score.label or "score"
        lines = [f"{self.text} ({what} {self.score.data:.4g})"]
        for name, effect in list(self.effects.items())[:SHOWN]:
            x, slope = columns[name].data, columns[name].grad
            lines.append(
                f"  {name} = {x:.4g}, where the slope is {slope:.4g}: {effect:.4g}"
            )
        if len(columns) > SHOWN:
            lines.append(f"  and {len(columns) - SHOWN} columns of smaller effect")
        rest = self.score.data - sum(self.effects.values())
        lines.append(f"  whatever the columns are: {rest:.4g}")
        return "\n".join([*lines, str(self.explanation)])

    __repr__ = __str__


def _verbs() -> tuple[Any, Any]:
    from dendrograd.viz import draw, explain

    return draw, explain
