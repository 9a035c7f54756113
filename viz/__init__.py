"""Pictures of a computational tree, and charts of a training."""

if __name__ == "viz":  # from the repository root: it would make second classes
    raise ImportError("import viz: the package is named dendrograd.viz; import that")

from dendrograd.attributes import answer_for as _answer_for

from .animate import Animation, animate
from .boundary import DecisionBoundaryDisplay, decision_boundary
from .charts import ConfusionMatrixDisplay, LossCurveDisplay, confusion, loss_curve
from .diagram import Diagram
from .dot import draw_dot
from .draw import draw
from .drawing import DotNotFound, Drawing
from .explain import Explanation, explain
from .snapshot import trace
from .training import TrainingReport
from .tree import tree

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

_answer_for(__name__)
