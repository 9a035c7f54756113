"""One hypothesis profile: enough examples to find what breaks, in a suite that stays quick.

`HYPOTHESIS_MAX_EXAMPLES=1000 pytest tests/engine` searches longer.
"""

import os

from hypothesis import settings

settings.register_profile(
    "suite",
    max_examples=int(os.environ.get("HYPOTHESIS_MAX_EXAMPLES", "15")),
    deadline=None,  # a time limit would fail on a slow machine, not on a wrong result
)
settings.load_profile("suite")
