"""What is learnt: classes or a number, from which columns."""

from __future__ import annotations

import pytest

from dendrograd.cli.errors import CommandError
from dendrograd.cli.table import Table
from dendrograd.cli.task import Task, find_task, targets


def table(cells: list[str], **columns: list[str]) -> Table:
    """Return a table with a feature x, a target y, and further columns."""
    named = {"x": [str(i) for i in range(len(cells))], "y": cells, **columns}
    rows = tuple(zip(*named.values(), strict=True))
    return Table("t.csv", tuple(named), rows, tuple(range(2, len(cells) + 2)))


@pytest.mark.parametrize(
    ("cells", "kind", "classes"),
    [
        (["no", "yes", "no", "no"], "classification", ("no", "yes")),
        (["2", "10", "2", "10"], "classification", ("2", "10")),
        (["1.0", "0", "1", "0.0"], "classification", ("0", "1")),
        (["1.5", "0", "1", "0"], "regression", ()),
        ([str(i) for i in range(11)] * 3, "regression", ()),
    ],
)
def test_the_kind_of_task_follows_from_the_target(
    cells: list[str], kind: str, classes: tuple[str, ...]
) -> None:
    task = find_task(table(cells), "y")
    assert (task.kind, task.classes, task.features) == (kind, classes, ("x",))
    assert task.outputs == max(1, len(classes))
    assert task.reason.startswith("it holds ")


def test_the_kind_of_task_can_be_said() -> None:
    assert find_task(table(["0", "1", "0", "1"]), "y", "regression").classes == ()
    said = find_task(table(["0.5", "1.5"] * 3), "y", "classification")
    assert said.classes == ("0.5", "1.5")


def test_ignored_columns_are_not_learnt_from() -> None:
    names = table(["a", "b"] * 2, who=["Ann", "Bob", "Cy", "Di"])
    assert find_task(names, "y", "auto", ["who"]).features == ("x",)


@pytest.mark.parametrize(
    ("cells", "options", "message"),
    [
        (["a", "a", "a"], (), "column 'y' holds 'a' in every row"),
        (["1", "1", "1"], (), "column 'y' holds '1' in every row"),
        (["1", "1", "1"], ("regression",), "column 'y' holds '1' in every row"),
        (["a", "b"], ("guess",), "--task 'guess' is none of auto, classification"),
        (["a", "b"], ("auto", ["x"]), "no column is left to predict from"),
        (["a", "b"], ("auto", ["z"]), "no column 'z'; the columns are 'x', 'y'"),
        (["a", "b", "c", "d", "e"], (), "has 5 different values in 5 rows, too many"),
        (["a", ""], (), "row 2 (line 3), column 'y': the cell is empty"),
        (["a", "nan"], (), "row 2 (line 3), column 'y': 'nan' is no value"),
        (["1.5", "a"], ("regression",), "row 2 (line 3), column 'y': 'a' is not a num"),
        (["1.5", "inf"], ("regression",), "'inf' is not a finite number"),
        (["1.5"] * 19 + ["2,5"], (), "row 20 (line 21), column 'y': '2,5' is not a n"),
    ],
)
def test_a_target_that_cannot_be_learnt_is_refused(
    cells: list[str], options: tuple[str, ...], message: str
) -> None:
    with pytest.raises(CommandError) as caught:
        find_task(table(cells), "y", *options)
    assert message in str(caught.value)


def test_targets_are_indices_of_classes_however_a_number_is_spelled() -> None:
    task = Task(("x",), "y", ("0", "1"))
    assert targets(table(["1.0", "0", "1"]), task) == [1, 0, 1]


def test_an_unknown_class_is_refused() -> None:
    with pytest.raises(CommandError, match="'c' is none of the classes 'a', 'b'"):
        targets(table(["a", "c"]), Task(("x",), "y", ("a", "b")))
