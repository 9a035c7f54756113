"""Checks of derivatives: of your functions, of your operations, of the engine itself."""

from dendrograd.attributes import answer_for as _answer_for
from dendrograd.audit import Audit as Audit
from dendrograd.audit import Entry as Entry
from dendrograd.audit import audit as audit

from .check import check_grads as check_grads
from .expression import Expression as Expression
from .partials import check_partials as check_partials
from .profile import profile as profile
from .report import GradientError as GradientError
from .report import Report as Report
from .strategies import expressions as expressions
from .strategies import operands as operands
from .strategies import reals as reals

_answer_for(__name__)
