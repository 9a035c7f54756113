"""Pictures of a training show its own figures."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from dendrograd.cli.model import Model
from dendrograd.cli.pictures import pictures
from dendrograd.cli.task import Task
from dendrograd.cli.training import Run
from dendrograd.nn import MLP, Standardizer

HISTORY = [{"loss": 1.0, "test_loss": 0.5}, {"loss": 0.75, "test_loss": 0.25}]
ROWS = [[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, 5.0]]


def run(classes: tuple[str, ...], tested: bool = True) -> Run:
    """Return a run whose network takes every row for the first class."""
    task = Task(("p", "q"), "y", classes)
    net = MLP(2, [task.outputs], init="zeros")
    net.layers[0].neurons[0].bias.data = 1.0
    scale = None if classes else Standardizer().fit([1.0, 3.0])
    model = Model(net, task, "tanh", Standardizer().fit(ROWS), scale)
    goals = [0, 0, 0, 1]
    return Run(model, HISTORY, (ROWS, goals), (ROWS, goals) if tested else ([], []))


def said(svg: str) -> str:
    """Return what a picture says in words."""
    words = ElementTree.fromstring(svg).findtext("{http://www.w3.org/2000/svg}desc")
    assert words
    return words


@pytest.mark.parametrize("classes", [("a", "b"), ()])
def test_the_loss_curve_is_that_of_the_history(classes: tuple[str, ...]) -> None:
    words = said(pictures(run(classes))["loss.svg"][0])
    assert words == "train from 1 to 0.75; test from 0.5 to 0.25"


def test_the_confusion_matrix_counts_what_the_network_says() -> None:
    words = said(pictures(run(("a", "b")))["confusion.svg"][0])
    assert words == "3 of 4 right (75 %). a: 3 of 3; b: 0 of 1"


def test_the_boundary_asks_the_network_about_the_rows_themselves() -> None:
    assert said(pictures(run(("a", "b")))["boundary.svg"][0]).startswith("3 of 4 ")


def test_only_what_there_is_to_show_is_drawn() -> None:
    assert set(pictures(run(()))) == {"loss.svg"}
    untested = pictures(run(("a", "b"), tested=False))
    assert set(untested) == {"loss.svg"}
    assert said(untested["loss.svg"][0]) == "train from 1 to 0.75"
