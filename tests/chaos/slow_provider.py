"""A provider that takes its time: it counts who asks, and who asks before the last one was answered."""

import asyncio
from collections import Counter

from starlette.types import ASGIApp, Receive, Scope, Send


class Slow:
    """An application whose answers to POSTs on one path come late."""

    def __init__(self, app: ASGIApp, *, path: str, seconds: float) -> None:
        self._app = app
        self._path = path
        self._seconds = seconds
        self._asking = 0
        self.calls: Counter[str] = Counter()
        """By idempotency key."""
        self.at_once_max = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != self._path:
            await self._app(scope, receive, send)
            return
        self.calls[dict(scope["headers"])[b"idempotency-key"].decode()] += 1
        self._asking += 1
        self.at_once_max = max(self.at_once_max, self._asking)
        try:
            await asyncio.sleep(self._seconds)
            await self._app(scope, receive, send)
        finally:
            self._asking -= 1
