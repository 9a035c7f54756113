"""`dendrograd train` and `predict`: from a CSV file to answers, or to one clear line."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import pytest
from commands import Command

from dendrograd.cli.model import Model

FAST = ("--epochs", "12", "--hidden", "4", "--learning-rate", "0.05")


def blobs(folder: Path, rows: int = 60) -> Path:
    """Write two kinds of points that a line parts, and return the file."""
    rng = random.Random(3)
    lines = ["size,weight,kind"]
    for i in range(rows):
        shift = 4.0 * (i % 2)
        point = [rng.gauss(shift, 1.0), 1000.0 + 100.0 * rng.gauss(shift, 1.0)]
        lines.append(f"{point[0]!r},{point[1]!r},{('cat', 'dog')[i % 2]}")
    file = folder / "pets.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def slope(folder: Path, rows: int = 60) -> Path:
    """Write points of a line in far units, and return the file."""
    rng = random.Random(3)
    xs = [rng.uniform(-50.0, 50.0) for _ in range(rows)]
    lines = ["x,price", *[f"{x!r},{1e6 + 250.0 * x!r}" for x in xs]]
    file = folder / "prices.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def answers(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_classes_are_learnt_saved_and_predicted(
    command: Command, tmp_path: Path
) -> None:
    told = command("train", blobs(tmp_path), "--target", "kind", *FAST)
    assert told.status == 0, told
    head = "classification of 'kind' (it holds text): 2 classes, cat, dog; 60 rows of 2"
    assert told.out.startswith(head)
    assert "epoch 12  loss " in told.out
    written = {file.name for file in (tmp_path / "pets-model").iterdir()}
    assert written == {"model.safetensors", "loss.svg", "confusion.svg", "boundary.svg"}
    assert all(name in told.out for name in written)
    predicted = answers(command("predict", "pets-model", "pets.csv").out)
    right = [row["kind"] for row in answers((tmp_path / "pets.csv").read_text())]
    assert list(predicted[0]) == ["kind", "probability"]
    hits = sum(a == b["kind"] for a, b in zip(right, predicted, strict=True))
    assert hits >= 57
    assert all(0.5 <= float(row["probability"]) <= 1.0 for row in predicted)


def test_the_accuracy_told_is_that_of_the_rows_held_back(
    command: Command, tmp_path: Path
) -> None:
    told = command("train", blobs(tmp_path), "--target", "kind", *FAST)
    line = next(x for x in told.out.splitlines() if x.startswith("on rows not trained"))
    right, count = (int(line.split()[i]) for i in (-5, -3))
    assert count == 15
    assert f"accuracy {right / count:.4f}:" in line


def test_numbers_are_learnt_in_their_own_units(
    command: Command, tmp_path: Path
) -> None:
    told = command(
        "train", slope(tmp_path), "--target", "price", "--hidden", "none",
        "--epochs", "60", "--learning-rate", "0.05", "-o", "out",
    )  # fmt: skip
    assert told.status == 0, told
    assert told.out.startswith(
        "regression of 'price' (it holds 60 different numbers): 60"
    )
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        "model.safetensors",
        "loss.svg",
    }
    (tmp_path / "new.csv").write_text("note,x\nhello,10\n,-40\n")
    told = command("predict", "out/model.safetensors", "new.csv", "-o", "answers.csv")
    assert told.out == "wrote 2 predictions into answers.csv\n"
    found = [
        float(row["price"]) for row in answers((tmp_path / "answers.csv").read_text())
    ]
    assert found == pytest.approx([1_002_500.0, 990_000.0], rel=1e-3)


def test_the_scales_are_those_of_the_training_rows_alone(
    command: Command, tmp_path: Path
) -> None:
    command("train", slope(tmp_path), "--target", "price", *FAST, "-o", "half")
    command(
        "train", "prices.csv", "--target", "price", *FAST, "-o", "all",
        "--test-fraction", "0",
    )  # fmt: skip
    half, whole = (Model.load(tmp_path / name) for name in ("half", "all"))
    xs = [float(row["x"]) for row in answers((tmp_path / "prices.csv").read_text())]
    assert whole.feature_scale.mean[0] == pytest.approx(sum(xs) / len(xs))
    assert half.feature_scale.mean[0] != pytest.approx(sum(xs) / len(xs))


def test_the_same_seed_gives_the_same_bytes(command: Command, tmp_path: Path) -> None:
    blobs(tmp_path)
    for out in ("a", "b"):
        command("train", "pets.csv", "--target", "kind", *FAST, "-o", out)
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def test_columns_are_found_by_name_in_any_order(
    command: Command, tmp_path: Path
) -> None:
    command("train", blobs(tmp_path), "--target", "kind", *FAST)
    rows = answers((tmp_path / "pets.csv").read_text())
    swapped = ["weight;id;size", *[f"{r['weight']};7;{r['size']}" for r in rows]]
    (tmp_path / "swapped.csv").write_text("\ufeff" + "\r\n".join(swapped))
    same = [
        command("predict", "pets-model", f"{name}.csv") for name in ("pets", "swapped")
    ]
    assert same[0].out == same[1].out != ""


def test_every_epoch_of_few_is_told_and_some_of_many(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{i},{i}.5\n" for i in range(8)))
    flags = ("--target", "y", "--hidden", "none")
    few = command("train", "t.csv", *flags, "--epochs", "20").out
    many = command("train", "t.csv", *flags, "--epochs", "130").out
    assert sum(line.startswith("epoch") for line in few.splitlines()) == 20
    assert 40 < sum(line.startswith("epoch") for line in many.splitlines()) <= 52
    assert "epoch 130  " in many


def test_class_names_are_shown_as_they_are(command: Command, tmp_path: Path) -> None:
    rows = [f"{i},{('[red]', ':smile:')[i % 2]}" for i in range(12)]
    (tmp_path / "t.csv").write_text("\n".join(["x,[bold]", *rows]))
    told = command("train", "t.csv", "--target", "[bold]", *FAST)
    assert "'[bold]' (it holds text): 2 classes, :smile:, [red];" in told.out
    assert ":smile:" in command("predict", "t-model", "t.csv").out


GOOD = "x,y\n1,a\n2,b\n3,a\n4,b\n"


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (GOOD, (), "Missing option '--target'"),
        (GOOD, ("--target", "z"), "t.csv: no column 'z'; the columns are 'x', 'y'"),
        (GOOD, ("--target", "y", "--ignore", "z"), "t.csv: no column 'z'"),
        (GOOD, ("--target", "y", "--ignore", "x"), "no column is left to predict"),
        (GOOD, ("--target", "y", "--task", "both"), "--task 'both' is none of auto"),
        (GOOD, ("--target", "y", "--hidden", "a"), "--hidden 'a': list the sizes"),
        (GOOD, ("--target", "y", "--hidden", "0"), "--hidden '0': list the sizes"),
        (GOOD, ("--target", "y", "--hidden", ""), "--hidden '': list the sizes"),
        (GOOD, ("--target", "y", "--activation", "tahn"), "tahn"),
        (GOOD, ("--target", "y", "--epochs", "0"), "'--epochs'"),
        (GOOD, ("--target", "y", "--learning-rate", "-1"), "--learning-rate -1.0 must"),
        (GOOD, ("--target", "y", "--learning-rate", "nan"), "--learning-rate nan must"),
        (GOOD, ("--target", "y", "--test-fraction", "1"), "'--test-fraction'"),
        (GOOD, ("--target", "y", "-o", "t.csv"), "t.csv: is a file; name a folder"),
        ("", ("--target", "y"), "t.csv: the file is empty"),
        ("x,y\n", ("--target", "y"), "t.csv: a header line but no rows below it"),
        ("x,y\n1,a\n2,b\n", ("--target", "y"), "2 rows are too few"),
        ("x,y\n1,a\n2,a\n3,a\n4,a\n", ("--target", "y"), "holds 'a' in every row"),
        ("x,y\n1,a\nNaN,b\n", ("--target", "y"), "row 2 (line 3), column 'x': 'NaN'"),
        (
            "x,y\n1,a\nred,b\n",
            ("--target", "y"),
            "row 2 (line 3), column 'x': 'red' is",
        ),
        ("x,y\n1,a\n1e999,b\n", ("--target", "y"), "'1e999' is not a finite number"),
        ("x,y\n1,a\n2\n", ("--target", "y"), "row 2 (line 3) has 1 cells"),
        ("x,x\n1,a\n", ("--target", "x"), "columns 1 and 2 are both named 'x'"),
        (
            "x,y\n1e200,a\n-1e200,b\n1,a\n2,b\n",
            ("--target", "y"),
            "row 1 (line 2), column 'x': '1e200' is too large",
        ),
        (GOOD, ("--target", "y", "--hidden", "9999,9999"), "of 100029998 parameters"),
    ],
)
def test_wrong_use_of_train_is_told_and_nothing_is_written(
    command: Command,
    tmp_path: Path,
    content: str,
    options: tuple[str, ...],
    message: str,
) -> None:
    (tmp_path / "t.csv").write_text(content)
    assert message in command("train", "t.csv", *options).refusal
    assert [file.name for file in tmp_path.iterdir()] == ["t.csv"]


def test_a_loss_that_explodes_is_told_and_nothing_is_written(
    command: Command, tmp_path: Path
) -> None:
    told = command(
        "train", slope(tmp_path), "--target", "price", "--learning-rate", "1e200",
        "--activation", "relu",
    )  # fmt: skip
    assert "learning rate" in told.refusal
    assert [file.name for file in tmp_path.iterdir()] == ["prices.csv"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("pets-model", "absent.csv"), "absent.csv: no such file"),
        (("pets-model", "."), ".: is a folder, not a CSV file"),
        (("absent", "pets.csv"), "absent: cannot be read: No such file"),
        (("pets.csv", "pets.csv"), "pets.csv is no readable safetensors file"),
        (("pets-model", "less.csv"), "less.csv: no column 'size', which the model was"),
        (("pets-model", "text.csv"), "text.csv: row 1 (line 2), column 'size': 'big'"),
        (("pets-model", "pets.csv", "-o", "no/a.csv"), "no/a.csv: cannot be written"),
    ],
)
def test_wrong_use_of_predict_is_told_and_nothing_is_written(
    command: Command, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    command("train", blobs(tmp_path, 12), "--target", "kind", *FAST)
    (tmp_path / "less.csv").write_text("weight\n1\n")
    (tmp_path / "text.csv").write_text("size,weight\nbig,1\n")
    before = sorted(tmp_path.rglob("*"))
    told = command("predict", *arguments)
    assert message in told.refusal
    assert told.out == ""
    assert sorted(tmp_path.rglob("*")) == before
