"""Record a scalar function once, then run it as straight-line code: `dendrograd.compile`.

A recorded graph becomes arrays (`code.py`), its gradient more of them (`adjoint.py`), and
a tape runs both (`tape.py`). Nothing below imports this package; it is loaded by the first
use of `dendrograd.compile`, and with it NumPy.
"""
