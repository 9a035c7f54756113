"""Pictures of a computational tree."""

if __name__ == "viz":  # from the repository root: it would make second classes
    raise ImportError("import viz: the package is named dendrograd.viz; import that")

from .boundary import decision_boundary
from .curves import loss_curve
from .dot import draw_dot
from .drawing import DotNotFound, Drawing
from .matrix import confusion
from .model import trace
from .svg import Chart

__all__ = [
    "Chart",
    "DotNotFound",
    "Drawing",
    "confusion",
    "decision_boundary",
    "draw_dot",
    "loss_curve",
    "trace",
]
