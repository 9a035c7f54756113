"""Marks of tests that look inside one of the two implementations of Value.

The suite runs on both, by DENDROGRAD_PURE=1 and without it; what is not marked has to
hold on each.
"""

import pytest

from dendrograd.native import implementation

NATIVE = implementation == "native"
python_class = pytest.mark.skipif(
    NATIVE, reason="looks into the class in Python: set DENDROGRAD_PURE=1"
)
native_class = pytest.mark.skipif(
    not NATIVE, reason="looks into the class in C, which is not built or not wanted"
)
