"""Hypothesis profiles: "ci" is bounded, "deep" (`make deep`) looks further for as long as it takes.

Both draw fresh examples each time. A failure prints the decorator that replays it (@reproduce_failure).
"""

import os

from hypothesis import settings

settings.register_profile("ci", database=None, deadline=None, max_examples=200, print_blob=True)
settings.register_profile("deep", database=None, deadline=None, max_examples=10_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
