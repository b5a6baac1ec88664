"""The audience: whether anybody is told of anything. Without one, no commit writes a message."""

import time
from datetime import datetime
from typing import Final

from ciclo.store.mongo.client import Store
from ciclo.store.webhooks.endpoints import is_anybody_told

NEVER: Final = float("-inf")


class Audience:
    """What one process knows of it, asked for anew when that is older than the setting allows."""

    def __init__(self) -> None:
        self._asked_at = NEVER
        self._is_there = False

    async def is_there(self, store: Store, *, now: datetime, age_ms_max: int) -> bool:
        """Return whether there was an endpoint, or a listener, at most *age_ms_max* ago."""
        started = time.monotonic()
        if (started - self._asked_at) * 1_000 >= age_ms_max:
            self._is_there = await is_anybody_told(store, now=now)
            self._asked_at = started
        return self._is_there
