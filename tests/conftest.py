"""hypothesis profiles: one that finds what breaks in a quick suite, one that digs.

`pytest` uses "ci"; `pytest --hypothesis-profile=deep` takes hours. Tests that name
their own number of examples keep it. HYPOTHESIS_MAX_EXAMPLES sets that of "ci".
"""

import os

from hypothesis import HealthCheck, Phase, settings

# All but explain, which takes most of the time of a failing test of an expression.
PHASES = [phase for phase in Phase if phase is not Phase.explain]

settings.register_profile(
    "ci",
    max_examples=int(os.environ.get("HYPOTHESIS_MAX_EXAMPLES", "15")),
    phases=PHASES,
    deadline=None,  # a time limit would fail on a slow machine, not on a wrong result
)
settings.register_profile(
    "deep",
    max_examples=3000,
    phases=PHASES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],  # that is what it is for
)
settings.load_profile("ci")
