"""The native twin, built where there is a compiler; pyproject.toml says the rest.

-fno-builtin, or gcc computes what it can at compile time, with another rounding than the
mathematics library has at run time; -ffp-contract=off, or a*b + c is rounded once.
"""

import sys

from setuptools import Extension, setup

EXACT = ["-O2", "-ffp-contract=off", "-fno-builtin"]
twin = Extension(
    "dendrograd._value",
    ["engine/_value.c"],
    depends=["engine/_modes.h", "engine/_operations.h"],
    extra_compile_args=["/O2", "/fp:strict"] if sys.platform == "win32" else EXACT,
    optional=True,  # pure Python runs everywhere
)

setup(ext_modules=[twin])
