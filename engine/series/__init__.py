"""Taylor series: coefficients of any order, and steps of a differential equation."""

from dendrograd.attributes import answer_for as _answer_for

from .functions import Step as Step
from .functions import taylor as taylor
from .functions import taylor_step as taylor_step
from .kind import Series as Series
from .kind import SeriesError as SeriesError

_answer_for(__name__)
