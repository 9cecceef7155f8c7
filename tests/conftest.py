"""What all tests share: how Hypothesis searches."""

import os

from hypothesis import HealthCheck, settings

# A machine that is busy with something else must not fail a test: no deadline for an example, and
# no complaint about the time that drawing takes (pytest's timeout guards against hanging).
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The same examples on every run, so that a change is judged by what it changed.
settings.register_profile("ci", settings.get_profile("house"), derandomize=True, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))
