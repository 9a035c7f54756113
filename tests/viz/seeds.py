"""What a program prints in processes that order their sets differently."""

import os
import subprocess
import sys


def printed(program):
    """Return the different outputs that a program has under three hash seeds."""
    return {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }
