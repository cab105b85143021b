"""Settings that every test shares."""

from __future__ import annotations

import hypothesis

# A first call compiles, so the time of one example says nothing; and a failure must come back
# when the run is repeated.
hypothesis.settings.register_profile(
    "symscope",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("symscope")
