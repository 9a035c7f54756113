"""Pictures of a computational tree, and charts of a training."""

if __name__ == "viz":  # from the repository root: it would make second classes
    raise ImportError("import viz: the package is named dendrograd.viz; import that")

import importlib
import typing

from dendrograd.viz.explanation.explain import Explanation, explain
from dendrograd.viz.explanation.tree import tree
from dendrograd.viz.model.snapshot import trace
from dendrograd.viz.player.animate import Animation, animate

from .diagram import Diagram
from .draw import draw
from .draw_dot import draw_dot

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

_LATE = {  # what needs NumPy or graphviz: the rest runs on the standard library alone
    "ConfusionMatrixDisplay": "training.charts",
    "DecisionBoundaryDisplay": "training.boundary",
    "DotNotFound": "formats.digraph",
    "Drawing": "formats.digraph",
    "LossCurveDisplay": "training.charts",
    "TrainingReport": "training.training",
    "confusion": "training.charts",
    "decision_boundary": "training.boundary",
    "loss_curve": "training.charts",
}


def __getattr__(name: str) -> typing.Any:
    """Return what is imported only when it is asked for."""
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_LATE[name]}"), name)
    globals()[name] = value
    return value
