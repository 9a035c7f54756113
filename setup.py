"""The native twin, built where there is a compiler; pyproject.toml says the rest.

With DENDROGRAD_PURE=1 it is left out. Then, and where it could not be compiled, the wheel
is the one that runs everywhere, and is tagged so: py3-none-any.

-fno-builtin, or gcc computes what it can at compile time, with another rounding than the
mathematics library has at run time; -ffp-contract=off, or a*b + c is rounded once. That
library is linked, so that glibc binds the version of each function that Python's math has.
"""

import os
import sys
import zlib
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel

EXACT = ["-O2", "-ffp-contract=off", "-fno-builtin"]
PARTS = [Path("engine/_value.c"), *sorted(Path("engine/twin").glob("*.[ch]"))]
SUM = 0  # by which a clone knows whether the C was compiled from these files
for part in PARTS:
    SUM = zlib.crc32(part.read_bytes(), SUM)
PURE = os.environ.get("DENDROGRAD_PURE", "0") not in ("", "0")  # as engine/native.py
twin = Extension(
    "dendrograd._value",
    ["engine/_value.c"],
    depends=["engine/_operations.h", *map(str, PARTS)],
    define_macros=[("SOURCES", str(SUM))],
    libraries=[] if sys.platform == "win32" else ["m"],
    extra_compile_args=["/O2", "/fp:strict"] if sys.platform == "win32" else EXACT,
    optional=True,  # pure Python runs everywhere
)


class Wheel(bdist_wheel):
    """A wheel for this Python and machine only if something in it was compiled."""

    def run(self):
        self.run_command("build")
        outputs = self.get_finalized_command("build_ext").get_outputs()
        if not any(Path(output).exists() for output in outputs):
            self.distribution.ext_modules = None
            self.root_is_pure = True
        super().run()


setup(ext_modules=[] if PURE else [twin], cmdclass={"bdist_wheel": Wheel})
