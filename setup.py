"""The compiled parts, built where there is a compiler; pyproject.toml says the rest.

With DENDROGRAD_PURE=1 they are left out. Then, and where neither could be compiled, the
wheel is the one that runs everywhere, and is tagged so: py3-none-any.

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
# Loops over lanes become vector code: none of these changes a bit either.
LOOPS = ["-O3", "-fno-math-errno", "-fno-trapping-math"]
PURE = os.environ.get("DENDROGRAD_PURE", "0") not in ("", "0")  # as engine/native.py


def unit(name, folder, *flags):
    """Return an extension whose one unit includes the parts in a folder.

    SOURCES is a sum by which a clone knows whether it was compiled from these files.
    """
    own = [Path(f"engine/{name}.c"), Path("engine/_table.h")]
    parts = [*own, *sorted(Path("engine", folder).glob("*.[ch]"))]
    total = 0
    for part in parts:
        total = zlib.crc32(part.read_bytes(), total)
    return Extension(
        f"dendrograd.{name}",
        [str(parts[0])],
        depends=["engine/_operations.h", *map(str, parts)],
        define_macros=[("SOURCES", str(total))],
        libraries=[] if sys.platform == "win32" else ["m"],
        extra_compile_args=["/O2", "/fp:strict"]
        if sys.platform == "win32"
        else [*EXACT, *flags],
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


units = [unit("_value", "twin"), unit("_tape", "tape", *LOOPS)]
setup(ext_modules=[] if PURE else units, cmdclass={"bdist_wheel": Wheel})
