"""Linear algebra of Values: systems, determinants, inverses, least squares."""

from dendrograd.attributes import answer_for as _answer_for

from .errors import MatrixError as MatrixError
from .functions import cholesky as cholesky
from .functions import det as det
from .functions import inv as inv
from .functions import lstsq as lstsq
from .functions import slogdet as slogdet
from .functions import solve as solve

_answer_for(__name__)
