"""Hypothesis profiles: "ci" is bounded and the same every time, "deep" looks further for as long as it takes.

`HYPOTHESIS_PROFILE=deep pytest tests/domain` chooses the second.
"""

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True, database=None, deadline=None, max_examples=200)
settings.register_profile("deep", database=None, deadline=None, max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
