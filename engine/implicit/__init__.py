"""Numbers that are defined by an equation: roots, fixed points and minima as nodes."""

from dendrograd.attributes import answer_for as _answer_for

from .errors import SolveError as SolveError
from .functions import argmin as argmin
from .functions import fixed_point as fixed_point
from .functions import solve as solve

_answer_for(__name__)
