"""A saved model: loaded, it predicts the same to the last bit; other files are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dendrograd.cli.errors import CommandError
from dendrograd.cli.model import FILE, KEY, Model
from dendrograd.cli.task import Task
from dendrograd.nn import MLP, Standardizer, load, save

ROWS = [[0.0, 10.0], [1.0, 30.0], [2.0, 20.0], [5.0, 20.0]]


def model(classes: tuple[str, ...] = ("no", "yes")) -> Model:
    task = Task(("a", "b"), "y", classes)
    net = MLP(2, [3, task.outputs], activation="relu", seed=1)
    scale = None if classes else Standardizer().fit([1.0, 3.0])
    return Model(net, task, "relu", Standardizer().fit(ROWS), scale)


@pytest.mark.parametrize("classes", [("no", "yes"), ("é", "b", "c"), ()])
def test_a_loaded_model_predicts_the_same_to_the_last_bit(
    tmp_path: Path, classes: tuple[str, ...]
) -> None:
    before = model(classes)
    before.save(tmp_path / FILE)
    for place in (tmp_path, tmp_path / FILE):
        after = Model.load(place)
        assert after.predict(ROWS) == before.predict(ROWS)
        assert after.task == before.task


def test_predictions_are_in_the_units_of_the_table() -> None:
    found = model(())
    (scaled,) = found.outputs(ROWS[:1])
    assert found.predict(ROWS[:1]) == [
        scaled * 1.0 + 2.0
    ]  # of 1 and 3: mean 2, deviation 1


def test_a_class_is_the_likeliest_and_its_probability_a_softmax() -> None:
    found = model(("a", "b", "c"))
    for (name, chance), logits in zip(
        found.predict(ROWS), found.outputs(ROWS), strict=True
    ):
        assert name == "abc"[logits.index(max(logits))]
        assert 1 / 3 <= chance <= 1


def damaged(tmp_path: Path, about: dict[str, Any], **arrays: Any) -> Path:
    """Write a model with other metadata and other arrays (None: without it)."""
    model().save(tmp_path / FILE)
    saved = load(tmp_path / FILE)
    state = {**saved.state, **{k.replace("_", "."): v for k, v in arrays.items()}}
    metadata = {KEY: json.dumps({**json.loads(saved.metadata[KEY]), **about})}
    save(tmp_path / FILE, {k: v for k, v in state.items() if v is not None}, metadata)
    return tmp_path / FILE


@pytest.mark.parametrize(
    ("about", "arrays"),
    [
        ({"features": ["a"]}, {}),
        ({"features": None}, {}),
        ({"classes": ["no", "yes", "perhaps"]}, {}),
        ({"classes": []}, {}),
        ({"activation": "nonsense"}, {}),
        ({"activation": 3}, {}),
        ({}, {"layers_0_weight": None}),
        ({}, {"layers_1_weight": [[1.0]]}),
        ({}, {"layers_0_weight": 3.0}),
        ({}, {"layers_0_bias": None}),
        ({}, {"scale_features_mean": None}),
        ({}, {"scale_features_mean": [1.0, 2.0, 3.0]}),
        ({}, {"scale_features_mean": [0.0] * 3, "scale_features_scale": [1.0] * 3}),
        ({}, {"scale_features_scale": [1.0, 0.0]}),
        ({}, {"scale_target_mean": 1.0, "scale_target_scale": 1.0}),
        ({}, {"more": [1.0]}),
    ],
)
def test_a_file_whose_parts_do_not_fit_is_told(
    tmp_path: Path, about: dict[str, Any], arrays: dict[str, Any]
) -> None:
    with pytest.raises(CommandError) as caught:
        Model.load(damaged(tmp_path, about, **arrays))
    assert str(tmp_path / FILE) in str(caught.value)


def test_a_later_format_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"format 99, not 1.*or upgrade"):
        Model.load(damaged(tmp_path, {"format": 99}))


@pytest.mark.parametrize("metadata", [{}, {KEY: "{"}, {KEY: "[]"}, {KEY: "{}"}])
def test_other_safetensors_files_are_told(
    tmp_path: Path, metadata: dict[str, str]
) -> None:
    save(tmp_path / FILE, MLP(1, [1]), metadata)
    with pytest.raises(CommandError, match="is no model that `dendrograd train` wrote"):
        Model.load(tmp_path)


def test_files_that_are_absent_or_of_another_kind_are_told(tmp_path: Path) -> None:
    with pytest.raises(
        CommandError, match=r"model\.safetensors: cannot be read: No such"
    ):
        Model.load(tmp_path)
    with pytest.raises(CommandError, match="absent: cannot be read: No such file"):
        Model.load(tmp_path / "absent")
    (tmp_path / FILE).write_bytes(b"PK\x03\x04 not safetensors")
    with pytest.raises(CommandError, match=r"model\.safetensors is no readable"):
        Model.load(tmp_path)
