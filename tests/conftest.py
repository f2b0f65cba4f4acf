"""Hypothesis without deadlines: no test depends on the speed of the machine."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "groundplan",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("groundplan")
