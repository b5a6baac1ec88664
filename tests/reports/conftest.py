"""Reports are read from a running stack, and its ledger must stay in order."""

from tests.journeys.conftest import settings, stack

__all__ = ["settings", "stack"]
