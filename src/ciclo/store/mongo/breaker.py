"""The breaker: while MongoDB is known to be away, who asks for it hears so at once, and a probe keeps asking.

A call that lasts for long is not waited for blindly. Whether the store is there, or merely slow, is asked
by a probe, a read that a majority has to confirm. If that stays without an answer the breaker opens, and
all who wait are told. While it is open the probe alone goes through, again and again, and its first answer
closes it.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Self, TypeVar

import pymongo
import structlog
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference

from ciclo.metrics import STORE_AWAY, STORE_REFUSALS
from ciclo.store.mongo.client import Store, StoreUnavailable
from ciclo.store.mongo.transient_errors import is_store_fault

DOUBT_S: Final = 1.0
"""A call that lasts for longer makes us ask whether the store is there, and again after as long."""

PROBE_S_MAX: Final = 2.0
"""How long the answer to that may take. With DOUBT_S it bounds when a caller hears of it: three seconds."""

PROBE_PAUSE_S: Final = 0.5
"""Between two probes while the store is away: so late, and a probe's time, its return is noticed."""

Result = TypeVar("Result")
Probe = Callable[[], None]
"""Asks what only a working store can answer; blocks, and raises a PyMongoError where there is no answer."""

_log = structlog.get_logger(__name__)


class Breaker:
    """Stands between one process's callers and the store; closed as long as the store answers."""

    def __init__(self, probe: Probe) -> None:
        self._probe: Final = probe
        # Not the driver's threads: those may all be waiting for what does not answer.
        self._thread: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store-probe")
        self._away: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._probing: asyncio.Task[None] | None = None
        self._refused = 0

    @classmethod
    def of(cls, store: Store) -> Self:
        """Return a closed breaker for *store*."""
        settings = store.database.delegate["settings"].with_options(
            read_concern=ReadConcern("linearizable"), read_preference=ReadPreference.PRIMARY
        )

        def probe() -> None:
            with pymongo.timeout(PROBE_S_MAX):
                settings.find_one({"_id": "clock"}, {"_id": 1})

        return cls(probe)

    @property
    def is_open(self) -> bool:
        """Return whether the store is known to be away."""
        return self._away.done()

    async def during(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Return what *work* with the store comes to, as long as the store is there.

        Raises:
            StoreUnavailable: it is away. What *work* had begun may or may not have been done.
            Exception: whatever *work* raises.
        """
        if self.is_open:
            work.close()
            raise self._refusal()
        task = asyncio.create_task(work)
        either: set[asyncio.Future[Any]] = {task, self._away}
        try:
            while not (await asyncio.wait(either, timeout=DOUBT_S, return_when=asyncio.FIRST_COMPLETED))[0]:
                self._doubt()
        finally:
            if not task.done():
                # It is not waited for: the driver may hold it for as long as its own time-out.
                task.cancel()
                task.add_done_callback(_forget)
        if not task.done():
            raise self._refusal()
        error = None if task.cancelled() else task.exception()
        if error is not None and is_store_fault(error):
            self._doubt()
        return task.result()

    async def aclose(self) -> None:
        """Stop asking."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.wait({self._probing})
        self._thread.shutdown(wait=False)

    def _refusal(self) -> StoreUnavailable:
        self._refused += 1
        STORE_REFUSALS.inc()
        return StoreUnavailable("MongoDB does not answer")

    def _doubt(self) -> None:
        if self._probing is None or self._probing.done():
            self._probing = asyncio.create_task(self._ask())

    async def _ask(self) -> None:
        """Ask once; if there is no answer, open, and ask until there is one."""
        if await self._is_there():
            return
        since, away = time.monotonic(), self._away
        away.set_result(None)
        STORE_AWAY.set(1)
        _log.error("store_away", remedy="answers are 503 until MongoDB has a primary that a majority follows")
        while not await self._is_there():  # noqa: ASYNC110 - nothing tells when the store is back
            await asyncio.sleep(PROBE_PAUSE_S)
        self._away = asyncio.get_running_loop().create_future()
        STORE_AWAY.set(0)
        refused, self._refused = self._refused, 0
        _log.info("store_back", away_s=round(time.monotonic() - since, 1), refused=refused)

    async def _is_there(self) -> bool:
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._probe)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody else would close the breaker again
            if not isinstance(error, PyMongoError):
                _log.error("store_probe_failed", exc_info=error)
            return False
        return True


def _forget(task: "asyncio.Task[Any]") -> None:
    """Take note of how a task ended that nobody waits for."""
    if not task.cancelled():
        task.exception()
