"""The plane of discriminants: there and back, and the classes apart on it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dendrograd.cli.model import Model
from dendrograd.cli.plane import Plane
from dendrograd.cli.task import Task
from dendrograd.nn import MLP, Standardizer


def plane(rows: object, goals: object, columns: int, classes: int) -> Plane:
    task = Task(tuple("abcdef"[:columns]), "y", tuple("xyzuvw"[:classes]))
    net = MLP(columns, [classes], seed=0)
    return Plane(Model(net, task, "tanh", Standardizer().fit(rows), None), rows, goals)


def samples(seed: int, columns: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    goals = np.arange(20 * classes) % classes
    centres = rng.normal(size=(classes, columns)) * 5.0
    return centres[goals] + rng.normal(size=(len(goals), columns)), goals


def test_two_columns_are_a_plane_as_they_are() -> None:
    rows, goals = samples(0, 2, 3)
    found = plane(rows, goals, 2, 3)
    assert found.names == ("a", "b")
    assert found.points(rows) == rows.tolist()
    assert found.rows(rows.tolist()).tolist() == rows.tolist()


@given(st.integers(0, 99), st.integers(3, 6), st.integers(2, 4))
def test_a_point_stands_for_a_row_that_lies_at_that_point(
    seed: int, columns: int, classes: int
) -> None:
    rows, goals = samples(seed, columns, classes)
    found = plane(rows, goals, columns, classes)
    points = np.array([[0.0, 0.0], [1.5, -2.0], [-3.0, 0.25]])
    there = np.array(found.points(found.rows(points)))
    assert there == pytest.approx(points, abs=1e-9)


def test_classes_apart_in_one_direction_only_are_apart_on_the_plane() -> None:
    rng = np.random.default_rng(1)
    goals = np.arange(90) % 3
    rows = rng.normal(size=(90, 5)) * [100.0, 1.0, 30.0, 5.0, 2.0]
    rows[:, 1] += 10.0 * goals  # hidden in a column of little variance
    points = np.array(plane(rows, goals, 5, 3).points(rows))
    spread = [points[goals == k, 0] for k in range(3)]
    ordered = sorted(spread, key=lambda xs: float(xs.mean()))
    assert ordered[0].max() < ordered[1].min()
    assert ordered[1].max() < ordered[2].min()


def test_columns_that_repeat_or_never_change_do_no_harm() -> None:
    rows, goals = samples(2, 3, 2)
    rows = np.column_stack([rows, rows[:, 0], np.ones(len(rows))])
    found = plane(rows, goals, 5, 2)
    assert np.isfinite(found.points(rows)).all()
    assert np.isfinite(found.rows([[0.0, 1.0]])).all()


@given(st.integers(0, 99), st.integers(3, 6))
def test_the_plane_points_the_same_way_whatever_the_sign_of_its_singular_vectors(
    seed: int, columns: int
) -> None:
    rows, goals = samples(seed, columns, 3)
    found = plane(rows, goals, columns, 3)
    steps = Standardizer().fit(rows).inverse_transform(np.eye(columns))
    axes = np.array(found.points(steps))  # where a step along each column leads
    largest = np.abs(axes).argmax(axis=0)
    assert (axes[largest, [0, 1]] > 0.0).all()
    assert axes.T @ axes == pytest.approx(np.eye(2), abs=1e-12)
