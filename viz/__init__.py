"""Pictures of a computational tree, and charts of a training."""

if __name__ == "viz":  # from the repository root: it would make second classes
    raise ImportError("import viz: the package is named dendrograd.viz; import that")

import typing

from dendrograd.attributes import answer_for as _answer_for
from dendrograd.viz.explanation.explain import Explanation, explain
from dendrograd.viz.explanation.tree import tree
from dendrograd.viz.model.snapshot import trace
from dendrograd.viz.player.animate import Animation, animate

from .diagram import Diagram
from .draw import draw
from .draw_dot import draw_dot

# ruff: noqa: TC004  # `answer_for` imports these when they are asked for
if typing.TYPE_CHECKING:
    from dendrograd.viz.formats.digraph import DotNotFound, Drawing
    from dendrograd.viz.training.boundary import (
        DecisionBoundaryDisplay,
        decision_boundary,
    )
    from dendrograd.viz.training.charts import (
        ConfusionMatrixDisplay,
        LossCurveDisplay,
        confusion,
        loss_curve,
    )
    from dendrograd.viz.training.training import TrainingReport

__all__ = [
    "Animation",
    "ConfusionMatrixDisplay",
    "DecisionBoundaryDisplay",
    "Diagram",
    "DotNotFound",
    "Drawing",
    "Explanation",
    "LossCurveDisplay",
    "TrainingReport",
    "animate",
    "confusion",
    "decision_boundary",
    "draw",
    "draw_dot",
    "explain",
    "loss_curve",
    "trace",
    "tree",
]

_answer_for(
    __name__,
    places={  # what needs NumPy or graphviz; the rest needs the standard library alone
        "ConfusionMatrixDisplay": "training.charts",
        "DecisionBoundaryDisplay": "training.boundary",
        "DotNotFound": "formats.digraph",
        "Drawing": "formats.digraph",
        "LossCurveDisplay": "training.charts",
        "TrainingReport": "training.training",
        "confusion": "training.charts",
        "decision_boundary": "training.boundary",
        "loss_curve": "training.charts",
    },
)
