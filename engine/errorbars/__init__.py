"""Error bars: mean and variance of a formula of uncertain numbers."""

from dendrograd.attributes import answer_for as _answer_for

from .propagate import BendWarning as BendWarning
from .propagate import ErrorBar as ErrorBar
from .propagate import propagate as propagate

_answer_for(__name__)
