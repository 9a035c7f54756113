"""Pictures of a computational tree, and charts of a training."""

if __name__ == "viz":  # from the repository root: it would make second classes
    raise ImportError("import viz: the package is named dendrograd.viz; import that")

import typing

from dendrograd.attributes import answer_for as _answer_for
from dendrograd.viz.explanation.explain import Explanation as Explanation
from dendrograd.viz.explanation.explain import explain as explain
from dendrograd.viz.explanation.tree import tree as tree
from dendrograd.viz.model.snapshot import trace as trace
from dendrograd.viz.player.animate import Animation as Animation
from dendrograd.viz.player.animate import animate as animate

from .diagram import Diagram as Diagram
from .draw import draw as draw
from .draw_dot import draw_dot as draw_dot

# `answer_for` imports these when they are asked for
if typing.TYPE_CHECKING:
    from dendrograd.viz.formats.digraph import DotNotFound as DotNotFound
    from dendrograd.viz.formats.digraph import Drawing as Drawing
    from dendrograd.viz.training.boundary import (
        DecisionBoundaryDisplay as DecisionBoundaryDisplay,
    )
    from dendrograd.viz.training.boundary import decision_boundary as decision_boundary
    from dendrograd.viz.training.charts import (
        ConfusionMatrixDisplay as ConfusionMatrixDisplay,
    )
    from dendrograd.viz.training.charts import LossCurveDisplay as LossCurveDisplay
    from dendrograd.viz.training.charts import confusion as confusion
    from dendrograd.viz.training.charts import loss_curve as loss_curve
    from dendrograd.viz.training.training import TrainingReport as TrainingReport

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
